"""The rows behind a bar that somebody clicked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Pick:
    """One clicked bar: which chart, which bucket of it, and the status if the bar is stacked."""

    chart: str
    key: str
    status: str = ""


def picks(chart: str, points: Sequence[dict[str, Any]]) -> list[Pick]:
    """The bars among a chart's clicked points; anything else that was clicked is left out."""
    found = []
    for point in points:
        custom = point.get("customdata") or []
        words = list(custom.values()) if isinstance(custom, dict) else list(custom)
        if words:
            found.append(Pick(chart, str(words[0]), str(words[1]) if len(words) > 1 else ""))
    return found
