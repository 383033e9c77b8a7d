"""A million check-ins and rewards as frames, without a server: believable in size and shape."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from ownli_api import frames

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
WEEKS = 26
ROWS_A_USER = 17
KINDS = ("mileage", "condition", "proof_of_address")
KIND_SHARES = (0.7, 0.2, 0.1)
TYPES = ("MileageCheckIn", "ConditionCheckIn", "GaragingCheckIn")
CHECK_IN_STATUSES = ("Confirmed", "Declined", "OnHold", "Pending")
CHECK_IN_SHARES = (0.88, 0.1, 0.01, 0.01)
REWARD_STATUSES = ("Claimed", "Confirmed", "Declined", "Pending")
REWARD_SHARES = (0.63, 0.25, 0.1, 0.02)
NAMES = ("Ada", "Grace", "Zoë", "Иван", "小明", "O'Neil", "Maria José", "Li")
NOTES = ("The plate cannot be read.", "The photo is blurred.", "The reading is below the last.")


def _text(values: np.ndarray) -> pd.api.extensions.ExtensionArray:
    return pd.array(values.tolist(), dtype="str")


def _moments(rng: np.random.Generator, rows: int) -> pd.Series:
    seconds = np.sort(rng.integers(0, WEEKS * 7 * 86_400 * 1000, rows))
    start = NOW - timedelta(weeks=WEEKS)
    stamps = np.datetime64(start.replace(tzinfo=None), "us") + seconds * np.timedelta64(1, "ms")
    return pd.Series(stamps).dt.tz_localize("UTC")


def _owners(rng: np.random.Generator, rows: int) -> np.ndarray:
    return rng.integers(0, rows // ROWS_A_USER, rows)


def _ids(prefix: str, numbers: np.ndarray) -> np.ndarray:
    return np.array([f"XT_{prefix}{number * 2_654_435_761 % 2**40:010X}" for number in numbers])


def _framed(columns: dict[str, str], given: dict[str, object], rows: int) -> pd.DataFrame:
    made = {
        name: given[name] if name in given else pd.Series([None] * rows, dtype=dtype)
        for name, dtype in columns.items()
    }
    return pd.DataFrame(made).astype(dict(columns))


def check_ins(rows: int, seed: int = 1) -> pd.DataFrame:
    """So many check-ins of the last 26 weeks, oldest first."""
    rng = np.random.default_rng(seed)
    at, owners = _moments(rng, rows), _owners(rng, rows)
    status = rng.choice(CHECK_IN_STATUSES, rows, p=CHECK_IN_SHARES)
    kind = rng.choice(KINDS, rows, p=KIND_SHARES)
    hours = pd.Series(pd.to_timedelta(rng.gamma(2, 8, rows) * 3600, unit="s")).dt.floor("ms")
    noted = np.isin(status, ("Declined", "OnHold"))
    given = {
        "id": _text(_ids("CHK", np.arange(rows))),
        "kind": kind,
        "status": status,
        "checked_in_at": at,
        "updated_at": at + hours,
        "owner_id": _text(_ids("USR", owners)),
        "owner_name": _text(np.array(NAMES)[owners % len(NAMES)]),
        "license": _text(np.array([f"{number % 10**6:06}" for number in owners])),
        "note": pd.Series(np.array(NOTES)[rng.integers(0, len(NOTES), rows)]).where(noted),
        "mileage": rng.integers(1_000, 100_000, rows),
        "next_check_in_at": at + timedelta(days=30),
    }
    return _framed(frames.CHECK_INS, given, rows)


def rewards(rows: int, seed: int = 2) -> pd.DataFrame:
    """So many rewards of the last 26 weeks, oldest first."""
    rng = np.random.default_rng(seed)
    owners = _owners(rng, rows)
    status = rng.choice(REWARD_STATUSES, rows, p=REWARD_SHARES)
    payouts = _text(_ids("PAY", owners * 4 + rng.integers(0, 4, rows)))
    given = {
        "id": _text(_ids("RWD", np.arange(rows))),
        "status": status,
        "type": rng.choice(TYPES, rows, p=KIND_SHARES),
        "description": _text(np.full(rows, "Reward for a check-in")),
        "payout_id": pd.Series(payouts).where(status == "Claimed"),
        "rewarded_at": _moments(rng, rows),
        "owner_id": _text(_ids("USR", owners)),
        "owner_name": _text(np.array(NAMES)[owners % len(NAMES)]),
        "amount_cents": rng.choice([210, 350, 475], rows),
    }
    return _framed(frames.REWARDS, given, rows)


def payouts(rewards: pd.DataFrame) -> pd.DataFrame:
    """The payouts those rewards name."""
    claimed = rewards[rewards["payout_id"].notna()]
    grouped = claimed.groupby("payout_id", sort=False)
    cents, count = grouped["amount_cents"].sum(), grouped.size()
    given = {
        "id": _text(cents.index.to_numpy(dtype=object)),
        "owner_id": grouped["owner_id"].first().to_numpy(dtype=object),
        "claimed_at": (grouped["rewarded_at"].max() + timedelta(days=2)).to_numpy(),
        "amount_cents": cents.to_numpy(),
        "rewards_count": count.to_numpy(),
        "rewards_cents": cents.to_numpy(),
    }
    return _framed(frames.PAYOUTS, given, len(cents))
