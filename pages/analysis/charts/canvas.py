"""What all figures share: paper, type, axes, ticks that fit a phone, the running week, safe text.

Text from Ownli is made safe for plotly, whose labels are a kind of HTML.
"""

from __future__ import annotations

import math
import textwrap
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import plotly.graph_objects as go

from pages.analysis import wording
from pages.analysis.charts.palette import Palette
from pages.analysis.periods import DAYS_A_WEEK, Period, Running, month_day

# Quoted: one unquoted name with a digit in it makes browsers drop the whole list.
FONT = '"Source Sans", "Source Sans 3", system-ui, sans-serif'
HEIGHT = 280
MOST_LABELS = 6
"""As many labels of an axis as fit side by side at 390 pixels."""
HEADROOM = 1.18
"""Room above the tallest bar for the note of a running week."""
HOVER = "%{customdata[2]}<extra></extra>"
SMALL = 12
PATTERNS = ("", ".", "x", "+")
"""Tell several unknown words apart, which are all grey."""


class Canvas:
    """A figure in the making: plotly checks it once, when it is drawn, and not at every step."""

    def __init__(self, palette: Palette, height: int = HEIGHT, *, legend: bool = False) -> None:
        self.palette = palette
        self.traces: list[dict[str, Any]] = []
        self.layout: dict[str, Any] = {
            "template": {},
            "height": height,
            "margin": {"l": 4, "r": 8, "t": 40 if legend else 12, "b": 4, "pad": 0},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": FONT, "size": 13, "color": palette.text},
            "showlegend": legend,
            "hovermode": "closest",
            "hoverlabel": {
                "bgcolor": palette.surface,
                "bordercolor": palette.muted,
                "align": "left",
                "font": {"family": FONT, "size": 13, "color": palette.text},
                "namelength": -1,
            },
            "dragmode": False,
            "bargap": 0.22,
            "annotations": [],
        }
        if legend:
            self.layout["legend"] = {
                "orientation": "h",
                "x": 0,
                "xanchor": "left",
                "y": 1.0,
                "yanchor": "bottom",
                "traceorder": "normal",
                "itemclick": False,
                "itemdoubleclick": False,
                "font": {"size": SMALL, "color": palette.text},
                "bgcolor": "rgba(0,0,0,0)",
            }

    def add(self, kind: str, **trace: Any) -> None:
        """One more trace; its hover is the sentence in its customdata."""
        self.traces.append({"type": kind, "hovertemplate": HOVER, **trace})

    def set(self, **layout: Any) -> None:
        """Parts of the layout."""
        self.layout |= layout

    def label(self, text: str, **where: Any) -> None:
        """Words of our own, or escaped ones, somewhere on the figure."""
        place = {"xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "top"}
        look = {"font": {"size": 13, "color": self.palette.text}, "align": "left"}
        said = {"text": text, "showarrow": False, "borderpad": 0}
        self.layout["annotations"].append(said | look | place | where)

    def note(self, text: str, **where: Any) -> None:
        """The same, muted and small."""
        self.label(text, font={"size": SMALL, "color": self.palette.muted}, **where)

    def drawn(self) -> go.Figure:
        """The figure."""
        return go.Figure({"data": self.traces, "layout": self.layout})


def nothing(palette: Palette, said: str = "Nothing in this period", height: int = 160) -> go.Figure:
    """A figure that says that there is nothing to draw."""
    canvas = Canvas(palette, height)
    hidden = {"visible": False, "fixedrange": True}
    canvas.set(xaxis=hidden, yaxis=hidden)
    canvas.note(said, x=0.5, y=0.5, xanchor="center", yanchor="middle", align="center")
    return canvas.drawn()


def bucket_axis(palette: Palette, keys: Sequence[str]) -> dict[str, Any]:
    """An axis of week codes or ISO dates: a few of them labelled, the newest always."""
    step = max(math.ceil(len(keys) / MOST_LABELS), 1)
    if keys and "W" not in keys[0] and step > 2:
        step = math.ceil(step / DAYS_A_WEEK) * DAYS_A_WEEK
    shown = list(keys)[::-1][::step][::-1]
    return {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": list(keys),
        "tickvals": shown,
        "ticktext": [tick(key) for key in shown],
    } | _words_axis(palette)


def words_axis(palette: Palette, values: Sequence[str], words: Sequence[str]) -> dict[str, Any]:
    """An axis of groups with their labels."""
    return {"type": "category", "tickvals": list(values), "ticktext": list(words)} | _words_axis(
        palette
    )


def _words_axis(palette: Palette) -> dict[str, Any]:
    return {
        "tickmode": "array",
        "tickangle": 0,
        "tickfont": {"size": SMALL, "color": palette.muted},
        "ticklabelstandoff": 6,
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "automargin": True,
        "ticks": "",
    }


def tick(key: str) -> str:
    """A bucket in two short lines: `Nov 16` over `W47`, or a day over its weekday."""
    first = Period.of_key(key).first
    below = key[5:] if "W" in key else wording.weekday(first.weekday())[:3]
    return f"{month_day(first)}<br>{below}"


def bucket_name(key: str) -> str:
    """A bucket in a sentence: `2026-W47 (Nov 16 – Nov 22)` or `Fri, Nov 20, 2026`."""
    period = Period.of_key(key)
    if "W" in key:
        return period.weeks[0].label
    return f"{wording.weekday(period.first.weekday())[:3]}, {wording.day(period.first)}"


def value_axis(
    palette: Palette, largest: float, write: Callable[[float], str], headroom: float = HEADROOM
) -> dict[str, Any]:
    """An axis of values from zero, with at most five round ticks."""
    step = nice_step(largest)
    ticks = [step * n for n in range(int(largest / step) + 2) if step * n <= largest * 1.05]
    return {
        "range": [0, max(largest, step) * headroom],
        "tickmode": "array",
        "tickvals": ticks,
        "ticktext": [write(value) for value in ticks],
        "tickfont": {"size": SMALL, "color": palette.muted},
        "ticklabelstandoff": 4,
        "fixedrange": True,
        "showgrid": True,
        "gridcolor": palette.grid,
        "gridwidth": 1,
        "zeroline": True,
        "zerolinecolor": palette.muted,
        "zerolinewidth": 1,
        "automargin": True,
        "ticks": "",
    }


def nice_step(largest: float) -> float:
    """A round step that makes at most five ticks: whole, as nothing is counted in halves."""
    if largest <= 4:
        return 1
    raw = largest / 4
    power = 10 ** math.floor(math.log10(raw))
    steps = [power * n for n in (1, 2, 2.5, 5, 10)]
    return float(next(step for step in steps if step >= max(raw, 1) and step == int(step)))


def short_count(value: float) -> str:
    """A tick of counts: `0`, `750`, `15k`."""
    if value < 10_000:
        return f"{value:,.10g}"
    unit, size = ("M", 1e6) if value >= 1e6 else ("k", 1e3)
    return f"{value / size:.10g}{unit}"


def short_money(value: float) -> str:
    """A tick of dollars: `$0`, `$750`, `$15k`."""
    return f"${short_count(value)}"


def running_note(canvas: Canvas, running: Running | None, keys: Sequence[str]) -> None:
    """Says at the upper right what the hatched bar is, if the running week or today is drawn."""
    if running is None:
        return
    if running.week.code in keys:
        canvas.note(f"▨ {running.words}", x=1, y=1, xanchor="right")
    elif running.today.isoformat() in keys:
        canvas.note("▨ today, in progress", x=1, y=1, xanchor="right")


def progress(running: Running | None, key: str) -> str:
    """A sentence to add to the hover of a bucket that is still in progress, else nothing."""
    if running is None or not running.holds(key):
        return ""
    said = running.words if running.week.code == key else "in progress"
    return f" {said[0].upper()}{said[1:]}."


def hatch(
    keys: Sequence[str], running: Running | None, color: str, pattern: str = ""
) -> dict[str, Any]:
    """The marker of bars of one colour, hatched where the bucket is still in progress."""
    shapes = ["/" if running is not None and running.holds(key) else pattern for key in keys]
    marker: dict[str, Any] = {"color": color, "line": {"width": 0}}
    if any(shapes):
        marker["pattern"] = {"shape": shapes, "size": 6, "solidity": 0.45, "fgcolor": color}
    return marker


def status_patterns(palette: Palette, statuses: Sequence[str]) -> dict[str, str]:
    """A pattern for each status: none for those with a colour of their own, one each for greys."""
    greys = [status for status in statuses if palette.status(status) == palette.other]
    return {
        status: PATTERNS[greys.index(status) % len(PATTERNS)] if status in greys else ""
        for status in statuses
    }


_ENTITIES = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        "%": "&#37;",
        "{": "&#123;",
        "}": "&#125;",
        "$": "&#36;",
    }
)
"""Besides tags and entities: template marks, and dollars, which start a formula for MathJax."""


def plain(text: Any, limit: int | None = None) -> str:
    """One line of inert text: escaped, without control or direction characters, cut at limit."""
    return _escaped(shortened(text, limit))


def wrapped(text: Any, width: int, lines: int = 2) -> str:
    """Inert text over a few short lines, the rest cut with an ellipsis."""
    parts = textwrap.wrap(
        shortened(text), width=width, max_lines=lines, placeholder="…", break_long_words=True
    )
    return "<br>".join(_escaped(part) for part in parts)


def shortened(text: Any, limit: int | None = None) -> str:
    """The same before escaping: one line, at most `limit` characters, the last an ellipsis."""
    visible = "".join(
        " " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter
        for letter in wording.text(text)
        if unicodedata.category(letter) not in ("Cf", "Cs", "Co")
    )
    line = " ".join(visible.split()) or wording.UNKNOWN
    return line if limit is None or len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _escaped(line: str) -> str:
    safe = line.translate(_ENTITIES)
    if any(unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in line):
        # Isolated, or a right-to-left name would swap places with the number behind it.
        return f"\u2068{safe}\u2069"
    return safe
