"""A zone's UTC offsets as two short arrays: a million moments become local in milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

_FIRST = datetime(1990, 1, 1, tzinfo=UTC)
_LAST = datetime(2100, 1, 1, tzinfo=UTC)
_STEP = timedelta(days=7)
"""No zone has changed its clock twice within a week since 1990."""


def zone_named(name: str) -> ZoneInfo:
    """The IANA zone of that name, else a ValueError with a sentence."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError, TypeError):
        raise ValueError(
            f"The time zone {str(name)[:60]!r} is not known; use a name like America/New_York."
        ) from None


@dataclass(frozen=True)
class Offsets:
    """When a zone's offset changes (UTC microseconds since 1970) and to what (microseconds).

    Between 1990 and 2100; moments outside it take the nearest offset.
    """

    changes: np.ndarray
    offsets: np.ndarray

    @classmethod
    def of(cls, zone: str) -> Offsets:
        """The offsets of a zone; read once a process."""
        return _read(zone)

    def wall(self, utc: np.ndarray) -> np.ndarray:
        """The clock on the wall at each moment, as microseconds since a naive 1970."""
        place = np.searchsorted(self.changes, utc, side="right")
        wall: np.ndarray = utc + self.offsets[place]
        return wall


@lru_cache(maxsize=64)
def _read(name: str) -> Offsets:
    zone = zone_named(name)
    changes: list[int] = []
    offsets = [_offset(zone, _FIRST)]
    at = _FIRST
    while at < _LAST:
        after = at + _STEP
        if _offset(zone, after) != offsets[-1]:
            change = _first_instant(zone, at, after)
            changes.append(microseconds(change))
            offsets.append(_offset(zone, after))
        at = after
    frozen = Offsets(np.array(changes, dtype="int64"), np.array(offsets, dtype="int64"))
    frozen.changes.flags.writeable = frozen.offsets.flags.writeable = False
    return frozen


def _first_instant(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first whole second at which the offset of `after` holds."""
    low, high = 0, int((after - before).total_seconds())
    old = _offset(zone, before)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, before + timedelta(seconds=middle)) == old:
            low = middle
        else:
            high = middle
    return before + timedelta(seconds=high)


def _offset(zone: ZoneInfo, at: datetime) -> int:
    gap = at.astimezone(zone).utcoffset()
    return 0 if gap is None else _whole(gap)


def microseconds(moment: datetime) -> int:
    """An aware moment as whole microseconds since 1970, exactly."""
    return _whole(moment - datetime(1970, 1, 1, tzinfo=UTC))


def _whole(gap: timedelta) -> int:
    return (gap.days * 86_400 + gap.seconds) * 1_000_000 + gap.microseconds
