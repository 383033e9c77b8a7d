"""What the dashboard must say, counted from a sandbox's world in plain Python.

Written from the definitions of the numbers alone: loops over records, zoneinfo, integer cents. It
shares nothing with `pages.analysis`, so that the two can disagree.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

DAYS_IN_WEEK = 7
FEWEST_DECIDED_FOR_A_RATE = 30
MS_IN_HOUR = 3_600_000
CENTS_IN_DOLLAR = 100
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

Span = tuple[int, int]  # UTC milliseconds, half-open


def ms(moment: datetime) -> int:
    """Whole milliseconds since 1970 of an aware moment."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def midnight(day: date, zone: str) -> int:
    """When a day begins in a zone, UTC milliseconds."""
    return ms(datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC))


def days(first: date, last: date, zone: str) -> Span:
    """From the first moment of one day until the last moment of another, in a zone."""
    return midnight(first, zone), midnight(last + timedelta(days=1), zone)


def day_at(moment_ms: int, zone: str) -> date:
    """The calendar day of a moment in a zone."""
    return datetime.fromtimestamp(moment_ms / 1000, ZoneInfo(zone)).date()


def monday_at(moment_ms: int, zone: str) -> date:
    """The Monday of the ISO week a moment lies in."""
    day = day_at(moment_ms, zone)
    return day - timedelta(days=day.weekday())


@dataclass(frozen=True)
class Week:
    """One ISO week in a zone, by its Monday."""

    monday: date
    zone: str

    @classmethod
    def last_complete(cls, now: datetime, zone: str) -> "Week":
        """The week before the one that is running."""
        return cls(monday_at(ms(now), zone), zone).before

    @property
    def before(self) -> "Week":
        """The week before this one."""
        return Week(self.monday - timedelta(days=DAYS_IN_WEEK), self.zone)

    @property
    def span(self) -> Span:
        """Monday 00:00 until next Monday 00:00."""
        return days(self.monday, self.monday + timedelta(days=DAYS_IN_WEEK - 1), self.zone)

    @property
    def code(self) -> str:
        """As in 2026-W47."""
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02d}"

    @property
    def label(self) -> str:
        """As in 2026-W47 (Nov 16 - Nov 22), with whatever dash."""
        sunday = self.monday + timedelta(days=DAYS_IN_WEEK - 1)
        first, last = (f"{MONTHS[day.month - 1]} {day.day}" for day in (self.monday, sunday))
        return f"{self.code} ({first} - {last})"


@dataclass(frozen=True)
class Money:
    """So many things worth so many cents."""

    count: int
    cents: int

    @classmethod
    def of(cls, records: Iterable[Any]) -> "Money":
        """The records' `cents` added up."""
        amounts = [one.cents for one in records]
        return cls(len(amounts), sum(amounts))


@dataclass(frozen=True)
class Rate:
    """Decided check-ins of those submitted in a span."""

    confirmed: int
    declined: int
    undecided: int

    @property
    def decided(self) -> int:
        """Confirmed and declined together."""
        return self.confirmed + self.declined

    @property
    def enough(self) -> bool:
        """Whether a percentage is shown at all."""
        return self.decided >= FEWEST_DECIDED_FOR_A_RATE

    @property
    def percent(self) -> Decimal:
        """Exact, 0 to 100; only when something was decided."""
        return Decimal(100 * self.confirmed) / Decimal(self.decided)


def within(records: Iterable[Any], field: str, span: Span) -> Iterator[Any]:
    """Records whose time lies in a half-open span."""
    start, end = span
    return (one for one in records if start <= ms(getattr(one, field)) < end)


@dataclass(frozen=True)
class Truth:
    """Every number of a world, asked for spans of time."""

    world: Any

    def users(self) -> int:
        """Users there are."""
        return len(self.world.users)

    def new_users(self, span: Span) -> int:
        """Users registered in the span."""
        return sum(1 for _ in within(self.world.users.values(), "registered_at", span))

    def submitted(self, span: Span, kind: str | None = None) -> list[Any]:
        """Check-ins submitted in the span, of one kind or of all."""
        records = within(self.world.check_ins.values(), "checked_in_at", span)
        return [one for one in records if kind is None or one.kind == kind]

    def active_users(self, span: Span) -> int:
        """Distinct owners of the check-ins submitted in the span."""
        return len({one.owner_id for one in self.submitted(span)})

    def by_status(self, span: Span, kind: str | None = None) -> Counter[str]:
        """Check-ins submitted in the span by the status they have now."""
        return Counter(one.status for one in self.submitted(span, kind))

    def by_kind(self, span: Span) -> Counter[str]:
        """Check-ins submitted in the span by kind."""
        return Counter(one.kind for one in self.submitted(span))

    def by_kind_and_status(self, span: Span) -> Counter[tuple[str, str]]:
        """Check-ins submitted in the span by kind and present status."""
        return Counter((one.kind, one.status) for one in self.submitted(span))

    def rate(self, span: Span, kind: str | None = None) -> Rate:
        """Confirmed of the decided ones among those submitted in the span."""
        counts = self.by_status(span, kind)
        decided = counts["Confirmed"] + counts["Declined"]
        return Rate(counts["Confirmed"], counts["Declined"], sum(counts.values()) - decided)

    def hours_to_decision(self, span: Span) -> list[float]:
        """Hours from submission to the last update, of those decided in the span, ascending."""
        decided = [
            one
            for one in within(self.world.check_ins.values(), "updated_at", span)
            if one.status in ("Confirmed", "Declined")
        ]
        return sorted((ms(one.updated_at) - ms(one.checked_in_at)) / MS_IN_HOUR for one in decided)

    def median_hours(self, span: Span) -> float | None:
        """The middle one of the hours to decision, None when nothing was decided."""
        hours = self.hours_to_decision(span)
        if not hours:
            return None
        middle = len(hours) // 2
        return hours[middle] if len(hours) % 2 else (hours[middle - 1] + hours[middle]) / 2

    def on_hold(self) -> int:
        """Check-ins on hold now, whenever they were submitted."""
        return sum(1 for one in self.world.check_ins.values() if one.status == "OnHold")

    def rewarded(self, span: Span) -> list[Any]:
        """Rewards dated in the span, whatever their status."""
        return list(within(self.world.rewards.values(), "rewarded_at", span))

    def earned(self, span: Span) -> Money:
        """Rewards dated in the span that are Confirmed or Claimed now."""
        return Money.of(
            one for one in self.rewarded(span) if one.status in ("Confirmed", "Claimed")
        )

    def rewards_with(self, status: str, span: Span) -> Money:
        """Rewards dated in the span that have one status now."""
        return Money.of(one for one in self.rewarded(span) if one.status == status)

    def outstanding(self) -> Money:
        """Rewards Confirmed and not claimed, whatever their date."""
        return Money.of(one for one in self.world.rewards.values() if one.status == "Confirmed")

    def claimed(self, span: Span) -> Money:
        """Payouts claimed in the span."""
        return Money.of(within(self.world.payouts.values(), "claimed_at", span))

    def submitted_per_week(self, weeks: Iterable[Week]) -> dict[str, int]:
        """Check-ins submitted in each week, by its code."""
        return {week.code: len(self.submitted(week.span)) for week in weeks}


def money(cents: int) -> str:
    """Dollars as the dashboard writes them: $1,234.56, -$5.00."""
    dollars, rest = divmod(abs(cents), CENTS_IN_DOLLAR)
    return f"{'-' if cents < 0 else ''}${dollars:,}.{rest:02d}"


def count(number: int) -> str:
    """A whole number as the dashboard writes it: 1,234."""
    return f"{number:,}"


def rounded(value: Decimal, places: int) -> str:
    """A number with so many decimals, halves away from zero."""
    return f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)}"
