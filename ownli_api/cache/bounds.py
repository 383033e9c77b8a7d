"""The bound on memory: when all rows take more, the oldest weeks go."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ownli_api.cache import tables
from ownli_api.cache.kept import Kept
from ownli_api.cache.renewed import Renewed
from ownli_api.cache.tables import NEVER_US, US_PER_MS

# Trimming to a little below the bound keeps it from happening at every refresh.
TRIM_TO = 0.9
# The weeks that stay whatever the bound is: without them no page shows anything.
WEEKS_THAT_STAY = 4


def trim(lists: Sequence[Renewed], others: Sequence[Kept], most_bytes: int) -> None:
    """Give up weeks, the oldest of all lists first, until everything held fits the bound."""
    everything: list[Kept] = [*lists, *others]
    taken = sum(one.bytes_held() for one in everything)
    if taken <= most_bytes:
        return
    surplus = taken - int(most_bytes * TRIM_TO)
    weeks = sorted(week for one in lists for week in _weeks(one))
    cut: int | None = None
    for week_us, size in weeks:
        if surplus <= 0:
            break
        surplus -= size
        cut = tables.next_week_us(week_us)
    if cut is None:
        return
    for one in lists:
        floor = one.floor_ms
        if floor is None or floor < cut // US_PER_MS:
            one.let_go(cut // US_PER_MS)


def _weeks(one: Renewed) -> list[tuple[int, int]]:
    """(Monday in microseconds, estimated bytes) of the weeks that may go."""
    if one.version is None or one.time_column is None or one.version.frame.empty:
        return []
    times = tables.instants(one.version.frame, one.time_column)
    times = times[times != NEVER_US]
    if not len(times):
        return []
    a_row = one.bytes_held() / len(one.version.frame)
    last = tables.week_start_us(int(times[-1])) - (WEEKS_THAT_STAY - 1) * tables.WEEK_US
    weeks, rows = np.unique(tables.week_starts_us(times), return_counts=True)
    return [
        (week, int(count * a_row))
        for week, count in zip(weeks.tolist(), rows.tolist(), strict=True)
        if week < last
    ]
