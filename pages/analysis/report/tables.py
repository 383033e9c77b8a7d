"""A table of the report: plain values with the word for how each column reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from pages.analysis import wording

if TYPE_CHECKING:
    from pages.analysis.report.receipts import Receipt

Kind = Literal[
    "text",
    "count",
    "change",
    "money",
    "money_change",
    "percent",
    "rate",
    "hours",
    "day",
    "flag",
]
NUMBERS = frozenset({"count", "change", "money", "money_change", "percent", "rate", "hours"})


def signed(value: Any, write: Callable[[Any], str]) -> str:
    """`+34`, `-34`, `0`; what is missing stays missing."""
    said = write(value)
    return f"+{said}" if not wording.is_missing(value) and value > 0 else said


_SAID: dict[Kind, Callable[[Any], str]] = {
    "text": wording.text,
    "count": wording.count,
    "change": lambda value: signed(value, wording.count),
    "money": wording.money,
    "money_change": lambda value: signed(value, wording.money),
    "percent": wording.percent,
    "rate": wording.percent,
    "hours": wording.hours,
    "day": wording.day,
    "flag": lambda value: {True: "passed", False: "failed"}.get(value, "cannot tell"),
}


@dataclass(frozen=True)
class Column:
    """A column: its key in the rows, its heading, how its values read.

    A "rate" stands in a row with `confirmed` and `declined` and reads as counts below 30 decided.
    """

    name: str
    label: str
    kind: Kind = "count"


@dataclass(frozen=True)
class Table:
    """Rows of plain values (whole cents, shares, hours, words; None is missing) under headings.

    `withheld`: why there are no rows. `note`: what a reader must know beside it. `marks`: cells
    (row, column name) that are not final, with what to say about them. `few`: how many rows a
    page prints; files hold all of them. `receipt`: where its numbers come from.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Any], ...] = ()
    note: str = ""
    withheld: str | None = None
    marks: frozenset[tuple[int, str]] = frozenset()
    few: int | None = None
    receipt: Receipt | None = None

    def said(self, row: Mapping[str, Any], column: Column) -> str:
        """A cell as a person reads it."""
        value = row.get(column.name)
        if column.kind == "rate" and "confirmed" in row:
            return wording.confirmation(row["confirmed"], row["declined"])
        return _SAID[column.kind](value)

    @property
    def printed(self) -> tuple[Mapping[str, Any], ...]:
        """The rows a page prints."""
        return self.rows if self.few is None else self.rows[: self.few]


def rows_of(frame: pd.DataFrame, names: Iterable[str]) -> tuple[dict[str, Any], ...]:
    """The rows of a frame as plain values, columns in the given order."""
    wanted = list(names)
    columns = {name: [plain(value) for value in frame[name]] for name in wanted}
    return tuple(dict(zip(wanted, values, strict=True)) for values in _transposed(columns, wanted))


def _transposed(
    columns: Mapping[str, Sequence[Any]], names: Sequence[str]
) -> Iterable[tuple[Any, ...]]:
    return zip(*(columns[name] for name in names), strict=True)


def plain(value: Any) -> Any:
    """A cell as Python's own int, float, str, date; None where it is missing."""
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if wording.is_missing(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    item = getattr(value, "item", None)
    return item() if callable(item) else value


def json_value(value: Any, kind: Kind) -> Any:
    """A cell as JSON holds it: money as decimal text, days and moments as ISO text."""
    if value is None:
        return None
    if kind in ("money", "money_change"):
        return wording.dollars(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def heading(name: str) -> str:
    """The name of a fact as a heading: `rewarded_at` is `Rewarded at`, cents are dollars."""
    said = name.removesuffix("_cents").replace("_", " ")
    return said[:1].upper() + said[1:]
