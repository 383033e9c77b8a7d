"""Rewards: four counts prove a million rows fresh; where they differ, only that is read."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial

import numpy as np
import pandas as pd

from ownli_api.cache import tables
from ownli_api.cache.check_ins import CheckIns
from ownli_api.cache.claims import Claims
from ownli_api.cache.doubles import without_doubles
from ownli_api.cache.draft import Draft
from ownli_api.cache.given_up import GivenUp
from ownli_api.cache.kept import Timing
from ownli_api.cache.questions import FIRST_MS, LAST_MS, Questions
from ownli_api.cache.renewed import OVERLAP_MS, PLAUSIBLE_AHEAD_MS, Renewed
from ownli_api.cache.reward_changes import (
    ANY,
    CLAIMED,
    CONFIRMED,
    DECLINED,
    LIVE,
    PENDING,
    STATUSES,
    TIME,
    RewardChanges,
    is_live,
)
from ownli_api.cache.tables import US_PER_MS

# Ownli goes on while we count: a second look tells a difference from a movement.
ROUNDS = 2
# A difference that could not be repaired is looked into again after so long; and without totals,
# when nothing is proven, the list is loaded anew no more often.
PAUSE_SECONDS = 900.0
# How long to wait for what the check-ins' refresh may tell, which may be waiting for a worker.
PATIENCE_SECONDS = 3.0

Gaps = dict[str, int]
Counts = dict[str, int | None]


class Rewards(Renewed):
    """All rewards of all time."""

    time_column: str | None = TIME

    def __init__(self, timing: Timing, executor: Executor, check_ins: CheckIns) -> None:
        super().__init__("rewards", timing, executor)
        self._check_ins = check_ins
        # Whoever keeps payouts is told those that were asked for on the way.
        self.told: Callable[[pd.DataFrame], None] = lambda payouts: None  # noqa: ARG005
        self._given_up = GivenUp()
        # Payouts that no reward names, so that they are not asked about at every refresh.
        self._barren: set[str] = set()
        # Differences looked into in vain, and those seen once.
        self._excused: Gaps = {}
        self._suspected: Gaps = {}
        self._unsure: tuple[str, ...] = ()
        self._counted: int | None = None

    def load(self, questions: Questions) -> None:
        """Load the whole list, but for what the byte bound would make us give up again."""
        at = self.timing.clock()
        floor = self.floor_ms
        if floor is None:
            calls = [partial(questions.rewards)]
        else:
            calls = [partial(questions.rewards, rewarded=(floor, LAST_MS))]
            before = (FIRST_MS, floor - 1)
            calls += [partial(questions.rewards, rewarded=before, status=word) for word in LIVE]
        listings = questions.together(calls)
        for listing in listings:
            self.note(listing)
        stacked = tables.stacked([listing.frame for listing in listings], TIME)
        self._excused, self._suspected, self._unsure = {}, {}, ()
        self._barren.clear()
        if floor is None:
            self._given_up = GivenUp()
        totals = [listing.total_items for listing in listings]
        counted = sum(total or 0 for total in totals)
        self._counted = None if None in totals else counted + self._given_up.count(None, None)
        if self._counted is None:
            self._unsure = (_NO_TOTALS,)
        elif counted != len(stacked):
            self._unsure = (_differs("rewards", counted, len(stacked)),)
        self._settle(without_doubles(stacked, TIME), at)

    def renew(self, questions: Questions) -> None:
        """Compare the counts by status; where they differ, find and read what moved."""
        assert self.version is not None  # noqa: S101 - only a list that is held is renewed
        at = self.timing.clock()
        draft = Draft(self.version.frame, time=TIME, key=("id",), group="status")
        changes = RewardChanges(questions, draft, self._given_up, self.floor_ms, self.note)
        claims = Claims(changes, questions, draft, self.told, self._barren)
        gaps: Gaps = {}
        counts: Counts = {}
        mark = self._mark(draft, at)
        for _ in range(ROUNDS):
            # The newest are read in any case: a row that is new hides one that is gone.
            counts = self._counts(questions, partial(changes.read_newest, mark))
            gaps = self._gaps(changes, counts)
            if None in counts.values() or not gaps:
                break
            self._explain(changes, claims, counts)
            gaps = self._gaps(changes, counts)
            if not gaps:
                break
        if None in counts.values():
            self._counted = None
            self._renew_unproven(changes)
        else:
            missing = sum((counts[word] or 0) - changes.held(word) for word in STATUSES)
            self._counted = counts.get(ANY, changes.held(ANY) + missing)
            self._judge(changes, counts, gaps)
        self._settle(draft.frame(), at)

    def let_go(self, before_ms: int) -> None:
        """Give up the decided and claimed rewards before a Monday; the outstanding stay."""
        with self.changed:
            if self.version is None or self.loading is not None:
                return
            frame = self.version.frame
            times = tables.instants(frame, TIME)
            keep = (times >= before_ms * US_PER_MS) | is_live(frame)
            for word in tables.words(frame, "status"):
                gone = times[~keep & (frame["status"] == word).to_numpy()]
                self._given_up.add(word, gone)
            self.floor_ms = before_ms
            self._settle(tables.kept(frame, keep), self.version.at)

    def _counts(self, questions: Questions, beside: Callable[[], None]) -> Counts:
        """Ownli's counts by status; something else is done meanwhile."""
        assert self.version is not None  # noqa: S101 - only a list that is held is renewed
        words = list(STATUSES)
        if set(tables.words(self.version.frame, "status")) - set(STATUSES):
            # Ownli has words that cannot be asked for: only the total covers those.
            words.append(ANY)
        calls: list[Callable[[], int | None]] = [beside]
        calls += [partial(questions.count_rewards, word) for word in words]
        return dict(zip(words, questions.together(calls)[1:], strict=True))

    def _gaps(self, changes: RewardChanges, counts: Counts) -> Gaps:
        """By how many rows Ownli's counts exceed ours, where they do so unexplained."""
        gaps = {
            word: counted - changes.held(word) - self._excused.get(word, 0)
            for word, counted in counts.items()
            if counted is not None
        }
        return {word: gap for word, gap in gaps.items() if gap}

    def _explain(self, changes: RewardChanges, claims: Claims, counts: Counts) -> None:
        """Find decisions, then claims, then whatever else differs: each explains some of the rest.

        A status whose difference is excused is compared without it.
        """
        assert self.version is not None  # noqa: S101 - only a list that is held is renewed

        def counted(word: str) -> int:
            return (counts[word] or 0) - self._excused.get(word, 0)

        if PENDING in self._gaps(changes, counts):
            since = self.version.at - OVERLAP_MS / 1000
            # A refresh of the check-ins that began nearer to now than to our last one will do.
            recent = (self.version.at + self.timing.clock()) / 2
            hints = self._check_ins.moved_since(since, recent, PATIENCE_SECONDS)
            changes.read_hinted(hints)
        if PENDING in self._gaps(changes, counts):
            changes.find(PENDING, counted(PENDING))
        if CLAIMED in self._gaps(changes, counts) and not claims.find(
            counted(CLAIMED), counted(CONFIRMED)
        ):
            return  # the next round counts again
        for word in (CONFIRMED, DECLINED, ANY):
            if word in self._gaps(changes, counts):
                changes.find(word, counted(word))

    def _mark(self, draft: Draft, at: float) -> int:
        limit = (int(at * 1000) + PLAUSIBLE_AHEAD_MS) * US_PER_MS
        times = tables.instants(draft.base, TIME)
        newest = int(np.searchsorted(times, limit, "right")) - 1
        return self.mark_ms(int(times[newest]) if newest >= 0 else None)

    def _renew_unproven(self, changes: RewardChanges) -> None:
        """Without totals: what is new and what is decided can be read; the rest waits its turn."""
        changes.read_decisions()
        self._unsure = (_NO_TOTALS,)
        if self.timing.clock() - self._whole_at > PAUSE_SECONDS:
            self._anew = True

    def _judge(self, changes: RewardChanges, counts: Counts, gaps: Gaps) -> None:
        """A difference that is there twice in a row is named, and not searched for again."""
        for word, gap in gaps.items():
            if self._suspected.get(word) == gap:
                self._excused[word] = self._excused.get(word, 0) + gap
        self._suspected = {word: gap for word, gap in gaps.items() if word not in self._excused}
        self._unsure = tuple(
            _differs("rewards" if word == ANY else f"{word} rewards", counts[word] or 0, ours)
            for word, excused in self._excused.items()
            if excused and (ours := changes.held(word)) != counts.get(word)
        )

    def _settle(self, frame: pd.DataFrame, at: float) -> None:
        problems = (*self.noted, *self._unsure, *self.let_go_sentence())
        counted = (
            None if self._counted is None else self._counted - self._given_up.count(None, None)
        )
        self.publish(frame, at, problems, complete=self.floor_ms is None, counted=counted)


_NO_TOTALS = "Ownli gives no totals for rewards, so changes are seen late and rows are unchecked."


def _differs(noun: str, counted: int, ours: int) -> str:
    return f"Ownli counts {counted:,} {noun} where its list has {ours:,} readable rows."
