"""The rewards ledger: opening + granted - claimed + other changes = closing, to the cent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pages.analysis import metrics, wording
from pages.analysis.report.inputs import Inputs
from pages.analysis.terms import CLAIMED, CONFIRMED, EARNED

_NEVER = pd.Timestamp("2250-01-01", tz="UTC")
_ALWAYS = pd.Timestamp("1700-01-01", tz="UTC")

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
        explained = self.opening + self.granted - self.claimed + sum(self.other.values())
        return self.closing - explained

    def content(self) -> dict[str, Any]:
        """As the JSON report holds it: decimal text."""
        return {
            "opening": wording.dollars(self.opening),
            "granted": wording.dollars(self.granted),
            "claimed": wording.dollars(self.claimed),
            "other": {name: wording.dollars(amount) for name, amount in self.other.items()},
            "closing": wording.dollars(self.closing),
        }


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
        missing = self.outstanding_now - self.since.closing
        return self.week.unexplained + self.since.unexplained + missing

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
            "week": self.week.content(),
            "since": self.since.content(),
            "outstanding_now": wording.dollars(self.outstanding_now),
            "unexplained": wording.dollars(self.off_by),
            "balances": self.balances,
            "sentence": self.sentence,
        }


def ledger(inputs: Inputs) -> Ledger | None:
    """The ledger of the reported week; None without rewards or payouts.

    A reward is outstanding from its date until its payout's, if it is Confirmed or Claimed now:
    a decision made later moves the week the reward is dated in. One without a date was always
    there; one claimed at an unknown date is never outstanding.
    """
    if inputs.rewards is None or inputs.payouts is None:
        return None
    dated = inputs.payouts[inputs.payouts["claimed_at"].notna()].drop_duplicates("id")
    entries = _entries(inputs.rewards, dated)
    start = pd.Timestamp(inputs.calendar.starts(inputs.week))
    end = pd.Timestamp(inputs.calendar.ends(inputs.week))
    now = metrics.outstanding(inputs.rewards)
    return Ledger(
        _between(entries, dated, start, end),
        _between(entries, dated, end, _NEVER),
        now.cents,
        now.without_amount,
    )


def _entries(rewards: pd.DataFrame, dated: pd.DataFrame) -> pd.DataFrame:
    """The earned rewards as entries of the ledger.

    Columns: cents, granted (`_ALWAYS`: no date), claimed (`_NEVER`: not, or at an unknown date),
    unknown (claimed at a date that is not known).
    """
    earned = rewards[rewards["status"].isin(EARNED)]
    moments = dated[dated["id"].notna()].set_index("id")["claimed_at"]
    claimed = pd.Series(moments.reindex(earned["payout_id"]).array, index=earned.index)
    claimed = claimed.where(earned["status"] != CONFIRMED)
    return pd.DataFrame(
        {
            "cents": earned["amount_cents"].fillna(0).astype("int64"),
            "granted": earned["rewarded_at"].fillna(_ALWAYS),
            "claimed": claimed.fillna(_NEVER),
            "unknown": (earned["status"] == CLAIMED) & claimed.isna(),
        }
    )


def _between(
    entries: pd.DataFrame, dated: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp
) -> Stretch:
    """The ledger from one moment to another (`_NEVER`: to this day)."""
    granted_at, claimed_at = entries["granted"], entries["claimed"]
    began = granted_at.where(granted_at < claimed_at, claimed_at)
    known = ~entries["unknown"]
    granted = (granted_at >= start) & (granted_at < end)
    claimed = (claimed_at >= start) & (claimed_at < end) & known
    begun = (began >= start) & (began < end)

    def cents(chosen: pd.Series[bool]) -> int:
        return int(entries.loc[chosen, "cents"].sum())

    def open_at(moment: pd.Timestamp) -> int:
        there = (began < moment) | (moment == _NEVER)
        return cents(there & (claimed_at >= moment) & known)

    paid_rows = dated[(dated["claimed_at"] >= start) & (dated["claimed_at"] < end)]
    paid = int(paid_rows["amount_cents"].fillna(0).sum())
    other = {
        PAYOUTS_DIFFER: paid - cents(claimed),
        CLAIM_NOT_DATED: -cents(granted & ~known),
        GRANTED_AFTER_CLAIM: cents(begun & known) - cents(granted & known),
    }
    return Stretch(
        opening=open_at(start),
        granted=cents(granted),
        claimed=paid,
        other={name: amount for name, amount in other.items() if amount},
        closing=open_at(end),
    )
