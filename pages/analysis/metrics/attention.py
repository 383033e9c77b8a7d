"""What needs a person this morning."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import numpy as np
import pandas as pd

from pages.analysis import links, wording
from pages.analysis.metrics.check_ins import (
    ALL_KINDS,
    confirmation_rate_per_week,
    longest_on_hold,
    on_hold_now,
)
from pages.analysis.metrics.subsets import since
from pages.analysis.metrics.values import Attention
from pages.analysis.periods import Calendar
from pages.analysis.terms import DECLINED, MINIMUM_DECIDED, ON_HOLD

LONG_HELD_DAYS = 7
RISE = 0.2
"""A decline rate that rose by more than this share of what it was needs a look."""
LONGEST_NAMED = 3


class Failing(Protocol):
    """What a check says; see `checks.Check`."""

    @property
    def name(self) -> str: ...
    @property
    def passed(self) -> bool | None: ...
    @property
    def sentence(self) -> str: ...
    @property
    def page(self) -> str: ...


def attention(
    check_ins: pd.DataFrame, calendar: Calendar, now: datetime, checks: Sequence[Failing] = ()
) -> list[Attention]:
    """Failing checks, decline rates that rose by more than a fifth, and what is on hold longest.

    The rates compare the last complete week with the one before, where both have at least 30
    decided. Names and kinds are Ownli's own text: escape them.
    """
    failing = [
        Attention(check.name, check.sentence, f"/{check.page}")
        for check in checks
        if check.passed is False
    ]
    return [*failing, *_declining(check_ins, calendar, now), *_held(check_ins, calendar, now)]


def _declining(check_ins: pd.DataFrame, calendar: Calendar, now: datetime) -> list[Attention]:
    weeks = calendar.weeks_back(calendar.last_complete(now), 2)
    found = []
    rates = confirmation_rate_per_week(check_ins, calendar, weeks)
    for kind, pair in rates.groupby("kind", sort=False):
        if len(pair) < len(weeks) or (pair["decided"] < MINIMUM_DECIDED).any():
            continue
        declined = (pair["declined"] / pair["decided"]).to_numpy(dtype=float, na_value=np.nan)
        before, last, last_week = float(declined[0]), float(declined[1]), pair.iloc[1]
        if not last > before * (1 + RISE):
            continue
        what = "Decline rate" if kind == ALL_KINDS else f"{wording.kind(kind)}: decline rate"
        only = None if kind == ALL_KINDS else str(kind)
        found.append(
            Attention(
                f"{what} up to {wording.percent(last)}",
                f"It was {wording.percent(before)} the week before; of the check-ins of "
                f"{weeks[1].code}, {wording.count(last_week['declined'])} of "
                f"{wording.count(last_week['decided'])} decided were declined.",
                links.check_ins(weeks[1].monday, weeks[1].sunday, status=DECLINED, kind=only),
                int(last_week["declined"]),
            )
        )
    return found


def _held(check_ins: pd.DataFrame, calendar: Calendar, now: datetime) -> list[Attention]:
    today = calendar.today(now)
    longest = longest_on_hold(check_ins, now, LONGEST_NAMED)
    days = longest["held_days"].fillna(0.0).to_numpy(dtype=float)
    found = []
    for (_, row), held in zip(longest.iterrows(), days, strict=True):
        if held < LONG_HELD_DAYS:
            continue
        who = wording.text(row["owner_id"], "")
        at = row["checked_in_at"]
        day = today if wording.is_missing(at) else calendar.today(at.to_pydatetime())
        found.append(
            Attention(
                f"On hold for {wording.plural(int(held), 'day')}",
                f"{wording.kind(row['kind'])} check-in of {wording.name(row['owner_name'])}: "
                f"{wording.note(row['note'])}",
                links.user(who) if who else links.check_ins(day, day, status=ON_HOLD),
            )
        )
    held_now = on_hold_now(check_ins)
    dated = since(check_ins, "checked_in_at", (ON_HOLD,), calendar)
    undated = held_now - (0 if dated is None else dated.count)
    if found and held_now > len(found) and dated is not None:
        found.append(
            Attention(
                f"{wording.plural(held_now, 'check-in')} on hold",
                "All that wait for more from their users."
                + (f" {undated} of them without a date, which no period shows." if undated else ""),
                links.check_ins(dated.first, today, status=ON_HOLD),
                dated.count,
            )
        )
    return found
