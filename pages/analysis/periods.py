"""Weeks and periods in the report zone: ISO weeks, half-open, right over every clock change."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pandas as pd

from pages.analysis.zones import microseconds, zone_named

DAYS_A_WEEK = 7
DAY_US = 86_400_000_000
_CODE = re.compile(r"(\d{4})-W(\d{2})")


@dataclass(frozen=True, order=True)
class Week:
    """An ISO week; years and numbers that do not exist are refused with a ValueError."""

    year: int
    number: int

    def __post_init__(self) -> None:
        try:
            date.fromisocalendar(self.year, self.number, DAYS_A_WEEK)
        except ValueError:
            raise ValueError(f"There is no week {self.number} in {self.year}.") from None

    def __str__(self) -> str:
        return self.code

    @property
    def monday(self) -> date:
        """Its first day."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def sunday(self) -> date:
        """Its last day."""
        return date.fromisocalendar(self.year, self.number, DAYS_A_WEEK)

    @property
    def code(self) -> str:
        """As in an address or a file name: `2026-W47`."""
        return f"{self.year:04d}-W{self.number:02d}"

    @property
    def label(self) -> str:
        """As a person reads it: `2026-W47 (Nov 16 – Nov 22)`."""
        return f"{self.code} ({month_day(self.monday)} – {month_day(self.sunday)})"

    def plus(self, n: int) -> Week:
        """The week n weeks later (earlier, if negative)."""
        return Week.of(self.monday + timedelta(weeks=n))

    @classmethod
    def parse(cls, text: str) -> Week:
        """The week written as `2026-W47`; anything else is a ValueError with a sentence."""
        match = _CODE.fullmatch(text.strip()) if isinstance(text, str) else None
        if match is None:
            raise ValueError("A week is written like 2026-W47.")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> Week:
        """The week a day lies in."""
        year, number, _ = day.isocalendar()
        return cls(year, number)


@dataclass(frozen=True)
class Running:
    """The week in progress at one moment, and how many of its seven days have begun."""

    week: Week
    today: date
    days: int

    @property
    def words(self) -> str:
        """`in progress, 3 of 7 days`."""
        return f"in progress, {self.days} of {DAYS_A_WEEK} days"

    def holds(self, key: str) -> bool:
        """Whether a bucket key (week code or ISO date) is this week, or today."""
        return key in (self.week.code, self.today.isoformat())


class Calendar:
    """Days and weeks of one IANA zone; an unknown zone is a ValueError with a sentence."""

    def __init__(self, zone: str) -> None:
        self._zone = zone_named(zone)
        self.zone = zone

    def __repr__(self) -> str:
        return f"Calendar({self.zone!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Calendar) and other.zone == self.zone

    def __hash__(self) -> int:
        return hash(self.zone)

    def day_of(self, moments: pd.Series) -> pd.Series:
        """The local day of each UTC moment, as naive midnight; missing stays missing."""
        days: pd.Series = self._wall(moments).dt.floor("D")
        return days

    def week_of(self, moments: pd.Series) -> pd.Series:
        """The Monday of the local ISO week of each UTC moment, as naive midnight."""
        days = self.day_of(moments)
        mondays: pd.Series = days - pd.to_timedelta(days.dt.day_of_week, unit="D")
        return mondays

    def _wall(self, moments: pd.Series) -> pd.Series:
        """The clock on the wall at each UTC moment, without a zone."""
        wall: pd.Series = moments.dt.tz_convert(self._zone).dt.tz_localize(None)
        return wall

    def day_starts(self, day: date) -> datetime:
        """The first instant of a local day, in UTC (01:00 where midnight is skipped)."""
        return datetime.combine(day, time(), self._zone).astimezone(UTC)

    def starts(self, week: Week) -> datetime:
        """Monday 00:00 local, in UTC: the first instant of the week."""
        return self.day_starts(week.monday)

    def ends(self, week: Week) -> datetime:
        """The next Monday 00:00 local, in UTC: the first instant that is no longer in the week."""
        return self.day_starts(week.monday + timedelta(days=DAYS_A_WEEK))

    def local(self, utc: datetime) -> datetime:
        """A moment as read on a clock in the zone."""
        return utc.astimezone(self._zone)

    def today(self, now: datetime) -> date:
        """The local day of a moment."""
        return self.local(now).date()

    def week_at(self, now: datetime) -> Week:
        """The week a moment lies in."""
        return Week.of(self.today(now))

    def last_complete(self, now: datetime) -> Week:
        """The newest week that is over."""
        return self.week_at(now).plus(-1)

    def weeks_back(self, week: Week, n: int) -> list[Week]:
        """The n weeks that end with the given one, oldest first."""
        return [week.plus(-back) for back in range(n - 1, -1, -1)]

    def running(self, now: datetime) -> Running:
        """The week in progress at a moment."""
        today = self.today(now)
        return Running(Week.of(today), today, today.isoweekday())

    def bounds(self, days: Sequence[date]) -> np.ndarray:
        """The first instants of the given local days, in UTC microseconds since 1970."""
        return np.array([microseconds(self.day_starts(day)) for day in days], dtype="int64")

    def hours(self, moments: pd.Series) -> np.ndarray:
        """The local hour of the week of each moment: 0 is Monday 00:00; -1 where it is missing."""
        wall = self._wall(moments)
        hours: np.ndarray = (wall.dt.day_of_week * 24 + wall.dt.hour).fillna(-1).to_numpy("int64")
        return hours


@dataclass(frozen=True)
class Period:
    """Whole days of the report zone, both ends inclusive; the last may not lie before the first."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("A period ends on or after the day it begins.")

    def within(self, calendar: Calendar) -> tuple[datetime, datetime]:
        """Its UTC bounds in a calendar's zone: the first instant, and the first one after it."""
        return (
            calendar.day_starts(self.first),
            calendar.day_starts(self.last + timedelta(days=1)),
        )

    @property
    def label(self) -> str:
        """`Nov 16 – Nov 22, 2026`, with both years where they differ; a single day by itself."""
        end = f"{month_day(self.last)}, {self.last.year}"
        if self.first == self.last:
            return end
        start = month_day(self.first)
        if self.first.year != self.last.year:
            start = f"{start}, {self.first.year}"
        return f"{start} – {end}"

    @property
    def days(self) -> int:
        """How many days it holds."""
        return (self.last - self.first).days + 1

    @property
    def each_day(self) -> list[date]:
        """Its days in order."""
        return [self.first + timedelta(days=n) for n in range(self.days)]

    @property
    def weeks(self) -> list[Week]:
        """Every week it touches, oldest first."""
        monday = Week.of(self.first).monday
        count = (self.last - monday).days // DAYS_A_WEEK + 1
        return [Week.of(monday + timedelta(weeks=n)) for n in range(count)]

    def previous(self) -> Period:
        """As many days, ending the day before it begins."""
        length = timedelta(days=self.days)
        return Period(self.first - length, self.last - length)

    def overlap(self, other: Period) -> Period | None:
        """The days two periods share, None if there are none."""
        first, last = max(self.first, other.first), min(self.last, other.last)
        return Period(first, last) if first <= last else None

    @classmethod
    def of_weeks(cls, weeks: Sequence[Week]) -> Period:
        """From the first week's Monday to the last week's Sunday."""
        if not weeks:
            raise ValueError("A period of weeks needs at least one week.")
        return cls(min(weeks).monday, max(weeks).sunday)

    @classmethod
    def of_key(cls, key: str) -> Period:
        """The days behind a bar: its key is a week code or an ISO date, else a ValueError."""
        if _CODE.fullmatch(key):
            return cls.of_weeks([Week.parse(key)])
        try:
            day = date.fromisoformat(key)
        except ValueError:
            raise ValueError(
                "A bar stands for a week like 2026-W47 or a day like 2026-11-20."
            ) from None
        return cls(day, day)

    @classmethod
    def last_days(cls, today: date, n: int) -> Period:
        """The n days that end with today."""
        return cls(today - timedelta(days=n - 1), today)


def month_day(day: date) -> str:
    """`Nov 16`: the same in every locale."""
    return f"{MONTHS[day.month - 1]} {day.day}"


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
