"""IANA zones by name, and moments as whole microseconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


def zone_named(name: str) -> ZoneInfo:
    """The IANA zone of that name, else a ValueError with a sentence."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError, TypeError):
        raise ValueError(
            f"The time zone {str(name)[:60]!r} is not known; use a name like America/New_York."
        ) from None


def microseconds(moment: datetime) -> int:
    """An aware moment as whole microseconds since 1970, exactly."""
    return _whole(moment - datetime(1970, 1, 1, tzinfo=UTC))


def _whole(gap: timedelta) -> int:
    return (gap.days * 86_400 + gap.seconds) * 1_000_000 + gap.microseconds
