"""What changed among the check-ins of one kind: asked for by `updated`, held against a count."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ownli_api.cache import tables
from ownli_api.cache.balance import Balance
from ownli_api.cache.draft import Draft
from ownli_api.cache.questions import FIRST_MS, LAST_MS, Between, Questions
from ownli_api.cache.search import Search, clusters
from ownli_api.cache.tables import NEVER_US, US_PER_MS, Mask

if TYPE_CHECKING:
    from ownli_api.client import Listing

# Check-ins that may still change, and are kept whatever their age.
OPEN = ("OnHold", "Pending")
TIME = "checked_in_at"
UPDATED = "updated_at"
MOVE = ["owner_id", "checked_in_at"]
# Counts asked at most to find where one kind differs.
MOST_COUNTS = 48


class CheckInChanges:
    """One refresh's changes of one kind, taken over into the draft of the next version.

    start_ms: since when all check-ins are held. mark: from when on to ask, given the newest time
    known (microseconds or None). note: takes listings for what they say about unreadable rows.
    """

    def __init__(
        self,
        questions: Questions,
        draft: Draft,
        kind: str,
        start_ms: int,
        latest: Callable[[str, str], int | None],
        mark: Callable[[int | None], int],
        note: Callable[[Listing], None],
    ) -> None:
        self.kind = kind
        self._questions = questions
        self._draft = draft
        self._start_ms = start_ms
        self._latest = latest
        self._mark = mark
        self._note = note

    def ask(self) -> tuple[Listing, int | None]:
        """What was updated since, and how many there are."""
        mark = self._mark(self._latest(self.kind, UPDATED))
        listing = self._questions.check_ins(self.kind, updated=(mark, LAST_MS))
        counted = self._questions.count_check_ins(self.kind, (self._start_ms, LAST_MS))
        return listing, counted

    def absorb(self, listing: Listing) -> pd.DataFrame:
        """Take over rows that belong to what is held; let go of those that no longer do.

        Returns which were decided: columns owner_id, checked_in_at.
        """
        inside = is_inside(listing.frame, self._start_ms)
        ours, others = listing.frame[inside], listing.frame[~inside]
        new = self._draft.put(ours)
        self._draft.drop(others)
        self._note(listing)
        return pd.concat([ours[new & ~is_open(ours)], others])[MOVE]

    def follow_open(self) -> None:
        """Find decisions without a trace: rows without `updated` that are no longer open.

        Asks nothing where every open row says when it was updated.
        """
        base = self._draft.base
        untraced = is_open(base) & (base["kind"] == self.kind).to_numpy()
        if not base[UPDATED].isna().to_numpy()[untraced].any():
            return
        lists = [partial(self._questions.check_ins, self.kind, status=word) for word in OPEN]
        frames = [listing.frame for listing in self._questions.together(lists)]
        for frame in frames:
            self._draft.put(frame)
        rows = self._draft.rows(self.kind)
        rows = rows[is_open(rows)]
        there = pd.concat([frame["id"] for frame in frames])
        wanted = tables.instants(rows[~rows["id"].isin(there).to_numpy()], TIME)
        times = self._draft.times(self.kind, FIRST_MS, LAST_MS)
        for span in clusters(wanted[wanted != NEVER_US], times, self._questions.rows_alone):
            listing = self._questions.check_ins(self.kind, checked_in=span)
            inside = is_inside(listing.frame, self._start_ms)
            self._draft.replace(listing.frame[inside], self.kind, *span)

    def verify(self, counted: int | None, balance: Balance, *, searching: bool) -> bool:
        """Compare the count with Ownli's; where it differs, find the rows and repair them.

        searching: False where a search was in vain a moment ago. Returns whether one was now.
        """
        ours = self._draft.count(self.kind, self._start_ms)
        if counted is None or balance.explains(self.kind, counted, ours):
            balance.settle(self.kind, counted, ours)
            return False
        # First what is new: rows without an `updated`, and those sent while we were counting.
        mark = max(self._mark(self._latest(self.kind, TIME)), self._start_ms)
        recent = self._questions.check_ins(self.kind, checked_in=(mark, LAST_MS))
        self._draft.replace(recent.frame, self.kind, mark, LAST_MS)
        self._note(recent)
        before = (self._start_ms, mark - 1)
        if balance.explains(self.kind, counted - len(recent.frame), self._count(before)):
            ours = self._draft.count(self.kind, self._start_ms)
            balance.settle(self.kind, counted, ours)
            return False
        known = self._questions.count_check_ins(self.kind, before)
        if not searching:
            # Not excused: it may be another difference than the one looked into.
            balance.doubt(self.kind, known, self._count(before))
            return False
        if known is not None and known != self._count(before):
            self._repair(before, known)
        balance.settle(self.kind, known, self._count(before))
        return balance.differs(self.kind)

    def _count(self, span: Between) -> int:
        """Ours of a span, and those without a time, which Ownli counts somewhere."""
        return self._draft.count(self.kind, *span) + self._draft.count(self.kind, LAST_MS + 1)

    def _repair(self, span: Between, counted: int) -> None:
        def read(stretch: Between) -> None:
            listing = self._questions.check_ins(self.kind, checked_in=stretch)
            self._draft.replace(listing.frame, self.kind, *stretch)
            self._note(listing)

        Search(
            count=lambda stretch: self._questions.count_check_ins(self.kind, stretch),
            held=lambda stretch: self._draft.count(self.kind, *stretch),
            times=lambda stretch: self._draft.times(self.kind, *stretch),
            read=read,
            page_rows=self._questions.page_rows,
            most_counts=MOST_COUNTS,
        ).run(span, counted - self._draft.count(self.kind, LAST_MS + 1))


def is_open(rows: pd.DataFrame) -> Mask:
    """Which check-ins may still change."""
    words = rows["status"].cat.categories
    codes = [at for at, word in enumerate(words) if word in OPEN]
    return np.isin(rows["status"].array.codes, codes)


def is_inside(rows: pd.DataFrame, start_ms: int) -> Mask:
    """Which rows are held: those since the start, those without a time, and open ones."""
    since: Mask = tables.instants(rows, TIME) >= start_ms * US_PER_MS
    return since | is_open(rows)
