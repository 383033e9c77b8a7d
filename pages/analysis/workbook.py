"""The weekly report as XLSX: one sheet a table, typed cells, no formula and no link."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from pages.analysis.report.contents import Report
from pages.analysis.report.tables import Column, Kind, Table, heading, plain

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_FORMATS: Mapping[Kind, str] = {
    "count": "#,##0",
    "change": '+#,##0;-#,##0;"0"',
    "money": '"$"#,##0.00;-"$"#,##0.00',
    "money_change": '+"$"#,##0.00;-"$"#,##0.00;"$"0.00',
    "percent": "0.0%",
    "rate": "0.0%",
    "hours": '0.0" h"',
    "day": "yyyy-mm-dd",
}
_MOMENT = "yyyy-mm-dd hh:mm:ss"
_MONEY = frozenset({"money", "money_change"})
# Control characters that XML, and so XLSX, cannot hold.
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\']")
_LONGEST_SHEET_NAME = 31
_LONGEST_CELL = 32_767
_NARROWEST, _WIDEST = 10, 70
# What follows a name and its value on the summary where there is nothing to compare.
_BLANK = (None, None, None, None)

_SHEETS = {
    "submitted": "Check-ins a week",
    "submitted_by_kind": "Check-ins by kind",
    "by_kind": "This week by kind",
    "confirmation_rate": "Confirmation rate",
    "time_to_decision": "Time to decision",
    "expected": "Not settled yet",
    "reasons": "Reasons",
    "rewards": "Rewards by status",
    "reward_types": "Rewards by type",
    "money": "Earned and claimed",
    "outstanding": "Outstanding by age",
    "ledger": "Ledger",
    "users": "Users",
    "cohorts": "Cohorts",
    "action_codes": "Action codes",
    "checks": "Checks",
    "restated": "Since the last report",
    "restated_rows": "Changed rows",
}


def as_xlsx(report: Report) -> bytes:
    """The report as the bytes of a workbook."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, _OPTIONS)
    book.set_properties({"title": report.title, "created": _naive(report.as_of)})
    pages = _Pages(book)
    _summary(pages, report)
    for table in report.tables.values():
        pages.table(_SHEETS.get(table.key, table.title), table)
    _check_rows(pages, report)
    _definitions(pages, report)
    book.close()
    return out.getvalue()


class _Pages:
    """Writes sheets with a frozen bold header and columns as wide as what is in them."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        self._formats: dict[Kind, Format] = {
            kind: book.add_format({"num_format": pattern}) for kind, pattern in _FORMATS.items()
        }
        self._moment = book.add_format({"num_format": _MOMENT})
        self._wrapped = book.add_format({"text_wrap": True, "valign": "top"})

    def table(self, name: str, table: Table) -> None:
        """A sheet for a table of the report; one that is withheld says why."""
        rows: Iterable[Sequence[Any]] = (
            [row.get(column.name) for column in table.columns] for row in table.rows
        )
        if table.withheld is not None:
            rows = [[f"unavailable: {table.withheld}"]]
        self.sheet(name, table.columns, rows)

    def sheet(
        self,
        name: str,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Any]],
        kinds: Sequence[Kind] | None = None,
    ) -> None:
        """A sheet of plain values; `kinds`: what the numbers are row by row, not by column."""
        page = self._book.add_worksheet(_sheet_name(name))
        widths = [len(column.label) for column in columns]
        count = 0
        for at, column in enumerate(columns):
            page.write_string(0, at, _text(column.label), self._head)
        for number, row in enumerate(rows, start=1):
            count = number
            for at, (column, value) in enumerate(zip(columns, row, strict=False)):
                kind = column.kind if kinds is None else kinds[number - 1]
                widths[at] = max(widths[at], self.cell(page, number, at, kind, value))
        for at, width in enumerate(widths):
            page.set_column(at, at, min(max(width + 2, _NARROWEST), _WIDEST))
        page.freeze_panes(1, 0)
        if count:
            page.autofilter(0, 0, count, len(columns) - 1)

    def cell(self, page: Worksheet, row: int, at: int, kind: Kind, value: Any) -> int:
        """One cell as what it is; returns how many characters it shows."""
        if value is None:
            return 0
        if kind == "flag":
            value = {True: "passed", False: "failed"}.get(value, "cannot tell")
        if isinstance(value, bool):
            page.write_boolean(row, at, value)
            return len(str(value))
        if isinstance(value, int | float):
            shown = value / 100 if kind in _MONEY else value
            page.write_number(row, at, shown, self._formats.get(kind))
            return len(f"{shown:,.2f}") + 1
        if isinstance(value, datetime):
            page.write_datetime(row, at, _naive(value), self._moment)
            return len(_MOMENT)
        said = _text(value)
        wide = len(said) > _WIDEST
        page.write_string(row, at, said, self._wrapped if wide else None)
        return len(said)


def _summary(pages: _Pages, report: Report) -> None:
    """The headline and every number, one a row; the value in a typed cell of its own kind."""
    columns = (
        Column("name", "Weekly report", "text"),
        Column("value", report.week.label, "text"),
        Column("before", "Week before", "text"),
        Column("median", "Usually (median of the weeks before)", "text"),
        Column("note", "Note", "text"),
        Column("hash", "Content hash", "text"),
    )
    head: list[list[Any]] = [
        ["Environment", report.environment],
        [f"From ({report.calendar.zone})", report.starts],
        [f"To, not included ({report.calendar.zone})", report.ends],
        ["Time zone", report.calendar.zone],
        [f"Data as of ({report.calendar.zone})", report.calendar.local(report.as_of)],
        ["Complete", "yes" if report.complete else "no"],
        *(["Problem", problem] for problem in report.problems),
    ]
    rows = [[*row, *_BLANK] for row in head]
    kinds: list[Kind] = ["text"] * len(rows)
    for tile in report.tiles:
        note = tile.withheld or tile.note
        value = "unavailable" if tile.withheld else tile.raw
        rows.append([tile.label, value, tile.before, tile.median, note, tile.receipt.hash])
        kinds.append(tile.kind)
    for mover in report.movers:
        rows.append(["Moved", mover.sentence, *_BLANK])
        kinds.append("text")
    pages.sheet("Summary", columns, rows, kinds)


def _check_rows(pages: _Pages, report: Report) -> None:
    """The rows behind every check that failed: opaque ids, words, dates and amounts."""
    rows: list[dict[str, Any]] = []
    for check in report.checks:
        for row in check.rows.to_dict(orient="records"):
            facts = {str(name): plain(value) for name, value in row.items()}
            rows.append({"check": check.name, **facts})
    if not rows:
        return
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = [Column(name, *_heading(name)) for name in names]
    pages.sheet("Check rows", columns, ([row.get(name) for name in names] for row in rows))


def _heading(name: str) -> tuple[str, Kind]:
    """The heading of a fact of a row, and how it reads."""
    said = heading(name)
    if name.endswith("_cents"):
        return said, "money"
    return (f"{said} (UTC)", "day") if name.endswith("_at") else (said, "text")


def _definitions(pages: _Pages, report: Report) -> None:
    columns = (
        Column("number", "Number", "text"),
        Column("meaning", "What it means", "text"),
        Column("filter", "Filter", "text"),
        Column("source", "Counted from", "text"),
        Column("hash", "Content hash", "text"),
    )
    rows: list[list[Any]] = [
        [one.label, one.definition, one.filter, one.sources, one.hash]
        for one in report.receipts.values()
    ]
    told = {row[0] for row in rows}
    rows += [
        [title, meaning, None, None, None]
        for title, meaning in report.definitions.items()
        if title not in told
    ]
    for table in report.tables.values():
        one = table.receipt
        if one is not None:
            rows.append([table.title, one.definition, one.filter, one.sources, one.hash])
        if table.note:
            rows.append([table.title, table.note, None, None, None])
    pages.sheet("Definitions", columns, rows)


def _text(value: Any) -> str:
    return _NOT_XML.sub("", str(value))[:_LONGEST_CELL]


def _sheet_name(name: str) -> str:
    return _NOT_IN_SHEET_NAMES.sub("", name)[:_LONGEST_SHEET_NAME]


def _naive(at: datetime) -> datetime:
    """The moment as spreadsheets hold it: without a zone."""
    return at.replace(tzinfo=None)
