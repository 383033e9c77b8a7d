"""Users counted, and the tiles of one of them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pages.analysis import wording
from pages.analysis.metrics.check_ins import confirmation
from pages.analysis.metrics.columns import (
    Slots,
    moments,
    whole,
)
from pages.analysis.metrics.payouts import claimed
from pages.analysis.metrics.rewards import earned, outstanding
from pages.analysis.metrics.values import UserTotals
from pages.analysis.periods import Calendar, Week


def new_users_per_week(
    new_users: pd.DataFrame, calendar: Calendar, weeks: Sequence[Week]
) -> pd.DataFrame:
    """Users registered in each week, from counts of spans (columns start, end, count).

    Columns: key, bucket, count; missing for a week whose span is not among them.
    """
    slots = Slots.by_week(calendar, weeks)
    starts = moments(new_users["start"])
    counts = dict(zip(starts.tolist(), new_users["count"], strict=True))
    found = [counts.get(int(start), pd.NA) for start in slots.starts]
    return slots.frame().assign(count=whole(found))


def user_totals(
    check_ins: pd.DataFrame, rewards: pd.DataFrame, payouts: pd.DataFrame
) -> UserTotals:
    """The tiles of one user, from that user's own lists."""
    newest = check_ins.sort_values("checked_in_at", kind="stable").drop_duplicates(
        ["kind", "license"], keep="last"
    )
    due = newest["next_check_in_at"].min()
    return UserTotals(
        check_ins=len(check_ins),
        confirmation=confirmation(check_ins),
        earned=earned(rewards),
        outstanding=outstanding(rewards),
        paid_out=claimed(payouts),
        next_check_in_at=None if pd.isna(due) else due.to_pydatetime(),
    )


def users_at_week_ends(total: int | None, registered: pd.Series) -> Sequence[int]:
    """Users at the end of each week but the last of `registered`, oldest first; empty if unknown.

    `registered`: new users a week, its last one the running week up to now. Users who left are
    not in Ownli's lists, so the past is that of the users there are today.
    """
    counts = list(registered)
    if total is None or any(wording.is_missing(count) for count in counts):
        return []
    ends = []
    there = total
    for count in reversed(counts[1:]):
        there -= int(count)
        ends.append(there)
    return ends[::-1]
