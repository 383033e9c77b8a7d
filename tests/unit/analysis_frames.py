"""Frames for the analysis tests, from a few facts or by the million, as the cache types them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

CHECK_INS = {
    "id": "str",
    "kind": "category",
    "status": "category",
    "checked_in_at": "datetime64[us, UTC]",
    "updated_at": "datetime64[us, UTC]",
    "owner_id": "str",
    "owner_name": "str",
    "license": "str",
    "state": "str",
    "note": "str",
    "mileage": "Int64",
    "next_check_in_at": "datetime64[us, UTC]",
}
REWARDS = {
    "id": "str",
    "status": "category",
    "type": "category",
    "description": "str",
    "action_code": "str",
    "payout_id": "str",
    "rewarded_at": "datetime64[us, UTC]",
    "owner_id": "str",
    "owner_name": "str",
    "amount_cents": "Int64",
}
PAYOUTS = {
    "id": "str",
    "owner_id": "str",
    "claimed_at": "datetime64[us, UTC]",
    "amount_cents": "Int64",
    "rewards_count": "Int64",
    "rewards_cents": "Int64",
    "payment_reference_id": "str",
}
NEW_USERS = {"start": "datetime64[us, UTC]", "end": "datetime64[us, UTC]", "count": "Int64"}
VEHICLES = {"id": "str", "license": "str", "state": "str", "owner_id": "str"}


def frame(columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows of facts as a declared frame; what a row does not say is missing."""
    built = {}
    for name, dtype in columns.items():
        values = [row.get(name) for row in rows]
        if dtype == "category":
            words = sorted({value for value in values if value is not None})
            built[name] = pd.Categorical(values, categories=pd.Index(words, dtype="str"))
        else:
            built[name] = pd.array(values, dtype=dtype)
    return pd.DataFrame(built)


def check_ins(*rows: Mapping[str, Any]) -> pd.DataFrame:
    return frame(
        CHECK_INS, [{"id": f"c{n}", "kind": "mileage", **row} for n, row in enumerate(rows)]
    )


def rewards(*rows: Mapping[str, Any]) -> pd.DataFrame:
    return frame(REWARDS, [{"id": f"r{n}", **row} for n, row in enumerate(rows)])


def payouts(*rows: Mapping[str, Any]) -> pd.DataFrame:
    return frame(PAYOUTS, [{"id": f"p{n}", **row} for n, row in enumerate(rows)])


def new_users(*rows: Mapping[str, Any]) -> pd.DataFrame:
    return frame(NEW_USERS, rows)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def many(
    n: int, now: datetime, weeks: int = 26, seed: int = 7
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Believable check-ins, rewards and payouts, oldest first: n, about 0.8 n and 0.1 n rows."""
    random = np.random.default_rng(seed)
    owners = max(n // 25, 1)
    span = int(timedelta(weeks=weeks).total_seconds() * 1e6)
    end = int(now.timestamp() * 1e6)
    at = np.sort(end - (random.random(n) ** 1.2 * span).astype("int64"))
    delay = (random.lognormal(2.3, 0.9, n) * 3.6e9).astype("int64")
    fate = random.random(n)
    status = np.where(fate < 0.86, 0, np.where(fate < 0.96, 1, 2))
    status = np.where(at + delay > end, 3, status)
    kind = random.choice(3, n, p=[0.55, 0.35, 0.1])
    owner = (owners * random.random(n) ** 1.6).astype("int64")
    note_words = np.array([f"Reason number {i}" for i in range(24)], dtype=object)
    notes = np.where(
        ((status == 1) | (status == 2)) & (random.random(n) < 0.9),
        note_words[(24 * random.random(n) ** 2).astype(int)],
        None,
    )

    def moments(us: np.ndarray) -> pd.Series:
        return pd.Series(us.view("datetime64[us]")).dt.tz_localize("UTC")

    owner_ids = np.array([f"XT_USER{i:08d}" for i in range(owners)], dtype=object)
    owner_names = np.array([f"First{i % 900} Last{i % 700}" for i in range(owners)], dtype=object)
    kinds = pd.Index(["condition", "mileage", "proof_of_address"], dtype="str")
    kind_code = np.array([1, 0, 2])[kind]
    held = pd.DataFrame(
        {
            "id": pd.array([f"XT_C{i:09d}" for i in range(n)], dtype="str"),
            "kind": pd.Categorical.from_codes(kind_code, kinds),
            "status": pd.Categorical.from_codes(
                status, pd.Index(["Confirmed", "Declined", "OnHold", "Pending"], dtype="str")
            ),
            "checked_in_at": moments(at),
            "updated_at": moments(np.minimum(at + delay, end)),
            "owner_id": pd.array(owner_ids[owner], dtype="str"),
            "owner_name": pd.array(owner_names[owner], dtype="str"),
            "license": pd.array([f"ABC{i % 90000:05d}" for i in owner], dtype="str"),
            "state": pd.array(np.where(kind == 2, "TX", None), dtype="str"),
            "note": pd.array(notes, dtype="str"),
            "mileage": pd.array(random.integers(1000, 90000, n), dtype="Int64"),
            "next_check_in_at": moments(at + int(30 * 8.64e10)),
        }
    )
    granted = np.flatnonzero((status == 0) & (random.random(n) < 0.97))
    m = len(granted)
    claim = random.random(m) < 0.7
    payout = np.where(claim, owner[granted] * 3 + random.integers(0, 3, m), -1)
    given = pd.DataFrame(
        {
            "id": pd.array([f"XT_R{i:09d}" for i in range(m)], dtype="str"),
            "status": pd.Categorical.from_codes(
                np.where(claim, 0, 1), pd.Index(["Claimed", "Confirmed"], dtype="str")
            ),
            "type": pd.Categorical.from_codes(
                np.array([0, 2, 1])[kind_code[granted]],
                pd.Index(["ConditionCheckIn", "GaragingCheckIn", "MileageCheckIn"], dtype="str"),
            ),
            "description": pd.array(["Thank you"] * m, dtype="str"),
            "action_code": pd.array(
                np.where(random.random(m) < 0.03, "spring-26", None), dtype="str"
            ),
            "payout_id": pd.array(
                [f"XT_PAY{i:08d}" if i >= 0 else None for i in payout], dtype="str"
            ),
            "rewarded_at": moments(at[granted]),
            "owner_id": pd.array(owner_ids[owner[granted]], dtype="str"),
            "owner_name": pd.array(owner_names[owner[granted]], dtype="str"),
            "amount_cents": pd.array(random.choice([500, 750, 1000], m), dtype="Int64"),
        }
    )
    sums = pd.DataFrame({"payout": payout[claim], "at": at[granted][claim]})
    sums["cents"] = given["amount_cents"].to_numpy("int64")[claim]
    by = sums.groupby("payout").agg(at=("at", "max"), cents=("cents", "sum"), n=("at", "size"))
    paid = pd.DataFrame(
        {
            "id": pd.array([f"XT_PAY{i:08d}" for i in by.index], dtype="str"),
            "owner_id": pd.array(owner_ids[by.index.to_numpy() // 3], dtype="str"),
            "claimed_at": moments(np.minimum(by["at"].to_numpy() + int(9 * 8.64e10), end)),
            "amount_cents": by["cents"].astype("Int64").array,
            "rewards_count": by["n"].astype("Int64").array,
            "rewards_cents": by["cents"].astype("Int64").array,
            "payment_reference_id": pd.array([f"REF{i}" for i in by.index], dtype="str"),
        }
    )
    return held, given, paid
