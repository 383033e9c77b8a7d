"""Text from Ownli made safe for plotly, whose labels are a kind of HTML."""

from __future__ import annotations

import textwrap
import unicodedata
from typing import Any

from pages.analysis import wording

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
