"""Money is exact, dates are instants, phones are E.164."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownli_api.values import TIME, cents, instants, moment_text, us_phone


@given(st.integers(-(10**14), 10**14))
def test_every_whole_cent_comes_back_exactly(whole):
    assert cents(Decimal(whole).scaleb(-2)) == (whole, True)


@given(st.floats(-1e9, 1e9).map(lambda value: round(value, 2)))
def test_a_double_with_two_decimals_is_the_cents_it_prints(value):
    whole, exact = cents(Decimal(repr(value)))
    assert exact
    assert Fraction(whole, 100) == Fraction(Decimal(repr(value)))


@given(st.decimals(-(10**9), 10**9, places=6))
def test_parts_of_a_cent_are_rounded_half_to_even_and_named(amount):
    whole, exact = cents(amount)
    off = Fraction(amount) * 100 - whole
    assert abs(off) <= Fraction(1, 2)
    assert abs(off) < Fraction(1, 2) or whole % 2 == 0
    assert exact == (off == 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.1", (10, True)),
        ("0.30000000000000004", (30, True)),  # the double 0.1 + 0.2
        ("0.125", (12, False)),
        ("0.135", (14, False)),
        ("-5", (-500, True)),
        ("-0", (0, True)),
        ("1e2", (10_000, True)),
        ("1e-999999999", (0, True)),
        ("0." + "1" * 5000, (11, False)),
        ("1e15", (None, False)),
        ("1e999999999", (None, False)),
        ("NaN", (None, False)),
        ("-Infinity", (None, False)),
    ],
)
def test_odd_amounts(text, expected):
    assert cents(Decimal(text)) == expected


def test_a_missing_amount_is_missing_and_no_problem():
    assert cents(None) == (None, True)


def test_ten_cents_ten_times_are_one_dollar():
    assert sum(cents(Decimal("0.1"))[0] for _ in range(10)) == 100


def column(*values: object) -> pd.Series:
    return pd.Series([moment_text(value) for value in values], dtype="str")


def test_every_way_to_write_one_instant_is_that_instant():
    written = [
        "2024-03-01T12:00:00.250Z",
        "2024-03-01T12:00:00.250+00:00",
        "2024-03-01T13:00:00.250+0100",
        "2024-03-01T07:00:00.250-05:00",
        "2024-03-01T12:00:00.250",
        "2024-03-01 12:00:00.25",
        "2024-03-01T12:00:00.250000000Z",
        "2024-03-01T12:00:00.250Z[UTC]",
        "2024-03-01T13:00:00.250000000+01:00[Europe/Paris]",
        1709294400250,
        "1709294400250",
        1709294400.25,
    ]
    found, unreadable = instants(column(*written))
    assert found.dtype == TIME
    assert set(found) == {pd.Timestamp("2024-03-01T12:00:00.250Z")}
    assert not unreadable.any()


def test_dates_without_a_time_are_midnight_utc():
    found, _ = instants(column("2024-03-01", "20240301"))
    assert set(found) == {pd.Timestamp("2024-03-01", tz="UTC")}


def test_what_is_no_date_is_missing_and_named_and_takes_no_other_with_it():
    odd = ["yesterday", "2024-13-01T00:00:00Z", "[2024,1,1]", "0001-01-01T00:00:00Z", 7]
    odd += ["9999-12-31T23:59:59Z", float("nan"), float("inf"), "1e400", "-"]
    found, unreadable = instants(column(*odd, "2024-03-01T12:00:00Z", None, ""))
    assert unreadable.tolist() == [True] * len(odd) + [False] * 3
    assert found.notna().tolist() == [False] * len(odd) + [True, False, False]


@pytest.mark.parametrize("values", [(), (None, None)])
def test_a_column_without_dates_has_the_type_of_one_with_dates(values):
    found, unreadable = instants(pd.Series(list(values), dtype="str"))
    assert found.dtype == TIME
    assert not unreadable.any()


@given(
    st.lists(
        st.tuples(
            st.datetimes(datetime(1970, 6, 1), datetime(2200, 1, 1)),
            st.integers(-14 * 60, 14 * 60),
            st.sampled_from(["seconds", "milliseconds", "microseconds"]),
        ),
        max_size=20,
    )
)
def test_any_mix_of_offsets_and_fractions_is_read_to_the_microsecond(moments):
    precision = {"seconds": 1_000_000, "milliseconds": 1_000, "microseconds": 1}
    wanted, written = [], []
    for naive, minutes, timespec in moments:
        zone = timezone(timedelta(minutes=minutes))
        step = precision[timespec]
        cut = naive.replace(microsecond=naive.microsecond // step * step, tzinfo=UTC)
        wanted.append(cut)
        written.append(cut.astimezone(zone).isoformat(timespec=timespec))
    found, unreadable = instants(column(*written))
    assert found.tolist() == [pd.Timestamp(moment) for moment in wanted]
    assert not unreadable.any()


@pytest.mark.parametrize(
    "text",
    ["+15556667777", "15556667777", "5556667777", "(555) 666-7777", "+1 555.666.7777 "],
)
def test_a_us_phone_in_any_format_is_one_number(text):
    assert us_phone(text) == "+15556667777"


@pytest.mark.parametrize("text", ["", "abc", "12345", "+445556667777", "+5556667777", "٥٥٥٦٦٦٧٧٧٧"])
def test_what_is_no_us_phone_is_none(text):
    assert us_phone(text) is None
