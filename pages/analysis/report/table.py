"""A table of the report: plain values, how each column reads, and where each number leads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pandas as pd

from pages.analysis import wording
from pages.analysis.columns import WORDS, Column, Kind

NUMBERS = frozenset({"count", "change", "money", "money_change", "percent", "rate", "hours"})
MONEY = frozenset({"money", "money_change"})

Row = Mapping[str, Any]


def signed(value: Any, write: Callable[[Any], str]) -> str:
    """`+34`, `-34`, `0`; what is missing stays missing."""
    said = write(value)
    return f"+{said}" if not wording.is_missing(value) and value > 0 else said


_SAID: Mapping[Kind, Callable[[Any], str]] = {
    **WORDS,
    "text": wording.text,
    "count": wording.count,
    "change": lambda value: signed(value, wording.count),
    "money": wording.money,
    "money_change": lambda value: signed(value, wording.money),
    "percent": wording.percent,
    "rate": wording.percent,
    "result": lambda value: {True: "passed", False: "failed"}.get(value, "cannot tell"),
}


@dataclass(frozen=True)
class Table:
    """Rows of plain values (whole cents, shares, hours, words; None is missing) under headings.

    `withheld`: why there are no rows. `note`: what a reader must know beside it. `few`: how many
    rows a page prints; files hold all of them. `bars`: the column that a page draws as bars.
    `links`: by row and column, the address of the rows that a number counts. A "rate" stands in a
    row with `confirmed` and `declined`, and reads as counts below 30 decided.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...] = ()
    note: str = ""
    withheld: str | None = None
    few: int | None = None
    bars: str | None = None
    links: Mapping[tuple[int, str], str] = field(default_factory=dict)

    def said(self, row: Row, column: Column) -> str:
        """A cell as a person reads it."""
        if column.kind == "rate":
            return wording.confirmation(row["confirmed"], row["declined"])
        return _SAID[column.kind](row.get(column.name))

    @property
    def printed(self) -> tuple[Row, ...]:
        """The rows a page prints."""
        return self.rows if self.few is None else self.rows[: self.few]

    @property
    def largest(self) -> float:
        """The largest of the values that a page draws as bars."""
        return max((row[self.bars] or 0 for row in self.rows), default=0) if self.bars else 0


@dataclass(frozen=True)
class Chart:
    """A figure of the report: its metric (also the name of its figure), and what it shows.

    `frame`: as `pages.analysis.metrics` makes it. `across`: how many such stand side by side.
    """

    key: str
    metric: str
    title: str
    summary: str
    frame: pd.DataFrame
    across: int = 1


@dataclass(frozen=True)
class Section:
    """A heading of the report and what stands below it, row by row.

    `details`: tables that are one click away, and left out in print.
    """

    title: str
    rows: tuple[tuple[Chart | Table, ...], ...]
    details: tuple[Table, ...] = ()

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table of the section."""
        return (*(one for row in self.rows for one in row if isinstance(one, Table)), *self.details)


def links_of(
    columns: Sequence[Column], rows: Sequence[Row], address: Callable[[Row, str], str | None]
) -> dict[tuple[int, str], str]:
    """The links of a table: the address for the row and column of each number that is not 0."""
    return {
        (at, column.name): link
        for at, row in enumerate(rows)
        for column in columns
        if column.kind in NUMBERS and row.get(column.name)
        if (link := address(row, column.name)) is not None
    }


def rows_of(frame: pd.DataFrame, names: Iterable[str]) -> tuple[dict[str, Any], ...]:
    """The rows of a frame as plain values, columns in the given order."""
    wanted = list(names)
    columns: list[Sequence[Any]] = [[plain(value) for value in frame[name]] for name in wanted]
    return tuple(dict(zip(wanted, values, strict=True)) for values in zip(*columns, strict=True))


def plain(value: Any) -> Any:
    """A cell as Python's own int, float, str, datetime; None where it is missing."""
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if wording.is_missing(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    item = getattr(value, "item", None)
    return item() if callable(item) else value


def json_value(value: Any, kind: Kind) -> Any:
    """A cell as JSON holds it: money as decimal text, moments as ISO text, words as they read."""
    if value is None:
        return None
    if kind in MONEY:
        return wording.dollars(value)
    if kind in WORDS and isinstance(value, str):
        return WORDS[kind](value)
    return value.isoformat() if isinstance(value, datetime | date) else value
