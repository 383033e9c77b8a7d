"""The rows behind a bar that somebody clicked: exactly those the bar counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from pages.analysis import links, metrics, wording
from pages.analysis.metrics.check_ins import OPEN_AGES, OPEN_OLDEST, ages
from pages.analysis.metrics.columns import moments
from pages.analysis.periods import Calendar, Period
from pages.analysis.terms import (
    CHECK_IN_STATUSES,
    CONFIRMED,
    DECIDED,
    EARNED,
    REWARD_STATUSES,
    REWARD_TYPES,
)

# Charts of what is open now: their bars count check-ins of every date.
_OF_EVERY_DATE = {"open_by_age"}
# None: whatever their status.
_STATUSES_OF_STEP = {"submitted": None, "decided": DECIDED, "confirmed": (CONFIRMED,)}


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


def check_ins_of(bar: Pick) -> str | None:
    """The check-ins behind a bar by week and status; None for a status that no filter has."""
    if bar.status not in CHECK_IN_STATUSES:
        return None
    days = Period.of_key(bar.key)
    return links.check_ins(days.first, days.last, status=bar.status)


def earned_or_claimed_of(bar: Pick) -> str:
    """The rewards earned, or the payouts claimed, behind a bar by week; its status says which."""
    days = Period.of_key(bar.key)
    if bar.status == "claimed":
        return links.payouts(days.first, days.last)
    return links.rewards(days.first, days.last, status=EARNED)


def funnel_step_of(bar: Pick, days: Period) -> str | None:
    """The check-ins behind a step of the funnel over some days.

    None for rewarded and claimed ones: which check-in a reward belongs to is told by matching
    them, and no filter does that.
    """
    if bar.key not in _STATUSES_OF_STEP:
        return None
    return links.check_ins(days.first, days.last, status=_STATUSES_OF_STEP[bar.key])


def rewards_of(bar: Pick, days: Period) -> str | None:
    """The rewards behind a bar by week and status, as far as they lie in the days shown."""
    week = Period.of_key(bar.key).overlap(days)
    if week is None or bar.status not in REWARD_STATUSES:
        return None
    return links.rewards(week.first, week.last, status=bar.status)


def rewards_of_type(bar: Pick, days: Period) -> str | None:
    """The rewards behind a bar by type; None for a type that no filter has."""
    if bar.key not in REWARD_TYPES:
        return None
    return links.rewards(days.first, days.last, type=bar.key)


def payouts_of(bar: Pick, days: Period) -> str | None:
    """The payouts behind a bar by week, as far as they lie in the days shown."""
    week = Period.of_key(bar.key).overlap(days)
    return None if week is None else links.payouts(week.first, week.last)


def users_of(bar: Pick) -> str:
    """The users behind a bar by the week they registered in."""
    days = Period.of_key(bar.key)
    return links.users(days.first, days.last)


def user_of(bar: Pick) -> str:
    """The user behind a bar of one user."""
    return links.user(bar.key)


def spoken(pick: Pick) -> str:
    """A clicked bar in words: `Confirmed, 2026-W47`, `No note was given`."""
    status = f"{wording.status(pick.status)}, " if pick.status else ""
    if pick.chart == "by_kind_and_status":
        return f"{status}{wording.kind(pick.key)}"
    return f"{status}{wording.note(pick.key) if pick.chart == 'reasons' else pick.key}"
