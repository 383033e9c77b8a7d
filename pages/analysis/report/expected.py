"""Settled or not: what recent weeks will come to, learned from how past weeks were decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from pages.analysis.metrics.columns import (
    MISSING_MOMENT,
    Ints,
    Slots,
    has_word,
    moments,
)
from pages.analysis.periods import DAY_US, Week
from pages.analysis.report.inputs import CHECK_IN_WEEKS, Inputs
from pages.analysis.terms import CONFIRMED, DECIDED
from pages.analysis.zones import microseconds

LEAST_SETTLED = 8
"""With fewer settled weeks there is too little to learn from, and nothing is expected."""
COVERED = 0.8
"""The share of past weeks whose true end lay within the interval."""
_SHORTEST_DAYS, _LONGEST_DAYS = 7, 56
_ALMOST_ALL = 99

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Expected:
    """One week's confirmed check-ins: decided so far, expected in the end, between low and high.

    `typical_miss`: by how much, as a share of the true end, the same sum done at the same age
    missed in past weeks (median), each left out of its own learning. `learned_from`: those weeks.
    """

    week: Week
    confirmed: int
    undecided: int
    expected: float
    low: float
    high: float
    typical_miss: float
    learned_from: int


@dataclass(frozen=True)
class Settling:
    """How long decisions take and what that means for the report's weeks.

    `days`: a week counts as settled so many days after its end. `settled`: how many past weeks
    are. `weeks`: the report's unsettled ones that still hold undecided check-ins. `reason`: why
    nothing is expected; None if something could be.
    """

    days: int
    settled: int
    weeks: tuple[Expected, ...]
    reason: str | None


def settling(inputs: Inputs) -> Settling | None:
    """What the report's unsettled weeks are expected to come to; None without check-ins.

    The running week is left out: how many will still be submitted in it is not known.
    """
    if inputs.check_ins is None:
        return None
    past = _Past.of(inputs)
    settled = past.settled(inputs)
    if len(settled) < LEAST_SETTLED:
        reason = (
            f"Expected results need {LEAST_SETTLED} settled weeks; there are {len(settled)} so far."
        )
        return Settling(past.days, len(settled), (), reason)
    waiting = [
        past.expected(week, settled)
        for week in inputs.weeks
        if week not in settled and inputs.calendar.ends(week) <= inputs.as_of
    ]
    return Settling(past.days, len(settled), tuple(one for one in waiting if one.undecided), None)


@dataclass(frozen=True)
class _Past:
    """Check-ins by week: when each was decided (the last moment there is if it is not)."""

    weeks: Sequence[Week]
    ends: Ints
    place: Ints
    decided_at: Ints
    confirmed: NDArray[np.bool_]
    days: int
    now: int

    @classmethod
    def of(cls, inputs: Inputs) -> _Past:
        check_ins = inputs.check_ins
        assert check_ins is not None, "asked for only when there are check-ins"  # noqa: S101
        weeks = inputs.calendar.weeks_back(inputs.week, CHECK_IN_WEEKS)
        slots = Slots.by_week(inputs.calendar, weeks)
        submitted, updated = moments(check_ins["checked_in_at"]), moments(check_ins["updated_at"])
        place = slots.place(submitted)
        decided = has_word(check_ins["status"], DECIDED)
        # A decision without a date was there from the start: it can only make us more careful.
        decided_at = np.where(updated == MISSING_MOMENT, submitted, updated)
        decided_at = np.where(decided, decided_at, np.iinfo(np.int64).max)
        lags = (decided_at - submitted)[decided & (place >= 0)]
        lag = float(np.percentile(lags, _ALMOST_ALL)) / DAY_US if len(lags) else 0.0
        return cls(
            weeks,
            slots.ends,
            place,
            decided_at,
            has_word(check_ins["status"], (CONFIRMED,)),
            int(min(max(np.ceil(lag), _SHORTEST_DAYS), _LONGEST_DAYS)),
            microseconds(inputs.as_of),
        )

    def settled(self, inputs: Inputs) -> list[Week]:
        """The weeks that ended long enough ago, none before the partner's first."""
        first = inputs.first_week
        last = inputs.as_of - timedelta(days=self.days)
        return [
            week
            for week in self.weeks
            if first is not None and week >= first and inputs.calendar.ends(week) <= last
        ]

    def expected(self, week: Week, settled: Sequence[Week]) -> Expected:
        """The end of a week, from what became of those undecided at the same age before."""
        at = self.weeks.index(week)
        age = self.now - int(self.ends[at])
        places = [self.weeks.index(one) for one in settled]
        known = np.array([self._at_age(place, age) for place in places], dtype=float)
        by_then, open_then, came = known[:, 0], known[:, 1], known[:, 2]
        # Each week is told by all the others, as this one is told by all of them.
        others = _share(came.sum() - came, open_then.sum() - open_then)
        truth = by_then + came
        misses = truth - (by_then + others * open_then)
        relative = misses / np.maximum(open_then, 1.0)
        edge = (1 - COVERED) / 2
        confirmed, undecided = self._now(at)
        share = float(_share(came.sum(), open_then.sum()))
        low, high = np.quantile(relative, [edge, 1 - edge])
        ends = [
            float(np.clip(confirmed + (share + off) * undecided, confirmed, confirmed + undecided))
            for off in (min(low, 0.0), 0.0, max(high, 0.0))
        ]
        return Expected(
            week=week,
            confirmed=confirmed,
            undecided=undecided,
            expected=ends[1],
            low=ends[0],
            high=ends[2],
            typical_miss=float(np.median(np.abs(misses) / np.maximum(truth, 1.0))),
            learned_from=len(settled),
        )

    def _at_age(self, place: int, age: int) -> tuple[int, int, int]:
        """Confirmed by then, undecided then, and how many of those were confirmed later."""
        rows = self.place == place
        then = int(self.ends[place]) + age
        late = rows & (self.decided_at > then)
        return (
            int((rows & self.confirmed & ~late).sum()),
            int(late.sum()),
            int((late & self.confirmed).sum()),
        )

    def _now(self, place: int) -> tuple[int, int]:
        rows = self.place == place
        return (
            int((rows & self.confirmed).sum()),
            int((rows & (self.decided_at == np.iinfo(np.int64).max)).sum()),
        )


def _share(part: Floats | float, whole: Floats | float) -> Floats:
    """part / whole, 0 where there is nothing."""
    found: Floats = np.asarray(part, dtype=float) / np.maximum(np.asarray(whole, dtype=float), 1.0)
    return found
