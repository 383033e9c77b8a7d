"""One list for all readers: an immutable snapshot, one loading at a time, failures remembered."""

from __future__ import annotations

import itertools
import logging
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import Condition, Lock
from typing import Any, Protocol

import pandas as pd

from ownli_api import paging
from ownli_api.client import Listing, OwnliClient
from ownli_api.errors import ClientClosed, NotUnderstood, OwnliError, RateLimited, Unreachable

log = logging.getLogger(__name__)

# No two snapshots of a process have the same version unless their rows are the same.
_versions = itertools.count(1)

# A background refresh waits this many times as long as the last one took.
POLITENESS = 10.0
# A list is written to the store no more often than this, and when the process ends.
SAVE_EVERY_SECONDS = 600.0
# However long Ownli asks us to stay away, somebody may try again after this.
LONGEST_SILENCE_SECONDS = 300.0


@dataclass(frozen=True)
class Timing:
    """How long things stay true, in seconds, by a clock that gives seconds since 1970."""

    clock: Callable[[], float] = time.time
    fresh: float = 60
    stale: float = 600
    failure: float = 15


@dataclass(frozen=True)
class Snapshot:
    """One version of one list, as it was when it was read; nothing in it changes afterwards.

    frame: the rows, columns as in `ownli_api.frames`; a reader's own view, which may be changed.
    as_of: the list holds everything Ownli knew at this moment (UTC). problems: plain sentences.
    complete: False while rows are known to be missing, undated or in disagreement with Ownli's
    counts. counted: how many rows Ownli says there are of those that should be in the frame; None
    if it does not say. undated: payouts without a date. value: the answer of a single question.
    version: grows when the rows change. error: why the last refresh failed; the rows are then
    older. refreshing: a newer version is on its way. facts: what the list remembers for its next
    refresh, in JSON's types.
    """

    frame: pd.DataFrame
    as_of: datetime
    problems: tuple[str, ...] = ()
    complete: bool = True
    counted: int | None = None
    undated: int = 0
    value: Any = field(default=None, repr=False)
    version: int = 0
    error: OwnliError | None = None
    refreshing: bool = False
    facts: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Progress:
    """How far a loading is: pages (payouts: people) done of known; known is 0 while unknown."""

    name: str
    done: int
    known: int


class Fetch:
    """The requests of one loading by one client: counted, side by side, with their progress.

    at: when it began. whole: whether to read the list from nothing whatever is held.
    """

    def __init__(
        self,
        client: OwnliClient,
        at: datetime,
        whole: bool,
        progress: Callable[[], paging.Progress],
    ) -> None:
        self.client = client
        self.at = at
        self.whole = whole
        self.progress = progress
        self.requests = 0
        self._lock = Lock()

    def together(self, *calls: Callable[[], Any]) -> list[Any]:
        """What several requests answer that run side by side, in their order.

        The threads are this call's own: no request waits for a worker that waits for it.
        """
        if len(calls) < 2:
            return [self._counted(call) for call in calls]
        parallel = max(1, self.client.stats().parallel)
        with ThreadPoolExecutor(min(len(calls), parallel), "ownli-fetch") as pool:
            running = [pool.submit(self._counted, call) for call in calls]
            try:
                return [one.result() for one in running]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _counted(self, call: Callable[[], Any]) -> Any:
        answer = call()
        first = answer[0] if isinstance(answer, tuple) else answer
        with self._lock:
            self.requests += first.requests if isinstance(first, Listing) else 1
        return answer


class Store(Protocol):
    """Where snapshots outlive the process."""

    def read(self, name: str, partner: str) -> Snapshot | None:
        """The snapshot written last; None if there is none that can be used."""

    def write(self, name: str, partner: str, snapshot: Snapshot) -> bool:
        """Keep a snapshot; returns whether that was possible."""


# Yields each snapshot as it becomes ready, from the one held (None: there is none yet).
Update = Callable[[Fetch, Snapshot | None], Iterator[Snapshot]]


class _Loading:
    """A loading that is running; everybody who asks meanwhile joins it.

    The first asker's client does the work. Those of later askers are remembered weakly: one of
    them carries on if the first session ends on the way.
    """

    def __init__(self, client: OwnliClient) -> None:
        self.finished = False
        self.error: OwnliError | None = None
        # Somebody asked for what is newer than this loading's beginning.
        self.again = False
        self.whole = False
        self._first: OwnliClient | None = client
        self._others: list[weakref.ref[OwnliClient]] = []
        self._parts: list[tuple[int, int]] = []
        self._lock = Lock()

    def join(self, client: OwnliClient) -> None:
        """Remember a client that could carry on."""
        with self._lock:
            if all(other() is not client for other in self._others):
                self._others.append(weakref.ref(client))

    def next_client(self) -> OwnliClient | None:
        """A client to work with, each once; None when there is nobody left."""
        with self._lock:
            client, self._first = self._first, None
            while client is None and self._others:
                client = self._others.pop(0)()
            return client

    def part(self) -> paging.Progress:
        """A new part of the progress, to be called with (done, known) as it goes on."""
        with self._lock:
            place = len(self._parts)
            self._parts.append((0, 0))

        def report(done: int, known: int) -> None:
            with self._lock:
                self._parts[place] = (done, max(done, known))

        return report

    def progress(self) -> tuple[int, int]:
        """(done, known) over all parts."""
        with self._lock:
            return sum(done for done, _ in self._parts), sum(known for _, known in self._parts)


class Shared:
    """A list, or the answer to one question, that all sessions of a process share."""

    def __init__(
        self,
        name: str,
        timing: Timing,
        executor: Executor,
        update: Update,
        *,
        progressive: bool = False,
        store: Store | None = None,
    ) -> None:
        self.name = name
        self.progressive = progressive
        self.changed = Condition()
        self.snapshot: Snapshot | None = None
        self.error: OwnliError | None = None
        self._timing = timing
        self._executor = executor
        self._update = update
        self._store = store
        self._partner: str | None = None
        self._saved: Snapshot | None = None
        self._saved_at = 0.0
        self._saving = Lock()
        self._loading: _Loading | None = None
        self._tried = 0.0
        self._took = 0.0
        self._silent_until = 0.0
        self._requests = self._retries = 0
        self._seconds = 0.0

    def ask(self, client: OwnliClient, meets: Callable[[Snapshot], bool] | None = None) -> Handle:
        """A handle on this list; starts or joins its loading if one is due.

        `meets` says whether a snapshot holds what is asked for, apart from its age.
        """
        with self.changed:
            now = self._timing.clock()
            since = now - self._timing.stale

            def satisfied() -> bool:
                held = self.snapshot
                young = held is not None and held.as_of.timestamp() >= since
                return young and (meets is None or held is None or meets(held))

            if self._loading is not None:
                self._loading.join(client)
                held = self.snapshot
                if not self.progressive and held is not None and meets and not meets(held):
                    self._loading.again = True
            elif now >= self._silent_until and (not satisfied() or self._due(now)):
                self._begin(client)
            return Handle(self, self._loading, satisfied)

    def refresh(self, client: OwnliClient, *, whole: bool = False) -> None:
        """Fetch now what changed (whole: everything), also what has just failed.

        A loading that is running is followed by another: it may have begun before the change.
        """
        with self.changed:
            if isinstance(self.error, RateLimited) and self._timing.clock() < self._silent_until:
                return
            if self._loading is None:
                self._begin(client, whole=whole)
            else:
                self._loading.join(client)
                self._loading.again = True
                self._loading.whole = self._loading.whole or whole

    def settle(self) -> None:
        """Wait until no loading is running."""
        with self.changed:
            self.changed.wait_for(lambda: self._loading is None)

    @property
    def refreshing(self) -> bool:
        """Whether a loading is running."""
        return self._loading is not None

    def read(self) -> Snapshot | None:
        """The present snapshot as a reader's own view of it."""
        with self.changed:
            held = self.snapshot
            if held is None:
                return None
            return replace(
                held,
                frame=held.frame.copy(deep=False),
                error=self.error,
                refreshing=self._loading is not None,
            )

    def save(self) -> None:
        """Write the snapshot to the store, if there is one and it was not written yet."""
        with self._saving:
            held = self.snapshot
            if self._store is None or self._partner is None:
                return
            if held is None or held is self._saved:
                return
            if self._store.write(self.name, self._partner, held):
                self._saved, self._saved_at = held, self._timing.clock()

    def health(self) -> dict[str, Any]:
        """One row of the health table."""
        with self.changed:
            held = self.snapshot
            return {
                "list": self.name,
                "rows": 0 if held is None else len(held.frame),
                "bytes": 0
                if held is None
                else int(held.frame.memory_usage(index=False, deep=True).sum()),
                "as_of": None if held is None else held.as_of,
                "requests": self._requests,
                "retries": self._retries,
                "seconds": self._seconds,
                "last_error": self.error.sentence if self.error else None,
                "refreshing": self._loading is not None,
            }

    def _due(self, now: float) -> bool:
        """Whether a refresh in the background is polite and worth it. Called under the lock."""
        if self.snapshot is None:
            return True
        pause = max(self._timing.fresh, POLITENESS * self._took)
        since = max(self.snapshot.as_of.timestamp(), self._tried)
        return now - since > pause

    def _begin(self, client: OwnliClient, *, whole: bool = False) -> None:
        self._loading = loading = _Loading(client)
        loading.whole = whole
        try:
            self._executor.submit(self._run, loading)
        except RuntimeError:
            # The process is ending: its executor takes nothing any more.
            self._end(loading, ClientClosed("The dashboard is shutting down."))

    def _run(self, loading: _Loading) -> None:
        error: OwnliError | None = ClientClosed()
        client = loading.next_client()
        try:
            while client is not None:
                error = self._load(client, loading)
                if isinstance(error, ClientClosed):
                    client = loading.next_client()
                    continue
                with self.changed:
                    # Nobody can join between this look and the end.
                    if error is not None or not loading.again:
                        self._end(loading, error)
                        return
        finally:
            if not loading.finished:
                self._end(loading, error)

    def _load(self, client: OwnliClient, loading: _Loading) -> OwnliError | None:
        began, retries = self._timing.clock(), client.stats().retries
        whole, loading.again, loading.whole = loading.whole, False, False
        fetch = Fetch(client, datetime.fromtimestamp(began, UTC), whole, loading.part)
        try:
            self._restore(client)
            for snapshot in self._update(fetch, self.snapshot):
                self._publish(snapshot)
            self._tried, self._took = began, self._timing.clock() - began
            if began - self._saved_at >= SAVE_EVERY_SECONDS:
                self.save()
        except OwnliError as error:
            return error
        except Exception:  # a fault of ours must end the waiting of every reader, not the thread
            log.exception("The list %s could not be put together", self.name)
            words = self.name.replace("_", " ")
            return NotUnderstood(f"The {words} could not be put together; the log says why.")
        finally:
            with self.changed:
                self._requests += fetch.requests
                self._retries += client.stats().retries - retries
                self._seconds += self._timing.clock() - began
        return None

    def _restore(self, client: OwnliClient) -> None:
        """Begin with what an earlier process has written, once."""
        if self._store is None or self._partner is not None:
            return
        self._partner = client.partner
        found = self._store.read(self.name, self._partner)
        if found is not None and self.snapshot is None:
            self._publish(found)
            self._saved = self.snapshot

    def _publish(self, snapshot: Snapshot) -> None:
        """Replace the snapshot whole; the same frame and value again keep the version."""
        with self.changed:
            before = self.snapshot
            same = before is not None and (
                before.frame is snapshot.frame and before.value is snapshot.value
            )
            version = before.version if before is not None and same else next(_versions)
            self.snapshot = replace(snapshot, version=version)
            self.changed.notify_all()

    def _end(self, loading: _Loading, error: OwnliError | None) -> None:
        with self.changed:
            loading.error = error
            loading.finished = True
            self._loading = None
            if not isinstance(error, ClientClosed):
                self.error = error
            if error is not None and not isinstance(error, ClientClosed):
                asked = error.retry_after_seconds if isinstance(error, RateLimited) else None
                silence = min(max(self._timing.failure, asked or 0.0), LONGEST_SILENCE_SECONDS)
                self._silent_until = self._timing.clock() + silence
            self.changed.notify_all()


class Handle:
    """A claim on a list: poll it (`wait`, `progress`), read it (`now`), or wait for it (`result`).

    A handle is done when what is held answers what was asked for, or when the loading has ended.
    Payouts are progressive: `result` returns as soon as they are known by id, `done` is True only
    when all that can be dated are.
    """

    def __init__(
        self, shared: Shared, loading: _Loading | None, satisfied: Callable[[], bool]
    ) -> None:
        self._shared = shared
        self._loading = loading
        self._satisfied = satisfied

    @property
    def progress(self) -> Progress:
        """Pages (payouts: people) done of known."""
        done, known = (0, 0) if self._loading is None else self._loading.progress()
        return Progress(self._shared.name, done, known)

    def done(self) -> bool:
        """Whether waiting any longer brings nothing new."""
        return self._loading is None or self._loading.finished or self._satisfied()

    def ready(self) -> bool:
        """Whether `result` returns (or raises) at once."""
        return self.done() or (self._shared.progressive and self._shared.snapshot is not None)

    def wait(self, seconds: float) -> bool:
        """Wait for at most so long; returns whether the handle is done."""
        with self._shared.changed:
            return self._shared.changed.wait_for(self.done, seconds)

    def now(self) -> Snapshot | None:
        """What is held at this moment, perhaps stale or (payouts) partly dated; None if nothing."""
        return self._shared.read()

    def result(self) -> Snapshot:
        """Wait and read; raises the `OwnliError` if nothing is held and the loading failed."""
        with self._shared.changed:
            self._shared.changed.wait_for(self.ready)
        held = self._shared.read()
        if held is not None:
            return held
        failed = self._loading.error if self._loading is not None else None
        error = failed or self._shared.error
        raise error.again() if error else Unreachable("Ownli could not be reached a moment ago.")
