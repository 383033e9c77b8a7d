"""Rows taken over into a frame by their key; the frames given are never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

# A row dated further ahead than this says nothing about the present.
PLAUSIBLE_AHEAD = timedelta(minutes=30)
# How much earlier than the newest row to ask: Ownli's clocks, and rows that are shown late.
OVERLAP = timedelta(minutes=10)
# Half a gap in which no row lies: more than any server may cut from the times it shows.
MARGIN = timedelta(seconds=2)
EARLIEST = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
LATEST = datetime.fromisoformat("2100-01-01T00:00:00+00:00")


def stack(pieces: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """All rows of pieces with the same columns; categories hold the words present, sorted."""
    pieces = [piece for piece in pieces if len(piece)] or list(pieces[:1])
    if len(pieces) == 1:
        return pieces[0].reset_index(drop=True)
    columns = {}
    for name, first in pieces[0].items():
        series = [piece[name] for piece in pieces]
        if isinstance(first.dtype, pd.CategoricalDtype):
            words = sorted(set().union(*(one.cat.categories for one in series)))
            series = [one.cat.set_categories(words) for one in series]
            columns[name] = pd.concat(series, ignore_index=True).cat.remove_unused_categories()
        else:
            columns[name] = _whole(pd.concat(series, ignore_index=True))
    return pd.DataFrame(columns)


def by_time(frame: pd.DataFrame, time: str) -> pd.DataFrame:
    """The rows by a time column, then id; rows without a time come last."""
    stamps = frame[time].to_numpy(dtype="datetime64[us]").view(np.int64)
    stamps = np.where(stamps == np.iinfo(np.int64).min, np.iinfo(np.int64).max, stamps)
    order = np.argsort(stamps, kind="stable")
    ranked = stamps[order]
    tied = np.zeros(len(order) + 1, dtype=bool)
    tied[1:-1] = ranked[1:] == ranked[:-1]
    places = np.flatnonzero(tied[1:] | tied[:-1])
    # Only rows of one time have their ids compared.
    ids = frame["id"].take(order[places]).to_numpy(dtype=object)
    order[places] = order[places][np.lexsort((ids, ranked[places]))]
    if bool((order == np.arange(len(order))).all()):
        return frame
    return frame.take(order).reset_index(drop=True)


def upsert(
    held: pd.DataFrame, rows: pd.DataFrame, *, time: str, key: Sequence[str]
) -> pd.DataFrame:
    """The held rows with new and changed ones taken over; `held` itself if there are none.

    No two held rows have the same key; of rows that have, the last one counts.
    """
    rows = rows.drop_duplicates(list(key), keep="last")
    # The few are looked up in the many by their id; the whole key is compared among those found.
    found = np.flatnonzero(ids_in(held, rows["id"]))
    candidates = held.iloc[found]
    match = keys(candidates, key).get_indexer(keys(rows, key))
    same = (match >= 0) & _equal(candidates.iloc[match], rows) if len(found) else match >= 0
    if same.all():
        return held
    keep = np.ones(len(held), dtype=bool)
    keep[found[match[~same & (match >= 0)]]] = False
    return by_time(stack([held[keep], rows[~same]]), time)


def keys(frame: pd.DataFrame, key: Sequence[str]) -> Any:
    """The key of each row, to be looked up in another frame's."""
    found: Any = pd.Index(frame[key[0]])
    if len(key) > 1:
        found = pd.MultiIndex.from_arrays([frame[name].astype("str") for name in key])
    return found


def only(frame: pd.DataFrame, keep: Mask) -> pd.DataFrame:
    """The rows that `keep` marks; the frame itself if that is all of them."""
    return frame if bool(keep.all()) else stack([frame[keep]])


def among(column: pd.Series[Any], words: Sequence[str]) -> Mask:
    """Which rows have one of some words in a category column."""
    places = [at for at, word in enumerate(column.cat.categories) if word in words]
    return np.isin(column.cat.codes.to_numpy(), places)


def ids_in(frame: pd.DataFrame, ids: pd.Series[str]) -> Mask:
    """Which rows have one of these ids."""
    return frame["id"].isin(ids).to_numpy(dtype=bool)


def newest(frame: pd.DataFrame, time: str, at: datetime) -> datetime:
    """The newest plausible time of a column as of a moment, less the overlap to ask again."""
    times = frame[time]
    last = times[times <= pd.Timestamp(at + PLAUSIBLE_AHEAD)].max()
    return (EARLIEST if pd.isna(last) else last.to_pydatetime()) - OVERLAP


def quiet_instant(frame: pd.DataFrame, time: str, after: datetime) -> datetime:
    """An instant at or after `after` with no row near it.

    What a server counts from there on is the same whether it cuts or rounds the times it shows.
    """
    times = frame[time]
    late = np.sort(times[times >= pd.Timestamp(after - MARGIN)].to_numpy(dtype="datetime64[us]"))
    edges = np.concatenate([[np.datetime64((after - MARGIN).replace(tzinfo=None), "us")], late])
    gap = np.timedelta64(2 * MARGIN)
    wide = np.flatnonzero(np.diff(edges) >= gap)
    last = edges[wide[0]] if len(wide) else edges[-1]
    found = pd.Timestamp(last, tz="UTC").to_pydatetime() + MARGIN
    return max(found, after)


def _equal(one: pd.DataFrame, other: pd.DataFrame) -> Mask:
    """Which rows are equal in every column, position by position; missing equals missing."""
    same = np.ones(len(other), dtype=bool)
    for name in other:
        # As objects, since two categories of different words cannot be compared.
        left, right = one[name].astype("object"), other[name].astype("object")
        lacking, missing = left.isna().to_numpy(), right.isna().to_numpy()
        equal = left.where(~lacking, "").to_numpy() == right.where(~missing, "").to_numpy()
        same &= (lacking == missing) & equal
    return same


def _whole(column: pd.Series[Any]) -> pd.Series[Any]:
    """A text column in one piece of memory; pandas keeps one a piece, and reads those slowly."""
    if not isinstance(column.dtype, pd.StringDtype):
        return column
    text: Any = column.array
    return pd.Series(pd.array(text.__arrow_array__().combine_chunks(), dtype="str"))
