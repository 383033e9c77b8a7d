"""What moved among the rewards: found by counts of spans, read in as few pages as possible.

Statuses only move forward (Pending to Confirmed or Declined, Confirmed to Claimed), so a span in
which a status counts the same has lost and won none of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
import pandas as pd

from ownli_api.cache import tables
from ownli_api.cache.draft import Draft
from ownli_api.cache.questions import FIRST_MS, LAST_MS, Between, Questions
from ownli_api.cache.search import Search, clusters
from ownli_api.cache.tables import NEVER_US, US_PER_MS, Ints, Mask

TIME = "rewarded_at"
PENDING, CONFIRMED, DECLINED, CLAIMED = "Pending", "Confirmed", "Declined", "Claimed"
# In the order in which differences are looked for: each find explains some of the next.
STATUSES = (PENDING, CLAIMED, CONFIRMED, DECLINED)
# Rewards that may still change: kept whatever their age.
LIVE = (PENDING, CONFIRMED)
ANY = "All"

# One claim takes a user's whole balance; finding one of its rewards finds them all.
REWARDS_A_CLAIM = 8
FEWEST_COUNTS = 48


class GivenUp:
    """When the rewards were given that are no longer held, by their final status."""

    def __init__(self) -> None:
        self._times: dict[str, Ints] = {}

    def add(self, word: str, times: Ints) -> None:
        """Remember the times (microseconds) of rewards with a status."""
        before = self._times.get(word, times[:0])
        self._times[word] = np.sort(np.concatenate([before, times]))

    def count(self, word: str, span: Between | None) -> int:
        """How many of a status (`ANY`: of all) lie in a span (None: ever)."""
        words = list(self._times) if word == ANY else [word]
        known = [self._times[one] for one in words if one in self._times]
        if span is None:
            return sum(len(times) for times in known)
        first, last = span[0] * US_PER_MS, span[1] * US_PER_MS
        return sum(int(((times >= first) & (times <= last)).sum()) for times in known)


class RewardChanges:
    """One refresh's search for rewards that are new, decided, claimed or gone."""

    def __init__(
        self,
        questions: Questions,
        draft: Draft,
        given_up: GivenUp,
        floor_ms: int | None,
        note: Callable[[Iterable[str]], None],
    ) -> None:
        self._questions = questions
        self._draft = draft
        self._given_up = given_up
        self._floor_ms = floor_ms
        self._note = note
        self._payouts_read: set[str] = set()

    def held(self, word: str, span: Between | None = None) -> int:
        """Ours of a status (`ANY`: of all), those given up included."""
        group = None if word == ANY else word
        ours = self._draft.count(group) if span is None else self._draft.count(group, *span)
        return ours + self._given_up.count(word, span)

    def read_newest(self, mark_ms: int) -> None:
        """Read all rewards since a time."""
        self._read_all((mark_ms, LAST_MS))

    def read_decisions(self) -> None:
        """Read which rewards are Pending, and those of ours that no longer are."""
        left = self._read_pending((FIRST_MS, LAST_MS))
        if len(left):
            self._read_decided(tables.instants(left, TIME))

    def find(self, word: str, counted: int) -> None:
        """Find and read what makes ours of a status differ from Ownli's count of it."""
        group = None if word == ANY else word
        left: list[pd.DataFrame] = []

        def read(span: Between) -> None:
            if word == PENDING:
                left.append(self._read_pending(span))
            elif word == CLAIMED and counted > self.held(CLAIMED):
                self._read_claims(span, counted)
            else:
                self._read_all(span)

        pages = math.ceil(max(len(self._draft.base), counted) / self._questions.page_rows)
        Search(
            count=lambda span: self._questions.count_rewards(word, span),
            held=partial(self.held, word),
            times=lambda span: self._draft.times(group, *span),
            read=read,
            page_rows=self._questions.page_rows,
            most_counts=max(FEWEST_COUNTS, pages),
            changes_a_find=REWARDS_A_CLAIM if word == CLAIMED else 1,
        ).run((FIRST_MS, LAST_MS), counted - self._draft.count(group, LAST_MS + 1))
        if any(len(rows) for rows in left):
            self._read_decided(np.concatenate([tables.instants(rows, TIME) for rows in left]))

    def _read_pending(self, span: Between) -> pd.DataFrame:
        """The Pending ones of a span; returns, and lets go of, ours that are no longer Pending."""
        listing = self._questions.rewards(rewarded=span, status=PENDING)
        self._note(listing.problems)
        ours = self._draft.rows(PENDING)
        times = tables.instants(ours, TIME)
        inside = (times >= span[0] * US_PER_MS) & (times <= span[1] * US_PER_MS)
        left = ours[inside & ~ours["id"].isin(listing.frame["id"]).to_numpy()]
        self._draft.drop(left)
        self._draft.put(listing.frame)
        return left

    def _read_decided(self, wanted: Ints) -> None:
        # Those wanted are not in the draft at the moment, but will be on the pages.
        times = np.concatenate([self._draft.times(None, FIRST_MS, LAST_MS), wanted])
        spans = clusters(wanted[wanted != NEVER_US], np.sort(times), self._questions.page_rows)
        calls = [partial(self._questions.rewards, rewarded=span) for span in spans]
        for span, listing in zip(spans, self._questions.together(calls), strict=True):
            self._note(listing.problems)
            self._draft.replace(self._ours(listing.frame), None, *span)

    def _read_claims(self, span: Between, counted: int) -> None:
        """The Claimed ones of a span; then the rest of each new payout while some are missing."""
        listing = self._questions.rewards(rewarded=span, status=CLAIMED)
        self._note(listing.problems)
        rows = self._ours(listing.frame)
        new = rows[self._draft.put(rows)]
        for payout in sorted(set(new["payout_id"].dropna()) - self._payouts_read):
            if self.held(CLAIMED) >= counted:
                return
            self._payouts_read.add(payout)
            self._draft.put(self._ours(self._questions.rewards(payout_id=payout).frame))

    def _read_all(self, span: Between) -> None:
        listing = self._questions.rewards(rewarded=span)
        self._note(listing.problems)
        self._draft.replace(self._ours(listing.frame), None, *span)

    def _ours(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Without the rows that were given up for want of memory."""
        if self._floor_ms is None:
            return rows
        inside = tables.instants(rows, TIME) >= self._floor_ms * US_PER_MS
        return rows[inside | is_live(rows) | self._draft.holds(rows)]


def is_live(rows: pd.DataFrame) -> Mask:
    """Which rewards may still change."""
    words = rows["status"].cat.categories
    codes = [at for at, word in enumerate(words) if word in LIVE]
    return np.isin(rows["status"].array.codes, codes)
