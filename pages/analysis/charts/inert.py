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
    return shortened(text, limit).translate(_ENTITIES)


def shortened(text: Any, limit: int | None = None) -> str:
    """The same before escaping: one line, at most `limit` characters, the last an ellipsis."""
    visible = "".join(
        " " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter
        for letter in wording.text(text)
        if unicodedata.category(letter) not in ("Cf", "Cs", "Co")
    )
    line = " ".join(visible.split()) or wording.UNKNOWN
    return line if limit is None or len(line) <= limit else line[: limit - 1].rstrip() + "…"


def wrapped(text: Any, width: int, lines: int = 2) -> str:
    """Escaped text over a few short lines, the rest cut with an ellipsis."""
    parts = textwrap.wrap(
        shortened(text), width=width, max_lines=lines, placeholder="…", break_long_words=True
    )
    return "<br>".join(part.translate(_ENTITIES) for part in parts)
