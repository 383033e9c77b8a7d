"""How things are spread: lengths of time, sizes of payouts, and the hours of the week."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pages.analysis import wording
from pages.analysis.charts.layout import HOVER, figure, note, nothing, short_count, value_axis
from pages.analysis.charts.palette import Palette
from pages.analysis.metrics import Durations


def time_to_decision(durations: Durations, palette: Palette) -> go.Figure:
    """Bars of `metrics.time_to_decision`, with median and 90th percentile in words."""
    return _lengths(durations, palette, "decided", "check-in")


def time_to_claim(durations: Durations, palette: Palette) -> go.Figure:
    """Bars of `metrics.time_to_claim`, with median and 90th percentile in words."""
    return _lengths(durations, palette, "claimed", "reward")


def payout_sizes(frame: pd.DataFrame, palette: Palette) -> go.Figure:
    """Bars of `metrics.payout_sizes`; customdata is [label, "", sentence]."""
    labels = frame["label"].tolist()
    said = [
        f"{label[:1].upper()}{label[1:]}: {wording.plural(count, 'payout')}, "
        f"{wording.money(cents)} together."
        for label, count, cents in zip(labels, frame["count"], frame["amount_cents"], strict=True)
    ]
    return _columns(labels, frame["count"], said, palette, palette.claimed)


def by_weekday_and_hour(frame: pd.DataFrame, palette: Palette) -> go.Figure:
    """A heat map of `metrics.by_weekday_and_hour`, Monday on top.

    customdata is [weekday, hour, sentence].
    """
    counts = frame["count"].to_numpy("int64").reshape(7, 24)
    if not counts.sum():
        return nothing(palette)
    said = [
        [
            [
                day,
                hour,
                f"{wording.weekday(day)}, {hour:02d}:00–{(hour + 1) % 24:02d}:00: "
                f"{wording.plural(counts[day, hour], 'check-in')}.",
            ]
            for hour in range(24)
        ]
        for day in range(7)
    ]
    colors = palette.sequential
    drawn = figure(palette, 250, legend=False)
    drawn.add_heatmap(
        z=counts,
        x=list(range(24)),
        y=list(range(7)),
        customdata=said,
        hovertemplate=HOVER,
        colorscale=[[n / (len(colors) - 1), color] for n, color in enumerate(colors)],
        zmin=0,
        zmax=max(int(counts.max()), 1),
        xgap=2,
        ygap=2,
        colorbar={
            "orientation": "h",
            "x": 1,
            "xanchor": "right",
            "y": 1.02,
            "yanchor": "bottom",
            "len": 0.4,
            "thickness": 8,
            "outlinewidth": 0,
            "tickmode": "array",
            "tickvals": [0, int(counts.max())],
            "ticktext": ["0", f"{wording.count(counts.max())} an hour"],
            "tickfont": {"size": 12, "color": palette.muted},
            "ticklabelposition": "outside top",
        },
    )
    quiet = {"fixedrange": True, "showgrid": False, "zeroline": False, "automargin": True}
    drawn.update_layout(
        margin={"t": 44},
        xaxis=quiet
        | {
            "tickmode": "array",
            "tickvals": [0, 6, 12, 18, 23],
            "ticktext": ["00:00", "06:00", "12:00", "18:00", "23:00"],
            "tickfont": {"size": 12, "color": palette.muted},
            "tickangle": 0,
        },
        yaxis=quiet
        | {
            "tickmode": "array",
            "tickvals": list(range(7)),
            "ticktext": [wording.weekday(day)[:3] for day in range(7)],
            "tickfont": {"size": 12, "color": palette.muted},
            "range": [6.5, -0.5],
        },
    )
    return drawn


def _lengths(durations: Durations, palette: Palette, verb: str, noun: str) -> go.Figure:
    if not durations.n:
        return nothing(palette)
    bins = durations.histogram
    said = [
        f"{label[:1].upper()}{label[1:]}: {wording.plural(count, noun)} {verb}, "
        f"{wording.percent(count / durations.n)}."
        for label, count in zip(bins["label"], bins["count"], strict=True)
    ]
    drawn = _columns(bins["label"].tolist(), bins["count"], said, palette, palette.accent)
    words = (
        f"Median <b>{wording.hours(durations.median_hours)}</b>, "
        f"9 in 10 within <b>{wording.hours(durations.p90_hours)}</b>"
    )
    drawn.update_layout(margin={"t": 36})
    return note(drawn, palette, words, x=0, y=1, yanchor="bottom", yshift=8)


def _columns(
    labels: Sequence[str], counts: pd.Series, said: Sequence[str], palette: Palette, color: str
) -> go.Figure:
    numbers = np.array(counts, dtype="int64")
    if not numbers.sum():
        return nothing(palette)
    drawn = figure(palette, 240)
    drawn.add_bar(
        x=list(labels),
        y=numbers,
        marker={"color": color, "line": {"width": 0}},
        customdata=[[label, "", words] for label, words in zip(labels, said, strict=True)],
        hovertemplate=HOVER,
        text=[short_count(float(number)) for number in numbers],
        textposition="outside",
        textfont={"size": 12, "color": palette.text},
        cliponaxis=False,
        constraintext="none",
    )
    axis = value_axis(palette, float(numbers.max()), short_count, headroom=1.12)
    drawn.update_layout(
        yaxis=axis | {"showticklabels": False},
        xaxis={
            "type": "category",
            "tickmode": "array",
            "tickvals": list(labels),
            "ticktext": [_two_lines(label) for label in labels],
            "tickangle": 0,
            "tickfont": {"size": 11, "color": palette.muted},
            "fixedrange": True,
            "showgrid": False,
            "automargin": True,
        },
        bargap=0.15,
    )
    return drawn


def _two_lines(label: str) -> str:
    """`12–24 h` as `12–24` over `h`; `over 7 days` as `over` over `7 days`."""
    first, _, rest = label.partition(" ")
    return f"{first}<br>{rest}" if rest else f"{label}<br> "
