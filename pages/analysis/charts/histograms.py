"""How things are spread: lengths of time, sizes of payouts, and the hours of the week."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pages.analysis import wording
from pages.analysis.charts.canvas import (
    SMALL,
    Canvas,
    nothing,
    short_count,
    value_axis,
    words_axis,
)
from pages.analysis.charts.palette import Palette
from pages.analysis.metrics import Durations

_HEIGHT = 240
_ONE_LINE = 6
"""Letters of a label that fit under one of eight columns at 390 pixels."""
_HOURS = (0, 6, 12, 18)


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
    return _columns(labels, frame["count"], said, palette, palette.claimed, "")


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
    colors, most = palette.sequential, int(counts.max())
    canvas = Canvas(palette, _HEIGHT)
    canvas.add(
        "heatmap",
        z=counts,
        x=list(range(24)),
        y=list(range(7)),
        customdata=said,
        colorscale=[[n / (len(colors) - 1), color] for n, color in enumerate(colors)],
        zmin=0,
        zmax=most,
        xgap=2,
        ygap=2,
        showscale=False,
    )
    # A legend of its own: the scale is one glance, not a second chart.
    steps = "".join(f'<span style="color:{color}">■</span>' for color in colors)
    canvas.note(f"0 {steps} {wording.count(most)} an hour", x=0, y=1, yanchor="bottom", yshift=8)
    quiet = {
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "automargin": True,
        "ticks": "",
        "tickmode": "array",
        "tickangle": 0,
        "tickfont": {"size": SMALL, "color": palette.muted},
        "ticklabelstandoff": 4,
    }
    canvas.set(
        margin=canvas.layout["margin"] | {"t": 36},
        xaxis=quiet | {"tickvals": _HOURS, "ticktext": [f"{hour:02d}:00" for hour in _HOURS]},
        yaxis=quiet
        | {
            "tickvals": list(range(7)),
            "ticktext": [wording.weekday(day)[:3] for day in range(7)],
            "range": [6.5, -0.5],
        },
    )
    return canvas.drawn()


def _lengths(durations: Durations, palette: Palette, verb: str, noun: str) -> go.Figure:
    if not durations.n:
        return nothing(palette)
    bins = durations.histogram
    said = [
        f"{label[:1].upper()}{label[1:]}: {wording.plural(count, noun)} {verb}, "
        f"{wording.percent(count / durations.n)}."
        for label, count in zip(bins["label"], bins["count"], strict=True)
    ]
    words = (
        f"Median <b>{wording.hours(durations.median_hours)}</b>, "
        f"9 in 10 within <b>{wording.hours(durations.p90_hours)}</b>"
    )
    return _columns(bins["label"].tolist(), bins["count"], said, palette, palette.accent, words)


def _columns(
    labels: Sequence[str],
    counts: pd.Series,
    said: Sequence[str],
    palette: Palette,
    color: str,
    words: str,
) -> go.Figure:
    numbers = np.array(counts, dtype="int64")
    if not numbers.sum():
        return nothing(palette)
    canvas = Canvas(palette, _HEIGHT)
    canvas.add(
        "bar",
        x=list(labels),
        y=numbers,
        marker={"color": color, "line": {"width": 0}},
        customdata=[[label, "", sentence] for label, sentence in zip(labels, said, strict=True)],
        text=[short_count(float(number)) for number in numbers],
        textposition="outside",
        textfont={"size": SMALL, "color": palette.text},
        cliponaxis=False,
        constraintext="none",
    )
    axis = value_axis(palette, float(numbers.max()), short_count, headroom=1.12)
    canvas.set(
        yaxis=axis | {"showticklabels": False, "showgrid": False},
        xaxis=words_axis(palette, labels, [_two_lines(label) for label in labels])
        | {"tickfont": {"size": 11, "color": palette.muted}},
        bargap=0.15,
    )
    if words:
        canvas.set(margin=canvas.layout["margin"] | {"t": 36})
        canvas.note(words, x=0, y=1, yanchor="bottom", yshift=8)
    return canvas.drawn()


def _two_lines(label: str) -> str:
    """`12–24 h` as `12–24` over `h`, `$100–250` as `$100–` over `250`."""
    first, space, rest = label.partition(" ")
    if space:
        return f"{first}<br>{rest}"
    first, dash, rest = label.partition("–")
    return f"{first}–<br>{rest}" if dash and len(label) > _ONE_LINE else f"{label}<br> "
