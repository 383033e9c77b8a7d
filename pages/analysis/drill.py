"""The rows behind a bar that somebody clicked: exactly those the bar counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from pages.analysis import metrics, wording
from pages.analysis.metrics.check_ins import OPEN_AGES, OPEN_OLDEST, ages
from pages.analysis.metrics.columns import moments
from pages.analysis.periods import Calendar, Period

# Charts of what is open now: their bars count check-ins of every date.
_OF_EVERY_DATE = {"open_by_age"}


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


def rows_behind(
    clicked: Sequence[Pick],
    check_ins: pd.DataFrame,
    everything: pd.DataFrame,
    zone: Calendar,
    now: datetime,
) -> pd.DataFrame:
    """The check-ins behind the clicked bars; those of the period if nothing was clicked.

    Bars of one chart add up; bars of two charts narrow each other down. `check_ins` are those of
    the period, `everything` those of every date, both filtered.
    """
    if not clicked:
        return check_ins
    left: pd.Index[Any] | None = None
    for chart in dict.fromkeys(pick.chart for pick in clicked):
        rows = everything if chart in _OF_EVERY_DATE else check_ins
        parts = [_behind(pick, rows, zone, now) for pick in clicked if pick.chart == chart]
        any_of = pd.concat(parts).index.unique()
        left = any_of if left is None else left[left.isin(any_of)]
    behind: pd.DataFrame = everything.loc[everything.index.isin(left if left is not None else [])]
    return behind


def _behind(pick: Pick, rows: pd.DataFrame, zone: Calendar, now: datetime) -> pd.DataFrame:
    """The rows of one bar."""
    rows = metrics.filtered_check_ins(rows, statuses=[pick.status] if pick.status else ())
    if pick.chart == "submitted":
        period = Period.of_key(pick.key)
        return metrics.filtered_check_ins(rows, period=period, calendar=zone)
    if pick.chart == "by_kind_and_status":
        return metrics.filtered_check_ins(rows, kinds=[pick.key])
    if pick.chart == "reasons":
        said = rows["note"].fillna("")
        blank = said.str.strip() == ""
        noted: pd.DataFrame = rows.loc[(said.mask(blank, "") == pick.key).to_numpy(dtype=bool)]
        return noted
    labels = [label for _, label in (*OPEN_AGES, OPEN_OLDEST)]
    place = ages(moments(rows["checked_in_at"]), now, (*OPEN_AGES, OPEN_OLDEST))
    wanted = labels.index(pick.key) if pick.key in labels else len(labels)
    aged: pd.DataFrame = rows.loc[place == wanted]
    return aged


def spoken(pick: Pick) -> str:
    """A clicked bar in words: `Confirmed, 2026-W47`, `No note was given`."""
    status = f"{wording.status(pick.status)}, " if pick.status else ""
    if pick.chart == "by_kind_and_status":
        return f"{status}{wording.kind(pick.key)}"
    return f"{status}{wording.note(pick.key) if pick.chart == 'reasons' else pick.key}"
