"""The stand-in keeps microseconds, shows what it was told to, and orders equal rows as told."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import requests

from ownli_api.sandbox import Sandbox, World

SECONDS = 20  # to wait for an answer: shared machines are slow at times

NOW = datetime(2026, 11, 23, 14, tzinfo=UTC)
AT = datetime(2026, 11, 23, 12, 0, 1, 885600, tzinfo=UTC)
SHOWN = {
    "cut": "2026-11-23T12:00:01.885Z",
    "round": "2026-11-23T12:00:01.886Z",
    "sec": "2026-11-23T12:00:01Z",
    "us": "2026-11-23T12:00:01.885600Z",
    "ms": "2026-11-23T12:00:01.885Z",
}


def rewards(sandbox: Sandbox, **query: Any) -> list[dict[str, Any]]:
    """The rewards that a query finds, oldest first."""
    names = ("partnerId", "clientId", "clientSecret")
    given = (sandbox.partner_id, sandbox.client_id, sandbox.client_secret)
    answer = requests.get(
        f"{sandbox.base_url}/api/rewards",
        params={"size": 500, "sortDirection": "asc"} | query,
        headers=dict(zip(names, given, strict=True)),
        timeout=SECONDS,
    )
    return answer.json()["rewards"]


@pytest.mark.parametrize("times", SHOWN)
def test_a_time_is_shown_as_told_and_every_row_is_the_worlds(times):
    world = World.make(users=20, now=NOW - timedelta(days=1))
    with Sandbox(world, times=times) as sandbox:
        granted = world.grant(next(iter(world.users)), 500, "goodwill", at=AT)
        rows = {one["id"]: one["dateRewarded"] for one in rewards(sandbox)}
        assert rows[granted.id] == SHOWN[times]
        assert set(rows) == set(world.rewards)
        for id, text in rows.items():
            assert datetime.fromisoformat(text) == sandbox.shown(world.rewards[id].rewarded_at)


@pytest.mark.parametrize(
    ("times", "bounds", "found"),
    [
        ("cut", {"rewardStartDate": "01.885Z", "rewardEndDate": "01.885Z"}, False),
        ("cut", {"rewardStartDate": "01.885Z", "rewardEndDate": "01.886Z"}, True),
        ("round", {"rewardStartDate": "01.886Z"}, False),
        ("sec", {"rewardEndDate": "01.000Z"}, False),
        ("us", {"rewardEndDate": "01.885Z"}, False),
        ("ms", {"rewardStartDate": "01.885Z", "rewardEndDate": "01.885Z"}, True),
    ],
)
def test_a_span_goes_by_the_time_that_is_kept_and_not_by_the_one_that_is_shown(
    times, bounds, found
):
    world = World.make(users=1, check_ins=0, now=NOW)
    with Sandbox(world, times=times) as sandbox:
        granted = world.grant(next(iter(world.users)), 500, "goodwill", at=AT)
        query = {name: f"2026-11-23T12:00:{text}" for name, text in bounds.items()}
        assert (granted.id in [one["id"] for one in rewards(sandbox, **query)]) is found


def test_rows_that_look_alike_are_sorted_by_their_microseconds():
    world = World.make(users=1, check_ins=0, now=NOW)
    user = next(iter(world.users))
    moments = [AT + timedelta(microseconds=us) for us in (3, 1, 4, 0, 2)]
    granted = {at: world.grant(user, 500, "goodwill", at=at).id for at in moments}
    with Sandbox(world) as sandbox:
        rows = rewards(sandbox, rewardStartDate=SHOWN["cut"])
    assert len({one["dateRewarded"] for one in rows}) == 1
    assert [one["id"] for one in rows] == [granted[at] for at in sorted(moments)]


def test_ties_go_by_id_in_reverse_or_another_way_at_each_request():
    world = World.make(users=1, check_ins=0, now=NOW)
    user = next(iter(world.users))
    ids = sorted(world.grant(user, 500, "goodwill", at=AT).id for _ in range(30))
    last = world.grant(user, 500, "goodwill", at=AT + timedelta(microseconds=1)).id
    orders = {}
    for ties in ("id", "reverse", "shuffle"):
        with Sandbox(world, ties=ties) as sandbox:
            asked = [rewards(sandbox, rewardStartDate=SHOWN["cut"]) for _ in range(4)]
        orders[ties] = [[one["id"] for one in rows] for rows in asked]
    assert orders["id"] == [[*ids, last]] * 4
    assert orders["reverse"] == [[*ids[::-1], last]] * 4
    assert all(one != other for one, other in pairwise(orders["shuffle"]))
    assert all(sorted(one[:-1]) == ids and one[-1] == last for one in orders["shuffle"])


def test_other_words_are_refused():
    for wrong in ({"times": "ns"}, {"ties": "random"}):
        with pytest.raises(ValueError, match="times: cut"):
            Sandbox(World.make(users=0, now=NOW), **wrong)
