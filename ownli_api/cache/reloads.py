"""When a list may be read again from nothing, and what is said when counts do not agree."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from ownli_api.client import Listing

# A reload that nobody asked for waits so many times as long as the last one took, and so long.
TIMES_AS_LONG = 10
SHORTEST_PAUSE = timedelta(seconds=60)
# What changes without a trace (an amount that is corrected, a new plate) is seen after so long.
READ_AGAIN = timedelta(days=1)


class Reloads:
    """When one list was read whole, and whether it may be again although nobody asked for it."""

    def __init__(self) -> None:
        self._last: datetime | None = None
        self._took = timedelta(0)
        self._read_at: datetime | None = None

    def overdue(self, at: datetime) -> bool:
        """Whether the list was read whole so long ago that it is to be read again.

        Of a list that an earlier process has read the time runs from its first refresh here.
        """
        if self._read_at is None:
            self._read_at = at
        return at - self._read_at > READ_AGAIN

    def may(self, at: datetime) -> bool:
        """Whether a reload may begin at this moment; it then counts as begun."""
        pause = max(SHORTEST_PAUSE, TIMES_AS_LONG * self._took)
        if self._last is not None and at - self._last < pause:
            return False
        self._last = at
        return True

    @contextmanager
    def timed(self, at: datetime) -> Iterator[None]:
        """While it lasts, the list is being read whole."""
        begun = time.monotonic()
        yield
        self._read_at = at
        self._took = timedelta(seconds=time.monotonic() - begun)


def miscount(noun: str, counted: int, ours: int) -> str:
    """The sentence for a list that does not agree with Ownli's count of it."""
    return f"Ownli counts {counted:,} {noun} where {ours:,} could be read."


def unchecked(noun: str) -> str:
    """The sentence for a list that Ownli does not count."""
    return f"Ownli gives no total for {noun}, so the number of rows is unchecked."


def problems_of(listing: Listing) -> tuple[str, ...]:
    """What could not be read of a list's rows; that Ownli gave no total is said by `unchecked`."""
    return () if listing.total_items is None else listing.problems
