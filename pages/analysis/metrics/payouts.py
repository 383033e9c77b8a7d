"""Money claimed: payouts by week, size, and how long rewards wait for it. Integer cents."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pages.analysis.metrics.columns import (
    Slots,
    cents,
    counted,
    moments,
    summed,
    texts,
    whole,
)
from pages.analysis.metrics.durations import CLAIM_STEPS, summary
from pages.analysis.metrics.rewards import earned_per_week, sums, total
from pages.analysis.metrics.values import Durations, MoneyTotal
from pages.analysis.periods import Calendar, Week

SIZE_STEPS = (0, 500, 1_000, 2_500, 5_000, 10_000, 25_000)
"""Lower bounds in cents of the size distribution; the last has no upper end."""


def claimed(payouts: pd.DataFrame) -> MoneyTotal:
    """The given payouts that are dated; what is not dated yet is counted by `undated`."""
    return total(payouts[payouts["claimed_at"].notna()])


def undated(payouts: pd.DataFrame) -> int:
    """Payouts known by id whose date has not been read yet."""
    return int(payouts["claimed_at"].isna().sum())


def claimed_per_week(
    payouts: pd.DataFrame, calendar: Calendar, weeks: Sequence[Week]
) -> pd.DataFrame:
    """Payouts by the ISO week they were claimed in.

    Columns: key, bucket, count, amount_cents, without_amount; a quiet week is there with 0.
    """
    slots = Slots.by_week(calendar, weeks)
    place = slots.place(moments(payouts["claimed_at"]))
    return slots.frame().assign(**sums(place, payouts, len(slots)))


def earned_and_claimed(
    rewards: pd.DataFrame | None,
    payouts: pd.DataFrame | None,
    calendar: Calendar,
    weeks: Sequence[Week],
) -> pd.DataFrame:
    """Rewards earned beside payouts claimed, by week.

    Columns: key, bucket, what ("earned" or "claimed"), amount_cents, count; both missing where
    the list is None.
    """
    blank = Slots.by_week(calendar, weeks).frame()
    nothing = whole([None] * len(blank))
    blank = blank.assign(amount_cents=nothing, count=nothing)
    parts = (
        blank if rewards is None else earned_per_week(rewards, calendar, weeks),
        blank if payouts is None else claimed_per_week(payouts, calendar, weeks),
    )
    named = [
        part.assign(what=texts([what] * len(part)))
        for what, part in zip(("earned", "claimed"), parts, strict=True)
    ]
    columns = ["key", "bucket", "what", "amount_cents", "count"]
    return pd.concat(named, ignore_index=True)[columns]


def time_to_claim(rewards: pd.DataFrame, payouts: pd.DataFrame) -> Durations:
    """Claim - grant of every given reward that belongs to a dated payout among the given ones."""
    dated = payouts.loc[payouts["claimed_at"].notna(), ["id", "claimed_at"]]
    dated = dated[dated["id"].notna()].drop_duplicates("id")
    codes, named = pd.factorize(rewards["payout_id"])
    # The extra last place is where rewards without a payout (code -1) look.
    place = np.append(pd.Index(dated["id"]).get_indexer(pd.Index(named)), -1)[codes]
    paid = place >= 0
    granted = moments(rewards["rewarded_at"])[paid]
    return summary(granted, moments(dated["claimed_at"])[place[paid]], CLAIM_STEPS)


def payout_sizes(payouts: pd.DataFrame) -> pd.DataFrame:
    """How large payouts are; those without an amount are not in it.

    Columns: lower_cents, upper_cents (missing for the last), label, count, amount_cents.
    """
    amounts, missing = cents(payouts["amount_cents"])
    lower = np.array(SIZE_STEPS)
    place = np.maximum(np.searchsorted(lower, amounts, side="right") - 1, 0)
    place = np.where(missing, -1, place)
    uppers = [*SIZE_STEPS[1:], None]
    return pd.DataFrame(
        {
            "lower_cents": whole(lower),
            "upper_cents": whole(uppers),
            "label": texts(
                [_size_label(low, up) for low, up in zip(SIZE_STEPS, uppers, strict=True)]
            ),
            "count": whole(counted(place, len(lower))),
            "amount_cents": whole(summed(place, amounts, len(lower))),
        }
    )


def _size_label(lower: int, upper: int | None) -> str:
    if lower == 0 and upper is not None:
        return f"under ${upper // 100}"
    return f"${lower // 100} and more" if upper is None else f"${lower // 100}–{upper // 100}"
