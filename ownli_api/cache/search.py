"""Finding where Ownli's counts differ from ours with few requests, and reading only there."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ownli_api.cache.questions import Between
from ownli_api.cache.tables import US_PER_MS, Ints

# So few pages are read at once: halving them first would cost as many requests.
PAGES_READ_AT_ONCE = 2


@dataclass(frozen=True)
class Stretch:
    """A span and how many rows Ownli counts in it."""

    span: Between
    counted: int


class Search:
    """Halves a span until the rows that differ lie in a few pages, then has those read.

    count: Ownli's count of a span (one request). held: ours. times: the times of ours, sorted, in
    microseconds. read: reads the list of a span and corrects ours. changes_a_find: how many
    differences one reading usually settles beyond its own span.
    """

    def __init__(
        self,
        *,
        count: Callable[[Between], int | None],
        held: Callable[[Between], int],
        times: Callable[[Between], Ints],
        read: Callable[[Between], None],
        page_rows: int,
        most_counts: int,
        changes_a_find: int = 1,
    ) -> None:
        self._count = count
        self._held = held
        self._times = times
        self._read = read
        self._page_rows = page_rows
        self._counts_left = most_counts
        self._changes_a_find = changes_a_find

    def run(self, span: Between, counted: int) -> bool:
        """Search one span; True when ours and Ownli's counts agree everywhere in it."""
        open_stretches = [Stretch(span, counted)]
        stuck = False
        while True:
            open_stretches = [one for one in open_stretches if self._gap(one)]
            if not open_stretches:
                return not stuck
            densest = max(open_stretches, key=self._density)
            open_stretches.remove(densest)
            middle = None if self._worth_reading(densest) else self._middle(densest.span)
            if middle is None:
                self._read(densest.span)
                stuck = stuck or self._gap(densest) != 0
                continue
            halves = self._halves(densest, middle)
            if halves is None:
                return False
            open_stretches.extend(halves)

    def _gap(self, stretch: Stretch) -> int:
        return stretch.counted - self._held(stretch.span)

    def _density(self, stretch: Stretch) -> float:
        return abs(self._gap(stretch)) / (1 + self._held(stretch.span))

    def _worth_reading(self, stretch: Stretch) -> bool:
        pages = math.ceil(max(self._held(stretch.span), stretch.counted) / self._page_rows)
        finds = math.ceil(abs(self._gap(stretch)) / self._changes_a_find)
        return pages <= PAGES_READ_AT_ONCE or effort(pages, finds) >= pages

    def _middle(self, span: Between) -> int | None:
        """The last millisecond of the first half; None if the rows cannot be parted."""
        times = self._times(span)
        # Ownli's filters know milliseconds: only a gap of one can part two rows.
        ends = -(-times // US_PER_MS)
        parts = np.flatnonzero(ends[:-1] * US_PER_MS + US_PER_MS <= times[1:])
        if not len(parts):
            return None
        return int(ends[parts[np.abs(parts - len(times) // 2).argmin()]])

    def _halves(self, stretch: Stretch, middle: int) -> list[Stretch] | None:
        if self._counts_left <= 0:
            return None
        self._counts_left -= 1
        start, end = stretch.span
        counted = self._count((start, middle))
        if counted is None:
            return None
        return [
            Stretch((start, middle), counted),
            Stretch((middle + 1, end), stretch.counted - counted),
        ]


def effort(pages: float, finds: int) -> float:
    """The requests it takes to find so many differences in a list of so many pages."""
    if finds >= pages:
        return pages
    # The first halvings part them; then each is alone in its stretch, and found there.
    return min(pages, finds * (math.log2(pages / finds) + 2) - 1)


def clusters(wanted: Ints, times: Ints, page_rows: int) -> list[Between]:
    """Few spans that hold all `wanted` times, each with at most a page of the sorted `times`.

    Both in microseconds since 1970.
    """
    spans: list[Between] = []
    wanted = np.sort(wanted)
    while len(wanted):
        first = int(np.searchsorted(times, wanted[0], "left"))
        if first + page_rows < len(times):
            inside = wanted[wanted < times[first + page_rows]]
        else:
            inside = wanted
        inside = inside if len(inside) else wanted[wanted == wanted[0]]
        spans.append((int(inside[0] // US_PER_MS), int(-(-inside[-1] // US_PER_MS))))
        wanted = wanted[len(inside) :]
    return spans
