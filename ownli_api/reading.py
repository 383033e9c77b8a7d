"""Ownli's JSON to records: a list at once, or row by row and field by field if it must be.

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
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

from ownli_api.errors import NotUnderstood
from ownli_api.models import Record

# A count above this is a slip of the server; no partner has a billion of anything.
LARGEST_TOTAL = 1_000_000_000
WHOLE_DIGITS = 18
EXAMPLES = 3
_LONE_SURROGATE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_SHOWABLE_ID = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_UNREADABLE = object()
_BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


@dataclass
class Problems:
    """What could not be read, counted by kind with a few example ids: never with values."""

    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    examples: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def note(self, what: str, name: str = "", row_id: str = "") -> None:
        """One more problem: "unusable" row, "unreadable" or "rounded" field of a row."""
        key = (what, name)
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
class Answer:
    """One list as sent: Ownli's own count (None if it gave none), its rows, how many it held."""

    total: int | None
    rows: Sequence[Any]
    sent: int
    problems: Problems


@cache
def _envelope(key: str, model: type) -> msgspec.json.Decoder[Any]:
    shape = msgspec.defstruct(
        "Envelope",
        [
            ("rows", model, msgspec.field(name=key)),
            ("total", msgspec.Raw, msgspec.field(name="totalItems", default=msgspec.Raw(b"null"))),
        ],
    )
    return msgspec.json.Decoder(shape)


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


@cache
def _lax_decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, strict=False)


def _total(raw: bytes) -> int | None:
    """Ownli's count of rows; None if it is missing, negative, absurd or no number."""
    try:
        found = Decimal(raw.decode().strip('" '))
        return int(found) if 0 <= found <= LARGEST_TOTAL and found == int(found) else None
    except (InvalidOperation, ValueError):
        return None


def _patched(body: bytes) -> bytes:
    """JSON that is nearly right made right: NaN, half characters, a byte order mark.

    Raises ValueError if it is not even that.
    """
    text = _LONE_SURROGATE.sub(r"\\ufffd", body.decode("utf-8-sig", "replace"))
    loaded = json.loads(text, parse_float=str, parse_constant=str)
    return json.dumps(loaded).encode()


def _members(kind: Any) -> list[Any]:
    if get_origin(kind) in (Union, UnionType):
        return [member for member in get_args(kind) if member is not NoneType]
    return [kind]


def _as_text_or_whole(raw: bytes, members: list[Any]) -> Any:
    """A number where text belongs is its digits; 12.0 where a whole number belongs is 12."""
    try:
        number = Decimal(raw.decode())
        if str in members:
            return raw.decode()
        if int in members and number.adjusted() < WHOLE_DIGITS and number == int(number):
            return int(number)
    except (InvalidOperation, UnicodeDecodeError):
        pass
    return _UNREADABLE


def _fields(raw: bytes, kind: type[msgspec.Struct], path: str, lost: list[str]) -> Any:
    """A struct field by field; names of unreadable fields are added to `lost`."""
    try:
        sent = _decoder(dict[str, msgspec.Raw]).decode(raw)
    except _BROKEN:
        return _UNREADABLE
    found = {}
    for part in msgspec.structs.fields(kind):
        # A null is how some servers send what is absent: no reason to doubt the row.
        if bytes(sent.get(part.encode_name, b"null")) == b"null":
            continue
        name = f"{path}.{part.encode_name}" if path else part.encode_name
        value = _value(bytes(sent[part.encode_name]), part.type, name, lost)
        if value is not _UNREADABLE:
            found[part.name] = value
        elif part.encode_name != "id":
            lost.append(name)
    if issubclass(kind, Record) and not found.get("id"):
        return _UNREADABLE
    return kind(**found)


def _value(raw: bytes, kind: Any, path: str, lost: list[str]) -> Any:
    for decoder in (_decoder(kind), _lax_decoder(kind)):
        try:
            return decoder.decode(raw)
        except _BROKEN:
            continue
    members = _members(kind)
    for member in members:
        if isinstance(member, type) and issubclass(member, msgspec.Struct):
            if raw.startswith(b"["):
                several = _several(raw, member, path, lost)
                return several[0] if several is not _UNREADABLE and several else _UNREADABLE
            return _fields(raw, member, path, lost)
        if get_origin(member) is tuple:
            return _several(raw, get_args(member)[0], path, lost)
    return _as_text_or_whole(raw, members)


def _several(raw: bytes, kind: Any, path: str, lost: list[str]) -> Any:
    try:
        sent = _decoder(list[msgspec.Raw]).decode(raw)
    except _BROKEN:
        return _UNREADABLE
    found = [_value(bytes(part), kind, path, lost) for part in sent]
    if any(value is _UNREADABLE for value in found):
        lost.append(path)
    return tuple(value for value in found if value is not _UNREADABLE)


def _row_by_row(raws: Sequence[msgspec.Raw], model: type[msgspec.Struct]) -> Answer:
    problems = Problems()
    rows = []
    for raw in raws:
        lost: list[str] = []
        row = _value(bytes(raw), model, "", lost)
        if row is _UNREADABLE or not _has_ids([row]):
            problems.note("unusable")
            continue
        rows.append(row)
        for name in lost:
            problems.note("unreadable", name, getattr(row, "id", ""))
    return Answer(None, rows, len(raws), problems)


def _has_ids(rows: Sequence[Any]) -> bool:
    return all(getattr(row, "id", "no id needed") for row in rows)


def page(body: bytes, key: str, model: type[msgspec.Struct]) -> Answer:
    """One page of a list: an object with the rows under `key`. Raises `NotUnderstood`."""
    try:
        fast = _envelope(key, list[model]).decode(body)  # type: ignore[valid-type]
        if _has_ids(fast.rows):
            return Answer(_total(bytes(fast.total)), fast.rows, len(fast.rows), Problems())
    except _BROKEN:
        pass
    sentence = _not_json(body)
    for prepare in (bytes, _patched):
        try:
            return _slow_page(prepare(body), key, model)
        except msgspec.ValidationError:
            sentence = f'Ownli\'s answer has no list "{key}" where one belongs.'
            break
        except (ValueError, RecursionError):
            continue
    # Raised out here because the decoders' own errors hold the whole answer.
    raise NotUnderstood(sentence)


def _slow_page(body: bytes, key: str, model: type[msgspec.Struct]) -> Answer:
    envelope = _envelope(key, msgspec.Raw).decode(body)
    total = _total(bytes(envelope.total))
    raw = bytes(envelope.rows)
    # An empty list may be sent as null, which is only believed if the count says so, too.
    rows = [] if raw == b"null" and total == 0 else _decoder(list[msgspec.Raw]).decode(raw)
    found = _row_by_row(rows, model)
    return Answer(total, found.rows, found.sent, found.problems)


def many(body: bytes, model: type[msgspec.Struct]) -> Answer:
    """A bare array of records, or one object for an array of one. Raises `NotUnderstood`."""
    try:
        rows = _decoder(list[model]).decode(body)  # type: ignore[valid-type]
        if _has_ids(rows):
            return Answer(None, rows, len(rows), Problems())
    except _BROKEN:
        pass
    for prepare in (bytes, _patched):
        try:
            prepared = prepare(body)
            if prepared.lstrip().startswith(b"{"):
                prepared = b"[" + prepared + b"]"
            return _row_by_row(_decoder(list[msgspec.Raw]).decode(prepared), model)
        except (ValueError, RecursionError):
            continue
    raise NotUnderstood(_not_json(body))


def _not_json(body: bytes) -> str:
    if body.lstrip()[:1] == b"<":
        return "Ownli answered with a web page instead of data."
    return "Ownli's answer is not readable data." if body.strip() else "Ownli's answer is empty."
