"""The columns of the long tables: where a value is, what it is called, how it reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pages.analysis import wording

Kind = Literal[
    "text",
    "phone",
    "money",
    "count",
    "time",
    "day",
    "percent",
    "hours",
    "status",
    "kind",
    "reward_type",
    "flag",
    # Only in the weekly report: a difference with its sign, a share that reads as counts where
    # few are decided, the result of a check.
    "change",
    "money_change",
    "rate",
    "result",
]


def flag(value: Any) -> str:
    """A flag that is set, in words; one that is not set stays quiet."""
    return "Flagged" if bool(value) else ""


# How a value of these kinds is said; the other kinds are numbers, times or text already.
WORDS: dict[Kind, Callable[[Any], str]] = {
    "status": wording.status,
    "kind": wording.kind,
    "reward_type": wording.reward_type,
    "flag": flag,
    "hours": wording.hours,
}


@dataclass(frozen=True)
class Column:
    """One column of a table on screen and of its export."""

    name: str
    label: str
    kind: Kind = "text"
    width: int | Literal["small", "medium", "large"] | None = None


SUBMITTED_AT = Column("checked_in_at", "Submitted", "time")
CHECK_INS = (
    SUBMITTED_AT,
    Column("owner_name", "User"),
    Column("kind", "Kind", "kind", width=125),
    Column("status", "Status", "status"),
    Column("note", "Ownli's note", width="large"),
    Column("updated_at", "Last update", "time"),
    Column("license", "Plate", width="small"),
    Column("id", "Check-in id"),
)
REWARDS = (
    Column("rewarded_at", "Granted", "time"),
    Column("owner_name", "User"),
    Column("type", "Type", "reward_type", width=165),
    Column("status", "Status", "status"),
    Column("amount_cents", "Amount", "money"),
    Column("action_code", "Action code", width=125),
    Column("description", "Description", width="medium"),
    Column("id", "Reward id"),
)
# What a file holds besides: the keys by which its rows are joined to others.
ONLY_IN_FILES = {
    "check-ins": (Column("owner_id", "User id"), Column("state", "US state")),
    "rewards": (Column("owner_id", "User id"), Column("payout_id", "Payout id")),
    "payouts": (Column("owner_id", "User id"),),
}
PAYOUTS = (
    Column("claimed_at", "Claimed", "time"),
    Column("owner_name", "User"),
    Column("amount_cents", "Amount", "money"),
    Column("rewards_count", "Rewards", "count"),
    Column("payment_reference_id", "Reference id"),
    Column("id", "Payout id"),
)
USERS = (
    Column("name", "Name"),
    Column("email", "E-mail"),
    Column("phone", "Phone", "phone", width="small"),
    Column("state", "State", width="small"),
    Column("registered_at", "Registered", "time"),
    Column("fraud", "Fraud flag", "flag", width="small"),
    Column("policy_number", "Policy"),
    Column("id", "User id"),
)
PEOPLE = (
    Column("name", "Name"),
    Column("matched", "Matched"),
    Column("email", "E-mail"),
    Column("phone", "Phone", "phone"),
    Column("state", "State", width="small"),
    Column("id", "User id"),
)
VEHICLES = (
    Column("name", "Vehicle"),
    Column("state", "State", width="small"),
    Column("license", "Plate"),
    Column("vin", "VIN"),
    Column("id", "Vehicle id"),
)
