"""Files that leave the product: nothing in them becomes a formula, numbers stay numbers."""

import csv
import io
import zipfile
from datetime import UTC, datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.analysis import export
from pages.analysis.columns import Column
from pages.analysis.periods import Calendar

ZONE = Calendar("America/New_York")
COLUMNS = (
    Column("at", "Submitted", "time"),
    Column("name", "User"),
    Column("phone", "Phone", "phone"),
    Column("amount_cents", "Amount", "money"),
    Column("status", "Status", "status"),
)


def frame(**columns):
    base = {
        "at": pd.to_datetime(["2026-11-23T19:05:09.123Z"], utc=True),
        "name": ["Ann"],
        "phone": ["+15556667777"],
        "amount_cents": pd.array([123456], dtype="Int64"),
        "status": ["OnHold"],
    }
    return pd.DataFrame({**base, **columns})


def read(data):
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_csv_has_local_times_with_the_zone_named_plain_dollars_and_readable_phones():
    head, row = read(export.csv_bytes(frame(), COLUMNS, ZONE))
    assert head[0] == "Submitted (America/New_York)"
    assert row == ["2026-11-23 14:05:09", "Ann", "(555) 666-7777", "1234.56", "On hold"]


@pytest.mark.parametrize(
    "name",
    [
        *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", '=HYPERLINK("http://x")'),
        *("\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20SUM(A1)", " \uff1d1"),
    ],
)
def test_text_that_would_be_a_formula_is_led_by_an_apostrophe(name):
    assert read(export.csv_bytes(frame(name=[name]), COLUMNS, ZONE))[1][1].startswith("'")


@given(st.text(max_size=40))
def test_no_text_cell_of_a_csv_starts_like_a_formula_and_none_is_lost(name):
    row = read(export.csv_bytes(frame(name=[name]), COLUMNS, ZONE))[1]
    if name:
        assert row[1] in (name, f"'{name}")
    assert not row[1].startswith(tuple("=+-@\uff1d\uff0b\uff0d\uff20\t\r\n"))


@given(st.text(max_size=40))
def test_a_workbook_holds_no_formula_and_no_link_whatever_the_text(name):
    data = export.xlsx_bytes(frame(name=[name]), COLUMNS, ZONE, "Rewards")
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet


def test_a_missing_value_is_an_empty_cell():
    missing = frame(at=pd.to_datetime([None], utc=True), name=[None], amount_cents=[pd.NA])
    assert read(export.csv_bytes(missing, COLUMNS, ZONE))[1] == [
        "",
        "",
        "(555) 666-7777",
        "",
        "On hold",
    ]
    assert export.xlsx_bytes(missing, COLUMNS, ZONE, "Rewards").startswith(b"PK")


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_dollars_of_any_amount_are_exact_to_the_cent(cents):
    row = read(export.csv_bytes(frame(amount_cents=[cents]), COLUMNS, ZONE))[1]
    whole, _, part = row[3].lstrip("-").partition(".")
    assert int(whole) * 100 + int(part.ljust(2, "0")) == abs(cents)
    assert row[3].startswith("-") == (cents < 0)


def test_a_file_name_says_environment_what_period_and_moment():
    at = datetime(2026, 11, 24, 8, 41, tzinfo=UTC)
    name = export.file_name("Demo data", "check-ins", "2026-11-02 2026-11-24", at, "csv")
    assert name == "demo-data_check-ins_2026-11-02_2026-11-24_20261124T0841Z.csv"


def test_a_cell_that_another_separator_would_cut_stays_one_quoted_cell():
    data = export.csv_bytes(frame(name=["a;=1+1"]), COLUMNS, ZONE).decode("utf-8-sig")
    assert '"a;=1+1"' in data
