"""Benchmark 1: a cold load against its floor, and against paging as a script would."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

import requests

from ownli_api.cache import Lists
from tests.benchmarks.partner import LATENCY_MS, PAGE_CAP, PARALLEL, Partner, partner, timed
from tests.benchmarks.waiting import arrived

ROWS = 20_000
PLAIN_SIZE = 10
PLAIN_PAGES = 100
KINDS = ("mileage", "condition", "proof-of-address")

Line = tuple[str, str]


def run(rows: int = ROWS) -> Iterator[Line]:
    """Lines of the table: what, how much."""
    with partner(rows) as sandbox:
        counts = sandbox.counts()
        held = counts["check_ins"] + counts["rewards"]
        plain = _plain(sandbox)
        client = sandbox.client()
        lists = Lists()
        sandbox.forget()
        seconds = timed(
            lambda: arrived(lists.check_ins(client), lists.rewards(client)), time.perf_counter
        )
        asked = sandbox.requests()
        frame = lists.check_ins(client).result().frame
        kinds = frame["kind"].value_counts()
        pages = sum(math.ceil(count / PAGE_CAP) for count in [*kinds, counts["rewards"]])
        floor = math.ceil(pages / PARALLEL) * LATENCY_MS / 1000
        yield f"Cold load of {held:,} rows", f"{seconds:.1f} s"
        yield "its floor, pages / parallel x latency", f"{floor:.1f} s"
        yield "ratio to the floor (bound 1.3)", f"{seconds / floor:.2f}"
        yield f"requests for {pages} pages (bound {math.floor(pages * 1.02) + 10})", f"{asked}"
        yield (
            f"the plain way, size {PLAIN_SIZE}, one at a time (extrapolated from a slice)",
            f"{plain * held:.0f} s, {plain * held / seconds:.0f} x as long",
        )
        client.close()


def _plain(sandbox: Partner) -> float:
    """Seconds a row of a script that pages through with the default size, on a slice."""
    settings = sandbox.settings
    token = requests.post(
        f"{settings.base_url}/api/auth/token",
        json={
            "partnerId": settings.partner_id,
            "clientId": settings.client_id,
            "clientSecret": settings.client_secret,
            "scope": "admin",
        },
        timeout=60,
    ).json()["access_token"]
    rows = 0
    started = time.perf_counter()
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token}"
        for page in range(PLAIN_PAGES):
            answer = session.get(
                f"{settings.base_url}/api/checkins/{KINDS[0]}",
                params={"page": page, "size": PLAIN_SIZE},
                timeout=60,
            )
            rows += len(answer.json()["checkins"])
    return (time.perf_counter() - started) / rows
