"""The front door: a noun a list, a method a question; reads only."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd

from ownli_api import models
from ownli_api.settings import Settings
from ownli_api.transport import Pacing

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Span:
    """A stretch of time in UTC; both ends are included, as in Ownli's filters (milliseconds)."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            moment = getattr(self, name)
            if moment.tzinfo is None:
                raise ValueError(f"the {name} of a span needs a time zone")
            object.__setattr__(self, name, moment.astimezone(UTC))


@dataclass(frozen=True)
class Listing:
    """Rows as a frame, with what Ownli says about them.

    `total_items` is Ownli's own count (None when it gives none), `problems` plain sentences about
    rows or fields that could not be read, `requests` what it took, `as_of` when the reading began.
    """

    frame: pd.DataFrame
    total_items: int | None
    problems: tuple[str, ...]
    requests: int
    as_of: datetime


@dataclass(frozen=True)
class Stats:
    """What a client has done so far; holds no token and no addresses."""

    requests: int
    retries: int
    rate_limited: int
    seconds: float
    last_error: str | None
    last_error_at: datetime | None
    page_size: int | None
    token_age_seconds: float | None


class OwnliClient:
    """Reads a partner's users, vehicles, check-ins, rewards and payouts; can do nothing else."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        pacing: Pacing | None = None,
    ) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """Forgets the token and closes the connections; later questions raise `ClientClosed`."""
        raise NotImplementedError

    def stats(self) -> Stats:
        """Requests, retries, seconds, the last error and the page size learned."""
        raise NotImplementedError

    def check_ins(
        self,
        kind: str,
        *,
        checked_in: Span | None = None,
        updated: Span | None = None,
        status: str = "All",
        progress: Progress | None = None,
    ) -> Listing:
        """The whole list of one kind of check-ins, oldest first: columns `frames.CHECK_INS`."""
        raise NotImplementedError

    def count_check_ins(
        self,
        kind: str,
        *,
        checked_in: Span | None = None,
        updated: Span | None = None,
        status: str = "All",
    ) -> int | None:
        """How many check-ins there are, by a one-row request; None if Ownli does not say."""
        raise NotImplementedError

    def rewards(
        self,
        *,
        rewarded: Span | None = None,
        status: str = "All",
        payout_id: str | None = None,
        progress: Progress | None = None,
    ) -> Listing:
        """The whole list of rewards, oldest first: columns `frames.REWARDS`."""
        raise NotImplementedError

    def count_rewards(self, *, rewarded: Span | None = None, status: str = "All") -> int | None:
        """How many rewards there are, by a one-row request; None if Ownli does not say."""
        raise NotImplementedError

    def payouts(self, *, progress: Progress | None = None) -> Listing:
        """The whole list of payouts; `FixSettings` unless `payouts_path` is set."""
        raise NotImplementedError

    def vehicles(self, *, progress: Progress | None = None) -> Listing:
        """The whole list of vehicles, oldest first: columns `frames.VEHICLES`."""
        raise NotImplementedError

    def vehicles_page(
        self,
        *,
        page: int = 0,
        size: int = 25,
        search_by: str | None = None,
        search_value: str | None = None,
    ) -> Listing:
        """One page of vehicles, newest first."""
        raise NotImplementedError

    def users_page(
        self,
        *,
        page: int = 0,
        size: int = 25,
        sort_by: str = "dateRegistered",
        sort_direction: str = "desc",
        search_by: str | None = None,
        search_value: str | None = None,
        is_fraud: bool | None = None,
        registered: Span | None = None,
    ) -> Listing:
        """One page of users as Ownli sorts, searches and filters them: columns `frames.USERS`."""
        raise NotImplementedError

    def count_users(self, *, registered: Span | None = None) -> int | None:
        """How many users there are, by a one-row request; None if Ownli does not say."""
        raise NotImplementedError

    def user(self, id: str) -> Listing:
        """One user by id; raises `NotFound`."""
        raise NotImplementedError

    def user_by_phone(self, phone: str) -> Listing:
        """The users with a US phone number: none, one or several."""
        raise NotImplementedError

    def vehicle(self, id: str) -> Listing:
        """One vehicle by id; raises `NotFound`."""
        raise NotImplementedError

    def vehicle_by_license(self, state: str, plate: str) -> Listing:
        """The active vehicle with a plate; raises `NotFound`."""
        raise NotImplementedError

    def user_summary(self, id: str) -> models.UserSummary:
        """A user with vehicles and check-in summaries: the only documented link to rewards."""
        raise NotImplementedError

    def vehicle_check_ins(self, vehicle_id: str, kind: str) -> tuple[Listing, pd.DataFrame]:
        """Mileage or condition check-ins of a vehicle, and their photos (`frames.PHOTOS`)."""
        raise NotImplementedError

    def user_check_ins(self, user_id: str) -> tuple[Listing, pd.DataFrame]:
        """Proof-of-address check-ins of a user, and their photos (`frames.PHOTOS`)."""
        raise NotImplementedError

    def user_rewards(self, user_id: str) -> Listing:
        """All rewards of a user: columns `frames.REWARDS`."""
        raise NotImplementedError

    def user_payouts(self, user_id: str) -> Listing:
        """All payouts of a user: columns `frames.PAYOUTS`."""
        raise NotImplementedError

    def products(self) -> Listing:
        """What rewards can be redeemed for: columns `frames.PRODUCTS`."""
        raise NotImplementedError
