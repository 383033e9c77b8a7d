"""A whole list, pages side by side: never short, never endless.

Page 0 is asked oldest first and tells the count and the true page size. The other pages are read
from the end to the beginning, so that a row which moves up because an earlier one vanished is met
again rather than missed; rows that arrive meanwhile go to the end, which is read once more when
everything else is there. A list that still does not add up has its doubtful pages read again, in
bounded rounds, and raises `ListIncomplete` if that does not settle it. `totalPages` is not used.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic

from ownli_api import doubts
from ownli_api.capabilities import Capabilities
from ownli_api.doubts import P
from ownli_api.doubts import Page as Page
from ownli_api.errors import ListIncomplete, NotFound, Refused

Progress = Callable[[int, int], None]

# Tried in turn with a server that refuses a page size; 10 is Ownli's documented default.
SMALLER_SIZES = (100, 50, 20, 10)
REFUSALS_OF_SIZE = (400, 413, 422)
# How often a list that does not add up is looked at again, and in how many of these looks only
# the pages under suspicion are read again.
MOST_ROUNDS = 6
NARROW_ROUNDS = 3
# In all, a list may take so many times its pages and a few more.
MOST_READINGS = 4
SPARE_READINGS = 40
# A list of more pages than this has to show its last page before the others are asked for.
MANY_PAGES = 200
# Threads beyond the requests in flight, so that reading an answer does not delay the next one.
SPARE_THREADS = 2
# Without a count from Ownli a list is followed to its end, but no further than this.
MOST_PAGES_UNCOUNTED = 50_000


@dataclass(frozen=True)
class Whole(Generic[P]):
    """A whole list in order; `notes` are sentences about what is odd but takes nothing away."""

    pieces: list[P]
    total: int | None
    requests: int
    notes: tuple[str, ...]


def _silent(done: int, known: int) -> None:
    del done, known


@dataclass(frozen=True)
class _Moment:
    """When a page was asked for: the pages done before, the highest count among them."""

    done_before: int
    highest_count: int


class PagedList(Generic[P]):
    """One reading of one list; `ask(page, size)` reads a page, `empty` is a page without rows.

    `path` names the list for what is learned about its page size, `many` its rows in sentences.
    `progress(done, known)` counts pages and is called from the reading threads.
    """

    def __init__(
        self,
        ask: Callable[[int, int], Page[P]],
        empty: P,
        *,
        path: str,
        many: str,
        size: int,
        parallel: int,
        capabilities: Capabilities,
        progress: Progress | None = None,
    ) -> None:
        self._ask = ask
        self._empty = empty
        self._path = path
        self._many = many
        self._size = size
        self._parallel = parallel
        self._capabilities = capabilities
        self._progress = progress or _silent
        self._lock = threading.Lock()
        self._pages: dict[int, Page[P]] = {}
        self._read_at: dict[int, int] = {}
        self._total: int | None = None
        self._beyond = 0
        # The highest count since rows were last seen to move, when that was (in pages read), and
        # the pages that were read before it.
        self._highest = 0
        self._moved_at = 0
        self._stale: set[int] = set()
        self._requests = 0
        self._done = 0
        self._known = 1
        self._most = SPARE_READINGS

    def whole(self) -> Whole[P]:
        """Reads the list. Raises `ListIncomplete` and whatever `ask` raises."""
        self._first_page()
        if self._total is None:
            self._most = MOST_PAGES_UNCOUNTED
            notes = self._uncounted()
        else:
            self._most = MOST_READINGS * (self._last() + 1) + SPARE_READINGS
            notes = self._counted()
        pieces = doubts.in_order(self._pages, self._read_at)
        return Whole(pieces, self._total, self._requests, notes)

    def _first_page(self) -> None:
        wanted = self._size
        size = self._capabilities.size(self._path, wanted)
        smaller = [other for other in SMALLER_SIZES if other < size]
        refused = False
        while True:
            try:
                page = self._ask(0, size)
                break
            except Refused as refusal:
                if refusal.status not in REFUSALS_OF_SIZE or not smaller:
                    raise
            self._requests += 1
            refused = True
            size = smaller.pop(0)
        if refused:
            self._capabilities.learn_refusal(size)
        self._size = size
        if page.sent > size or (0 < page.sent < size and page.sent != page.total):
            # The server has a page size of its own, or its count is wrong and proves no end.
            self._size = page.sent
            if page.total is not None and page.sent < min(size, page.total):
                self._capabilities.learn_cut(self._path, page.sent)
        self._keep(0, page, self._now())

    def _now(self) -> _Moment:
        with self._lock:
            return _Moment(self._done, self._highest)

    def _keep(self, number: int, page: Page[P], asked: _Moment) -> None:
        with self._lock:
            self._requests += page.requests
            self._done += 1
            self._pages[number] = page
            self._read_at[number] = self._done
            if page.total is not None:
                self._total = page.total
            self._note_age(number, page.total, asked)
            done, known = self._done, max(self._done, self._known)
        self._progress(done, known)

    def _note_age(self, number: int, total: int | None, asked: _Moment) -> None:
        """Keeps track of which pages were read before rows vanished and moved the others up."""
        shrank = total is not None and total < asked.highest_count
        if shrank and total is not None and total < self._highest:
            self._highest = total
            self._rows_moved(number)
        elif not shrank and asked.done_before < self._moved_at:
            # Asked before rows moved; nothing tells whether it was answered before, too.
            self._stale.add(number)
        else:
            self._stale.discard(number)
        self._highest = max(self._highest, total or 0)

    def _rows_moved(self, fresh: int) -> None:
        self._stale = set(self._pages) - {fresh}
        self._moved_at = self._done

    def _read_one(self, number: int, may_be_past_the_end: bool) -> None:
        asked = self._now()
        try:
            page = self._ask(number, self._size)
        except (NotFound, Refused):
            # What Ownli says past the last page is not documented.
            if not may_be_past_the_end:
                raise
            page = Page(None, 0, self._empty)
        self._keep(number, page, asked)

    def _read(self, numbers: Collection[int], past_the_end_from: int) -> None:
        """Reads pages side by side, the last first; from one number on there may be no page."""
        ordered = sorted(numbers, reverse=True)
        if self._done + len(ordered) > self._most:
            raise ListIncomplete(self._shortfall())
        self._known = self._done + len(ordered)
        # The pace bounds the requests in flight; the spare threads make rows of what came.
        workers = min(self._parallel + SPARE_THREADS, len(ordered))
        with ThreadPoolExecutor(max(1, workers), thread_name_prefix="ownli-pages") as pool:
            running = [
                pool.submit(self._read_one, number, number >= past_the_end_from)
                for number in ordered
            ]
            try:
                for one in running:
                    one.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _last(self) -> int:
        """The number of the last page, by Ownli's count or by what came beyond it."""
        return max(0, -(-(self._total or 0) // self._size) - 1, self._beyond)

    def _counted(self) -> tuple[str, ...]:
        before: object = None
        for looks in range(MOST_ROUNDS):
            self._to_the_end()
            facts = (self._pages, self._last(), self._size, self._total or 0)
            doubtful = doubts.doubtful(*facts, self._stale)
            if not doubtful:
                return ()
            now = {number: hash(tuple(page.piece.ids)) for number, page in self._pages.items()}
            if now == before:
                # All was read again and is the same: what Ownli says does not add up.
                if reason := doubts.lacks_nothing(*facts, self._many):
                    return (reason,)
                break
            before = None
            if looks >= NARROW_ROUNDS or len(doubtful) == len(self._pages):
                doubtful, before = set(self._pages), now
            self._read(doubtful, self._last())
        raise ListIncomplete(self._shortfall())

    def _to_the_end(self) -> None:
        """Reads the pages still missing and the end once more, to see whether its rows moved."""
        while True:
            last = self._last()
            missing = set(range(last + 1)) - set(self._pages)
            if len(missing) > MANY_PAGES:
                self._prove_end(last)
                missing.discard(last)
            if missing:
                self._read(missing, last)
                continue
            for number in [number for number in self._pages if number > last]:
                # The list became shorter; these rows are on earlier pages now.
                self._forget(number)
            if last:
                held = set(self._pages[last].piece.ids)
                self._read([last], last)
                if not held <= set(self._pages[last].piece.ids):
                    self._rows_moved(last)
            if self._last() != last:
                continue
            total = self._total
            if self._pages[last].sent < self._size:
                return
            if not self._ends_after(last):
                self._beyond = last + 1
            elif self._total == total:
                return

    def _prove_end(self, last: int) -> None:
        """Reads the last page by itself: a count far beyond the list must not start a long read."""
        self._read([last], last)
        if not self._pages[last].sent:
            raise ListIncomplete(self._shortfall())

    def _forget(self, number: int) -> None:
        del self._pages[number]
        self._stale.discard(number)

    def _ends_after(self, last: int) -> bool:
        """Whether nothing new comes after a full last page, whatever Ownli's count says."""
        held = doubts.ids(self._pages)
        self._read([last + 1], last)
        ended = held.issuperset(self._pages[last + 1].piece.ids)
        if ended:
            self._forget(last + 1)
        return ended

    def _uncounted(self) -> tuple[str, ...]:
        """Follows a list that Ownli did not count until a page is short, empty or nothing new."""
        last = self._follow()
        for number in [number for number in self._pages if number > last]:
            del self._pages[number]
        for _ in range(NARROW_ROUNDS):
            if not doubts.with_repeats(self._pages):
                break
            self._read(doubts.with_repeats(self._pages), last)
        if doubts.with_repeats(self._pages):
            raise ListIncomplete(self._shortfall())
        return (f"Ownli did not say how many {self._many} there are; all it sent are shown.",)

    def _follow(self) -> int:
        """Reads on in batches; the number of the last page with rows of its own, -1 for none."""
        held = doubts.ids(self._pages)
        at, last_new = 0, 0 if self._pages[0].sent else -1
        ended = not self._pages[0].sent or self._pages[0].sent < self._size
        while not ended:
            # At least two, to tell a page that repeats from an end that repeats for ever.
            batch = range(at + 1, at + 1 + max(2, self._parallel))
            self._read(batch, batch.start)
            ended = True
            for at in batch:
                page = self._pages[at]
                if not held.issuperset(page.piece.ids):
                    last_new, ended = at, False
                    held.update(page.piece.ids)
                if page.sent < self._size:
                    ended = True
                    break
        return last_new

    def _shortfall(self) -> str:
        found = f"{len(doubts.ids(self._pages)):,}"
        if self._total is None:
            return f"The list of {self._many} has no end that could be read; {found} were there."
        return (
            f"The list of {self._many} could not be read whole: Ownli counts {self._total:,}, "
            f"{found} could be read for certain. It is withheld rather than shown short."
        )
