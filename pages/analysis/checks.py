"""Do the books balance? Each check says so in one sentence, with the rows behind a failure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pages.analysis import wording
from pages.analysis.metrics import MoneyTotal, matched, outstanding
from pages.analysis.metrics.columns import (
    MISSING_MOMENT,
    Bools,
    cents,
    counted,
    has_word,
    moments,
    summed,
    whole,
)
from pages.analysis.metrics.matching import REWARD_FACTS
from pages.analysis.terms import CLAIMED, CONFIRMED, DECLINED, EARNED, LIVE

CHECK_IN_ROWS = ["id", "kind", "status", "checked_in_at", "updated_at", "owner_id"]
REWARD_ROWS = ["id", "status", "type", "rewarded_at", "owner_id", "payout_id", "amount_cents"]


@dataclass(frozen=True)
class Check:
    """One balance of the books: `passed` is None when it cannot be told.

    `rows` are the rows behind a failure (opaque ids, words, dates and cents only; empty when it
    passed), `page` the screen that shows them.
    """

    name: str
    passed: bool | None
    sentence: str
    rows: pd.DataFrame
    page: str = "check_ins"


@dataclass(frozen=True)
class Fetched:
    """How many rows of a list are held, and how many Ownli counts (None: it did not say)."""

    name: str
    rows: int
    total_items: int | None
    page: str = "check_ins"


def all_rows_fetched(lists: list[Fetched]) -> Check:
    """Rows held = `totalItems`, list by list. Rows: list, held, total_items."""
    name = "All rows fetched"
    short = [one for one in lists if one.total_items is not None and one.rows != one.total_items]
    silent = [one for one in lists if one.total_items is None]
    rows = pd.DataFrame(
        {
            "list": [one.name for one in short],
            "held": whole([one.rows for one in short]),
            "total_items": whole([one.total_items for one in short]),
        }
    )
    if short:
        parts = [
            f"{one.name}: {wording.count(one.rows)} held, {wording.count(one.total_items)} at Ownli"
            for one in short
        ]
        return Check(name, False, f"{'; '.join(parts)}.", rows, short[0].page)
    if silent or not lists:
        which = wording.listing([one.name for one in silent]) or "any list"
        return Check(name, None, f"Ownli gave no total for {which}.", rows)
    return Check(name, True, "Every list holds as many rows as Ownli counts.", rows)


def no_id_twice(frames: dict[str, pd.DataFrame]) -> Check:
    """No list holds an id twice. Rows: list, id, times."""
    found = []
    for name, frame in frames.items():
        ids = frame["id"].dropna()
        if ids.nunique() == len(ids):
            continue
        times = ids[ids.duplicated(keep=False)].value_counts()
        found.append(pd.DataFrame({"list": name, "id": times.index, "times": times.to_numpy()}))
    if found:
        rows = pd.concat(found, ignore_index=True)
        verb = "stands" if len(rows) == 1 else "stand"
        sentence = f"{wording.plural(len(rows), 'id')} {verb} more than once."
        return Check("No id twice", False, sentence, rows)
    empty = pd.DataFrame({"list": [], "id": [], "times": []})
    return Check("No id twice", True, "No id stands twice in a list.", empty)


def claimed_rewards_have_a_payout(rewards: pd.DataFrame, payouts: pd.DataFrame | None) -> Check:
    """Every claimed reward names a payout, and that payout is known. Rows: `REWARD_ROWS`.

    With payouts None only the first half is told.
    """
    name = "Claimed rewards have a payout"
    claimed = rewards.loc[has_word(rewards["status"], (CLAIMED,)), REWARD_ROWS]
    codes, named = pd.factorize(claimed["payout_id"])
    known = np.ones(len(named), dtype=bool)
    if payouts is not None:
        known = (
            pd.Index(payouts["id"]).get_indexer_for(pd.Index(named)) >= 0
            if len(payouts)
            else np.zeros(len(named), dtype=bool)
        )
    lost: Bools = ~np.append(known, False)[codes]
    rows = claimed[lost]
    if len(rows):
        sentence = f"{wording.plural(len(rows), 'claimed reward')} without a known payout."
        return Check(name, False, sentence, rows, "rewards")
    return Check(name, True, "Every claimed reward belongs to a payout.", rows, "rewards")


def payouts_equal_their_rewards(payouts: pd.DataFrame, rewards: pd.DataFrame) -> Check:
    """A payout's amount = the sum of its rewards, as the payout and as the rewards list tell it.

    Rows: id, amount_cents, rewards_cents (the payout's own), listed_cents (from the rewards
    list), owner_id. Sums with a missing amount are not compared.
    """
    name = "Payouts equal their rewards"
    amount, unknown = cents(payouts["amount_cents"])
    own, own_unknown = cents(payouts["rewards_cents"])
    held, none_missing, present = _listed(payouts, rewards)
    by_own = ~unknown & ~own_unknown
    by_list = ~unknown & none_missing & present
    wrong = (by_own & (amount != own)) | (by_list & (amount != held))
    rows = payouts.loc[wrong, ["id", "amount_cents", "rewards_cents", "owner_id"]].assign(
        listed_cents=whole(np.where(by_list, held, 0)[wrong])
    )
    if len(rows):
        sentence = f"{wording.plural(len(rows), 'payout')} differ from the sum of their rewards."
        if len(rows) == 1:
            sentence = "1 payout differs from the sum of its rewards."
        return Check(name, False, sentence, rows, "payouts")
    compared = int((by_own | by_list).sum())
    if compared < len(payouts):
        gap = wording.plural(len(payouts) - compared, "payout")
        return Check(
            name, None, f"{gap} could not be compared: amounts are missing.", rows, "payouts"
        )
    return Check(name, True, "Every payout equals the sum of its rewards.", rows, "payouts")


def _listed(payouts: pd.DataFrame, rewards: pd.DataFrame) -> tuple[np.ndarray, Bools, Bools]:
    """For each payout the sum of its rewards in the rewards list, whether all have amounts, and
    whether there are any."""
    codes, named = pd.factorize(rewards["payout_id"])
    amounts, missing = cents(rewards["amount_cents"])
    # The extra last slot is where a payout that no reward names looks.
    sums = np.append(summed(codes, amounts, len(named)), 0)
    lacking = np.append(counted(np.where(missing, codes, -1), len(named)), 0)
    place = pd.Index(named).get_indexer(pd.Index(payouts["id"]))
    return sums[place], lacking[place] == 0, place >= 0


def no_declined_check_in_is_paid(check_ins: pd.DataFrame, rewards: pd.DataFrame) -> Check:
    """No declined check-in has a pending, confirmed or claimed reward.

    Rows: `CHECK_IN_ROWS` and reward_id.

    Rewards are matched as in the funnel; check-ins that are not declined take theirs first.
    """
    name = "No declined check-in is paid"
    declined = check_ins.loc[has_word(check_ins["status"], (DECLINED,)), CHECK_IN_ROWS]
    declined_all = declined
    live = rewards.loc[has_word(rewards["status"], LIVE), ["id", *REWARD_FACTS]]
    suspects = declined["owner_id"][matched(declined, live) >= 0].unique()
    if len(suspects):
        rest = check_ins.loc[~has_word(check_ins["status"], (DECLINED,)), CHECK_IN_ROWS]
        rest = rest[rest["owner_id"].isin(suspects).to_numpy(dtype=bool)]
        live = live[live["owner_id"].isin(suspects).to_numpy(dtype=bool)]
        declined = declined[declined["owner_id"].isin(suspects).to_numpy(dtype=bool)]
        free = np.ones(len(live), dtype=bool)
        taken = matched(rest, live)
        free[taken[taken >= 0]] = False
        live = live[free]
    place = matched(declined, live) if len(suspects) else np.full(len(declined), -1)
    paid = place >= 0
    ids = live["id"].iloc[place[paid]].to_numpy(dtype=object)
    rows = declined[paid].assign(reward_id=pd.array(ids, dtype="str"))
    if len(rows):
        sentence = f"{wording.plural(len(rows), 'declined check-in')} with a live reward."
        return Check(name, False, sentence, rows)
    nameless = int(declined_all["owner_id"].isna().sum())
    if nameless:
        sentence = (
            f"{wording.plural(nameless, 'declined check-in')} came without an owner, so no reward "
            "can be matched; none of the others has a live reward."
        )
        return Check(name, None, sentence, rows)
    return Check(name, True, "No declined check-in has a live reward.", rows)


def outstanding_equals_its_rows(shown: MoneyTotal, rewards: pd.DataFrame) -> Check:
    """The outstanding total that is shown = the sum of the rows an export would hold, to the cent.

    Rows (when it fails): every outstanding reward, `REWARD_ROWS`.
    """
    name = "Outstanding equals its rows"
    rows = rewards.loc[has_word(rewards["status"], (CONFIRMED,)), REWARD_ROWS]
    exported = sum(int(amount) for amount in rows["amount_cents"].dropna())
    if (shown.count, shown.cents) == (len(rows), exported):
        sentence = (
            f"{wording.money(exported)} in {wording.plural(len(rows), 'reward')}, row by row."
        )
        return Check(name, True, sentence, rows.iloc[:0], "rewards")
    sentence = f"{wording.money(shown.cents)} is shown, its rows sum to {wording.money(exported)}."
    return Check(name, False, sentence, rows, "rewards")


def every_row_has_date_and_owner(check_ins: pd.DataFrame, rewards: pd.DataFrame) -> Check:
    """Check-ins and rewards that Ownli sent without a date or an owner. Rows: list, id, lacks."""
    parts = []
    for name, frame, date_column in (
        ("Check-ins", check_ins, "checked_in_at"),
        ("Rewards", rewards, "rewarded_at"),
    ):
        undated = moments(frame[date_column]) == MISSING_MOMENT
        unowned = frame["owner_id"].isna().to_numpy(dtype=bool)
        lacking = undated | unowned
        ids = frame["id"][lacking]
        lacks = np.select(
            [undated[lacking] & unowned[lacking], undated[lacking]],
            ["date, owner", "date"],
            "owner",
        )
        parts.append(pd.DataFrame({"list": name, "id": ids, "lacks": lacks}))
    rows = pd.concat(parts, ignore_index=True)
    name = "Every row has a date and an owner"
    if len(rows):
        verb = "lacks" if len(rows) == 1 else "lack"
        sentence = f"{wording.plural(len(rows), 'row')} {verb} a date or an owner."
        return Check(name, False, sentence, rows)
    return Check(name, True, "Every check-in and reward has a date and an owner.", rows)


def every_earned_reward_has_an_amount(rewards: pd.DataFrame) -> Check:
    """Confirmed and claimed rewards that Ownli sent without an amount. Rows: `REWARD_ROWS`."""
    name = "Every earned reward has an amount"
    missing = rewards["amount_cents"].isna().to_numpy(dtype=bool)
    rows = rewards.loc[has_word(rewards["status"], EARNED) & missing, REWARD_ROWS]
    if len(rows):
        sentence = (
            f"{wording.plural(len(rows), 'earned reward')} without an amount: counted, "
            "but in no sum of dollars."
        )
        return Check(name, False, sentence, rows, "rewards")
    return Check(name, True, "Every earned reward has an amount.", rows, "rewards")


def books(
    check_ins: pd.DataFrame,
    rewards: pd.DataFrame,
    payouts: pd.DataFrame | None,
    fetched: list[Fetched],
    shown_outstanding: MoneyTotal | None = None,
) -> list[Check]:
    """Every check, in a fixed order; payouts None: what needs them cannot be told.

    `shown_outstanding` is what the tile shows; without it, the tile's own sum is taken.
    """
    frames = {"Check-ins": check_ins, "Rewards": rewards}
    if payouts is not None:
        frames["Payouts"] = payouts
        balance = payouts_equal_their_rewards(payouts, rewards)
    else:
        sentence = "Payouts are not loaded."
        balance = Check(
            "Payouts equal their rewards", None, sentence, pd.DataFrame({"id": []}), "payouts"
        )
    return [
        all_rows_fetched(fetched),
        no_id_twice(frames),
        claimed_rewards_have_a_payout(rewards, payouts),
        balance,
        no_declined_check_in_is_paid(check_ins, rewards),
        outstanding_equals_its_rows(shown_outstanding or outstanding(rewards), rewards),
        every_row_has_date_and_owner(check_ins, rewards),
        every_earned_reward_has_an_amount(rewards),
    ]
