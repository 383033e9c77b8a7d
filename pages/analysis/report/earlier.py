"""What the report says about earlier reports: the weeks that changed since, and the rows."""

from __future__ import annotations

from pages.analysis import wording
from pages.analysis.periods import Calendar
from pages.analysis.report.inputs import Inputs
from pages.analysis.report.memory import Memory
from pages.analysis.report.tables import Column, Table

_CHANGES_PRINTED = 50


def restated(found: Memory, calendar: Calendar) -> tuple[Table, ...]:
    """What earlier reports said and no longer holds, and the rows that changed; if anything did."""
    if not found.restated:
        return ()
    said = tuple(
        {
            "week": one.week.code,
            "reported": wording.moment(one.reported_at, calendar),
            "sentence": one.sentence,
        }
        for one in found.restated
    )
    rows = tuple(
        {"week": one.week.code, "what": one.what, "id": one.id, "was": one.was, "now": one.now}
        for week in found.restated
        for one in week.changes
    )
    names = (("week", "Week"), ("what", "What"), ("id", "Id"), ("was", "Was"), ("now", "Is now"))
    return (
        Table(
            "restated",
            "What changed in weeks reported before",
            (
                Column("week", "Week", "text"),
                Column("reported", "Reported as of", "text"),
                Column("sentence", "What changed", "text"),
            ),
            said,
            note="The report of any of these weeks, made again, gives the restated numbers.",
        ),
        Table(
            "restated_rows",
            "Rows that changed since",
            tuple(Column(name, label, "text") for name, label in names),
            rows,
            few=_CHANGES_PRINTED,
        ),
    )


def seen(inputs: Inputs, found: Memory) -> str:
    """The true time to decision of what earlier reports saw change, and since when."""
    if found.seen is None or found.seen.median_hours is None or found.seen_since is None:
        return ""
    since = wording.day(found.seen_since, inputs.calendar)
    return (
        f" Seen to change since {since}, and so not estimated: median "
        f"{wording.hours(found.seen.median_hours)} for {wording.plural(found.seen.n, 'check-in')} "
        "that an earlier report held as open."
    )
