"""A list that is kept: one version for all readers, one loading at a time, failures remembered."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Condition
from typing import TYPE_CHECKING, Any

import pandas as pd

from ownli_api.cache import tables
from ownli_api.cache.loading import Loading
from ownli_api.cache.questions import Questions
from ownli_api.cache.tickets import Held, Ticket
from ownli_api.errors import ClientClosed, NotUnderstood, OwnliError, RateLimited

if TYPE_CHECKING:
    from ownli_api.client import OwnliClient

log = logging.getLogger(__name__)

# However long Ownli asks us to stay away, somebody may try again after this.
LONGEST_SILENCE_SECONDS = 300.0


@dataclass(frozen=True)
class Timing:
    """How long things stay true, in seconds, by a clock that gives seconds since 1970."""

    clock: Callable[[], float]
    fresh: float
    stale: float
    failure: float


@dataclass(frozen=True)
class Version:
    """What all readers of a list get until the next version replaces it whole."""

    frame: pd.DataFrame
    at: float
    number: int
    problems: tuple[str, ...] = ()
    complete: bool = True
    undated: int = 0
    counted: int | None = None
    value: Any = None


@dataclass
class Tally:
    """What a list has cost so far. retries: of the clients that worked for it, while they did."""

    requests: int = 0
    retries: int = 0
    seconds: float = 0.0


class Kept(ABC):
    """The part that all lists share: who waits, who loads, what is handed out.

    A subclass says how a version comes about (`work`). It runs on the executor and never waits for
    another list there; what must follow another list is started by `after`.
    """

    time_column: str | None = None

    def __init__(self, name: str, timing: Timing, executor: Executor) -> None:
        self.name = name
        self.timing = timing
        self.changed = Condition()
        self.version: Version | None = None
        self.loading: Loading | None = None
        self.error: OwnliError | None = None
        self.tally = Tally()
        self._executor = executor
        self._silent_until = 0.0
        # The age that the most demanding of those who joined a loading bears.
        self._borne = 0.0
        self._measure: tuple[pd.DataFrame, int, int] | None = None
        self._early = False
        # Called after every loading, outside the lock.
        self.settled: Callable[[], None] = lambda: None
        # While this one is being loaded, a first loading of this list lets it go first.
        self.courtesy: Kept | None = None

    @abstractmethod
    def work(self, questions: Questions, loading: Loading) -> None:
        """Bring the list up to date, publishing each version as it becomes whole."""

    def due(self, now: float) -> bool:
        """Whether a loading should start if somebody asks at this moment. Called under the lock."""
        return self.version is None or now - self.version.at > self.timing.fresh

    def met(self, since: float) -> bool:
        """Whether what is held answers a question that bears data from `since`."""
        return self.version is not None and self.version.at >= since

    def unanswered(self) -> bool:
        """Whether somebody asked for more while a loading was at work. Called under the lock."""
        return False

    def ask(self, client: OwnliClient, met: Callable[[float], bool] | None = None) -> Ticket[Any]:
        """A ticket for this list; starts or joins its loading if one is due."""
        answers = met or self.met
        with self.changed:
            now = self.timing.clock()
            since = now - self.timing.stale
            if self.loading is None and (self.due(now) or not answers(since)):
                self._begin(client, now)
            elif self.loading is not None:
                self.loading.join(client)
                self._borne = max(self._borne, since)
            return Ticket(
                self.name,
                self.loading,
                self.changed,
                lambda: answers(since),
                self.held,
                lambda: self.error,
                early=self._early,
            )

    def start(self, client: OwnliClient) -> None:
        """Begin a loading now, whatever the age of what is held, unless one is running."""
        with self.changed:
            if self.loading is None:
                self._begin(client, self.timing.clock())

    def forget_failure(self) -> None:
        """Let the next question be asked at once, unless Ownli itself said when to come back."""
        with self.changed:
            if not isinstance(self.error, RateLimited):
                self._silent_until = 0.0

    def after(self, then: Callable[[], None]) -> None:
        """Call `then` when the running loading has ended; at once if none is running."""
        with self.changed:
            if self.loading is not None:
                self.loading.then.append(then)
                return
        then()

    def held(self) -> Held | None:
        """The present version as a reader's own view of it."""
        with self.changed:
            version = self.version
            if version is None:
                return None
            return Held(
                frame=version.frame.copy(deep=False),
                as_of=datetime.fromtimestamp(version.at, UTC),
                problems=version.problems,
                error=self.error,
                refreshing=self.loading is not None,
                version=version.number,
                complete=version.complete,
                undated=version.undated,
                counted=version.counted,
                value=version.value,
            )

    def publish(
        self,
        frame: pd.DataFrame,
        at: float,
        problems: tuple[str, ...] = (),
        *,
        complete: bool = True,
        undated: int = 0,
        counted: int | None = None,
        value: Any = None,
    ) -> None:
        """Replace the version whole. The same frame again keeps its number: nothing changed."""
        with self.changed:
            before = self.version
            number = 1 if before is None else before.number + (before.frame is not frame)
            self.version = Version(frame, at, number, problems, complete, undated, counted, value)
            self.changed.notify_all()

    def health(self) -> dict[str, Any]:
        """One row of the health table."""
        with self.changed:
            version, tally = self.version, self.tally
            weeks, size = self._measured()
            return {
                "list": self.name,
                "rows": 0 if version is None else len(version.frame),
                "weeks": weeks,
                "bytes": size,
                "as_of": datetime.fromtimestamp(version.at, UTC) if version else None,
                "requests": tally.requests,
                "retries": tally.retries,
                "seconds": tally.seconds,
                "last_error": self.error.sentence if self.error else None,
                "refreshing": self.loading is not None,
            }

    def bytes_held(self) -> int:
        """Bytes of the rows held."""
        with self.changed:
            return self._measured()[1]

    def _measured(self) -> tuple[int, int]:
        """Weeks and bytes of the rows held, measured once a frame."""
        if self.version is None:
            return 0, 0
        frame = self.version.frame
        if self._measure is None or self._measure[0] is not frame:
            weeks = 0 if self.time_column is None else tables.weeks_held(frame, self.time_column)
            self._measure = (frame, weeks, tables.size_of(frame))
        return self._measure[1:]

    def _begin(self, client: OwnliClient, now: float) -> None:
        if now < self._silent_until:
            return
        loading = Loading(self.name, client)
        self.loading = loading
        first = self.courtesy if self.version is None else None
        if first is None:
            self._enqueue(loading)
        else:
            first.after(lambda: self._enqueue(loading))

    def _enqueue(self, loading: Loading) -> None:
        """Hand the loading to the executor; a list that follows another does so later."""
        try:
            self._executor.submit(self._run, loading)
        except RuntimeError:
            # The process is ending: its executor takes nothing any more.
            self._end(loading, ClientClosed("The dashboard is shutting down."))
            self._follow(loading)

    def _run(self, loading: Loading) -> None:
        error: OwnliError | None = ClientClosed()
        client = loading.next_client()
        try:
            while client is not None:
                before = self.version
                error = self._try(client, loading)
                if isinstance(error, ClientClosed):
                    client = loading.next_client()
                    continue
                with self.changed:
                    # Nobody can join between this look and the end.
                    if error is not None or not (self.unanswered() or self._outrun(before)):
                        self._end(loading, error)
                        return
        finally:
            if not loading.finished:
                self._end(loading, error)
            self._follow(loading)

    def _outrun(self, before: Version | None) -> bool:
        """Whether a loading took so long that its result is too old for who joined it late."""
        version = self.version
        if version is None or version.at >= self._borne:
            return False
        # Where working again did not make it younger, working once more will not either.
        return before is None or version.at > before.at

    def _try(self, client: OwnliClient, loading: Loading) -> OwnliError | None:
        questions = Questions(client, loading)
        before, started = client.stats().retries, self.timing.clock()
        try:
            self.work(questions, loading)
        except OwnliError as error:
            return error
        except Exception:  # a fault of ours must end the waiting of every reader, not the thread
            log.exception("The list %s could not be put together", self.name)
            return NotUnderstood(f"The {self.name} could not be put together; the log says why.")
        finally:
            with self.changed:
                self.tally.requests += questions.requests
                self.tally.retries += client.stats().retries - before
                self.tally.seconds += self.timing.clock() - started
        return None

    def _end(self, loading: Loading, error: OwnliError | None) -> None:
        with self.changed:
            loading.error = error
            loading.finished = True
            self.loading = None
            if error is None:
                self.error = None
            elif not isinstance(error, ClientClosed):
                self.error = error
                self._silent_until = self.timing.clock() + self._silence(error)
            self.changed.notify_all()

    def _follow(self, loading: Loading) -> None:
        followers, loading.then = loading.then, []
        for then in [*followers, self.settled]:
            then()

    def _silence(self, error: OwnliError) -> float:
        asked = error.retry_after_seconds if isinstance(error, RateLimited) else None
        return min(max(self.timing.failure, asked or 0.0), LONGEST_SILENCE_SECONDS)
