"""Finding claims with the questions that tell most: a count, a page, or an owner's payouts."""

from __future__ import annotations

import math
from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ownli_api.cache import tables
from ownli_api.cache.draft import Draft
from ownli_api.cache.questions import FIRST_MS, LAST_MS, Between, Questions
from ownli_api.cache.reward_changes import CLAIMED, CONFIRMED, FEWEST_COUNTS, TIME, RewardChanges
from ownli_api.cache.search import Stretch
from ownli_api.cache.suspects import Part, Rows, Suspects
from ownli_api.cache.tables import NEVER_US, US_PER_MS, Ints

if TYPE_CHECKING:
    from ownli_api.client import Listing

# So many claims are looked for by one question at a time; more, by several side by side.
CLAIMS_A_QUESTION = 4


class Reader(Protocol):
    """Who looks into what was guessed."""

    refused: bool

    def ask(self, owners: Collection[str]) -> None:
        """Take over the new payouts of owners."""

    def absorb_confirmed(self, span: Between, listing: Listing) -> None:
        """Take over the Confirmed rewards of a span and the claims of those who left it."""

    def absorb_claimed(self, listing: Listing) -> None:
        """Take over Claimed rewards and their claims."""


class Guesses:
    """One search; ends when Ownli's count of claimed rewards is ours, or when it is no use.

    confirmed, claimed: Ownli's counts.
    """

    def __init__(
        self,
        changes: RewardChanges,
        questions: Questions,
        draft: Draft,
        reader: Reader,
        *,
        confirmed: int,
        claimed: int,
    ) -> None:
        self._changes = changes
        self._questions = questions
        self._reader = reader
        self._claimed = claimed
        # What was Confirmed only now is no part of a claim made before.
        held = draft.unchanged(CONFIRMED)
        times = tables.instants(held, TIME)
        held, self._times = held[times != NEVER_US], times[times != NEVER_US]
        every = draft.times(CONFIRMED, FIRST_MS, LAST_MS)
        page, self._lost = questions.rows_alone, changes.held(CONFIRMED) - confirmed
        self._confirmed_ends = _page_ends(self._times, every, page)
        # The claims looked for take room on a page, too.
        others = draft.times(CLAIMED, FIRST_MS, LAST_MS)
        claimed_ends = _page_ends(self._times, others, max(1, page - self._lost))
        ends = np.maximum(self._confirmed_ends, claimed_ends)
        self._suspects = Suspects(held["owner_id"], self._times, ends, _cuts(every))
        untimed = draft.count(CONFIRMED, LAST_MS + 1)
        self._stretches = [Stretch((FIRST_MS, LAST_MS), confirmed - untimed)]
        self._rows: list[Rows] = [(0, len(held))]
        self._pages = changes.held(CONFIRMED) / page

    def run(self) -> None:
        """Put the question that tells most, again and again.

        Leaves the rest to another search where the counts are not those of claims, and after many
        requests.
        """
        # An owner to ask for each reward at worst, and the pages in which they are found.
        most = FEWEST_COUNTS + self._lost + min(math.ceil(self._pages), self._lost)
        most += self._questions.requests
        while not self._done() and self._questions.requests < most and self._go_on():
            pass

    def _done(self) -> bool:
        return self._changes.held(CLAIMED) == self._claimed or self._reader.refused

    def _go_on(self) -> bool:
        """Put one question, or a few side by side; False if there is none to be put."""
        gone = [self._changes.held(CONFIRMED, one.span) - one.counted for one in self._stretches]
        if min(gone) < 0 or not any(gone):
            return False
        suspects = self._suspects
        suspects.weigh(self._rows, gone)
        if not suspects.claims or self._reads_all():
            return False
        likely = suspects.likely()
        if likely:
            self._reader.ask(likely)
            suspects.clear(likely)
            return True
        most = min(max(1, round(suspects.claims / CLAIMS_A_QUESTION)), self._questions.parallel)
        by_page, windows = suspects.pages(most)
        by_count, parts = suspects.parts(self._rows, gone, most)
        return self._halve(parts) if by_count > by_page else self._read(windows)

    def _reads_all(self) -> bool:
        """Whether there is a claim on every page: then all are read at once."""
        return self._suspects.claims >= self._pages > 1

    def _halve(self, parts: list[Part]) -> bool:
        spans = [(self._stretches[part.stretch].span[0], part.cut_ms) for part in parts]
        calls = [partial(self._questions.count_rewards, CONFIRMED, span) for span in spans]
        for part, counted in zip(parts, self._questions.together(calls), strict=True):
            if counted is None:
                return False
            whole, (first, end) = self._stretches[part.stretch], self._rows[part.stretch]
            cut = part.cut_ms
            self._stretches[part.stretch] = Stretch((whole.span[0], cut), counted)
            self._rows[part.stretch] = (first, part.row)
            self._stretches.append(Stretch((cut + 1, whole.span[1]), whole.counted - counted))
            self._rows.append((part.row, end))
        return True

    def _read(self, windows: list[Rows]) -> bool:
        spans = [_span(self._times[first:end]) for first, end in windows]
        words = [
            CONFIRMED if end <= self._confirmed_ends[first] else CLAIMED for first, end in windows
        ]
        calls = [
            partial(self._questions.rewards, rewarded=span, status=word)
            for span, word in zip(spans, words, strict=True)
        ]
        listings = self._questions.together(calls)
        for window, span, word, listing in zip(windows, spans, words, listings, strict=True):
            if word == CONFIRMED:
                self._reader.absorb_confirmed(span, listing)
            else:
                self._reader.absorb_claimed(listing)
            self._suspects.clear_within(window)
        return bool(windows)


def _page_ends(starts: Ints, times: Ints, page_rows: int) -> Ints:
    """For each start, how many starts lie before the row that no longer fits on its page."""
    last = np.searchsorted(times, starts) + page_rows
    limits = np.append(times, NEVER_US)[np.minimum(last, len(times))]
    return np.maximum(np.searchsorted(starts, limits), np.arange(len(starts)) + 1)


def _cuts(times: Ints) -> Ints:
    """The milliseconds at which Ownli's filters, which know no finer, part these rows."""
    ends = -(-times // US_PER_MS)
    return ends[:-1][ends[:-1] * US_PER_MS + US_PER_MS <= times[1:]]


def _span(times: Ints) -> Between:
    return int(times[0] // US_PER_MS), int(-(-times[-1] // US_PER_MS))
