"""One user's story: check-ins, rewards and payouts in one list, each with what it means."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pages.analysis import wording
from pages.analysis.terms import CLAIMED, CONFIRMED, DECLINED, ON_HOLD, PENDING

COLUMNS = (
    "at",
    "what",
    "kind",
    "status",
    "title",
    "amount_cents",
    "note",
    "meaning",
    "next_step",
    "id",
)
NOTHING_TO_DO = "Nothing to do."
_ASK = "Ask Ownli's support about it and quote the id."

CHECK_IN_MEANS = {
    PENDING: ("Ownli has not verified it yet.", "Nothing to do: the decision comes from Ownli."),
    CONFIRMED: ("Ownli verified it. This is final.", NOTHING_TO_DO),
    ON_HOLD: (
        "Ownli needs more before it can decide.",
        "Update this check-in with what the note asks for; it then goes back to pending.",
    ),
    DECLINED: (
        "Ownli could not accept it. This is final and earns no reward.",
        "Fix what the note names and submit a new check-in.",
    ),
}
WITHOUT_A_NOTE = {
    ON_HOLD: "Ask Ownli's support what is missing, quote the id, then update this check-in.",
    DECLINED: "Ask Ownli's support for the reason, quote the id, then submit a new check-in.",
}
REWARD_MEANS = {
    PENDING: (
        "Not earned yet: it waits for the decision on its check-in.",
        "Nothing to do: the decision comes from Ownli.",
    ),
    CONFIRMED: (
        "Earned and not claimed yet.",
        "The user can claim it in the wallet once $1.00 or more is confirmed.",
    ),
    DECLINED: ("Not granted. This is final.", NOTHING_TO_DO),
    CLAIMED: ("Earned and included in a payout.", NOTHING_TO_DO),
}
PAYOUT_MEANS = (
    "The user claimed this amount. Ownli does not report whether it has been redeemed.",
    "If it did not arrive, the user quotes the reference id to Ownli's support.",
)
PAYOUT_UNDATED = (
    "The user claimed rewards into this payout; its date and amount have not been read yet.",
    "Nothing to do: it is being read.",
)


def timeline(check_ins: pd.DataFrame, rewards: pd.DataFrame, payouts: pd.DataFrame) -> pd.DataFrame:
    """One user's check-ins, rewards and payouts, newest first; what has no date comes last.

    Columns: at, what ("check_in", "reward", "payout"), kind (kind, or type of a reward), status
    (missing for payouts, which have none), title, amount_cents, note (Ownli's, verbatim; declined
    and held ones without one say so; a reward's is its description), meaning, next_step, id.
    """
    entries = [
        *(_check_in(row) for row in _rows(check_ins)),
        *(_reward(row) for row in _rows(rewards)),
        *(_payout(row) for row in _rows(payouts)),
    ]
    columns = {name: [entry[name] for entry in entries] for name in COLUMNS}
    types = dict.fromkeys(COLUMNS, "str")
    types |= {"at": "datetime64[us, UTC]", "amount_cents": "Int64"}
    frame = pd.DataFrame(columns, dtype=object).astype(types)
    ordered = frame.sort_values("at", ascending=False, kind="stable", na_position="last")
    return ordered.reset_index(drop=True)


def check_in_means(status: Any, note: Any) -> tuple[str, str]:
    """What the status of a check-in means, and what the user can do next."""
    if status not in CHECK_IN_MEANS:
        return _unknown(status)
    meaning, step = CHECK_IN_MEANS[status]
    if wording.note(note) == wording.NO_NOTE:
        step = WITHOUT_A_NOTE.get(status, step)
    return meaning, step


def reward_means(status: Any) -> tuple[str, str]:
    """What the status of a reward means, and what the user can do next."""
    return REWARD_MEANS[status] if status in REWARD_MEANS else _unknown(status)


def _check_in(row: dict[str, Any]) -> dict[str, Any]:
    meaning, step = check_in_means(row["status"], row["note"])
    note = row["note"]
    if row["status"] in WITHOUT_A_NOTE:
        note = wording.note(note)
    return {
        "at": row["checked_in_at"],
        "what": "check_in",
        "kind": row["kind"],
        "status": row["status"],
        "title": f"{wording.kind(row['kind'])} check-in",
        "amount_cents": None,
        "note": note,
        "meaning": meaning,
        "next_step": step,
        "id": row["id"],
    }


def _reward(row: dict[str, Any]) -> dict[str, Any]:
    meaning, step = reward_means(row["status"])
    return {
        "at": row["rewarded_at"],
        "what": "reward",
        "kind": row["type"],
        "status": row["status"],
        "title": f"Reward: {wording.reward_type(row['type']).lower()}",
        "amount_cents": row["amount_cents"],
        "note": row["description"],
        "meaning": meaning,
        "next_step": step,
        "id": row["id"],
    }


def _payout(row: dict[str, Any]) -> dict[str, Any]:
    meaning, step = PAYOUT_MEANS if row["claimed_at"] is not None else PAYOUT_UNDATED
    number = row["rewards_count"]
    return {
        "at": row["claimed_at"],
        "what": "payout",
        "kind": None,
        "status": None,
        "title": "Payout" if number is None else f"Payout of {wording.plural(number, 'reward')}",
        "amount_cents": row["amount_cents"],
        "note": None,
        "meaning": meaning,
        "next_step": step,
        "id": row["id"],
    }


def _unknown(status: Any) -> tuple[str, str]:
    if wording.is_missing(status):
        return "Ownli sent no status.", _ASK
    return f"Ownli calls it {status}, a word this dashboard does not know.", _ASK


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as plain values, None where something is missing."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [
        {str(name): value for name, value in record.items()}
        for record in plain.to_dict(orient="records")
    ]
