"""How long the next attempt to sign in, or search for a contact, has to wait; never for ever."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

FREE_FAILURES = 5
FIRST_DELAY_SECONDS = 15.0
LONGEST_DELAY_SECONDS = 900.0
FORGOTTEN_AFTER_SECONDS = 3600.0
MOST_KEYS = 20_000  # of at most 64 characters of a name and 64 of a device: some 10 MB
LONGEST_NAME = 64
SEARCHES = ((20, 60.0), (100, 3600.0))  # at most so many in so many seconds


@dataclass(frozen=True)
class _Failures:
    count: int = 0
    last: float = 0.0


class Throttle:
    """Counts failed attempts by name and by device, for names that exist and for any other.

    A device that has signed in as a person before is counted apart for that name, so that
    somebody else's guessing does not keep the person out.
    """

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: dict[str, _Failures] = {}
        self._trusted: set[tuple[str, str]] = set()

    def begin(self, name: str, device: str) -> float:
        """Count an attempt as failed until `succeeded` says otherwise.

        Returns 0 if it may go on, else the seconds to wait; an attempt that has to wait is not
        counted. Counting first keeps many attempts at one moment from slipping through together.
        """
        now = self._clock()
        with self._lock:
            self._forget(now)
            keys = self._keys(name, device)
            wait = max(self._wait(key, now) for key in keys)
            if wait > 0:
                return wait
            for key in keys:
                count = self._failures.pop(key, _Failures()).count + 1
                self._failures[key] = _Failures(count, now)
            return 0.0

    def succeeded(self, name: str, device: str) -> None:
        """Forget the failures of this name on this device, and trust the device with it."""
        with self._lock:
            for key in self._keys(name, device):
                self._failures.pop(key, None)
            if len(self._trusted) >= MOST_KEYS:
                self._trusted.clear()
            self._trusted.add((name, device))

    def _keys(self, name: str, device: str) -> tuple[str, ...]:
        if (name, device) in self._trusted:
            return (f"trusted {device} {name}",)
        # No username is longer; what somebody types there may be megabytes.
        return (f"name {name[:LONGEST_NAME]}", f"device {device}")

    def _wait(self, key: str, now: float) -> float:
        failures = self._failures.get(key)
        if failures is None or failures.count < FREE_FAILURES:
            return 0.0
        doublings = min(failures.count - FREE_FAILURES, 16)
        delay: float = min(FIRST_DELAY_SECONDS * 2**doublings, LONGEST_DELAY_SECONDS)
        return max(0.0, failures.last + delay - now)

    def _forget(self, now: float) -> None:
        """Drop what is older than an hour, and the oldest when too much is kept."""
        while self._failures:
            oldest = next(iter(self._failures))  # counting moves a key to the end
            is_over = now - self._failures[oldest].last > FORGOTTEN_AFTER_SECONDS
            if not is_over and len(self._failures) < MOST_KEYS:
                return
            del self._failures[oldest]


class SearchLimit:
    """Counts a person's searches over all their sessions: guessing masked digits takes many."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._searches: dict[str, deque[float]] = {}
        self._reported: dict[str, float] = {}

    def begin(self, name: str) -> float:
        """Count a search; the seconds to wait instead, 0 if it may go on."""
        now = self._clock()
        with self._lock:
            made = self._searches.setdefault(name, deque(maxlen=SEARCHES[-1][0]))
            wait = max(
                made[-most] + seconds - now if len(made) >= most else 0.0
                for most, seconds in SEARCHES
            )
            if wait > 0:
                return wait
            made.append(now)
            return 0.0

    def is_new_burst(self, name: str) -> bool:
        """Whether a refusal is the first one within an hour, and so worth a line in the log."""
        now = self._clock()
        with self._lock:
            if now - self._reported.get(name, -math.inf) < SEARCHES[-1][1]:
                return False
            self._reported[name] = now
            return True


def duration(seconds: float) -> str:
    """How long to wait, in whole seconds or minutes."""
    whole = math.ceil(seconds)
    if whole == 1:
        return "1 second"
    return f"{whole} seconds" if whole < 120 else f"{math.ceil(whole / 60)} minutes"
