"""Sheets as an XLSX workbook: typed cells, real dates, no formula and no link."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pages.analysis.columns import Column, Kind

# A text never becomes a formula, a link or a number, whatever it says.
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_DOLLARS = '"$"#,##0.00;-"$"#,##0.00'
_FORMATS: Mapping[Kind, str] = {
    "time": "yyyy-mm-dd hh:mm:ss",
    "day": "yyyy-mm-dd",
    "count": "#,##0",
    "change": '+#,##0;-#,##0;"0"',
    "money": _DOLLARS,
    "money_change": '+"$"#,##0.00;-"$"#,##0.00;"$"0.00',
    "percent": "0.0%",
    "rate": "0.0%",
    "hours": '0.0" h"',
}
_CENTS: frozenset[Kind] = frozenset({"money", "money_change"})
# Control characters that XML, and so XLSX, cannot hold.
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\']")
_LONGEST_SHEET_NAME = 31
_LONGEST_CELL = 32_767
_WIDTHS = {"small": 12, "medium": 32, "large": 60}
_WIDTH = 20


@dataclass(frozen=True)
class Sheet:
    """One sheet: its columns, and rows of plain values in their order; None is an empty cell.

    Money is whole cents, moments carry no zone (a heading names it). `kinds`: what the numbers
    are row by row, where columns mix them.
    """

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    kinds: Sequence[Kind] | None = None


def workbook(sheets: Iterable[Sheet], properties: Mapping[str, Any] | None = None) -> bytes:
    """The bytes of a workbook: bold frozen headings, a filter, columns wide enough to read."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, _OPTIONS)
    if properties:
        book.set_properties(dict(properties))
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = {kind: book.add_format({"num_format": look}) for kind, look in _FORMATS.items()}
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for sheet in sheets:
        name = _NOT_IN_SHEET_NAMES.sub("", sheet.name)[:_LONGEST_SHEET_NAME]
        _write(book.add_worksheet(name), sheet, head, {**formats, "text": wrapped})
    book.close()
    return out.getvalue()


def _write(page: Worksheet, sheet: Sheet, head: Format, formats: Mapping[Kind, Format]) -> None:
    for at, column in enumerate(sheet.columns):
        page.write_string(0, at, _text(column.label), head)
        page.set_column(at, at, _WIDTHS.get(str(column.width), _WIDTH))
    count = 0
    for count, row in enumerate(sheet.rows, start=1):
        for at, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
            kind = column.kind if sheet.kinds is None else sheet.kinds[count - 1]
            wide = column.width == "large"
            look = formats.get(kind) if kind != "text" or wide else None
            _cell(page, count, at, kind, value, look)
    page.freeze_panes(1, 0)
    if count:
        page.autofilter(0, 0, count, len(sheet.columns) - 1)


def _cell(page: Worksheet, row: int, at: int, kind: Kind, value: Any, look: Format | None) -> None:
    """One cell as what it is."""
    if value is None:
        return
    if isinstance(value, datetime):
        page.write_datetime(row, at, value, look)
    elif isinstance(value, int | float):
        page.write_number(row, at, value / 100 if kind in _CENTS else value, look)
    else:
        page.write_string(row, at, _text(value), look)


def _text(value: Any) -> str:
    return _NOT_XML.sub("", str(value))[:_LONGEST_CELL]
