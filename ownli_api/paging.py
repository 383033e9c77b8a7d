"""A whole list, pages side by side: never short, never endless.

Page 0 is fetched oldest first and tells the count and the true page size. The other pages follow
from the last to the first, so that a row which moves up because an earlier one vanished is met
again rather than missed; page 0 is fetched once more if the count has changed. Rows that arrive
meanwhile are at the end, which is read on. A list that does not add up to Ownli's count is read
once more, and raises `ListIncomplete` if that does not settle it. `totalPages` is not used.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ownli_api.errors import ListIncomplete, NotFound, Refused
from ownli_api.frames import Part
from ownli_api.http import Host

Progress = Callable[[int, int], None]

# Tried in turn with a server that refuses a page size; 10 is Ownli's documented default.
SMALLER_SIZES = (100, 50, 20, 10)
# The statuses of a refused page size, and of a page past the end of a list.
REFUSALS = (400, 413, 422)
# A list of more pages than this has to show its last page before the others are fetched.
MANY_PAGES = 200
# How often the end of a list is read on for rows that arrived meanwhile.
END_ROUNDS = 3
# Threads beyond the requests in flight, so that decoding a response does not delay the next one.
SPARE_THREADS = 2
# Without a count from Ownli a list is followed to its end, but no further than this.
MOST_PAGES_UNCOUNTED = 50_000


@dataclass(frozen=True)
class Page:
    """One page as read: Ownli's count (None if it gave none), rows sent, the readable ones."""

    total: int | None
    sent: int
    piece: Part
    requests: int = 1


@dataclass(frozen=True)
class Whole:
    """A whole list in order; `set_aside` counts unreadable rows, `notes` are odd but harmless."""

    pieces: list[Part]
    total: int | None
    set_aside: int
    requests: int
    notes: tuple[str, ...] = ()


class _Reading:
    """Pages in the order in which they were read; a page may be read more than once."""

    def __init__(self) -> None:
        self.read: list[tuple[int, Page]] = []
        self.ids: set[str] = set()
        self.total = self.highest = 0
        # Whether the count went down: rows moved up, perhaps between two pages read side by side.
        self.fell = False

    def add(self, number: int, page: Page, highest_before: int = 0) -> None:
        """Takes a page; `highest_before` is the highest count known when it was requested."""
        self.read.append((number, page))
        self.ids.update(page.piece.ids)
        if page.total is not None:
            self.total = page.total
            self.highest = max(self.highest, page.total)
            self.fell = self.fell or page.total < highest_before

    def joined(self, later: _Reading) -> _Reading:
        """This reading and a later one as one, which proves itself only by its count."""
        both = _Reading()
        for number, page in [*self.read, *later.read]:
            both.add(number, page)
        return both

    @property
    def latest(self) -> dict[int, Page]:
        """Each page as it was read last."""
        return dict(self.read)

    @property
    def set_aside(self) -> int:
        """Rows that were sent and could not be read."""
        return sum(page.sent - len(page.piece.ids) for page in self.latest.values())

    @property
    def found(self) -> int:
        """Rows that are there, unreadable ones included."""
        return len(self.ids) + self.set_aside

    @property
    def adds_up(self) -> bool:
        """Whether the rows are as many as Ownli counts now, or counted while they were read."""
        return not self.fell and self.total <= self.found <= self.highest

    def pieces(self) -> list[Part]:
        """The rows in page order; of an id that came twice, the row that was read last."""
        newest: dict[str, tuple[int, int]] = {}
        latest: dict[int, int] = {}
        for at, (number, page) in enumerate(self.read):
            latest[number] = at
            newest.update((row_id, (at, row)) for row, row_id in enumerate(page.piece.ids))
        pieces = []
        for at in sorted(range(len(self.read)), key=lambda at: (self.read[at][0], at)):
            number, page = self.read[at]
            kept = [row for row, row_id in enumerate(page.piece.ids) if newest[row_id] == (at, row)]
            if at == latest[number] and len(kept) == len(page.piece.ids):
                pieces.append(page.piece)
            elif kept or at == latest[number]:
                pieces.append(page.piece.take(kept, with_problems=at == latest[number]))
        return pieces


class PagedList:
    """Reads one list; `fetch(page, size)` reads a page, `empty` is a piece without rows.

    `many` names its rows in sentences; `host` knows and learns the page size. `progress(done,
    known)` counts pages, both only ever growing, and is called from the reading threads.
    """

    def __init__(
        self,
        fetch: Callable[[int, int], Page],
        empty: Part,
        *,
        many: str,
        size: int,
        parallel: int,
        host: Host,
        progress: Progress | None = None,
    ) -> None:
        self._fetch = fetch
        self._empty = empty
        self._many = many
        self._size = size
        self._parallel = parallel
        self._host = host
        self._progress = progress
        self._lock = threading.Lock()
        self._requests = 0
        self._done = 0
        self._known = 0

    def whole(self) -> Whole:
        """Reads the list. Raises `ListIncomplete` and whatever `fetch` raises."""
        self._size = asked = min(self._size, self._host.page_size or self._size)
        first, refused = self._first_page()
        if first.total is None:
            return self._uncounted(first)
        reading = self._counted(first)
        if not reading.adds_up:
            again = self._counted(self._one(0, may_be_past_the_end=False))
            reading = again if again.adds_up else reading.joined(again)
        if not reading.adds_up:
            raise ListIncomplete(self._shortfall(reading))
        if self._size < asked and (refused or reading.total > self._size):
            # Proven by the whole list: not a short list whose count was wrong.
            self._host.page_size = self._size
        return Whole(reading.pieces(), reading.total, reading.set_aside, self._requests)

    def _first_page(self) -> tuple[Page, bool]:
        """Page 0, and whether a larger size was refused; settles the page size."""
        smaller = [size for size in SMALLER_SIZES if size < self._size]
        refusal: Refused | None = None
        while True:
            try:
                page = self._fetch(0, self._size)
                break
            except Refused as error:
                if error.status not in REFUSALS:
                    raise
                self._requests += 1
                refusal = refusal or error
                if not smaller:
                    # What was refused is not the size, for none is granted.
                    raise refusal from None
            self._size = smaller.pop(0)
        self._requests += page.requests
        if page.sent and page.sent not in (self._size, page.total):
            # The server has a page size of its own, or its count is wrong and proves no end.
            self._size = page.sent
        return page, refusal is not None

    def _one(self, number: int, *, may_be_past_the_end: bool) -> Page:
        try:
            page = self._fetch(number, self._size)
        except (NotFound, Refused) as error:
            # What Ownli says past the last page is not documented.
            if not may_be_past_the_end or error.status not in (404, *REFUSALS):
                raise
            page = Page(None, 0, self._empty)
        with self._lock:
            self._requests += page.requests
        return page

    def _read(self, reading: _Reading, numbers: Iterable[int], past_the_end_from: int) -> None:
        """Reads pages side by side, the last first; from one number on there may be no page."""

        def read(number: int) -> None:
            highest = reading.highest
            page = self._one(number, may_be_past_the_end=number >= past_the_end_from)
            with self._lock:
                reading.add(number, page, highest)
                self._report()

        ordered = sorted(numbers, reverse=True)
        self._known = max(self._known, self._done + len(ordered))
        workers = min(self._parallel + SPARE_THREADS, len(ordered))
        with ThreadPoolExecutor(max(1, workers), thread_name_prefix="ownli-pages") as pool:
            running = [pool.submit(read, number) for number in ordered]
            try:
                for one in running:
                    one.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _report(self) -> None:
        self._done += 1
        self._known = max(self._known, self._done)
        if self._progress is not None:
            self._progress(self._done, self._known)

    def _last(self, total: int) -> int:
        """The number of the last page of so many rows."""
        return max(0, -(-total // self._size) - 1)

    def _counted(self, first: Page) -> _Reading:
        """One reading of the whole list, beginning with page 0 as it was read."""
        reading = _Reading()
        reading.add(0, first)
        last = self._last(reading.total)
        self._known = max(self._known, self._done + 1 + last)
        self._report()
        rest = range(1, last + 1)
        if len(rest) > MANY_PAGES:
            self._read(reading, [last - 1, last], last - 1)
            before, end = reading.latest[last - 1], reading.latest[last]
            if not end.sent or end.piece.ids == before.piece.ids:
                # A count far beyond the list must not start a long reading.
                raise ListIncomplete(self._shortfall(reading))
            rest = range(1, last - 1)
        if rest:
            self._read(reading, rest, last)
            if any(page.total != first.total for _, page in reading.read):
                # A row may have moved up to the first page when another one vanished.
                self._read(reading, [0], 1)
        self._read_on(reading)
        return reading

    def _read_on(self, reading: _Reading) -> None:
        """Reads the end on, for rows that arrived while the other pages were read."""
        for _ in range(END_ROUNDS):
            last = max(number for number, page in reading.read if page.sent or not number)
            full = reading.latest[last].sent >= self._size
            if not full and reading.found >= reading.total:
                return
            start = last + 1 if full else last
            numbers = range(start, max(start, self._last(reading.total)) + 1)
            before = reading.found
            if len(numbers) > MANY_PAGES:
                return
            self._read(reading, numbers, last)
            if reading.found == before:
                return

    def _uncounted(self, first: Page) -> Whole:
        """Follows a list that Ownli did not count until a page is short, empty or nothing new."""
        reading = _Reading()
        reading.add(0, first)
        self._report()
        at = 0
        ended = first.sent < self._size or not first.sent
        while not ended:
            if at > MOST_PAGES_UNCOUNTED:
                raise ListIncomplete(
                    f"The list of {self._many} has no end that could be read; "
                    f"{len(reading.ids):,} were there."
                )
            before = len(reading.ids)
            # At least two, to tell a page that repeats from an end that repeats for ever.
            batch = range(at + 1, at + 1 + max(2, self._parallel))
            self._read(reading, batch, batch.start)
            latest = reading.latest
            short = any(latest[number].sent < self._size for number in batch)
            ended = short or len(reading.ids) == before
            at = batch[-1]
        note = f"Ownli did not say how many {self._many} there are; all it sent are shown."
        return Whole(reading.pieces(), None, reading.set_aside, self._requests, (note,))

    def _shortfall(self, reading: _Reading) -> str:
        return (
            f"The list of {self._many} could not be read whole: Ownli counts {reading.total:,}, "
            f"{len(reading.ids):,} could be read for certain. "
            "It is withheld rather than shown short."
        )
