"""What escaping promises: text from Ownli shows itself and does nothing."""

import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.access.escaping import JOINER, inert

ACTIVE = set("\\`*_{}[]()#+-.!|<>~$:&@=/^\"'")
CASES = [
    "![x](http://evil.example/x.png)",
    "[click](javascript:alert(1))",
    "[click](http://evil.example)",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<http://evil.example>",
    "http://evil.example",
    "jane@mail.com",
    ":red[paid]",
    ":material/verified: verified",
    ":rainbow-background[x]",
    "$\\frac{1}{2}$",
    "**bold** _it_ ~~no~~",
    "# heading",
    "- list",
    "1. list",
    "| a | b |",
    "`code` ^up^ &amp; -> <!-- no -->",
]


@pytest.mark.parametrize("case", CASES)
def test_no_character_that_markdown_acts_on_is_left_without_its_backslash(case):
    rest = re.sub(r"\\.", "", inert(case))
    assert not ACTIVE & set(rest)


@given(st.text())
def test_taking_the_backslashes_away_gives_the_text_on_one_line(text):
    shown = re.sub(r"\\(.)", r"\1", inert(text))
    assert shown.replace(JOINER, "") == " ".join(text.split()).replace(JOINER, "")


@given(st.text())
def test_nothing_active_survives_in_any_text(text):
    assert not ACTIVE & set(re.sub(r"\\.", "", inert(text)))


# What remark-gfm makes links of in text that is escaped already, and Streamlit arrows of.
LATE = re.compile(
    r"https?://|www\.|[-.\w+]@[-\w]|:streamlit:|->|<-|--|>=|<=|~=", re.IGNORECASE | re.ASCII
)


@given(
    st.lists(
        st.sampled_from(
            [
                *("http", "HTTPS", "://", "www", "WWW", ".", "@", "a", "é", "-", ">", "<", "="),
                *("~", ":streamlit:", " ", "mail.com", "_", "+"),
            ]
        )
    ).map("".join)
)
def test_what_a_renderer_would_link_after_reading_escapes_is_taken_apart(text):
    assert not LATE.search(re.sub(r"\\(.)", r"\1", inert(text)))


@pytest.mark.parametrize("plain", ["08:41 ET", "Nov 16, 2026", "2026-11-16", "on-hold", "$1.50"])
def test_ordinary_text_gets_no_invisible_character(plain):
    assert JOINER not in inert(plain)


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, pd.NaT])
def test_missing_text_is_empty(missing):
    assert inert(missing) == ""
