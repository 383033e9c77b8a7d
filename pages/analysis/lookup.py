"""What somebody typed into the search box: an id, an e-mail, a phone, a VIN, a plate or a name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pandas as pd

from pages.analysis import wording

_ID = re.compile(r"^XT_\S+$", re.IGNORECASE)
# Ids are opaque: one long word with a digit in it may be one, whatever its beginning.
_LONG_ID = re.compile(r"^[\w.:-]{9,}$", re.ASCII)
_EMAIL = re.compile(r"^\S+@\S+$")
# A VIN has 17 characters and never the letters I, O and Q (ISO 3779).
_VIN = re.compile(r"^[A-HJ-NPR-Z0-9]{17}$", re.IGNORECASE)
_PLATE = re.compile(r"^[A-Z0-9]{2,8}$", re.IGNORECASE)
_PHONE = re.compile(r"^\+?[\d\s().\-/]+$")
# The last six characters of a VIN are its serial number: what a masked VIN shows.
_VIN_END = re.compile(r"^[A-HJ-NPR-Z0-9]{6}$", re.IGNORECASE)
_LONGEST_PLATE = 8
# A part of a phone is no key: whoever may try parts one by one finds out the whole.
_SHORTEST_PHONE = 10
_LONGEST_WORDS = 80


class Key(StrEnum):
    """What a search text can be; the value is the word shown to the person."""

    ID = "id"
    EMAIL = "e-mail"
    PHONE = "phone"
    VIN = "VIN"
    PLATE = "plate"
    NAME = "name"


@dataclass(frozen=True)
class Guess:
    """One reading of a search text: the key it may be and its value in the form Ownli uses."""

    key: Key
    value: str


def e164(text: str) -> str | None:
    """A US phone in any usual spelling as `+1CCCBBBAAAA`; None if it is not one."""
    digits = re.sub(r"\D", "", text)
    if len(digits) == 10:
        return f"+1{digits}"
    if len(digits) == 11 and digits.startswith("1"):
        return f"+{digits}"
    return None


def guesses(text: str) -> list[Guess]:
    """Every reading of a search text worth asking for, the most likely first; empty for no text.

    An e-mail and a VIN have one reading each. Digits alone may be a phone and a plate; six
    characters the end of a VIN; letters may be a name and, if short, a plate.
    """
    words = in_order(text)[:_LONGEST_WORDS]
    if not words:
        return []
    if _ID.match(words):
        # Whether Ownli tells capitals in ids is not documented; all that were seen are capitals.
        return [Guess(Key.ID, value) for value in dict.fromkeys((words, words.upper()))]
    if _EMAIL.match(words):
        return [Guess(Key.EMAIL, words)]
    compact = re.sub(r"[\s-]", "", words)
    if _VIN.match(compact) and any(c.isdigit() for c in compact):
        return [Guess(Key.VIN, compact.upper())]
    found: list[Guess] = []
    if _PHONE.match(words):
        digits = re.sub(r"\D", "", words)
        if len(digits) >= _SHORTEST_PHONE:
            found.append(Guess(Key.PHONE, e164(words) or digits))
        if found and len(digits) > _LONGEST_PLATE:
            return found
    has_digit = any(c.isdigit() for c in compact)
    if _PLATE.match(compact) and (has_digit or (compact.isupper() and " " not in words)):
        found.append(Guess(Key.PLATE, compact.upper()))
    if _VIN_END.match(compact) and has_digit:
        found.append(Guess(Key.VIN, compact.upper()))
    if has_digit and _LONG_ID.match(words) and not found:
        found.append(Guess(Key.ID, words))
    if not has_digit:
        found.append(Guess(Key.NAME, words))
    return found or [Guess(Key.NAME, words)]


def in_order(text: str) -> str:
    """The words of a text with single spaces; `Lopez, Maria` as `Maria Lopez`."""
    last, comma, first = (" ".join(part.split()) for part in text.partition(","))
    return f"{first} {last}" if comma and first and last else " ".join(text.split())


def spoken(found: list[Guess]) -> str:
    """The readings in words for "nothing found": `a phone or a plate`."""
    articles = {Key.ID: "an id", Key.EMAIL: "an e-mail", Key.VIN: "a VIN"}
    said = [articles.get(guess.key, f"a {guess.key.value}") for guess in found]
    words = list(dict.fromkeys(said))
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


BY_PLATE = "plate of the user"
PEOPLE = ("id", "name", "email", "phone", "state", "registered_at", "matched")
_BOTH_NAMES = {"first name", "last name"}


def people(answers: Sequence[tuple[str, pd.DataFrame]], typed: str = "") -> pd.DataFrame:
    """Who was found, each person once: columns `PEOPLE`, `matched` naming every reason.

    `answers` pairs a reason with a frame of users (columns id, name, email, ...) or of vehicles
    (owner_id, owner_name, ...). When a name of several words is somebody's whole name, or matches
    somebody in both halves, only those people are returned.
    """
    reasons: dict[str, list[str]] = {}
    typed = in_order(typed)
    wanted = typed.casefold().split()
    rows: dict[str, dict[str, object]] = {}
    if any(reason == Key.PLATE for reason, _ in answers):
        # Vehicles show which plate matched; users do not, so that parts of one might.
        answers = [one for one in answers if one[0] != BY_PLATE]
    for reason, frame in answers:
        word = reason.split(",")[0]
        for row in _as_people(frame[_is_whole(word, frame, typed)]):
            user_id = str(row["id"])
            known = rows.setdefault(user_id, dict.fromkeys(PEOPLE))
            known |= {
                name: cell
                for name, cell in row.items()
                if name in PEOPLE and not wording.is_missing(cell)
            }
            said = reasons.setdefault(user_id, [])
            for each in (word, *_halves(row, wanted)):
                if each not in said:
                    said.append(each)
    whole = typed.casefold()
    same = [
        user_id
        for user_id, row in rows.items()
        if " " in whole and " ".join(str(row["name"]).split()).casefold() == whole
    ]
    both = [user_id for user_id, said in reasons.items() if set(said) >= _BOTH_NAMES]
    chosen = same or both or list(rows)
    for user_id in chosen:
        rows[user_id]["matched"] = ", ".join(reasons[user_id])
    chosen.sort(key=lambda user_id: not str(rows[user_id]["name"]).casefold().startswith(whole))
    return pd.DataFrame([rows[user_id] for user_id in chosen], columns=list(PEOPLE))


def _is_whole(reason: str, frame: pd.DataFrame, typed: str) -> Any:
    """Which rows bear the whole of what was typed, where Ownli may match parts of what is masked.

    Of a VIN its last six characters are enough: they are shown.
    """
    everybody = pd.Series(True, index=frame.index)
    column = {"e-mail": "email", "phone": "phone", "plate": "license", "VIN": "vin"}.get(reason)
    if column is None or column not in frame:
        return everybody
    values = frame[column].astype("object").map(lambda value: _bare(reason, value))
    wanted = _bare(reason, typed)
    if reason == "VIN":
        return values.map(lambda value: bool(wanted) and value.endswith(wanted))
    return values == wanted


def _bare(reason: str, value: Any) -> str:
    """A value without what people write differently: capitals, spaces, the country of a phone."""
    if wording.is_missing(value):
        return ""
    if reason == "phone":
        digits = re.sub(r"\D", "", str(value))
        return digits[1:] if len(digits) == 11 and digits.startswith("1") else digits
    if reason == "e-mail":
        return str(value).strip().casefold()
    return re.sub(r"[\s-]", "", str(value)).casefold()


def _halves(row: dict[Any, Any], wanted: list[str]) -> list[str]:
    """Which halves of a typed name of several words a person bears: one list tells both."""
    if len(wanted) < 2 or "first_name" not in row:
        return []
    first, last = (
        "" if wording.is_missing(row[name]) else str(row[name]).casefold()
        for name in ("first_name", "last_name")
    )
    found = ["first name"] if wanted[0] in first else []
    return [*found, "last name"] if wanted[-1] in last else found


def _as_people(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    """The users in a frame of users, or the owners in a frame of vehicles."""
    if "owner_id" in frame.columns:
        owners = frame[["owner_id", "owner_name"]].dropna(subset="owner_id")
        return owners.set_axis(["id", "name"], axis=1).to_dict("records")
    names = (*PEOPLE, "first_name", "last_name")
    return frame[[name for name in names if name in frame.columns]].to_dict("records")
