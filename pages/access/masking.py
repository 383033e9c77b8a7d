"""Contact details made unreadable before they enter any element; pure functions."""

from __future__ import annotations

from typing import TypeVar

import pandas as pd

from pages.access.rights import Person

T = TypeVar("T")
HIDDEN = "hidden"


def email(value: T) -> T:
    """`jane@mail.com` as `j•••@mail.com`; a scalar or a Series, missing stays missing."""
    raise NotImplementedError


def phone(value: T) -> T:
    """`+1 (555) 123-4567` as `•••• 4567`; a scalar or a Series, missing stays missing."""
    raise NotImplementedError


def street(value: T) -> T:
    """Any street line as `hidden`; a scalar or a Series, missing stays missing."""
    raise NotImplementedError


def vin(value: T) -> T:
    """`1HGCM82633A004352` as `•••004352`; a scalar or a Series, missing stays missing."""
    raise NotImplementedError


def plate(value: T) -> T:
    """`ABC1234` as `•••234`; a scalar or a Series, missing stays missing."""
    raise NotImplementedError


def policy_number(value: T) -> T:
    """`POL-0012345` as `•••345`; a scalar or a Series, missing stays missing."""
    raise NotImplementedError


def masked(frame: pd.DataFrame, person: Person | None = None) -> pd.DataFrame:
    """A copy of the frame with its contact columns masked, whoever asks.

    Columns by name: email, phone, street, zip, vin, license, policy_number. What a person has
    been allowed to see in full is shown by `reveal`, never by this function.
    """
    raise NotImplementedError
