"""Rewards: four counts prove them fresh; where they differ, the lists of live rewards tell why.

Ownli has no filter for what changed, and a reward only moves forward: Pending to Confirmed or
Declined, Confirmed to Claimed. So everything that can still change is in the lists of Pending and
Confirmed rewards; what was in one of them before and is in neither now was declined or claimed,
which its owner's payouts and rewards tell. Nothing is dropped or changed on the evidence of a
narrow question, and where the counts do not agree afterwards the list is read whole again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from ownli_api.cache import rows
from ownli_api.cache.payouts import OF_ONE_OWNER, PayoutBook
from ownli_api.cache.reloads import Reloads, miscount, problems_of, unchecked
from ownli_api.cache.rows import LATEST
from ownli_api.cache.shared import Fetch, Snapshot
from ownli_api.client import Listing, Span
from ownli_api.errors import OwnliError

TIME = "rewarded_at"
KEY = ("id",)
PENDING, CONFIRMED, DECLINED, CLAIMED = "Pending", "Confirmed", "Declined", "Claimed"
LIVE = (PENDING, CONFIRMED)
STATUSES = (PENDING, CONFIRMED, DECLINED, CLAIMED)
# Counted as well where rewards have a status that cannot be asked for.
ANY = "All"
# How often the live lists are read in one refresh: Ownli goes on while it is asked.
ROUNDS = 2

Counts = dict[str, int | None]


class Rewards:
    """All rewards of all time.

    Facts of a snapshot: problems of the rows, and set_aside: how many rewards of each status could
    not be read when the list was read whole.
    """

    def __init__(self, book: PayoutBook) -> None:
        self._book = book
        self._reloads = Reloads()

    def update(self, fetch: Fetch, held: Snapshot | None) -> Iterator[Snapshot]:
        """The list, fetched whole or refreshed; unproven it is reloaded."""
        if held is None or fetch.whole or self._reloads.overdue(fetch.at):
            yield self._whole(fetch)
            return
        draft = _Draft(held.frame, held.facts["problems"], held.facts["set_aside"])
        wrong = self._refresh(fetch, draft)
        if wrong is None:
            yield self._whole(fetch)
        elif not wrong:
            yield draft.snapshot(fetch.at)
        else:
            problems = tuple(dict.fromkeys([*held.facts["problems"], *wrong]))
            yield replace(held, problems=problems, complete=False)
            if self._reloads.may(fetch.at):
                yield self._checked(fetch, self._whole(fetch))

    def _whole(self, fetch: Fetch) -> Snapshot:
        """The list from nothing; where rows could not be read, counts tell of which status."""
        with self._reloads.timed(fetch.at):
            (listing,) = fetch.together(partial(fetch.client.rewards, progress=fetch.progress()))
        frame = rows.by_time(rows.stack([listing.frame]), TIME)
        draft = _Draft(frame, problems_of(listing), {})
        total = listing.total_items
        if total is not None and total > len(frame):
            counts = self._counts(fetch, frame)
            draft.set_aside = {word: (counts[word] or 0) - draft.count(word) for word in STATUSES}
        return draft.snapshot(fetch.at, total)

    def _checked(self, fetch: Fetch, reloaded: Snapshot) -> Snapshot:
        """A reloaded list; incomplete if counts that stand still do not agree with it either."""
        draft = _Draft(reloaded.frame, reloaded.facts["problems"], reloaded.facts["set_aside"])
        counts = self._counts(fetch, draft.frame)
        wrong = draft.discrepancies(counts)
        if not wrong or counts != self._counts(fetch, draft.frame):
            return reloaded
        problems = (*reloaded.problems, *wrong)
        return replace(reloaded, problems=problems, complete=False)

    def _refresh(self, fetch: Fetch, draft: _Draft) -> list[str] | None:
        """Take over what changed.

        Returns what does not agree afterwards in sentences, none if all is proven; None if reading
        the list whole costs less than finding out.
        """
        counts = self._look(fetch, draft)
        before = counts
        for _ in range(ROUNDS):
            if not draft.discrepancies(counts):
                return []
            if not self._take_live(fetch, draft):
                return None
            before, counts = counts, self._look(fetch, draft, since_last=False)
        moved = sum(abs((counts[word] or 0) - (before.get(word) or 0)) for word in STATUSES)
        if draft.lacks_nothing(counts) and 0 < draft.distance(counts) <= moved:
            # Ownli changed while it was read: every reward is there as it was at some moment of
            # this refresh, and the next one sees what came after.
            return []
        return draft.discrepancies(counts)

    def _look(self, fetch: Fetch, draft: _Draft, *, since_last: bool = True) -> Counts:
        """Take over the newest rewards, of all and of each status; Ownli's counts by status.

        A new reward that was claimed or declined at once is met only among the newest. What the
        pages of each status show is news where counts agree although rows have moved both ways.
        since_last: whether to take over all that came since the list was refreshed last.
        """
        words = _counted_words(draft.frame)
        requests = [partial(fetch.client.newest_rewards, word) for word in words]
        if since_last:
            mark = rows.newest(draft.frame, TIME, fetch.at)
            requests.append(partial(fetch.client.rewards, rewarded=Span(mark, LATEST)))
        listings: list[Listing] = fetch.together(*requests)
        # In the order of the statuses: a reward that moves on meanwhile may be on two pages.
        for listing in [*listings[len(words) :], *listings[: len(words)]]:
            draft.take(listing)
        counts = [listing.total_items for listing in listings[: len(words)]]
        return dict(zip(words, counts, strict=True))

    def _counts(self, fetch: Fetch, frame: pd.DataFrame) -> Counts:
        words = _counted_words(frame)
        requests = [partial(fetch.client.count_rewards, status=word) for word in words]
        return dict(zip(words, fetch.together(*requests), strict=True))

    def _take_live(self, fetch: Fetch, draft: _Draft) -> bool:
        """Read the live lists and find out what became of those of ours that are in neither.

        Pending first: a reward that is confirmed meanwhile is met twice, not missed. Returns False
        if too many owners would have to be asked.
        """
        live = []
        for word in LIVE:
            call = partial(fetch.client.rewards, status=word, progress=fetch.progress())
            (listing,) = fetch.together(call)
            draft.take(listing)
            live.append(listing.frame["id"])
        ids = pd.concat(live)
        frame = draft.frame
        vanished = frame[rows.among(frame["status"], LIVE) & ~rows.ids_in(frame, ids)]
        confirmed = vanished[(vanished["status"] == CONFIRMED).to_numpy(dtype=bool)]
        for paid in self._book.fetch_owners(fetch, _owners(confirmed)):
            claimed = paid[rows.ids_in(paid, vanished["id"])]
            draft.amend(claimed["id"], CLAIMED, claimed["paid_by"])
            vanished = vanished[~rows.ids_in(vanished, claimed["id"])]
        owners = _owners(vanished)
        if len(owners) > len(frame) / fetch.client.stats().page_size + 1:
            return False
        requests = [partial(_user_rewards, fetch, owner) for owner in owners]
        for owned in fetch.together(*requests):
            if not isinstance(owned, OwnliError):
                theirs = owned.frame[rows.ids_in(owned.frame, vanished["id"])]
                draft.amend(theirs["id"], theirs["status"], theirs["payout_id"])
        return True


@dataclass
class _Draft:
    """The rows of a refresh on their way to a snapshot."""

    frame: pd.DataFrame
    problems: Any
    set_aside: dict[str, int]

    def take(self, listing: Listing) -> None:
        """Take over rows as Ownli sent them."""
        self.frame = rows.upsert(self.frame, listing.frame, time=TIME, key=KEY)
        self.problems = [*self.problems, *problems_of(listing)]

    def amend(self, ids: pd.Series[str], status: Any, payout_ids: pd.Series[str]) -> None:
        """Set the status and payout of rewards of ours."""
        if ids.empty:
            return
        new = pd.DataFrame({"status": status, "payout_id": payout_ids, "id": ids}).set_index("id")
        new = new[~new.index.duplicated()]
        old = self.frame[rows.ids_in(self.frame, ids)]
        words = old["id"].map(new["status"].astype("object"))
        amended = old.assign(
            status=pd.Categorical(words, sorted(set(words.dropna()))),
            payout_id=old["id"].map(new["payout_id"].astype("object")).astype("str"),
        )
        self.frame = rows.upsert(self.frame, amended, time=TIME, key=KEY)

    def count(self, word: str) -> int:
        """How many of ours there are, those that could not be read included."""
        if word == ANY:
            return len(self.frame) + sum(self.set_aside.values())
        of_status = rows.among(self.frame["status"], [word])
        return int(np.count_nonzero(of_status)) + self.set_aside.get(word, 0)

    def distance(self, counts: Counts) -> int:
        """By how many rows the counts by status differ from ours, over all."""
        return sum(abs((counts[word] or 0) - self.count(word)) for word in STATUSES)

    def lacks_nothing(self, counts: Counts) -> bool:
        """Whether Ownli counts as many rewards as there are here, whatever their status."""
        words = (ANY,) if ANY in counts else STATUSES
        theirs = [counts[word] for word in words]
        ours = sum(self.count(word) for word in words)
        return None not in theirs and ours == sum(count or 0 for count in theirs)

    def discrepancies(self, counts: Counts) -> list[str]:
        """A sentence for each count that does not agree with the rows."""
        if None in counts.values():
            return [unchecked("rewards")]
        return [
            miscount("rewards" if word == ANY else f"{word} rewards", counted, self.count(word))
            for word, counted in counts.items()
            if counted is not None and counted != self.count(word)
        ]

    def snapshot(self, at: Any, total: int | None = -1) -> Snapshot:
        """The rows as a snapshot; complete if all that Ownli counts could be read."""
        problems = list(dict.fromkeys(self.problems))
        counted = self.count(ANY) if total == -1 else total
        return Snapshot(
            self.frame,
            at,
            tuple(problems if counted is not None else [*problems, unchecked("rewards")]),
            complete=counted is None or counted == len(self.frame),
            counted=counted,
            facts={"problems": problems, "set_aside": self.set_aside},
        )


def _counted_words(frame: pd.DataFrame) -> tuple[str, ...]:
    """The statuses to count: all together as well where some cannot be asked for."""
    known = rows.among(frame["status"], STATUSES)
    return STATUSES if bool(known.all()) else (*STATUSES, ANY)


def _owners(rewards: pd.DataFrame) -> list[str]:
    return rewards["owner_id"].dropna().drop_duplicates().tolist()


def _user_rewards(fetch: Fetch, owner: str) -> Listing | OwnliError:
    """One owner's rewards, or the error if it concerns this owner alone."""
    try:
        return fetch.client.user_rewards(owner)
    except OF_ONE_OWNER as error:
        return error
