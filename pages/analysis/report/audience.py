"""The tables of the report about users."""

from __future__ import annotations

from pages.analysis.report.cohorts import Cohort
from pages.analysis.report.inputs import HISTORY_WEEKS, Inputs
from pages.analysis.report.tables import Column, Table, rows_of

SO_FAR = "so far"


def users(inputs: Inputs) -> Table:
    """New and active users a week."""
    columns = (
        Column("week", "Week", "text"),
        Column("new_users", "New users"),
        Column("active_users", "Active users"),
    )
    withheld = inputs.reason("check_ins") if inputs.new_users is None else None
    codes = [week.code for week in inputs.weeks]
    frame = inputs.weekly.loc[codes].reset_index()
    rows = () if withheld else rows_of(frame, [column.name for column in columns])
    lacking = inputs.reason("check_ins") or inputs.reason("new_users")
    return Table(
        "users",
        "New and active users a week",
        columns,
        rows,
        note=f"Partly unavailable. {lacking}" if lacking and not withheld else "",
        withheld=withheld,
    )


def cohorts(inputs: Inputs, found: tuple[Cohort, ...] | None) -> Table:
    """Users by the week of their first check-in, and the share active in each later week."""
    columns = [Column("week", "First check-in in", "text"), Column("users", "Users")]
    columns += [Column(f"week_{n}", f"+{n}", "percent") for n in range(1, HISTORY_WEEKS)]
    key, title = "cohorts", "Who comes back: share active in later weeks"
    if found is None:
        return Table(key, title, tuple(columns), withheld=inputs.reason("check_ins"))
    rows, marks = [], set()
    for at, cohort in enumerate(found):
        shares = {f"week_{n}": cohort.share(n) for n in range(1, HISTORY_WEEKS)}
        rows.append({"week": cohort.week.code, "users": cohort.users, **shares})
        if cohort.unfinished:
            last = len(cohort.active) - 1
            marks.add((at, f"week_{last}" if last else "users"))
    note = "Columns are weeks after the first check-in among those read here."
    if marks:
        note += f" Cells of the week in progress are marked “{SO_FAR}”."
    return Table(key, title, tuple(columns), tuple(rows), note=note, marks=frozenset(marks))
