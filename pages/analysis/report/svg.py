"""Charts as inline SVG: small, crisp in print, no script and no network; text is escaped here."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape

from pages.analysis.charts.palette import Palette

Value = float | None
FONT = 10.5
_LEFT, _RIGHT, _TOP, _BOTTOM = 46.0, 6.0, 18.0, 20.0
_TICKS = 4
_GAP = 0.28
_ROUNDING = 1e-6
_PICTURE = re.compile(r"<svg ([^>]*)>(.*?)</svg>", re.DOTALL)
# Classes of pictures that keep a size of their own.
_OWN_SIZE = ('class="spark"', 'class="sample"')
_LABEL = re.compile(r'aria-label="([^"]*)"')
# How the lines of a chart are drawn, in the order of its series, and the corners of their marks.
_DASHES = ("", "", "6 3", "2 2.5")
_MARKS: tuple[tuple[tuple[float, float], ...], ...] = (
    (),
    ((-1, -1), (1, -1), (1, 1), (-1, 1)),
    ((0, -1.5), (1.5, 0), (0, 1.5), (-1.5, 0)),
    ((0, -1.4), (1.4, 1.1), (-1.4, 1.1)),
)
_FONTS = "system-ui, Segoe UI, Roboto, Helvetica Neue, Arial, sans-serif"


@dataclass(frozen=True)
class Series:
    """A named, coloured row of values, one for each place on the x axis; None is a gap."""

    name: str
    colour: str
    values: Sequence[Value]
    bold: bool = False


@dataclass(frozen=True)
class Canvas:
    """A drawing area: its size, the highest value, what the ticks and places are called.

    `running`: the place of the week in progress, whose bars are hatched.
    """

    labels: Sequence[str]
    top: float
    write: Callable[[float], str]
    palette: Palette
    width: float = 720.0
    height: float = 190.0
    bottom: float = 0.0
    running: int | None = None
    whole: bool = True
    parts: list[str] = field(default_factory=list)

    @property
    def slot(self) -> float:
        """The width of one place."""
        return (self.width - _LEFT - _RIGHT) / max(len(self.labels), 1)

    def x(self, place: int, share: float = 0.5) -> float:
        """Where a place lies, from its left edge (0) to its right (1)."""
        return _LEFT + (place + share) * self.slot

    def y(self, value: float) -> float:
        """How high a value lies."""
        plot = self.height - _TOP - _BOTTOM
        return _TOP + plot * (1 - (value - self.bottom) / (self.highest - self.bottom))

    @property
    def step(self) -> float:
        """The distance between two grid lines."""
        return step(self.top - self.bottom, self.whole)

    @property
    def highest(self) -> float:
        """The top of the axis, a whole number of steps above its bottom."""
        steps = math.ceil((self.top - self.bottom) / self.step - _ROUNDING)
        return self.bottom + self.step * max(steps, 1)

    def add(self, part: str) -> None:
        """Draw one more thing."""
        self.parts.append(part)

    def axes(self, every: int = 1) -> None:
        """Grid lines with their values, and the names of every nth place, from the last."""
        value = self.bottom
        while value <= self.highest + self.step * _ROUNDING:
            y = self.y(value)
            self.add(_line(_LEFT, y, self.width - _RIGHT, y, self.palette.grid, 1))
            self.add(text(_LEFT - 6, y + 3.5, self.write(value), self.palette.muted, "end"))
            value += self.step
        last = len(self.labels) - 1
        foot = self.height - 5
        for place, label in enumerate(self.labels):
            if (last - place) % every:
                continue
            # Where places are narrow the last name would be cut at the edge.
            if place == last and every > 1:
                self.add(text(self.width - _RIGHT, foot, label, self.palette.muted, "end"))
            else:
                self.add(text(self.x(place), foot, label, self.palette.muted, "middle"))

    def drawn(self, title: str) -> str:
        """The finished picture; `title` is what a screen reader says."""
        body = "".join(self.parts)
        return (
            f'<svg viewBox="0 0 {self.width:g} {self.height:g}" role="img" '
            f'aria-label="{escape(title)}" font-size="{FONT}">{body}</svg>'
        )


_PATTERN = (
    '<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="2" height="5" fill="#fff" opacity=".65"/>'
    "</pattern></defs>"
)
HATCH = f'<svg class="defs" aria-hidden="true">{_PATTERN}</svg>'
"""The hatching of the week in progress; stands once in a page that holds charts."""


def stacked(
    canvas: Canvas, series: Sequence[Series], *, every: int = 1, totals: bool = True
) -> None:
    """Bars from zero, one on the other, with the sum of each above it."""
    canvas.axes(every)
    for place in range(len(canvas.labels)):
        base = 0.0
        for one in series:
            value = one.values[place] or 0.0
            if value > 0:
                _bar(canvas, place, (0, 1), base, base + value, one.colour, one.name)
            base += value
        if totals and base:
            canvas.add(
                text(
                    canvas.x(place),
                    canvas.y(base) - 4,
                    canvas.write(base),
                    canvas.palette.text,
                    "middle",
                )
            )


def grouped(canvas: Canvas, series: Sequence[Series], *, every: int = 1) -> None:
    """Bars from zero side by side."""
    canvas.axes(every)
    share = 1 / max(len(series), 1)
    for place in range(len(canvas.labels)):
        for at, one in enumerate(series):
            value = one.values[place]
            if value:
                _bar(canvas, place, (at * share, (at + 1) * share), 0, value, one.colour, one.name)


def lines(canvas: Canvas, series: Sequence[Series], *, every: int = 1) -> None:
    """Lines with a mark on every value, told apart in grey by dashes and marks; gaps stay gaps."""
    canvas.axes(every)
    for number, one in enumerate(series):
        for stretch in _stretches(one.values):
            points = " ".join(f"{canvas.x(at):.1f},{canvas.y(value):.1f}" for at, value in stretch)
            if len(stretch) > 1:
                canvas.add(f'<polyline points="{points}" {_stroke(one, number)}/>')
            for at, value in stretch:
                said = f"{canvas.labels[at]}: {one.name} {canvas.write(value)}"
                canvas.add(_mark(one, number, canvas.x(at), canvas.y(value), said))


def line_sample(one: Series, number: int) -> str:
    """A piece of the line of a series, for the legend."""
    return (
        f'<svg class="sample" viewBox="0 0 26 10" aria-hidden="true">'
        f'<polyline points="1,5 25,5" {_stroke(one, number)}/>{_mark(one, number, 13, 5)}</svg>'
    )


def _stroke(one: Series, number: int) -> str:
    dashes = _DASHES[number % len(_DASHES)]
    return (
        f'fill="none" stroke="{one.colour}" stroke-width="{_line_width(one)}" '
        f'stroke-linejoin="round"' + (f' stroke-dasharray="{dashes}"' if dashes else "")
    )


def _line_width(one: Series) -> float:
    return 2.4 if one.bold else 1.5


def _mark(one: Series, number: int, x: float, y: float, said: str = "") -> str:
    """A dot, square, diamond or triangle, with what it says when it is pointed at."""
    r = _line_width(one) + 0.6
    corners = _MARKS[number % len(_MARKS)]
    inside = f"<title>{escape(said)}</title>" if said else ""
    if not corners:
        circle = f'cx="{x:.1f}" cy="{y:.1f}" r="{r - 0.2:g}"'
        return f'<circle {circle} fill="{one.colour}">{inside}</circle>'
    points = " ".join(f"{x + r * right:.1f},{y + r * down:.1f}" for right, down in corners)
    return f'<polygon points="{points}" fill="{one.colour}">{inside}</polygon>'


def hollow(canvas: Canvas, place: int, base: float, end: float, low: float, high: float) -> None:
    """What is still expected above a bar: a dashed outline, and its interval as a whisker."""
    colour = canvas.palette.confirmed
    x, width = _place(canvas, place, (0, 1))
    top, foot = canvas.y(end), canvas.y(base)
    canvas.add(
        f'<rect x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{max(foot - top, 1):.1f}" '
        f'fill="#fff" stroke="{colour}" stroke-width="1.4" stroke-dasharray="3 2"/>'
    )
    middle = canvas.x(place)
    canvas.add(_line(middle, canvas.y(low), middle, canvas.y(high), canvas.palette.text, 1.2))
    for value in (low, high):
        y = canvas.y(value)
        canvas.add(_line(middle - 5, y, middle + 5, y, canvas.palette.text, 1.2))


def sparkline(
    values: Sequence[Value], palette: Palette, width: float = 96, height: float = 22
) -> str:
    """Small bars from zero without axes, the last one darker."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    top = max([*known, 0.0]) or 1.0
    slot = width / len(values)
    bars = []
    for at, value in enumerate(values):
        if value is None or value <= 0:
            continue
        tall = max(height * value / top, 0.75)
        colour = palette.accent if at == len(values) - 1 else palette.sequential[1]
        bars.append(
            f'<rect x="{at * slot + slot * 0.12:.1f}" y="{height - tall:.1f}" '
            f'width="{slot * 0.76:.1f}" height="{tall:.1f}" fill="{colour}"/>'
        )
    return (
        f'<svg class="spark" preserveAspectRatio="xMinYMid" aria-hidden="true" '
        f'viewBox="0 0 {width:g} {height:g}">{"".join(bars)}</svg>'
    )


def as_images(markup: str) -> str:
    """The same page with each picture as an image: for places that take no SVG elements."""
    return _PICTURE.sub(_image, markup)


def _image(found: re.Match[str]) -> str:
    attributes, inside = found.groups()
    said = _LABEL.search(attributes)
    look = "".join(f" {name}" for name in _OWN_SIZE if name in attributes)
    hatch = _PATTERN if "url(#hatch)" in inside else ""
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" font-family="{_FONTS}" {attributes}>'
        f"{hatch}{inside}</svg>"
    )
    data = base64.b64encode(picture.encode()).decode()
    return (
        f'<img{look} alt="{said.group(1) if said else ""}" src="data:image/svg+xml;base64,{data}">'
    )


def step(span: float, whole: bool = True) -> float:
    """A round distance that cuts a span into about four parts; at least 1 for whole numbers."""
    rough = max(span, 1e-9) / _TICKS
    size = 10.0 ** math.floor(math.log10(rough))
    if whole and rough <= 1:
        return 1.0
    sizes = [size * m for m in (1, 2, 2.5, 5, 10)]
    return next(one for one in sizes if one >= rough and (one == int(one) or not whole))


def text(x: float, y: float, said: str, colour: str, anchor: str = "start") -> str:
    """A line of text."""
    spot = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {spot} fill="{colour}">{escape(said)}</text>'


def _bar(
    canvas: Canvas,
    place: int,
    part: tuple[float, float],
    low: float,
    high: float,
    colour: str,
    name: str,
) -> None:
    """One bar with its value as a tooltip; hatched in the running week."""
    x, width = _place(canvas, place, part)
    top, foot = canvas.y(high), canvas.y(low)
    size = f'x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{max(foot - top, 0.4):.1f}"'
    said = f"{canvas.labels[place]}: {name} {canvas.write(high - low)}"
    canvas.add(f'<rect {size} fill="{colour}"><title>{escape(said)}</title></rect>')
    if place == canvas.running:
        canvas.add(f'<rect {size} fill="url(#hatch)"/>')


def _place(canvas: Canvas, place: int, part: tuple[float, float]) -> tuple[float, float]:
    """Left edge and width of a part of a place, leaving a gap between places."""
    inner = canvas.slot * (1 - _GAP)
    left = canvas.x(place, 0) + canvas.slot * _GAP / 2
    return left + inner * part[0], inner * (part[1] - part[0])


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{colour}" stroke-width="{width:g}"/>'
    )


def _stretches(values: Sequence[Value]) -> list[list[tuple[int, float]]]:
    """The runs of values between gaps, each value with its place."""
    found: list[list[tuple[int, float]]] = [[]]
    for at, value in enumerate(values):
        if value is None:
            found.append([])
        else:
            found[-1].append((at, value))
    return [stretch for stretch in found if stretch]
