"""What one week's report says, whatever screen or file says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from pages.analysis import definitions, wording
from pages.analysis.checks import Check
from pages.analysis.periods import Calendar, Running, Week, month_day
from pages.analysis.report.contributions import Contributions
from pages.analysis.report.key_numbers import KeyNumber
from pages.analysis.report.ledger import Ledger
from pages.analysis.report.numbers import Numbers
from pages.analysis.report.table import Section, Table

# Numbers of the screens that the report does not hold.
_ELSEWHERE = ("Open by age", "Time to claim", "Funnel")
DEFINITIONS: Mapping[str, str] = {
    **{name: said for name, said in definitions.TITLES.items() if name not in _ELSEWHERE},
    "What changed most": (
        "Changes against the week before, ordered by how far they exceed the usual change from "
        "week to week; the parts of each sum to it exactly."
    ),
    "Ledger": (
        "Outstanding at the start + rewards granted in the week that are Confirmed or Claimed now "
        "- payouts claimed in the week + other changes = outstanding at the end."
    ),
    "Usually": "The median of the complete weeks before the reported one, up to twelve.",
}
"""What each number of the report means."""


@dataclass(frozen=True)
class Report:
    """One week's report; it holds numbers and small tables, none of the lists."""

    week: Week
    calendar: Calendar
    environment: str
    as_of: datetime
    complete: bool
    problems: tuple[str, ...]
    unavailable: Mapping[str, str]
    running: Running | None
    numbers: Numbers
    previous: Numbers
    key_numbers: tuple[KeyNumber, ...]
    contributions: tuple[Contributions, ...]
    ledger: Ledger | None
    sections: tuple[Section, ...]
    checks: tuple[Check, ...]
    failed: tuple[Table, ...]
    restated: Table | None = None

    @property
    def title(self) -> str:
        """`Weekly report 2026-W47 (Nov 16 – Nov 22)`."""
        return f"Weekly report {self.week.label}"

    @property
    def days(self) -> str:
        """`Nov 16 – Nov 22, 2026`."""
        week = self.week
        return f"{month_day(week.monday)} – {month_day(week.sunday)}, {week.sunday.year}"

    @property
    def state(self) -> str:
        """Whether it is complete, or how far its week is."""
        if self.running is not None:
            return self.running.words.capitalize()
        return "Complete" if self.complete else "Incomplete"

    @property
    def facts(self) -> str:
        """Which week in which zone, and from when the data is."""
        stamp = wording.moment(self.as_of, self.calendar)
        bounds = f"Monday 00:00 to Monday 00:00 in {self.calendar.zone}"
        return f"{self.week.code}, {bounds} · data as of {stamp}"

    @property
    def lead(self) -> str:
        """The week in one sentence, of what is there."""
        said = {one.key: one.value for one in self.key_numbers if one.withheld is None}
        parts = []
        if "submitted" in said:
            known = said["active_users"] != wording.UNKNOWN
            by = f" by {said['active_users']} users" if known else ""
            parts.append(f"{said['submitted']} check-ins were submitted{by}")
            rate = said["confirmation_rate"]
            decided = rate != wording.NONE_DECIDED
            parts.append(f"{rate} of those decided were confirmed" if decided else rate)
        if "earned" in said:
            parts.append(f"{said['earned']} was earned")
        if "claimed" in said:
            parts.append(f"{said['claimed']} claimed")
        sentence = wording.listing(parts)
        return f"{sentence[:1].upper()}{sentence[1:]}." if sentence else ""

    @property
    def no_contributions(self) -> str:
        """Why no change against the week before is shown."""
        if self.running is not None:
            return "The week is in progress, so it is not compared with the last."
        if all(one.withheld for one in self.key_numbers):
            return "Unavailable."
        return "There is no change to show: nothing changed, or there is no week before."

    @cached_property
    def tables(self) -> Mapping[str, Table]:
        """Every table by its key."""
        tables = [table for section in self.sections for table in section.tables]
        changed = [] if self.restated is None else [self.restated]
        return {table.key: table for table in [*tables, *changed]}
