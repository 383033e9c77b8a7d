"""Money granted: what is earned, what is outstanding, for what and by whom. Integer cents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from pages.analysis.metrics.check_ins import NO_DATE, ages
from pages.analysis.metrics.columns import (
    Bools,
    Ints,
    Slots,
    cents,
    counted,
    has_word,
    moments,
    summed,
    texts,
    whole,
    words,
)
from pages.analysis.metrics.values import MoneyTotal
from pages.analysis.periods import Calendar, Week
from pages.analysis.terms import (
    CONFIRMED,
    EARNED,
    NO_ACTION_CODE,
    NO_STATUS,
    NO_TYPE,
    REWARD_STATUSES,
    REWARD_TYPES,
    STATUS_ORDER,
    in_order,
)

OUTSTANDING_AGES = (
    (0, "0–7 days"),
    (8, "8–30 days"),
    (31, "31–90 days"),
    (91, "over 90 days"),
)
_AGE_LABELS = [*(label for _, label in OUTSTANDING_AGES), NO_DATE]

_ABSENT = {"status": NO_STATUS, "type": NO_TYPE, "action_code": NO_ACTION_CODE}


def total(money: pd.DataFrame) -> MoneyTotal:
    """Count and exact sum of `amount_cents` of the given rows."""
    amounts, missing = cents(money["amount_cents"])
    return MoneyTotal(len(money), int(amounts.sum()), int(missing.sum()))


def outstanding(rewards: pd.DataFrame) -> MoneyTotal:
    """All rewards that are now Confirmed, whatever their date: earned and not claimed yet."""
    return _total_of(rewards, (CONFIRMED,))


def earned(rewards: pd.DataFrame) -> MoneyTotal:
    """The Confirmed and Claimed ones of the given rewards."""
    return _total_of(rewards, EARNED)


def rewards_by(
    rewards: pd.DataFrame,
    by: Literal["status", "type", "action_code"],
    *,
    named_only: bool = False,
) -> pd.DataFrame:
    """The given rewards by one word of theirs, with `named_only` those alone that have one.

    Columns: the word's own (missing where a reward has none), count, amount_cents,
    without_amount. Statuses and types in fixed order, the known ones always; action codes by
    amount, the largest first.
    """
    codes, known = words(rewards[by], _ABSENT[by])
    table = sums(codes, rewards, len(known))
    frame = pd.DataFrame({by: texts(known), **table})
    if by == "action_code":
        kept = frame[frame["count"] > 0]
        ranked = kept.sort_values(["amount_cents", "count"], ascending=False, kind="stable")
    else:
        always, order = (
            (REWARD_STATUSES, STATUS_ORDER) if by == "status" else (REWARD_TYPES, REWARD_TYPES)
        )
        present = set(frame.loc[frame["count"] > 0, by])
        ranked = frame.set_index(by).reindex(in_order({*always, *present}, order), fill_value=0)
        ranked = ranked.rename_axis(by).reset_index()
    ranked = ranked.reset_index(drop=True)
    ranked[by] = ranked[by].astype("str").where(ranked[by] != _ABSENT[by])
    return ranked.dropna(subset=by) if named_only else ranked


def earned_per_week(
    rewards: pd.DataFrame, calendar: Calendar, weeks: Sequence[Week]
) -> pd.DataFrame:
    """What users earned (Confirmed or Claimed) by the ISO week it was granted in.

    Columns: key, bucket, count, amount_cents, without_amount; a quiet week is there with 0.
    """
    slots = Slots.by_week(calendar, weeks)
    kept = has_word(rewards["status"], EARNED)
    place = np.where(kept, slots.place(moments(rewards["rewarded_at"])), -1)
    return slots.frame().assign(**sums(place, rewards, len(slots)))


def rewards_per_week(
    rewards: pd.DataFrame, calendar: Calendar, weeks: Sequence[Week]
) -> pd.DataFrame:
    """All rewards by the ISO week they were granted in and their present status.

    Columns: key, bucket, status, amount_cents, count, without_amount; zero-filled.
    """
    slots = Slots.by_week(calendar, weeks)
    place = slots.place(moments(rewards["rewarded_at"]))
    codes, known = words(rewards["status"])
    present = {known[code] for code in np.unique(codes[place >= 0])}
    shown = in_order({*REWARD_STATUSES, *present})
    column = np.array([shown.index(word) if word in shown else -1 for word in known])[codes]
    joint = np.where((place >= 0) & (column >= 0), place * len(shown) + column, -1)
    table = sums(joint, rewards, len(slots) * len(shown))
    frame = slots.frame().loc[np.repeat(np.arange(len(slots)), len(shown))]
    frame = frame.reset_index(drop=True).assign(status=texts(shown * len(slots)))
    return frame.assign(**table)


def outstanding_by_age(rewards: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """Outstanding rewards by whole days since they were granted; all time.

    Columns: age, count, amount_cents, without_amount. Rows without a date stand under "no date",
    which is there only if it holds any.
    """
    kept = has_word(rewards["status"], (CONFIRMED,))
    place = ages(moments(rewards["rewarded_at"]), now, OUTSTANDING_AGES)
    table = sums(np.where(kept, place, -1), rewards, len(_AGE_LABELS))
    frame = pd.DataFrame({"age": texts(_AGE_LABELS), **table})
    return frame if frame["count"].iloc[-1] else frame.iloc[:-1]


def of_age(rewards: pd.DataFrame, age: str, now: datetime) -> Bools:
    """Which rewards are of an age as `outstanding_by_age` names them."""
    place = ages(moments(rewards["rewarded_at"]), now, OUTSTANDING_AGES)
    found: Bools = place == _AGE_LABELS.index(age)
    return found


def top_earners(rewards: pd.DataFrame, n: int = 10) -> pd.DataFrame:
    """The n users who earned most (Confirmed or Claimed) among the given rewards.

    Columns: owner_id, owner_name, amount_cents, count, without_amount. Equal sums are ordered by
    count, then id. Rewards without an owner are left out (the checks name them).
    """
    kept = rewards.loc[
        has_word(rewards["status"], EARNED), ["owner_id", "owner_name", "amount_cents"]
    ]
    codes, ids = pd.factorize(kept["owner_id"])
    table = pd.DataFrame({"owner_id": texts(ids), **sums(codes, kept, len(ids))})
    table["place"] = np.arange(len(ids))
    ranked = table.sort_values(
        ["amount_cents", "count", "owner_id"], ascending=[False, False, True], kind="stable"
    ).head(n)
    names = []
    for place in ranked["place"]:
        given = kept["owner_name"][codes == place].dropna()
        names.append(given.iloc[-1] if len(given) else None)
    columns = ["owner_id", "owner_name", "amount_cents", "count", "without_amount"]
    return ranked.assign(owner_name=texts(names))[columns].reset_index(drop=True)


def _total_of(rewards: pd.DataFrame, statuses: tuple[str, ...]) -> MoneyTotal:
    kept: Bools = has_word(rewards["status"], statuses)
    amounts, missing = cents(rewards["amount_cents"])
    return MoneyTotal(int(kept.sum()), int(amounts[kept].sum()), int((missing & kept).sum()))


def sums(slot: Ints, money: pd.DataFrame, size: int) -> dict[str, ExtensionArray]:
    """amount_cents, count and without_amount of each slot; -1 falls into none."""
    amounts, missing = cents(money["amount_cents"])
    return {
        "count": whole(counted(slot, size)),
        "amount_cents": whole(summed(slot, amounts, size)),
        "without_amount": whole(counted(np.where(missing, slot, -1), size)),
    }
