"""A clicked bar shows exactly the rows it counts."""

from datetime import UTC, datetime

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.analysis import charts, metrics
from pages.analysis.charts import Palette
from pages.analysis.drill import Pick, picks, rows_behind, spoken
from pages.analysis.periods import Calendar, Period

ZONE = Calendar("America/New_York")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PERIOD = Period(datetime(2026, 11, 2).date(), datetime(2026, 11, 24).date())
NOTES = [None, "Photo is blurry", "Plate <b>unreadable</b>", "=1+1"]

ROWS = st.lists(
    st.tuples(
        st.datetimes(datetime(2026, 10, 20), datetime(2026, 11, 24, 12)),
        st.sampled_from(["mileage", "condition", "proof_of_address"]),
        st.sampled_from(["Confirmed", "Declined", "OnHold", "Pending", "Rumoured"]),
        st.sampled_from(NOTES),
    ),
    min_size=1,
    max_size=40,
)


def frame(rows):
    return pd.DataFrame(
        {
            "id": [f"C{n}" for n in range(len(rows))],
            "checked_in_at": pd.to_datetime([row[0] for row in rows], utc=True),
            "updated_at": pd.to_datetime([row[0] for row in rows], utc=True),
            "kind": pd.Categorical([row[1] for row in rows]),
            "status": pd.Categorical([row[2] for row in rows]),
            "note": pd.array([row[3] for row in rows], dtype="str"),
        }
    )


def marks(figure):
    """Every mark of a figure that can be clicked: its customdata and the number it shows."""
    for trace in figure.data:
        custom = trace.customdata if trace.customdata is not None else []
        values = trace.x if getattr(trace, "orientation", None) == "h" else trace.y
        for words, value in zip(custom, values, strict=False):
            yield {"customdata": list(words)}, value


@pytest.mark.parametrize(
    ("chart", "drawn"),
    [
        (
            "submitted",
            lambda rows, all_: charts.submitted(
                metrics.submitted(rows, ZONE, PERIOD), Palette.light()
            ),
        ),
        (
            "by_kind_and_status",
            lambda rows, all_: charts.by_kind_and_status(
                metrics.by_kind_and_status(rows), Palette.light()
            ),
        ),
        ("reasons", lambda rows, all_: charts.reasons(metrics.reasons(rows), Palette.light())),
        (
            "open_by_age",
            lambda rows, all_: charts.open_by_age(metrics.open_by_age(all_, NOW), Palette.light()),
        ),
    ],
)
@settings(max_examples=25)
@given(rows=ROWS)
def test_the_rows_behind_every_mark_are_as_many_as_it_shows(chart, drawn, rows):
    everything = frame(rows)
    of_period = metrics.filtered_check_ins(everything, period=PERIOD, calendar=ZONE)
    seen = 0
    for point, value in marks(drawn(of_period, everything)):
        found = rows_behind(picks(chart, [point]), of_period, everything, ZONE, NOW)
        assert len(found) == value
        seen += len(found)
    if chart == "submitted":
        assert seen == len(of_period)


def test_bars_of_one_chart_add_up_and_bars_of_two_narrow_each_other_down():
    rows = frame(
        [
            (datetime(2026, 11, 10), "mileage", "Confirmed", None),
            (datetime(2026, 11, 10), "condition", "Confirmed", None),
            (datetime(2026, 11, 17), "mileage", "Confirmed", None),
        ]
    )
    one = Pick("submitted", "2026-W46", "Confirmed")
    two = Pick("submitted", "2026-W47", "Confirmed")
    kind = Pick("by_kind_and_status", "mileage", "Confirmed")
    assert list(rows_behind([one], rows, rows, ZONE, NOW)["id"]) == ["C0", "C1"]
    assert list(rows_behind([one, two], rows, rows, ZONE, NOW)["id"]) == ["C0", "C1", "C2"]
    assert list(rows_behind([one, kind], rows, rows, ZONE, NOW)["id"]) == ["C0"]


def test_nothing_clicked_shows_the_period():
    rows = frame([(datetime(2026, 11, 10), "mileage", "Confirmed", None)])
    assert rows_behind([], rows, rows.iloc[:0], ZONE, NOW) is rows


def test_a_pick_is_said_in_words():
    assert spoken(Pick("submitted", "2026-W46", "OnHold")) == "On hold, 2026-W46"
    assert spoken(Pick("reasons", "", "Declined")) == "Declined, No note was given"
