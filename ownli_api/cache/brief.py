"""Answers that are kept for a moment: listings, searches, one user's sections."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import Executor
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import pandas as pd

from ownli_api.cache.kept import Kept, Timing
from ownli_api.cache.loading import Loading
from ownli_api.cache.questions import Questions
from ownli_api.cache.tickets import Ticket
from ownli_api.paging import Progress

if TYPE_CHECKING:
    from ownli_api.client import OwnliClient

K = TypeVar("K", bound=Kept)
T = TypeVar("T")
Asking = Callable[["OwnliClient", Progress], T]


class Answer(Kept):
    """The answer to one question. The question itself is kept only while it is asked."""

    def __init__(self, timing: Timing, executor: Executor) -> None:
        super().__init__("answers", timing, executor)
        self._call: Asking[Any] | None = None

    def ask_with(self, client: OwnliClient, call: Asking[T]) -> Ticket[T]:
        """A ticket for the answer; the question is asked if no young answer is held.

        `call` is given a client and what to tell its progress: (pages done, pages known).
        """
        with self.changed:
            self._call = call
            ticket = self.ask(client)
            self._call = None
            return ticket

    def work(self, questions: Questions, loading: Loading) -> None:
        """Ask, and keep what comes."""
        tell = loading.part()
        tell(0, 1)
        at, call = self.timing.clock(), loading.question
        assert call is not None  # noqa: S101 - a loading begins with its question
        value = call(questions.client, tell)
        questions.add(getattr(value, "requests", 1))
        tell(1, 1)
        frame = getattr(value, "frame", None)
        self.publish(
            frame if isinstance(frame, pd.DataFrame) else pd.DataFrame(),
            at,
            tuple(getattr(value, "problems", ())),
            value=value,
        )

    def _enqueue(self, loading: Loading) -> None:
        loading.question = self._call
        super()._enqueue(loading)


class Recent(Generic[K]):
    """The kept things that were asked for last, at most so many."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, K] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], K]) -> K:
        """The one with this key, made if need be; the one unused for longest goes."""
        with self._lock:
            found = self._kept.pop(key, None) or make()
            self._kept[key] = found
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
            return found

    def all(self) -> Iterable[K]:
        """All of them, the one asked for last at the end."""
        with self._lock:
            return list(self._kept.values())

    def forget(self) -> None:
        """Let go of all of them; a loading that runs goes on for those who wait for it."""
        with self._lock:
            self._kept.clear()
