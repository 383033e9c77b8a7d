"""Tables as files: CSV and XLSX, typed, and inert in every spreadsheet program."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from pages.analysis import wording
from pages.analysis.columns import WORDS, Column
from pages.analysis.periods import Calendar
from pages.analysis.workbook import Sheet, workbook

# A spreadsheet takes a cell that starts with one of these for a formula (OWASP, CSV injection).
# The full-width forms are the same to programs set to an East Asian language.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_UNSEEN = " \u00a0\u200b\ufeff"
_US_PHONE = re.compile(r"^\+1(\d{3})(\d{3})(\d{4})$")
_UNSAFE_IN_NAME = re.compile(r"[^A-Za-z0-9-]+")


def file_name(environment: str, what: str, period: str, at: datetime, ending: str) -> str:
    """`sandbox_rewards_2026-11-02_2026-11-24_20261124T0841Z.csv`: letters, digits, - and _ only."""
    parts = [_UNSAFE_IN_NAME.sub("-", part).strip("-").lower() for part in (environment, what)]
    parts += [_UNSAFE_IN_NAME.sub("_", period).strip("_"), f"{at.astimezone(UTC):%Y%m%dT%H%MZ}"]
    return f"{'_'.join(part for part in parts if part)}.{ending}"


def neutral(text: str) -> str:
    """Text that no spreadsheet takes for a formula: a leading apostrophe where one would be."""
    return f"'{text}" if text.lstrip(_UNSEEN).startswith(_FORMULA_STARTS) else text


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
    headed = [replace(column, label=_header(column, zone)) for column in columns]
    cells = [_values(frame, column, zone) for column in columns]
    return workbook([Sheet(sheet, headed, zip(*cells, strict=True))])


def _header(column: Column, zone: Calendar) -> str:
    return f"{column.label} ({zone.zone})" if column.kind == "time" else column.label


def _csv_cell(value: Any, column: Column) -> str:
    """A value as CSV text: numbers plain, money with its cents, times sortable, text neutral."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if column.kind == "money":
        return f"{value / 100:.2f}"
    return neutral(value) if isinstance(value, str) else str(value)


def _values(frame: pd.DataFrame, column: Column, zone: Calendar) -> list[Any]:
    """A column as Python values: naive local datetimes, cents, counts, words; None if missing."""
    values = frame[column.name]
    if column.kind == "time":
        local = values.dt.tz_convert(zone.zone).dt.tz_localize(None)
        return [None if pd.isna(at) else at.to_pydatetime() for at in local]
    if column.kind == "day":
        return [None if pd.isna(at) else pd.Timestamp(at).to_pydatetime() for at in values]
    if column.kind in ("money", "count"):
        return [None if pd.isna(number) else int(number) for number in values]
    if column.kind == "percent":
        return [None if pd.isna(share) else float(share) for share in values]
    speak = WORDS.get(column.kind, phone if column.kind == "phone" else str)
    return [None if wording.is_missing(value) else speak(value) for value in values]
