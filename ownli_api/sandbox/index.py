"""Records kept in order of their dates, so that a page costs the page and not the whole list."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Any, Generic, TypeVar

Record = TypeVar("Record")

ALL = "All"


class Ordered(Generic[Record]):
    """Records in order of one date, ids breaking ties; `rows` is sorted at all times."""

    def __init__(self, date: str, rows: Iterable[Record] = ()) -> None:
        self._key: Callable[[Record], tuple[int, str]] = attrgetter(date, "id")
        self.rows: list[Record] = sorted(rows, key=self._key)

    def add(self, row: Record) -> None:
        """Put a record where its date belongs."""
        insort(self.rows, row, key=self._key)

    def remove(self, row: Record) -> None:
        """Take a record out; its date must be the one it was added with."""
        place = bisect_left(self.rows, self._key(row), key=self._key)
        if place == len(self.rows) or self.rows[place] is not row:
            raise LookupError("a record changed while it was in an ordered list")
        del self.rows[place]

    def between(self, start_ms: int | None, end_ms: int | None) -> tuple[int, int]:
        """First and past-the-last place of the records dated from start to end, both inclusive."""
        first = 0 if start_ms is None else bisect_left(self.rows, (start_ms, ""), key=self._key)
        last = (
            len(self.rows)
            if end_ms is None
            else bisect_left(self.rows, (end_ms + 1, ""), key=self._key)
        )
        return first, max(first, last)


class Shelf(Generic[Record]):
    """The records behind one list: by each date, whole and by status, and grouped by other fields.

    dates: fields holding milliseconds. groups: name to field. `version` moves with every change.
    """

    def __init__(
        self, dates: tuple[str, ...], groups: Mapping[str, str], *, by_status: bool = False
    ) -> None:
        self.dates = dates
        self.version = 0
        self._by_status = by_status
        self._group_of: dict[str, Callable[[Record], Any]] = {
            name: attrgetter(field) for name, field in groups.items()
        }
        self.fill(())

    def fill(self, rows: Iterable[Record]) -> None:
        """Replace everything by these records."""
        rows = list(rows)
        self._orders: dict[tuple[str, str], Ordered[Record]] = {}
        self._groups: dict[str, dict[Any, list[Record]]] = {name: {} for name in self._group_of}
        by_status: dict[str, list[Record]] = {ALL: rows}
        if self._by_status:
            for row in rows:
                by_status.setdefault(row.status, []).append(row)  # type: ignore[attr-defined]
        for date in self.dates:
            for status, some in by_status.items():
                self._orders[date, status] = Ordered(date, some)
        for name, value_of in self._group_of.items():
            groups = self._groups[name]
            for row in rows:
                if (value := value_of(row)) is not None:
                    groups.setdefault(value, []).append(row)
        self.version += 1

    def __len__(self) -> int:
        return len(self.order(self.dates[0]).rows)

    def order(self, date: str, status: str = ALL) -> Ordered[Record]:
        """The records of one status (or all) in order of one date."""
        return self._orders.setdefault((date, status), Ordered(date))

    def group(self, name: str, value: object) -> list[Record]:
        """The records that share a value, in no promised order."""
        return self._groups[name].get(value, [])

    def add(self, row: Record) -> None:
        """Take a record in."""
        for status in self._statuses(row):
            for date in self.dates:
                self.order(date, status).add(row)
        for name, value_of in self._group_of.items():
            if (value := value_of(row)) is not None:
                self._groups[name].setdefault(value, []).append(row)
        self.version += 1

    def remove(self, row: Record) -> None:
        """Take a record out, before any of its fields change."""
        for status in self._statuses(row):
            for date in self.dates:
                self.order(date, status).remove(row)
        for name, value_of in self._group_of.items():
            if (value := value_of(row)) is not None:
                members = self._groups[name][value]
                del members[next(i for i, one in enumerate(members) if one is row)]
        self.version += 1

    def _statuses(self, row: Record) -> tuple[str, ...]:
        return (ALL, row.status) if self._by_status else (ALL,)  # type: ignore[attr-defined]
