"""A client without a network for tests of the cache: counts questions, can be held up or fail."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pandas as pd

from ownli_api import frames
from ownli_api.client import Listing, Span
from ownli_api.errors import ClientClosed, OwnliError

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)


def blank(columns: dict[str, str], rows: int) -> pd.DataFrame:
    """So many rows of missing values."""
    return pd.DataFrame(
        {name: pd.Series([None] * rows, dtype=dtype) for name, dtype in columns.items()}
    )


def frame(columns: dict[str, str], **given: list[Any]) -> pd.DataFrame:
    """A frame with these columns; those not given are missing."""
    rows = len(next(iter(given.values())))
    made = blank(columns, rows).assign(**given)
    return made.astype(columns)


def check_ins(
    ids: list[str], kind: str = "mileage", status: str = "Confirmed", at: datetime = NOW
) -> pd.DataFrame:
    """Check-ins a minute apart, the last one at `at`."""
    times = [at - timedelta(minutes=back) for back in range(len(ids))][::-1]
    return frame(
        frames.CHECK_INS,
        id=ids,
        kind=[kind] * len(ids),
        status=[status] * len(ids),
        checked_in_at=times,
        updated_at=times,
        owner_id=[f"U{number}" for number in range(len(ids))],
    )


def rewards(
    ids: list[str],
    status: str = "Confirmed",
    at: datetime = NOW,
    payouts: list[str | None] | None = None,
) -> pd.DataFrame:
    """Rewards of one dollar a minute apart, the last one at `at`, each of its own owner."""
    times = [at - timedelta(minutes=back) for back in range(len(ids))][::-1]
    return frame(
        frames.REWARDS,
        id=ids,
        status=[status] * len(ids),
        type=["MileageCheckIn"] * len(ids),
        payout_id=payouts or [None] * len(ids),
        rewarded_at=times,
        owner_id=[f"U{number}" for number in range(len(ids))],
        amount_cents=[100] * len(ids),
    )


def payouts(*ids: str, owner: str = "U0") -> pd.DataFrame:
    """Payouts of one dollar."""
    return frame(
        frames.PAYOUTS,
        id=list(ids),
        owner_id=[owner] * len(ids),
        claimed_at=[NOW] * len(ids),
        amount_cents=[100] * len(ids),
    )


@dataclass
class World:
    """What the fake Ownli knows."""

    check_ins: pd.DataFrame = field(default_factory=lambda: blank(frames.CHECK_INS, 0))
    rewards: pd.DataFrame = field(default_factory=lambda: blank(frames.REWARDS, 0))
    vehicles: pd.DataFrame = field(default_factory=lambda: blank(frames.VEHICLES, 0))
    payouts_of: dict[str, pd.DataFrame] = field(default_factory=dict)
    users: int = 0


class FakeClient:
    """Answers from a `World`. `before` is called with the name of each question."""

    def __init__(self, world: World, before: Callable[[str], None] | None = None) -> None:
        self.world = world
        self.asked: Counter[str] = Counter()
        self.failing: OwnliError | None = None
        self.closed = False
        self._before = before or (lambda name: None)
        self._lock = threading.Lock()

    def close(self) -> None:
        self.closed = True

    def stats(self) -> Any:
        return SimpleNamespace(retries=0, page_size=100, parallel=4)

    def check_ins(
        self, kind, *, checked_in=None, updated=None, status="All", progress=None
    ) -> Listing:
        return self._listing(
            "check_ins", self._check_ins(kind, checked_in, updated, status), progress
        )

    def count_check_ins(self, kind, *, checked_in=None, updated=None, status="All") -> int:
        self._ask("count_check_ins")
        return len(self._check_ins(kind, checked_in, updated, status))

    def rewards(self, *, rewarded=None, status="All", payout_id=None, progress=None) -> Listing:
        rows = self._rewards(rewarded, status)
        if payout_id is not None:
            rows = rows[(rows["payout_id"] == payout_id).to_numpy()]
        return self._listing("rewards", rows, progress)

    def newest_rewards(self, status: str) -> Listing:
        rows = self._rewards(None, status)
        self._ask("count_rewards")
        return Listing(rows.iloc[::-1][:100].reset_index(drop=True), len(rows), (), 1, NOW)

    def newest_vehicles(self) -> Listing:
        return self._listing("vehicles", self.world.vehicles, None)

    def count_rewards(self, *, rewarded=None, status="All") -> int:
        self._ask("count_rewards")
        return len(self._rewards(rewarded, status))

    def vehicles(self, *, progress=None) -> Listing:
        return self._listing("vehicles", self.world.vehicles, progress)

    def vehicles_page(self, *, page=0, size=25, search_by=None, search_value=None) -> Listing:
        return self._listing("vehicles", self.world.vehicles, None)

    lists_payouts = False

    def user_payouts(self, user_id: str) -> Listing:
        known = self.world.payouts_of.get(user_id, blank(frames.PAYOUTS, 0))
        return self._listing(f"user_payouts {user_id}", known, None)

    def user_claims(self, user_id: str) -> tuple[Listing, pd.DataFrame]:
        return self.user_payouts(user_id), blank(frames.PAID, 0)

    def count_users(self, *, registered: Span | None = None) -> int:
        self._ask("count_users")
        return self.world.users

    def _check_ins(self, kind, checked_in, updated, status) -> pd.DataFrame:
        rows = self.world.check_ins
        rows = rows[(rows["kind"] == kind).to_numpy()]
        rows = _within(_within(rows, "checked_in_at", checked_in), "updated_at", updated)
        return _with_status(rows, status)

    def _rewards(self, rewarded, status) -> pd.DataFrame:
        return _with_status(_within(self.world.rewards, "rewarded_at", rewarded), status)

    def _ask(self, name: str) -> None:
        if self.closed:
            raise ClientClosed
        with self._lock:
            self.asked[name] += 1
        self._before(name)
        if self.closed:
            raise ClientClosed
        if self.failing is not None:
            raise self.failing

    def _listing(self, name: str, rows: pd.DataFrame, progress: Any) -> Listing:
        self._ask(name)
        if progress is not None:
            progress(1, 1)
        return Listing(rows.reset_index(drop=True), len(rows), (), 1, NOW)


def _within(rows: pd.DataFrame, column: str, span: Span | None) -> pd.DataFrame:
    if span is None:
        return rows
    return rows[((rows[column] >= span.start) & (rows[column] <= span.end)).to_numpy()]


def _with_status(rows: pd.DataFrame, status: str) -> pd.DataFrame:
    return rows if status == "All" else rows[(rows["status"] == status).to_numpy()]
