"""Lists of bars with their words above them, which stay readable on a phone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from pages.analysis import wording
from pages.analysis.charts.canvas import SMALL, Canvas, nothing, plain, status_patterns, wrapped
from pages.analysis.charts.palette import Palette
from pages.analysis.terms import CONFIRMED, in_order

LABEL_WIDTH = 46
"""Letters of a line that fit above a bar at 390 pixels."""
_ROW = 46
_LINE = 16
_FIRST = 30
_LETTER = 0.0225
"""The share of a 330 pixel wide plot that one letter behind a bar takes."""
STAGES = {
    "submitted": "Submitted",
    "decided": "Decided",
    "confirmed": "Confirmed",
    "rewarded": "Rewarded",
    "claimed": "Claimed",
}


@dataclass(frozen=True)
class Row:
    """One bar: key and status for a click, its words above (escaped) and behind, its value."""

    key: str
    status: str
    label: str
    value: float
    said: str
    hover: str
    color: str


def reasons(frame: pd.DataFrame, palette: Palette, n: int = 8) -> go.Figure:
    """The n most frequent of `metrics.reasons`; customdata[0] is the note, "" for none."""
    rows = [
        Row(
            key=wording.text(row["note"], ""),
            status=row["status"],
            label=wrapped(wording.note(row["note"]), LABEL_WIDTH),
            value=int(row["count"]),
            said=f"{wording.count(row['count'])} {wording.status(row['status']).lower()}",
            hover=f"{wrapped(wording.note(row['note']), 60, 6)}<br>"
            f"{wording.plural(row['count'], 'check-in')} {wording.status(row['status']).lower()}, "
            f"{wording.percent(row['share'])} of all of these.",
            color=palette.status(row["status"]),
        )
        for _, row in frame.head(n).iterrows()
    ]
    return _bars(rows, palette)


def rewards_by(
    frame: pd.DataFrame, palette: Palette, *, measure: str = "amount_cents", n: int = 10
) -> go.Figure:
    """The first n of `metrics.rewards_by`, in dollars (measure "amount_cents") or "count"."""
    by = str(frame.columns[0])
    write = {
        "status": wording.status,
        "type": wording.reward_type,
        "action_code": wording.action_code,
    }[by]
    in_money = measure == "amount_cents"
    rows = [
        Row(
            key=wording.text(row[by], ""),
            status=wording.text(row[by], "") if by == "status" else "",
            label=wrapped(write(row[by]), LABEL_WIDTH),
            value=int(row[measure]) / (100 if in_money else 1),
            said=wording.money(row["amount_cents"]) if in_money else wording.count(row["count"]),
            hover=f"{plain(write(row[by]))}: {_money_in(row)}.{_lacking(row['without_amount'])}",
            color=palette.status(wording.text(row[by])) if by == "status" else palette.accent,
        )
        for _, row in frame[frame["count"] > 0].head(n).iterrows()
    ]
    return _bars(rows, palette)


def outstanding_by_age(frame: pd.DataFrame, palette: Palette) -> go.Figure:
    """Bars of `metrics.outstanding_by_age` in dollars; customdata[0] is the age."""
    if not frame["count"].sum():
        return nothing(palette, "Nothing is outstanding")
    rows = [
        Row(
            key=row["age"],
            status=CONFIRMED,
            label=f"{_sentence_case(row['age'])}{_muted(palette, row['count'])}",
            value=int(row["amount_cents"]) / 100,
            said=wording.money(row["amount_cents"]),
            hover=f"{_sentence_case(row['age'])}: {_money_in(row)} outstanding."
            f"{_lacking(row['without_amount'])}",
            color=palette.confirmed,
        )
        for _, row in frame.iterrows()
    ]
    return _bars(rows, palette)


def top_earners(frame: pd.DataFrame, palette: Palette) -> go.Figure:
    """Bars of `metrics.top_earners` in dollars; customdata[0] is the owner's id."""
    rows = [
        Row(
            key=row["owner_id"],
            status="",
            label=f"{plain(wording.name(row['owner_name']), LABEL_WIDTH - 14)}"
            f"{_muted(palette, row['count'])}",
            value=int(row["amount_cents"]) / 100,
            said=wording.money(row["amount_cents"]),
            hover=f"{plain(wording.name(row['owner_name']), 80)}: {_money_in(row)} earned."
            f"{_lacking(row['without_amount'])}",
            color=palette.confirmed,
        )
        for _, row in frame.iterrows()
    ]
    return _bars(rows, palette)


def funnel(frame: pd.DataFrame, palette: Palette) -> go.Figure:
    """Bars of `metrics.funnel`, every loss named; customdata is [stage, "", sentence]."""
    submitted = frame["count"].iloc[0] if len(frame) else 0
    if not submitted:
        return nothing(palette)
    rows = []
    for _, row in frame.iterrows():
        name = STAGES.get(row["stage"], row["stage"])
        share = "" if row["stage"] == "submitted" else f" ({wording.percent(row['share'])})"
        label = f"<b>{name}</b> {wording.count(row['count'])}{share}"
        lost = ""
        if row["lost"]:
            loss = wrapped(f"Lost: {row['loss']}", LABEL_WIDTH + 4, 3)
            label += f'<br><span style="color:{palette.muted}">{loss}</span>'
            lost = f" {wording.count(row['lost'])} lost: {plain(row['loss'])}."
        rows.append(
            Row(
                key=row["stage"],
                status="",
                label=label,
                value=int(row["count"]),
                said="",
                hover=f"{name}: {wording.count(row['count'])} of "
                f"{wording.plural(submitted, 'check-in')} submitted.{lost}",
                color=palette.claimed if row["stage"] == "claimed" else palette.accent,
            )
        )
    return _bars(rows, palette)


def by_kind_and_status(frame: pd.DataFrame, palette: Palette) -> go.Figure:
    """Bars of `metrics.by_kind_and_status`, one a kind; customdata is [kind, status, sentence]."""
    return _stacked(frame, palette, "kind", wording.kind)


def open_by_age(frame: pd.DataFrame, palette: Palette) -> go.Figure:
    """Bars of `metrics.open_by_age`, one an age; customdata is [age, status, sentence]."""
    return _stacked(frame, palette, "age", _sentence_case, "Nothing is open")


def _stacked(
    frame: pd.DataFrame,
    palette: Palette,
    by: str,
    write: Callable[[Any], str],
    nothing_said: str = "Nothing in this period",
) -> go.Figure:
    if not frame["count"].sum():
        return nothing(palette, nothing_said)
    totals = frame.groupby(by, sort=False)["count"].sum()
    groups = list(totals.index)
    tops = _tops([1] * len(groups))
    place = dict(zip(groups, tops, strict=True))
    canvas = Canvas(palette, 40 + round(-tops[-1]) + 26, legend=True)
    statuses = in_order(frame["status"].unique())
    patterns = status_patterns(palette, statuses)
    for status in statuses:
        part = frame[frame["status"] == status]
        numbers = part["count"].to_numpy("int64")
        name = plain(wording.status(status), 24)
        marker: dict[str, Any] = {
            "color": palette.status(status),
            "line": {"width": 1, "color": palette.background},
        }
        if patterns[status]:
            marker["pattern"] = {
                "shape": patterns[status],
                "size": 6,
                "solidity": 0.45,
                "fgcolor": palette.status(status),
            }
        canvas.add(
            "bar",
            name=name,
            orientation="h",
            x=numbers,
            y=[place[group] for group in part[by]],
            width=18,
            marker=marker,
            customdata=[
                [
                    group,
                    status,
                    f"{plain(write(group))}: {wording.count(number)} {name.lower()} of "
                    f"{wording.plural(totals[group], 'check-in')}.",
                ]
                for group, number in zip(part[by], numbers, strict=True)
            ],
        )
    for group in groups:
        label = f"{plain(write(group), LABEL_WIDTH)} <b>{wording.count(totals[group])}</b>"
        canvas.label(label, x=0, y=place[group] + 11, yref="y", yanchor="bottom")
    canvas.set(barmode="stack")
    return _finished(canvas, float(totals.max()), tops, 1.02)


def _bars(rows: Sequence[Row], palette: Palette) -> go.Figure:
    if not rows:
        return nothing(palette)
    tops = _tops([row.label.count("<br>") + 1 for row in rows])
    canvas = Canvas(palette, round(-tops[-1]) + 30)
    canvas.add(
        "bar",
        orientation="h",
        x=[row.value for row in rows],
        y=tops,
        width=14,
        marker={"color": [row.color for row in rows], "line": {"width": 0}},
        customdata=[[row.key, row.status, row.hover] for row in rows],
        text=[row.said for row in rows],
        textposition="outside",
        textfont={"size": SMALL, "color": palette.text},
        cliponaxis=False,
        constraintext="none",
    )
    for row, top in zip(rows, tops, strict=True):
        canvas.label(row.label, x=0, y=top + 9, yref="y", yanchor="bottom")
    longest = max(len(row.said) for row in rows)
    room = 1 / (1 - min(_LETTER * longest, 0.6))
    return _finished(canvas, max(row.value for row in rows), tops, 1.02 * room)


def _tops(lines: Sequence[int]) -> list[float]:
    """Where each bar lies below the top, in pixels, under that many lines of words."""
    at, tops = float(_ROW - _FIRST), []
    for count in lines:
        at -= _ROW + _LINE * (count - 1)
        tops.append(at)
    return tops


def _finished(canvas: Canvas, largest: float, tops: Sequence[float], room: float) -> go.Figure:
    canvas.set(
        xaxis={"range": [0, max(largest, 1) * room], "visible": False, "fixedrange": True},
        yaxis={"range": [tops[-1] - 14, 0], "visible": False, "fixedrange": True},
    )
    return canvas.drawn()


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


def _muted(palette: Palette, count: Any) -> str:
    said = wording.plural(count, "reward")
    return f' <span style="color:{palette.muted}">{said}</span>'


def _money_in(row: pd.Series) -> str:
    return f"{wording.money(row['amount_cents'])} in {wording.plural(row['count'], 'reward')}"


def _lacking(without_amount: int) -> str:
    if not without_amount:
        return ""
    return f" {wording.count(without_amount)} of them without an amount."
