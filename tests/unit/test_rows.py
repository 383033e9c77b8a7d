"""Which rows of a long table are shown, and in which order."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from pages.analysis.rows import matching, ordered


@given(st.lists(st.one_of(st.none(), st.integers(-5, 5))), st.booleans())
def test_rows_are_in_order_and_missing_values_come_last(values, falling):
    series = pd.Series(values, dtype="Int64")
    shown = [values[at] for at in ordered(series.to_frame("n"), "n", falling)]
    known = [value for value in values if value is not None]
    assert shown[: len(known)] == sorted(known, reverse=falling)
    assert shown[len(known) :] == [None] * (len(values) - len(known))


def test_a_search_finds_any_case_in_any_of_the_columns_and_takes_no_pattern():
    frame = pd.DataFrame({"name": ["Ann", "Bo", None], "note": ["blurry", "a.b", "x"]})
    assert list(matching(frame, "ANN", ("name", "note")).index) == [0]
    assert list(matching(frame, "a.b", ("name", "note")).index) == [1]
    assert list(matching(frame, "  ", ("name", "note")).index) == [0, 1, 2]
