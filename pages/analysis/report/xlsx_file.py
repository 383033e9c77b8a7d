"""The report as a workbook: a summary, one sheet a table, what the numbers mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pages.analysis.columns import Column, Kind
from pages.analysis.report.contents import DEFINITIONS, Report
from pages.analysis.report.table import NUMBERS, Table
from pages.analysis.workbook import Sheet, workbook


def as_xlsx(report: Report) -> bytes:
    """The report as the bytes of a workbook."""
    properties = {"title": report.title, "created": report.as_of.replace(tzinfo=None)}
    return workbook(_sheets(report), properties)


def _sheets(report: Report) -> Iterator[Sheet]:
    yield _summary(report)
    for table in (*report.tables.values(), *report.failed):
        yield _table(table)
    yield _definitions(report)


def _table(table: Table) -> Sheet:
    """A sheet for a table of the report; one that is withheld says why."""
    name = table.key.replace("_", " ").capitalize()
    if table.withheld is not None:
        return Sheet(name, table.columns[:1], [[f"unavailable: {table.withheld}"]])
    rows = [
        [
            row.get(column.name) if column.kind in NUMBERS else table.said(row, column)
            for column in table.columns
        ]
        for row in table.rows
    ]
    return Sheet(name, table.columns, rows)


def _summary(report: Report) -> Sheet:
    """The head and every number, one a row; the value in a typed cell of its own kind."""
    columns = (
        Column("name", "Weekly report", width="medium"),
        Column("value", report.week.label, width="medium"),
        Column("before", "Week before"),
        Column("median", "Usually (median of the weeks before)"),
        Column("note", "Note", width="medium"),
    )
    zone, calendar = report.calendar.zone, report.calendar
    moments = (
        (f"From ({zone})", calendar.starts(report.week)),
        (f"To, not included ({zone})", calendar.ends(report.week)),
        (f"Data as of ({zone})", report.as_of),
    )
    rows: list[tuple[Kind, list[Any]]] = [("text", ["Environment", report.environment])]
    rows += [("time", [name, calendar.local(at).replace(tzinfo=None)]) for name, at in moments]
    rows.append(("text", ["Time zone", zone]))
    rows.append(("text", ["Complete", "yes" if report.complete else "no"]))
    rows += [("text", ["Problem", problem]) for problem in report.problems]
    for one in report.key_numbers:
        value = "unavailable" if one.withheld else one.raw
        note = one.withheld or one.note
        rows.append((one.kind, [one.label, value, one.before, one.median, note]))
    rows += [("text", ["Changed", one.sentence]) for one in report.contributions]
    padded = [[*row, *[None] * (len(columns) - len(row))] for _, row in rows]
    return Sheet("Summary", columns, padded, [kind for kind, _ in rows])


def _definitions(report: Report) -> Sheet:
    columns = (
        Column("number", "Number", width="medium"),
        Column("meaning", "What it means", width="large"),
    )
    notes = [[table.title, table.note] for table in report.tables.values() if table.note]
    return Sheet("Definitions", columns, [*map(list, DEFINITIONS.items()), *notes])
