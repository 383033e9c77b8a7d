"""Check-ins that Ownli sends without an owner: what cannot be known is not told as nought."""

from __future__ import annotations

from datetime import timedelta

from pages.analysis import checks, metrics
from pages.analysis.metrics.funnel import NO_OWNER, NO_REWARD
from pages.analysis.periods import Calendar, Period, Week
from tests.unit import analysis_frames as frames

ZONE = Calendar("America/New_York")
WEEK = Week.parse("2026-W47")
AT = frames.utc(2026, 11, 18, 15)


def row(owner, status="Confirmed"):
    return {"checked_in_at": AT, "updated_at": AT + timedelta(hours=3), "status": status} | (
        {"owner_id": owner} if owner else {}
    )


def weekly(check_ins):
    return metrics.weekly(check_ins, None, None, None, ZONE, [WEEK.plus(-1), WEEK]).iloc[-1]


def test_where_no_check_in_names_its_owner_active_users_are_unknown_not_nought():
    week = weekly(frames.check_ins(row(None), row(None)))
    assert week.isna()["active_users"]
    assert week["submitted_without_owner"] == week["submitted"] == 2


def test_where_some_do_those_are_counted_and_the_others_are_told():
    week = weekly(frames.check_ins(row("u1"), row("u1"), row(None)))
    assert (week["active_users"], week["submitted_without_owner"]) == (1, 1)


def test_a_week_without_check_ins_has_no_active_users():
    assert weekly(frames.check_ins())["active_users"] == 0


def test_a_confirmed_check_in_without_an_owner_is_not_said_to_lack_its_reward():
    funnel = metrics.funnel(
        frames.check_ins(row("u1"), row(None)), frames.rewards(), Period.of_weeks([WEEK]), ZONE
    )
    losses = dict(funnel.set_index("stage").loc["rewarded", "losses"])
    assert losses == {NO_REWARD: 1, NO_OWNER: 1}


def test_a_check_that_cannot_match_is_not_passed():
    nobody = frames.check_ins(row(None, "Declined"))
    assert checks.no_declined_check_in_is_paid(nobody, frames.rewards()).passed is None
    somebody = frames.check_ins(row("u1", "Declined"))
    assert checks.no_declined_check_in_is_paid(somebody, frames.rewards()).passed is True
