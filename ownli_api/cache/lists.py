"""The front door of the cache: one object a partner, a method a list."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from ownli_api.cache import bounds
from ownli_api.cache.brief import Answer, Recent
from ownli_api.cache.check_ins import CheckIns
from ownli_api.cache.counts import Glance, NewUsers, UserCounts
from ownli_api.cache.kept import Kept, Timing
from ownli_api.cache.payouts import Payouts
from ownli_api.cache.rewards import Rewards
from ownli_api.cache.tickets import Ticket
from ownli_api.cache.vehicles import Vehicles
from ownli_api.values import TIME

if TYPE_CHECKING:
    from ownli_api.client import OwnliClient, Span
    from ownli_api.paging import Progress

T = TypeVar("T")

DEFAULT_MAX_BYTES = 1_000_000_000
# Loadings at a time; more wait their turn. They wait for nothing but Ownli.
WORKERS = 8
# Sets of spans, and brief answers, that are kept; the ones unused for longest go.
MOST_SPAN_SETS = 32
MOST_ANSWERS = 256


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
        self._timing = timing = Timing(clock, fresh_seconds, stale_seconds, failure_seconds)
        self._max_bytes = max_bytes
        self._executor = executor or ThreadPoolExecutor(WORKERS, "ownli-lists")
        self._check_ins = CheckIns(timing, self._executor, history_weeks)
        self._rewards = Rewards(timing, self._executor, self._check_ins)
        self._payouts = Payouts(timing, self._executor, self._rewards)
        self._vehicles = Vehicles(timing, self._executor)
        self._users = UserCounts()
        self._new_users: Recent[NewUsers] = Recent(MOST_SPAN_SETS)
        self._glances: Recent[Glance] = Recent(MOST_SPAN_SETS)
        self._answers: Recent[Answer] = Recent(MOST_ANSWERS)
        for kept in self._whole:
            kept.settled = self._keep_in_bounds

    def check_ins(self, client: OwnliClient, since: datetime | None = None) -> Ticket[None]:
        """Check-ins since `since` (default: the history), and all open ones of all time."""
        return self._check_ins.since(client, since)

    def rewards(self, client: OwnliClient) -> Ticket[None]:
        """All rewards of all time."""
        return self._rewards.ask(client)

    def payouts(self, client: OwnliClient) -> Ticket[None]:
        """Every payout the rewards name, dated as their owners are asked: a progressive list."""
        self._rewards.ask(client)
        return self._payouts.ask(client)

    def vehicles(self, client: OwnliClient) -> Ticket[None]:
        """All vehicles."""
        return self._vehicles.ask(client)

    def new_users(self, client: OwnliClient, spans: Sequence[Span]) -> Ticket[None]:
        """How many users registered in each span. Columns: start, end, count (Int64)."""

        def make() -> NewUsers:
            return NewUsers(self._timing, self._executor, self._users, spans)

        return self._new_users.get(tuple(spans), make).ask(client)

    def glance(self, client: OwnliClient, spans: Sequence[Span]) -> Ticket[None]:
        """Numbers to be had from counts within a second. Columns: noun, kind, status, start, count.

        Rows: users (total: no start), new_users a span, check_ins by kind and status a span,
        rewards with status Confirmed (outstanding: no start). Lists asked for cold while it runs
        are begun after it.
        """

        def make() -> Glance:
            return Glance(
                self._timing, self._executor, self._users, self._check_ins, self._rewards, spans
            )

        glance = self._glances.get(tuple(spans), make)
        for kept in (self._check_ins, self._rewards):
            kept.courtesy = glance
        return glance.ask(client)

    def briefly(
        self,
        client: OwnliClient,
        key: tuple[object, ...],
        call: Callable[[OwnliClient], T],
        seconds: float = 60,
    ) -> Ticket[T]:
        """The answer to one question (`Held.value`), kept so long and shared by equal keys."""
        return self.at_length(client, key, lambda asked, tell: call(asked), seconds)  # noqa: ARG005

    def at_length(
        self,
        client: OwnliClient,
        key: tuple[object, ...],
        call: Callable[[OwnliClient, Progress], T],
        seconds: float = 60,
    ) -> Ticket[T]:
        """The same for a question of many pages, whose progress the ticket shows."""
        timing = replace(self._timing, fresh=seconds, stale=seconds)
        answer = self._answers.get(key, lambda: Answer(timing, self._executor))
        return answer.ask_with(client, call)

    def holds(self, *names: str) -> bool:
        """Whether all these lists (`check_ins`, `rewards`, ...) are held, however old.

        Where they are not, a page asks for the glance first and for the lists then: the lists
        let the glance go first.
        """
        held = {kept.name for kept in self._whole if kept.version is not None}
        return held.issuperset(names)

    def refreshing(self) -> bool:
        """Whether a newer version of any list is on its way."""
        return any(kept.loading is not None for kept in self._whole)

    def refresh(self, client: OwnliClient) -> None:
        """Ask now what changed in everything held, in the background; also what failed just now."""
        self._forget_failures()
        for kept in (self._check_ins, self._rewards, self._vehicles):
            if kept.version is not None:
                kept.check(client)
        self._follow_with_payouts(client)
        self._forget_moments(client)

    def reload(self, client: OwnliClient) -> None:
        """Load everything held from nothing; the old versions stay until the new are whole."""
        self._forget_failures()
        for kept in (self._check_ins, self._rewards, self._vehicles):
            if kept.version is not None:
                kept.reload(client)
        if self._payouts.version is not None:
            self._payouts.reload()
        self._follow_with_payouts(client)
        self._users.forget()
        self._forget_moments(client)

    def _forget_failures(self) -> None:
        for kept in self._whole:
            kept.forget_failure()

    def health(self) -> pd.DataFrame:
        """One row a list.

        Columns: list, rows, weeks, bytes, as_of, requests, retries, seconds, last_error,
        refreshing. Span sets and brief answers make one row each list name; retries are those of
        the clients that did the work, while they did it.
        """
        rows = [kept.health() for kept in self._whole]
        for many in (self._new_users, self._glances, self._answers):
            rows += _together([kept.health() for kept in many.all()])
        table = pd.DataFrame(rows)
        return table.astype({"as_of": TIME, "last_error": "str", "list": "str"})

    @property
    def _whole(self) -> tuple[Kept, ...]:
        return (self._check_ins, self._rewards, self._payouts, self._vehicles)

    def _follow_with_payouts(self, client: OwnliClient) -> None:
        if self._payouts.version is not None:
            self._rewards.after(lambda: self._payouts.start(client))

    def _forget_moments(self, client: OwnliClient) -> None:
        self._answers.forget()
        self._glances.forget()
        now = self._timing.clock()
        for kept in self._new_users.all():
            if kept.version is not None and now - kept.version.at <= self._timing.stale:
                kept.start(client)

    def _keep_in_bounds(self) -> None:
        others = [self._payouts, self._vehicles]
        bounds.trim([self._check_ins, self._rewards], others, self._max_bytes)


def _together(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The health of several small things of one name as one row."""
    if not rows:
        return []
    joined = dict(rows[-1])
    for name in ("rows", "bytes", "requests", "retries", "seconds"):
        joined[name] = sum(row[name] for row in rows)
    joined["as_of"] = max((row["as_of"] for row in rows if row["as_of"]), default=None)
    joined["last_error"] = next((row["last_error"] for row in rows if row["last_error"]), None)
    joined["refreshing"] = any(row["refreshing"] for row in rows)
    return [joined]


_lock = Lock()
_partners: dict[tuple[str, str], Lists] = {}


def for_partner(base_url: str, partner_id: str, **make: Any) -> Lists:
    """The lists of a partner at an address, one a process; `make` counts only at the first call."""
    key = (base_url.rstrip("/"), partner_id)
    with _lock:
        if key not in _partners:
            _partners[key] = Lists(**make)
        return _partners[key]
