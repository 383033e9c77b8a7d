"""From the lists as they were read to the report of a week: the same for the screen and the job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import pandas as pd

from pages.analysis.checks import Fetched
from pages.analysis.periods import Calendar, Week
from pages.analysis.report.contents import Report, build
from pages.analysis.report.inputs import HISTORY_WEEKS, LISTS, first_check_in
from pages.analysis.report.issues import Issue

_COUNTED = ("check_ins", "rewards")
ASKED = ("check_ins", "rewards", "payouts", "vehicles")
"""The lists a report is made from, besides `new_users` (a count a week) and `users_total`."""


class Read(Protocol):
    """One version of a list, as the cache hands it out."""

    @property
    def frame(self) -> pd.DataFrame: ...
    @property
    def as_of(self) -> datetime | None: ...
    @property
    def problems(self) -> tuple[str, ...]: ...
    @property
    def error(self) -> Exception | None: ...
    @property
    def complete(self) -> bool: ...
    @property
    def undated(self) -> int: ...
    @property
    def counted(self) -> int | None: ...
    @property
    def value(self) -> Any: ...


@dataclass(frozen=True)
class Question:
    """Which report is asked for: the week, the zone it is read in, what to call the Ownli asked."""

    week: Week
    calendar: Calendar
    environment: str

    @property
    def since(self) -> datetime:
        """The moment from which its check-ins are wanted."""
        return first_check_in(self.calendar, self.week)

    @property
    def weeks(self) -> list[Week]:
        """The weeks whose new users are wanted, oldest first."""
        return self.calendar.weeks_back(self.week, HISTORY_WEEKS + 1)


def fetched(held: Mapping[str, Read]) -> list[Fetched]:
    """Rows held beside the rows Ownli counts, of the lists that are whole."""
    return [
        Fetched(LISTS[name], len(one.frame), one.counted, name)
        for name, one in held.items()
        if name in _COUNTED and one.complete
    ]


def from_lists(
    question: Question,
    held: Mapping[str, Read],
    errors: Mapping[str, str],
    now: datetime,
    archived: Sequence[Issue] = (),
) -> Report:
    """The report of what has arrived; NoSuchWeek with one sentence for an impossible week."""
    users = held.get("users_total")
    unavailable = {name: why for name, why in errors.items() if name in LISTS}
    if users is not None and users.value is None:
        unavailable["users_total"] = "Ownli gave no count."
    return build(
        check_ins=_frame(held, "check_ins"),
        rewards=_frame(held, "rewards"),
        payouts=_frame(held, "payouts"),
        new_users=_frame(held, "new_users"),
        users_total=None if users is None else users.value,
        calendar=question.calendar,
        week=question.week,
        now=now,
        environment=question.environment,
        as_of=as_of(held) or now,
        problems=_problems(held),
        unavailable=unavailable,
        older=_older(held, errors, question.calendar),
        fetched=fetched(held),
        vehicles=_frame(held, "vehicles"),
        archived=archived,
    )


def as_of(held: Mapping[str, Read]) -> datetime | None:
    """When the oldest of the lists was read."""
    return min((one.as_of for one in held.values() if one.as_of is not None), default=None)


def _older(held: Mapping[str, Read], errors: Mapping[str, str], calendar: Calendar) -> list[str]:
    """Sentences about lists that are there but not whole or not fresh."""
    found = []
    if "vehicles" in errors:
        found.append(
            f"Vehicles are unavailable: {errors['vehicles']} What moved is told without US states."
        )
    for name, one in held.items():
        noun = LISTS.get(name, name.capitalize())
        if one.error is not None and one.as_of is not None:
            stamp = calendar.local(one.as_of).strftime("%Y-%m-%d %H:%M")
            found.append(f"{noun} could not be refreshed since {stamp}: {one.error}")
        elif not one.complete and not one.undated:
            found.append(f"{noun} are known to lack rows.")
    return found


def _problems(held: Mapping[str, Read]) -> Sequence[str]:
    return list(dict.fromkeys(problem for one in held.values() for problem in one.problems))


def _frame(held: Mapping[str, Read], name: str) -> pd.DataFrame | None:
    return held[name].frame if name in held else None
