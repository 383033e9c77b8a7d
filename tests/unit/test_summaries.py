"""Each figure's sentence is true: for full, empty, single and incomplete tables."""

import re
from datetime import timedelta

import pandas as pd
import pytest

from pages.analysis import charts, metrics, summaries
from tests.unit.analysis_frames import check_ins, new_users, payouts, rewards, utc
from tests.unit.analysis_pictures import CALENDAR, EMPTY, FULL, NAMES, NOW, RUNNING, TRENDS, WEEKS

AT = utc(2026, 11, 18, 15)


def say(name, frame, **more):
    return getattr(summaries, name)(frame, **more)


def test_every_figure_has_a_sentence_by_its_name():
    for name in set(charts.__all__) - {"Palette", "plain"}:
        assert callable(getattr(summaries, name))


@pytest.mark.parametrize("name", NAMES)
def test_a_sentence_is_whole_and_never_says_a_technical_word(name):
    for frame in (FULL[name], EMPTY[name]):
        for more in ({}, {"running": RUNNING}) if name in TRENDS else ({},):
            said = say(name, frame, **more)
            assert said[0].isupper() or said[0] in "$0123456789"
            assert said.endswith(".")
            assert not re.search(r"\bnan\b|NaT|None|<NA>", said)


def test_the_sentence_of_a_trend_adds_up_and_names_the_fullest_week():
    facts = [
        {"status": "Confirmed", "checked_in_at": AT},
        {"status": "Declined", "checked_in_at": AT},
        {"status": "Confirmed", "checked_in_at": AT - timedelta(weeks=1)},
    ]
    frame = metrics.submitted(check_ins(*facts), CALENDAR, WEEKS)
    assert summaries.submitted(frame, running=RUNNING) == (
        "3 check-ins submitted, 2 of them confirmed; most in 2026-W47 (Nov 16 – Nov 22) with 2; "
        "the last week is in progress, 3 of 7 days."
    )
    one = metrics.submitted(check_ins(facts[0]), CALENDAR, [WEEKS[-2]])
    assert summaries.submitted(one) == "1 check-in submitted, 1 of them confirmed."
    none = metrics.submitted(check_ins(), CALENDAR, WEEKS)
    assert summaries.submitted(none) == "No check-ins were submitted in this period."


def test_money_is_told_exactly_and_what_lacks_an_amount_beside_it():
    frame = metrics.earned_per_week(
        rewards(
            {"status": "Claimed", "rewarded_at": AT, "amount_cents": 123456},
            {"status": "Confirmed", "rewarded_at": AT, "amount_cents": None},
        ),
        CALENDAR,
        WEEKS[-2:-1],
    )
    assert summaries.earned_per_week(frame) == (
        "$1,234.56 earned in 2 rewards. 1 without an amount."
    )
    both = metrics.earned_and_claimed(None, payouts(), CALENDAR, WEEKS)
    assert summaries.earned_and_claimed(both) == (
        "Rewards are not loaded and $0.00 claimed in 0 payouts."
    )


def test_new_users_that_are_not_known_are_not_told_as_none():
    known = new_users({"start": CALENDAR.starts(WEEKS[0]), "end": AT, "count": 3})
    frame = metrics.new_users_per_week(known, CALENDAR, WEEKS[:2])
    assert summaries.new_users_per_week(frame) == "3 new users registered; 1 week not known."
    unknown = metrics.new_users_per_week(new_users(), CALENDAR, WEEKS)
    assert "not known" in summaries.new_users_per_week(unknown)


def test_a_rate_is_told_against_the_week_before_and_the_running_week_is_left_out():
    def facts(week, confirmed, declined):
        at = CALENDAR.starts(week) + timedelta(hours=1)
        return [{"status": "Confirmed", "checked_in_at": at}] * confirmed + [
            {"status": "Declined", "checked_in_at": at}
        ] * declined

    held = check_ins(*facts(WEEKS[-3], 90, 10), *facts(WEEKS[-2], 95, 5), *facts(WEEKS[-1], 40, 60))
    frame = metrics.confirmation_rate_per_week(held, CALENDAR, WEEKS)
    assert summaries.confirmation_rate_per_week(frame, running=RUNNING) == (
        "95.0% of the decided check-ins of 2026-W47 (Nov 16 – Nov 22) were confirmed, "
        "+5.0 points against 2026-W46."
    )
    few = metrics.confirmation_rate_per_week(check_ins(*facts(WEEKS[-2], 8, 2)), CALENDAR, WEEKS)
    assert summaries.confirmation_rate_per_week(few, running=RUNNING) == (
        "Fewer than 30 check-ins were decided in every complete week: 8 of 10 confirmed together."
    )


def test_reasons_quote_the_note_verbatim():
    held = check_ins(
        *[{"status": "Declined", "note": "Plate unreadable"}] * 2, {"status": "OnHold"}
    )
    assert summaries.reasons(metrics.reasons(held)) == (
        "3 check-ins declined or on hold; most often “Plate unreadable” (2 declined); "
        "1 without a note."
    )
    silent = metrics.reasons(check_ins({"status": "Declined"}))
    assert summaries.reasons(silent) == (
        "1 check-in declined or on hold; most often no note at all (1 declined)."
    )


def test_open_outstanding_and_earning_sentences_hold_the_oldest_and_the_largest():
    held = check_ins({"status": "OnHold", "checked_in_at": NOW - timedelta(days=40)})
    assert summaries.open_by_age(metrics.open_by_age(held, NOW)) == (
        "1 check-in not decided yet: 0 pending and 1 on hold; 1 of them over 30 days old."
    )
    given_ = rewards(
        {
            "status": "Confirmed",
            "type": "Custom",
            "owner_id": "u1",
            "owner_name": "Ann",
            "amount_cents": 500,
            "rewarded_at": NOW - timedelta(days=100),
        }
    )
    assert summaries.outstanding_by_age(metrics.outstanding_by_age(given_, NOW)) == (
        "$5.00 outstanding in 1 reward, $5.00 of it over 90 days old."
    )
    assert summaries.top_earners(metrics.top_earners(given_)) == (
        "Ann earned most with $5.00 in 1 reward; the 1 user shown earned $5.00 together."
    )
    assert summaries.rewards_by(metrics.rewards_by(given_, "type")) == (
        "1 reward worth $5.00; the largest part is granted by the team with $5.00."
    )


def test_lengths_tell_median_and_nine_in_ten_and_what_could_not_be_measured():
    held = check_ins(
        {"status": "Confirmed", "checked_in_at": AT, "updated_at": AT + timedelta(hours=2)},
        {"status": "Confirmed", "checked_in_at": None, "updated_at": AT},
    )
    assert summaries.time_to_decision(metrics.time_to_decision(held)) == (
        "Of 1 check-in decided, half took at most 2.0 h and nine in ten at most 2.0 h. "
        "1 more lack a usable pair of dates."
    )


def test_the_busiest_hour_is_a_real_one():
    said = summaries.by_weekday_and_hour(FULL["by_weekday_and_hour"])
    frame = FULL["by_weekday_and_hour"]
    assert f"with {int(frame['count'].max())}." in said


def test_a_frame_of_one_row_is_still_a_sentence():
    frame = pd.DataFrame(
        {"lower_cents": [0], "upper_cents": [500], "label": ["under $5"], "count": [1]}
    ).assign(amount_cents=499)
    assert summaries.payout_sizes(frame) == ("1 payout of $4.99 together; most often under $5 (1).")
