"""Frames in one canonical form, so that a list is the same bytes whichever way it came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

# Where a row without a time stands: after every other.
NEVER_US = np.iinfo(np.int64).max
US_PER_MS = 1_000
_MISSING_US = np.iinfo(np.int64).min
WEEK_US = 7 * 24 * 3600 * 1_000_000
# 1970-01-01 was a Thursday; ISO weeks start on Monday.
_FIRST_MONDAY_US = -3 * 24 * 3600 * 1_000_000
# Up to so many runs of neighbouring rows are copied as slices; more are gathered row by row.
_MOST_RUNS = 2_000
# Fewer rows than this are gathered row by row in any case.
_FEWEST_ROWS = 20_000


def instants(frame: pd.DataFrame, time: str) -> Ints:
    """Microseconds since 1970 of a time column; a missing time is `NEVER_US`."""
    stamps = frame[time].to_numpy(dtype="datetime64[us]").view(np.int64)
    return np.where(stamps == _MISSING_US, NEVER_US, stamps)


def canonical(frame: pd.DataFrame, time: str) -> pd.DataFrame:
    """The same rows by time, then id; categories hold the words present, sorted."""
    return assembled([frame], order(instants(frame, time), frame["id"]))


def assembled(pieces: Sequence[pd.DataFrame], source: Ints) -> pd.DataFrame:
    """The rows `source` of the pieces laid end to end, copied into one chunk a column."""
    runs = _runs(source, np.cumsum([len(piece) for piece in pieces]))
    columns = {
        name: _gathered([piece[name] for piece in pieces], source, runs) for name in pieces[0]
    }
    return pd.DataFrame(columns, index=pd.RangeIndex(len(source)), copy=False)


def stacked(pieces: Sequence[pd.DataFrame], time: str) -> pd.DataFrame:
    """All rows of all pieces in canonical form."""
    times = np.concatenate([instants(piece, time) for piece in pieces])
    ids = pd.concat([piece["id"] for piece in pieces], ignore_index=True)
    return assembled(pieces, order(times, ids))


def kept(frame: pd.DataFrame, keep: Mask) -> pd.DataFrame:
    """The rows of a canonical frame that `keep` marks; the frame itself if that is all of them."""
    return frame if bool(keep.all()) else assembled([frame], np.flatnonzero(keep).astype(np.int64))


def same_rows(left: pd.DataFrame, right: pd.DataFrame) -> Mask:
    """Which rows are equal in every column, position by position; two missing values are equal."""
    same = np.ones(len(left), dtype=bool)
    for name in left:
        one, other = left[name], right[name]
        if isinstance(one.dtype, pd.CategoricalDtype):
            one, other = one.astype("str"), other.astype("str")
        missing = one.isna().to_numpy()
        equal = one.array == other.array
        filled = np.asarray(pd.Series(equal).fillna(False), dtype=bool)
        same &= np.where(missing, other.isna().to_numpy(), filled)
    return same


def weeks_held(frame: pd.DataFrame, time: str) -> int:
    """How many ISO weeks (UTC) have rows."""
    times = instants(frame, time)
    return len(np.unique(week_starts_us(times[times != NEVER_US])))


def week_starts_us(times: Ints) -> Ints:
    """The Monday, 00:00 UTC, of the ISO week each instant lies in."""
    starts: Ints = (times - _FIRST_MONDAY_US) // WEEK_US * WEEK_US + _FIRST_MONDAY_US
    return starts


def week_start_us(instant_us: int) -> int:
    """The Monday, 00:00 UTC, of the ISO week an instant lies in."""
    return (instant_us - _FIRST_MONDAY_US) // WEEK_US * WEEK_US + _FIRST_MONDAY_US


def next_week_us(week_us: int) -> int:
    """The Monday after this Monday."""
    return week_us + WEEK_US


def size_of(frame: pd.DataFrame) -> int:
    """Bytes the rows take."""
    return int(frame.memory_usage(index=False, deep=True).sum())


def words(frame: pd.DataFrame, column: str) -> dict[str, int]:
    """How many rows have each word of a category column."""
    codes = frame[column].array.codes
    names = list(frame[column].cat.categories)
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    return {str(name): int(count) for name, count in zip(names, counts, strict=True) if count}


def order(times: Ints, ids: pd.Series[str], source: Ints | None = None) -> Ints:
    """The positions of `times` by time, then id; the id at a position is `ids[source[position]]`.

    Only rows that share a time have their ids compared.
    """
    found = np.argsort(times, kind="stable")
    ranked = times[found]
    tied = np.zeros(len(found) + 1, dtype=bool)
    tied[1:-1] = ranked[1:] == ranked[:-1]
    where = np.flatnonzero(tied[1:] | tied[:-1])
    if len(where):
        rows = found[where]
        names = ids.take(rows if source is None else source[rows]).to_numpy(dtype=object)
        found[where] = rows[np.lexsort((names, times[rows]))]
    return found


def _runs(source: Ints, ends: Ints) -> list[tuple[int, int, int]] | None:
    """(piece, first row, rows) of every run of neighbouring rows; None if there are too many."""
    if len(source) < _FEWEST_ROWS:
        return None
    piece = np.searchsorted(ends, source, side="right")
    breaks = np.flatnonzero((np.diff(source) != 1) | (np.diff(piece) != 0)) + 1
    if len(breaks) >= _MOST_RUNS:
        return None
    starts = np.concatenate([[0], breaks])
    lengths = np.diff(np.concatenate([starts, [len(source)]]))
    pieces = piece[starts]
    firsts = source[starts] - np.concatenate([[0], ends])[pieces]
    return list(zip(pieces.tolist(), firsts.tolist(), lengths.tolist(), strict=True))


def _gathered(
    columns: Sequence[pd.Series[Any]], source: Ints, runs: list[tuple[int, int, int]] | None
) -> Any:
    dtype = columns[0].dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return _words_gathered(columns, source)
    whole = columns[0] if len(columns) == 1 else pd.concat(columns, ignore_index=True)
    # One slice alone would keep the memory of all the rows it leaves out.
    trimmed = runs is not None and len(runs) == 1 and len(source) < len(whole)
    if runs is None or trimmed or not isinstance(dtype, pd.StringDtype):
        return whole.array.take(source)
    texts = [columns[at].iloc[row : row + rows] for at, row, rows in runs]
    return _one_chunk(pd.concat(texts, ignore_index=True))


def _one_chunk(column: pd.Series[Any]) -> Any:
    """A text column in one piece of memory; pandas keeps one a slice, and reads those slowly."""
    return pd.array(column.array.__arrow_array__().combine_chunks(), dtype="str")


def _words_gathered(columns: Sequence[pd.Series[Any]], source: Ints) -> Any:
    known = sorted({str(word) for column in columns for word in column.cat.categories})
    place = {word: at for at, word in enumerate(known)}
    codes = np.concatenate([_recoded(column, place) for column in columns])[source]
    present = np.unique(codes[codes >= 0])
    renamed = np.full(len(known) + 1, -1, dtype=np.int64)
    renamed[present] = np.arange(len(present))
    names = pd.Index([known[at] for at in present], dtype="str")
    return pd.Categorical.from_codes(renamed[codes], dtype=pd.CategoricalDtype(names))


def _recoded(column: pd.Series[Any], place: dict[str, int]) -> Ints:
    # The last entry serves code -1, the missing word.
    table = np.array([place[str(word)] for word in column.cat.categories] + [-1], dtype=np.int64)
    recoded: Ints = table[column.array.codes]
    return recoded
