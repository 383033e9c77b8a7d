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
    HOVER,
    bucket_axis,
    bucket_name,
    figure,
    note,
    nothing,
    progress,
)
from pages.analysis.charts.palette import Palette
from pages.analysis.periods import Running
from pages.analysis.terms import MINIMUM_DECIDED

_DASHES = {"all": "solid", "mileage": "solid", "condition": "dash", "proof_of_address": "dot"}
_SYMBOLS = {"all": "circle", "mileage": "square", "condition": "diamond"}
TOO_FEW = (
    f"Weeks with fewer than {MINIMUM_DECIDED} decided are left out; the table has their counts."
)


def confirmation_rate_per_week(
    frame: pd.DataFrame, palette: Palette, *, running: Running | None = None
) -> go.Figure:
    """Lines of `metrics.confirmation_rate_per_week`; customdata is [key, kind, sentence].

    A week with fewer than 30 decided has no point: a rate of so few says nothing.
    """
    enough = frame[frame["decided"] >= MINIMUM_DECIDED]
    if enough.empty:
        said = f"Fewer than {MINIMUM_DECIDED} decided in every week:<br>the table has the counts"
        return nothing(palette, said if len(frame) else "Nothing in this period")
    drawn = figure(palette, legend=True)
    keys = list(dict.fromkeys(frame["key"]))
    for kind, part in frame.groupby("kind", sort=False):
        drawable = part["decided"] >= MINIMUM_DECIDED
        if not drawable.any():
            continue
        name, color = str(kind), palette.kind(str(kind))
        rates = part["rate"].where(drawable)
        drawn.add_scatter(
            name=plain(wording.kind(name), 24),
            mode="lines+markers",
            x=part["key"].tolist(),
            y=[None if pd.isna(rate) else float(rate) for rate in rates],
            line={
                "color": color,
                "width": 3 if name == "all" else 2,
                "dash": _DASHES.get(name, "dashdot"),
            },
            marker={
                "color": color,
                "size": 8 if name == "all" else 7,
                "symbol": [
                    _SYMBOLS.get(name, "triangle-up")
                    + ("-open" if running is not None and running.holds(key) else "")
                    for key in part["key"]
                ],
                "line": {"color": color, "width": 1.5},
            },
            customdata=[
                [row["key"], name, _words(row, running)] for row in part.to_dict("records")
            ],
            hovertemplate=HOVER,
            connectgaps=False,
        )
    lowest = math.floor(float(enough["rate"].min()) * 10) / 10
    ticks = [n / 10 for n in range(round(lowest * 10), 11)]
    ticks = ticks[:: max(math.ceil(len(ticks) / 6), 1)]
    drawn.update_layout(
        xaxis=bucket_axis(keys),
        yaxis={
            "range": [lowest - 0.02, 1.02],
            "tickmode": "array",
            "tickvals": ticks,
            "ticktext": [f"{round(value * 100)}%" for value in ticks],
            "fixedrange": True,
            "gridcolor": palette.grid,
            "zeroline": False,
            "automargin": True,
            "tickfont": {"size": 12, "color": palette.muted},
        },
    )
    drawn.update_xaxes(tickfont={"size": 12, "color": palette.muted})
    if running is not None and running.week.code in set(enough["key"]):
        note(drawn, palette, f"◯ {running.words}", x=1, y=0, xanchor="right", yanchor="bottom")
    return drawn


def _words(row: dict[Hashable, Any], running: Running | None) -> str:
    rate = wording.confirmation(row["confirmed"], row["declined"])
    return (
        f"{bucket_name(row['key'])}, {plain(wording.kind(row['kind'])).lower()}:<br>"
        f"{rate} confirmed ({wording.count(row['confirmed'])} of "
        f"{wording.count(row['decided'])} decided), {wording.count(row['undecided'])} undecided."
        f"{progress(running, row['key'])}"
    )
