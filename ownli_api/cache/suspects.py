"""Who may have claimed: judged by where an owner's Confirmed rewards lie and where some are gone.

A claim takes a user's whole balance, so an owner of whom more rewards lie in a stretch than are
gone there has not claimed, and the gone rewards of all stretches together are those of the
claimants.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ownli_api.cache.tables import US_PER_MS, Ints

Floats = NDArray[np.float64]
Rows = tuple[int, int]

# Rounds in which the chances are fitted to the counts; more change little.
FITTINGS = 20
# An owner this likely is asked for payouts: a right guess costs nothing, as the date is needed.
LIKELY = 0.5
# Owners as good as certain are asked side by side.
CERTAIN = 0.9


@dataclass(frozen=True)
class Part:
    """Where to halve a stretch.

    stretch: which one. cut_ms: last millisecond of its first half. row: first row of its second.
    """

    stretch: int
    cut_ms: int
    row: int


class Suspects:
    """The owners of Confirmed rewards, and how likely each has claimed.

    owners, times: of each reward, oldest first, times in microseconds. ends: for each reward, which
    one is the first that no longer fits on a page that begins with it. cuts: the milliseconds at
    which Ownli's filters can part rewards.
    """

    def __init__(self, owners: pd.Series[str], times: Ints, ends: Ints, cuts: Ints) -> None:
        codes, names = pd.factorize(owners)
        self.names = list(names)
        self._times, self._ends, self._cuts = times, ends, cuts
        # Rewards without an owner belong to one more owner, who is no suspect.
        self._codes = np.where(codes < 0, len(names), codes)
        self._weights = np.bincount(self._codes, minlength=len(names) + 1).astype(np.float64)
        self._weights[len(names)] = 0
        self._chances: Floats = np.zeros(len(names) + 1)
        self._held: Ints = np.zeros((0, len(names) + 1), dtype=np.int64)
        self._doubt = 0.0

    @property
    def claims(self) -> float:
        """How many claims are expected."""
        return float(self._chances.sum())

    def clear(self, owners: Sequence[str]) -> None:
        """These have been looked into."""
        known = pd.Index(self.names).get_indexer(pd.Index(owners))
        self._weights[known[known >= 0]] = 0

    def clear_within(self, rows: Rows) -> None:
        """Whoever has rewards among these has been looked into."""
        self._weights[np.unique(self._codes[rows[0] : rows[1]])] = 0

    def weigh(self, stretches: Sequence[Rows], gone: Sequence[int]) -> None:
        """Fit the chances of all owners to how many rewards are gone from each stretch."""
        size = len(self._weights)
        per_stretch = [np.bincount(self._codes[a:b], minlength=size) for a, b in stretches]
        self._held, counted = np.stack(per_stretch), np.array(gone, dtype=np.float64)
        able = np.flatnonzero((self._weights > 0) & ~(self._held > counted[:, None]).any(axis=0))
        self._chances = np.zeros(size)
        self._doubt = 0.0
        if not len(able) or not counted.any():
            return
        open_ = counted > 0
        held, counted = self._held[open_][:, able].astype(np.float64), counted[open_]
        # Whoever has more rewards has claimed more probably, until counts say otherwise.
        whole = held.sum(axis=0)
        chances = self._weights[able] * counted.sum() / (self._weights[able] @ whole)
        for _ in range(FITTINGS):
            expected = np.maximum(held @ chances, 1e-12)
            chances = np.minimum(1.0, chances * (held.T @ (counted / expected)) / whole)
        self._chances[able] = chances
        shares = chances[chances > 0] / chances.sum()
        self._doubt = float(-(shares * np.log2(shares)).sum())

    def likely(self) -> list[str]:
        """Owners worth asking without looking further."""
        order = np.argsort(-self._chances)[:8]
        certain = [at for at in order.tolist() if self._chances[at] >= CERTAIN]
        first = [at for at in order[:1].tolist() if self._chances[at] >= LIKELY]
        return [self.names[at] for at in certain or first]

    def pages(self, most: int) -> tuple[float, list[Rows]]:
        """The pages that show most claims, and how much the first tells, in bits."""
        sums = np.concatenate([[0.0], np.cumsum(self._chances[self._codes])])
        starts = np.arange(len(self._ends))
        worth = sums[self._ends] - sums[starts]
        found: list[Rows] = []
        told = 0.0
        while len(found) < most and worth.max(initial=0.0) > 0:
            first = int(worth.argmax())
            rows = (first, int(self._ends[first]))
            if not found:
                shown = self._chances[np.unique(self._codes[rows[0] : rows[1]])].sum()
                told = float(shown) * self._doubt
            found.append(rows)
            worth[(starts < rows[1]) & (self._ends > rows[0])] = 0
        return told, found

    def parts(
        self, stretches: Sequence[Rows], gone: Sequence[int], most: int
    ) -> tuple[float, list[Part]]:
        """Which stretches to halve by a count, and how much the first count tells, in bits."""
        found = []
        for which, (rows, lost) in enumerate(zip(stretches, gone, strict=True)):
            cut = self._cut(rows) if lost else None
            if cut is not None:
                found.append((self._told(which, rows[0], cut[1], lost), Part(which, *cut)))
        found.sort(key=lambda one: -one[0])
        return (found[0][0] if found else 0.0), [part for _, part in found[:most]]

    def _cut(self, rows: Rows) -> tuple[int, int] | None:
        """Where half of what is expected lies on either side."""
        first, last = rows
        if last - first < 2 or not len(self._cuts):
            return None
        sums = np.cumsum(self._chances[self._codes[first:last]])
        half = first + int(np.searchsorted(sums, sums[-1] / 2)) if sums[-1] > 0 else first
        half = min(max(half, first), last - 2)
        at = int(np.searchsorted(self._cuts, -(-int(self._times[half]) // US_PER_MS)))
        for place in (at, at - 1):
            if 0 <= place < len(self._cuts):
                cut = int(self._cuts[place])
                row = int(np.searchsorted(self._times, cut * US_PER_MS, "right"))
                if first < row < last:
                    return cut, row
        return None

    def _told(self, which: int, first: int, row: int, lost: int) -> float:
        left = np.bincount(self._codes[first:row], minlength=len(self._chances))
        here = self._held[which]
        expected = float(self._chances @ here)
        share = float(self._chances @ left) / expected if expected else 0.5
        spread = self._chances * (1 - self._chances) * (left - share * here) ** 2
        varied = min(float(spread.sum()), lost**2 / 4)
        # The entropy of a number that varies so much.
        bits = 0.5 * math.log2(2 * math.pi * math.e * (varied + 1 / 12))
        return max(0.0, min(bits, math.log2(lost + 1)))
