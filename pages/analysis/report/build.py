"""From the lists as they were read to the report of a week: the same for the screen and the job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

import pandas as pd

from pages.analysis import wording
from pages.analysis.checks import Check, Fetched
from pages.analysis.columns import Column
from pages.analysis.periods import Calendar
from pages.analysis.report.books import books
from pages.analysis.report.check_in_tables import decisions, reasons, submitted, users
from pages.analysis.report.contents import Report
from pages.analysis.report.contract import content
from pages.analysis.report.contributions import contributions
from pages.analysis.report.inputs import (
    LISTS,
    Inputs,
    Question,
    refuse_before_the_first,
    within_reach,
)
from pages.analysis.report.key_numbers import key_numbers
from pages.analysis.report.ledger import ledger
from pages.analysis.report.money_tables import action_codes, money
from pages.analysis.report.numbers import Numbers, numbers
from pages.analysis.report.restated import restated
from pages.analysis.report.table import Section, Table, rows_of

_COUNTED = ("check_ins", "rewards")
_CHECK_ROWS_PRINTED = 5
LISTS_READ = ("check_ins", "rewards", "payouts", "vehicles")
"""The lists a report is made from, besides `new_users` (a count a week) and `users_total`."""


class Snapshot(Protocol):
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


def build(inputs: Inputs, archived: Sequence[Mapping[str, Any]] = ()) -> Report:
    """The report that answers the inputs; `archived`: earlier reports as their JSON says them.

    NoSuchWeek with one sentence if nothing had happened yet by the end of that week.
    """
    if inputs.check_ins is not None:
        since = Question(inputs.week, inputs.calendar, inputs.environment).since
        inputs = replace(inputs, check_ins=within_reach(inputs.check_ins, since))
    refuse_before_the_first(inputs)
    this, last = numbers(inputs, inputs.week), numbers(inputs, inputs.week.plus(-1))
    checks, found_ledger = books(inputs), ledger(inputs)
    missing = _missing(inputs, this, checks)
    report = Report(
        week=inputs.week,
        calendar=inputs.calendar,
        environment=inputs.environment,
        as_of=inputs.as_of,
        complete=not missing,
        problems=tuple(dict.fromkeys([*missing, *inputs.problems])),
        unavailable={name: why for name in LISTS if (why := inputs.reason(name)) is not None},
        running=inputs.running,
        numbers=this,
        previous=last,
        key_numbers=key_numbers(inputs, this),
        contributions=contributions(inputs),
        ledger=found_ledger,
        sections=(
            submitted(inputs, this, last),
            decisions(inputs),
            reasons(inputs),
            money(inputs, this, last, found_ledger),
            users(inputs),
            action_codes(inputs),
            Section("Do the books balance?", ((_checks(checks),),)),
        ),
        checks=checks,
        failed=tuple(_failed(check, inputs.calendar) for check in checks if len(check.rows)),
    )
    return replace(report, restated=restated(content(report), archived, inputs.calendar))


def from_lists(
    question: Question,
    held: Mapping[str, Snapshot],
    errors: Mapping[str, str],
    now: datetime,
    archived: Sequence[Mapping[str, Any]] = (),
) -> Report:
    """The report of what has arrived; NoSuchWeek with one sentence for an impossible week."""
    users = held.get("users_total")
    unavailable = {name: why for name, why in errors.items() if name in LISTS}
    if users is not None and users.value is None:
        unavailable["users_total"] = "Ownli gave no count."
    frames = {name: held[name].frame if name in held else None for name in LISTS_READ}
    stamps = [one.as_of for one in held.values() if one.as_of is not None]
    inputs = Inputs(
        **frames,
        new_users=held["new_users"].frame if "new_users" in held else None,
        users_total=None if users is None else users.value,
        calendar=question.calendar,
        week=question.week,
        now=now,
        environment=question.environment,
        as_of=min(stamps, default=now),
        problems=tuple(problem for one in held.values() for problem in one.problems),
        unavailable=unavailable,
        older=_older(held, errors, question.calendar),
        fetched=[
            Fetched(LISTS[name], len(held[name].frame), held[name].counted, name)
            for name in _COUNTED
            if name in held and (held[name].complete or held[name].counted is not None)
        ],
    )
    return build(inputs, archived)


def _older(
    held: Mapping[str, Snapshot], errors: Mapping[str, str], calendar: Calendar
) -> list[str]:
    """Sentences about lists that are there but not whole or not fresh."""
    found = []
    if "vehicles" in errors:
        found.append(
            f"Vehicles are unavailable: {errors['vehicles']} Changes are shown without US states."
        )
    for name, one in held.items():
        noun = LISTS.get(name, name.capitalize())
        if one.error is not None and one.complete and one.as_of is not None:
            stamp = wording.moment(one.as_of, calendar)
            found.append(f"{noun} could not be refreshed since {stamp}: {one.error}")
        elif one.error is not None:
            found.append(f"{noun} could not be read whole: {one.error}")
        elif not one.complete and not one.undated:
            found.append(f"{noun} are known to lack rows.")
    return found


def _missing(inputs: Inputs, this: Numbers, checks: Sequence[Check]) -> list[str]:
    """Why the report is not complete, one sentence each; empty if it is."""
    found = []
    if inputs.running is not None:
        found.append(f"Week {inputs.week.code} is {inputs.running.words}.")
    for name, noun in LISTS.items():
        reason = inputs.reason(name)
        if reason is not None:
            found.append(f"{noun}: unavailable. {reason}")
    found += inputs.older
    fetched = next(check for check in checks if check.name == "All rows fetched")
    if fetched.passed is False:
        found.append(f"Not all rows were fetched. {fetched.sentence}")
    if this.without_owner:
        count = wording.count(this.without_owner)
        verb = "cannot be counted" if this.active_users is None else "are at least"
        found.append(f"{count} of the week's check-ins came without an owner; active users {verb}.")
    if this.undated:
        noun = wording.plural(this.undated, "payout is", "payouts are")
        found.append(f"{noun} not dated yet; claimed sums are at least.")
    return found


def _checks(checks: Sequence[Check]) -> Table:
    columns = (
        Column("name", "Check"),
        Column("passed", "Result", "result"),
        Column("sentence", "What it found", width="large"),
        Column("rows", "Rows", "count"),
    )
    rows = tuple(
        {
            "name": check.name,
            "passed": check.passed,
            "sentence": check.sentence,
            "rows": len(check.rows),
        }
        for check in checks
    )
    return Table("checks", "Do the books balance?", columns, rows)


def _failed(check: Check, calendar: Calendar) -> Table:
    """The rows behind a check that failed: opaque ids, words, moments and amounts."""
    columns = []
    rows = check.rows
    for name in rows.columns:
        label = name.removesuffix("_cents").replace("_", " ").capitalize()
        columns.append(Column(name, label, "money" if name.endswith("_cents") else "text"))
        if name.endswith("_at"):
            rows = rows.assign(**{name: [wording.moment(at, calendar) for at in rows[name]]})
    key = f"rows_{check.name}"
    values = rows_of(rows, list(rows.columns))
    return Table(key, check.name, tuple(columns), values, few=_CHECK_ROWS_PRINTED)
