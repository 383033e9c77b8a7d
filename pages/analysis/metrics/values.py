"""The small values that metrics return where a frame would be too much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from pages.analysis.periods import Period, Week

Span = Period | Sequence[Week]
"""What a trend runs over: days of the report zone, or whole weeks."""


@dataclass(frozen=True)
class MoneyTotal:
    """How many, how much, and how many of them came without an amount (not in `cents`)."""

    count: int
    cents: int
    without_amount: int


@dataclass(frozen=True)
class Confirmation:
    """How a set of check-ins was decided; `undecided` are all others of the same set."""

    confirmed: int
    declined: int
    undecided: int

    @property
    def decided(self) -> int:
        """Confirmed and declined together."""
        return self.confirmed + self.declined

    @property
    def rate(self) -> float | None:
        """Confirmed / decided; None when nothing is decided."""
        return self.confirmed / self.decided if self.decided else None


@dataclass(frozen=True)
class Durations:
    """How long something took: n usable ones, their median and 90th percentile in hours.

    `unusable` counts rows that lack a date or have the two the wrong way round. `histogram`
    columns: lower_hours, upper_hours (inf for the last), label, count.
    """

    median_hours: float | None
    p90_hours: float | None
    n: int
    unusable: int
    histogram: pd.DataFrame


@dataclass(frozen=True)
class ActiveUsers:
    """Distinct owners, and the check-ins among the same rows that name none."""

    count: int
    check_ins_without_owner: int


@dataclass(frozen=True)
class UserTotals:
    """The tiles of one user; `next_check_in_at` is the earliest date Ownli indicates."""

    check_ins: int
    confirmation: Confirmation
    earned: MoneyTotal
    outstanding: MoneyTotal
    paid_out: MoneyTotal
    next_check_in_at: datetime | None


@dataclass(frozen=True)
class Attention:
    """One thing that needs a person, and the address that shows it.

    rows: how many rows the address shows; None where it shows something else.
    """

    title: str
    detail: str
    address: str
    rows: int | None = None


@dataclass(frozen=True)
class Since:
    """How many dated rows there are, and the local day of the first of them."""

    first: date
    count: int
