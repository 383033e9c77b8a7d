"""How fast a whole process may ask Ownli: one object for all threads of all clients of a host."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# After a 429 the threads start at least this far apart, twice as far after the next, and so on.
FIRST_GAP_SECONDS = 0.05
LONGEST_GAP_SECONDS = 2.0
# Every answer that is not a 429 shortens the gap by this factor, until it is not worth waiting.
RECOVERY_FACTOR = 0.9
SHORTEST_GAP_SECONDS = 0.005
# So many answers in a row without a 429 allow one more request at a time.
ANSWERS_PER_STEP = 8


class PaceTooSlow(Exception):  # noqa: N818 - says what is so, not what went wrong
    """A request would have to wait `seconds` more for the pace than its asker is ready to."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Pacing:
    """Bounds the requests in flight; a 429 slows every thread and the pace comes back gradually.

    `longest_wait_seconds` bounds how long one Retry-After may stop everybody.
    """

    def __init__(
        self,
        parallel: int = 4,
        *,
        longest_wait_seconds: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.parallel = parallel
        self._longest = longest_wait_seconds
        self._clock = clock
        self._sleep = sleep
        self._free = threading.Condition()
        self._allowed = parallel
        self._in_flight = 0
        self._not_before = clock()
        self._gap = 0.0
        self._answers = 0
        self._slowed_at = -1.0

    @property
    def allowed(self) -> int:
        """Requests that may be in flight at this moment."""
        return self._allowed

    @property
    def in_flight(self) -> int:
        """Requests in flight at this moment."""
        return self._in_flight

    def wait_seconds(self) -> float:
        """How long a request made now would be held back by an earlier 429."""
        with self._free:
            return max(0.0, self._not_before - self._clock())

    @contextmanager
    def turn(self, patience: float = math.inf) -> Iterator[float]:
        """One request's turn: waits for a free place and for the pace; yields when it started.

        Raises `PaceTooSlow` as soon as the breaks Ownli asked for add up to more than `patience`
        seconds, so that a long break is told at once to everybody who waits.
        """
        started = self._take(patience)
        try:
            yield started
        finally:
            with self._free:
                self._in_flight -= 1
                self._free.notify()

    def _take(self, patience: float) -> float:
        waited = 0.0
        while True:
            with self._free:
                while self._in_flight >= self._allowed:
                    self._free.wait()
                now = self._clock()
                wait = self._not_before - now
                if wait <= 0:
                    self._in_flight += 1
                    if self._gap:
                        self._not_before = now + self._gap
                    return now
                # The place is not kept while waiting; another thread may be woken for it.
                self._free.notify()
            waited += wait
            if waited > patience:
                raise PaceTooSlow(wait)
            self._sleep(wait)

    def answered(self) -> None:
        """Notes an answer that was not a 429: the pace recovers a little."""
        with self._free:
            self._gap *= RECOVERY_FACTOR
            if self._gap < SHORTEST_GAP_SECONDS:
                self._gap = 0.0
            self._answers += 1
            if self._answers >= ANSWERS_PER_STEP and self._allowed < self.parallel:
                self._answers = 0
                self._allowed += 1
                self._free.notify()

    def slow_down(self, started: float, seconds: float) -> None:
        """Notes a 429 of a request that started then: nobody asks for `seconds`, then fewer do.

        Several requests turned down together slow the process once, not once each.
        """
        with self._free:
            now = self._clock()
            self._not_before = max(self._not_before, now + min(max(seconds, 0.0), self._longest))
            if started > self._slowed_at:
                self._slowed_at = now
                self._allowed = max(1, self._allowed // 2)
                self._gap = min(max(self._gap * 2, FIRST_GAP_SECONDS), LONGEST_GAP_SECONDS)
            self._answers = 0


_lock = threading.Lock()
_of_host: dict[str, Pacing] = {}


def of_process(base_url: str, parallel: int, longest_wait_seconds: float) -> Pacing:
    """The pacing that all clients of a base address in this process share."""
    with _lock:
        pacing = _of_host.get(base_url)
        if pacing is None:
            pacing = Pacing(parallel, longest_wait_seconds=longest_wait_seconds)
            _of_host[base_url] = pacing
        return pacing
