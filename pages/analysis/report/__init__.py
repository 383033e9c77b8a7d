"""The weekly report, pure: numbers and tables of one week, and the bytes of its files."""

from pages.analysis.report.build import LISTS_READ, build, from_lists
from pages.analysis.report.contents import Report
from pages.analysis.report.contract import as_json
from pages.analysis.report.html_file import as_html
from pages.analysis.report.inputs import (
    CHECK_IN_WEEKS,
    HISTORY_WEEKS,
    LISTS,
    Inputs,
    NoSuchWeek,
    Question,
    asked_week,
)
from pages.analysis.report.key_numbers import KeyNumber
from pages.analysis.report.table import NUMBERS, Chart, Section, Table
from pages.analysis.report.xlsx_file import as_xlsx

__all__ = [
    "CHECK_IN_WEEKS",
    "HISTORY_WEEKS",
    "LISTS",
    "LISTS_READ",
    "NUMBERS",
    "Chart",
    "Inputs",
    "KeyNumber",
    "NoSuchWeek",
    "Question",
    "Report",
    "Section",
    "Table",
    "as_html",
    "as_json",
    "as_xlsx",
    "asked_week",
    "build",
    "from_lists",
]
