"""Payouts: every one the rewards name, kept for ever once its owner has been asked for its date."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from threading import Lock
from typing import Any

import pandas as pd

from ownli_api import frames
from ownli_api.cache import rows
from ownli_api.cache.shared import Fetch, Snapshot
from ownli_api.client import Listing, OwnliClient
from ownli_api.errors import (
    NotFound,
    NotPermitted,
    NotUnderstood,
    OwnliError,
    Refused,
    ServerTrouble,
)

TIME = "claimed_at"
KEY = ("id",)
# Errors that may concern one user alone; any other concerns all of Ownli.
OF_ONE_OWNER = (NotFound, NotPermitted, NotUnderstood, Refused, ServerTrouble)
# A payout that its owner's answer lacked is asked for again after so long.
ASK_AGAIN = timedelta(hours=1)
# So many owners are asked between two snapshots at least, and a tenth of all.
OWNERS_AT_ONCE = 20
# Where Ownli fails for so many owners and answers for none, the failure is Ownli's.
FAILING_OWNERS = 20
# Rows of the page that shows the payouts made last, and how many users a sentence names.
NEWEST_ROWS = 100
NAMED = 3
NO_LIST = (
    "OWNLI_PAYOUTS_PATH leads to no list of payouts that could be read, so each user who claimed "
    "is asked instead."
)


class PayoutBook:
    """What Ownli has told of payouts, by user or all at once; the rewards read it as well."""

    def __init__(self) -> None:
        self.known = _blank(0)
        # The owners whose payouts could not be read when they were asked last, and why.
        self.failed: dict[str, OwnliError] = {}
        self._lock = Lock()

    def fetch_owners(self, fetch: Fetch, owners: list[str]) -> Iterator[pd.DataFrame]:
        """Ask users for their payouts side by side; yields the rewards in them (`frames.PAID`).

        A user who fails is noted and skipped. Raises what concerns all of Ownli.
        """
        # Those who failed before come last, so that they are in nobody's way.
        owners = sorted(owners, key=self.failed.__contains__)
        report, done, size = fetch.progress(), 0, OWNERS_AT_ONCE
        report(0, len(owners))
        answered = 0
        while done < len(owners):
            batch = owners[done : done + size]
            answers = fetch.together(*[partial(_claims, fetch.client, owner) for owner in batch])
            done, size = done + len(batch), max(size, math.ceil(len(owners) / 10))
            report(done, len(owners))
            paid = self._take(dict(zip(batch, answers, strict=True)))
            answered += len(paid)
            if done >= FAILING_OWNERS and not answered:
                raise self.failed[batch[-1]].again()
            yield rows.stack(paid) if paid else frames.frame(frames.PAID_REWARD, [])[0]

    def take(self, payouts: pd.DataFrame, *, whole: bool) -> None:
        """Take over payouts of all users; `whole` if these are all there are."""
        with self._lock:
            held = _blank(0) if whole else self.known
            self.known = rows.upsert(held, payouts, time=TIME, key=KEY)

    def restore(self, payouts: pd.DataFrame) -> None:
        """Take over what an earlier process knew, but for what is known already."""
        with self._lock:
            self.known = rows.upsert(payouts, self.known, time=TIME, key=KEY)

    def _take(self, answers: dict[str, Any]) -> list[pd.DataFrame]:
        """Take over whole answers of owners, each in place of all that was known of that owner."""
        failed = {owner: one for owner, one in answers.items() if isinstance(one, OwnliError)}
        read = {owner: one for owner, one in answers.items() if owner not in failed}
        with self._lock:
            self.failed = {
                owner: error for owner, error in self.failed.items() if owner not in read
            } | failed
            if read:
                theirs = self.known["owner_id"].isin(list(read)).to_numpy(dtype=bool)
                new = rows.stack([payouts.frame for payouts, _ in read.values()])
                kept = rows.only(self.known, ~theirs)
                self.known = rows.upsert(kept, new, time=TIME, key=KEY)
        return [paid for _, paid in read.values()]


class Payouts:
    """The payouts of all users; progressive: dates come as their owners are asked.

    Facts of a snapshot: rewards, the version of the rewards it was made of, and to_ask, how many
    owners are still to be asked.
    """

    def __init__(self, book: PayoutBook, rewards: Callable[[OwnliClient], Snapshot]) -> None:
        self._book = book
        self._rewards = rewards
        self._restored = False
        # When a payout's owner was asked for it in vain; and the payouts of owners that no reward
        # names, so that their owners are not asked at every refresh.
        self._in_vain: dict[str, datetime] = {}
        self._unnamed: set[str] = set()

    def update(self, fetch: Fetch, held: Snapshot | None) -> Iterator[Snapshot]:
        """Every payout the rewards name; then again as the owners of undated ones are asked."""
        rewards = self._rewards(fetch.client)
        if held is not None and not self._restored:
            self._book.restore(held.frame[held.frame[TIME].notna().to_numpy()])
        self._restored = True
        named = _named(rewards.frame)
        problems: list[str] = []
        if fetch.whole:
            self._in_vain.clear()
            owners = _once(named["owner_id"])
        else:
            owners = self._to_ask(fetch.at, named)
        yield (held := self._snapshot(rewards, named, held, problems, len(owners)))
        if fetch.client.lists_payouts:
            problems = self._fetch_list(fetch, named)
            owners = owners if problems else []
        for batch, _ in enumerate(self._book.fetch_owners(fetch, owners), 1):
            left = max(1, len(owners) - batch * OWNERS_AT_ONCE)
            yield (held := self._snapshot(rewards, named, held, problems, left))
        self._in_vain |= {
            id: fetch.at
            for id, owner in _pairs(self._undated(named))
            if owner not in self._book.failed and id not in self._in_vain
        }
        self._unnamed = set(self._book.known["id"]) - set(named["id"])
        yield self._snapshot(rewards, named, held, problems, 0)
        if rewards.error is not None:
            raise rewards.error.again()

    def _to_ask(self, at: datetime, named: pd.DataFrame) -> list[str]:
        """The owners of payouts without date or amount, and of those no reward names any more."""
        self._in_vain = {id: asked for id, asked in self._in_vain.items() if at - asked < ASK_AGAIN}
        known = self._book.known
        unnamed = known[~rows.ids_in(known, named["id"])]
        waiting = [owner for id, owner in _pairs(self._undated(named)) if id not in self._in_vain]
        waiting += [owner for id, owner in _pairs(unnamed) if id not in self._unnamed]
        return _once(pd.Series(waiting, dtype="str"))

    def _undated(self, named: pd.DataFrame) -> pd.DataFrame:
        """The payouts whose date or amount is not known; most recent first."""
        known = self._book.known
        read = known[known[[TIME, "amount_cents"]].notna().all(axis=1).to_numpy(dtype=bool)]
        return named[~rows.ids_in(named, read["id"])]

    def _fetch_list(self, fetch: Fetch, named: pd.DataFrame) -> list[str]:
        """Take over the newest payouts of all users, or all where that does not explain the count.

        Returns why the list is of no use, in a sentence; nothing if it is of use.
        """
        try:
            page = partial(fetch.client.payouts_page, size=NEWEST_ROWS)
            ((newest, _),) = fetch.together(page)
            self._book.take(newest.frame, whole=False)
            agrees = newest.total_items in (None, len(self._book.known))
            if agrees and self._undated(named).empty and not fetch.whole:
                return []
            (listing,) = fetch.together(partial(fetch.client.payouts, progress=fetch.progress()))
            self._book.take(listing.frame, whole=True)
        except (NotFound, NotPermitted, NotUnderstood, Refused) as error:
            return [f"{NO_LIST} {error.sentence}"]
        return []

    def _snapshot(
        self,
        rewards: Snapshot,
        named: pd.DataFrame,
        held: Snapshot | None,
        problems: list[str],
        to_ask: int,
    ) -> Snapshot:
        """Every payout known: the dated ones, and those that only rewards name."""
        known = self._book.known
        new = named[~rows.ids_in(named, known["id"])]
        undated = _blank(len(new)).assign(id=new["id"].array, owner_id=new["owner_id"].array)
        frame = rows.stack([known, undated.astype(dict(frames.PAYOUTS))])
        frame = rows.by_time(_with_owners(frame, named), TIME)
        if held is not None and frame.equals(held.frame):
            frame = held.frame
        missing = int(frame[TIME].isna().sum())
        no_amount = int((frame[TIME].notna() & frame["amount_cents"].isna()).sum())
        said = [*problems, *self._failures(frame)]
        lost = [id for id in frame["id"][frame[TIME].isna().to_numpy()] if id in self._in_vain]
        if lost:
            noun = "payout has" if len(lost) == 1 else "payouts have"
            said.append(f"{len(lost):,} {noun} no date yet: their owners' payouts lack them.")
        if no_amount:
            noun = "payout" if no_amount == 1 else "payouts"
            said.append(f"{no_amount:,} {noun} came without a readable amount.")
        return Snapshot(
            frame,
            rewards.as_of,
            tuple(said),
            complete=not missing and not no_amount and rewards.complete,
            undated=missing,
            facts={"rewards": rewards.version, "to_ask": to_ask},
        )

    def _failures(self, frame: pd.DataFrame) -> list[str]:
        """A sentence for the users whose undated payouts could not be read."""
        owners = _once(frame["owner_id"][frame[TIME].isna().to_numpy()])
        failed = [owner for owner in owners if owner in self._book.failed]
        if not failed:
            return []
        who = ", ".join(failed[:NAMED]) + (" and others" if len(failed) > NAMED else "")
        noun = "user" if len(failed) == 1 else "users"
        why = self._book.failed[failed[0]].sentence
        return [f"The payouts of {len(failed):,} {noun} ({who}) could not be read. {why}"]


def _claims(client: OwnliClient, owner: str) -> tuple[Listing, pd.DataFrame] | OwnliError:
    """One owner's payouts and the rewards in them, or an error that may be this owner's alone."""
    try:
        return client.user_claims(owner)
    except OF_ONE_OWNER as error:
        return error


def _named(rewards: pd.DataFrame) -> pd.DataFrame:
    """The payouts that rewards name: columns id, owner_id; most recent reward first."""
    claimed = rewards.loc[rewards["payout_id"].notna().to_numpy(), ["payout_id", "owner_id"]]
    latest = claimed.iloc[::-1]
    owned = latest[latest["owner_id"].notna().to_numpy()].drop_duplicates("payout_id")
    ownerless = latest[~latest["payout_id"].isin(owned["payout_id"]).to_numpy()]
    once = rows.stack([owned, ownerless.drop_duplicates("payout_id")])
    return once.rename(columns={"payout_id": "id"})


def _once(owners: pd.Series[str]) -> list[str]:
    """Each owner once, in their order."""
    return owners.dropna().drop_duplicates().tolist()


def _pairs(payouts: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """(id, owner id) of payouts."""
    return zip(payouts["id"].tolist(), payouts["owner_id"].tolist(), strict=True)


def _with_owners(payouts: pd.DataFrame, named: pd.DataFrame) -> pd.DataFrame:
    """Payouts whose answer names no owner get the one their rewards name."""
    lacking = payouts["owner_id"].isna()
    if not lacking.any():
        return payouts
    owners = payouts["id"].map(named.set_index("id")["owner_id"]).astype("str")
    return payouts.assign(owner_id=payouts["owner_id"].where(~lacking, owners))


def _blank(count: int) -> pd.DataFrame:
    """So many payouts of which nothing is known."""
    return pd.DataFrame(
        {name: pd.Series([None] * count, dtype=dtype) for name, dtype in frames.PAYOUTS.items()}
    )
