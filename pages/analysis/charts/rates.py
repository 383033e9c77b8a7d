"""The confirmation rate as lines, one a kind."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from pages.analysis import wording
from pages.analysis.charts.inert import plain
from pages.analysis.charts.layout import (
    SMALL,
    Canvas,
    bucket_axis,
    bucket_name,
    nothing,
    progress,
)
from pages.analysis.charts.palette import Palette
from pages.analysis.periods import Running
from pages.analysis.terms import MINIMUM_DECIDED

_DASHES = {"all": "solid", "mileage": "solid", "condition": "dash", "proof_of_address": "dot"}
_SYMBOLS = {"all": "circle", "mileage": "square", "condition": "diamond"}
_FINE, _COARSE = 5, 10
"""Steps of the axis in percent: the coarse one where rates differ by more than 30 points."""


def confirmation_rate_per_week(
    frame: pd.DataFrame, palette: Palette, *, running: Running | None = None
) -> go.Figure:
    """Lines of `metrics.confirmation_rate_per_week`; customdata is [key, kind, sentence].

    A week with fewer than 30 decided has no point: a rate of so few says nothing.
    """
    if not frame["decided"].sum():
        return nothing(palette)
    enough = frame["decided"] >= MINIMUM_DECIDED
    if not enough.any():
        said = f"Fewer than {MINIMUM_DECIDED} decided in every week:<br>the table has the counts"
        return nothing(palette, said)
    canvas = Canvas(palette, legend=True)
    for kind, part in frame.groupby("kind", sort=False):
        drawable = part["decided"] >= MINIMUM_DECIDED
        if drawable.any():
            canvas.add("scatter", **_line(str(kind), part, palette, running))
    keys = list(dict.fromkeys(frame["key"]))
    lowest = math.floor(float(frame["rate"][enough].min()) * 100 / _FINE) * _FINE
    step = _FINE if lowest >= 70 else _COARSE if lowest >= 50 else 2 * _COARSE
    ticks = list(range(100, lowest - 1, -step))[::-1]
    canvas.set(
        xaxis=bucket_axis(palette, keys),
        yaxis={
            "range": [lowest / 100 - 0.02, 1.015],
            "tickmode": "array",
            "tickvals": [value / 100 for value in ticks],
            "ticktext": [f"{value}%" for value in ticks],
            "tickfont": {"size": SMALL, "color": palette.muted},
            "ticklabelstandoff": 4,
            "fixedrange": True,
            "gridcolor": palette.grid,
            "zeroline": False,
            "automargin": True,
            "ticks": "",
        },
    )
    if running is not None and running.week.code in set(frame["key"][enough]):
        canvas.note(f"◯ {running.words}", x=1, y=0, xanchor="right", yanchor="bottom")
    return canvas.drawn()


def _line(
    kind: str, part: pd.DataFrame, palette: Palette, running: Running | None
) -> dict[str, Any]:
    color = palette.kind(kind)
    rates = part["rate"].where(part["decided"] >= MINIMUM_DECIDED)
    symbol = _SYMBOLS.get(kind, "triangle-up")
    return {
        "name": plain(wording.kind(kind), 24),
        "mode": "lines+markers",
        "x": part["key"].tolist(),
        "y": [None if pd.isna(rate) else float(rate) for rate in rates],
        "line": {
            "color": color,
            "width": 3 if kind == "all" else 2,
            "dash": _DASHES.get(kind, "dashdot"),
        },
        "marker": {
            "color": color,
            "size": 8 if kind == "all" else 7,
            "symbol": [
                f"{symbol}-open" if running is not None and running.holds(key) else symbol
                for key in part["key"]
            ],
            "line": {"color": color, "width": 1.5},
        },
        "customdata": [[row["key"], kind, _words(row, running)] for row in part.to_dict("records")],
        "connectgaps": False,
    }


def _words(row: dict[Hashable, Any], running: Running | None) -> str:
    rate = wording.confirmation(row["confirmed"], row["declined"])
    return (
        f"{bucket_name(row['key'])}, {plain(wording.kind(row['kind'])).lower()}:<br>"
        f"{rate} confirmed ({wording.count(row['confirmed'])} of "
        f"{wording.count(row['decided'])} decided), {wording.count(row['undecided'])} undecided."
        f"{progress(running, row['key'])}"
    )
