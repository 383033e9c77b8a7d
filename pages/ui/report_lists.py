"""What a weekly report is read from, the same for the screen and the job; draws nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from ownli_api import OwnliClient, OwnliError, Span
from ownli_api.cache import Held, Lists, Ticket
from pages.analysis.checks import Fetched
from pages.analysis.periods import Calendar, Week
from pages.analysis.report import HISTORY_WEEKS, LISTS, Issue, Report, build, first_check_in

_MILLISECOND = timedelta(milliseconds=1)
_COUNTED = ("check_ins", "rewards")


@dataclass(frozen=True)
class Question:
    """Which report is asked for: the week, the zone it is read in, what to call the Ownli asked."""

    week: Week
    calendar: Calendar
    environment: str


def ask(lists: Lists, client: OwnliClient, question: Question) -> dict[str, Ticket[Any]]:
    """Ask for everything the report of a week needs, without waiting."""
    calendar = question.calendar
    weeks = calendar.weeks_back(question.week, HISTORY_WEEKS + 1)
    spans = [Span(calendar.starts(week), calendar.ends(week) - _MILLISECOND) for week in weeks]
    return {
        "check_ins": lists.check_ins(client, first_check_in(calendar, question.week)),
        "rewards": lists.rewards(client),
        "payouts": lists.payouts(client),
        "vehicles": lists.vehicles(client),
        "new_users": lists.new_users(client, spans),
        "users_total": lists.briefly(client, ("users_total",), lambda c: c.count_users()),
    }


def fetched(held: Mapping[str, Held]) -> list[Fetched]:
    """Rows held beside the rows Ownli counts, of the lists that are whole."""
    return [
        Fetched(LISTS[name], len(one.frame), one.counted, name)
        for name, one in held.items()
        if name in _COUNTED and one.complete
    ]


def report(
    question: Question,
    held: Mapping[str, Held],
    errors: Mapping[str, OwnliError],
    now: datetime,
    archived: Sequence[Issue] = (),
) -> Report:
    """The report of what has arrived; ValueError with one sentence for an impossible week."""
    users = held.get("users_total")
    unavailable = {name: error.sentence for name, error in errors.items() if name in LISTS}
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


def as_of(held: Mapping[str, Held]) -> datetime | None:
    """When the oldest of the lists was read."""
    return min((one.as_of for one in held.values() if one.as_of is not None), default=None)


def _older(
    held: Mapping[str, Held], errors: Mapping[str, OwnliError], calendar: Calendar
) -> list[str]:
    """Sentences about lists that are there but not whole or not fresh."""
    found = []
    if "vehicles" in errors:
        found.append(
            f"Vehicles are unavailable: {errors['vehicles'].sentence} "
            "What moved is told without US states."
        )
    for name, one in held.items():
        noun = LISTS.get(name, name.capitalize())
        if one.error is not None and one.as_of is not None:
            stamp = calendar.local(one.as_of).strftime("%Y-%m-%d %H:%M")
            found.append(f"{noun} could not be refreshed since {stamp}: {one.error.sentence}")
        elif not one.complete and not one.undated:
            found.append(f"{noun} are known to lack rows.")
    return found


def _problems(held: Mapping[str, Held]) -> Sequence[str]:
    return list(dict.fromkeys(problem for one in held.values() for problem in one.problems))


def _frame(held: Mapping[str, Held], name: str) -> pd.DataFrame | None:
    return held[name].frame if name in held else None
