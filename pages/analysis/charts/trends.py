"""Bars by week or by day."""

from __future__ import annotations

from collections.abc import Callable, Hashable
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
    hatch,
    in_progress,
    nothing,
    progress,
    short_count,
    short_money,
    value_axis,
)
from pages.analysis.charts.palette import Palette
from pages.analysis.periods import Running

_PATTERNS = ("", ".", "x", "+")
"""Tell several unknown words apart, which are all grey."""


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
    """Pairs of bars of `metrics.earned_and_claimed` in dollars; a list not loaded has no bars."""
    known = frame[frame["amount_cents"].notna()]
    if known.empty:
        return nothing(palette)
    drawn = figure(palette, legend=True)
    keys = list(dict.fromkeys(frame["key"]))
    looks = (
        ("earned", "Rewards earned", palette.confirmed, "reward"),
        ("claimed", "Payouts claimed", palette.claimed, "payout"),
    )
    for what, name, color, noun in looks:
        part = known[known["what"] == what]
        if len(part):
            drawn.add_bar(name=name, **_money_bars(part, color, running, (what, noun), what))
    drawn.update_layout(barmode="group", bargap=0.28, bargroupgap=0.08)
    return _finished(drawn, palette, keys, known["amount_cents"].max() / 100, short_money, running)


def new_users_per_week(
    frame: pd.DataFrame, palette: Palette, *, running: Running | None = None
) -> go.Figure:
    """Bars of `metrics.new_users_per_week`; a week that is not known has no bar."""
    known = frame[frame["count"].notna()]
    if known.empty:
        return nothing(palette)
    drawn = figure(palette)
    keys = known["key"].tolist()
    said = [
        f"{bucket_name(key)}:<br>{wording.plural(n, 'new user')}.{progress(running, key)}"
        for key, n in zip(keys, known["count"], strict=True)
    ]
    drawn.add_bar(
        x=keys,
        y=known["count"].to_numpy("int64"),
        marker=hatch(keys, running, palette.accent),
        customdata=[[key, "", words] for key, words in zip(keys, said, strict=True)],
        hovertemplate=HOVER,
    )
    return _finished(
        drawn, palette, frame["key"].tolist(), known["count"].max(), short_count, running
    )


def _by_status(
    frame: pd.DataFrame,
    palette: Palette,
    running: Running | None,
    measure: str,
    words: Callable[[dict[Hashable, Any], pd.Series], str],
    write: Callable[[float], str],
) -> go.Figure:
    if frame.empty or not frame["count"].sum():
        return nothing(palette)
    drawn = figure(palette, legend=True)
    keys = list(dict.fromkeys(frame["key"]))
    totals = frame.groupby("key", sort=False)[sorted({"count", measure})].sum()
    size = 100 if measure == "amount_cents" else 1
    greys = 0
    for status, part in frame.groupby("status", sort=False):
        marker = hatch(part["key"].tolist(), running, palette.status(str(status)))
        marker["line"] = {"width": 1, "color": palette.background}
        if marker["color"] == palette.other:
            pattern = _PATTERNS[greys % len(_PATTERNS)]
            marker["pattern"]["shape"] = [shape or pattern for shape in marker["pattern"]["shape"]]
            greys += 1
        drawn.add_bar(
            name=plain(wording.status(status), 24),
            x=part["key"].tolist(),
            y=part[measure].to_numpy("int64") / size,
            marker=marker,
            customdata=[
                [
                    row["key"],
                    row["status"],
                    words(row, totals.loc[row["key"]]) + progress(running, row["key"]),
                ]
                for row in part.to_dict("records")
            ],
            hovertemplate=HOVER,
        )
    drawn.update_layout(barmode="stack")
    return _finished(drawn, palette, keys, totals[measure].max() / size, write, running)


def _check_in_words(row: dict[Hashable, Any], total: pd.Series) -> str:
    return (
        f"{bucket_name(row['key'])}:<br>{wording.count(row['count'])} {_status(row)} of "
        f"{wording.plural(total['count'], 'check-in')} submitted."
    )


def _reward_words(row: dict[Hashable, Any], total: pd.Series) -> str:
    return (
        f"{bucket_name(row['key'])}:<br>{wording.money(row['amount_cents'])} {_status(row)} of "
        f"{wording.money(total['amount_cents'])} granted."
    )


def _status(row: dict[Hashable, Any]) -> str:
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
    drawn = figure(palette)
    drawn.add_bar(**_money_bars(frame, color, running, words, ""))
    largest = max(frame["amount_cents"].max(), 0) / 100
    return _finished(drawn, palette, frame["key"].tolist(), largest, short_money, running)


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
        "customdata": [[key, status, words_] for key, words_ in zip(keys, said, strict=True)],
        "hovertemplate": HOVER,
    }


def _finished(
    drawn: go.Figure,
    palette: Palette,
    keys: list[str],
    largest: float,
    write: Callable[[float], str],
    running: Running | None,
) -> go.Figure:
    drawn.update_layout(xaxis=bucket_axis(keys), yaxis=value_axis(palette, float(largest), write))
    drawn.update_xaxes(tickfont={"size": 12, "color": palette.muted})
    if running is not None:
        in_progress(drawn, palette, running, keys)
    return drawn
