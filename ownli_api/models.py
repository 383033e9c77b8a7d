"""What Ownli says, typed and frozen, and how its JSON becomes that.

Fields are named as the columns of `frames`; where Ownli's name is another one it stands beside.
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
from ownli_api.values import cents

# Dates come as text in a format nobody documented; a number would be epoch milliseconds.
Moment = str | int | float


class Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """A piece of a record; every field may be missing."""


class Record(Part, frozen=True):
    """A thing with an id; every other field may be missing."""

    id: str


class Owner(Part, frozen=True):
    """The user a vehicle, check-in or reward belongs to."""

    id: str | None = None
    first_name: str | None = None
    last_name: str | None = None


class Owned(Record, frozen=True):
    """A record that names its owner: lists as an object, single answers as a `userId`."""

    owner: Owner | None = None
    user_id: str | None = None

    @property
    def owner_id(self) -> str | None:
        """The id of the user it belongs to."""
        return (self.owner.id if self.owner else None) or self.user_id

    @property
    def owner_name(self) -> str | None:
        """First and last name of the user it belongs to."""
        owner = self.owner or Owner()
        return f"{owner.first_name or ''} {owner.last_name or ''}".strip() or None


class Address(Part, frozen=True):
    """A US address; only the user list shows all of it."""

    address_line_1: str | None = None
    address_line_2: str | None = None
    city: str | None = None
    state: str | None = None


class PolicyInfo(Part, frozen=True):
    """A user's policy. https://docs.ownli.co/docs/api/create-user-with-policy"""

    policy_number: str | None = None


class User(Record, frozen=True):
    """A user of the partner. https://docs.ownli.co/docs/api/get-users-1"""

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    address: Address | None = None
    policy_info: PolicyInfo | None = None
    registered_at: Moment | None = msgspec.field(default=None, name="dateRegistered")
    fraud: bool | None = None

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name or ''} {self.last_name or ''}".strip()

    @property
    def street(self) -> str:
        """Both lines of the address as one."""
        home = self.address or Address()
        return ", ".join(filter(None, (home.address_line_1, home.address_line_2)))

    @property
    def city(self) -> str | None:
        """The city of the address."""
        return self.address.city if self.address else None

    @property
    def state(self) -> str | None:
        """The US state of the address."""
        return self.address.state if self.address else None

    @property
    def policy_number(self) -> str | None:
        """The number of the policy."""
        return self.policy_info.policy_number if self.policy_info else None


class Vehicle(Owned, frozen=True):
    """A vehicle as the list shows it. https://docs.ownli.co/docs/api/get-vehicles"""

    license: str | None = None
    vin: str | None = None
    state: str | None = None
    added_at: Moment | None = msgspec.field(default=None, name="dateAdded")


class CheckIn(Owned, frozen=True):
    """A check-in of any kind, without its photos. https://docs.ownli.co/docs/api/get-condition-checkins-1"""

    license: str | None = None
    note: str | None = msgspec.field(default=None, name="adminNote")
    checked_in_at: Moment | None = None
    status: str | None = msgspec.field(default=None, name="checkInStatus")
    updated_at: Moment | None = msgspec.field(default=None, name="updated")
    mileage: int | None = None
    next_check_in_at: Moment | None = msgspec.field(default=None, name="nextCheckInDate")
    address: Address | None = None

    @property
    def state(self) -> str | None:
        """The US state of the address."""
        return self.address.state if self.address else None


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


class Reward(Owned, frozen=True):
    """Money one user earned. https://docs.ownli.co/docs/api/get-rewards-1"""

    status: str | None = None
    type: str | None = None
    description: str | None = None
    action_code: str | None = None
    payout_id: str | None = None
    rewarded_at: Moment | None = msgspec.field(default=None, name="dateRewarded")
    amount: Decimal | None = None


class PaidReward(Part, frozen=True):
    """A reward as a payout lists it; one without an id must not cost the whole payout."""

    id: str | None = None
    amount: Decimal | None = None


class Payout(Owned, frozen=True):
    """A claim. Its link leads to money and is never decoded. https://docs.ownli.co/docs/api/get-payouts-by-user-id"""

    claimed_at: Moment | None = msgspec.field(default=None, name="dateClaimed")
    payment_reference_id: str | None = None
    amount: Decimal | None = None
    rewards: tuple[PaidReward, ...] | None = None

    @property
    def rewards_count(self) -> int | None:
        """How many rewards it lists; None if it lists none at all."""
        return None if self.rewards is None else len(self.rewards)

    @property
    def rewards_cents(self) -> int | None:
        """The sum of the rewards it lists; None if one of them has no readable amount."""
        if self.rewards is None:
            return None
        amounts = [cents(reward.amount)[0] for reward in self.rewards]
        known = [amount for amount in amounts if amount is not None]
        return sum(known) if len(known) == len(amounts) else None


class Paid(Part, frozen=True):
    """Which payout a reward is part of."""

    id: str | None
    paid_by: str


class VehicleSummary(Record, frozen=True):
    """A vehicle as its user's summary shows it."""

    license: str | None = None
    make: str | None = None
    model: str | None = None
    vin: str | None = None
    state: str | None = None


class UserSummary(Part, frozen=True):
    """A user's vehicles. https://docs.ownli.co/docs/api/get-user-summary"""

    vehicles: tuple[VehicleSummary, ...] | None = None


# From JSON

# A count above this is a slip of the server; no partner has a billion of anything.
LARGEST_TOTAL = 1_000_000_000
EXAMPLES = 3
_SHOWABLE_ID = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_UNREADABLE = object()
_BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
# What people call the fields whose names are not words already.
_WORDS = {
    "checked_in_at": "check-in time",
    "updated_at": "time of the last update",
    "next_check_in_at": "time of the next check-in",
    "rewarded_at": "reward time",
    "claimed_at": "claim time",
    "registered_at": "registration time",
    "added_at": "time of adding",
    "fraud": "fraud flag",
    "note": "admin note",
}


@dataclass
class Problems:
    """What could not be read, counted by kind with a few example ids: never with values."""

    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    examples: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def note(self, what: str, name: str = "", row_id: str = "") -> None:
        """One more problem: "unusable" row, "unreadable" or "rounded" field of a row."""
        shown = [row_id] if _SHOWABLE_ID.fullmatch(row_id) else []
        self.add(Problems({(what, name): 1}, {(what, name): shown}))

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
            words = _WORDS.get(name, name.replace("_", " ").replace(".", " "))
            if what == "unusable":
                said.append(f"{noun} could not be read (no id) and had to be left out.")
            elif what == "rounded":
                said.append(f"{noun} came with parts of a cent{such_as}, which were rounded.")
            else:
                said.append(
                    f"{noun} came with an unreadable {words}{such_as}; it counts as missing."
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
def _decoder(model: type[msgspec.Struct], key: str) -> msgspec.json.Decoder[Any]:
    rows = ("rows", list[model], msgspec.field(name=key))  # type: ignore[valid-type]
    total = ("total", Any, msgspec.field(name="totalItems", default=None))
    return msgspec.json.Decoder(msgspec.defstruct("Envelope", [rows, total]))


def page(body: bytes, key: str, model: type[msgspec.Struct]) -> Decoded:
    """One page of a list: an object with the rows under `key`. Raises `NotUnderstood`."""
    try:
        fast = _decoder(model, key).decode(body)
        if _have_ids(fast.rows):
            return Decoded(_total(fast.total), fast.rows, len(fast.rows), Problems())
    except _BROKEN:
        pass
    sent = _lenient(body)
    envelope = sent if isinstance(sent, dict) else {}
    total, rows = _total(envelope.get("totalItems")), envelope.get(key)
    # An empty list may be sent as null, which is only believed if the count says so, too.
    if key in envelope and rows is None and total == 0:
        rows = []
    if not isinstance(rows, list):
        raise NotUnderstood(f'Ownli\'s answer has no list "{key}" where one belongs.')
    return _row_by_row(rows, model, total)


def many(body: bytes, model: type[msgspec.Struct]) -> Decoded:
    """A bare array of records, or one object for an array of one. Raises `NotUnderstood`."""
    sent = _lenient(body)
    rows = [sent] if isinstance(sent, dict) else sent
    if not isinstance(rows, list):
        raise NotUnderstood("Ownli's answer is not readable data.")
    return _row_by_row(rows, model, None)


def _have_ids(rows: Sequence[Any]) -> bool:
    return all(getattr(row, "id", "no id needed") for row in rows)


def _total(sent: object) -> int | None:
    """Ownli's count of rows; None if it is missing, negative, absurd or no number."""
    try:
        found = Decimal(str(sent).strip())
        return int(found) if 0 <= found <= LARGEST_TOTAL and found == int(found) else None
    except (InvalidOperation, ValueError):
        return None


def _lenient(body: bytes) -> Any:
    """JSON that is right or nearly so: NaN, half characters, a byte order mark.

    Numbers with a fraction stay text, so that amounts keep their digits. Raises `NotUnderstood`.
    """
    try:
        loaded = json.loads(
            body.decode("utf-8-sig", "replace"),
            parse_float=str,
            parse_constant=str,
        )
        # Half a character cannot be encoded and becomes a question mark.
        return json.loads(json.dumps(loaded, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        pass  # what the parser says repeats the body
    if body.lstrip()[:1] == b"<":
        raise NotUnderstood("Ownli answered with a web page instead of data.")
    raise NotUnderstood("Ownli's answer is not readable data.")


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
    # The kind itself where a value may be missing.
    inner = next((member for member in get_args(kind) if member is not NoneType), kind)
    if get_origin(inner) is tuple and isinstance(sent, list):
        found = [_value(part, get_args(inner)[0], path, lost) for part in sent]
        if _UNREADABLE in found:
            lost.append(path)
        return tuple(value for value in found if value is not _UNREADABLE)
    if isinstance(inner, type) and issubclass(inner, msgspec.Struct) and isinstance(sent, dict):
        return _fields(sent, inner, path, lost)
    # A number where text belongs is its digits.
    is_number = isinstance(sent, int) and not isinstance(sent, bool)
    return str(sent) if inner is str and is_number else _UNREADABLE


def _fields(sent: dict[str, Any], kind: type[msgspec.Struct], path: str, lost: list[str]) -> Any:
    """A record or a piece of one, field by field; a record without its id is unreadable."""
    found = {}
    for part in msgspec.structs.fields(kind):
        if part.encode_name not in sent:
            continue
        name = f"{path}.{part.name}" if path else part.name
        value = _value(sent[part.encode_name], part.type, name, lost)
        if value is not _UNREADABLE:
            found[part.name] = value
        elif part.name != "id":
            lost.append(name)
    if issubclass(kind, Record) and not found.get("id"):
        return _UNREADABLE
    return kind(**found)
