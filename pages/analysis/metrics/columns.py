"""Columns as plain arrays, and the slots of a trend: a million rows in milliseconds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.extensions import ExtensionArray

from pages.analysis.metrics.values import Span
from pages.analysis.periods import Calendar, Period
from pages.analysis.terms import NO_STATUS

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MISSING_MOMENT = np.iinfo(np.int64).min
HOUR_US = 3_600_000_000
_EXACT_IN_FLOAT = 2**53


def moments(series: pd.Series) -> Ints:
    """UTC microseconds since 1970; a missing moment is `MISSING_MOMENT`."""
    us: Ints = pd.DatetimeIndex(series).as_unit("us").asi8
    return us


def cents(series: pd.Series) -> tuple[Ints, Bools]:
    """Whole cents with 0 where there is no amount, and where that is."""
    return series.to_numpy(dtype="int64", na_value=0), series.isna().to_numpy(dtype=bool)


def words(series: pd.Series, missing: str = NO_STATUS) -> tuple[Ints, list[str]]:
    """A code a row into a list of words, each once; `missing` stands for a missing one."""
    column: Any = (
        series if isinstance(series.dtype, pd.CategoricalDtype) else (series.astype("category"))
    )
    known = [str(word) for word in column.cat.categories]
    codes = column.cat.codes.to_numpy()
    # Ownli may use our word for a missing one.
    absent = known.index(missing) if missing in known else len(known)
    known = known if missing in known else [*known, missing]
    return np.where(codes < 0, absent, codes).astype(np.int64), known


def has_word(series: pd.Series, wanted: Collection[str]) -> Bools:
    """Which rows hold one of the words; `NO_STATUS` asks for rows that hold none."""
    codes, known = words(series)
    found: Bools = np.array([word in wanted for word in known], dtype=bool)[codes]
    return found


def identities(series: pd.Series) -> tuple[Ints, int]:
    """A code a row for each distinct text (-1 missing), and how many there are."""
    codes, distinct = pd.factorize(series)
    return codes.astype(np.int64, copy=False), len(distinct)


@dataclass(frozen=True)
class Slots:
    """The days or weeks a trend counts into, oldest first, half-open in UTC microseconds."""

    keys: tuple[str, ...]
    first_days: tuple[date, ...]
    starts: Ints
    ends: Ints

    def __len__(self) -> int:
        return len(self.keys)

    def place(self, at: Ints) -> Ints:
        """The slot each moment falls into, -1 where there is none."""
        if not self.keys:
            return np.full(len(at), -1, dtype=np.int64)
        slot = np.searchsorted(self.starts, at, side="right") - 1
        return np.where(at < self.ends[slot], slot, -1)

    def frame(self) -> pd.DataFrame:
        """Their `key` and `bucket` columns."""
        return pd.DataFrame(
            {
                "key": texts(self.keys),
                "bucket": pd.DatetimeIndex(self.first_days).as_unit("us"),
            }
        )

    @classmethod
    def by_week(cls, calendar: Calendar, span: Span) -> Slots:
        """ISO weeks; a period cuts its first and last week at its own ends."""
        weeks = span.weeks if isinstance(span, Period) else sorted(set(span))
        starts = calendar.bounds([week.monday for week in weeks])
        ends = calendar.bounds([week.sunday + timedelta(days=1) for week in weeks])
        if isinstance(span, Period):
            first, after = calendar.bounds([span.first, span.last + timedelta(days=1)])
            starts, ends = np.maximum(starts, first), np.minimum(ends, after)
        return cls(
            tuple(week.code for week in weeks),
            tuple(week.monday for week in weeks),
            starts,
            ends,
        )

    @classmethod
    def by_day(cls, calendar: Calendar, span: Span) -> Slots:
        """Local days."""
        if isinstance(span, Period):
            days = span.each_day
        else:
            days = [week.monday + timedelta(days=n) for week in sorted(set(span)) for n in range(7)]
        return cls(
            tuple(day.isoformat() for day in days),
            tuple(days),
            calendar.bounds(days),
            calendar.bounds([day + timedelta(days=1) for day in days]),
        )


def counted(slot: Ints, size: int) -> Ints:
    """How many rows fall into each of the slots; -1 falls into none."""
    counts: Ints = np.bincount(slot + 1, minlength=size + 1)[1:].astype(np.int64)
    return counts


def summed(slot: Ints, values: Ints, size: int) -> Ints:
    """Whole numbers summed into each of the slots, exactly; -1 falls into none."""
    if len(values) and float(np.abs(values).max()) * len(values) >= _EXACT_IN_FLOAT:
        total = np.zeros(size + 1, dtype=np.int64)
        np.add.at(total, slot + 1, values)
        return total[1:]
    weighed = np.bincount(slot + 1, weights=values, minlength=size + 1)[1:]
    return weighed.astype(np.int64)


def crossed(slot: Ints, code: Ints, slots: int, codes: int) -> Ints:
    """Counts of slot x code as a matrix; -1 in either falls into none."""
    joint = np.where((slot >= 0) & (code >= 0), slot * codes + code, -1)
    return counted(joint, slots * codes).reshape(slots, codes)


def within(at: Ints, calendar: Calendar, period: Period) -> Bools:
    """Which moments lie in a period."""
    first, after = calendar.bounds([period.first, period.last + timedelta(days=1)])
    inside: Bools = (at >= first) & (at < after)
    return inside


def whole(values: Any) -> ExtensionArray:
    """Counts or cents as a nullable whole-number column."""
    column: ExtensionArray = pd.array(values, dtype="Int64")
    return column


def fractions(values: Any) -> ExtensionArray:
    """Rates or hours as a nullable column."""
    column: ExtensionArray = pd.array(values, dtype="Float64")
    return column


def texts(values: Any) -> ExtensionArray:
    """Words as a text column, None where there is none."""
    column: ExtensionArray = pd.array(values, dtype="str")
    return column
