"""Which users claimed: asked for by guesses, read where guesses fail, taken over from payouts."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ownli_api import frames
from ownli_api.cache import tables
from ownli_api.cache.draft import Draft
from ownli_api.cache.guesses import Guesses
from ownli_api.cache.questions import Between, Questions
from ownli_api.cache.reward_changes import CLAIMED, CONFIRMED, LIVE, TIME, RewardChanges
from ownli_api.cache.search import effort
from ownli_api.cache.tables import Ints
from ownli_api.errors import NotFound, NotPermitted, NotUnderstood, Refused, ServerTrouble

if TYPE_CHECKING:
    from ownli_api.client import Listing

# What must be as we hold it for a payout to speak for the list of rewards.
SAME = ["type", "description", "vehicle_id", "rewarded_at", "amount_cents"]
# Answers of Ownli's that concern this question, and no other.
UNHELPFUL = (NotFound, Refused, NotPermitted, NotUnderstood, ServerTrouble)


class Claims:
    """One refresh's search for claims.

    told: takes owners' payouts that were asked for on the way. barren: payouts that no reward
    names, of this and earlier refreshes.
    """

    def __init__(
        self,
        changes: RewardChanges,
        questions: Questions,
        draft: Draft,
        told: Callable[[pd.DataFrame], None],
        barren: set[str],
    ) -> None:
        self._changes = changes
        self._barren = barren
        self._questions = questions
        self._draft = draft
        self._told = told
        self._asked: set[str] = set()
        # Payouts whose rewards are taken over.
        self._settled: set[str] = set()
        # Rewards that are Confirmed no more and in no payout that was told.
        self._astray: list[Ints] = []
        # Whether Ownli tells no payouts: then no other owner is asked.
        self.refused = False

    def find(self, claimed: int, confirmed: int) -> bool:
        """Find and take over claims, given Ownli's counts of the two statuses.

        False if somebody claimed after these were told, so that they explain nothing more.
        """
        changes = self._changes
        before = changes.held(CLAIMED)
        if self._questions.lists_payouts:
            self._ask_for_newest(claimed)
            if changes.held(CLAIMED) > claimed >= before:
                return False
        # Pages read for other reasons have told of some of them.
        self._settle(changes.met)
        lost = changes.held(CONFIRMED) - confirmed
        # Where the two differ otherwise, more has happened than claims.
        if lost > 0 and lost == claimed - changes.held(CLAIMED):
            guesses = Guesses(
                changes, self._questions, self._draft, self, confirmed=confirmed, claimed=claimed
            )
            guesses.run()
            self._read_astray()
            self._settle(changes.met)
        if claimed != changes.held(CLAIMED):
            self._search(claimed, confirmed)
        return True

    def ask(self, owners: Collection[str]) -> None:
        """Take over the new payouts of owners, each asked once."""
        fresh = sorted(set(owners) - self._asked)
        self._asked.update(fresh)
        answers = self._questions.together([partial(self._claims_of, owner) for owner in fresh])
        told = [answer for answer in answers if answer is not None]
        if told and not self.refused:
            payouts = pd.concat([payouts for payouts, _ in told], ignore_index=True)
            self._take_over(payouts, pd.concat([paid for _, paid in told], ignore_index=True))

    def _ask_for_newest(self, claimed: int) -> None:
        """Take over the new payouts of all users, the last made first."""
        # A page of nothing but new ones has at least one reward for each that is missing.
        for page in range(claimed - self._changes.held(CLAIMED)):
            try:
                listing, paid = self._questions.newest_payouts(page)
            except UNHELPFUL:
                return
            new = self._take_over(listing.frame, paid)
            if claimed == self._changes.held(CLAIMED) or not 0 < len(listing.frame) == new:
                return

    def _take_over(self, payouts: pd.DataFrame, paid: pd.DataFrame) -> int:
        """Take over what new payouts say of the rewards `paid` in them; how many are new."""
        known = self._draft.base["payout_id"]
        known = known[known.isin(payouts["id"]).to_numpy()]
        new = sorted(set(payouts["id"]) - set(known) - self._settled - self._barren)
        if not new:
            return 0
        self._told(payouts)
        unread = []
        for payout in new:
            rewards = self._as_claimed(payout, paid[(paid["paid_by"] == payout).to_numpy()])
            if rewards is None:
                unread.append(payout)
            else:
                self._changes.put(rewards)
                self._settled.add(payout)
        self._read_payouts(unread)
        return len(new)

    def absorb_confirmed(self, span: Between, listing: Listing) -> None:
        """Take over the Confirmed rewards of a span, and the claims of owners who lost some."""
        changes, draft = self._changes, self._draft
        left = changes.left(CONFIRMED, span, listing)
        # Asked first: a payout speaks for rewards only while they are held.
        self.ask(left["owner_id"].dropna().unique().tolist())
        now = draft.found(left["id"])
        astray = now[(now["status"] == CONFIRMED).to_numpy()]
        draft.drop(astray)
        changes.take(listing)
        self._astray.append(tables.instants(astray, TIME))

    def absorb_claimed(self, listing: Listing) -> None:
        """Take over Claimed rewards, and the claims of those that are new."""
        self._settle(self._changes.take(listing))

    def _search(self, claimed: int, confirmed: int) -> None:
        """Search the status that takes fewer requests: what is Claimed, or Confirmed no more."""
        changes = self._changes
        a_claim = self._rewards_a_claim()
        claims = math.ceil(max(claimed - changes.held(CLAIMED), 1) / a_claim)
        pages = [changes.held(word) / self._questions.page_rows for word in (CLAIMED, CONFIRMED)]
        # Each claim found is asked for by itself, unless all that is Claimed is read anyway.
        by_claimed = min(pages[0], effort(pages[0], claims) + claims)
        if effort(pages[1], claims) + claims < by_claimed:
            changes.search(CONFIRMED, confirmed, self._read_confirmed, a_claim)
            self._read_astray()
        if claimed != changes.held(CLAIMED):
            changes.search(CLAIMED, claimed, partial(self._read_claimed, claimed), a_claim)

    def _read_confirmed(self, span: Between) -> None:
        self.absorb_confirmed(span, self._questions.rewards(rewarded=span, status=CONFIRMED))

    def _read_claimed(self, counted: int, span: Between) -> None:
        """The Claimed ones of a span; then the rest of each new payout while some are missing."""
        changes = self._changes
        if counted < changes.held(CLAIMED):
            changes.read_all(span)
            return
        listing = self._questions.rewards(rewarded=span, status=CLAIMED)
        for payout, owner in changes.take(listing).items():
            if changes.held(CLAIMED) >= counted:
                return
            self._settle({payout: owner})

    def _read_astray(self) -> None:
        times = self._astray
        self._astray = []
        if times:
            self._changes.read_around(np.concatenate(times))

    def _settle(self, payouts: Mapping[str, str | None]) -> None:
        """Take over all rewards of payouts that rewards name; given with their owners."""
        open_ = [payout for payout in payouts if payout not in self._settled]
        self.ask({owner for payout in open_ if (owner := payouts[payout]) is not None})
        self._read_payouts(open_)

    def _read_payouts(self, payouts: Collection[str]) -> None:
        """The rewards of payouts, each read once."""
        unread = sorted(set(payouts) - self._settled)
        self._settled.update(unread)
        calls = [partial(self._questions.rewards, payout_id=payout) for payout in unread]
        for payout, listing in zip(unread, self._questions.together(calls), strict=True):
            if listing.frame.empty:
                self._barren.add(payout)
            self._changes.take(listing)

    def _claims_of(self, owner: str) -> tuple[pd.DataFrame, pd.DataFrame] | None:
        if self.refused:
            return None
        try:
            listing, paid = self._questions.user_claims(owner)
        except NotFound:
            return None
        except UNHELPFUL:
            # The list of rewards can do without; who wants the dates will say what is wrong.
            self.refused = True
            return None
        return listing.frame, paid

    def _as_claimed(self, payout: str, paid: pd.DataFrame) -> pd.DataFrame | None:
        """Our rewards as this payout makes them; None where the list itself is to be asked."""
        said = (paid["status"] == CLAIMED) & (paid["payout_id"] == payout)
        if paid.empty or not said.all() or not paid["id"].is_unique:
            return None
        ours = self._draft.found(paid["id"])
        if len(ours) != len(paid) or not ours["status"].isin([*LIVE, CLAIMED]).all():
            return None
        theirs = paid.set_index("id").loc[ours["id"]].reset_index()
        dated = theirs[["rewarded_at", "amount_cents"]].notna().all(axis=None)
        if not dated or not tables.same_rows(ours[SAME], theirs[SAME]).all():
            return None
        changed = ours.assign(status=CLAIMED, payout_id=payout)
        return changed.astype({name: frames.REWARDS[name] for name in ("status", "payout_id")})

    def _rewards_a_claim(self) -> int:
        """How many rewards a claim takes: a user's whole balance, and large ones more often."""
        owners = self._draft.rows(CONFIRMED)["owner_id"]
        sizes = owners.value_counts().to_numpy()
        return max(1, round(float((sizes**2).sum()) / max(1, int(sizes.sum()))))
