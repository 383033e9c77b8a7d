"""The weekly report, pure: numbers and tables of one week, and the bytes of its files."""

from pages.analysis.report.contents import Report, build, report_of
from pages.analysis.report.contract import as_json
from pages.analysis.report.inputs import (
    CHECK_IN_WEEKS,
    HISTORY_WEEKS,
    LISTS,
    Inputs,
    NoSuchWeek,
    first_check_in,
    question,
)
from pages.analysis.report.issues import Issue
from pages.analysis.report.page import as_html, as_part
from pages.analysis.report.reading import ASKED, Question, from_lists
from pages.analysis.report.receipts import Receipt
from pages.analysis.report.tables import Table

__all__ = [
    "ASKED",
    "CHECK_IN_WEEKS",
    "HISTORY_WEEKS",
    "LISTS",
    "Inputs",
    "Issue",
    "NoSuchWeek",
    "Question",
    "Receipt",
    "Report",
    "Table",
    "as_html",
    "as_json",
    "as_part",
    "build",
    "first_check_in",
    "from_lists",
    "question",
    "report_of",
]
