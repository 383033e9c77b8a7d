"""Benchmark 3: twenty sessions that open at once on a cold process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from ownli_api.cache import Lists
from ownli_api.client import OwnliClient
from tests.benchmarks.partner import Partner, partner, timed
from tests.benchmarks.waiting import arrived

ROWS = 20_000
SESSIONS = 20

Line = tuple[str, str]


def run(rows: int = ROWS) -> Iterator[Line]:
    """Lines of the table: what, how much."""
    with partner(rows) as sandbox:
        alone, alone_seconds = _cold(sandbox, 1)
        many, seconds = _cold(sandbox, SESSIONS)
        yield (
            f"One cold session, {rows:,} + {rows:,} rows",
            f"{alone} requests, {alone_seconds:.1f} s",
        )
        yield f"{SESSIONS} cold sessions at once", f"{many} requests, {seconds:.1f} s"
        yield "more than one session (bound 5 %)", f"{100 * (many / alone - 1):.1f} %"


def _cold(sandbox: Partner, sessions: int) -> tuple[int, float]:
    """Requests and seconds until all sessions have check-ins, rewards and vehicles."""
    lists = Lists()
    clients = [sandbox.client() for _ in range(sessions)]

    def open_page(client: OwnliClient) -> None:
        arrived(lists.check_ins(client), lists.rewards(client), lists.vehicles(client))

    sandbox.forget()
    with ThreadPoolExecutor(sessions) as pool:
        seconds = timed(lambda: list(pool.map(open_page, clients)), time.perf_counter)
    for client in clients:
        client.close()
    return sandbox.requests(), seconds
