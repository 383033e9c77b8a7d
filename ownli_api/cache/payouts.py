"""Payouts: every one the rewards name, kept for ever once its owner has told its date."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from itertools import islice

import numpy as np
import pandas as pd

from ownli_api import frames
from ownli_api.cache import tables
from ownli_api.cache.kept import Kept, Timing
from ownli_api.cache.loading import Loading
from ownli_api.cache.questions import NEWEST_ROWS, Questions
from ownli_api.cache.rewards import Rewards
from ownli_api.cache.tables import Mask
from ownli_api.errors import (
    ClientClosed,
    NotFound,
    NotPermitted,
    NotUnderstood,
    OwnliError,
    Refused,
    ServerTrouble,
)

TIME = "claimed_at"
# An owner whose answer lacked a payout is asked for it again after so long.
ASK_AGAIN_SECONDS = 3_600.0
# An owner about whom Ownli failed is asked again after so long; so many failures in a row are not
# the owners' but Ownli's, and end the loading.
FAILED_AGAIN_SECONDS = 120.0
MOST_FAILURES_IN_A_ROW = 5
# What a wrong setting costs: a question a user instead of a list.
NO_LIST = (
    "OWNLI_PAYOUTS_PATH leads to no list of payouts that could be read, so each user who claimed "
    "is asked instead."
)
# A version is published after so many owners at least, and after a tenth of those to ask.
OWNERS_A_VERSION = 20
SHARE_A_VERSION = 0.1


class Payouts(Kept):
    """The payouts of all users; progressive: rows come undated, dates as owners are asked."""

    time_column: str | None = TIME

    def __init__(self, timing: Timing, executor: Executor, rewards: Rewards) -> None:
        super().__init__("payouts", timing, executor)
        self._early = True
        self._rewards = rewards
        self._rewards_seen = 0
        self._known = _blank(0)
        self._named: tuple[int, pd.DataFrame] = (0, _blank(0))
        self._asked_in_vain: dict[str, float] = {}
        self._failed: set[str] = set()
        self._to_ask = 0
        self._anew = False
        # Why the list of all payouts is of no use, in a sentence.
        self._no_list: tuple[str, ...] = ()
        rewards.told = self.take

    def take(self, payouts: pd.DataFrame) -> None:
        """Keep payouts that somebody was told."""
        with self.changed:
            self._known = _latest([self._known, payouts])

    def due(self, now: float) -> bool:
        """Whether the rewards are older than fresh, or newer than what was made of them."""
        return super().due(now) or self.unanswered()

    def met(self, since: float) -> bool:
        """Whether what is held is young enough and nobody is left to ask."""
        return super().met(since) and not self._to_ask

    def unanswered(self) -> bool:
        """Whether the rewards went on, or all owners are to be asked again."""
        rewards = self._rewards.version
        return self._anew or (rewards is not None and rewards.number != self._rewards_seen)

    def reload(self) -> None:
        """Ask every owner again at the next loading; what is known stays until that is done."""
        with self.changed:
            self._anew = True

    def work(self, questions: Questions, loading: Loading) -> None:
        """Ask the owners of the payouts whose date is unknown, the most recent first."""
        with self.changed:
            anew, self._anew = self._anew, False
        rewards = self._rewards.version
        if rewards is None:
            raise self._rewards.error.again() if self._rewards.error else ClientClosed()
        if self._named[0] != rewards.number:
            self._named = (rewards.number, _named(rewards.frame))
        self._put_forth(rewards.at)
        if self._rewards.error is not None:
            raise self._rewards.error.again()
        if anew:
            self._asked_in_vain = {}
        unknown = self._named[1] if anew else self._unknown()
        if len(unknown):
            if not questions.lists_payouts or not self._ask_for_all(questions, unknown):
                self._ask_owners(questions, loading, unknown, rewards.at)
            self._give_up_for_now()
            self._put_forth(rewards.at)
        self._rewards_seen = rewards.number

    def _give_up_for_now(self) -> None:
        """Note the payouts nobody dated: asked again in an hour, or soon where Ownli failed."""
        lost, now = self._unknown(), self.timing.clock()
        failed = now - ASK_AGAIN_SECONDS + FAILED_AGAIN_SECONDS
        owners = lost["owner_id"].tolist()
        self._asked_in_vain |= {
            id: failed if owner in self._failed else now
            for id, owner in zip(lost["id"].tolist(), owners, strict=True)
        }

    def _enqueue(self, loading: Loading) -> None:
        """Start when the rewards are there: nobody waits for them on a worker."""
        begin = super()._enqueue
        self._rewards.after(lambda: begin(loading))

    def _ask_for_all(self, questions: Questions, unknown: pd.DataFrame) -> bool:
        """Read the list of all users' payouts, or a page if that will do; False if it is none."""
        try:
            if len(unknown) < NEWEST_ROWS:
                newest = questions.newest_payouts()[0].frame
                self.take(newest)
                if not _lacking(unknown, set(newest["id"])).any():
                    return True
            self.take(questions.payouts().frame)
        except (NotFound, NotPermitted, NotUnderstood, Refused) as error:
            self._no_list = (f"{NO_LIST} {error.sentence}",)
            return False
        self._no_list = ()
        return True

    def _ask_owners(
        self, questions: Questions, loading: Loading, unknown: pd.DataFrame, at: float
    ) -> None:
        owners = unknown["owner_id"].dropna().drop_duplicates().tolist()
        tell = loading.part()
        tell(0, len(owners))
        every = max(OWNERS_A_VERSION, math.ceil(len(owners) * SHARE_A_VERSION))
        answers: list[pd.DataFrame] = []
        self._failed = set()
        in_a_row = 0
        try:
            for done, (owner, answer) in enumerate(_answers(questions, owners), 1):
                if isinstance(answer, OwnliError):
                    self._failed.add(owner)
                    in_a_row += 1
                    # One failure of one owner, when others have answered before, is the owner's.
                    few = len(owners) if self._known.empty else MOST_FAILURES_IN_A_ROW
                    if in_a_row >= min(MOST_FAILURES_IN_A_ROW, few):
                        raise answer
                else:
                    in_a_row = 0
                    answers.append(answer)
                tell(done, len(owners))
                if done % every == 0 and answers:
                    self.take(pd.concat(answers))
                    answers.clear()
                    self._put_forth(at)
        finally:
            # What was answered before a failure is true all the same.
            if answers:
                self.take(pd.concat(answers))
            self._put_forth(at)

    def _unknown(self) -> pd.DataFrame:
        """The payouts to be asked about now: columns id, owner_id; most recent first."""
        now = self.timing.clock()
        self._asked_in_vain = {
            id: asked
            for id, asked in self._asked_in_vain.items()
            if now - asked <= ASK_AGAIN_SECONDS
        }
        named, known = self._named[1], self._known
        # A payout that came without its date or amount is asked about again.
        read = known[[TIME, "amount_cents"]].notna().all(axis=1).to_numpy(dtype=bool)
        return named[_lacking(named, {*known["id"][read], *self._asked_in_vain})]

    def _put_forth(self, at: float) -> None:
        """Publish every payout known: the dated ones, and those only the rewards name."""
        named = self._named[1]
        new = named[_lacking(named, set(self._known["id"]))]
        undated = _blank(len(new)).assign(
            id=new["id"].to_numpy(dtype=object), owner_id=new["owner_id"].to_numpy(dtype=object)
        )
        undated = undated.astype(dict(frames.PAYOUTS))
        frame = tables.canonical(
            _with_owners(pd.concat([self._known, undated], ignore_index=True), named), TIME
        )
        without_date = frame[frame[TIME].isna().to_numpy(dtype=bool)]
        missing, waiting = len(without_date), self._unknown()
        lost = int(_lacking(without_date, set(waiting["id"])).sum())
        problems = [*self._no_list]
        if lost:
            noun = "payout that rewards name has" if lost == 1 else "payouts that rewards name have"
            problems.append(f"{lost:,} {noun} no date yet: Ownli lists it nowhere or did not tell.")
        no_amount = int((frame[TIME].notna() & frame["amount_cents"].isna()).sum())
        if no_amount:
            noun = "payout" if no_amount == 1 else "payouts"
            problems.append(f"{no_amount:,} {noun} came without a readable amount.")
        with self.changed:
            if self.version is not None and frame.equals(self.version.frame):
                frame = self.version.frame
            self._to_ask = len(waiting)
            self.publish(frame, at, tuple(problems), complete=not missing, undated=missing)


def _lacking(payouts: pd.DataFrame, known: Collection[str]) -> Mask:
    """Which payouts are not among the known ids."""
    # Much faster than pandas' own look-up of texts, which walks through all known ids.
    return np.array([id not in known for id in payouts["id"].tolist()], dtype=bool)


def _answers(
    questions: Questions, owners: list[str]
) -> Iterator[tuple[str, pd.DataFrame | OwnliError]]:
    """Each owner with the payouts as the answers come, asked side by side in the order given.

    An error that may concern this owner alone is an answer; any other ends the asking.
    """

    def ask(owner: str) -> tuple[str, pd.DataFrame | OwnliError]:
        try:
            return owner, questions.user_payouts(owner).frame
        except NotFound:
            return owner, _blank(0)
        except (Refused, NotPermitted, ServerTrouble, NotUnderstood) as error:
            return owner, error

    waiting = iter(owners)
    with ThreadPoolExecutor(questions.parallel, "ownli-owners") as pool:
        asked: set[Future[tuple[str, pd.DataFrame | OwnliError]]] = {
            pool.submit(ask, owner) for owner in islice(waiting, questions.parallel)
        }
        while asked:
            done, asked = wait(asked, return_when=FIRST_COMPLETED)
            for answer in done:
                yield answer.result()
            asked |= {pool.submit(ask, owner) for owner in islice(waiting, len(done))}


def _named(rewards: pd.DataFrame) -> pd.DataFrame:
    """The payouts that rewards name: columns id, owner_id; most recent reward first."""
    claimed = rewards.loc[rewards["payout_id"].notna().to_numpy(), ["payout_id", "owner_id"]]
    owned_last = claimed.iloc[::-1].sort_values(
        "owner_id", key=lambda owners: owners.isna(), kind="stable"
    )
    once = owned_last.drop_duplicates("payout_id").sort_index(ascending=False)
    return once.rename(columns={"payout_id": "id"}).reset_index(drop=True)


def _latest(pieces: list[pd.DataFrame]) -> pd.DataFrame:
    """Each payout once, as it was answered last."""
    return pd.concat(pieces).drop_duplicates("id", keep="last").reset_index(drop=True)


def _with_owners(payouts: pd.DataFrame, named: pd.DataFrame) -> pd.DataFrame:
    """Payouts whose answer names no owner get the one their rewards name."""
    lacking = payouts["owner_id"].isna()
    if not lacking.any():
        return payouts
    owners = named.set_index("id")["owner_id"]
    found = payouts["id"].map(owners).astype("str")
    return payouts.assign(owner_id=payouts["owner_id"].where(~lacking, found))


def _blank(rows: int) -> pd.DataFrame:
    """So many payouts of which nothing is known."""
    return pd.DataFrame(
        {name: pd.Series([None] * rows, dtype=dtype) for name, dtype in frames.PAYOUTS.items()}
    )
