"""What the dashboard says: exact money, plain words, and never a technical word for "missing"."""

import math
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.analysis import terms, wording
from pages.analysis.periods import Calendar

NEW_YORK = Calendar("America/New_York")
NOW = datetime(2026, 11, 24, 13, 43, tzinfo=UTC)
MISSING = (None, pd.NA, pd.NaT, float("nan"), np.nan, np.datetime64("NaT"))
TECHNICAL = re.compile(r"\b(nan|none|nat|null|inf|<na>)\b|<NA>", re.IGNORECASE)
cents = st.integers(-(10**15), 10**15)


@given(cents)
def test_money_reads_back_to_the_same_cents(amount):
    text = wording.money(amount)
    assert re.fullmatch(r"-?\$\d{1,3}(,\d{3})*\.\d\d", text)
    assert Decimal(text.replace("$", "").replace(",", "")) * 100 == amount


def test_money_is_written_with_two_decimals_and_a_leading_minus():
    assert wording.money(123456) == "$1,234.56"
    assert wording.money(-500) == "-$5.00"
    assert wording.money(0) == "$0.00"
    assert wording.money(-1) == "-$0.01"
    assert wording.money(np.int64(7)) == "$0.07"
    assert wording.dollars(123456) == "1234.56"


@given(st.integers(-(10**12), 10**12))
def test_counts_read_back(n):
    assert int(wording.count(n).replace(",", "")) == n


@given(st.floats(0, 1e6))
def test_hours_stay_within_their_own_rounding(hours):
    text = wording.hours(hours)
    parts = re.fullmatch(r"(?:([\d,]+) d)? ?(?:([\d.]+) h)?|(\d+) min", text)
    assert parts, text
    days, rest, minutes = parts.groups()
    back = int((days or "0").replace(",", "")) * 24 + float(rest or 0) + float(minutes or 0) / 60
    assert abs(back - hours) <= 0.5 + 1e-6
    assert float(rest or 0) < 24
    assert int(minutes or 0) < 60


def test_hours_are_minutes_then_hours_then_days():
    assert wording.hours(0.4) == "24 min"
    assert wording.hours(13.24) == "13.2 h"
    assert wording.hours(52) == "2 d 4 h"
    assert wording.hours(48) == "2 d"
    assert wording.hours(23.98) == "1 d"
    assert wording.hours(0.999) == "1.0 h"
    assert wording.hours(0) == "0 min"


@given(st.floats(-0.5, 2))
def test_percents_are_within_a_twentieth_of_a_point(share):
    assert abs(float(wording.percent(share).rstrip("%")) / 100 - share) <= 0.000501
    assert not wording.percent(share).startswith("-0.0%")


@given(cents, cents)
def test_a_change_says_its_sign_once_and_no_base_when_the_base_is_zero(now, before):
    text = wording.change(now, before, wording.money)
    if now == before:
        assert text == "no change"
    else:
        assert text.startswith("+$" if now > before else "-$")
        assert ("no base" in text) == (before <= 0)
        amount = text.split(" (")[0].replace("$", "").replace(",", "")
        assert Decimal(amount) * 100 == now - before


def test_changes_read_as_on_a_tile():
    assert wording.change(434, 400) == "+34 (+8.5%)"
    assert wording.change(366, 400) == "-34 (-8.5%)"
    assert wording.change(5, 0) == "+5 (no base)"
    assert wording.change(0, 0) == "no change"
    assert wording.change(5, None) == "no base"
    assert wording.change(None, 5) == wording.UNKNOWN
    assert wording.change(13.2, 15.0, wording.hours) == "-1.8 h (-12.0%)"
    assert wording.points(0.87, 0.85) == "+2.0 points"
    assert wording.points(0.84, 0.85) == "-1.0 points"
    assert wording.points(0.85, 0.85) == "no change"
    assert wording.points(0.85, None) == "no base"


def test_a_rate_of_fewer_than_thirty_decided_is_told_in_counts():
    assert wording.confirmation(26, 3) == "26 of 29"
    assert wording.confirmation(27, 3) == "90.0%"
    assert wording.confirmation(0, 0) == "none decided"
    assert wording.confirmation(None, None) == wording.UNKNOWN


def test_known_words_are_written_plainly_and_unknown_ones_keep_their_name():
    assert wording.status("OnHold") == "On hold"
    assert wording.status("Archived") == "Archived"
    assert wording.status(None) == "No status"
    assert wording.kind("proof_of_address") == "Proof of address"
    assert wording.kind("service") == "service"
    assert wording.reward_type("GaragingCheckIn") == "Proof of address check-in"
    assert wording.reward_type("Spring") == "Spring"
    assert wording.reward_type(pd.NA) == "No type"
    assert wording.action_code(None) == "No action code"
    assert {wording.status(word) for word in terms.STATUS_ORDER} == {
        "Confirmed",
        "Pending",
        "On hold",
        "Declined",
        "Claimed",
    }


def test_days_and_clocks_are_read_in_the_report_zone():
    at = datetime(2026, 11, 24, 13, 41, tzinfo=UTC)
    assert wording.clock(at, NEW_YORK) == "08:41 ET"
    assert wording.moment(at, NEW_YORK) == "Nov 24, 2026, 08:41 ET"
    assert wording.day(at, NEW_YORK) == "Nov 24, 2026"
    assert wording.day(date(2026, 1, 5)) == "Jan 5, 2026"
    assert wording.as_of(at, NOW, NEW_YORK) == "Data as of 08:41 ET (2 min ago)"
    assert wording.as_of(at - timedelta(days=2), NOW, NEW_YORK) == (
        "Data as of Nov 22, 2026, 08:41 ET (2 days ago)"
    )
    assert wording.as_of(None, NOW, NEW_YORK) == "No data yet"
    assert wording.clock(at, Calendar("Europe/Berlin")) == "14:41 CET"
    assert wording.clock(at, Calendar("America/Sao_Paulo")) == "10:41 UTC-3"
    assert wording.clock(at, Calendar("Asia/Kathmandu")) == "19:26 UTC+5:45"
    assert wording.clock(at, Calendar("UTC")) == "13:41 UTC"
    assert wording.weekday(0) == "Monday"


@pytest.mark.parametrize(
    ("gap", "said"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=2), "2 min ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=23, minutes=59), "23 hours ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=400), "400 days ago"),
    ],
)
def test_ages_are_told_in_the_largest_whole_unit(gap, said):
    assert wording.ago(NOW - gap, NOW) == said
    assert wording.age(NOW - gap, NOW) == said.replace(" ago", "").replace(
        "just now", "under a minute"
    )


def test_plurals_and_lists_read_like_a_sentence():
    assert wording.plural(1, "check-in") == "1 check-in"
    assert wording.plural(1234, "check-in") == "1,234 check-ins"
    assert wording.plural(0, "reply", "replies") == "0 replies"
    assert wording.listing([]) == ""
    assert wording.listing(["a"]) == "a"
    assert wording.listing(["a", "b", "c"]) == "a, b and c"


@pytest.mark.parametrize("missing", MISSING)
def test_no_function_ever_says_a_technical_word_for_missing(missing):
    said = [
        wording.money(missing),
        wording.dollars(missing),
        wording.count(missing),
        wording.percent(missing),
        wording.hours(missing),
        wording.plural(missing, "user"),
        wording.change(missing, 5),
        wording.change(5, missing),
        wording.points(missing, missing),
        wording.confirmation(missing, missing),
        wording.status(missing),
        wording.kind(missing),
        wording.reward_type(missing),
        wording.action_code(missing),
        wording.text(missing),
        wording.name(missing),
        wording.note(missing),
        wording.day(missing, NEW_YORK),
        wording.moment(missing, NEW_YORK),
        wording.clock(missing, NEW_YORK),
        wording.ago(missing, NOW),
        wording.age(missing, NOW),
        wording.as_of(missing, NOW, NEW_YORK),
    ]
    for words in said:
        assert words
        assert not TECHNICAL.search(words.replace("none decided", "")), words


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_no_number_is_ever_written_as_nan_or_inf(value):
    for words in (wording.percent(value), wording.hours(value), wording.change(value, 1.0)):
        assert not TECHNICAL.search(words), words
    assert wording.is_missing(value) == (math.isnan(value))


@given(st.text())
def test_text_from_ownli_is_told_verbatim(said):
    assert wording.text(said) == (said if said.strip() else wording.UNKNOWN)
    assert wording.note(said) == (said if said.strip() else "No note was given")
