"""What joins the lists: the funnel, one user's story and tiles, and what needs attention."""

from datetime import timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.analysis import metrics, terms, wording
from pages.analysis.metrics import matching
from pages.analysis.metrics.timeline import REWARD_MEANS
from pages.analysis.periods import Calendar, Period, Week
from tests.unit.analysis_frames import check_ins, payouts, rewards, utc

NEW_YORK = Calendar("America/New_York")
WEEK = Week(2026, 47)
PERIOD = Period.of_weeks([WEEK])
START = NEW_YORK.starts(WEEK)
NOW = utc(2026, 11, 25, 17)
HOURS = st.integers(0, 24 * 10).map(lambda hours: START + timedelta(hours=hours))

check_in_facts = st.fixed_dictionaries(
    {
        "kind": st.sampled_from([*terms.KINDS, "service"]),
        "status": st.sampled_from([*terms.CHECK_IN_STATUSES, "Archived", None]),
        "checked_in_at": st.none() | HOURS,
        "updated_at": st.none() | HOURS,
        "owner_id": st.sampled_from(["u1", "u2", None]),
    }
)
reward_facts = st.fixed_dictionaries(
    {
        "status": st.sampled_from([*terms.REWARD_STATUSES, "Expired", None]),
        "type": st.sampled_from([*terms.REWARD_TYPE_OF_KIND.values(), "Custom", None]),
        "rewarded_at": st.none() | HOURS,
        "owner_id": st.sampled_from(["u1", "u2", None]),
    }
)


@settings(max_examples=150)
@given(st.lists(check_in_facts, max_size=12), st.lists(reward_facts, max_size=12))
def test_a_reward_is_matched_once_to_its_own_user_kind_and_time(facts, given_facts):
    found = metrics.matched(check_ins(*facts), rewards(*given_facts)).tolist()
    taken = [place for place in found if place >= 0]
    assert len(taken) == len(set(taken))
    for row, place in zip(facts, found, strict=True):
        if place < 0:
            continue
        reward = given_facts[place]
        assert reward["owner_id"] == row["owner_id"] is not None
        assert reward["type"] == terms.REWARD_TYPE_OF_KIND[row["kind"]]
        last = max(row["checked_in_at"], row["updated_at"] or row["checked_in_at"])
        assert row["checked_in_at"] <= reward["rewarded_at"] <= last + matching.GRACE
    # Nothing that could still be matched is left lying about.
    for row, place in zip(facts, found, strict=True):
        if place >= 0 or row["checked_in_at"] is None or row["owner_id"] is None:
            continue
        last = max(row["checked_in_at"], row["updated_at"] or row["checked_in_at"])
        for other, reward in enumerate(given_facts):
            fits = (
                other not in taken
                and reward["owner_id"] == row["owner_id"]
                and reward["type"] == terms.REWARD_TYPE_OF_KIND.get(row["kind"])
                and reward["type"] is not None
                and reward["rewarded_at"] is not None
                and row["checked_in_at"] <= reward["rewarded_at"] <= last + matching.GRACE
            )
            assert not fits


def test_a_reward_dated_exactly_at_a_submission_is_that_submissions():
    mine = {"kind": "mileage", "owner_id": "u1", "status": "Confirmed"}
    held = {**mine, "checked_in_at": START, "updated_at": START + timedelta(days=3)}
    exact = {**mine, "checked_in_at": START + timedelta(days=1)}
    reward = {"type": "MileageCheckIn", "owner_id": "u1", "status": "Confirmed"}
    first = {**reward, "rewarded_at": START + timedelta(days=1)}
    later = {**reward, "rewarded_at": START + timedelta(days=2)}
    assert metrics.matched(check_ins(held, exact), rewards(first)).tolist() == [-1, 0]
    assert metrics.matched(check_ins(held, exact), rewards(later, first)).tolist() == [0, 1]


def test_a_reward_may_be_dated_up_to_a_day_after_the_last_update_and_not_before_the_submission():
    mine = {"kind": "condition", "owner_id": "u1", "checked_in_at": START}
    update = START + timedelta(days=3)
    reward = {"type": "ConditionCheckIn", "owner_id": "u1"}
    moment = timedelta(microseconds=1)

    def found(at):
        held = check_ins({**mine, "updated_at": update})
        return metrics.matched(held, rewards({**reward, "rewarded_at": at})).tolist() == [0]

    assert found(START)
    assert not found(START - moment)
    assert found(update + timedelta(days=1))
    assert not found(update + timedelta(days=1) + moment)
    undated = check_ins(mine)
    late = rewards({**reward, "rewarded_at": START + timedelta(days=1)})
    assert metrics.matched(undated, late).tolist() == [0]


@settings(max_examples=100)
@given(st.lists(check_in_facts, max_size=12), st.lists(reward_facts, max_size=12))
def test_the_funnel_only_narrows_and_names_every_loss(facts, given_facts):
    found = metrics.funnel(check_ins(*facts), rewards(*given_facts), PERIOD, NEW_YORK)
    assert found["stage"].tolist() == ["submitted", "decided", "confirmed", "rewarded", "claimed"]
    counts = found["count"].tolist()
    assert counts == sorted(counts, reverse=True)
    inside = [
        row
        for row in facts
        if row["checked_in_at"] and START <= row["checked_in_at"] < NEW_YORK.ends(WEEK)
    ]
    statuses = [row["status"] for row in inside]
    assert counts[0] == len(inside)
    assert counts[1] == statuses.count("Confirmed") + statuses.count("Declined")
    assert counts[2] == statuses.count("Confirmed")
    for before, now, lost, losses in zip(
        counts, counts[1:], found["lost"][1:], found["losses"][1:], strict=False
    ):
        assert before - now == lost == sum(count for _, count in losses)
        assert all(name and count > 0 for name, count in losses)


def test_each_loss_of_the_funnel_has_its_own_name():
    def submission(n, status):
        return {
            "kind": "mileage",
            "status": status,
            "owner_id": f"u{n}",
            "checked_in_at": START + timedelta(hours=n),
        }

    def reward(n, status):
        return {
            "type": "MileageCheckIn",
            "status": status,
            "owner_id": f"u{n}",
            "rewarded_at": START + timedelta(hours=n),
        }

    fates = ["Pending", "OnHold", "Archived", None, "Declined"] + ["Confirmed"] * 6
    facts = [submission(n, status) for n, status in enumerate(fates)]
    given_facts = [
        reward(5, "Claimed"),
        reward(6, "Confirmed"),
        reward(7, "Pending"),
        reward(8, "Declined"),
        reward(9, "Expired"),
    ]
    found = metrics.funnel(check_ins(*facts), rewards(*given_facts), PERIOD, NEW_YORK)
    assert found["count"].tolist() == [11, 7, 6, 2, 1]
    assert found["loss"].tolist() == [
        "",
        "still pending 1, on hold 1, status Archived 1, no status 1",
        "declined 1",
        "reward still pending 1, reward declined 1, reward status Expired 1, "
        "confirmed without a reward 1",
        "reward not claimed yet 1",
    ]
    assert found["share"].iloc[1] == pytest.approx(7 / 11)


def test_a_confirmed_check_in_does_not_take_the_reward_of_a_declined_one_beside_it():
    mine = {"kind": "mileage", "owner_id": "u1"}
    again = START + timedelta(hours=3)
    held = check_ins(
        {**mine, "status": "Confirmed", "checked_in_at": START, "updated_at": again},
        {**mine, "status": "Declined", "checked_in_at": again, "updated_at": again},
    )
    reward = {"type": "MileageCheckIn", "owner_id": "u1", "status": "Declined"}
    found = metrics.funnel(held, rewards({**reward, "rewarded_at": again}), PERIOD, NEW_YORK)
    assert found["loss"].iloc[3] == "confirmed without a reward 1"


def test_a_funnel_of_nothing_has_no_shares():
    found = metrics.funnel(check_ins(), rewards(), PERIOD, NEW_YORK)
    assert found["count"].tolist() == [0] * 5
    assert found["share"].isna().all()


def test_a_declined_check_in_tells_its_note_what_it_means_and_what_to_do():
    story = metrics.timeline(
        check_ins(
            {"status": "Declined", "note": "Plate is *unreadable*", "checked_in_at": START},
            {"status": "OnHold", "checked_in_at": START + timedelta(hours=1)},
            {"status": "Confirmed", "checked_in_at": START + timedelta(hours=2)},
            {"status": "Archived", "checked_in_at": None},
        ),
        rewards(
            {
                "status": "Claimed",
                "type": "MileageCheckIn",
                "amount_cents": 500,
                "rewarded_at": START + timedelta(hours=3),
                "description": "Thank you",
            }
        ),
        payouts(
            {
                "claimed_at": START + timedelta(hours=4),
                "amount_cents": 500,
                "rewards_count": 1,
            },
            {"claimed_at": None},
        ),
    )
    assert story["what"].tolist() == ["payout", "reward"] + ["check_in"] * 4 + ["payout"]
    assert story["at"].dropna().is_monotonic_decreasing
    by_status = story.set_index("status")
    declined = by_status.loc["Declined"]
    assert declined["note"] == "Plate is *unreadable*"
    assert "final" in declined["meaning"]
    assert "new check-in" in declined["next_step"]
    held = by_status.loc["OnHold"]
    assert held["note"] == "No note was given"
    assert "support" in held["next_step"]
    assert pd.isna(by_status.loc["Confirmed", "note"])
    assert "does not know" in by_status.loc["Archived", "meaning"]
    assert story["title"].tolist()[:2] == ["Payout of 1 reward", "Reward: mileage check-in"]
    assert story["amount_cents"].iloc[0] == 500
    assert story["meaning"].notna().all()
    assert story["next_step"].notna().all()


def test_every_known_status_is_explained_and_held_ones_with_and_without_a_note():
    for status in terms.CHECK_IN_STATUSES:
        meaning, step = metrics.check_in_means(status, "Blurry")
        assert meaning.endswith(".")
        assert step.endswith(".")
    for status in ("OnHold", "Declined"):
        assert metrics.check_in_means(status, None) != metrics.check_in_means(status, "Blurry")
        assert metrics.check_in_means(status, "  ") == metrics.check_in_means(status, None)
    assert set(terms.REWARD_STATUSES) == set(REWARD_MEANS)
    assert metrics.check_in_means(None, None)[0] == "Ownli sent no status."


def test_an_empty_story_is_an_empty_table():
    story = metrics.timeline(check_ins(), rewards(), payouts())
    assert story.empty
    assert "next_step" in story


def test_a_users_tiles_add_up_and_the_next_check_in_is_the_earliest_of_the_newest():
    def seen(license_, at, due, status="Confirmed"):
        return {"license": license_, "checked_in_at": at, "next_check_in_at": due, "status": status}

    found = metrics.user_totals(
        check_ins(
            seen("A", START, START + timedelta(days=1)),
            seen("A", START + timedelta(days=5), START + timedelta(days=35)),
            seen("B", START, START + timedelta(days=30), "Declined"),
        ),
        rewards(
            {"status": "Confirmed", "amount_cents": 500},
            {"status": "Claimed", "amount_cents": 250},
            {"status": "Pending", "amount_cents": 999},
        ),
        payouts({"claimed_at": START, "amount_cents": 250}),
    )
    assert found.check_ins == 3
    assert (found.confirmation.confirmed, found.confirmation.declined) == (2, 1)
    assert found.earned.cents == 750
    assert found.outstanding.cents == 500
    assert found.paid_out.cents == 250
    assert found.next_check_in_at == START + timedelta(days=30)
    assert metrics.user_totals(check_ins(), rewards(), payouts()).next_check_in_at is None


def week_of(week, confirmed, declined, kind="mileage"):
    at = NEW_YORK.starts(week) + timedelta(hours=1)
    facts = {"checked_in_at": at, "kind": kind}
    return [
        *[{**facts, "status": "Confirmed"}] * confirmed,
        *[{**facts, "status": "Declined"}] * declined,
    ]


def test_a_decline_rate_needs_attention_only_when_it_rose_by_more_than_a_fifth():
    def titles(before, last):
        frame = check_ins(*week_of(WEEK.plus(-1), *before), *week_of(WEEK, *last))
        return [found.title for found in metrics.attention(frame, NEW_YORK, NOW)]

    assert titles((90, 10), (87, 13)) == [
        "Decline rate up to 13.0%",
        "Mileage: decline rate up to 13.0%",
    ]
    assert titles((90, 10), (88, 12)) == []
    assert titles((30, 0), (29, 1)) != []
    assert titles((90, 10), (19, 10)) == []
    assert titles((19, 10), (50, 50)) == []


def test_attention_leads_to_the_rows_of_the_week_and_kind():
    frame = check_ins(*week_of(WEEK.plus(-1), 90, 10), *week_of(WEEK, 80, 20))
    _, mileage = metrics.attention(frame, NEW_YORK, NOW)
    assert mileage.address == (
        "/check_ins?from=2026-11-16&to=2026-11-22&kind=Mileage&status=Declined"
    )
    assert mileage.rows == 20
    assert "It was 10.0% the week before" in mileage.detail


def test_the_longest_on_hold_are_named_and_fresh_ones_are_not():
    held = {"status": "OnHold", "owner_id": "XT_U1", "owner_name": "Ann", "note": "Blurry"}
    held["checked_in_at"] = NOW - timedelta(days=50)
    frame = check_ins(
        {**held, "updated_at": NOW - timedelta(days=42, hours=3)},
        {**held, "updated_at": NOW - timedelta(days=6)},
        {**held, "updated_at": None, "checked_in_at": None},
    )
    first, total = metrics.attention(frame, NEW_YORK, NOW)
    assert first.title == "On hold for 42 days"
    assert first.detail == "Mileage check-in of Ann: Blurry"
    assert first.address == "/user?id=XT_U1"
    assert total.title == "3 check-ins on hold"
    assert total.rows == 2
    assert "1 of them without a date" in total.detail
    assert metrics.attention(check_ins(), NEW_YORK, NOW) == []


@given(st.lists(check_in_facts, max_size=10))
def test_attention_never_says_a_technical_word_for_missing(facts):
    for found in metrics.attention(check_ins(*facts), NEW_YORK, NOW + timedelta(days=90)):
        for said in (found.title, found.detail, found.address):
            assert not any(word in said for word in ("nan", "None", "NaT", "<NA>"))
            assert said != wording.UNKNOWN
