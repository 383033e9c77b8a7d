"""A sandbox in a process of its own, with latency and a page cap, and clients of it."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ownli_api.cache import Handle, Lists
from ownli_api.client import OwnliClient
from ownli_api.settings import Settings

ROWS = 20_000
LATENCY_MS = 50
PAGE_CAP = 100
PARALLEL = 4
CHECK_INS_A_USER = 17
START_LINES = 4
SECONDS_TO_WAIT = 900.0

Line = tuple[str, str]


class Partner:
    """One sandbox: its settings, the requests it answered, and how its world goes on."""

    def __init__(self, address: dict[str, str]) -> None:
        self.address = address  # as the environment variables of the dashboard and its jobs
        self.settings = Settings(
            address["OWNLI_BASE_URL"],
            address["OWNLI_PARTNER_ID"],
            address["OWNLI_CLIENT_ID"],
            address["OWNLI_CLIENT_SECRET"],
            parallel_requests=PARALLEL,
        )

    def client(self) -> OwnliClient:
        """A new session's client."""
        return OwnliClient(self.settings)

    def latency(self, milliseconds: float) -> None:
        """Change how long every response waits."""
        self._hook("POST", "faults", {"set": {"latency_seconds": milliseconds / 1000}})

    def forget(self) -> None:
        """Count requests from here on."""
        self._hook("DELETE", "requests")

    def requests(self) -> int:
        """Requests since then, token calls included."""
        return int(self._hook("GET", "requests")["count"])

    def go_on(self, events: int, seed: int) -> None:
        """So many things happen: check-ins, decisions, claims, grants, registrations."""
        self._hook("POST", "world", {"do": "step", "n": events, "seed": seed})

    def _hook(self, method: str, name: str, body: dict[str, Any] | None = None) -> Any:
        request = urllib.request.Request(
            f"{self.settings.base_url}/_sandbox/{name}",
            data=json.dumps(body or {}).encode(),
            method=method,
        )
        with urllib.request.urlopen(request, timeout=600) as answer:
            return json.load(answer)


@contextmanager
def partner(
    check_ins: int = ROWS, *, latency_ms: float = LATENCY_MS, page_cap: int = PAGE_CAP
) -> Iterator[Partner]:
    """A sandbox of so many check-ins and about as many rewards, until the block ends."""
    command = [sys.executable, "-m", "ownli_api.sandbox", "--port", "0", "--hooks"]
    command += ["--users", str(check_ins // CHECK_INS_A_USER), "--check-ins", str(check_ins)]
    command += ["--latency", str(latency_ms), "--page-cap", str(page_cap)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(START_LINES)]
        yield Partner(dict(line.split("=", 1) for line in lines))
    finally:
        process.terminate()
        process.wait(timeout=30)


def pages(*counts: int) -> int:
    """Pages of lists of so many rows; one of an empty list."""
    return sum(max(1, math.ceil(count / PAGE_CAP)) for count in counts)


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock seconds that a piece of work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def arrived(*handles: Handle) -> None:
    """Return when all these lists are there; raises what kept one of them."""
    for handle in handles:
        if not handle.wait(SECONDS_TO_WAIT):
            raise TimeoutError(f"{handle.progress} after {SECONDS_TO_WAIT:.0f} seconds")
        error = handle.result().error
        if error is not None:
            raise error


def everything(lists: Lists, client: OwnliClient) -> None:
    """Return when all four lists are there, every payout dated."""
    arrived(
        lists.check_ins(client),
        lists.rewards(client),
        lists.payouts(client),
        lists.vehicles(client),
    )


def quiet(lists: Lists) -> None:
    """Return when no list is being loaded."""
    while lists.refreshing():
        time.sleep(0.002)


def refreshed(lists: Lists, client: OwnliClient) -> None:
    """Press Refresh and wait until everything is up to date."""
    lists.refresh(client)
    quiet(lists)
