"""The weekly report: every number, table and sentence of one week, computed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import pandas as pd

from pages.analysis import definitions
from pages.analysis.checks import Check, Fetched
from pages.analysis.periods import Calendar, Running, Week
from pages.analysis.report import audience, earlier, meanings, money, receipts, sections
from pages.analysis.report.books import books
from pages.analysis.report.cohorts import cohorts
from pages.analysis.report.expected import Settling, settling
from pages.analysis.report.inputs import (
    LISTS,
    Inputs,
    first_check_in,
    refuse_before_the_first,
    within_reach,
)
from pages.analysis.report.issues import Issue, issue
from pages.analysis.report.ledger import Ledger, ledger
from pages.analysis.report.memory import Memory, remember
from pages.analysis.report.movers import Mover, movers
from pages.analysis.report.numbers import Numbers, numbers
from pages.analysis.report.receipts import Receipt
from pages.analysis.report.tables import Column, Table
from pages.analysis.report.tiles import Tile, tiles


@dataclass(frozen=True)
class Report:
    """One week's report. `inputs` are the lists it was made from, for the rows behind a number."""

    week: Week
    calendar: Calendar
    starts: datetime
    ends: datetime
    environment: str
    as_of: datetime
    complete: bool
    problems: tuple[str, ...]
    unavailable: Mapping[str, str]
    running: Running | None
    numbers: Numbers
    previous: Numbers
    tiles: tuple[Tile, ...]
    movers: tuple[Mover, ...]
    settling: Settling | None
    ledger: Ledger | None
    tables: Mapping[str, Table]
    checks: tuple[Check, ...]
    memory: Memory
    definitions: Mapping[str, str]
    inputs: Inputs = field(repr=False)

    @property
    def receipts(self) -> dict[str, Receipt]:
        """Where each tile's number comes from."""
        return {tile.key: tile.receipt for tile in self.tiles}

    @property
    def issue(self) -> Issue:
        """This report as the archive keeps it."""
        this = self.numbers
        numbers = {
            "submitted": this.submitted,
            "confirmed": this.confirmed,
            "declined": this.declined,
            "undecided": this.undecided,
            "earned_cents": None if this.earned is None else this.earned.cents,
            "claimed_cents": None if this.payouts is None else this.payouts.cents,
            "outstanding_cents": None if this.outstanding is None else this.outstanding.cents,
        }
        return issue(self.inputs, numbers, self.complete)

    @property
    def title(self) -> str:
        """`Weekly report 2026-W47 (Nov 16 – Nov 22)`."""
        return f"Weekly report {self.week.label}"


def build(
    *,
    check_ins: pd.DataFrame | None,
    rewards: pd.DataFrame | None,
    payouts: pd.DataFrame | None,
    new_users: pd.DataFrame | None,
    users_total: int | None,
    calendar: Calendar,
    week: Week,
    now: datetime,
    environment: str,
    as_of: datetime,
    problems: Sequence[str] = (),
    unavailable: Mapping[str, str] | None = None,
    older: Sequence[str] = (),
    fetched: Sequence[Fetched] = (),
    vehicles: pd.DataFrame | None = None,
    archived: Sequence[Issue] = (),
) -> Report:
    """The report of a week from the partner's lists; arguments as in `Inputs`.

    `archived`: what earlier reports said; what has changed since is told.

    NoSuchWeek with one sentence if nothing had happened yet by the end of that week.
    """
    return report_of(
        Inputs(
            check_ins=None
            if check_ins is None
            else within_reach(check_ins, first_check_in(calendar, week)),
            rewards=rewards,
            payouts=payouts,
            new_users=new_users,
            users_total=users_total,
            calendar=calendar,
            week=week,
            now=now,
            environment=environment,
            as_of=as_of,
            problems=tuple(problems),
            unavailable=dict(unavailable or {}),
            older=tuple(older),
            fetched=tuple(fetched),
            vehicles=vehicles,
        ),
        archived,
    )


def report_of(inputs: Inputs, archived: Sequence[Issue] = ()) -> Report:
    """The report that answers the inputs; NoSuchWeek as in `build`."""
    refuse_before_the_first(inputs)
    calendar = inputs.calendar
    this, last = numbers(inputs, inputs.week), numbers(inputs, inputs.week.plus(-1))
    missing = _missing(inputs, this)
    found_ledger, found_settling = ledger(inputs), settling(inputs)
    checked = books(inputs)
    memory = remember(inputs, archived)
    tables = (
        sections.submitted(inputs),
        sections.submitted_by_kind(inputs),
        sections.by_kind(inputs, this, last),
        sections.confirmation(inputs),
        sections.time_to_decision(inputs, memory),
        sections.expected(inputs, found_settling),
        sections.reasons(inputs),
        money.rewards_by_status(inputs, this, last),
        money.by_type(inputs),
        money.per_week(inputs),
        money.outstanding_by_age(inputs),
        money.ledger(inputs, found_ledger),
        audience.users(inputs),
        audience.cohorts(inputs, cohorts(inputs)),
        money.action_codes(inputs),
        _checks(checked),
        *earlier.restated(memory, calendar),
    )
    return Report(
        week=inputs.week,
        calendar=calendar,
        starts=calendar.local(calendar.starts(inputs.week)),
        ends=calendar.local(calendar.ends(inputs.week)),
        environment=inputs.environment,
        as_of=inputs.as_of,
        complete=not missing,
        problems=tuple(dict.fromkeys([*missing, *inputs.problems])),
        unavailable={
            name: inputs.reason(name) or "" for name in LISTS if inputs.reason(name) is not None
        },
        running=inputs.running,
        numbers=this,
        previous=last,
        tiles=tiles(inputs, this),
        movers=movers(inputs),
        settling=found_settling,
        ledger=found_ledger,
        tables={
            table.key: replace(table, receipt=receipts.of_table(inputs, table)) for table in tables
        },
        checks=checked,
        memory=memory,
        definitions={
            **{
                title: meaning
                for title, meaning in definitions.TITLES.items()
                if title not in meanings.ELSEWHERE
            },
            **meanings.TITLES,
        },
        inputs=inputs,
    )


def _missing(inputs: Inputs, this: Numbers) -> list[str]:
    """Why the report is not complete, one sentence each; empty if it is."""
    found = []
    if inputs.running is not None:
        found.append(f"Week {inputs.week.code} is {inputs.running.words}.")
    for name, noun in LISTS.items():
        reason = inputs.reason(name)
        if reason is not None:
            found.append(f"{noun}: unavailable. {reason}")
    found += inputs.older
    if this.without_owner:
        found.append(
            f"{this.without_owner:,} of the week's check-ins came without an owner; active users "
            + ("cannot be told." if this.active_users is None else "are at least.")
        )
    if this.undated:
        noun = "payout is" if this.undated == 1 else "payouts are"
        found.append(f"{this.undated:,} {noun} not dated yet; claimed sums are at least.")
    return found


def _checks(checked: Sequence[Check]) -> Table:
    columns = (
        Column("name", "Check", "text"),
        Column("passed", "Result", "flag"),
        Column("sentence", "What it found", "text"),
        Column("rows", "Rows"),
    )
    rows = tuple(
        {
            "name": check.name,
            "passed": check.passed,
            "sentence": check.sentence,
            "rows": len(check.rows),
        }
        for check in checked
    )
    return Table("checks", "Do the books balance?", columns, rows)
