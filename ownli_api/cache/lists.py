"""The front door of the cache: one object a partner, a method a list."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from ownli_api.cache.tickets import Ticket

if TYPE_CHECKING:
    from ownli_api.client import OwnliClient, Span

T = TypeVar("T")

DEFAULT_MAX_BYTES = 1_200_000_000


class Lists:
    """A partner's lists, shared by all sessions of the process; holds no token, secret or role.

    history_weeks: how far back check-ins go by default. fresh_seconds: younger lists are not asked
    about again. stale_seconds: younger ones are handed out while a refresh runs in the background,
    older ones are waited for. failure_seconds: how long a failure answers for everybody.
    max_bytes: bound of the rows held; beyond it the oldest weeks go. clock: seconds since 1970.
    """

    def __init__(
        self,
        *,
        history_weeks: int = 26,
        fresh_seconds: float = 60,
        stale_seconds: float = 600,
        failure_seconds: float = 15,
        max_bytes: int = DEFAULT_MAX_BYTES,
        clock: Callable[[], float] = time.time,
        executor: Executor | None = None,
    ) -> None:
        raise NotImplementedError

    def check_ins(self, client: OwnliClient, since: datetime | None = None) -> Ticket[None]:
        """Check-ins of all kinds since `since` (default: the history), and all open ones of all time."""
        raise NotImplementedError

    def rewards(self, client: OwnliClient) -> Ticket[None]:
        """All rewards of all time."""
        raise NotImplementedError

    def payouts(self, client: OwnliClient) -> Ticket[None]:
        """Every payout the rewards name, dated as their owners are asked: a progressive list."""
        raise NotImplementedError

    def vehicles(self, client: OwnliClient) -> Ticket[None]:
        """All vehicles."""
        raise NotImplementedError

    def new_users(self, client: OwnliClient, spans: Sequence[Span]) -> Ticket[None]:
        """How many users registered in each span. Columns: start, end, count (Int64)."""
        raise NotImplementedError

    def glance(self, client: OwnliClient, spans: Sequence[Span]) -> Ticket[None]:
        """Numbers to be had from counts within a second. Columns: noun, kind, status, start, count.

        Rows: users (total: no start), new_users a span, check_ins by kind and status a span,
        rewards with status Confirmed (outstanding: no start).
        """
        raise NotImplementedError

    def briefly(
        self,
        client: OwnliClient,
        key: tuple[object, ...],
        call: Callable[[OwnliClient], T],
        seconds: float = 60,
    ) -> Ticket[T]:
        """The answer to one question (`Held.value`), kept so long and shared by equal keys."""
        raise NotImplementedError

    def refresh(self, client: OwnliClient) -> None:
        """Ask now what changed in everything held, in the background."""
        raise NotImplementedError

    def reload(self, client: OwnliClient) -> None:
        """Load everything held again from nothing; the old versions stay until the new are whole."""
        raise NotImplementedError

    def health(self) -> pd.DataFrame:
        """One row a list: list, rows, weeks, bytes, as_of, requests, retries, seconds, last_error, refreshing."""
        raise NotImplementedError


def for_partner(base_url: str, partner_id: str, **make: Any) -> Lists:
    """The lists of a partner at an address, one a process; `make` counts only at the first call."""
    raise NotImplementedError
