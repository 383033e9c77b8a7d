"""The report's charts as inline SVG, for a file that fetches and runs nothing.

Why our own: Altair with vl-convert-python draws the same in 0.03 s, but brings 84 MB and holds
another 75 MB in each process, and bakes the colours in, while these take them from the page's style
sheet and so follow a dark screen and white paper. The frames are those of `pages.analysis.metrics`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, NamedTuple

import pandas as pd
from markupsafe import Markup

from pages.analysis import wording
from pages.analysis.periods import Period, Running, month_day
from pages.analysis.report.table import Chart
from pages.analysis.terms import CLAIMED, CONFIRMED, KINDS, MINIMUM_DECIDED, STATUS_ORDER

Value = float | None
_LEFT, _RIGHT, _TOP, _BOTTOM = 46.0, 6.0, 18.0, 20.0
# Width and height by how many stand side by side.
_SIZES = {1: (720.0, 190.0), 2: (340.0, 150.0), 3: (230.0, 140.0)}
_TICKS, _GAP = 4, 0.28
_EVERY = 4  # only each fourth week's name has room below a small chart
_TEXT, _MUTED = "var(--text)", "var(--muted)"
# Tell the lines of a chart apart in grey, in the order of its series.
_DASHES = ("", "7 3", "2.5 2.5", "9 3 2 3")


class Series(NamedTuple):
    """A named, coloured row of values, one for each place on the x axis; None is a gap."""

    name: str
    colour: str
    values: Sequence[Value]
    dashes: str = ""
    line: bool = False


class Picture(NamedTuple):
    """A drawn chart, and the colours to name above it (none where one series says it all)."""

    svg: Markup
    legend: tuple[Series, ...]


def drawn(chart: Chart, running: Running | None) -> Picture:
    """The picture of a chart of the report; the running week is hatched."""
    draw, series, write, bottom = _PLANS[chart.metric](chart.frame)
    keys = list(dict.fromkeys(chart.frame["key"]))
    places = zip(*(one.values for one in series), strict=True)
    heights = [[value or 0.0 for value in values] for values in places]
    top = max((sum(one) if draw is _stacked else max(one) for one in heights), default=0.0)
    step = (1 - bottom) / _TICKS if draw is _lines else _whole_step(top)
    canvas = _Canvas(
        labels=[month_day(Period.of_key(key).first) for key in keys],
        ticks=[bottom + step * n for n in range(max(math.ceil((top - bottom) / step), 1) + 1)],
        write=write,
        size=_SIZES[chart.across],
        running=len(keys) - 1 if running is not None and running.holds(keys[-1]) else None,
    )
    canvas.axes(1 if chart.across == 1 else _EVERY)
    draw(canvas, series)
    if draw is _stacked and chart.across == 1:
        for place, values in enumerate(heights):
            canvas.total(place, sum(values))
    legend = tuple(series) if len(series) > 1 and chart.across == 1 else ()
    said = escape(f"{chart.title}. {chart.summary}")
    look = f'viewBox="0 0 {canvas.size[0]:g} {canvas.size[1]:g}" font-size="10.5" role="img"'
    # Everything in it is our own or was escaped on the way.
    svg = Markup(f'<svg {look} aria-label="{said}">{"".join(canvas.parts)}</svg>')  # noqa: S704
    return Picture(svg, legend)


def _whole_step(top: float) -> float:
    """A round whole number that cuts what is counted into about four parts."""
    rough = max(top / _TICKS, 1.0)
    size = 10.0 ** math.floor(math.log10(rough))
    sizes = [size * times for times in (1, 2, 2.5, 5, 10)]
    return next(one for one in sizes if one >= rough and one == int(one))


@dataclass
class _Canvas:
    """A drawing area: its size, the values of its grid lines, what ticks and places are called.

    `running`: the place of the week in progress, whose bars are hatched.
    """

    labels: Sequence[str]
    ticks: Sequence[float]
    write: Callable[[float], str]
    size: tuple[float, float]
    running: int | None
    parts: list[str] = field(default_factory=list)

    def x(self, place: int, share: float = 0.5) -> float:
        """Where a place lies, from its left edge (0) to its right (1)."""
        slot = (self.size[0] - _LEFT - _RIGHT) / max(len(self.labels), 1)
        return _LEFT + (place + share) * slot

    def y(self, value: float) -> float:
        """How high a value lies."""
        share = (value - self.ticks[0]) / (self.ticks[-1] - self.ticks[0])
        return _TOP + (self.size[1] - _TOP - _BOTTOM) * (1 - share)

    def axes(self, every: int) -> None:
        """Grid lines with their values, and the names of every nth place, from the last."""
        width, height = self.size
        for value in self.ticks:
            y = self.y(value)
            line = f'x1="{_LEFT}" y1="{y:.1f}" x2="{width - _RIGHT}" y2="{y:.1f}"'
            self.parts.append(f'<line {line} stroke="var(--grid)"/>')
            self.text(_LEFT - 6, y + 3.5, self.write(value), _MUTED, "end")
        last = len(self.labels) - 1
        for place in range(last % every, last + 1, every):
            # Where places are narrow the last name would be cut at the edge.
            cut = place == last and every > 1
            x, anchor = (width - _RIGHT, "end") if cut else (self.x(place), "middle")
            self.text(x, height - 5, self.labels[place], _MUTED, anchor)

    def text(self, x: float, y: float, said: str, colour: str, anchor: str) -> None:
        """A line of text."""
        place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"'
        self.parts.append(f"<text {place}>{escape(said)}</text>")

    def bar(self, place: int, part: tuple[float, float], low: float, one: Series) -> None:
        """One bar above `low`, over a part of its place, with its value as a tooltip."""
        value = one.values[place] or 0.0
        inner = (1 - _GAP) * (self.x(1) - self.x(0))
        left = self.x(place, _GAP / 2) + inner * part[0]
        top, foot = self.y(low + value), self.y(low)
        width, height = inner * (part[1] - part[0]), max(foot - top, 0.4)
        size = f'x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}"'
        said = escape(f"{self.labels[place]}: {one.name} {self.write(value)}")
        self.parts.append(f'<rect {size} fill="{one.colour}"><title>{said}</title></rect>')
        if place == self.running:
            self.parts.append(f'<rect {size} fill="url(#hatch)"/>')

    def total(self, place: int, total: float) -> None:
        """The sum of a stack above it."""
        if total:
            self.text(self.x(place), self.y(total) - 4, self.write(total), _TEXT, "middle")


def _stacked(canvas: _Canvas, series: Sequence[Series]) -> None:
    """Bars from zero, one on the other."""
    for place in range(len(canvas.labels)):
        base = 0.0
        for one in series:
            value = one.values[place] or 0.0
            if value > 0:
                canvas.bar(place, (0, 1), base, one)
            base += value


def _grouped(canvas: _Canvas, series: Sequence[Series]) -> None:
    """Bars from zero side by side."""
    share = 1 / max(len(series), 1)
    for place in range(len(canvas.labels)):
        for at, one in enumerate(series):
            if one.values[place]:
                canvas.bar(place, (at * share, (at + 1) * share), 0.0, one)


def _lines(canvas: _Canvas, series: Sequence[Series]) -> None:
    """Lines with a dot on every value; gaps stay gaps."""
    for one in series:
        path, dots, pen = "", "", "M"
        for at, value in enumerate(one.values):
            if value is None:
                pen = "M"
                continue
            x, y = canvas.x(at), canvas.y(value)
            path, pen = f"{path}{pen}{x:.1f},{y:.1f}", "L"
            said = f"{canvas.labels[at]}: {one.name} {wording.percent(value)}"
            title = f"<title>{escape(said)}</title>"
            dots += f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{one.colour}">{title}</circle>'
        look = f'fill="none" stroke="{one.colour}" stroke-dasharray="{one.dashes}"'
        width = 1.6 if one.dashes else 2.4
        canvas.parts.append(f'<path d="{path}" {look} stroke-width="{width}"/>{dots}')


_Plan = tuple[
    Callable[[_Canvas, Sequence[Series]], None],  # how it is drawn
    list[Series],
    Callable[[float], str],  # how its values read
    float,  # where its axis begins
]


def _submitted(frame: pd.DataFrame) -> _Plan:
    parts = frame.groupby("status", sort=False)["count"]
    series = [Series(wording.status(word), _colour(word), _values(part)) for word, part in parts]
    return _stacked, series, wording.count, 0.0


def _users(frame: pd.DataFrame) -> _Plan:
    return _stacked, [Series("Users", "var(--accent)", _values(frame["count"]))], wording.count, 0.0


def _earned_and_claimed(frame: pd.DataFrame) -> _Plan:
    looks = (("earned", "Rewards earned", CONFIRMED), ("claimed", "Payouts claimed", CLAIMED))
    dollars = {what: _values(part / 100) for what, part in frame.groupby("what")["amount_cents"]}
    series = [
        Series(name, _colour(status), dollars[what])
        for what, name, status in looks
        # A list that is not there must not be drawn as if it were empty.
        if any(value is not None for value in dollars.get(what, ()))
    ]
    return _grouped, series, lambda value: f"${value:,.0f}", 0.0


def _confirmation_rate(frame: pd.DataFrame) -> _Plan:
    frame = frame.assign(rate=frame["rate"].where(frame["decided"] >= MINIMUM_DECIDED))
    colours = {"all": _TEXT, **{kind: f"var(--kind-{at})" for at, kind in enumerate(KINDS)}}
    series: list[Series] = []
    for kind, part in frame.groupby("kind", sort=False)["rate"]:
        if part.notna().any():
            dashes = _DASHES[len(series) % len(_DASHES)]
            colour = colours.get(str(kind), "var(--other)")
            series.append(Series(wording.kind(kind), colour, _values(part), dashes, line=True))
    lowest = frame["rate"].min()
    # A multiple of 20 percent: so each of the four steps above it is a whole number of percent.
    bottom = 0.0 if pd.isna(lowest) else min(math.floor(lowest * 5) / 5, 0.8)
    return _lines, series, lambda value: f"{round(value * 100)}%", bottom


_PLANS: Mapping[str, Callable[[pd.DataFrame], _Plan]] = {
    "submitted": _submitted,
    "confirmation_rate_per_week": _confirmation_rate,
    "earned_and_claimed": _earned_and_claimed,
    "new_users_per_week": _users,
    "active_users_per_week": _users,
}


def _values(column: pd.Series[Any]) -> list[Value]:
    return [None if pd.isna(value) else float(value) for value in column]


def _colour(status: Any) -> str:
    """The colour of a status in the page's style sheet; words Ownli may add are grey."""
    name = wording.status(status).lower().replace(" ", "-") if status in STATUS_ORDER else "other"
    return f"var(--{name})"
