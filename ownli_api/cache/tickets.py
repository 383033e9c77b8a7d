"""What a reader gets: a ticket at once, and with it one immutable version of a list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Condition
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import pandas as pd

from ownli_api.errors import OwnliError, Unreachable

if TYPE_CHECKING:
    from ownli_api.cache.loading import Loading

T = TypeVar("T")


@dataclass(frozen=True)
class Progress:
    """How far a loading is: pages (for payouts: owners) done of known; known is 0 while unknown."""

    name: str
    done: int
    known: int


@dataclass(frozen=True)
class Held:
    """One version of one list, as it was when it was read; nothing in it changes afterwards.

    frame: the reader's own view of the rows, columns as in `ownli_api.frames`; changing it changes
    nobody else's. as_of: the list holds everything Ownli knew at this moment (UTC). problems: plain
    sentences. error: why the last refresh failed; the rows are then older. refreshing: a newer
    version is on its way. version: grows when the rows change. complete: False while rows are known
    to be missing or undated. undated: payouts without a date yet. counted: how many rows Ownli says
    there are of those that should be in the frame; None if it does not say, or nobody asked.
    value: the answer of `briefly`.
    """

    frame: pd.DataFrame
    as_of: datetime | None = None
    problems: tuple[str, ...] = ()
    error: OwnliError | None = None
    refreshing: bool = False
    version: int = 0
    complete: bool = True
    undated: int = 0
    counted: int | None = None
    value: Any = field(default=None, repr=False)


class Ticket(Generic[T]):
    """A claim on a list: poll it (`wait`, `progress`), read it (`now`), or wait for it (`result`).

    A ticket is done when what is held answers the question, or when the loading has ended. Payouts
    are progressive: `ready` is True and `result` returns as soon as their ids are known, `done`
    only when every one that can be dated is dated.
    """

    def __init__(
        self,
        name: str,
        loading: Loading | None,
        changed: Condition,
        met: Callable[[], bool],
        read: Callable[[], Held | None],
        failure: Callable[[], OwnliError | None],
        *,
        early: bool = False,
    ) -> None:
        self._name = name
        self._loading = loading
        self._changed = changed
        self._met = met
        self._read = read
        self._failure = failure
        self._early = early

    @property
    def progress(self) -> Progress:
        """Pages (or owners) done of known."""
        return Progress(self._name, 0, 0) if self._loading is None else self._loading.progress

    def done(self) -> bool:
        """Whether waiting any longer brings nothing new."""
        return self._loading is None or self._met() or self._loading.finished

    def ready(self) -> bool:
        """Whether `result` returns (or raises) at once."""
        return self.done() or (self._early and self._read() is not None)

    def wait(self, seconds: float) -> bool:
        """Wait for at most so long; returns whether the ticket is done."""
        with self._changed:
            return self._changed.wait_for(self.done, seconds)

    def now(self) -> Held | None:
        """What is held at this moment, perhaps stale or (payouts) partly dated; None if nothing."""
        return self._read()

    def result(self) -> Held:
        """Wait and read; raises the OwnliError if nothing is held and the loading failed."""
        with self._changed:
            self._changed.wait_for(self.ready)
        held = self._read()
        if held is not None:
            return held
        failed = self._loading.error if self._loading is not None else None
        error = failed or self._failure()
        if error is None:
            # Only a loading that was never begun ends here: a failure before it answers for it.
            raise Unreachable("Ownli could not be asked a moment ago.")
        raise error.again()
