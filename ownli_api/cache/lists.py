"""The front door of the cache: one object a partner, a method a list."""

from __future__ import annotations

import atexit
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

import pandas as pd

from ownli_api.cache.check_ins import CheckIns
from ownli_api.cache.counts import NewUsers, RegisteredUntil
from ownli_api.cache.disk import Folder
from ownli_api.cache.payouts import PayoutBook, Payouts
from ownli_api.cache.rewards import Rewards
from ownli_api.cache.shared import Fetch, Handle, Shared, Snapshot, Timing
from ownli_api.cache.vehicles import Vehicles
from ownli_api.client import Listing, OwnliClient, Span
from ownli_api.paging import Progress
from ownli_api.values import TIME

# Loadings at a time; more wait their turn. Payouts alone wait for another list (the rewards).
WORKERS = 8
# Single questions and sets of spans that are remembered; the ones unused for longest go.
MOST_ANSWERS = 64


class Lists:
    """A partner's lists, shared by all sessions of the process; holds no token, secret or role.

    history_weeks: how far back check-ins go by default. fresh_seconds: younger lists are not asked
    about again. stale_seconds: younger ones are handed out while a refresh runs in the background,
    older ones are waited for. failure_seconds: how long a failure answers for everybody. folder:
    where the lists outlive the process, None for nowhere. clock: seconds since 1970.
    """

    def __init__(
        self,
        *,
        history_weeks: int = 26,
        fresh_seconds: float = 60,
        stale_seconds: float = 600,
        failure_seconds: float = 15,
        folder: Path | None = None,
        clock: Callable[[], float] = time.time,
        executor: Executor | None = None,
    ) -> None:
        self._timing = timing = Timing(clock, fresh_seconds, stale_seconds, failure_seconds)
        self._executor = executor or ThreadPoolExecutor(WORKERS, "ownli-lists")
        store = None if folder is None else Folder(folder)
        book = PayoutBook()
        self._history = CheckIns(history_weeks)
        payouts = Payouts(book, self._settled_rewards)

        def shared(name: str, update: Any, *, progressive: bool = False) -> Shared:
            return Shared(
                name, timing, self._executor, update, progressive=progressive, store=store
            )

        self._check_ins = shared("check_ins", self._history.update)
        self._rewards = shared("rewards", Rewards(book).update)
        self._payouts = shared("payouts", payouts.update, progressive=True)
        self._vehicles = shared("vehicles", Vehicles().update)
        self._whole = (self._check_ins, self._rewards, self._payouts, self._vehicles)
        self._registered = RegisteredUntil()
        self._lock = Lock()
        self._new_users: OrderedDict[tuple[Span, ...], Shared] = OrderedDict()
        self._answers: OrderedDict[tuple[object, ...], tuple[Shared, float]] = OrderedDict()
        self._refreshed_at: float | None = None
        if store is not None:
            atexit.register(self.save)

    def check_ins(self, client: OwnliClient, since: datetime | None = None) -> Handle:
        """Check-ins since `since` (default: the history), and all open ones of all time."""
        self._history.reach(since)
        return self._check_ins.ask(client, self._history.covers)

    def rewards(self, client: OwnliClient) -> Handle:
        """All rewards of all time."""
        return self._rewards.ask(client)

    def payouts(self, client: OwnliClient) -> Handle:
        """Every payout the rewards name, dated as their owners are asked: a progressive list."""
        self._rewards.ask(client)
        return self._payouts.ask(client, self._payouts_are_current)

    def vehicles(self, client: OwnliClient) -> Handle:
        """All vehicles."""
        return self._vehicles.ask(client)

    def new_users(self, client: OwnliClient, spans: Sequence[Span]) -> Handle:
        """How many users registered in each span. Columns: start, end, count (Int64)."""
        with self._lock:
            shared = self._new_users.get(tuple(spans))
            if shared is None:
                update = NewUsers(self._registered, spans).update
                shared = Shared("new_users", self._timing, self._executor, update)
                self._new_users[tuple(spans)] = shared
            self._new_users.move_to_end(tuple(spans))
            while len(self._new_users) > MOST_ANSWERS:
                self._new_users.popitem(last=False)
        return shared.ask(client)

    def briefly(
        self,
        client: OwnliClient,
        key: tuple[object, ...],
        call: Callable[[OwnliClient], Any],
        seconds: float = 60,
    ) -> Handle:
        """The answer to one question (`Snapshot.value`), kept so long and shared by equal keys."""
        return self.at_length(client, key, lambda asked, progress: call(asked), seconds)  # noqa: ARG005

    def at_length(
        self,
        client: OwnliClient,
        key: tuple[object, ...],
        call: Callable[[OwnliClient, Progress], Any],
        seconds: float = 60,
    ) -> Handle:
        """The same for a question of many pages, whose progress the handle shows."""
        with self._lock:
            self._forget_expired()
            if key in self._answers:
                shared, _ = self._answers[key]
            else:
                timing = replace(self._timing, fresh=seconds, stale=seconds)
                shared = Shared("lookups", timing, self._executor, _answer(call))
            # Asked for again within this time it is refreshed in place: what did not change keeps
            # its version.
            self._answers[key] = (shared, self._timing.clock() + 2 * seconds)
            self._answers.move_to_end(key)
            while len(self._answers) > MOST_ANSWERS:
                self._answers.popitem(last=False)
        return shared.ask(client)

    def refreshing(self) -> bool:
        """Whether a newer version of any list is on its way; lookups do not count."""
        return any(shared.refreshing for shared in (*self._whole, *self._new_users.values()))

    def refresh(self, client: OwnliClient, *, pause_seconds: float = 0) -> bool:
        """Ask now what changed in everything held, in the background; also what failed just now.

        Returns False, and asks nothing, if the last refresh was less than `pause_seconds` ago.
        """
        return self._renew(client, pause_seconds, whole=False)

    def reload(self, client: OwnliClient) -> None:
        """Read everything held from nothing; the old versions stay until the new are whole."""
        self._registered.forget()
        self._renew(client, 0, whole=True)

    def save(self) -> None:
        """Write what changed since it was last written to the folder, if there is one."""
        for shared in self._whole:
            shared.save()

    def health(self) -> pd.DataFrame:
        """One row a list.

        Columns: list, rows, bytes, as_of, requests, retries, seconds, last_error, refreshing. All
        sets of new users make one row, and all lookups that are still remembered another; retries
        are those of the clients that did the work, while they did it.
        """
        with self._lock:
            self._forget_expired()
            many = [[*self._new_users.values()], [shared for shared, _ in self._answers.values()]]
        rows = [shared.health() for shared in self._whole]
        rows += [_together([shared.health() for shared in some]) for some in many if some]
        return pd.DataFrame(rows).astype({"as_of": TIME, "last_error": "str", "list": "str"})

    def _renew(self, client: OwnliClient, pause_seconds: float, *, whole: bool) -> bool:
        now = self._timing.clock()
        with self._lock:
            last = self._refreshed_at
            if last is not None and 0 <= now - last < pause_seconds:
                return False
            self._refreshed_at = now
            self._answers.clear()
            spans = list(self._new_users.values())
        for shared in (*self._whole, *spans):
            if shared.snapshot is not None or shared.error is not None:
                shared.refresh(client, whole=whole)
        return True

    def _settled_rewards(self, client: OwnliClient) -> Snapshot:
        """The rewards once their loading has ended; raises its error if there are none."""
        handle = self._rewards.ask(client)
        self._rewards.settle()
        return handle.now() or handle.result()

    def _payouts_are_current(self, payouts: Snapshot) -> bool:
        """Whether payouts are of the present rewards, and nobody is left to ask."""
        rewards = self._rewards.snapshot
        of_these = rewards is not None and payouts.facts["rewards"] == rewards.version
        return of_these and not payouts.facts["to_ask"]

    def _forget_expired(self) -> None:
        """Let go of answers that nobody would be given any more. Called under the lock."""
        now = self._timing.clock()
        for key in [key for key, (_, until) in self._answers.items() if until < now]:
            if not self._answers[key][0].refreshing:
                del self._answers[key]


def _answer(call: Callable[[OwnliClient, Progress], Any]) -> Any:
    """The update of one question; an equal number is the same value, so nothing has changed."""

    def update(fetch: Fetch, held: Snapshot | None) -> Iterator[Snapshot]:
        value = call(fetch.client, fetch.progress())
        if held is not None and isinstance(value, int) and value == held.value:
            value = held.value
        fetch.requests += 1
        if isinstance(value, Listing):
            yield Snapshot(value.frame, fetch.at, value.problems, value=value)
        else:
            frame = pd.DataFrame() if held is None else held.frame
            yield Snapshot(frame, fetch.at, value=value)

    return update


def _together(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The health of several small things of one name as one row."""
    joined = dict(rows[-1])
    for name in ("rows", "bytes", "requests", "retries", "seconds"):
        joined[name] = sum(row[name] for row in rows)
    joined["as_of"] = max((row["as_of"] for row in rows if row["as_of"]), default=None)
    joined["last_error"] = next((row["last_error"] for row in rows if row["last_error"]), None)
    joined["refreshing"] = any(row["refreshing"] for row in rows)
    return joined


_lock = Lock()
_partners: dict[tuple[str, str], Lists] = {}


def for_partner(base_url: str, partner_id: str, **make: Any) -> Lists:
    """The lists of a partner at an address, one a process; `make` counts only at the first call."""
    key = (base_url.rstrip("/"), partner_id)
    with _lock:
        if key not in _partners:
            _partners[key] = Lists(**make)
        return _partners[key]
