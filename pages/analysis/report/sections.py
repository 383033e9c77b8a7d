"""The tables of the report about check-ins."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pages.analysis import metrics, wording
from pages.analysis.periods import Period
from pages.analysis.report import earlier
from pages.analysis.report.expected import Settling
from pages.analysis.report.inputs import Inputs
from pages.analysis.report.memory import Memory
from pages.analysis.report.numbers import Numbers
from pages.analysis.report.tables import Column, Table, rows_of
from pages.analysis.terms import CHECK_IN_STATUSES, CONFIRMED, DECLINED, KINDS, in_order

_REASONS_PRINTED = 10


def submitted(inputs: Inputs) -> Table:
    """Check-ins a week by present status, all kinds; one row a week."""
    key, title = "submitted", "Check-ins a week by status"
    withheld = inputs.reason("check_ins")
    if withheld or inputs.check_ins is None:
        return Table(key, title, (Column("week", "Week", "text"),), withheld=withheld)
    tidy = metrics.submitted(inputs.check_ins, inputs.calendar, inputs.weeks)
    statuses = list(dict.fromkeys(tidy["status"]))
    wide = tidy.pivot(index="key", columns="status", values="count")
    rows = tuple(
        {
            "week": code,
            "total": int(counts.sum()),
            **{status: int(counts[status]) for status in statuses},
        }
        for code, counts in wide.iterrows()
    )
    columns = [Column("week", "Week", "text"), Column("total", "Submitted")]
    columns += [Column(status, wording.status(status)) for status in statuses]
    return Table(key, title, tuple(columns), rows, **_running_note(inputs, len(rows)))


def submitted_by_kind(inputs: Inputs) -> Table:
    """The same by kind: one row a kind and week."""
    key, title = "submitted_by_kind", "Check-ins a week by kind and status"
    withheld = inputs.reason("check_ins")
    head = (Column("kind", "Kind", "text"), Column("week", "Week", "text"))
    if withheld or inputs.check_ins is None:
        return Table(key, title, head, withheld=withheld)
    rows: list[dict[str, Any]] = []
    seen: set[str] = set(CHECK_IN_STATUSES)
    kinds = in_order({*KINDS, *inputs.check_ins["kind"].dropna().unique()}, KINDS)
    for kind in kinds:
        some = metrics.filtered_check_ins(inputs.check_ins, kinds=[kind])
        tidy = metrics.submitted(some, inputs.calendar, inputs.weeks)
        seen |= set(tidy["status"])
        for code, part in tidy.groupby("key", sort=False):
            counts = {str(s): int(n) for s, n in zip(part["status"], part["count"], strict=True)}
            rows.append(
                {"kind": wording.kind(kind), "week": code, "total": sum(counts.values()), **counts}
            )
    statuses = in_order(seen)
    for row in rows:
        for status in statuses:
            row.setdefault(status, 0)
    columns = [*head, Column("total", "Submitted")]
    columns += [Column(status, wording.status(status)) for status in statuses]
    return Table(key, title, tuple(columns), tuple(rows), **_running_note(inputs, None))


def by_kind(inputs: Inputs, now: Numbers, before: Numbers) -> Table:
    """The week's check-ins by kind and status, with the week before."""
    key, title = "by_kind", "This week by kind"
    withheld = inputs.reason("check_ins")
    if withheld or now.check_ins is None or before.check_ins is None:
        return Table(key, title, (Column("kind", "Kind", "text"),), withheld=withheld)
    statuses = in_order({word for counts in now.check_ins.values() for word in counts})
    rows = []
    for kind in in_order({*now.check_ins, *before.check_ins}, KINDS):
        counts = now.check_ins.get(kind, {})
        rows.append(_kind_row(wording.kind(kind), counts, before.check_ins.get(kind, {}), statuses))
    rows.append(
        _kind_row(
            "All kinds",
            {
                word: sum(counts.get(word, 0) for counts in now.check_ins.values())
                for word in statuses
            },
            {"all": sum(sum(counts.values()) for counts in before.check_ins.values())},
            statuses,
        )
    )
    columns = [Column("kind", "Kind", "text"), Column("total", "Submitted")]
    if inputs.running is None:
        columns += [Column("before", "Week before"), Column("change", "Change", "change")]
    columns += [Column(status, wording.status(status)) for status in statuses]
    columns.append(Column("rate", "Confirmation rate", "rate"))
    return Table(key, title, tuple(columns), tuple(rows))


def _kind_row(name: str, counts: Any, before: Any, statuses: list[str]) -> dict[str, Any]:
    total, was = sum(counts.values()), sum(before.values())
    confirmed, declined = counts.get(CONFIRMED, 0), counts.get(DECLINED, 0)
    decided = confirmed + declined
    return {
        "kind": name,
        "total": total,
        "before": was,
        "change": total - was,
        **{status: counts.get(status, 0) for status in statuses},
        "confirmed": confirmed,
        "declined": declined,
        "rate": confirmed / decided if decided else None,
    }


def confirmation(inputs: Inputs) -> Table:
    """Confirmation rate a week by kind, with what it is made of."""
    key, title = "confirmation_rate", "Confirmation rate a week by kind"
    columns = (
        Column("kind", "Kind", "text"),
        Column("week", "Week", "text"),
        Column("rate", "Confirmation rate", "rate"),
        Column("confirmed", "Confirmed"),
        Column("declined", "Declined"),
        Column("undecided", "Undecided"),
    )
    withheld = inputs.reason("check_ins")
    if withheld or inputs.check_ins is None:
        return Table(key, title, columns, withheld=withheld)
    frame = metrics.confirmation_rate_per_week(inputs.check_ins, inputs.calendar, inputs.weeks)
    frame = frame.assign(kind=frame["kind"].map(wording.kind), week=frame["key"])
    return Table(key, title, columns, rows_of(frame, [column.name for column in columns]))


def time_to_decision(inputs: Inputs, found: Memory) -> Table:
    """Median and 90th percentile by kind of those decided in the week, beside the week before."""
    key, title = "time_to_decision", "Time to decision by kind"
    columns = [
        Column("kind", "Kind", "text"),
        Column("n", "Decided"),
        Column("median_hours", "Median", "hours"),
        Column("p90_hours", "9 in 10 within", "hours"),
    ]
    if inputs.running is None:
        columns.append(Column("median_before", "Median, week before", "hours"))
    withheld = inputs.reason("check_ins")
    if withheld or inputs.check_ins is None:
        return Table(key, title, tuple(columns), withheld=withheld)
    this, last = (
        metrics.time_to_decision_by_kind(inputs.check_ins, inputs.calendar, Period.of_weeks([week]))
        for week in (inputs.week, inputs.week.plus(-1))
    )
    before = last.set_index("kind")["median_hours"]
    frame = this.assign(median_before=this["kind"].map(before))
    frame = frame.assign(kind=frame["kind"].map(wording.kind))
    names = [column.name for column in columns]
    note = "Estimated from the last update: Ownli sends no date of decision."
    note += earlier.seen(inputs, found)
    return Table(key, title, tuple(columns), rows_of(frame, names), note=note)


def reasons(inputs: Inputs) -> Table:
    """Ownli's notes on declined and held check-ins of the week, verbatim, with the change."""
    key, title = "reasons", "Decline and hold reasons, as Ownli wrote them"
    columns = [
        Column("note", "Note", "text"),
        Column("status", "Status", "text"),
        Column("count", "Check-ins"),
        Column("share", "Of that status", "percent"),
    ]
    if inputs.running is None:
        columns += [Column("before", "Week before"), Column("change", "Change", "change")]
    this, last = inputs.check_ins_of(inputs.week), inputs.check_ins_of(inputs.week.plus(-1))
    if this is None or last is None:
        return Table(key, title, tuple(columns), withheld=inputs.reason("check_ins"))
    before = _tally(last)
    rows: list[dict[str, Any]] = []
    for row in rows_of(metrics.reasons(this), ["note", "status", "count", "share"]):
        exact = (row["note"], row["status"])
        rows.append(_reason_row(exact, row["count"], row["share"], before.pop(exact, 0)))
    rows += [_reason_row(exact, 0, 0.0, was) for exact, was in before.items()]
    return Table(key, title, tuple(columns), tuple(rows), few=_REASONS_PRINTED)


def _reason_row(
    exact: tuple[str | None, str], count: int, share: float, was: int
) -> dict[str, Any]:
    """`exact`: note and status in Ownli's own words."""
    note, status = exact
    return {
        "exact": exact,
        "note": wording.note(note),
        "status": wording.status(status),
        "count": count,
        "share": share,
        "before": was,
        "change": count - was,
    }


def _tally(check_ins: pd.DataFrame) -> dict[tuple[str | None, str], int]:
    return {
        (row["note"], row["status"]): row["count"]
        for row in rows_of(metrics.reasons(check_ins), ["note", "status", "count"])
    }


def expected(inputs: Inputs, found: Settling | None) -> Table:
    """What recent weeks are expected to come to once everything in them is decided."""
    columns = (
        Column("week", "Week", "text"),
        Column("confirmed", "Confirmed so far"),
        Column("undecided", "Undecided"),
        Column("expected", "Expected in the end"),
        Column("low", "From"),
        Column("high", "To"),
        Column("miss", "Missed by, typically", "percent"),
    )
    key, title = "expected", "Not settled yet: what recent weeks will come to"
    if found is None:
        return Table(key, title, columns, withheld=inputs.reason("check_ins"))
    if found.reason is not None:
        return Table(key, title, columns, note=found.reason)
    rows = tuple(
        {
            "week": one.week.code,
            "confirmed": one.confirmed,
            "undecided": one.undecided,
            "expected": round(one.expected),
            "low": round(one.low),
            "high": round(one.high),
            "miss": one.typical_miss,
        }
        for one in found.weeks
    )
    days = wording.plural(found.days, "day")
    if not rows:
        note = (
            f"Nothing in these weeks waits for a decision. A week counts as settled after {days}."
        )
        return Table(key, title, columns, note=note)
    note = (
        f"Learned from {found.settled} settled weeks (a week counts as settled after {days}): the "
        "true end lay between From and To in 8 of 10 of them, and the expectation made at the "
        "same age missed it by the share shown (median). Estimated from the last update."
    )
    return Table(key, title, columns, rows, note=note)


def _running_note(inputs: Inputs, rows: int | None) -> dict[str, Any]:
    if inputs.running is None:
        return {}
    note = f"{inputs.week.code} is {inputs.running.words}."
    marks = frozenset({(rows - 1, "week")}) if rows else frozenset()
    return {"note": note, "marks": marks}
