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
from typing import Generic, Protocol, Self, TypeVar

from ownli_api.capabilities import Capabilities
from ownli_api.errors import ListIncomplete, NotFound, Refused

Progress = Callable[[int, int], None]

# Tried in turn with a server that refuses a page size; 10 is Ownli's documented default.
SMALLER_SIZES = (100, 50, 20, 10)
REFUSALS_OF_SIZE = (400, 413, 422)
# How often a list that does not add up is looked at again, and in how many of these looks only
# the pages under suspicion are read again.
MOST_ROUNDS = 6
NARROW_ROUNDS = 2
# In all, a list may take so many times its pages and a few more.
MOST_READINGS = 4
SPARE_READINGS = 40
# Without a count from Ownli a list is followed to its end, but no further than this.
MOST_PAGES_UNCOUNTED = 50_000


class Piece(Protocol):
    """The readable rows of one page."""

    @property
    def ids(self) -> list[str]:
        """Their ids, in order."""

    def take(self, positions: list[int]) -> Self:
        """The rows at these positions."""


P = TypeVar("P", bound=Piece)


@dataclass(frozen=True)
class Page(Generic[P]):
    """One page as read: Ownli's count (None if it gave none), rows sent, the readable ones."""

    total: int | None
    sent: int
    piece: P
    requests: int = 1


@dataclass(frozen=True)
class Whole(Generic[P]):
    """A whole list in order; `notes` are sentences about what is odd but takes nothing away."""

    pieces: list[P]
    total: int | None
    requests: int
    notes: tuple[str, ...]


def _silent(done: int, known: int) -> None:
    del done, known


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
        return Whole(self._pieces(), self._total, self._requests, notes)

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
        self._keep(0, page)

    def _keep(self, number: int, page: Page[P]) -> None:
        with self._lock:
            self._requests += page.requests
            self._done += 1
            self._pages[number] = page
            self._read_at[number] = self._done
            if page.total is not None:
                self._total = page.total
            done, known = self._done, max(self._done, self._known)
        self._progress(done, known)

    def _read_one(self, number: int, may_be_past_the_end: bool) -> None:
        try:
            page = self._ask(number, self._size)
        except (NotFound, Refused):
            # What Ownli says past the last page is not documented.
            if not may_be_past_the_end:
                raise
            page = Page(None, 0, self._empty)
        self._keep(number, page)

    def _read(self, numbers: Collection[int], past_the_end_from: int) -> None:
        """Reads pages side by side, the last first; from one number on there may be no page."""
        ordered = sorted(numbers, reverse=True)
        if self._done + len(ordered) > self._most:
            raise ListIncomplete(self._shortfall())
        self._known = self._done + len(ordered)
        workers = min(self._parallel, len(ordered))
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
            moved = self._to_the_end()
            doubtful = self._doubtful(moved)
            if not doubtful:
                return ()
            now = {number: hash(tuple(page.piece.ids)) for number, page in self._pages.items()}
            if now == before:
                # All was read again and is the same: what Ownli says does not add up.
                return self._accepted()
            before = None
            if looks >= NARROW_ROUNDS or len(doubtful) == len(self._pages):
                doubtful, before = set(self._pages), now
            self._read(doubtful, self._last())
        raise ListIncomplete(self._shortfall())

    def _to_the_end(self) -> bool:
        """Reads the pages still missing and the end once more; whether known rows moved there."""
        moved = False
        while True:
            last = self._last()
            missing = set(range(last + 1)) - set(self._pages)
            if missing:
                self._read(missing, last)
                continue
            for number in [number for number in self._pages if number > last]:
                # The list became shorter; these rows are on earlier pages now.
                del self._pages[number]
                moved = True
            if last:
                held = set(self._pages[last].piece.ids)
                self._read([last], last)
                moved = moved or not held <= set(self._pages[last].piece.ids)
            if self._last() != last:
                continue
            total = self._total
            if self._pages[last].sent < self._size:
                return moved
            if not self._ends_after(last):
                self._beyond = last + 1
            elif self._total == total:
                return moved

    def _ends_after(self, last: int) -> bool:
        """Whether nothing new comes after a full last page, whatever Ownli's count says."""
        held = self._all_ids()
        self._read([last + 1], last)
        ended = held.issuperset(self._pages[last + 1].piece.ids)
        if ended:
            del self._pages[last + 1]
        return ended

    def _all_ids(self) -> set[str]:
        return {row_id for page in self._pages.values() for row_id in page.piece.ids}

    def _readable(self) -> int:
        return sum(len(page.piece.ids) for page in self._pages.values())

    def _sent(self) -> int:
        return sum(page.sent for page in self._pages.values())

    def _pages_with_repeats(self) -> set[int]:
        if len(self._all_ids()) == self._readable():
            return set()
        first_seen: dict[str, int] = {}
        repeats: set[int] = set()
        for number, page in self._pages.items():
            for row_id in page.piece.ids:
                if row_id in first_seen:
                    repeats |= {number, first_seen[row_id]}
                first_seen[row_id] = number
        return repeats

    def _doubtful(self, moved: bool) -> set[int]:
        """The pages to read again: none if the list adds up, all if nothing tells which."""
        last, pages = self._last(), self._pages
        odd = {number for number in pages if number < last and pages[number].sent != self._size}
        odd |= self._pages_with_repeats()
        unreadable = self._sent() - self._readable()
        adds_up = len(self._all_ids()) + unreadable == self._total
        totals = {number: page.total for number, page in pages.items() if page.total is not None}
        shrank = any(total > (self._total or 0) for total in totals.values())
        if adds_up and not (odd or moved or shrank):
            return set()
        odd |= {number for number, total in totals.items() if total != self._total}
        return odd or set(pages)

    def _accepted(self) -> tuple[str, ...]:
        """Takes a list that is the same on every reading but not as counted, if nothing is lacking.

        More rows than counted, or an id that comes twice and was counted twice, are odd; fewer
        rows, a gap or a page that repeats another one are a list cut short.
        """
        last, total, ids = self._last(), self._total or 0, self._all_ids()
        unreadable = self._sent() - self._readable()
        gap = any(self._pages[number].sent != self._size for number in range(last))
        if not gap and not self._repeated_pages():
            if len(ids) + unreadable > total:
                found = len(ids) + unreadable
                return (f"Ownli counts {total:,} {self._many} but sent {found:,}; all are shown.",)
            if self._sent() == total:
                twice = self._readable() - len(ids)
                return (f"Ownli sent {twice:,} {self._many} twice; each is shown once.",)
        raise ListIncomplete(self._shortfall())

    def _repeated_pages(self) -> set[int]:
        """Pages with no id of their own: all of theirs are on other pages, too."""
        count: dict[str, int] = {}
        for page in self._pages.values():
            for row_id in set(page.piece.ids):
                count[row_id] = count.get(row_id, 0) + 1
        return {
            number
            for number, page in self._pages.items()
            if page.piece.ids and all(count[row_id] > 1 for row_id in page.piece.ids)
        }

    def _uncounted(self) -> tuple[str, ...]:
        """Follows a list that Ownli did not count until a page is short, empty or nothing new."""
        last = self._follow()
        for number in [number for number in self._pages if number > last]:
            del self._pages[number]
        for _ in range(NARROW_ROUNDS):
            if not self._pages_with_repeats():
                break
            self._read(self._pages_with_repeats(), last)
        if self._pages_with_repeats():
            raise ListIncomplete(self._shortfall())
        return (f"Ownli did not say how many {self._many} there are; all it sent are shown.",)

    def _follow(self) -> int:
        """Reads on in batches; the number of the last page with rows of its own."""
        at = 0
        while self._pages[at].sent >= self._size and self._pages[at].sent:
            held = self._all_ids()
            # At least two, to tell a page that repeats from an end that repeats for ever.
            batch = range(at + 1, at + 1 + max(2, self._parallel))
            self._read(batch, batch.start)
            new = [number for number in batch if not held.issuperset(self._pages[number].piece.ids)]
            if not new:
                return at
            for number in batch:
                at = number
                if self._pages[number].sent < self._size:
                    break
        return at if self._pages[at].sent else at - 1

    def _shortfall(self) -> str:
        found = f"{len(self._all_ids()):,}"
        if self._total is None:
            return f"The list of {self._many} has no end that could be read; {found} were there."
        return (
            f"The list of {self._many} could not be read whole: Ownli counts {self._total:,}, "
            f"{found} could be read for certain. It is withheld rather than shown short."
        )

    def _pieces(self) -> list[P]:
        """The pages in order; of an id that came twice, the row that was read last."""
        ordered = [self._pages[number] for number in sorted(self._pages)]
        if not self._pages_with_repeats():
            return [page.piece for page in ordered]
        newest: dict[str, tuple[int, int, int]] = {}
        for number, page in self._pages.items():
            for at, row_id in enumerate(page.piece.ids):
                where = (self._read_at[number], number, at)
                newest[row_id] = max(newest.get(row_id, where), where)
        keep: dict[int, list[int]] = {number: [] for number in self._pages}
        for _, number, at in newest.values():
            keep[number].append(at)
        return [self._pages[number].piece.take(sorted(keep[number])) for number in sorted(keep)]
