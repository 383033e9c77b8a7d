"""The ledger balances, and what changed is made of parts that sum to the change."""

from datetime import UTC, datetime, timedelta
from random import Random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownli_api.sandbox import World
from pages.analysis.periods import Week
from pages.analysis.report import ledger as ledgers
from pages.analysis.report.contributions import all_contributions
from tests.unit import analysis_frames as frames
from tests.unit.report_world import Lists, bounds

NOW = datetime(2026, 11, 24, 13, 41, tzinfo=UTC)
WEEK = Week(2026, 46)
ZONE = "America/New_York"
START, END = bounds(ZONE, WEEK)


@given(
    seed=st.integers(0, 10_000),
    users=st.integers(3, 60),
    steps=st.integers(0, 120),
    back=st.integers(0, 12),
)
@settings(max_examples=25)
def test_the_ledger_of_a_random_world_balances_to_the_cent_up_to_the_tile(seed, users, steps, back):
    world = World.make(seed=seed, users=users, weeks=16, now=NOW - timedelta(days=3))
    world.step(Random(seed), steps, at=NOW - timedelta(days=1))
    week = Week(2026, 47).plus(-back)
    lists = Lists(world)
    if lists.inputs(Week(2026, 47), NOW, ZONE).first_week > week:
        return
    found = lists.report(week, NOW).ledger
    assert found.balances
    assert found.off_by == 0
    assert found.week.closing == found.since.opening
    assert found.since.closing == sum(
        one.cents for one in world.rewards.values() if one.status == "Confirmed"
    )
    start, end = bounds(ZONE, week)
    assert found.week.claimed == sum(
        one.cents for one in world.payouts.values() if start <= one.claimed_at < end
    )
    assert found.week.opening == outstanding_at(world, start)
    assert found.week.closing == outstanding_at(world, end)


def outstanding_at(world, moment) -> int:
    """What was granted before a moment and not claimed before it, reward by reward."""
    return sum(
        one.cents
        for one in world.rewards.values()
        if one.status in ("Confirmed", "Claimed")
        and one.rewarded_at < moment
        and not (one.payout_id and world.payouts[one.payout_id].claimed_at < moment)
    )


moments = st.none() | st.integers(-20 * 24, 20 * 24).map(lambda h: START + timedelta(hours=h))
reward = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["Confirmed", "Claimed", "Pending", "Declined", "Lost", None]),
        "rewarded_at": moments,
        "amount_cents": st.none() | st.integers(0, 10_000),
        "payout_id": st.none() | st.sampled_from(["p0", "p1", "p2", "gone"]),
    }
)
payout = st.fixed_dictionaries(
    {"claimed_at": moments, "amount_cents": st.none() | st.integers(0, 30_000)}
)


@given(st.lists(reward, max_size=20), st.lists(payout, max_size=4))
def test_whatever_the_rows_every_cent_of_the_ledger_stands_in_a_named_line(rewards, payouts):
    lists = Lists(World(seed=1, now=NOW))
    lists.check_ins = frames.check_ins({"checked_in_at": START, "status": "Confirmed"})
    lists.rewards = frames.rewards(*rewards)
    lists.payouts = frames.payouts(*payouts)
    found = lists.report(WEEK, NOW).ledger
    assert found.off_by == 0
    assert found.week.closing == found.since.opening
    confirmed = [one for one in rewards if one["status"] == "Confirmed"]
    assert found.outstanding_now == sum(one["amount_cents"] or 0 for one in confirmed)


def test_what_happens_exactly_at_monday_midnight_belongs_to_the_week_that_begins():
    lists = Lists(World(seed=1, now=NOW))
    lists.check_ins = frames.check_ins({"checked_in_at": START, "status": "Confirmed"})
    paid = {"status": "Claimed", "amount_cents": 500, "payout_id": "p0"}
    lists.rewards = frames.rewards(
        {**paid, "rewarded_at": START - timedelta(days=3)},
        {"status": "Confirmed", "amount_cents": 70, "rewarded_at": START},
        {"status": "Confirmed", "amount_cents": 9, "rewarded_at": END},
    )
    lists.payouts = frames.payouts({"claimed_at": START, "amount_cents": 500})
    week = lists.report(WEEK, NOW).ledger.week
    assert (week.opening, week.granted, week.claimed, week.closing) == (500, 70, 500, 70)


def test_a_payout_that_differs_from_its_rewards_is_named_with_its_amount():
    claimed = START + timedelta(days=1)
    lists = Lists(World(seed=1, now=NOW))
    lists.check_ins = frames.check_ins({"checked_in_at": START, "status": "Confirmed"})
    lists.rewards = frames.rewards(
        {
            "status": "Claimed",
            "rewarded_at": START,
            "amount_cents": 500,
            "payout_id": "p0",
        }
    )
    lists.payouts = frames.payouts({"claimed_at": claimed, "amount_cents": 530})
    found = lists.report(WEEK, NOW).ledger
    assert not found.balances
    assert found.week.other == {ledgers.PAYOUTS_DIFFER: 30}
    assert found.sentence == (
        "Grants and claims alone do not balance: $0.30 from payouts that differ from the sum of "
        "their rewards."
    )


@pytest.mark.parametrize("seed", range(6))
def test_the_parts_of_every_change_sum_to_it_exactly_named_or_not(seed):
    lists = Lists(World.make(seed=seed, users=200, weeks=20, now=NOW))
    states = ["TX", "OH", "CA", None]
    lists.check_ins["state"] = pd.array(
        [states[n % 4] for n in range(len(lists.check_ins))], dtype="str"
    )
    report = lists.report(Week(2026, 47), NOW)
    found = all_contributions(lists.inputs(Week(2026, 47), NOW, ZONE))
    assert {one.key for one in found} == {
        "submitted",
        "confirmed",
        "declined",
        "active",
        "earned",
        "claimed",
    }
    for one in found:
        assert sum(part for _, part in one.parts) == one.change
        assert sum(part for _, part in one.named) == one.change
        assert len(one.named) <= 4
    numbers, before = report.numbers, report.previous
    changes = {one.key: one.change for one in found}
    assert changes["submitted"] == numbers.submitted - before.submitted
    assert changes["confirmed"] == numbers.confirmed - before.confirmed
    assert changes["active"] == numbers.active_users - before.active_users
    assert changes["earned"] == numbers.earned.cents - before.earned.cents
    assert changes["claimed"] == numbers.payouts.cents - before.payouts.cents


def test_a_change_says_the_number_its_change_and_the_parts_in_one_sentence():
    lists = Lists(World(seed=1, now=NOW))
    week = {"status": "Confirmed", "checked_in_at": START, "kind": "condition", "state": "TX"}
    last = {**week, "checked_in_at": START - timedelta(days=2)}
    other = {**last, "kind": "mileage", "state": None}
    lists.check_ins = frames.check_ins(week, last, last, last, other)
    found = all_contributions(lists.inputs(WEEK, NOW, ZONE))
    confirmed = next(one for one in found if one.key == "confirmed")
    assert confirmed.sentence == "Confirmed -3 (4 to 1): condition in Texas -2, mileage -1."
