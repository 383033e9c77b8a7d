"""One row a week with every number of the Monday glance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from pages.analysis.metrics.check_ins import rates
from pages.analysis.metrics.columns import (
    Ints,
    Slots,
    counted,
    crossed,
    fractions,
    has_word,
    identities,
    moments,
    whole,
    words,
)
from pages.analysis.metrics.durations import middles, spans
from pages.analysis.metrics.payouts import claimed_per_week
from pages.analysis.metrics.rewards import earned_per_week
from pages.analysis.metrics.users import new_users_per_week
from pages.analysis.periods import Calendar, Week
from pages.analysis.terms import CHECK_IN_STATUSES, DECIDED

_COLUMN_OF = {
    "Confirmed": "confirmed",
    "Declined": "declined",
    "Pending": "pending",
    "OnHold": "on_hold",
}
_CHECK_IN_COUNTS = (
    "active_users",
    "submitted",
    "submitted_without_owner",
    "confirmed",
    "declined",
    "pending",
    "on_hold",
    "other",
    "decided",
    "undecided",
)
COLUMNS = (
    "bucket",
    "new_users",
    *_CHECK_IN_COUNTS,
    "confirmation_rate",
    "decided_in_week",
    "median_hours_to_decision",
    "earned_cents",
    "earned_count",
    "earned_without_amount",
    "claimed_cents",
    "claimed_count",
    "claimed_without_amount",
)
_FLOATS = ("confirmation_rate", "median_hours_to_decision")


def weekly(
    check_ins: pd.DataFrame | None,
    rewards: pd.DataFrame | None,
    payouts: pd.DataFrame | None,
    new_users: pd.DataFrame | None,
    calendar: Calendar,
    weeks: Sequence[Week],
) -> pd.DataFrame:
    """One row a week, indexed by week code; the columns are `COLUMNS`.

    Counts and cents are Int64, rates and hours Float64. Numbers that need a list which is None
    are missing. `undecided` is pending + on hold + other; `confirmation_rate` is missing when
    nothing is decided (below 30 decided `wording.confirmation` tells counts).
    """
    slots = Slots.by_week(calendar, weeks)
    base = slots.frame()
    table: dict[str, Any] = {"bucket": base["bucket"]}
    if new_users is not None:
        table["new_users"] = new_users_per_week(new_users, calendar, weeks)["count"]
    if check_ins is not None:
        table |= _check_ins(check_ins, slots)
    for name, list_, per_week in (
        ("earned", rewards, earned_per_week),
        ("claimed", payouts, claimed_per_week),
    ):
        if list_ is not None:
            money = per_week(list_, calendar, weeks)
            table[f"{name}_cents"] = money["amount_cents"]
            table[f"{name}_count"] = money["count"]
            table[f"{name}_without_amount"] = money["without_amount"]
    for column in COLUMNS:
        if column not in table:
            table[column] = (fractions if column in _FLOATS else whole)([None] * len(slots))
    frame = pd.DataFrame({column: table[column] for column in COLUMNS})
    frame.index = pd.Index(base["key"], name="week")
    return frame


def _check_ins(check_ins: pd.DataFrame, slots: Slots) -> dict[str, Any]:
    started, updated = moments(check_ins["checked_in_at"]), moments(check_ins["updated_at"])
    place = slots.place(started)
    codes, known = words(check_ins["status"])
    by_status = crossed(place, codes, len(slots), len(known))
    total = by_status.sum(axis=1)
    counts: dict[str, Ints] = {"submitted": total, "other": total.copy()}
    for word in CHECK_IN_STATUSES:
        found = by_status[:, known.index(word)] if word in known else np.zeros_like(total)
        counts[_COLUMN_OF[word]] = found
        counts["other"] = counts["other"] - found
    counts["decided"] = counts["confirmed"] + counts["declined"]
    counts["undecided"] = total - counts["decided"]
    active = _owners_a_week(check_ins["owner_id"], place, len(slots))
    nameless = check_ins["owner_id"].isna().to_numpy(dtype=bool)
    counts["submitted_without_owner"] = counted(np.where(nameless, place, -1), len(slots))
    # Where no row of a week names its owner, nobody can say how many people were active.
    untold = (total > 0) & (counts["submitted_without_owner"] == total)

    decided = has_word(check_ins["status"], DECIDED)
    decided_place = np.where(decided, slots.place(updated), -1)
    lengths, usable = spans(started, updated)
    medians = middles(np.where(usable, decided_place, -1), lengths, len(slots))
    return {
        **{name: whole(values) for name, values in counts.items()},
        "active_users": whole(
            [None if hidden else n for n, hidden in zip(active, untold, strict=True)]
        ),
        "confirmation_rate": rates(counts["confirmed"], counts["declined"]),
        "decided_in_week": whole(counted(decided_place, len(slots))),
        "median_hours_to_decision": fractions(medians),
    }


def _owners_a_week(owners: pd.Series, place: Ints, weeks: int) -> Ints:
    """Distinct owners in each week; rows without one are in none."""
    kept = place >= 0
    codes, distinct = identities(owners[kept])
    seen = np.zeros((weeks, distinct), dtype=bool)
    named = codes >= 0
    seen[place[kept][named], codes[named]] = True
    distinct_owners: Ints = seen.sum(axis=1).astype(np.int64)
    return distinct_owners
