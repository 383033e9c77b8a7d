"""Lists of what Ownli says as typed DataFrames, with columns the other rooms may count on.

Text is pandas' Arrow `str`, words of small vocabularies are `category` with exactly the words
present, sorted; times are `datetime64[us, UTC]`; money is whole cents as `Int64`; a missing value
is missing, never "" and never zero. A page becomes compact columns as soon as it is read; the
pages of a list become one frame at the end, where dates are parsed and words become categories.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any

import pandas as pd

from ownli_api import models
from ownli_api.models import Decoded, Problems
from ownli_api.values import TIME, cents, instants, moment_text

TEXT = "str"
WORD = "category"
WHOLE = "Int64"
FLAG = "boolean"

CHECK_INS = {
    "id": TEXT,
    "kind": WORD,
    "status": WORD,
    "checked_in_at": TIME,
    "updated_at": TIME,
    "owner_id": TEXT,
    "owner_name": TEXT,
    "license": TEXT,
    "state": TEXT,
    "note": TEXT,
    "user_note": TEXT,
    "fraud": FLAG,
    "mileage": WHOLE,
    "next_check_in_at": TIME,
}
REWARDS = {
    "id": TEXT,
    "status": WORD,
    "type": WORD,
    "description": TEXT,
    "action_code": TEXT,
    "client_reference": TEXT,
    "vehicle_id": TEXT,
    "payout_id": TEXT,
    "rewarded_at": TIME,
    "owner_id": TEXT,
    "owner_name": TEXT,
    "amount_cents": WHOLE,
    "buyer": TEXT,
}
PAYOUTS = {
    "id": TEXT,
    "owner_id": TEXT,
    "claimed_at": TIME,
    "amount_cents": WHOLE,
    "rewards_count": WHOLE,
    "rewards_cents": WHOLE,
    "payment_reference_id": TEXT,
}
PAID = {
    "id": TEXT,
    "status": WORD,
    "type": WORD,
    "description": TEXT,
    "vehicle_id": TEXT,
    "payout_id": TEXT,
    "rewarded_at": TIME,
    "amount_cents": WHOLE,
    "paid_by": TEXT,
}
USERS = {
    "id": TEXT,
    "first_name": TEXT,
    "last_name": TEXT,
    "name": TEXT,
    "email": TEXT,
    "phone": TEXT,
    "street": TEXT,
    "city": TEXT,
    "state": TEXT,
    "zip": TEXT,
    "registered_at": TIME,
    "updated_at": TIME,
    "email_verified": FLAG,
    "phone_verified": FLAG,
    "fraud": FLAG,
    "policy_number": TEXT,
    "policy_start": TIME,
    "policy_end": TIME,
    "tos_answer": TEXT,
    "partner_code": TEXT,
    "admin_note": TEXT,
    "custom_field_1": TEXT,
    "custom_field_2": TEXT,
    "custom_field_3": TEXT,
    "custom_field_4": TEXT,
    "custom_field_5": TEXT,
}
VEHICLES = {
    "id": TEXT,
    "license": TEXT,
    "vin": TEXT,
    "state": TEXT,
    "make": TEXT,
    "model": TEXT,
    "year": TEXT,
    "added_at": TIME,
    "updated_at": TIME,
    "owner_id": TEXT,
    "owner_name": TEXT,
    "active": FLAG,
}
PHOTOS = {"kind": TEXT, "check_in_id": TEXT, "url": TEXT, "type": TEXT}
PRODUCTS = {
    "id": TEXT,
    "name": TEXT,
    "category": TEXT,
    "description": TEXT,
    "currency_codes": TEXT,
    "countries": TEXT,
}

# Whole numbers beyond this do not fit the frames' 64 bits.
LARGEST_WHOLE = 2**63 - 1
# The same few amounts come again and again.
DISTINCT_AMOUNTS = 10_000

Columns = dict[str, list[Any]]


@dataclass(frozen=True)
class Noun:
    """A kind of list: its words, the columns of its frame, and how rows become columns."""

    one: str
    many: str
    columns: Mapping[str, str]
    model: type[Any]
    read: Callable[[Sequence[Any], Problems], Columns]


@dataclass(frozen=True)
class Part:
    """A piece of a list as compact columns (times still as text), for example one page."""

    ids: list[str]
    arrays: dict[str, Any]
    problems: Problems = field(default_factory=Problems)

    def take(self, positions: list[int], *, with_problems: bool) -> Part:
        """The rows at these positions, in this order; `with_problems` keeps the page's problems."""
        arrays = {name: array.take(positions) for name, array in self.arrays.items()}
        problems = self.problems if with_problems else Problems()
        return Part([self.ids[at] for at in positions], arrays, problems)


def _owner_name(owner: models.Owner | None) -> str | None:
    if owner is None:
        return None
    return f"{owner.first_name or ''} {owner.last_name or ''}".strip() or None


@lru_cache(maxsize=DISTINCT_AMOUNTS)
def _known_cents(amount: Decimal) -> tuple[int | None, bool]:
    return cents(amount)


def _cents(amount: Decimal | None) -> tuple[int | None, bool]:
    if amount is None or not amount.is_finite():
        return None, amount is None
    return _known_cents(amount)


def _money(rows: Sequence[Any], problems: Problems) -> list[int | None]:
    found = []
    for row in rows:
        whole, exact = _cents(row.amount)
        if not exact:
            problems.note("unreadable" if whole is None else "rounded", "amount", row.id)
        found.append(whole)
    return found


def _check_ins(rows: Sequence[models.CheckIn], problems: Problems) -> Columns:
    mileage = [row.mileage for row in rows]
    for at, reading in enumerate(mileage):
        if reading is not None and abs(reading) > LARGEST_WHOLE:
            problems.note("unreadable", "mileage", rows[at].id)
            mileage[at] = None
    return {
        "id": [row.id for row in rows],
        "status": [row.check_in_status for row in rows],
        "checked_in_at": [moment_text(row.checked_in_at) for row in rows],
        "updated_at": [moment_text(row.updated) for row in rows],
        "owner_id": [row.owner.id if row.owner else None for row in rows],
        "owner_name": [_owner_name(row.owner) for row in rows],
        "license": [row.license for row in rows],
        "state": [row.address.state if row.address else None for row in rows],
        "note": [row.admin_note for row in rows],
        "user_note": [row.user_note for row in rows],
        "fraud": [row.fraud for row in rows],
        "mileage": mileage,
        "next_check_in_at": [moment_text(row.next_check_in_date) for row in rows],
    }


def _rewards(rows: Sequence[models.Reward], problems: Problems) -> Columns:
    return {
        "id": [row.id for row in rows],
        "status": [row.status for row in rows],
        "type": [row.type for row in rows],
        "description": [row.description for row in rows],
        "action_code": [row.action_code for row in rows],
        "client_reference": [row.client_reference for row in rows],
        "vehicle_id": [row.vehicle_id for row in rows],
        "payout_id": [row.payout_id for row in rows],
        "rewarded_at": [moment_text(row.date_rewarded) for row in rows],
        "owner_id": [row.owner.id if row.owner else None for row in rows],
        "owner_name": [_owner_name(row.owner) for row in rows],
        "amount_cents": _money(rows, problems),
        "buyer": [row.buyer.name if row.buyer else None for row in rows],
    }


def _paid_cents(rewards: Sequence[models.PaidReward] | None) -> int | None:
    """The sum of a payout's rewards; None if one of them has no readable amount."""
    amounts = None if rewards is None else [_cents(reward.amount)[0] for reward in rewards]
    known = [] if amounts is None else [amount for amount in amounts if amount is not None]
    return sum(known) if amounts is not None and len(known) == len(amounts) else None


def _payouts(rows: Sequence[models.Payout], problems: Problems) -> Columns:
    return {
        "id": [row.id for row in rows],
        "owner_id": [(row.owner.id if row.owner else None) or row.user_id for row in rows],
        "claimed_at": [moment_text(row.date_claimed) for row in rows],
        "amount_cents": _money(rows, problems),
        "rewards_count": [None if row.rewards is None else len(row.rewards) for row in rows],
        "rewards_cents": [_paid_cents(row.rewards) for row in rows],
        "payment_reference_id": [row.payment_reference_id for row in rows],
    }


def _paid(rows: Sequence[models.Payout], problems: Problems) -> Columns:
    del problems  # the payout's own columns name what cannot be read
    named = [(payout.id, reward) for payout in rows for reward in payout.rewards or ()]
    rewards = [reward for _, reward in named]
    return {
        "id": [reward.id for reward in rewards],
        "status": [reward.status for reward in rewards],
        "type": [reward.type for reward in rewards],
        "description": [reward.description for reward in rewards],
        "vehicle_id": [reward.vehicle_id for reward in rewards],
        "payout_id": [reward.payout_id for reward in rewards],
        "rewarded_at": [moment_text(reward.date_rewarded) for reward in rewards],
        "amount_cents": [_cents(reward.amount)[0] for reward in rewards],
        "paid_by": [id for id, _ in named],
    }


def _users(rows: Sequence[models.User], problems: Problems) -> Columns:
    del problems  # a user has no field that a frame could fail to hold
    addresses = [row.address or models.Address() for row in rows]
    policies = [row.policy_info or models.PolicyInfo() for row in rows]
    names = [f"{row.first_name or ''} {row.last_name or ''}".strip() for row in rows]
    same = ["id", "first_name", "last_name", "email", "phone", "email_verified"]
    same += ["phone_verified", "fraud", "tos_answer", "partner_code", "admin_note"]
    same += [f"custom_field_{number}" for number in range(1, 6)]
    return {name: [getattr(row, name) for row in rows] for name in same} | {
        "name": names,
        "street": [
            ", ".join(filter(None, (home.address_line_1, home.address_line_2)))
            for home in addresses
        ],
        "city": [home.city for home in addresses],
        "state": [home.state for home in addresses],
        "zip": [home.zip for home in addresses],
        "registered_at": [moment_text(row.date_registered) for row in rows],
        "updated_at": [moment_text(row.updated) for row in rows],
        "policy_number": [policy.policy_number for policy in policies],
        "policy_start": [moment_text(policy.start_date) for policy in policies],
        "policy_end": [moment_text(policy.end_date) for policy in policies],
    }


def _vehicles(rows: Sequence[models.Vehicle], problems: Problems) -> Columns:
    del problems  # a vehicle has no field that a frame could fail to hold
    same = ("id", "license", "vin", "state", "make", "model", "active")
    return {name: [getattr(row, name) for row in rows] for name in same} | {
        "year": [None if row.year is None else str(row.year) for row in rows],
        "added_at": [moment_text(row.date_added) for row in rows],
        "updated_at": [moment_text(row.updated) for row in rows],
        "owner_id": [(row.owner.id if row.owner else None) or row.user_id for row in rows],
        "owner_name": [_owner_name(row.owner) for row in rows],
    }


def _products(rows: Sequence[models.Product], problems: Problems) -> Columns:
    del problems  # a product has no field that a frame could fail to hold
    return {
        "id": [row.id for row in rows],
        "name": [row.name for row in rows],
        "category": [row.category for row in rows],
        "description": [row.description for row in rows],
        "currency_codes": [", ".join(row.currency_codes or ()) for row in rows],
        "countries": [", ".join(row.countries or ()) for row in rows],
    }


CHECK_IN = Noun("check-in", "check-ins", CHECK_INS, models.CheckIn, _check_ins)
REWARD = Noun("reward", "rewards", REWARDS, models.Reward, _rewards)
PAYOUT = Noun("payout", "payouts", PAYOUTS, models.Payout, _payouts)
PAID_REWARD = Noun("reward", "rewards", PAID, models.Payout, _paid)
USER = Noun("user", "users", USERS, models.User, _users)
VEHICLE = Noun("vehicle", "vehicles", VEHICLES, models.Vehicle, _vehicles)
PRODUCT = Noun("product", "products", PRODUCTS, models.Product, _products)


def _array(values: list[Any], dtype: str) -> Any:
    make: Any = pd.array
    if dtype in (TEXT, WORD, TIME):
        return make([value or None for value in values], dtype=TEXT)
    return make(values, dtype=dtype)


def _array_of(text: Any) -> Any:
    make: Any = pd.array
    return make(text, dtype=TEXT)


def part(noun: Noun, decoded: Decoded) -> Part:
    """Rows as compact columns; what a frame cannot hold becomes missing and is noted."""
    problems = Problems()
    problems.add(decoded.problems)
    columns = noun.read(decoded.rows, problems)
    arrays = {name: _array(values, noun.columns[name]) for name, values in columns.items()}
    return Part(columns["id"], arrays, problems)


def nothing(noun: Noun) -> Part:
    """A part without rows."""
    return part(noun, Decoded(None, [], 0, Problems()))


def _joined(arrays: Sequence[Any], dtype: str) -> pd.Series[Any]:
    if not arrays:
        return pd.Series(_array([], dtype))
    # As pandas' own concat does, without a series for each of thousands of pages.
    joined = type(arrays[0])._concat_same_type(arrays)
    if dtype in (TEXT, WORD, TIME) and len(arrays) > 1:
        # One piece of memory instead of one a page: look-ups in many pieces are slow.
        joined = _array_of(joined.__arrow_array__().combine_chunks())
    return pd.Series(joined)


def frame(
    noun: Noun, parts: Sequence[Part], constants: Mapping[str, str | None] | None = None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The parts of a list as one frame with the noun's columns, and its problems in sentences.

    `constants` fill columns that the rows do not name themselves (the kind, the owner asked for).
    """
    problems = Problems()
    for piece in parts:
        problems.add(piece.problems)
    rows = sum(len(piece.ids) for piece in parts)
    ids = _joined([piece.arrays["id"] for piece in parts], TEXT)
    columns: dict[str, pd.Series[Any]] = {}
    for name, dtype in noun.columns.items():
        arrays = [piece.arrays[name] for piece in parts if name in piece.arrays]
        column = _joined(arrays, dtype) if len(arrays) == len(parts) else None
        fill = (constants or {}).get(name)
        if column is None or (fill is not None and not column.notna().any()):
            column = pd.Series(_array([fill] * rows, dtype))
        if dtype == TIME:
            column, unreadable = instants(column)
            for row_id in ids[unreadable]:
                problems.note("unreadable", name, row_id)
        columns[name] = column.astype("category") if dtype == WORD else column
    return pd.DataFrame(columns), problems.sentences(noun.one, noun.many)


def photos(rows: Sequence[models.CheckInWithPhotos], kind: str) -> pd.DataFrame:
    """The pictures and documents of check-ins: columns `PHOTOS`, one row per picture with a URL.

    A check-in is told by `kind` and `check_in_id`: check-ins of two kinds may have one id.

    Pictures of a mileage check-in have no type of their own: they are "License" and "Odometer".
    """
    found = [
        (kind, row.id, picture.photo_url or picture.url, picture.type or group)
        for row in rows
        for group, pictures in (
            ("License", row.license_photos),
            ("Odometer", row.odometer_photos),
            (None, row.photos),
            ("DOCUMENT", row.documents),
        )
        for picture in pictures or ()
        if picture.photo_url or picture.url
    ]
    columns = list(zip(*found, strict=True)) or [()] * len(PHOTOS)
    return pd.DataFrame(
        {
            name: pd.Series(_array(list(values), dtype))
            for (name, dtype), values in zip(PHOTOS.items(), columns, strict=True)
        }
    )
