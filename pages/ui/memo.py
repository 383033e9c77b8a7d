"""What is computed from the lists - numbers, sentences, figures, table pages - computed once.

One memo serves all sessions of the process. A frame counts as the object it is: every list hands
out one frame a version, and what the memo answers is one object as well, so that a number of a
number is remembered too. Everything else counts by its value.
"""

from __future__ import annotations

import sys
import weakref
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, fields, is_dataclass
from threading import RLock
from typing import Any, TypeVar

import pandas as pd

T = TypeVar("T")
MOST_BYTES = 400_000_000


@dataclass
class _Entry:
    """One answer, or the promise of it; `serials` are those of the objects it was made of."""

    answer: Future[Any]
    serials: tuple[int, ...]
    size: int = 0


class Memo:
    """Calls pure functions, or answers from an earlier call with the same arguments.

    Bounded in bytes: what was asked for longest ago goes first, and what was computed from a frame
    goes with the frame. Answers are shared, so they must not be changed. Whoever asks for what
    somebody else is computing waits for it.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._serials: dict[int, tuple[weakref.ref[Any], int]] = {}
        self._last = 0
        # Ids of objects that are gone: a weak reference's callback may come within any lock.
        self._gone: deque[int] = deque()
        self._lock = RLock()
        self.size = 0

    def __call__(self, function: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """`function(*arguments, **named)`, computed at most once; what it raises is not kept.

        Raises TypeError for an argument that has neither a value nor an identity to count by.
        """
        with self._lock:
            self._forget_gone()
            serials: list[int] = []
            parts = (arguments, tuple(sorted(named.items())))
            key = (function, self._counted(parts, serials))
            entry = self._entries.get(key)
            mine = entry is None
            if entry is None:
                entry = self._entries[key] = _Entry(Future(), tuple(serials))
            else:
                self._entries.move_to_end(key)
        if mine:
            self._compute(key, entry, lambda: function(*arguments, **named), arguments)
        answer: T = entry.answer.result()
        return answer

    def _compute(
        self, key: Hashable, entry: _Entry, compute: Callable[[], Any], arguments: Any
    ) -> None:
        try:
            answer = compute()
        except BaseException as problem:  # noqa: BLE001 - whoever waits is told it as well
            with self._lock:
                self._drop(key)
            entry.answer.set_exception(problem)
            return
        # A filter that leaves everything in answers with the frame it was given.
        size = 0 if any(answer is each for each in arguments) else size_of(answer)
        with self._lock:
            entry.answer.set_result(answer)
            if self._entries.get(key) is entry:
                entry.size = size
                self.size += size
            while self.size > self._most:
                oldest = next(key for key, each in self._entries.items() if each.size)
                self._drop(oldest)

    def _counted(self, value: Any, serials: list[int]) -> Hashable:
        """What stands for a value in a key; adds the serials of objects that count by identity."""
        if isinstance(value, list | tuple):
            return (type(value), tuple(self._counted(each, serials) for each in value))
        if isinstance(value, Mapping):
            return (type(value), self._counted(tuple(value.items()), serials))
        try:
            hash(value)
        except TypeError:
            serial = self._serial(value)
            serials.append(serial)
            return ("object", serial)
        return (type(value), value)

    def _serial(self, value: Any) -> int:
        """The number of an object; another one that comes to lie at its place has another."""
        place = id(value)
        known = self._serials.get(place)
        if known is not None and known[0]() is value:
            return known[1]
        self._last += 1
        self._serials[place] = (weakref.ref(value, lambda _: self._gone.append(place)), self._last)
        return self._last

    def _forget_gone(self) -> None:
        """Drop what was computed from objects that nobody holds any more."""
        gone: set[int] = set()
        while self._gone:
            place = self._gone.popleft()
            known = self._serials.get(place)
            if known is not None and known[0]() is None:
                gone.add(known[1])
                del self._serials[place]
        if gone:
            for key in [key for key, each in self._entries.items() if gone & set(each.serials)]:
                self._drop(key)

    def _drop(self, key: Hashable) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.size -= entry.size


def size_of(value: Any) -> int:
    """About how many bytes a value takes."""
    if isinstance(value, pd.DataFrame):
        return int(value.memory_usage(index=True).sum())
    if isinstance(value, pd.Series | pd.Index):
        return int(value.memory_usage())
    if hasattr(value, "nbytes"):  # arrays and tables
        return int(value.nbytes)
    if isinstance(value, list | tuple | set | frozenset):
        return sys.getsizeof(value) + sum(size_of(each) for each in value)
    if isinstance(value, Mapping):
        return sys.getsizeof(value) + sum(size_of(each) for each in value.values())
    if is_dataclass(value):
        return sum(size_of(getattr(value, each.name)) for each in fields(value))
    return sys.getsizeof(value)


once = Memo()
