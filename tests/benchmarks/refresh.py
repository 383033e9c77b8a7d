"""What a refresh asks when nothing has changed, and when fifty things have."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pandas as pd

from ownli_api.cache import Lists
from ownli_api.client import Span
from tests.benchmarks.partner import (
    LATENCY_MS,
    Line,
    arrived,
    everything,
    pages,
    partner,
    quiet,
    refreshed,
    seconds,
)

CHANGES = 50
SEEDS = (1, 2, 3, 4, 5)
WEEKS = 13
LIVE = ("Pending", "Confirmed")
MOST_UNCHANGED = 14
MOST_BESIDE_THE_REWARDS = 16


def run() -> Iterator[Line]:
    """Lines of the table: what, how much."""
    # Filling the lists is not what is measured here.
    with partner(latency_ms=0) as sandbox:
        lists, client = Lists(), sandbox.client()
        ends = [datetime.now(UTC) - timedelta(weeks=back) for back in range(WEEKS)]
        weeks = [Span(end - timedelta(weeks=1), end - timedelta(milliseconds=1)) for end in ends]
        everything(lists, client)
        arrived(lists.new_users(client, weeks))
        quiet(lists)
        sandbox.latency(LATENCY_MS)
        sandbox.forget()
        took = seconds(lambda: refreshed(lists, client))
        yield (
            "Refresh when nothing has changed",
            f"{sandbox.requests()} requests (bound {MOST_UNCHANGED}), {took:.2f} s",
        )
        for seed in SEEDS:
            before = lists.rewards(client).result().frame
            sandbox.go_on(CHANGES, seed)
            sandbox.forget()
            took = seconds(lambda: refreshed(lists, client))
            requests = sandbox.requests()
            after = lists.rewards(client).result()
            live = pages(*[int((after.frame["status"] == word).sum()) for word in LIVE])
            claimants, decliners = _settled(before, after.frame)
            most = MOST_BESIDE_THE_REWARDS + live + claimants + decliners
            proven = "" if after.complete else ", counts do not agree"
            yield (
                f"Refresh after {CHANGES} changes, {claimants} claimants and {decliners} decliners",
                f"{requests} requests (bound {most}, {live} of them pages of live rewards), "
                f"{took:.2f} s{proven}",
            )
        client.close()


def _settled(before: pd.DataFrame, after: pd.DataFrame) -> tuple[int, int]:
    """How many owners have a reward that has been claimed, and one that has been declined."""
    old = before.set_index("id")["status"].astype("object").reindex(after["id"]).to_numpy()
    changed = after[(after["status"].astype("object").to_numpy() != old)]
    owners = changed.groupby("status", observed=False)["owner_id"].nunique()
    return int(owners.get("Claimed", 0)), int(owners.get("Declined", 0))
