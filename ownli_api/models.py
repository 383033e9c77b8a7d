"""What Ownli says, typed and frozen, and how its JSON becomes that.

Unknown keys are ignored, only `id` is required, vocabularies are open: a new word is no error.
One row that cannot be read never takes the others with it, and one mistyped field of a row leaves
its other fields alone. Nothing here repeats a value of an answer in an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cache
from types import NoneType
from typing import Any, get_args, get_origin

import msgspec

from ownli_api.errors import NotUnderstood

# Dates come as text in a format nobody documented; a number would be epoch milliseconds.
Moment = str | int | float


class Record(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """A thing with an id; every other field may be missing."""

    id: str


class Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """A piece of a record; every field may be missing."""


class Owner(Part, frozen=True):
    """The user a vehicle, check-in or reward belongs to."""

    id: str | None = None
    first_name: str | None = None
    last_name: str | None = None


class Address(Part, frozen=True):
    """A US address; only the user list shows all of it."""

    address_line_1: str | None = None
    address_line_2: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None


class PolicyInfo(Part, frozen=True):
    """A user's policy. https://docs.ownli.co/docs/api/create-user-with-policy"""

    policy_number: str | None = None
    start_date: Moment | None = None
    end_date: Moment | None = None


class User(Record, frozen=True):
    """A user of the partner. https://docs.ownli.co/docs/api/get-users-1"""

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    admin_note: str | None = None
    custom_field_1: str | None = None
    custom_field_2: str | None = None
    custom_field_3: str | None = None
    custom_field_4: str | None = None
    custom_field_5: str | None = None
    address: Address | None = None
    policy_info: PolicyInfo | None = None
    tos_answer: str | None = None
    partner_code: str | None = None
    date_registered: Moment | None = None
    updated: Moment | None = None
    email_verified: bool | None = None
    phone_verified: bool | None = None
    fraud: bool | None = None


class Vehicle(Record, frozen=True):
    """A vehicle; lists name its owner, single answers its user. https://docs.ownli.co/docs/api/get-vehicles"""

    license: str | None = None
    make: str | None = None
    model: str | None = None
    vin: str | None = None
    state: str | None = None
    year: str | int | None = None
    date_added: Moment | None = None
    updated: Moment | None = None
    user_id: str | None = None
    owner: Owner | None = None
    active: bool | None = None


class CheckIn(Record, frozen=True):
    """A check-in of any kind, without its photos. https://docs.ownli.co/docs/api/get-condition-checkins-1"""

    license: str | None = None
    admin_note: str | None = None
    user_note: str | None = None
    checked_in_at: Moment | None = None
    check_in_status: str | None = None
    updated: Moment | None = None
    mileage: int | None = None
    next_check_in_date: Moment | None = None
    fraud: bool | None = None
    owner: Owner | None = None
    address: Address | None = None


class Photo(Part, frozen=True):
    """A picture or document of a check-in; photos say photoUrl, documents say url."""

    photo_url: str | None = None
    url: str | None = None
    type: str | None = None


class CheckInWithPhotos(CheckIn, frozen=True):
    """A check-in of one vehicle or user, with its pictures."""

    license_photos: tuple[Photo, ...] | None = None
    odometer_photos: tuple[Photo, ...] | None = None
    photos: tuple[Photo, ...] | None = None
    documents: tuple[Photo, ...] | None = None


class Buyer(Part, frozen=True):
    """The company that funds a reward."""

    name: str | None = None


class Reward(Record, frozen=True):
    """Money one user earned. https://docs.ownli.co/docs/api/get-rewards-1"""

    status: str | None = None
    type: str | None = None
    description: str | None = None
    action_code: str | None = None
    client_reference: str | None = None
    vehicle_id: str | None = None
    payout_id: str | None = None
    date_rewarded: Moment | None = None
    owner: Owner | None = None
    amount: Decimal | None = None
    buyer: Buyer | None = None


class PaidReward(Part, frozen=True):
    """A reward as a payout lists it; one without an id must not cost the whole payout."""

    id: str | None = None
    status: str | None = None
    type: str | None = None
    description: str | None = None
    vehicle_id: str | None = None
    payout_id: str | None = None
    date_rewarded: Moment | None = None
    amount: Decimal | None = None


class Payout(Record, frozen=True):
    """A claim. Its link leads to money and is never decoded. https://docs.ownli.co/docs/api/get-payouts-by-user-id"""

    date_claimed: Moment | None = None
    payment_reference_id: str | None = None
    amount: Decimal | None = None
    rewards: tuple[PaidReward, ...] | None = None
    owner: Owner | None = None
    user_id: str | None = None


class Product(Record, frozen=True):
    """What rewards can be redeemed for. https://docs.ownli.co/docs/api/get-products"""

    name: str | None = None
    category: str | None = None
    description: str | None = None
    currency_codes: tuple[str, ...] | None = None
    countries: tuple[str, ...] | None = None


class RewardStub(Part, frozen=True):
    """The reward a summary names beside a check-in."""

    id: str | None = None
    status: str | None = None
    date_rewarded: Moment | None = None
    amount: Decimal | None = None


class CheckInStub(Part, frozen=True):
    """A check-in as a summary shows it; the only documented link from a check-in to its reward."""

    id: str | None = None
    check_in_type: str | None = None
    status: str | None = None
    checkin_date: Moment | None = None
    admin_note: str | None = None
    reward: RewardStub | None = None


class CheckInSummary(Part, frozen=True):
    """Where a vehicle or user stands with one kind of check-in.

    `last_confirmed_ordinal` 0 means none was confirmed yet; `last_confirmed_mileage` only exists
    for mileage and its name is inferred, as is `photo_bonus_for_next_checkin` elsewhere than in
    proof of address.
    """

    checkins: tuple[CheckInStub, ...] = ()
    checkin_unlocked: bool | None = None
    unlock_date: Moment | None = None
    days_to_next_checkin: int | None = None
    reward_amount_for_next_checkin: Decimal | None = None
    last_confirmed_ordinal: int | None = None
    last_confirmed_mileage: int | None = None
    photo_bonus_for_next_checkin: Decimal | None = None


class VehicleSummary(Record, frozen=True):
    """A vehicle with its two check-in summaries."""

    license: str | None = None
    make: str | None = None
    model: str | None = None
    vin: str | None = None
    state: str | None = None
    mileage_checkin_summary: CheckInSummary | None = None
    condition_checkin_summary: CheckInSummary | None = None


class UserSummary(Part, frozen=True):
    """A user, the vehicles and where each check-in stands. https://docs.ownli.co/docs/api/get-user-summary"""

    user: User | None = None
    vehicles: tuple[VehicleSummary, ...] = ()
    proof_of_address_checkin_summary: CheckInSummary | None = None


# From JSON

# A count above this is a slip of the server; no partner has a billion of anything.
LARGEST_TOTAL = 1_000_000_000
# Longer numbers fit no frame and are kept as text.
WHOLE_DIGITS = 18
EXAMPLES = 3
_SHOWABLE_ID = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_UNREADABLE = object()
_BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_WORD_STARTS = re.compile(r"(?<=[a-z])(?=[A-Z0-9])|[._]")
# What people call the fields whose names are not words already.
_WORDS = {
    "checked in at": "check-in time",
    "updated": "time of the last update",
    "updated at": "time of the last update",
    "next check in date": "time of the next check-in",
    "next check in at": "time of the next check-in",
    "check in status": "status",
    "date rewarded": "reward time",
    "rewarded at": "reward time",
    "date claimed": "claim time",
    "claimed at": "claim time",
    "date registered": "registration time",
    "registered at": "registration time",
    "date added": "time of adding",
    "added at": "time of adding",
    "policy info start date": "policy start",
    "policy info end date": "policy end",
    "fraud": "fraud flag",
}


def in_words(name: str) -> str:
    """A field or column as people say it: `checkedInAt` and `checked_in_at` as "check-in time"."""
    words = _WORD_STARTS.sub(" ", name).lower()
    return _WORDS.get(words, words)


@dataclass
class Problems:
    """What could not be read, counted by kind with a few example ids: never with values."""

    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    examples: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def note(self, what: str, name: str = "", row_id: str = "") -> None:
        """One more problem: "unusable" row, "unreadable" or "rounded" field of a row."""
        key = (what, in_words(name))
        self.counts[key] = self.counts.get(key, 0) + 1
        shown = self.examples.setdefault(key, [])
        if len(shown) < EXAMPLES and _SHOWABLE_ID.fullmatch(row_id):
            shown.append(row_id)

    def add(self, other: Problems) -> None:
        """Takes over what another part of the same list noted."""
        for key, count in other.counts.items():
            self.counts[key] = self.counts.get(key, 0) + count
            shown = self.examples.setdefault(key, [])
            shown.extend(other.examples.get(key, ())[: EXAMPLES - len(shown)])

    def sentences(self, one: str, many: str) -> tuple[str, ...]:
        """Plain sentences, for example with one="reward", many="rewards"."""
        said = []
        for (what, name), count in sorted(self.counts.items()):
            noun = f"1 {one}" if count == 1 else f"{count:,} {many}"
            ids = ", ".join(self.examples.get((what, name), ()))
            such_as = f" ({'such as ' if count > EXAMPLES else ''}{ids})" if ids else ""
            if what == "unusable":
                said.append(f"{noun} could not be read (no id) and had to be left out.")
            elif what == "rounded":
                said.append(f"{noun} came with parts of a cent{such_as}, which were rounded.")
            else:
                said.append(
                    f"{noun} came with an unreadable {name}{such_as}; it counts as missing."
                )
        return tuple(said)


@dataclass(frozen=True)
class Decoded:
    """One list as decoded: Ownli's own count (None if it gave none), its rows, how many it held."""

    total: int | None
    rows: Sequence[Any]
    sent: int
    problems: Problems


@cache
def _envelope(key: str, model: type) -> msgspec.json.Decoder[Any]:
    rows = ("rows", list[model], msgspec.field(name=key))  # type: ignore[valid-type]
    total = ("total", Any, msgspec.field(name="totalItems", default=None))
    return msgspec.json.Decoder(msgspec.defstruct("Envelope", [rows, total]))


@cache
def _array(model: type) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(list[model])  # type: ignore[valid-type]


def page(body: bytes, key: str, model: type[msgspec.Struct]) -> Decoded:
    """One page of a list: an object with the rows under `key`. Raises `NotUnderstood`."""
    try:
        fast = _envelope(key, model).decode(body)
        if _have_ids(fast.rows):
            return Decoded(_total(fast.total), fast.rows, len(fast.rows), Problems())
    except _BROKEN:
        pass
    sent = _lenient(body)
    if sent is _UNREADABLE:
        raise NotUnderstood(_not_json(body))
    total = _total(sent.get("totalItems")) if isinstance(sent, dict) else None
    rows = sent.get(key) if isinstance(sent, dict) else None
    # An empty list may be sent as null, which is only believed if the count says so, too.
    if rows is None and isinstance(sent, dict) and key in sent and total == 0:
        rows = []
    if not isinstance(rows, list):
        raise NotUnderstood(f'Ownli\'s answer has no list "{key}" where one belongs.')
    return _row_by_row(rows, model, total)


def many(body: bytes, model: type[msgspec.Struct]) -> Decoded:
    """A bare array of records, or one object for an array of one. Raises `NotUnderstood`."""
    try:
        rows = _array(model).decode(body)
        if _have_ids(rows):
            return Decoded(None, rows, len(rows), Problems())
    except _BROKEN:
        pass
    sent = _lenient(body)
    rows = [sent] if isinstance(sent, dict) else sent
    if not isinstance(rows, list):
        raise NotUnderstood(_not_json(body))
    return _row_by_row(rows, model, None)


def _have_ids(rows: Sequence[Any]) -> bool:
    return all(getattr(row, "id", "no id needed") for row in rows)


def _not_json(body: bytes) -> str:
    if body.lstrip()[:1] == b"<":
        return "Ownli answered with a web page instead of data."
    return "Ownli's answer is not readable data." if body.strip() else "Ownli's answer is empty."


def _total(sent: object) -> int | None:
    """Ownli's count of rows; None if it is missing, negative, absurd or no number."""
    try:
        found = Decimal(str(sent).strip())
        return int(found) if 0 <= found <= LARGEST_TOTAL and found == int(found) else None
    except (InvalidOperation, ValueError):
        return None


def _lenient(body: bytes) -> Any:
    """JSON that is right or nearly so: NaN, half characters, a byte order mark.

    Numbers with a fraction stay text, so that amounts keep their digits. `_UNREADABLE` otherwise.
    """
    try:
        loaded = json.loads(
            body.decode("utf-8-sig", "replace"),
            parse_float=str,
            parse_constant=str,
            parse_int=lambda digits: int(digits) if len(digits) <= WHOLE_DIGITS else digits,
        )
        # Half a character cannot be encoded and becomes a question mark.
        return json.loads(json.dumps(loaded, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return _UNREADABLE


def _row_by_row(sent: list[Any], model: type[msgspec.Struct], total: int | None) -> Decoded:
    problems = Problems()
    rows = []
    for one in sent:
        lost: list[str] = []
        row = _value(one, model, "", lost)
        if row is _UNREADABLE or not _have_ids([row]):
            problems.note("unusable")
            continue
        rows.append(row)
        for name in lost:
            problems.note("unreadable", name, getattr(row, "id", ""))
    return Decoded(total, rows, len(sent), problems)


def _value(sent: Any, kind: Any, path: str, lost: list[str]) -> Any:
    """A value of a kind as well as it can be read; names of unreadable parts go to `lost`."""
    for strict in (True, False):
        try:
            return msgspec.convert(sent, kind, strict=strict)
        except (msgspec.ValidationError, RecursionError):
            continue
    members = [member for member in get_args(kind) or (kind,) if member is not NoneType]
    for member in (kind,) if get_origin(kind) is tuple else members:
        if isinstance(member, type) and issubclass(member, msgspec.Struct):
            if isinstance(sent, list):
                several = _several(sent, member, path, lost)
                return several[0] if several else _UNREADABLE
            return _fields(sent, member, path, lost)
        if get_origin(member) is tuple:
            return _several(sent, get_args(member)[0], path, lost)
    return _as_text_or_whole(sent, members)


def _fields(sent: Any, kind: type[msgspec.Struct], path: str, lost: list[str]) -> Any:
    if not isinstance(sent, dict):
        return _UNREADABLE
    found = {}
    for part in msgspec.structs.fields(kind):
        # A null is how some servers send what is absent: no reason to doubt the row.
        if sent.get(part.encode_name) is None:
            continue
        name = f"{path}.{part.encode_name}" if path else part.encode_name
        value = _value(sent[part.encode_name], part.type, name, lost)
        if value is not _UNREADABLE:
            found[part.name] = value
        elif part.encode_name != "id":
            lost.append(name)
    if issubclass(kind, Record) and not found.get("id"):
        return _UNREADABLE
    return kind(**found)


def _several(sent: Any, kind: Any, path: str, lost: list[str]) -> Any:
    if not isinstance(sent, list):
        return _UNREADABLE
    found = [_value(part, kind, path, lost) for part in sent]
    if any(value is _UNREADABLE for value in found):
        lost.append(path)
    return tuple(value for value in found if value is not _UNREADABLE)


def _as_text_or_whole(sent: Any, members: list[Any]) -> Any:
    """A number where text belongs is its digits; 12.0 where a whole number belongs is 12."""
    if isinstance(sent, bool) or not isinstance(sent, int | str):
        return _UNREADABLE
    if str in members:
        return str(sent)
    try:
        number = Decimal(sent)
        if int in members and number.adjusted() < WHOLE_DIGITS and number == int(number):
            return int(number)
    except (InvalidOperation, ValueError, OverflowError):
        pass
    return _UNREADABLE
