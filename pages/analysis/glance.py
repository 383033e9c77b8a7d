"""The numbers that counts alone can tell, for the seconds in which the lists are on their way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from pages.analysis import wording
from pages.analysis.terms import CONFIRMED, DECLINED, ON_HOLD, PENDING


@dataclass(frozen=True)
class Glance:
    """Counts of one week; None where Ownli gave no count."""

    new_users: int | None
    submitted: int | None
    confirmed: int | None
    declined: int | None
    undecided: int | None


@dataclass(frozen=True)
class Totals:
    """Counts of this moment; None where Ownli gave no count."""

    users: int | None
    outstanding: int | None


def of_week(counts: pd.DataFrame, starts: datetime) -> Glance:
    """The counts of the week that starts at a moment (UTC).

    counts columns: noun, kind, status, start, count; check-ins by kind and status.
    """
    week = counts[counts["start"] == pd.Timestamp(starts)]
    check_ins = week[week["noun"] == "check_ins"]
    return Glance(
        new_users=_total(week[week["noun"] == "new_users"]),
        submitted=_total(check_ins),
        confirmed=_total(check_ins[check_ins["status"] == CONFIRMED]),
        declined=_total(check_ins[check_ins["status"] == DECLINED]),
        undecided=_total(check_ins[check_ins["status"].isin([PENDING, ON_HOLD])]),
    )


def totals(counts: pd.DataFrame) -> Totals:
    """The counts that no week bounds."""
    return Totals(
        users=_total(counts[counts["noun"] == "users"]),
        outstanding=_total(counts[counts["noun"] == "rewards"]),
    )


def _total(rows: pd.DataFrame) -> int | None:
    """The sum of the counts; None if there is none or one of them is missing."""
    counts: Sequence[object] = list(rows["count"])
    if not counts or any(wording.is_missing(count) for count in counts):
        return None
    return int(rows["count"].sum())
