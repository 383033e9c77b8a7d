"""Weeks and periods keep their promises in every zone, on every clock change and over New Year."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.analysis.periods import Calendar, Period, Week
from pages.analysis.zones import microseconds

ZONES = (
    "America/New_York",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "America/St_Johns",
    "America/Havana",
    "Europe/Berlin",
    "Asia/Kathmandu",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Africa/Casablanca",
    "UTC",
)
zones = st.sampled_from(ZONES)
moments = st.datetimes(datetime(2015, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC))
days = st.dates(date(2015, 1, 1), date(2037, 12, 31))


def series(*values: datetime | None) -> pd.Series:
    return pd.Series(pd.array(values, dtype="datetime64[us, UTC]"))


@given(days)
def test_a_week_reads_back_what_it_writes_and_holds_its_days(day):
    week = Week.of(day)
    assert Week.parse(week.code) == week
    assert week.monday <= day <= week.sunday
    assert week.monday.isoweekday() == 1
    assert (week.sunday - week.monday).days == 6


@given(days, st.integers(-600, 600))
def test_weeks_count_forwards_and_back_without_gaps(day, n):
    week = Week.of(day)
    assert week.plus(n).monday - week.monday == timedelta(weeks=n)
    assert week.plus(n).plus(-n) == week
    assert (week < week.plus(n)) == (n > 0)


def test_new_year_2026_belongs_to_week_53_and_the_next_monday_opens_week_1():
    assert Week.of(date(2026, 12, 31)).code == "2026-W53"
    assert Week.of(date(2027, 1, 3)).code == "2026-W53"
    assert Week.of(date(2027, 1, 4)).code == "2027-W01"
    assert Week(2026, 53).plus(1) == Week(2027, 1)
    assert Week(2026, 53).label == "2026-W53 (Dec 28 – Jan 3)"


def test_a_week_is_written_with_its_first_and_last_day():
    assert Week(2026, 47).label == "2026-W47 (Nov 16 – Nov 22)"


@pytest.mark.parametrize(
    "text", ["", "2026-47", "2026-W00", "2027-W53", "2026-W99", "W47", "2026-W4", "0000-W01", None]
)
def test_a_week_that_does_not_exist_is_refused_with_a_sentence(text):
    with pytest.raises(ValueError, match=r"^[A-Z].*\.$"):
        Week.parse(text)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "America", "\0", None, 3])
def test_an_unknown_zone_is_refused_with_a_sentence(zone):
    with pytest.raises(ValueError, match=r"^The time zone .*\.$"):
        Calendar(zone)


@given(zones, days)
def test_weeks_tile_time_each_ends_where_the_next_starts(zone, day):
    calendar, week = Calendar(zone), Week.of(day)
    assert calendar.ends(week) == calendar.starts(week.plus(1))
    length = calendar.ends(week) - calendar.starts(week)
    assert abs(length - timedelta(days=7)) <= timedelta(hours=24)


@given(zones, days)
def test_a_row_at_monday_midnight_is_in_the_new_week_and_one_microsecond_earlier_in_the_old(
    zone, day
):
    calendar, week = Calendar(zone), Week.of(day)
    start = calendar.starts(week)
    found = calendar.week_of(series(start, start - timedelta(microseconds=1), None))
    assert found[0].date() == week.monday
    assert found[1].date() == week.plus(-1).monday
    assert found.isna().tolist() == [False, False, True]
    assert calendar.week_at(start) == week
    assert calendar.week_at(start - timedelta(microseconds=1)) == week.plus(-1)


@settings(max_examples=200)
@given(zones, moments)
def test_the_local_day_week_and_hour_of_a_moment_are_what_a_wall_clock_says(zone, moment):
    calendar = Calendar(zone)
    wall = moment.astimezone(ZoneInfo(zone))
    assert calendar.day_of(series(moment))[0] == pd.Timestamp(wall.date())
    assert calendar.week_of(series(moment))[0] == pd.Timestamp(Week.of(wall.date()).monday)
    assert calendar.hours(series(moment))[0] == (wall.isoweekday() - 1) * 24 + wall.hour


@settings(max_examples=200)
@given(zones, moments)
def test_a_moment_lies_within_the_bounds_of_its_own_day(zone, moment):
    calendar = Calendar(zone)
    day = calendar.day_of(series(moment))[0].date()
    assert calendar.day_starts(day) <= moment < calendar.day_starts(day + timedelta(days=1))


def test_the_very_instant_of_a_clock_change_is_read_by_the_new_clock():
    calendar = Calendar("America/New_York")
    change = datetime(2026, 11, 1, 6, tzinfo=UTC)
    hours = calendar.hours(series(change - timedelta(microseconds=1), change)) - 6 * 24
    assert hours.tolist() == [1, 1]
    spring = datetime(2026, 3, 8, 7, tzinfo=UTC)
    hours = calendar.hours(series(spring - timedelta(microseconds=1), spring)) - 6 * 24
    assert hours.tolist() == [1, 3]


def test_the_weeks_of_the_clock_changes_are_an_hour_short_and_an_hour_long():
    calendar = Calendar("America/New_York")
    spring, autumn = Week.of(date(2026, 3, 8)), Week.of(date(2026, 11, 1))
    assert calendar.ends(spring) - calendar.starts(spring) == timedelta(days=7, hours=-1)
    assert calendar.ends(autumn) - calendar.starts(autumn) == timedelta(days=7, hours=1)
    assert calendar.starts(spring) == datetime(2026, 3, 2, 5, tzinfo=UTC)
    assert calendar.ends(spring) == datetime(2026, 3, 9, 4, tzinfo=UTC)


def test_a_day_whose_midnight_is_skipped_starts_at_the_first_instant_that_exists():
    calendar = Calendar("America/Sao_Paulo")
    start = calendar.day_starts(date(2018, 11, 4))
    assert calendar.local(start).hour == 1
    assert calendar.day_of(series(start))[0] == pd.Timestamp("2018-11-04")


def test_moments_far_outside_any_calendar_still_have_a_day():
    calendar = Calendar("America/New_York")
    odd = series(datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC))
    assert calendar.day_of(odd).notna().all()


def test_the_last_complete_week_is_the_one_before_the_running_one_in_the_report_zone():
    calendar = Calendar("America/New_York")
    sunday_evening = datetime(2026, 11, 23, 4, 59, tzinfo=UTC)
    monday = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    assert calendar.last_complete(sunday_evening).code == "2026-W46"
    assert calendar.last_complete(monday).code == "2026-W47"
    assert calendar.running(monday).days == 1
    assert calendar.running(datetime(2026, 11, 25, 17, tzinfo=UTC)).words == (
        "in progress, 3 of 7 days"
    )
    assert calendar.running(monday).holds("2026-W48")
    assert calendar.running(monday).holds("2026-11-23")
    assert not calendar.running(monday).holds("2026-W47")


def test_weeks_back_ends_with_the_week_and_is_oldest_first():
    calendar = Calendar("UTC")
    assert [week.code for week in calendar.weeks_back(Week(2027, 1), 3)] == [
        "2026-W52",
        "2026-W53",
        "2027-W01",
    ]
    assert calendar.weeks_back(Week(2027, 1), 0) == []


@given(zones, days, st.integers(0, 400))
def test_a_period_and_the_one_before_meet_without_gap_or_overlap(zone, day, length):
    calendar = Calendar(zone)
    period = Period(day, day + timedelta(days=length))
    assert period.previous().days == period.days == length + 1 == len(period.each_day)
    assert period.previous().within(calendar)[1] == period.within(calendar)[0]
    assert period.overlap(period.previous()) is None
    assert period.weeks[0] == Week.of(period.first)
    assert period.weeks[-1] == Week.of(period.last)
    assert len(period.weeks) == len(set(period.weeks))


def test_a_period_is_written_as_a_person_reads_it():
    assert Period(date(2026, 11, 16), date(2026, 11, 22)).label == "Nov 16 – Nov 22, 2026"
    assert Period(date(2026, 12, 28), date(2027, 1, 3)).label == "Dec 28, 2026 – Jan 3, 2027"
    assert Period(date(2026, 1, 5), date(2026, 1, 5)).label == "Jan 5, 2026"


def test_a_bar_leads_back_to_its_days_and_nonsense_is_refused():
    assert Period.of_key("2026-W47") == Period(date(2026, 11, 16), date(2026, 11, 22))
    assert Period.of_key("2026-11-20") == Period(date(2026, 11, 20), date(2026, 11, 20))
    for nonsense in ("", "yesterday", "2026-W60", "2026-13-01"):
        with pytest.raises(ValueError, match=r"\.$"):
            Period.of_key(nonsense)


def test_a_period_cannot_end_before_it_begins_and_weeks_cannot_be_none():
    with pytest.raises(ValueError, match="ends on or after"):
        Period(date(2026, 1, 2), date(2026, 1, 1))
    with pytest.raises(ValueError, match="at least one week"):
        Period.of_weeks([])


def test_the_last_seven_days_include_today():
    period = Period.last_days(date(2026, 11, 24), 7)
    assert (period.first, period.days) == (date(2026, 11, 18), 7)


@given(moments)
def test_microseconds_are_exact(moment):
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds(moment)) == moment
