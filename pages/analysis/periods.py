"""Weeks, periods and the report zone's calendar (ISO weeks, half-open)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd


@dataclass(frozen=True, order=True)
class Week:
    """An ISO week."""

    year: int
    number: int

    @property
    def monday(self) -> date: ...
    @property
    def sunday(self) -> date: ...
    @property
    def code(self) -> str: ...  # "2026-W47"
    @property
    def label(self) -> str: ...  # "2026-W47 (Nov 16 – Nov 22)"
    def plus(self, n: int) -> "Week": ...
    @classmethod
    def parse(cls, text: str) -> "Week": ...  # ValueError with a sentence
    @classmethod
    def of(cls, day: date) -> "Week": ...


@dataclass(frozen=True)
class Running:
    """The week in progress at one moment: its code, today, and how many of its days have begun."""

    week: Week
    today: date
    days: int

    @property
    def words(self) -> str: ...  # "in progress, 3 of 7 days"


class Calendar:
    """Days and weeks of one IANA zone."""

    def __init__(self, zone: str) -> None: ...  # ValueError with a sentence

    zone: str

    def day_of(self, moments: pd.Series) -> pd.Series: ...
    def week_of(self, moments: pd.Series) -> pd.Series: ...
    def day_starts(self, day: date) -> datetime: ...
    def starts(self, week: Week) -> datetime: ...
    def ends(self, week: Week) -> datetime: ...
    def week_at(self, now: datetime) -> Week: ...
    def today(self, now: datetime) -> date: ...
    def last_complete(self, now: datetime) -> Week: ...
    def weeks_back(self, week: Week, n: int) -> list[Week]: ...
    def local(self, utc: datetime) -> datetime: ...
    def running(self, now: datetime) -> Running: ...


@dataclass(frozen=True)
class Period:
    """Days of the report zone, both ends inclusive."""

    first: date
    last: date

    def within(self, calendar: Calendar) -> tuple[datetime, datetime]: ...
    @property
    def label(self) -> str: ...
    @property
    def days(self) -> int: ...
    @property
    def weeks(self) -> list[Week]: ...
    def previous(self) -> "Period": ...
    def overlap(self, other: "Period") -> "Period | None": ...
    @classmethod
    def of_weeks(cls, weeks: Sequence[Week]) -> "Period": ...
    @classmethod
    def of_key(cls, key: str) -> "Period": ...  # "2026-W47" or "2026-11-20": a bar's customdata[0]
    @classmethod
    def last_days(cls, today: date, n: int) -> "Period": ...
