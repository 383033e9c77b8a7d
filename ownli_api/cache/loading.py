"""One loading of one list: who does it, how far it is, how it ended."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Any

from ownli_api import paging
from ownli_api.cache.tickets import Progress
from ownli_api.errors import OwnliError

if TYPE_CHECKING:
    from ownli_api.client import OwnliClient


class Loading:
    """A download that is running; everybody who asks meanwhile joins it.

    The first asker's client does it. Those of later askers are remembered weakly: one of them
    carries on if the first session ends on the way.
    """

    def __init__(self, name: str, client: OwnliClient) -> None:
        self.finished = False
        self.error: OwnliError | None = None
        self.then: list[Callable[[], None]] = []
        # What to ask, where that is not the list's own business.
        self.question: Callable[[OwnliClient, paging.Progress], Any] | None = None
        self._name = name
        self._lock = Lock()
        self._first: OwnliClient | None = client
        self._others: list[weakref.ref[OwnliClient]] = []
        self._parts: list[tuple[int, int]] = []

    @property
    def progress(self) -> Progress:
        """Pages (or owners) done of known, over all the lists of this loading."""
        with self._lock:
            done = sum(part[0] for part in self._parts)
            return Progress(self._name, done, sum(part[1] for part in self._parts))

    def part(self) -> paging.Progress:
        """A new part of the progress, to be told (done, known) as it goes on."""
        with self._lock:
            place = len(self._parts)
            self._parts.append((0, 0))

        def tell(done: int, known: int) -> None:
            with self._lock:
                self._parts[place] = (done, max(done, known))

        return tell

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
