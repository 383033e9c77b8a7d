"""Numbers, dates and Ownli's words as a person reads them; what is missing is `UNKNOWN`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from pages.analysis.periods import Calendar, month_day
from pages.analysis.terms import (
    MINIMUM_DECIDED,
    NO_ACTION_CODE,
    NO_KIND,
    NO_STATUS,
    NO_TYPE,
)

UNKNOWN = "–"
NONE_DECIDED = "none decided"
NO_NOTE = "No note was given"
NO_BASE = "no base"
NO_CHANGE = "no change"

STATUSES = {"OnHold": "On hold"}
KINDS = {
    "mileage": "Mileage",
    "condition": "Condition",
    "proof_of_address": "Proof of address",
    "all": "All kinds",
}
REWARD_TYPES = {
    "MileageCheckIn": "Mileage check-in",
    "ConditionCheckIn": "Condition check-in",
    "GaragingCheckIn": "Proof of address check-in",
    "LowMileageBonus": "Low mileage bonus",
    "SurveyCompleted": "Survey completed",
    "Custom": "Granted by the team",
}
_BEYOND = 10**18
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_GENERIC_ZONES = {
    "America/New_York": "ET",
    "America/Chicago": "CT",
    "America/Denver": "MT",
    "America/Los_Angeles": "PT",
    "US/Eastern": "ET",
    "US/Central": "CT",
    "US/Mountain": "MT",
    "US/Pacific": "PT",
}


def is_missing(value: Any) -> bool:
    """Whether a scalar stands for "not there": None, NaN, NA or NaT."""
    return value is None or bool(pd.isna(value))


def _unwritable(number: Any) -> bool:
    """Missing, or beyond what anything here can count (infinities among them)."""
    return is_missing(number) or not abs(number) < _BEYOND


def text(value: Any, missing: str = UNKNOWN) -> str:
    """Text from Ownli, verbatim; `missing` if it is absent or blank."""
    return missing if is_missing(value) or not str(value).strip() else str(value)


def name(value: Any) -> str:
    """A person's name, or that there is none."""
    return text(value, "No name")


def note(value: Any) -> str:
    """Ownli's note verbatim, or that none was given."""
    return text(value, NO_NOTE)


def money(cents: Any) -> str:
    """Whole cents as `$1,234.56`, negatives as `-$5.00`."""
    if _unwritable(cents):
        return UNKNOWN
    whole = abs(int(cents))
    return f"{'-' if int(cents) < 0 else ''}${whole // 100:,}.{whole % 100:02d}"


def dollars(cents: Any) -> str:
    """Whole cents as plain decimal text, `1234.56`: for files that machines read."""
    return money(cents).replace("$", "").replace(",", "")


def count(n: Any) -> str:
    """A whole number as `1,234`."""
    return UNKNOWN if _unwritable(n) else f"{int(n):,}"


def plural(n: Any, one: str, many: str | None = None) -> str:
    """`1 check-in`, `1,234 check-ins`; many is one + "s" unless given."""
    return f"{count(n)} {one if not is_missing(n) and n == 1 else many or one + 's'}"


def percent(share: Any) -> str:
    """A share as `87.3%`."""
    if _unwritable(share):
        return UNKNOWN
    return f"{float(share) * 100:.1f}%".replace("-0.0%", "0.0%")


def confirmation(confirmed: Any, declined: Any) -> str:
    """A confirmation rate: a percentage from 30 decided on, counts below (`26 of 29`)."""
    if is_missing(confirmed) or is_missing(declined):
        return UNKNOWN
    decided = int(confirmed) + int(declined)
    if decided == 0:
        return NONE_DECIDED
    if decided < MINIMUM_DECIDED:
        return f"{count(confirmed)} of {count(decided)}"
    return percent(int(confirmed) / decided)


def hours(value: Any) -> str:
    """Hours as `24 min`, `13.2 h` or `2 d 4 h`; negatives with a leading minus."""
    if _unwritable(value):
        return UNKNOWN
    sign, size = ("-" if value < 0 else ""), abs(float(value))
    if round(size * 60) < 60:
        minutes = round(size * 60)
        return f"{sign if minutes else ''}{minutes} min"
    if round(size, 1) < 24:
        return f"{sign}{size:.1f} h"
    days, rest = divmod(round(size), 24)
    return f"{sign}{days:,} d {rest} h" if rest else f"{sign}{days:,} d"


def change(now: Any, before: Any, write: Callable[[Any], str] = count) -> str:
    """`+34 (+8.5%)`, `no change`, `+5 (no base)` on a base of 0 or less, `no base` without one."""
    if is_missing(now):
        return UNKNOWN
    if is_missing(before):
        return NO_BASE
    gap = now - before
    if gap == 0:
        return NO_CHANGE
    written = write(abs(gap))
    if written == UNKNOWN:
        return UNKNOWN
    sign = "+" if gap > 0 else "-"
    if before <= 0:
        return f"{sign}{written} ({NO_BASE})"
    return f"{sign}{written} ({sign}{percent(abs(gap) / before)})"


def points(now: Any, before: Any) -> str:
    """The change of a rate in percentage points: `+2.0 points`."""
    if is_missing(now):
        return UNKNOWN
    if is_missing(before):
        return NO_BASE
    gap = round((float(now) - float(before)) * 100, 1)
    return NO_CHANGE if gap == 0 else f"{gap:+.1f} points"


def status(word: Any) -> str:
    """A status as a person reads it; an unknown one keeps its own name."""
    return STATUSES.get(text(word), text(word, NO_STATUS))


def kind(word: Any) -> str:
    """A kind of check-in; an unknown one keeps its own name."""
    return KINDS.get(text(word), text(word, NO_KIND))


def reward_type(word: Any) -> str:
    """What a reward was for; an unknown type keeps its own name."""
    return REWARD_TYPES.get(text(word), text(word, NO_TYPE))


def action_code(word: Any) -> str:
    """The action code of a granted reward, verbatim."""
    return text(word, NO_ACTION_CODE)


def weekday(number: int) -> str:
    """0 is Monday."""
    return WEEKDAYS[number]


def zone(at: datetime, calendar: Calendar) -> str:
    """The zone as written behind a clock: `ET`, `CET`, `UTC-3`."""
    if calendar.zone in _GENERIC_ZONES:
        return _GENERIC_ZONES[calendar.zone]
    local = calendar.local(at)
    short = local.strftime("%Z")
    if short.isalpha():
        return short
    minutes = round((local.utcoffset() or timedelta()).total_seconds() / 60)
    whole, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{whole}" + (f":{rest:02d}" if rest else "")


def day(value: Any, calendar: Calendar | None = None) -> str:
    """`Nov 16, 2026`; a UTC moment is first read in the calendar's zone."""
    if is_missing(value):
        return UNKNOWN
    if isinstance(value, datetime) and value.tzinfo is not None and calendar is not None:
        value = calendar.local(value)
    stands: date = value
    return f"{month_day(stands)}, {stands.year}"


def clock(at: Any, calendar: Calendar) -> str:
    """`08:41 ET`."""
    return UNKNOWN if is_missing(at) else f"{calendar.local(at):%H:%M} {zone(at, calendar)}"


def moment(at: Any, calendar: Calendar) -> str:
    """`Nov 16, 2026, 08:41 ET`."""
    return UNKNOWN if is_missing(at) else f"{day(at, calendar)}, {clock(at, calendar)}"


def age(then: Any, now: datetime) -> str:
    """How long ago, in its largest whole unit: `3 days`."""
    if is_missing(then):
        return UNKNOWN
    seconds = int((now - then).total_seconds())
    if seconds < 60:
        return "under a minute"
    if seconds < 3_600:
        return f"{seconds // 60} min"
    if seconds < 86_400:
        return plural(seconds // 3_600, "hour")
    return plural(seconds // 86_400, "day")


def ago(then: Any, now: datetime) -> str:
    """`2 min ago`, `just now`."""
    if is_missing(then):
        return UNKNOWN
    said = age(then, now)
    return "just now" if said == "under a minute" else f"{said} ago"


def as_of(at: Any, now: datetime, calendar: Calendar) -> str:
    """`Data as of 08:41 ET (2 min ago)`, with the day if it was not today."""
    if is_missing(at):
        return "No data yet"
    same_day = calendar.today(at) == calendar.today(now)
    stamp = clock(at, calendar) if same_day else moment(at, calendar)
    return f"Data as of {stamp} ({ago(at, now)})"


def listing(parts: Sequence[str]) -> str:
    """`a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
