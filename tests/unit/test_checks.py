"""Each check passes on balanced books and names the very rows when one fault is planted."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.analysis import checks, metrics
from tests.unit.analysis_frames import check_ins, many, payouts, rewards, utc

AT = utc(2026, 11, 18, 15)
MINE = {"kind": "mileage", "owner_id": "u1", "checked_in_at": AT, "updated_at": AT}
REWARD = {
    "type": "MileageCheckIn",
    "owner_id": "u1",
    "rewarded_at": AT,
    "amount_cents": 500,
    "status": "Confirmed",
}


def test_believable_books_balance_and_failing_rows_are_none():
    found = checks.books(
        *many(3_000, utc(2026, 11, 25)),
        [checks.Fetched("Check-ins", 3_000, 3_000)],
    )
    assert [(check.name, check.passed) for check in found] == [
        ("All rows fetched", True),
        ("No id twice", True),
        ("Claimed rewards have a payout", True),
        ("Payouts equal their rewards", True),
        ("No declined check-in is paid", True),
        ("Outstanding equals its rows", True),
        ("Every row has a date and an owner", True),
        ("Every earned reward has an amount", True),
    ]
    assert all(check.rows.empty for check in found)
    assert all(check.sentence.endswith(".") for check in found)


def test_an_empty_partner_has_balanced_books():
    found = checks.books(check_ins(), rewards(), payouts(), [checks.Fetched("Check-ins", 0, 0)])
    assert all(check.passed for check in found)


def test_rows_that_are_not_as_many_as_ownli_counts_are_named_with_both_numbers():
    found = checks.all_rows_fetched(
        [checks.Fetched("Check-ins", 1999, 2000), checks.Fetched("Rewards", 5, 5, "rewards")]
    )
    assert found.passed is False
    assert found.sentence == "Check-ins: 1,999 held, 2,000 at Ownli."
    assert found.rows.to_numpy().tolist() == [["Check-ins", 1999, 2000]]


def test_a_total_that_ownli_does_not_give_cannot_be_compared():
    assert checks.all_rows_fetched([checks.Fetched("Rewards", 5, None)]).passed is None
    assert checks.all_rows_fetched([]).passed is None


def test_an_id_that_stands_twice_is_named_with_its_list():
    frame = check_ins({"id": "a"}, {"id": "b"}, {"id": "a"}, {"id": None}, {"id": None})
    found = checks.no_id_twice({"Check-ins": frame, "Rewards": rewards({})})
    assert found.passed is False
    assert found.rows.to_numpy().tolist() == [["Check-ins", "a", 2]]


def test_a_claimed_reward_without_a_known_payout_is_named():
    claimed = {**REWARD, "status": "Claimed"}
    frame = rewards({**claimed, "payout_id": "p0"}, {**claimed, "payout_id": "p9"}, claimed, REWARD)
    found = checks.claimed_rewards_have_a_payout(frame, payouts({}))
    assert found.rows["id"].tolist() == ["r1", "r2"]
    assert found.passed is False
    assert checks.claimed_rewards_have_a_payout(frame, None).rows["id"].tolist() == ["r2"]
    everything = checks.claimed_rewards_have_a_payout(frame, payouts())
    assert everything.rows["id"].tolist() == ["r0", "r1", "r2"]


def test_a_payout_that_differs_from_its_rewards_by_one_cent_is_named():
    listed = rewards(
        {**REWARD, "payout_id": "p0"},
        {**REWARD, "payout_id": "p0"},
        {**REWARD, "payout_id": "p1"},
        {**REWARD, "payout_id": "p2"},
    )
    paid = payouts(
        {"amount_cents": 1000, "rewards_cents": 1000},
        {"amount_cents": 501, "rewards_cents": 501},
        {"amount_cents": 500, "rewards_cents": 499},
    )
    found = checks.payouts_equal_their_rewards(paid, listed)
    assert found.passed is False
    assert found.rows["id"].tolist() == ["p1", "p2"]
    assert found.rows["listed_cents"].tolist() == [500, 500]


def test_payouts_whose_sums_lack_an_amount_cannot_be_compared():
    paid = payouts({"amount_cents": 1000, "rewards_cents": None})
    assert checks.payouts_equal_their_rewards(paid, rewards()).passed is None
    lacking = rewards({**REWARD, "payout_id": "p0", "amount_cents": None})
    assert checks.payouts_equal_their_rewards(paid, lacking).passed is None
    assert "1 payout" in checks.payouts_equal_their_rewards(paid, lacking).sentence


@pytest.mark.parametrize(
    ("status", "fails"),
    [("Confirmed", True), ("Pending", True), ("Claimed", True), ("Declined", False)],
)
def test_a_declined_check_in_with_a_live_reward_is_named(status, fails):
    frame = check_ins({**MINE, "status": "Declined"})
    found = checks.no_declined_check_in_is_paid(frame, rewards({**REWARD, "status": status}))
    assert (found.passed is False) == fails
    assert found.rows["id"].tolist() == ["c0"] * fails
    assert found.rows["reward_id"].tolist() == ["r0"] * fails


def test_a_declined_check_in_is_not_blamed_for_the_reward_of_the_one_that_followed():
    again = AT + timedelta(hours=5)
    frame = check_ins(
        {**MINE, "status": "Declined", "updated_at": AT + timedelta(hours=20)},
        {**MINE, "status": "Confirmed", "checked_in_at": again, "updated_at": again},
    )
    assert checks.no_declined_check_in_is_paid(
        frame, rewards({**REWARD, "rewarded_at": again})
    ).passed


def test_an_outstanding_total_that_is_off_by_one_cent_fails_with_its_rows():
    frame = rewards(REWARD, {**REWARD, "status": "Claimed"})
    found = checks.outstanding_equals_its_rows(metrics.MoneyTotal(1, 501, 0), frame)
    assert found.passed is False
    assert found.rows["id"].tolist() == ["r0"]
    assert found.sentence == "$5.01 is shown, its rows sum to $5.00."
    assert checks.outstanding_equals_its_rows(metrics.outstanding(frame), frame).passed
    assert checks.outstanding_equals_its_rows(metrics.MoneyTotal(2, 500, 0), frame).passed is False


def test_rows_without_a_date_or_an_owner_are_named_with_what_they_lack():
    found = checks.every_row_has_date_and_owner(
        check_ins({}, MINE, {**MINE, "owner_id": None}), rewards({"owner_id": "u1"}, REWARD)
    )
    assert found.passed is False
    assert found.rows.to_numpy().tolist() == [
        ["Check-ins", "c0", "date, owner"],
        ["Check-ins", "c2", "owner"],
        ["Rewards", "r0", "date"],
    ]


def test_an_earned_reward_without_an_amount_is_named_and_a_declined_one_is_not():
    lacking = {**REWARD, "amount_cents": None}
    found = checks.every_earned_reward_has_an_amount(
        rewards(lacking, {**lacking, "status": "Declined"})
    )
    assert found.rows["id"].tolist() == ["r0"]
    assert found.passed is False


def test_without_payouts_their_balance_cannot_be_told():
    found = checks.books(check_ins(), rewards(), None, [])
    assert [check.passed for check in found].count(None) == 2


@settings(max_examples=50)
@given(
    st.lists(st.sampled_from(["Confirmed", "Pending", "Declined", "OnHold"]), max_size=8),
    st.integers(0, 7),
)
def test_one_reward_a_submission_that_follows_its_status_is_always_clean(statuses, spoiled):
    facts, given_ = [], []
    for n, status in enumerate(statuses):
        at = AT + timedelta(hours=6 * n)
        facts.append({**MINE, "status": status, "checked_in_at": at, "updated_at": at})
        fate = "Declined" if status == "Declined" else "Confirmed"
        given_.append({**REWARD, "rewarded_at": at, "status": fate})
    assert checks.no_declined_check_in_is_paid(check_ins(*facts), rewards(*given_)).passed
    if spoiled < len(statuses) and statuses[spoiled] == "Declined":
        given_[spoiled]["status"] = "Claimed"
        found = checks.no_declined_check_in_is_paid(check_ins(*facts), rewards(*given_))
        assert found.rows["id"].tolist() == [f"c{spoiled}"]
