"""Reward and payout numbers are exact to the cent, whatever their size, date or status."""

import statistics
from collections import Counter
from datetime import timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.analysis import metrics, terms
from pages.analysis.periods import Calendar, Period, Week
from tests.unit.analysis_frames import new_users, payouts, rewards, utc

NEW_YORK = Calendar("America/New_York")
WEEKS = [Week(2026, 52), Week(2026, 53), Week(2027, 1)]
NOW = utc(2027, 1, 14, 17)

moments = st.one_of(
    st.sampled_from(
        [
            NEW_YORK.starts(week) + timedelta(microseconds=gap)
            for week in [*WEEKS, Week(2027, 2)]
            for gap in (-1, 0, 1)
        ]
    ),
    st.datetimes(utc(2026, 9, 1).replace(tzinfo=None), utc(2027, 1, 13).replace(tzinfo=None)).map(
        lambda at: at.replace(tzinfo=NOW.tzinfo)
    ),
)
amounts = st.one_of(st.none(), st.integers(-500, 10_000), st.integers(-(2**57), 2**57))
rows = st.fixed_dictionaries(
    {
        "status": st.sampled_from([*terms.REWARD_STATUSES, "Expired", None]),
        "type": st.sampled_from(["MileageCheckIn", "Custom", "Brand new", None]),
        "action_code": st.sampled_from(["spring-26", "SPRING-26", None]),
        "rewarded_at": st.none() | moments,
        "owner_id": st.sampled_from(["u1", "u2", None]),
        "owner_name": st.sampled_from(["Ann", None]),
        "amount_cents": amounts,
        "payout_id": st.sampled_from(["p0", "p1", "p9", None]),
    }
)
paid = st.fixed_dictionaries({"claimed_at": st.none() | moments, "amount_cents": amounts})
many_rows = st.lists(rows, max_size=20)
many_paid = st.lists(paid, max_size=20)


def cents(facts):
    return sum(row["amount_cents"] or 0 for row in facts)


def without(facts):
    return sum(row["amount_cents"] is None for row in facts)


def week(row, column):
    return None if row[column] is None else NEW_YORK.week_at(row[column]).code


def test_ten_cents_ten_times_is_one_dollar():
    frame = rewards(*[{"status": "Confirmed", "amount_cents": 10}] * 10)
    assert metrics.outstanding(frame) == metrics.MoneyTotal(10, 100, 0)


@given(many_rows)
def test_outstanding_is_every_confirmed_reward_whatever_its_date(facts):
    mine = [row for row in facts if row["status"] == "Confirmed"]
    frame = rewards(*facts)
    total = metrics.MoneyTotal(len(mine), cents(mine), without(mine))
    assert metrics.outstanding(frame) == total
    by_age = metrics.outstanding_by_age(frame, NOW)
    assert by_age["count"].sum() == total.count
    assert int(by_age["amount_cents"].sum()) == total.cents
    assert by_age["without_amount"].sum() == total.without_amount
    assert metrics.total(metrics.filtered_rewards(frame, statuses=["Confirmed"])) == total


@settings(max_examples=60)
@given(many_rows)
def test_earned_in_a_week_is_confirmed_or_claimed_and_dated_in_it(facts):
    frame = rewards(*facts)
    found = metrics.earned_per_week(frame, NEW_YORK, WEEKS).set_index("key")
    assert list(found.index) == ["2026-W52", "2026-W53", "2027-W01"]
    for code in found.index:
        mine = [
            row
            for row in facts
            if row["status"] in ("Confirmed", "Claimed") and week(row, "rewarded_at") == code
        ]
        assert found.loc[code, "count"] == len(mine)
        assert found.loc[code, "amount_cents"] == cents(mine)
        assert found.loc[code, "without_amount"] == without(mine)
        behind = metrics.filtered_rewards(
            frame, period=Period.of_key(code), calendar=NEW_YORK, statuses=terms.EARNED
        )
        assert metrics.earned(behind).cents == cents(mine)


@settings(max_examples=60)
@given(many_rows)
def test_pending_and_declined_rewards_of_a_week_are_told_apart(facts):
    found = metrics.rewards_per_week(rewards(*facts), NEW_YORK, WEEKS)
    for _, said in found.iterrows():
        mine = [
            row
            for row in facts
            if week(row, "rewarded_at") == said["key"]
            and (row["status"] or terms.NO_STATUS) == said["status"]
        ]
        assert said["count"] == len(mine)
        assert said["amount_cents"] == cents(mine)
        assert said["without_amount"] == without(mine)
    dated = [row for row in facts if week(row, "rewarded_at") in {w.code for w in WEEKS}]
    assert found["count"].sum() == len(dated)


@given(many_rows, st.sampled_from(["status", "type", "action_code"]))
def test_rewards_by_a_word_hold_every_reward_once(facts, by):
    found = metrics.rewards_by(rewards(*facts), by)
    assert found["count"].sum() == len(facts)
    assert int(found["amount_cents"].sum()) == cents(facts)
    by_hand = Counter(row[by] for row in facts)
    counted = {None if pd.isna(row[by]) else row[by]: row["count"] for _, row in found.iterrows()}
    assert {word: n for word, n in counted.items() if n} == dict(by_hand)


def test_the_known_statuses_and_types_are_there_even_when_empty():
    assert metrics.rewards_by(rewards(), "status")["status"].tolist() == [
        "Confirmed",
        "Pending",
        "Declined",
        "Claimed",
    ]
    assert metrics.rewards_by(rewards(), "type")["count"].tolist() == [0] * 6
    assert metrics.rewards_by(rewards(), "action_code").empty


@pytest.mark.parametrize(
    ("back", "age"),
    [
        (timedelta(days=-1), "0–7 days"),
        (timedelta(days=8) - timedelta(microseconds=1), "0–7 days"),
        (timedelta(days=8), "8–30 days"),
        (timedelta(days=30, hours=23), "8–30 days"),
        (timedelta(days=31), "31–90 days"),
        (timedelta(days=90, hours=23), "31–90 days"),
        (timedelta(days=91), "over 90 days"),
        (None, "no date"),
    ],
)
def test_an_outstanding_reward_stands_under_its_age(back, age):
    facts = {
        "status": "Confirmed",
        "amount_cents": 500,
        "rewarded_at": None if back is None else NOW - back,
    }
    found = metrics.outstanding_by_age(rewards(facts, {"status": "Claimed"}), NOW)
    assert found.loc[found["count"] > 0, "age"].tolist() == [age]
    assert ("no date" in set(found["age"])) == (back is None)


@given(many_rows)
def test_top_earners_are_ranked_by_exact_sums(facts):
    mine = [row for row in facts if row["status"] in ("Confirmed", "Claimed") and row["owner_id"]]
    sums = {
        owner: cents([row for row in mine if row["owner_id"] == owner])
        for owner in {row["owner_id"] for row in mine}
    }
    found = metrics.top_earners(rewards(*facts))
    assert dict(zip(found["owner_id"], found["amount_cents"], strict=True)) == sums
    assert found["amount_cents"].tolist() == sorted(sums.values(), reverse=True)
    assert len(metrics.top_earners(rewards(*facts), 1)) == min(1, len(sums))
    assert list(found.columns) == [
        "owner_id",
        "owner_name",
        "amount_cents",
        "count",
        "without_amount",
    ]


@settings(max_examples=60)
@given(many_paid)
def test_claimed_in_a_week_is_what_payouts_dated_in_it_paid(facts):
    frame = payouts(*facts)
    found = metrics.claimed_per_week(frame, NEW_YORK, WEEKS).set_index("key")
    for code in found.index:
        mine = [row for row in facts if week(row, "claimed_at") == code]
        assert found.loc[code, "count"] == len(mine)
        assert found.loc[code, "amount_cents"] == cents(mine)
        assert found.loc[code, "without_amount"] == without(mine)
    dated = [row for row in facts if row["claimed_at"]]
    assert metrics.undated(frame) == len(facts) - len(dated)
    assert metrics.claimed(frame) == metrics.MoneyTotal(len(dated), cents(dated), without(dated))


@settings(max_examples=60)
@given(many_rows, many_paid)
def test_time_to_claim_joins_each_reward_with_its_own_dated_payout(facts, paid_facts):
    claims = {f"p{n}": row["claimed_at"] for n, row in enumerate(paid_facts)}
    joined = [
        (row["rewarded_at"], claims[row["payout_id"]])
        for row in facts
        if claims.get(row["payout_id"])
    ]
    hours = [(end - start) / timedelta(hours=1) for start, end in joined if start and end >= start]
    found = metrics.time_to_claim(rewards(*facts), payouts(*paid_facts))
    assert found.n == len(hours) == found.histogram["count"].sum()
    assert found.unusable == len(joined) - len(hours)
    if hours:
        assert found.median_hours == pytest.approx(statistics.median(hours))


@given(many_paid)
def test_every_payout_with_an_amount_stands_in_one_size(facts):
    found = metrics.payout_sizes(payouts(*facts))
    assert found["count"].sum() == len(facts) - without(facts)
    assert int(found["amount_cents"].sum()) == cents(facts)


def test_payout_sizes_put_each_amount_on_its_step():
    facts = [{"amount_cents": amount} for amount in (-1, 0, 499, 500, 999, 25_000, 10**7)]
    found = metrics.payout_sizes(payouts(*facts))
    assert found["count"].tolist() == [3, 2, 0, 0, 0, 0, 2]
    assert found["label"].tolist()[:2] == ["under $5", "$5–10"]
    assert found["label"].tolist()[-1] == "$250 and more"
    assert pd.isna(found["upper_cents"].iloc[-1])


def test_earned_beside_claimed_leaves_the_missing_list_missing():
    frame = rewards({"status": "Claimed", "rewarded_at": utc(2026, 12, 30), "amount_cents": 700})
    found = metrics.earned_and_claimed(frame, None, NEW_YORK, WEEKS)
    earned, claimed = (found[found["what"] == what] for what in ("earned", "claimed"))
    assert earned["amount_cents"].tolist() == [0, 700, 0]
    assert claimed["amount_cents"].isna().all()
    assert len(claimed) == 3


def test_the_weekly_table_holds_the_same_money():
    given_ = rewards({"status": "Confirmed", "rewarded_at": utc(2026, 12, 30), "amount_cents": 1})
    claims = payouts({"claimed_at": utc(2027, 1, 5), "amount_cents": None})
    registered = new_users(
        {"start": NEW_YORK.starts(WEEKS[1]), "end": NEW_YORK.ends(WEEKS[1]), "count": 4}
    )
    found = metrics.weekly(None, given_, claims, registered, NEW_YORK, WEEKS)
    assert found["earned_cents"].tolist() == [0, 1, 0]
    assert found["claimed_count"].tolist() == [0, 0, 1]
    assert found["claimed_without_amount"].tolist() == [0, 0, 1]
    assert found["new_users"].fillna(-1).tolist() == [-1, 4, -1]


def test_a_payout_that_is_not_dated_is_in_no_period():
    frame = payouts({"claimed_at": utc(2027, 1, 5)}, {"claimed_at": None})
    period = Period.of_weeks(WEEKS)
    assert metrics.filtered_payouts(frame)["id"].tolist() == ["p0", "p1"]
    found = metrics.filtered_payouts(frame, period=period, calendar=NEW_YORK)
    assert found["id"].tolist() == ["p0"]


def test_rewards_are_filtered_by_type_and_action_code():
    frame = rewards(
        {"type": "Custom", "action_code": "spring-26"}, {"type": "Custom"}, {"type": None}
    )
    assert metrics.filtered_rewards(frame, types=["Custom"])["id"].tolist() == ["r0", "r1"]
    assert metrics.filtered_rewards(frame, action_codes=["spring-26"])["id"].tolist() == ["r0"]


def test_a_word_of_ownlis_that_reads_as_our_word_for_a_missing_one_is_counted_with_it():
    frame = rewards(
        {"type": None, "amount_cents": 100},
        {"type": "No type", "amount_cents": 200},
        {"type": "Custom", "amount_cents": 300},
    )
    found = metrics.rewards_by(frame, "type").set_index("type", drop=False)
    assert found.loc["Custom", "amount_cents"] == 300
    assert int(found["amount_cents"].sum()) == 600
    assert int(found.loc[found["type"].isna(), "count"].iloc[0]) == 2
