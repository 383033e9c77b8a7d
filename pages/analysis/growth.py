"""How many users there were at the end of past weeks, told from those of today."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pages.analysis import wording


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
