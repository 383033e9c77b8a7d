"""How long things take: median, 90th percentile and a histogram with fixed, named steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pages.analysis.metrics.columns import (
    HOUR_US,
    MISSING_MOMENT,
    Bools,
    Ints,
    texts,
    whole,
)
from pages.analysis.metrics.values import Durations

Steps = Sequence[tuple[float, str]]

DECISION_STEPS: Steps = (
    (0, "under 1 h"),
    (1, "1–4 h"),
    (4, "4–12 h"),
    (12, "12–24 h"),
    (24, "1–2 days"),
    (48, "2–3 days"),
    (72, "3–7 days"),
    (168, "over 7 days"),
)
CLAIM_STEPS: Steps = (
    (0, "under 1 day"),
    (24, "1–3 days"),
    (72, "3–7 days"),
    (168, "7–14 days"),
    (336, "14–30 days"),
    (720, "30–90 days"),
    (2160, "over 90 days"),
)


def spans(start: Ints, end: Ints) -> tuple[Ints, Bools]:
    """Microseconds from start to end, and which of them are usable (both known, in order)."""
    usable = (start != MISSING_MOMENT) & (end != MISSING_MOMENT) & (end >= start)
    return np.where(usable, end - np.where(usable, start, end), 0), usable


def summary(start: Ints, end: Ints, steps: Steps) -> Durations:
    """What `Durations` says about pairs of moments."""
    lengths, usable = spans(start, end)
    taken = lengths[usable]
    lower = np.array([hours for hours, _ in steps])
    step = np.searchsorted(lower * HOUR_US, taken, side="right") - 1
    histogram = pd.DataFrame(
        {
            "lower_hours": lower.astype(float),
            "upper_hours": np.append(lower[1:], np.inf).astype(float),
            "label": texts([label for _, label in steps]),
            "count": whole(np.bincount(step, minlength=len(steps))),
        }
    )
    n = len(taken)
    return Durations(
        median_hours=middle(taken),
        p90_hours=float(np.percentile(taken, 90)) / HOUR_US if n else None,
        n=n,
        unusable=len(start) - n,
        histogram=histogram,
    )


def middle(lengths: Ints) -> float | None:
    """The median of microseconds, in hours; None of nothing."""
    return float(np.median(lengths)) / HOUR_US if len(lengths) else None


def middles(slot: Ints, lengths: Ints, size: int) -> list[float | None]:
    """The median hours of each slot; -1 falls into none."""
    kept = slot >= 0
    slot, lengths = slot[kept], lengths[kept]
    # Sixteen bits hold any number of weeks and are sorted by counting.
    order = np.argsort(slot.astype(np.int16), kind="stable")
    edges = np.searchsorted(slot[order], np.arange(size + 1))
    ordered = lengths[order]
    return [middle(ordered[edges[n] : edges[n + 1]]) for n in range(size)]
