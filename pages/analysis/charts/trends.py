"""Bars by week or by day, and the confirmation rate as lines, one a kind."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from pages.analysis import wording
from pages.analysis.charts.canvas import (
    SMALL,
    Canvas,
    bucket_axis,
    bucket_name,
    hatch,
    nothing,
    plain,
    progress,
    running_note,
    short_count,
    short_money,
    status_patterns,
    value_axis,
)
from pages.analysis.charts.palette import Palette
from pages.analysis.periods import Running
from pages.analysis.terms import MINIMUM_DECIDED

_Facts = dict[Hashable, Any]
_DASHES = {"all": "solid", "mileage": "solid", "condition": "dash", "proof_of_address": "dot"}
_SYMBOLS = {"all": "circle", "mileage": "square", "condition": "diamond"}
_FINE, _COARSE = 5, 10
"""Steps of the axis in percent: the coarse one where rates differ by more than 30 points."""


def submitted(
    frame: pd.DataFrame, palette: Palette, *, running: Running | None = None
) -> go.Figure:
    """Bars of `metrics.submitted`, stacked by status; customdata is [key, status, sentence]."""
    return _by_status(frame, palette, running, "count", _check_in_words, short_count)


def rewards_per_week(
    frame: pd.DataFrame, palette: Palette, *, running: Running | None = None
) -> go.Figure:
    """Bars of `metrics.rewards_per_week` in dollars, stacked by status."""
    return _by_status(frame, palette, running, "amount_cents", _reward_words, short_money)


def earned_per_week(
    frame: pd.DataFrame, palette: Palette, *, running: Running | None = None
) -> go.Figure:
    """Bars of `metrics.earned_per_week` in dollars."""
    return _money(frame, palette, palette.confirmed, running, ("earned", "reward"))


def claimed_per_week(
    frame: pd.DataFrame, palette: Palette, *, running: Running | None = None
) -> go.Figure:
    """Bars of `metrics.claimed_per_week` in dollars."""
    return _money(frame, palette, palette.claimed, running, ("claimed", "payout"))


def earned_and_claimed(
    frame: pd.DataFrame, palette: Palette, *, running: Running | None = None
) -> go.Figure:
    """Pairs of bars of `metrics.earned_and_claimed` in dollars; customdata[1] says which.

    A list that is not loaded has no bars.
    """
    known = frame[frame["amount_cents"].notna()]
    if known.empty or not known["count"].sum():
        return nothing(palette)
    canvas = Canvas(palette, legend=True)
    looks = (
        ("earned", "Rewards earned", palette.confirmed, "reward"),
        ("claimed", "Payouts claimed", palette.claimed, "payout"),
    )
    for what, name, color, noun in looks:
        part = known[known["what"] == what]
        if len(part):
            canvas.add("bar", name=name, **_money_bars(part, color, running, (what, noun), what))
    canvas.set(barmode="group", bargap=0.28, bargroupgap=0.08)
    keys = list(dict.fromkeys(frame["key"]))
    return _finished(canvas, keys, _dollars(known["amount_cents"].max()), short_money, running)


def new_users_per_week(
    frame: pd.DataFrame, palette: Palette, *, running: Running | None = None
) -> go.Figure:
    """Bars of `metrics.new_users_per_week`; a week that is not known has no bar."""
    known = frame[frame["count"].notna()]
    if known.empty:
        return nothing(palette)
    canvas = Canvas(palette)
    keys = known["key"].tolist()
    said = [
        f"{bucket_name(key)}:<br>{wording.plural(n, 'new user')}.{progress(running, key)}"
        for key, n in zip(keys, known["count"], strict=True)
    ]
    canvas.add(
        "bar",
        x=keys,
        y=known["count"].to_numpy("int64"),
        marker=hatch(keys, running, palette.accent),
        customdata=[[key, "", words] for key, words in zip(keys, said, strict=True)],
    )
    return _finished(canvas, frame["key"].tolist(), known["count"].max(), short_count, running)


def _by_status(
    frame: pd.DataFrame,
    palette: Palette,
    running: Running | None,
    measure: str,
    words: Callable[[_Facts, _Facts], str],
    write: Callable[[float], str],
) -> go.Figure:
    if frame.empty or not frame["count"].sum():
        return nothing(palette)
    canvas = Canvas(palette, legend=True)
    sums = frame.groupby("key", sort=False)[sorted({"count", measure})].sum()
    totals = dict(zip(sums.index, sums.to_dict("records"), strict=True))
    patterns = status_patterns(palette, frame["status"].unique().tolist())
    for status, part in frame.groupby("status", sort=False):
        keys, word = part["key"].tolist(), str(status)
        marker = hatch(keys, running, palette.status(word), patterns[word])
        values = part[measure].to_numpy("int64")
        canvas.add(
            "bar",
            name=plain(wording.status(word), 24),
            x=keys,
            y=values / 100 if measure == "amount_cents" else values,
            marker=marker | {"line": {"width": 1, "color": palette.background}},
            customdata=[
                [
                    row["key"],
                    word,
                    words(row, totals[row["key"]]) + progress(running, row["key"]),
                ]
                for row in part.to_dict("records")
            ],
        )
    canvas.set(barmode="stack")
    largest = sums[measure].max()
    if measure == "amount_cents":
        largest = _dollars(largest)
    return _finished(canvas, list(totals), largest, write, running)


def _check_in_words(row: _Facts, total: _Facts) -> str:
    return (
        f"{bucket_name(row['key'])}:<br>{wording.count(row['count'])} {_status(row)} of "
        f"{wording.plural(total['count'], 'check-in')} submitted."
    )


def _reward_words(row: _Facts, total: _Facts) -> str:
    return (
        f"{bucket_name(row['key'])}:<br>{wording.money(row['amount_cents'])} {_status(row)} of "
        f"{wording.money(total['amount_cents'])} granted."
    )


def _status(row: _Facts) -> str:
    return plain(wording.status(row["status"])).lower()


def _money(
    frame: pd.DataFrame,
    palette: Palette,
    color: str,
    running: Running | None,
    words: tuple[str, str],
) -> go.Figure:
    if frame.empty or not frame["count"].sum():
        return nothing(palette)
    canvas = Canvas(palette)
    canvas.add("bar", **_money_bars(frame, color, running, words, ""))
    largest = _dollars(frame["amount_cents"].max())
    return _finished(canvas, frame["key"].tolist(), largest, short_money, running)


def _money_bars(
    frame: pd.DataFrame, color: str, running: Running | None, words: tuple[str, str], status: str
) -> dict[str, Any]:
    keys, (verb, noun) = frame["key"].tolist(), words
    said = [
        f"{bucket_name(key)}:<br>{wording.money(cents)} {verb} in {wording.plural(n, noun)}."
        f"{progress(running, key)}"
        for key, cents, n in zip(keys, frame["amount_cents"], frame["count"], strict=True)
    ]
    return {
        "x": keys,
        "y": frame["amount_cents"].to_numpy("int64") / 100,
        "marker": hatch(keys, running, color),
        "customdata": [[key, status, sentence] for key, sentence in zip(keys, said, strict=True)],
    }


def _dollars(cents: Any) -> float:
    return max(int(cents), 0) / 100


def _finished(
    canvas: Canvas,
    keys: list[Any],
    largest: Any,
    write: Callable[[float], str],
    running: Running | None,
) -> go.Figure:
    canvas.set(
        xaxis=bucket_axis(canvas.palette, keys),
        yaxis=value_axis(canvas.palette, float(largest), write),
    )
    running_note(canvas, running, keys)
    return canvas.drawn()


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
        "customdata": [
            [row["key"], kind, _rate_words(row, running)] for row in part.to_dict("records")
        ],
        "connectgaps": False,
    }


def _rate_words(row: _Facts, running: Running | None) -> str:
    rate = wording.confirmation(row["confirmed"], row["declined"])
    return (
        f"{bucket_name(row['key'])}, {plain(wording.kind(row['kind'])).lower()}:<br>"
        f"{rate} confirmed ({wording.count(row['confirmed'])} of "
        f"{wording.count(row['decided'])} decided), {wording.count(row['undecided'])} undecided."
        f"{progress(running, row['key'])}"
    )
