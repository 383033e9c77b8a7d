"""Cold check-ins and rewards against what their pages alone take, and six people at once."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from ownli_api.cache import Lists
from tests.benchmarks.partner import (
    LATENCY_MS,
    PARALLEL,
    Line,
    Partner,
    arrived,
    pages,
    partner,
    seconds,
)

PEOPLE = 6
ROUNDS = 3
MOST_TIMES_THE_PAGES = 1.25


def run() -> Iterator[Line]:
    """Lines of the table: what, how much."""
    with partner() as sandbox:
        rounds = [_cold(sandbox, 1) for _ in range(ROUNDS)]
        requests, lists = rounds[0][1:]
        together, requests_together, _ = _cold(sandbox, PEOPLE)
        client = sandbox.client()
        check_ins = lists.check_ins(client).result().frame
        rewards = lists.rewards(client).result().frame
        client.close()
    needed = pages(*check_ins["kind"].value_counts(), len(rewards))
    took = statistics.median(one[0] for one in rounds)
    alone = math.ceil(needed / PARALLEL) * LATENCY_MS / 1000
    yield (
        f"Cold load of {len(check_ins):,} check-ins and {len(rewards):,} rewards",
        f"{took:.1f} s, {took / alone:.2f} times the {alone:.1f} s of the {needed} pages alone "
        f"(bound {MOST_TIMES_THE_PAGES}); {requests} requests; median of {ROUNDS}, slowest "
        f"{max(one[0] for one in rounds):.1f} s",
    )
    yield (
        f"{PEOPLE} people who open it cold at once",
        f"{requests_together} requests (bound {requests + PEOPLE - 1}: those of one, and a token "
        f"each), {together:.1f} s",
    )


def _cold(sandbox: Partner, people: int) -> tuple[float, int, Lists]:
    """Seconds and requests until so many sessions have check-ins and rewards; the lists."""
    lists, clients = Lists(), [sandbox.client() for _ in range(people)]
    sandbox.forget()
    with ThreadPoolExecutor(people) as pool:
        took = seconds(
            lambda: list(
                pool.map(
                    lambda client: arrived(lists.check_ins(client), lists.rewards(client)),
                    clients,
                )
            )
        )
    requests = sandbox.requests()
    for client in clients:
        client.close()
    return took, requests, lists
