"""Contact details made unreadable before they enter any element; pure functions."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

import pandas as pd

T = TypeVar("T")
DOTS = "•••"
HIDDEN = "hidden"
_PHONE_SHOWN = 4
_VIN_SHOWN = 6
_TAIL_SHOWN = 3
_TAKEN_APART = re.compile(r"[^0-9A-Za-z]+")


def email(value: T) -> T:
    """`jane@mail.com` as `j•••@mail.com`; a scalar or a Series, missing stays missing."""
    return _each(value, _email)


def phone(value: T) -> T:
    """`+1 (555) 123-4567` as `•••• 4567`; a scalar or a Series, missing stays missing."""
    return _each(value, _phone)


def street(value: T) -> T:
    """Any street line as `hidden`; a scalar or a Series, missing stays missing."""
    return _each(value, lambda _: HIDDEN)


def vin(value: T) -> T:
    """`1HGCM82633A004352` as `•••004352`; a scalar or a Series, missing stays missing."""
    return _each(value, lambda text: _tail(text, _VIN_SHOWN))


def plate(value: T) -> T:
    """`ABC1234` as `•••234`; a scalar or a Series, missing stays missing."""
    return _each(value, lambda text: _tail(text, _TAIL_SHOWN))


def policy_number(value: T) -> T:
    """`POL-0012345` as `•••345`; a scalar or a Series, missing stays missing."""
    return _each(value, lambda text: _tail(text, _TAIL_SHOWN))


COLUMNS: dict[str, Callable[[pd.Series], pd.Series]] = {
    "email": email,
    "phone": phone,
    "street": street,
    "zip": street,
    "vin": vin,
    "license": plate,
    "policy_number": policy_number,
}


def masked(frame: pd.DataFrame) -> pd.DataFrame:
    """A copy of the frame with its contact columns masked; the frame itself is left alone.

    Columns by name: email, phone, street, zip, vin, license, policy_number.
    """
    return frame.assign(**{name: COLUMNS[name](frame[name]) for name in frame if name in COLUMNS})


def _each(value: T, mask: Callable[[str], str]) -> T:
    if isinstance(value, pd.Series):
        return value.map(lambda text: mask(str(text)), na_action="ignore").astype("str")  # type: ignore[return-value]
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return value
    return mask(str(value))  # type: ignore[return-value]


def _email(text: str) -> str:
    """The first letter and the domain; a text that is no address, or too short, shows neither."""
    name, at, domain = text.rpartition("@")
    if not at or not domain or "@" in name or len(name) < 2:
        return f"{DOTS}@{domain}" if at and domain and name and "@" not in name else DOTS
    return f"{name[0]}{DOTS}@{domain}"


def _phone(text: str) -> str:
    digits = re.sub(r"\D", "", text)
    if len(digits) < 2 * _PHONE_SHOWN - 1:  # four of six would be most of it
        return "••••"
    return f"•••• {digits[-_PHONE_SHOWN:]}"


def _tail(text: str, shown: int) -> str:
    """The last characters, never more than half of them."""
    plain = _TAKEN_APART.sub("", text)
    kept = min(shown, len(plain) // 2)
    return DOTS + (plain[-kept:] if kept else "")
