"""What the cache asks a client, counted: the only place where a list talks to Ownli."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

import pandas as pd

from ownli_api.cache.loading import Loading
from ownli_api.client import Span

if TYPE_CHECKING:
    from ownli_api.client import Listing, OwnliClient

T = TypeVar("T")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Ends of "from then on" and "up to then": no check-in or reward lies outside.
FIRST_MS = (datetime(2000, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)
LAST_MS = (datetime(2100, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)
# Rows of the page that shows what was added last.
NEWEST_ROWS = 100

Between = tuple[int, int]


def moment(ms: int) -> datetime:
    """UTC time of milliseconds since 1970."""
    return EPOCH + timedelta(milliseconds=ms)


def milliseconds(when: datetime) -> int:
    """Milliseconds since 1970 of a time with a zone."""
    return (when - EPOCH) // timedelta(milliseconds=1)


class Questions:
    """A client's questions on behalf of one loading; counts requests and tells the progress."""

    def __init__(self, client: OwnliClient, loading: Loading) -> None:
        self.client = client
        self._loading = loading
        self._lock = Lock()
        self.requests = 0

    @property
    def page_rows(self) -> int:
        """Rows one request brings."""
        return self.client.stats().page_size

    @property
    def rows_alone(self) -> int:
        """Rows one request is sure to bring whole: a full page is asked whether more follow."""
        return max(1, self.page_rows - 1)

    @property
    def parallel(self) -> int:
        """Requests worth having in flight."""
        return self.client.stats().parallel

    @property
    def lists_payouts(self) -> bool:
        """Whether the payouts of all users can be asked for in one list."""
        return self.client.lists_payouts

    def check_ins(
        self,
        kind: str,
        *,
        checked_in: Between | None = None,
        updated: Between | None = None,
        status: str = "All",
    ) -> Listing:
        """A list of check-ins, whole."""
        return self._counted(
            self.client.check_ins(
                kind,
                checked_in=_span(checked_in),
                updated=_span(updated),
                status=status,
                progress=self._loading.part(),
            )
        )

    def count_check_ins(
        self, kind: str, checked_in: Between | None, status: str = "All"
    ) -> int | None:
        """How many check-ins Ownli counts."""
        self.add(1)
        return self.client.count_check_ins(kind, checked_in=_span(checked_in), status=status)

    def rewards(
        self,
        *,
        rewarded: Between | None = None,
        status: str = "All",
        payout_id: str | None = None,
    ) -> Listing:
        """A list of rewards, whole."""
        return self._counted(
            self.client.rewards(
                rewarded=_span(rewarded),
                status=status,
                payout_id=payout_id,
                progress=self._loading.part(),
            )
        )

    def count_rewards(self, status: str = "All", rewarded: Between | None = None) -> int | None:
        """How many rewards Ownli counts."""
        self.add(1)
        return self.client.count_rewards(rewarded=_span(rewarded), status=status)

    def count_users(self, registered: Span | None = None) -> int | None:
        """How many users Ownli counts."""
        self.add(1)
        return self.client.count_users(registered=registered)

    def vehicles(self) -> Listing:
        """The list of vehicles, whole."""
        return self._counted(self.client.vehicles(progress=self._loading.part()))

    def newest_vehicles(self) -> Listing:
        """One page of the vehicles added last, with the number of all."""
        return self._counted(self.client.vehicles_page(size=min(self.page_rows, NEWEST_ROWS)))

    def payouts(self) -> Listing:
        """The list of payouts, whole, for those who know its path."""
        return self._counted(self.client.payouts(progress=self._loading.part()))

    def newest_payouts(self, page: int = 0) -> tuple[Listing, pd.DataFrame]:
        """One page of the payouts made last, and the rewards in them; for those, too."""
        size = min(self.page_rows, NEWEST_ROWS)
        listing, rewards = self.client.payouts_page(page=page, size=size)
        return self._counted(listing), rewards

    def user_payouts(self, owner_id: str) -> Listing:
        """One owner's payouts."""
        return self._counted(self.client.user_payouts(owner_id))

    def user_claims(self, owner_id: str) -> tuple[Listing, pd.DataFrame]:
        """One owner's payouts, and the rewards in them."""
        listing, rewards = self.client.user_claims(owner_id)
        return self._counted(listing), rewards

    def add(self, requests: int) -> None:
        """Count requests that were made."""
        with self._lock:
            self.requests += requests

    def together(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        """The answers of several questions asked side by side, in their order.

        The threads are this call's own and gone when it returns: a question never waits for a
        worker that waits for it.
        """
        if len(calls) < 2:
            return [call() for call in calls]
        with ThreadPoolExecutor(min(len(calls), self.parallel * 2), "ownli-ask") as pool:
            asked = [pool.submit(call) for call in calls]
            try:
                return [answer.result() for answer in asked]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _counted(self, listing: Listing) -> Listing:
        self.add(listing.requests)
        return listing


def _span(between: Between | None) -> Span | None:
    return None if between is None else Span(moment(between[0]), moment(between[1]))
