"""Single values of Ownli's answers made exact: cents, instants, phone numbers."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

import pandas as pd

TIME: Final = "datetime64[us, UTC]"
# A JSON number is kept apart from text that looks like one until the column is parsed.
NUMBER_MARK = "@"
CENT = Decimal("0.01")
# Amounts of a quadrillion dollars and more are nonsense, and their cents do not fit 64 bits.
MOST_DIGITS = 15
# A double that should be 0.3 may be printed as 0.30000000000000004: that is no part of a cent.
DOUBLE_NOISE = Decimal("1e-9")
MONEY = Context(prec=40, rounding=ROUND_HALF_EVEN)
# Seconds and milliseconds since 1970 cannot be mistaken for one another outside 1973.
SMALLEST_MILLISECONDS = 100_000_000_000
# Instants outside these years overflow once somebody looks at them in a time zone.
FIRST_INSTANT = pd.Timestamp("1900-01-01", tz="UTC")
LAST_INSTANT = pd.Timestamp("9998-12-31", tz="UTC")
_LONG_FRACTION = re.compile(r"(\.\d{6})\d+")
_ZONE_NAME = re.compile(r"\[[^\]]*\]$")
_NUMBER = re.compile(rf"{NUMBER_MARK}?-?\d{{9,16}}(\.\d*)?")
_NOT_DIGITS = re.compile(r"\D")
_US_DIGITS = 10


def cents(amount: Decimal | None) -> tuple[int | None, bool]:
    """An amount in dollars as whole cents, and whether it was exact.

    Parts of a cent are rounded half to even. NaN, infinity and amounts that no money has are
    missing.
    """
    if amount is None:
        return None, True
    if not amount.is_finite() or (amount and amount.adjusted() >= MOST_DIGITS):
        return None, False
    rounded = amount.quantize(CENT, context=MONEY)
    off = MONEY.subtract(rounded, amount).copy_abs()
    return int(rounded.scaleb(2, context=MONEY)), off <= DOUBLE_NOISE


def moment_text(moment: str | int | float | None) -> str | None:
    """A date as Ownli sent it, as text; a number is marked as one."""
    if moment is None or moment == "":
        return None
    return moment if isinstance(moment, str) else f"{NUMBER_MARK}{moment!r}"


def _one_instant(text: str) -> datetime | None:
    """An instant the fast parser could not read: long fractions, zone names, epoch numbers."""
    text = text.strip()
    if _NUMBER.fullmatch(text):
        number = float(text.removeprefix(NUMBER_MARK))
        seconds = number if abs(number) < SMALLEST_MILLISECONDS else number / 1000
        try:
            return datetime.fromtimestamp(seconds, UTC)
        except (OverflowError, ValueError, OSError):
            return None
    if len(text) < len("2024-01-01") or "-" not in text:
        return None
    text = _LONG_FRACTION.sub(r"\1", _ZONE_NAME.sub("", text))
    try:
        parsed = datetime.fromisoformat(text)
        return parsed.replace(tzinfo=parsed.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def instants(text: pd.Series[str]) -> tuple[pd.Series[pd.Timestamp], pd.Series[bool]]:
    """A column of dates as sent -> UTC instants, and which of them could not be read.

    Understands ISO-8601 with or without time, fraction, offset (UTC if there is none) and zone
    name, and epoch milliseconds (or seconds) as a number or as text.
    """
    parsed = pd.to_datetime(text, format="ISO8601", utc=True, errors="coerce").astype(TIME)
    if len(parsed):
        plausible = parsed.between(FIRST_INSTANT, LAST_INSTANT)
        parsed = parsed.where(plausible)
    left = parsed.isna() & text.notna()
    if left.any():
        found = pd.Series([_one_instant(one) for one in text[left]], index=text.index[left])
        parsed[found.index] = pd.to_datetime(found, utc=True).astype(TIME)
        parsed = parsed.where(parsed.between(FIRST_INSTANT, LAST_INSTANT))
    return parsed, parsed.isna() & text.notna()


def us_phone(text: str) -> str | None:
    """A US phone number in any format as `+1CCCBBBAAAA`; None if it is not one."""
    digits = _NOT_DIGITS.sub("", text)
    if not digits.isascii():
        return None
    if len(digits) == _US_DIGITS and not text.strip().startswith("+"):
        return f"+1{digits}"
    if len(digits) == _US_DIGITS + 1 and digits.startswith("1"):
        return f"+{digits}"
    return None
