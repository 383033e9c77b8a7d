"""Benchmark 2: what a refresh costs when nothing changed, and when fifty things did."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ownli_api.cache import Lists
from ownli_api.client import OwnliClient, Span
from tests.benchmarks.partner import LATENCY_MS, Partner, partner, timed
from tests.benchmarks.waiting import arrived, quiet, refreshed

SIZES = (20_000, 200_000)
CHANGES = 50
SEEDS = (1, 2, 3, 4, 5)
WEEKS = 13
PAYOUTS_PATH = "/api/payouts"
DECIDED_WITHIN = timedelta(hours=36)
DECLINED_EVERY = 8

Line = tuple[str, str]


def run(sizes: tuple[int, ...] = SIZES) -> Iterator[Line]:
    """Lines of the table: what, how much."""
    for size in sizes:
        for payouts_path in (None, PAYOUTS_PATH):
            yield from _of(size, payouts_path)


def _of(size: int, payouts_path: str | None) -> Iterator[Line]:
    listed = ", payouts listed" if payouts_path else ""
    # Filling the lists is not what is measured here.
    with partner(size, latency_ms=0, payouts_path=payouts_path) as sandbox:
        lists, client = Lists(), sandbox.client()
        now = datetime.now(UTC)
        ends = [now - timedelta(weeks=back) for back in range(WEEKS)]
        spans = [Span(end - timedelta(weeks=1), end - timedelta(milliseconds=1)) for end in ends]
        arrived(lists.check_ins(client), lists.rewards(client), lists.payouts(client))
        arrived(lists.vehicles(client), lists.new_users(client, spans))
        quiet(lists)
        sandbox.latency(LATENCY_MS)
        sandbox.forget()
        seconds = timed(lambda: refreshed(lists, client), time.perf_counter)
        asked = sandbox.requests()
        yield (
            f"Unchanged refresh of everything at {size:,} + {size:,} rows{listed} "
            "(bound 14 requests)",
            f"{asked} requests, {seconds:.2f} s",
        )
        if not payouts_path:
            yield from _without_claims(sandbox, lists, client, size)
        for seed in SEEDS:
            what = sandbox.go_on(CHANGES, seed)
            sandbox.forget()
            seconds = timed(lambda: refreshed(lists, client), time.perf_counter)
            yield (
                f"after {CHANGES} changes at {size:,}{listed}, {what['claimed']} of them claims "
                "(bound 34 requests)",
                f"{sandbox.requests()} requests, {seconds:.2f} s",
            )
        client.close()


def _without_claims(
    sandbox: Partner, lists: Lists, client: OwnliClient, size: int
) -> Iterator[Line]:
    """Half of the changes are decisions on what was sent in the last days, half is sent now."""
    now = datetime.now(UTC)
    half = CHANGES // 2
    waiting = [sandbox.submit(now - DECIDED_WITHIN * part / half) for part in range(half)]
    refreshed(lists, client)
    for number, check_in in enumerate(waiting):
        sandbox.decide(check_in, "Declined" if number % DECLINED_EVERY == 0 else "Confirmed")
        sandbox.submit(datetime.now(UTC))
    sandbox.forget()
    seconds = timed(lambda: refreshed(lists, client), time.perf_counter)
    yield (
        f"after {CHANGES} changes at {size:,}, none of them a claim (bound 34 requests)",
        f"{sandbox.requests()} requests, {seconds:.2f} s",
    )
