"""The next version of a list while it is put together: the old rows, and what differs from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ownli_api.cache import tables
from ownli_api.cache.tables import NEVER_US, US_PER_MS, Ints, Mask

Key = tuple[str, ...]


class Draft:
    """Counts, finds and changes rows without copying the list; `frame` copies once, at the end.

    time: the column that orders the rows. key: the columns that tell rows apart. group: the
    category column by which Ownli counts them. Spans are in milliseconds since 1970, both ends
    included; a row without a time lies in every span that has no end.
    """

    def __init__(self, base: pd.DataFrame, *, time: str, key: Sequence[str], group: str) -> None:
        self.base = base
        self._time = time
        self._key = list(key)
        self._group = group
        # Whether an id was met under another key than its own.
        self.doubled = False
        self._times = tables.instants(base, time)
        self._alive = np.ones(len(base), dtype=bool)
        self._extra = base.iloc[:0]
        self._extra_times = self._times[:0]

    @property
    def changed(self) -> bool:
        """Whether the rows differ from those of the version before."""
        return len(self._extra) > 0 or not bool(self._alive.all())

    def count(
        self, group: str | None, start_ms: int | None = None, end_ms: int | None = None
    ) -> int:
        """How many rows of a group (None: of all) lie in a span."""
        low, old, new = self._inside(group, start_ms, end_ms)
        del low
        return int(old.sum()) + int(new.sum())

    def times(self, group: str | None, start_ms: int, end_ms: int) -> Ints:
        """The times, in microseconds and in order, of a group's rows in a span."""
        low, old, new = self._inside(group, start_ms, end_ms)
        ours = self._times[low : low + len(old)][old]
        return np.sort(np.concatenate([ours, self._extra_times[new]]))

    def latest_us(self) -> int | None:
        """The time of the newest row that has one."""
        old = self._times[self._alive & (self._times != NEVER_US)][-1:]
        new = self._extra_times[self._extra_times != NEVER_US]
        found = np.concatenate([old, new])
        return int(found.max()) if len(found) else None

    def rows(
        self, group: str | None, start_ms: int | None = None, end_ms: int | None = None
    ) -> pd.DataFrame:
        """A group's rows in a span as they stand, in canonical form."""
        low, old, new = self._inside(group, start_ms, end_ms)
        ours = self.base.iloc[low + np.flatnonzero(old)]
        return tables.stacked([ours, self._extra[new]], self._time)

    def unchanged(self, group: str) -> pd.DataFrame:
        """A group's rows that are as they were in the version before, in order."""
        return self.base[self._alive & self._in_group(self.base, group)]

    def found(self, ids: pd.Series[str]) -> pd.DataFrame:
        """The rows with these ids as they stand, in canonical form."""
        there = self._alive & self.base["id"].isin(ids).to_numpy()
        extra = self._extra[self._extra["id"].isin(ids).to_numpy()]
        return tables.stacked([self.base.iloc[np.flatnonzero(there)], extra], self._time)

    def put(self, rows: pd.DataFrame) -> Mask:
        """Add rows; those already there are replaced by what Ownli says now.

        Returns which of the rows are new or differ from those of the version before.
        """
        new = np.ones(len(rows), dtype=bool)
        if rows.empty:
            return new
        keys = self._keys(rows)
        places = self._places(rows["id"])
        met = np.array([places.get(key, -1) for key in keys], dtype=np.int64)
        there = np.flatnonzero(met >= 0)
        self.doubled |= (
            len(places) > len(there)
            or not rows["id"].is_unique
            or bool(rows["id"].isin(self._extra["id"]).any())
        )
        same = there[tables.same_rows(self.base.iloc[met[there]], rows.iloc[there])]
        new[same] = False
        self._alive[met[there]] = False
        self._alive[met[same]] = True
        self._set_extra([self._extra[self._extra_without(set(keys))], rows[new]])
        return new

    def holds(self, rows: pd.DataFrame) -> Mask:
        """Which of the rows are there at this moment, by their keys."""
        places = self._places(rows["id"]).items()
        known = {key for key, place in places if self._alive[place]} | {*self._keys(self._extra)}
        return np.array([key in known for key in self._keys(rows)], dtype=bool)

    def drop(self, rows: pd.DataFrame) -> None:
        """Let go of the rows with these keys."""
        if rows.empty:
            return
        places = self._places(rows["id"])
        keys = self._keys(rows)
        self._alive[[places[key] for key in keys if key in places]] = False
        self._set_extra([self._extra[self._extra_without(set(keys))]])

    def replace(
        self, rows: pd.DataFrame, group: str | None, start_ms: int | None, end_ms: int | None
    ) -> Mask:
        """Take `rows` for the whole truth about a group in a span: others of it there are gone.

        Returns what `put` returns of them.
        """
        keys = set(self._keys(rows))
        low, old, new = self._inside(group, start_ms, end_ms)
        there = low + np.flatnonzero(old)
        held = self._keys(self.base.iloc[there])
        self._alive[[at for at, key in zip(there, held, strict=True) if key not in keys]] = False
        if new.any():
            self._set_extra([self._extra[~(new & self._extra_without(keys))]])
        return self.put(rows)

    def frame(self) -> pd.DataFrame:
        """The rows in canonical form; the very same frame if nothing changed."""
        if not self.changed:
            return self.base
        old = np.flatnonzero(self._alive)
        source = np.concatenate([old, len(self.base) + np.arange(len(self._extra))])
        times = np.concatenate([self._times[old], self._extra_times])
        ids = pd.concat([self.base["id"], self._extra["id"]], ignore_index=True)
        order = tables.order(times, ids, source)
        return tables.assembled([self.base, self._extra], source[order])

    def _set_extra(self, pieces: list[pd.DataFrame]) -> None:
        filled = [piece for piece in pieces if not piece.empty]
        self._extra = tables.stacked(filled, self._time) if filled else self.base.iloc[:0]
        self._extra_times = tables.instants(self._extra, self._time)

    def _inside(
        self, group: str | None, start_ms: int | None, end_ms: int | None
    ) -> tuple[int, Mask, Mask]:
        """The first base row of a span; which from there on, and which extra rows, are in it."""
        first = -NEVER_US if start_ms is None else start_ms * US_PER_MS
        last = NEVER_US if end_ms is None else end_ms * US_PER_MS
        low, high = np.searchsorted(self._times, first), np.searchsorted(self._times, last, "right")
        old = self._alive[low:high] & self._in_group(self.base, group)[low:high]
        new = (self._extra_times >= first) & (self._extra_times <= last)
        return int(low), old, new & self._in_group(self._extra, group)

    def _in_group(self, rows: pd.DataFrame, group: str | None) -> Mask:
        if group is None:
            return np.ones(len(rows), dtype=bool)
        words = list(rows[self._group].cat.categories)
        code = words.index(group) if group in words else len(words)
        mask: Mask = rows[self._group].array.codes == code
        return mask

    def _keys(self, rows: pd.DataFrame) -> list[Key]:
        columns = [rows[name].astype("str").tolist() for name in self._key]
        return list(zip(*columns, strict=True))

    def _extra_without(self, keys: set[Key]) -> Mask:
        return np.array([key not in keys for key in self._keys(self._extra)], dtype=bool)

    def _places(self, ids: pd.Series[str]) -> dict[Key, int]:
        """Where the base has rows with these ids, by key; those let go of included."""
        where = np.flatnonzero(self.base["id"].isin(ids).to_numpy())
        return dict(zip(self._keys(self.base.iloc[where]), where.tolist(), strict=True))
