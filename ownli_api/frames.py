"""Lists of what Ownli says as typed DataFrames, with columns the other rooms may count on.

Text is pandas' Arrow `str`, words of small vocabularies are `category` with exactly the words
present, sorted; times are `datetime64[us, UTC]`; money is whole cents as `Int64`; a missing value
is missing, never "" and never zero. A page becomes compact columns as soon as it is read; the
pages of a list become one frame at the end, where dates are parsed and words become categories.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    "mileage": WHOLE,
    "next_check_in_at": TIME,
}
REWARDS = {
    "id": TEXT,
    "status": WORD,
    "type": WORD,
    "description": TEXT,
    "action_code": TEXT,
    "payout_id": TEXT,
    "rewarded_at": TIME,
    "owner_id": TEXT,
    "owner_name": TEXT,
    "amount_cents": WHOLE,
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
PAID = {"id": TEXT, "paid_by": TEXT}
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
    "registered_at": TIME,
    "fraud": FLAG,
    "policy_number": TEXT,
}
VEHICLES = {
    "id": TEXT,
    "license": TEXT,
    "vin": TEXT,
    "state": TEXT,
    "added_at": TIME,
    "owner_id": TEXT,
    "owner_name": TEXT,
}
PHOTOS = {"kind": TEXT, "check_in_id": TEXT, "url": TEXT, "type": TEXT}

# Whole numbers beyond this do not fit the frames' 64 bits.
LARGEST_WHOLE = 2**63 - 1


@dataclass(frozen=True)
class Noun:
    """A kind of list: its words, its name in JSON, the columns of its frame, and their model."""

    one: str
    many: str
    key: str
    columns: Mapping[str, str]
    model: type[Any]


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


CHECK_IN = Noun("check-in", "check-ins", "checkins", CHECK_INS, models.CheckIn)
REWARD = Noun("reward", "rewards", "rewards", REWARDS, models.Reward)
PAYOUT = Noun("payout", "payouts", "payouts", PAYOUTS, models.Payout)
PAID_REWARD = Noun("reward", "rewards", "rewards", PAID, models.Paid)
USER = Noun("user", "users", "users", USERS, models.User)
VEHICLE = Noun("vehicle", "vehicles", "vehicles", VEHICLES, models.Vehicle)


def _array(values: Any, dtype: str) -> Any:
    make: Any = pd.array
    if dtype in (TEXT, WORD, TIME):
        return make([value or None for value in values], dtype=TEXT)
    return make(values, dtype=dtype)


def _money(rows: Sequence[Any], problems: Problems) -> list[int | None]:
    found = []
    for row in rows:
        whole, exact = cents(row.amount)
        if not exact:
            problems.note("unreadable" if whole is None else "rounded", "amount", row.id)
        found.append(whole)
    return found


def _values(rows: Sequence[Any], name: str, dtype: str, problems: Problems) -> list[Any]:
    """A column as far as a frame can hold it; what it cannot hold is missing and noted."""
    if name == "amount_cents":
        return _money(rows, problems)
    values = [getattr(row, name) for row in rows]
    if dtype == TIME:
        return [moment_text(value) for value in values]
    if dtype == WHOLE:
        for at, value in enumerate(values):
            if value is not None and abs(value) > LARGEST_WHOLE:
                problems.note("unreadable", name, rows[at].id)
                values[at] = None
    return values


def part(noun: Noun, decoded: Decoded) -> Part:
    """Rows as compact columns; what a frame cannot hold becomes missing and is noted."""
    problems = Problems()
    problems.add(decoded.problems)
    arrays = {
        name: _array(_values(decoded.rows, name, dtype, problems), dtype)
        for name, dtype in noun.columns.items()
        if name == "amount_cents" or hasattr(noun.model, name)
    }
    return Part([row.id for row in decoded.rows], arrays, problems)


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
        make: Any = pd.array
        joined = make(joined.__arrow_array__().combine_chunks(), dtype=TEXT)
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
    return pd.DataFrame(found, columns=list(PHOTOS)).astype(PHOTOS)
