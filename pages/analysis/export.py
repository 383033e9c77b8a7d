"""Tables as files: CSV and XLSX, typed, and inert in every spreadsheet program."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import xlsxwriter

from pages.analysis import wording
from pages.analysis.columns import WORDS, Column
from pages.analysis.periods import Calendar

# A spreadsheet takes a cell that starts with one of these for a formula (OWASP, CSV injection).
# Full-width ones count as well: some programs make plain ones of them.
_FORMULA_STARTS = tuple("=+-@\uff1d\uff0b\uff0d\uff20\t\r\n")
_US_PHONE = re.compile(r"^\+1(\d{3})(\d{3})(\d{4})$")
_UNSAFE_IN_NAME = re.compile(r"[^A-Za-z0-9-]+")
# Control characters that XML, and so XLSX, cannot hold.
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LONGEST_CELL = 32_767
_SHEET_WIDTHS = {"small": 12, "medium": 32, "large": 60}
_WIDTH = 20


def file_name(environment: str, what: str, period: str, at: datetime, ending: str) -> str:
    """`sandbox_rewards_2026-11-02_2026-11-24_20261124T0841Z.csv`: letters, digits, - and _ only."""
    parts = [_UNSAFE_IN_NAME.sub("-", part).strip("-").lower() for part in (environment, what)]
    parts += [_UNSAFE_IN_NAME.sub("_", period).strip("_"), f"{at.astimezone(UTC):%Y%m%dT%H%MZ}"]
    return f"{'_'.join(part for part in parts if part)}.{ending}"


def neutral(text: str) -> str:
    """Text that no spreadsheet takes for a formula: a leading apostrophe where one would be."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else text


def phone(text: str) -> str:
    """A US phone as `(555) 666-7777`, which is readable and no formula; others as they are."""
    return _US_PHONE.sub(r"(\1) \2-\3", text)


def csv_bytes(frame: pd.DataFrame, columns: Sequence[Column], zone: Calendar) -> bytes:
    """The rows as CSV (UTF-8 with a byte order mark, so that Excel reads accents right).

    Times are `2026-11-23 14:05:09` in the report zone, which the header names; money is a plain
    number of dollars.
    """
    out = io.StringIO(newline="")
    # Everything is quoted: where `;` parts cells, `a;=1` would otherwise become a formula.
    writer = csv.writer(out, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow([_header(column, zone) for column in columns])
    cells = [
        [_csv_cell(value, column) for value in _values(frame, column, zone)] for column in columns
    ]
    writer.writerows(zip(*cells, strict=True))
    return out.getvalue().encode("utf-8-sig")


def xlsx_bytes(frame: pd.DataFrame, columns: Sequence[Column], zone: Calendar, sheet: str) -> bytes:
    """The rows as one sheet: typed cells, real dates, frozen header, widths, a filter."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": False,
        },
    )
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = {
        "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        "money": book.add_format({"num_format": '"$"#,##0.00;-"$"#,##0.00'}),
        "count": book.add_format({"num_format": "#,##0"}),
        "percent": book.add_format({"num_format": "0.0%"}),
    }
    page = book.add_worksheet(sheet[:31])
    for place, column in enumerate(columns):
        page.write_string(0, place, _header(column, zone), head)
        page.set_column(place, place, _SHEET_WIDTHS.get(column.width or "", _WIDTH))
        cell_format = formats.get(column.kind)
        for row, value in enumerate(_values(frame, column, zone), start=1):
            _write(page, row, place, value, cell_format)
    page.freeze_panes(1, 0)
    if len(frame):
        page.autofilter(0, 0, len(frame), len(columns) - 1)
    book.close()
    return out.getvalue()


def _write(page: Any, row: int, place: int, value: Any, cell_format: Any) -> None:
    """One typed cell; a missing value leaves the cell empty."""
    if value is None:
        return
    if isinstance(value, datetime):
        page.write_datetime(row, place, value, cell_format)
    elif isinstance(value, str):
        page.write_string(row, place, _NOT_XML.sub(" ", value)[:_LONGEST_CELL])
    else:
        page.write_number(row, place, value, cell_format)


def _header(column: Column, zone: Calendar) -> str:
    return f"{column.label} ({zone.zone})" if column.kind == "time" else column.label


def _csv_cell(value: Any, column: Column) -> str:
    """A value as CSV text: numbers plain, money with its cents, times sortable, text neutral."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if column.kind == "money":
        return f"{value:.2f}"
    return neutral(value) if isinstance(value, str) else str(value)


def _values(frame: pd.DataFrame, column: Column, zone: Calendar) -> list[Any]:
    """A column as Python values: naive local datetimes, dollars, counts, words; None if missing."""
    values = frame[column.name]
    if column.kind == "time":
        local = values.dt.tz_convert(zone.zone).dt.tz_localize(None)
        return [None if pd.isna(at) else at.to_pydatetime() for at in local]
    if column.kind == "day":
        return [None if pd.isna(at) else pd.Timestamp(at).to_pydatetime() for at in values]
    if column.kind == "money":
        # Whole cents divided once are the nearest double of the dollars: exact at two decimals.
        return [None if pd.isna(cents) else int(cents) / 100 for cents in values]
    if column.kind == "count":
        return [None if pd.isna(count) else int(count) for count in values]
    if column.kind == "percent":
        return [None if pd.isna(share) else float(share) for share in values]
    speak = WORDS.get(column.kind, phone if column.kind == "phone" else str)
    return [None if wording.is_missing(value) else speak(value) for value in values]
