"""How many users registered in each of some spans, from Ownli's counts alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from threading import Lock

import pandas as pd

from ownli_api.cache.reloads import unchecked
from ownli_api.cache.rows import EARLIEST
from ownli_api.cache.shared import Fetch, Snapshot
from ownli_api.client import Span
from ownli_api.values import TIME

# What was registered so long ago is counted once for all.
CLOSED_AFTER = timedelta(hours=1)
# Ownli's filters include both ends and know milliseconds.
MILLISECOND = timedelta(milliseconds=1)


class RegisteredUntil:
    """Users registered up to an instant, remembered for instants of the past.

    A span is the difference of two of these counts: whatever a server makes of a user who
    registered within a millisecond of its end, that user is counted in one span and in no other.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: dict[datetime, int] = {}

    def forget(self) -> None:
        """Ask about instants of the past as well again."""
        with self._lock:
            self._known.clear()

    def counts(self, fetch: Fetch, instants: Sequence[datetime]) -> dict[datetime, int | None]:
        """The count up to each instant; None where Ownli does not say."""
        with self._lock:
            found: dict[datetime, int | None] = dict(self._known)
        missing = [instant for instant in dict.fromkeys(instants) if instant not in found]
        report, done = fetch.progress(), 0
        for at in range(0, len(missing), max(1, fetch.client.stats().parallel)):
            some = missing[at : at + max(1, fetch.client.stats().parallel)]
            found |= zip(some, fetch.together(*[_count(fetch, one) for one in some]), strict=True)
            done += len(some)
            report(done, len(missing))
        with self._lock:
            self._known |= {
                instant: count
                for instant in missing
                if (count := found[instant]) is not None and instant < fetch.at - CLOSED_AFTER
            }
        return found


class NewUsers:
    """How many users registered in each span. Columns: start, end, count (Int64)."""

    def __init__(self, registered: RegisteredUntil, spans: Sequence[Span]) -> None:
        self._registered = registered
        self._spans = tuple(spans)

    def update(self, fetch: Fetch, held: Snapshot | None) -> Iterator[Snapshot]:
        """Count up to the beginning and the end of every span."""
        ends = [(span.start - MILLISECOND, span.end) for span in self._spans]
        counts = self._registered.counts(fetch, [instant for pair in ends for instant in pair])
        numbers = []
        for before, until in ends:
            first, last = counts[before], counts[until]
            numbers.append(None if first is None or last is None else max(0, last - first))
        frame = pd.DataFrame(
            {
                "start": pd.Series([span.start for span in self._spans], dtype=TIME),
                "end": pd.Series([span.end for span in self._spans], dtype=TIME),
                "count": pd.Series(numbers, dtype="Int64"),
            }
        )
        if held is not None and frame.equals(held.frame):
            frame = held.frame
        sentences = (unchecked("users"),) if None in numbers else ()
        yield Snapshot(frame, fetch.at, sentences, complete=not sentences)


def _count(fetch: Fetch, until: datetime) -> partial[int | None]:
    return partial(fetch.client.count_users, registered=Span(EARLIEST, until))
