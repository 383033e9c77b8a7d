"""The tables and charts of the report about check-ins and users."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pages.analysis import links, metrics, summaries, wording
from pages.analysis.columns import Column
from pages.analysis.periods import Period, Week
from pages.analysis.report.inputs import Inputs
from pages.analysis.report.numbers import Numbers
from pages.analysis.report.table import Chart, Row, Section, Table, links_of, rows_of
from pages.analysis.terms import (
    CHECK_IN_STATUSES,
    CONFIRMED,
    DECIDED,
    DECLINED,
    KINDS,
    in_order,
)

_ALL = "all"
_REASONS_PRINTED = 10
_ESTIMATED = "Estimated from the last update: Ownli sends no date of decision."


def submitted(inputs: Inputs, now: Numbers, before: Numbers) -> Section:
    """Check-ins by kind and status: twelve weeks, each kind, and this week against the last."""
    check_ins = inputs.check_ins
    every_week = _per_week(inputs)
    if check_ins is None:
        return Section("Check-ins by kind and status", ((every_week,),))
    small = tuple(
        _submitted(inputs, kind, metrics.filtered_check_ins(check_ins, kinds=[kind]))
        for kind in _kinds(check_ins)
    )
    return Section(
        "Check-ins by kind and status",
        (
            (_submitted(inputs, _ALL, check_ins),),
            *(small[at : at + len(KINDS)] for at in range(0, len(small), len(KINDS))),
            (_this_week(inputs, now, before),),
        ),
        details=(every_week,),
    )


def _kinds(check_ins: pd.DataFrame) -> list[str]:
    return in_order({*KINDS, *check_ins["kind"].dropna().unique()}, KINDS)


def _submitted(inputs: Inputs, kind: str, check_ins: pd.DataFrame) -> Chart:
    frame = metrics.submitted(check_ins, inputs.calendar, inputs.weeks)
    everything = kind == _ALL
    title = "Check-ins per week by status" if everything else wording.kind(kind)
    summary = summaries.submitted(frame, running=inputs.running)
    if not everything:
        summary = _range(frame.groupby("key", sort=False)["count"].sum())
    return Chart(
        f"submitted-{kind}",
        "submitted",
        title,
        summary,
        frame,
        across=1 if everything else len(KINDS),
    )


def _per_week(inputs: Inputs) -> Table:
    """Check-ins per week by present status and their confirmation rate; a row a kind and week."""
    key, title = "submitted", "Check-ins per week by kind and status"
    head = (Column("kind", "Kind", "kind"), Column("week", "Week"))
    check_ins = inputs.check_ins
    if check_ins is None:
        return Table(key, title, head, withheld=inputs.reason("check_ins"))
    found: list[dict[str, Any]] = []
    for kind in (_ALL, *_kinds(check_ins)):
        some = check_ins if kind == _ALL else metrics.filtered_check_ins(check_ins, kinds=[kind])
        tidy = metrics.submitted(some, inputs.calendar, inputs.weeks)
        for code, part in tidy.groupby("key", sort=False):
            counts = {str(s): int(n) for s, n in zip(part["status"], part["count"], strict=True)}
            found.append({"kind": kind, "week": str(code), **_counted(counts), **counts})
    statuses = in_order({*CHECK_IN_STATUSES, *(name for row in found for name in row)} - _FACTS)
    rows = tuple({**dict.fromkeys(statuses, 0), **row} for row in found)
    note = "" if inputs.running is None else f"{inputs.week.code} is {inputs.running.words}."
    columns = (
        *head,
        Column("total", "Submitted", "count"),
        *(Column(status, wording.status(status), "count") for status in statuses),
        Column("rate", "Confirmation rate", "rate"),
    )

    def address(row: Row, name: str) -> str | None:
        return _link(inputs, Week.parse(row["week"]), row["kind"], name)

    return Table(key, title, columns, rows, note, links=links_of(columns, rows, address))


_FACTS = {"kind", "week", "total", "confirmed", "declined", "rate"}


def _counted(counts: dict[str, int]) -> dict[str, Any]:
    """The total and the confirmation rate of counts by status."""
    confirmed, declined = counts.get(CONFIRMED, 0), counts.get(DECLINED, 0)
    decided = confirmed + declined
    return {
        "total": sum(counts.values()),
        "confirmed": confirmed,
        "declined": declined,
        "rate": confirmed / decided if decided else None,
    }


def _link(inputs: Inputs, week: Week, kind: str, name: str) -> str | None:
    """The address of the check-ins that a column counts; None if no filter shows just these."""
    statuses: dict[str, tuple[str, ...]] = {"total": (), "before": (), "rate": DECIDED}
    status, kinds = statuses.get(name, (name,)), () if kind == _ALL else (kind,)
    if not (set(status) <= set(CHECK_IN_STATUSES) and set(kinds) <= set(KINDS)):
        return None
    return links.check_ins(*inputs.days(week), kind=kinds, status=status)


def _this_week(inputs: Inputs, now: Numbers, before: Numbers) -> Table:
    """The week's check-ins by kind and status, with the week before."""
    this, last = now.check_ins or {}, before.check_ins or {}
    statuses = in_order({word for counts in this.values() for word in counts})
    rows = []
    for kind in (*in_order({*this, *last}, KINDS), _ALL):
        counts, was = (
            {word: sum(one.get(word, 0) for one in all_.values()) for word in statuses}
            if kind == _ALL
            else dict(all_.get(kind, {}))
            for all_ in (this, last)
        )
        total = sum(was.values()) if kind != _ALL else sum(sum(w.values()) for w in last.values())
        row = {"kind": kind, **_counted(counts), **dict.fromkeys(statuses, 0), **counts}
        rows.append({**row, "before": total, "change": row["total"] - total})
    columns = (
        Column("kind", "Kind", "kind"),
        Column("total", "Submitted", "count"),
        *(
            (Column("before", "Week before", "count"), Column("change", "Change", "change"))
            if inputs.running is None
            else ()
        ),
        *(Column(status, wording.status(status), "count") for status in statuses),
        Column("rate", "Confirmation rate", "rate"),
    )

    def address(row: Row, name: str) -> str | None:
        week = inputs.week.plus(-1) if name == "before" else inputs.week
        return _link(inputs, week, row["kind"], name)

    return Table(
        "by_kind", "This week by kind", columns, tuple(rows), links=links_of(columns, rows, address)
    )


def decisions(inputs: Inputs) -> Section:
    """Confirmation rate per week, and how long decisions took."""
    title = "Confirmation rate and time to decision"
    times = _time_to_decision(inputs)
    if inputs.check_ins is None:
        return Section(title, ((times,),))
    frame = metrics.confirmation_rate_per_week(inputs.check_ins, inputs.calendar, inputs.weeks)
    chart = Chart(
        "confirmation_rate",
        "confirmation_rate_per_week",
        "Confirmation rate per week",
        summaries.confirmation_rate_per_week(frame, running=inputs.running)
        + " The axis does not start at zero.",
        frame,
    )
    return Section(title, ((chart,), (times,)))


def _time_to_decision(inputs: Inputs) -> Table:
    """Median and 90th percentile by kind of those decided in the week, beside the week before."""
    key, title = "time_to_decision", "Time to decision by kind"
    columns = [
        Column("kind", "Kind", "kind"),
        Column("n", "Decided", "count"),
        Column("median_hours", "Median", "hours"),
        Column("p90_hours", "9 in 10 within", "hours"),
    ]
    if inputs.running is None:
        columns.append(Column("median_before", "Median, week before", "hours"))
    check_ins = inputs.check_ins
    if check_ins is None:
        return Table(key, title, tuple(columns), withheld=inputs.reason("check_ins"))
    this, last = (
        metrics.time_to_decision_by_kind(check_ins, inputs.calendar, Period.of_weeks([week]))
        for week in (inputs.week, inputs.week.plus(-1))
    )
    before = last.set_index("kind")["median_hours"]
    frame = this.assign(median_before=this["kind"].map(before))
    rows = rows_of(frame, [column.name for column in columns])
    return Table(key, title, tuple(columns), rows, _ESTIMATED)


def reasons(inputs: Inputs) -> Section:
    """Ownli's notes on declined and held check-ins of the week, verbatim, with the change."""
    title = "Decline and hold reasons, as Ownli wrote them"
    columns = [
        Column("note", "Note", width="large"),
        Column("status", "Status", "status"),
        Column("count", "Check-ins", "count"),
        Column("share", "Of that status", "percent"),
    ]
    if inputs.running is None:
        columns += [Column("before", "Week before", "count"), Column("change", "Change", "change")]
    this, last = (inputs.check_ins_of(week) for week in (inputs.week, inputs.week.plus(-1)))
    if this is None or last is None:
        withheld = inputs.reason("check_ins")
        return Section(title, ((Table("reasons", title, tuple(columns), withheld=withheld),),))
    names = ["note", "status", "count", "share"]
    now, before = (
        {(row["note"], row["status"]): row for row in rows_of(metrics.reasons(rows), names)}
        for rows in (this, last)
    )
    rows = []
    for exact in dict.fromkeys([*now, *before]):
        count = now[exact]["count"] if exact in now else 0
        was = before[exact]["count"] if exact in before else 0
        rows.append(
            {
                "note": wording.note(exact[0]),
                "status": exact[1],
                "count": count,
                "share": now[exact]["share"] if exact in now else 0.0,
                "before": was,
                "change": count - was,
            }
        )
    table = Table("reasons", title, tuple(columns), tuple(rows), few=_REASONS_PRINTED, bars="count")
    return Section(title, ((table,),))


def users(inputs: Inputs) -> Section:
    """New and active users per week."""
    title = "New and active users"
    frame = inputs.weekly.loc[[week.code for week in inputs.weeks]].reset_index()
    charts = tuple(
        Chart(
            column,
            f"{column}_per_week",
            f"{label} per week",
            _range(frame[column]),
            frame[["week", "bucket"]].rename(columns={"week": "key"}).assign(count=frame[column]),
            across=2,
        )
        for column, label in (("new_users", "New users"), ("active_users", "Active users"))
        if frame[column].notna().any()
    )
    table = _users(inputs, frame)
    return Section(title, (charts,), details=(table,)) if charts else Section(title, ((table,),))


def _users(inputs: Inputs, frame: pd.DataFrame) -> Table:
    columns = (
        Column("week", "Week"),
        Column("new_users", "New users", "count"),
        Column("active_users", "Active users", "count"),
    )
    key, title = "users", "New and active users per week"
    lacking = inputs.reason("check_ins") or inputs.reason("new_users")
    if inputs.check_ins is None and inputs.new_users is None:
        return Table(key, title, columns, withheld=lacking)

    def address(row: Row, name: str) -> str | None:
        days = inputs.days(Week.parse(row["week"]))
        return links.users(*days) if name == "new_users" else None

    note = f"Partly unavailable. {lacking}" if lacking else ""
    rows = rows_of(frame, [column.name for column in columns])
    return Table(key, title, columns, rows, note, links=links_of(columns, rows, address))


def _range(values: pd.Series[Any]) -> str:
    """`26 in the last week shown; 11 to 41 in these weeks.`"""
    known = values.dropna()
    return (
        f"{wording.count(known.iloc[-1])} in the last week shown; "
        f"{wording.count(known.min())} to {wording.count(known.max())} in these weeks."
    )
