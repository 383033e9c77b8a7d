"""What moved among the rewards: found by counts of spans, read in as few pages as possible.

Statuses only move forward (Pending to Confirmed or Declined, Confirmed to Claimed), so a span in
which a status counts the same has lost and won none of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ownli_api.cache import tables
from ownli_api.cache.draft import Draft
from ownli_api.cache.given_up import GivenUp
from ownli_api.cache.questions import FIRST_MS, LAST_MS, Between, Questions
from ownli_api.cache.search import Search, clusters
from ownli_api.cache.tables import NEVER_US, US_PER_MS, Ints, Mask

if TYPE_CHECKING:
    from ownli_api.client import Listing

TIME = "rewarded_at"
PENDING, CONFIRMED, DECLINED, CLAIMED = "Pending", "Confirmed", "Declined", "Claimed"
# In the order in which differences are looked for: each find explains some of the next.
STATUSES = (PENDING, CLAIMED, CONFIRMED, DECLINED)
# Rewards that may still change: kept whatever their age.
LIVE = (PENDING, CONFIRMED)
ANY = "All"

FEWEST_COUNTS = 48
# A reward is dated like its check-in, give or take this.
SAME_MOMENT_US = 60 * 1_000_000


class RewardChanges:
    """One refresh's search for rewards that are new, decided, claimed or gone.

    note: takes listings for what they say about rows that cannot be read.
    """

    def __init__(
        self,
        questions: Questions,
        draft: Draft,
        given_up: GivenUp,
        floor_ms: int | None,
        note: Callable[[Listing], None],
    ) -> None:
        self._questions = questions
        self._draft = draft
        self._given_up = given_up
        self._floor_ms = floor_ms
        self.note = note
        # The new payouts that rewards named, and their owners.
        self.met: dict[str, str | None] = {}

    def held(self, word: str, span: Between | None = None) -> int:
        """Ours of a status (`ANY`: of all), those given up included."""
        group = None if word == ANY else word
        ours = self._draft.count(group) if span is None else self._draft.count(group, *span)
        return ours + self._given_up.count(group, span)

    def read_newest(self, mark_ms: int) -> None:
        """Read all rewards since a time."""
        self.read_all((mark_ms, LAST_MS))

    def read_hinted(self, hints: pd.DataFrame) -> None:
        """Read the Pending rewards that go with check-ins which changed.

        hints: columns owner_id, checked_in_at.
        """
        ours = self._draft.rows(PENDING)
        ours = ours[ours["owner_id"].isin(hints["owner_id"]).to_numpy()]
        stamps = tables.instants(hints, "checked_in_at").tolist()
        moments: dict[str, list[int]] = {}
        for owner, moment in zip(hints["owner_id"], stamps, strict=True):
            moments.setdefault(owner, []).append(moment)
        times = tables.instants(ours, TIME)
        follows = [
            any(abs(time - moment) <= SAME_MOMENT_US for moment in moments[owner])
            for owner, time in zip(ours["owner_id"], times.tolist(), strict=True)
        ]
        self.read_around(times[np.array(follows, dtype=bool)])

    def read_decisions(self) -> None:
        """Read which rewards are Pending, and those of ours that no longer are."""
        self.read_around(tables.instants(self._read_left(PENDING, (FIRST_MS, LAST_MS)), TIME))

    def find(self, word: str, counted: int) -> None:
        """Find and read what makes ours of a status differ from Ownli's count of it."""
        if word == PENDING:
            left: list[Ints] = []
            self.search(word, counted, lambda span: left.append(self._left_at(word, span)))
            self.read_around(np.concatenate(left)) if left else None
        else:
            self.search(word, counted, self.read_all)

    def search(
        self, word: str, counted: int, read: Callable[[Between], None], changes_a_find: int = 1
    ) -> None:
        """Halve the time until what differs in a status is read; `find` knows what to read."""
        group = None if word == ANY else word
        pages = math.ceil(max(len(self._draft.base), counted) / self._questions.page_rows)
        Search(
            count=lambda span: self._questions.count_rewards(word, span),
            held=partial(self.held, word),
            times=lambda span: self._draft.times(group, *span),
            read=read,
            page_rows=self._questions.page_rows,
            most_counts=max(FEWEST_COUNTS, pages),
            changes_a_find=changes_a_find,
        ).run((FIRST_MS, LAST_MS), counted - self._draft.count(group, LAST_MS + 1))

    def _left_at(self, word: str, span: Between) -> Ints:
        return tables.instants(self._read_left(word, span), TIME)

    def _read_left(self, word: str, span: Between) -> pd.DataFrame:
        """Those of a status in a span; returns, and lets go of, ours that no longer have it."""
        listing = self._questions.rewards(rewarded=span, status=word)
        left = self.left(word, span, listing)
        self._draft.drop(left)
        self.take(listing)
        return left

    def left(self, word: str, span: Between, listing: Listing) -> pd.DataFrame:
        """Ours of a status in a span that are not on the list of it."""
        ours = self._draft.rows(word, *span)
        return ours[~ours["id"].isin(listing.frame["id"]).to_numpy()]

    def take(self, listing: Listing, whole: Between | None = None) -> dict[str, str | None]:
        """Take over a listing, or the whole list of a span; returns what `put` returns."""
        self.note(listing)
        return self.put(listing.frame, whole)

    def read_around(self, wanted: Ints) -> None:
        """Read the pages that hold the rewards of these times, whatever their status is now."""
        # Those wanted may not be in the draft at the moment, but will be on the pages.
        times = np.sort(np.concatenate([self._draft.times(None, FIRST_MS, LAST_MS), wanted]))
        spans = clusters(wanted[wanted != NEVER_US], times, self._questions.rows_alone)
        calls = [partial(self._questions.rewards, rewarded=span) for span in spans]
        for span, listing in zip(spans, self._questions.together(calls), strict=True):
            self.take(listing, span)

    def read_all(self, span: Between) -> None:
        """Read the whole list of a span."""
        self.take(self._questions.rewards(rewarded=span), span)

    def put(self, rows: pd.DataFrame, whole: Between | None = None) -> dict[str, str | None]:
        """Take over rows, or the whole list of a span; returns the new payouts and their owners."""
        rows, draft = self._ours(rows), self._draft
        new = draft.put(rows) if whole is None else draft.replace(rows, None, *whole)
        named = rows[new & rows["payout_id"].notna().to_numpy()]
        owners = named["owner_id"].astype(object).where(named["owner_id"].notna(), None)
        met = dict(zip(named["payout_id"].tolist(), owners.tolist(), strict=True))
        self.met |= met
        return met

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
