"""The rewards ledger: opening + granted - claimed + other changes = closing, to the cent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pages.analysis import metrics, wording
from pages.analysis.metrics.columns import MISSING_MOMENT, Bools, Ints, cents, has_word, moments
from pages.analysis.report.inputs import Inputs
from pages.analysis.terms import CLAIMED, CONFIRMED, EARNED
from pages.analysis.zones import microseconds

_NEVER = np.iinfo(np.int64).max
_ALWAYS = np.iinfo(np.int64).min + 1

OPENING = "Outstanding at the start"
GRANTED = "+ Rewards granted, earned by now"
PAID = "– Payouts claimed"
CLOSING = "= Outstanding at the end"
PAYOUTS_DIFFER = "payouts that differ from the sum of their rewards"
CLAIM_NOT_DATED = "rewards claimed at a date not known yet"
GRANTED_AFTER_CLAIM = "rewards dated after their own claim"


@dataclass(frozen=True)
class Stretch:
    """The ledger between two moments, in cents; `other` are changes by name, zero ones left out."""

    opening: int
    granted: int
    claimed: int
    other: Mapping[str, int]
    closing: int

    @property
    def unexplained(self) -> int:
        """What is missing from closing once every named change is counted."""
        return self.closing - (
            self.opening + self.granted - self.claimed + sum(self.other.values())
        )


@dataclass(frozen=True)
class Ledger:
    """The reported week, and what followed until the stamp: that closes with the tile.

    `outstanding_now`: the sum of all rewards now Confirmed. `without_amount`: rewards in it that
    Ownli sent without an amount; they count as nothing.
    """

    week: Stretch
    since: Stretch
    outstanding_now: int
    without_amount: int

    @property
    def balances(self) -> bool:
        """Whether nothing but grants and claims moved the week, and it leads to the tile."""
        return self.off_by == 0 and not self.week.other and not self.since.other

    @property
    def off_by(self) -> int:
        """Cents that no line explains, up to the outstanding sum of this moment."""
        return (
            self.week.unexplained
            + self.since.unexplained
            + (self.outstanding_now - self.since.closing)
        )

    @property
    def sentence(self) -> str:
        """Whether it balances, and by how much and why it does not."""
        if self.balances:
            return "The ledger balances to the cent, up to the outstanding sum of this moment."
        named: dict[str, int] = {}
        for stretch in (self.week, self.since):
            for name, amount in stretch.other.items():
                named[name] = named.get(name, 0) + amount
        parts = [f"{wording.money(amount)} from {name}" for name, amount in named.items()]
        if self.off_by:
            parts.append(f"{wording.money(self.off_by)} that nothing explains")
        return f"Grants and claims alone do not balance: {wording.listing(parts)}."

    def content(self) -> dict[str, Any]:
        """As the JSON report holds it: decimal text."""
        return {
            "week": _stretch(self.week),
            "since": _stretch(self.since),
            "outstanding_now": wording.dollars(self.outstanding_now),
            "unexplained": wording.dollars(self.off_by),
            "balances": self.balances,
            "sentence": self.sentence,
        }


def _stretch(stretch: Stretch) -> dict[str, Any]:
    return {
        "opening": wording.dollars(stretch.opening),
        "granted": wording.dollars(stretch.granted),
        "claimed": wording.dollars(stretch.claimed),
        "other": {name: wording.dollars(amount) for name, amount in stretch.other.items()},
        "closing": wording.dollars(stretch.closing),
    }


def behind(
    inputs: Inputs, line: str, *, since: bool = False
) -> tuple[str, str, pd.DataFrame] | None:
    """The list, the choice and the rows a line of the week (or of what followed) is the sum of.

    None for a line that is a difference, and without rewards or payouts.
    """
    if inputs.rewards is None or inputs.payouts is None:
        return None
    book = _Book.of(inputs.rewards, inputs.payouts)
    start, end = _bounds(inputs, since)
    kept = inputs.rewards[has_word(inputs.rewards["status"], EARNED)]
    week = inputs.week.code
    if line == OPENING:
        return "rewards", _open_said(since, week), kept[book.is_open(start)]
    if line == CLOSING:
        said = "Confirmed now" if since else _open_said(True, week)
        return "rewards", said, kept[book.is_open(end)]
    when = f"after {week}" if since else f"in {week}"
    if line == GRANTED:
        said = f"Confirmed or Claimed now; dated {when}"
        return "rewards", said, kept[book.is_granted(start, end)]
    if line == PAID:
        return "payouts", f"Claimed {when}", _dated(inputs.payouts)[book.is_paid(start, end)]
    return None


def _open_said(at_end: bool, week: str) -> str:
    """How those outstanding at the start or the end of a week are chosen."""
    if at_end:
        return f"Confirmed or Claimed now; dated before the end of {week}, not claimed by then"
    return f"Confirmed or Claimed now; dated before {week}, not claimed before it"


def ledger(inputs: Inputs) -> Ledger | None:
    """The ledger of the reported week; None without rewards or payouts.

    A reward is outstanding from its date until its payout's, if it is Confirmed or Claimed now:
    a decision made later moves the week the reward is dated in. One without a date was always
    there; one claimed at an unknown date is never outstanding.
    """
    if inputs.rewards is None or inputs.payouts is None:
        return None
    book = _Book.of(inputs.rewards, inputs.payouts)
    now = metrics.outstanding(inputs.rewards)
    week, since = (book.between(*_bounds(inputs, after)) for after in (False, True))
    return Ledger(week, since, now.cents, now.without_amount)


def _bounds(inputs: Inputs, since: bool) -> tuple[int, int]:
    """From when to when a stretch reaches: the reported week, or from its end to this day."""
    start = microseconds(inputs.calendar.starts(inputs.week))
    end = microseconds(inputs.calendar.ends(inputs.week))
    return (end, _NEVER) if since else (start, end)


def _dated(payouts: pd.DataFrame) -> pd.DataFrame:
    return payouts[payouts["claimed_at"].notna()].drop_duplicates("id")


@dataclass(frozen=True)
class _Book:
    """Every earned reward with its amount, grant, claim (`_NEVER` while there is none)."""

    amounts: Ints
    granted: Ints
    claimed: Ints
    unknown: Bools
    payout_amounts: Ints
    payout_claimed: Ints

    @classmethod
    def of(cls, rewards: pd.DataFrame, payouts: pd.DataFrame) -> _Book:
        kept = rewards[has_word(rewards["status"], EARNED)]
        amounts, _ = cents(kept["amount_cents"])
        granted = moments(kept["rewarded_at"])
        granted = np.where(granted == MISSING_MOMENT, _ALWAYS, granted)
        dated = _dated(payouts)
        place = pd.Index(dated["id"]).get_indexer(pd.Index(kept["payout_id"]))
        place = np.where(kept["payout_id"].isna().to_numpy(dtype=bool), -1, place)
        at = np.append(moments(dated["claimed_at"]), _NEVER)
        claimed = np.where(has_word(kept["status"], (CONFIRMED,)), _NEVER, at[place])
        unknown = has_word(kept["status"], (CLAIMED,)) & (claimed == _NEVER)
        paid, _ = cents(dated["amount_cents"])
        return cls(amounts, granted, claimed, unknown, paid, at[:-1])

    def is_open(self, moment: int) -> Bools:
        """Which rewards were outstanding at a moment (`_NEVER`: are)."""
        begun = np.minimum(self.granted, self.claimed) < moment
        if moment == _NEVER:
            begun = np.ones_like(begun)
        found: Bools = begun & (self.claimed >= moment) & ~self.unknown
        return found

    def is_granted(self, start: int, end: int) -> Bools:
        """Which rewards are dated between two moments."""
        found: Bools = (self.granted >= start) & (self.granted < end)
        return found

    def is_paid(self, start: int, end: int) -> Bools:
        """Which payouts were claimed between two moments."""
        found: Bools = (self.payout_claimed >= start) & (self.payout_claimed < end)
        return found

    def between(self, start: int, end: int) -> Stretch:
        """The ledger from one moment to another (`_NEVER`: to this day)."""
        granted = self.is_granted(start, end)
        claimed = (self.claimed >= start) & (self.claimed < end) & ~self.unknown
        effective = np.minimum(self.granted, self.claimed)
        moved = (effective >= start) & (effective < end)
        paid = int(self.payout_amounts[self.is_paid(start, end)].sum())
        other = {
            PAYOUTS_DIFFER: paid - self._sum(claimed),
            CLAIM_NOT_DATED: -self._sum(granted & self.unknown),
            GRANTED_AFTER_CLAIM: self._sum(moved & ~self.unknown)
            - self._sum(granted & ~self.unknown),
        }
        return Stretch(
            opening=self._sum(self.is_open(start)),
            granted=self._sum(granted),
            claimed=paid,
            other={name: amount for name, amount in other.items() if amount},
            closing=self._sum(self.is_open(end)),
        )

    def _sum(self, chosen: Bools) -> int:
        return int(self.amounts[chosen].sum())
