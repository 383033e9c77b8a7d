"""A sandbox in a process of its own, with latency and a page cap, and clients of it."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from ownli_api.client import OwnliClient
from ownli_api.settings import Settings

LATENCY_MS = 50
PAGE_CAP = 100
PARALLEL = 4
CHECK_INS_A_USER = 17
START_LINES = 4


class Partner:
    """One sandbox: its settings, what it was asked, and how its world goes on."""

    def __init__(self, given: dict[str, str], payouts_path: str | None = None) -> None:
        self.settings = Settings(
            given["OWNLI_BASE_URL"],
            given["OWNLI_PARTNER_ID"],
            given["OWNLI_CLIENT_ID"],
            given["OWNLI_CLIENT_SECRET"],
            parallel_requests=PARALLEL,
            payouts_path=payouts_path,
        )

    def client(self) -> OwnliClient:
        """A new session's client."""
        return OwnliClient(self.settings)

    def latency(self, milliseconds: float) -> None:
        """Change how long every answer waits."""
        self._hook("POST", "faults", {"set": {"latency_seconds": milliseconds / 1000}})

    def forget(self) -> None:
        """Count requests from here on."""
        self._hook("DELETE", "requests")

    def requests(self) -> int:
        """Requests since then, token calls included."""
        return int(self._hook("GET", "requests")["count"])

    def counts(self) -> dict[str, int]:
        """How many records of each sort there are."""
        return dict(self._hook("GET", "world"))

    def go_on(self, events: int, seed: int) -> Counter[str]:
        """So many things happen; returns what, counted."""
        done = self._hook("POST", "world", {"do": "step", "n": events, "seed": seed})["done"]
        return Counter(event["what"] for event in done)

    def submit(self, at: datetime) -> str:
        """A user submits a check-in, with its reward; returns its id."""
        done = self._hook("POST", "world", {"do": "submit_check_in", "at": at.isoformat()})["done"]
        return str(done["id"])

    def decide(self, check_in: str, status: str) -> None:
        """A reviewer decides it, and with it its reward."""
        self._hook("POST", "world", {"do": "decide", "id": check_in, "status": status})

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
    check_ins: int,
    *,
    latency_ms: float = LATENCY_MS,
    page_cap: int = PAGE_CAP,
    payouts_path: str | None = None,
) -> Iterator[Partner]:
    """A sandbox of so many check-ins and about as many rewards, until the block ends.

    payouts_path: where it lists the payouts of all users; None for nowhere.
    """
    command = [sys.executable, "-m", "ownli_api.sandbox", "--port", "0", "--hooks"]
    command += ["--users", str(check_ins // CHECK_INS_A_USER), "--check-ins", str(check_ins)]
    command += ["--latency", str(latency_ms), "--page-cap", str(page_cap)]
    command += ["--payouts-path", payouts_path] if payouts_path else []
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(START_LINES)]
        yield Partner(dict(line.split("=", 1) for line in lines), payouts_path)
    finally:
        process.terminate()
        process.wait(timeout=30)


def timed(work: Callable[[], Any], clock: Callable[[], float]) -> float:
    """Seconds that a piece of work takes."""
    started = clock()
    work()
    return clock() - started
