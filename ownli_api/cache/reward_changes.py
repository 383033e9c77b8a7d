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
from ownli_api.cache.search import Search, clusters, effort
from ownli_api.cache.tables import NEVER_US, US_PER_MS, Ints, Mask
from ownli_api.errors import NotFound

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

    note: takes listings for what they say about rows that cannot be read. told: takes owners'
    payouts that were asked for on the way.
    """

    def __init__(
        self,
        questions: Questions,
        draft: Draft,
        given_up: GivenUp,
        floor_ms: int | None,
        note: Callable[[Listing], None],
        told: Callable[[pd.DataFrame], None],
    ) -> None:
        self._questions = questions
        self._draft = draft
        self._given_up = given_up
        self._floor_ms = floor_ms
        self._note = note
        self._told = told
        self._payouts_met: set[str] = set()
        self._payouts_read: set[str] = set()

    def held(self, word: str, span: Between | None = None) -> int:
        """Ours of a status (`ANY`: of all), those given up included."""
        group = None if word == ANY else word
        ours = self._draft.count(group) if span is None else self._draft.count(group, *span)
        return ours + self._given_up.count(group, span)

    def read_newest(self, mark_ms: int) -> None:
        """Read all rewards since a time."""
        self._read_all((mark_ms, LAST_MS))

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
        self._read_around(times[np.array(follows, dtype=bool)])

    def read_decisions(self) -> None:
        """Read which rewards are Pending, and those of ours that no longer are."""
        self._read_around(tables.instants(self._read_left(PENDING, (FIRST_MS, LAST_MS)), TIME))

    def find(self, word: str, counted: int) -> None:
        """Find and read what makes ours of a status differ from Ownli's count of it."""
        if word == PENDING:
            left: list[Ints] = []
            self._search(word, counted, lambda span: left.append(self._left_at(word, span)))
            self._read_around(np.concatenate(left)) if left else None
        else:
            self._search(word, counted, self._read_all)

    def find_claims(self, claimed: int, confirmed: int) -> None:
        """Find and read claims: by what is Claimed now, or by what is no longer Confirmed.

        claimed, confirmed: Ownli's counts. The status that takes fewer requests is searched.
        """
        # Pages read for other reasons have told of some of them.
        self._read_payouts(self._payouts_met)
        if claimed == self.held(CLAIMED):
            return
        a_claim = self._rewards_a_claim()
        claims = math.ceil(max(claimed - self.held(CLAIMED), 1) / a_claim)
        pages = [self.held(word) / self._questions.page_rows for word in (CLAIMED, CONFIRMED)]
        # Each claim found is read by itself, unless all that is Claimed is read anyway.
        by_claimed = min(pages[0], effort(pages[0], claims) + claims)
        if effort(pages[1], claims) + claims < by_claimed:
            left: list[Ints] = []

            def read_left(span: Between) -> None:
                left.append(self._read_left_confirmed(span))

            self._search(CONFIRMED, confirmed, read_left, a_claim)
            self._read_around(np.concatenate(left)) if left else None
        if claimed != self.held(CLAIMED):
            read = partial(self._read_claimed, claimed)
            self._search(CLAIMED, claimed, read, a_claim)

    def _search(
        self, word: str, counted: int, read: Callable[[Between], None], changes_a_find: int = 1
    ) -> None:
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
        self._note(listing)
        ours = self._draft.rows(word, *span)
        left = ours[~ours["id"].isin(listing.frame["id"]).to_numpy()]
        self._draft.drop(left)
        self._put(listing.frame)
        return left

    def _read_left_confirmed(self, span: Between) -> Ints:
        """The claims of those who have no Confirmed rewards in a span any more.

        Returns the times of rewards that left the status and are in no claim.
        """
        left = self._read_left(CONFIRMED, span)
        owners = left["owner_id"].dropna().unique().tolist()
        told = self._questions.together([partial(self._payouts_of, owner) for owner in owners])
        named = {id for payouts in told for id in payouts["id"]}
        known = self._draft.base["payout_id"]
        self._read_payouts(named - set(known[known.isin(named).to_numpy()]))
        return tables.instants(left[~self._draft.holds(left)], TIME)

    def _payouts_of(self, owner: str) -> pd.DataFrame:
        try:
            payouts = self._questions.user_payouts(owner).frame
        except NotFound:
            return pd.DataFrame({"id": []})
        self._told(payouts)
        return payouts

    def _read_claimed(self, counted: int, span: Between) -> None:
        """The Claimed ones of a span; then the rest of each new payout while some are missing."""
        if counted < self.held(CLAIMED):
            self._read_all(span)
            return
        listing = self._questions.rewards(rewarded=span, status=CLAIMED)
        self._note(listing)
        for payout in self._put(listing.frame):
            if self.held(CLAIMED) >= counted:
                return
            self._read_payouts({payout})

    def _read_payouts(self, payouts: set[str]) -> None:
        """The rewards of payouts, each read once."""
        unread = sorted(payouts - self._payouts_read)
        self._payouts_read.update(unread)
        calls = [partial(self._questions.rewards, payout_id=payout) for payout in unread]
        for listing in self._questions.together(calls):
            self._note(listing)
            self._put(listing.frame)

    def _read_around(self, wanted: Ints) -> None:
        """The pages that hold the rewards of these times, whatever their status is now."""
        # Those wanted may not be in the draft at the moment, but will be on the pages.
        times = np.sort(np.concatenate([self._draft.times(None, FIRST_MS, LAST_MS), wanted]))
        spans = clusters(wanted[wanted != NEVER_US], times, self._questions.page_rows)
        calls = [partial(self._questions.rewards, rewarded=span) for span in spans]
        for span, listing in zip(spans, self._questions.together(calls), strict=True):
            self._note(listing)
            self._put(listing.frame, span)

    def _read_all(self, span: Between) -> None:
        listing = self._questions.rewards(rewarded=span)
        self._note(listing)
        self._put(listing.frame, span)

    def _put(self, rows: pd.DataFrame, whole: Between | None = None) -> list[str]:
        """Take over rows, or the whole list of a span; returns the new payouts they name."""
        rows, draft = self._ours(rows), self._draft
        new = draft.put(rows) if whole is None else draft.replace(rows, None, *whole)
        met = sorted(set(rows["payout_id"][new].dropna()))
        self._payouts_met.update(met)
        return met

    def _ours(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Without the rows that were given up for want of memory."""
        if self._floor_ms is None:
            return rows
        inside = tables.instants(rows, TIME) >= self._floor_ms * US_PER_MS
        return rows[inside | is_live(rows) | self._draft.holds(rows)]

    def _rewards_a_claim(self) -> int:
        """How many rewards a claim takes: a user's whole balance, and large ones more often."""
        sizes = self._draft.rows(CONFIRMED)["owner_id"].value_counts().to_numpy()
        return max(1, round(float((sizes**2).sum()) / max(1, int(sizes.sum()))))


def is_live(rows: pd.DataFrame) -> Mask:
    """Which rewards may still change."""
    words = rows["status"].cat.categories
    codes = [at for at, word in enumerate(words) if word in LIVE]
    return np.isin(rows["status"].array.codes, codes)
