"""What is remembered of rewards that are no longer held: enough to count them."""

from __future__ import annotations

import numpy as np

from ownli_api.cache.questions import Between
from ownli_api.cache.tables import US_PER_MS, Ints


class GivenUp:
    """When rewards were given that the byte bound made us let go, by their final status."""

    def __init__(self) -> None:
        self._times: dict[str, Ints] = {}

    def add(self, word: str, times: Ints) -> None:
        """Remember the times (microseconds) of rewards with a status."""
        before = self._times.get(word, times[:0])
        self._times[word] = np.sort(np.concatenate([before, times]))

    def count(self, word: str | None, span: Between | None) -> int:
        """How many of a status (None: of all) lie in a span (None: ever)."""
        words = list(self._times) if word is None else [word]
        known = [self._times[one] for one in words if one in self._times]
        if span is None:
            return sum(len(times) for times in known)
        first, last = span[0] * US_PER_MS, span[1] * US_PER_MS
        return sum(int(((times >= first) & (times <= last)).sum()) for times in known)
