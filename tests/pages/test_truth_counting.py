"""The counting the screens are held against is itself held against worlds written by hand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from ownli_api.sandbox import World
from tests.pages.truth import Money, Rate, Truth, Week, count, days, midnight, money, ms, rounded

NEW_YORK = "America/New_York"
KOLKATA = "Asia/Kolkata"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def world():
    """One user with one car, and nothing submitted yet."""
    world = World(seed=1, now=utc("2026-11-25T12:00"))
    world.register(at=utc("2026-11-10T12:00"))
    return world


def test_a_week_begins_and_ends_at_midnight_of_its_zone():
    week = Week.last_complete(utc("2026-11-25T12:00"), NEW_YORK)
    assert week.code == "2026-W47"
    assert week.label == "2026-W47 (Nov 16 - Nov 22)"
    assert week.span == (ms(utc("2026-11-16T05:00")), ms(utc("2026-11-23T05:00")))
    assert Week(week.monday, KOLKATA).span[0] == ms(utc("2026-11-15T18:30"))


def test_the_weeks_of_two_zones_turn_at_different_moments():
    between = utc("2026-11-22T20:00")  # Monday in Kolkata, Sunday in New York
    assert Week.last_complete(between, KOLKATA).code == "2026-W47"
    assert Week.last_complete(between, NEW_YORK).code == "2026-W46"


def test_the_week_in_which_the_clocks_change_is_an_hour_longer():
    autumn = Week(date(2026, 10, 26), NEW_YORK)
    start, end = autumn.span
    assert end - start == timedelta(days=7, hours=1) // timedelta(milliseconds=1)
    assert Week(date(2026, 12, 28), NEW_YORK).code == "2026-W53"


def test_days_are_inclusive_in_the_zone():
    start, end = days(date(2026, 10, 1), date(2026, 10, 31), NEW_YORK)
    assert start == ms(utc("2026-10-01T04:00"))
    assert end == ms(utc("2026-11-01T04:00"))
    assert midnight(date(2026, 11, 1), KOLKATA) == ms(utc("2026-10-31T18:30"))


def test_only_the_half_open_week_is_counted(world):
    span = Week(date(2026, 11, 16), NEW_YORK).span
    start, end = (datetime.fromtimestamp(edge / 1000, UTC) for edge in span)
    tick = timedelta(milliseconds=1)
    for at in (start - tick, start, end - tick, end):
        world.submit_check_in(at=at)
    assert len(Truth(world).submitted(span)) == 2
    assert Truth(world).active_users(span) == 1


def test_a_rate_counts_the_submitted_and_time_to_decision_the_decided(world):
    truth, last = Truth(world), Week(date(2026, 11, 16), NEW_YORK)
    early = world.submit_check_in(at=utc("2026-11-15T12:00"))
    world.decide(early.id, "Confirmed", at=utc("2026-11-16T12:00"))  # decided in the week
    late = world.submit_check_in(at=utc("2026-11-22T12:00"))
    world.decide(late.id, "Declined", at=utc("2026-11-23T12:00"))  # decided after it
    held = world.submit_check_in(at=utc("2026-11-17T12:00"))
    world.decide(held.id, "OnHold", at=utc("2026-11-17T13:00"))
    assert truth.rate(last.span) == Rate(confirmed=0, declined=1, undecided=1)
    assert truth.rate(last.before.span) == Rate(confirmed=1, declined=0, undecided=0)
    assert truth.hours_to_decision(last.span) == [24.0]
    assert truth.median_hours(last.before.span) is None
    assert truth.on_hold() == 1
    assert truth.by_kind_and_status(last.span) == {
        ("mileage", "Declined"): 1,
        ("mileage", "OnHold"): 1,
    }


def test_earned_holds_confirmed_and_claimed_and_outstanding_only_confirmed(world):
    user = next(iter(world.users))
    span = Week(date(2026, 11, 16), NEW_YORK).span
    world.grant(user, 1_005, "spring", at=utc("2026-11-16T12:00"))
    world.claim(user, at=utc("2026-11-17T12:00"))
    world.grant(user, 250, "spring", at=utc("2026-11-18T12:00"))
    world.grant(user, 310, "spring", at=utc("2026-10-01T12:00"))
    world.submit_check_in(at=utc("2026-11-18T12:00"), reward_cents=999)  # its reward is Pending
    truth = Truth(world)
    assert truth.earned(span) == Money(2, 1_255)
    assert truth.rewards_with("Pending", span) == Money(1, 999)
    assert truth.outstanding() == Money(2, 560)
    assert truth.claimed(span) == Money(1, 1_005)


def test_numbers_are_written_as_the_definitions_say():
    assert money(123_456) == "$1,234.56"
    assert money(-500) == "-$5.00"
    assert money(7) == "$0.07"
    assert count(1_234_567) == "1,234,567"
    assert rounded(Decimal("87.25"), 1) == "87.3"


def test_fewer_than_thirty_decided_are_not_enough_for_a_rate():
    assert not Rate(29, 0, 100).enough
    assert Rate(29, 1, 0).enough
