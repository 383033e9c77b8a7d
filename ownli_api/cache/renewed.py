"""Lists that are loaded once, then renewed by what changed, and loaded anew once a day."""

from __future__ import annotations

from abc import abstractmethod
from concurrent.futures import Executor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ownli_api.cache.kept import Kept, Timing
from ownli_api.cache.loading import Loading
from ownli_api.cache.questions import Questions

if TYPE_CHECKING:
    from ownli_api.client import Listing, OwnliClient

DAY_SECONDS = 86_400.0
# A daily reload that failed is tried again after so long; increments go on meanwhile.
RETRY_WHOLE_SECONDS = 3_600.0
# Asked again at each refresh: covers changes that Ownli showed late, and clocks that differ.
OVERLAP_MS = 5 * 60 * 1000
# A time further in the future than any clock is wrong must not move the mark there.
PLAUSIBLE_AHEAD_MS = 3_600_000
MOST_ROW_PROBLEMS = 20


class Renewed(Kept):
    """A whole list that is proven fresh by counts and brought up to date by increments.

    Changes that leave no trace in Ownli's filters and counts (a claim undone, an amount corrected)
    come with the daily reload, or when somebody asks for one.
    """

    def __init__(self, name: str, timing: Timing, executor: Executor) -> None:
        super().__init__(name, timing, executor)
        self.floor_ms: int | None = None
        self._anew = False
        self._again = False
        self._whole_at = 0.0
        self._whole_tried_at = 0.0
        self._row_problems: dict[str, None] = {}
        self._passing: dict[str, None] = {}
        self._whole_now = False

    @abstractmethod
    def load(self, questions: Questions) -> None:
        """Load the list from nothing and publish it."""

    @abstractmethod
    def renew(self, questions: Questions) -> None:
        """Ask what changed since the version held and publish the result."""

    def let_go(self, before_ms: int) -> None:
        """Give up what is settled before a Monday (milliseconds), for want of memory."""

    def extend(self, questions: Questions) -> None:
        """Load what somebody asks for beyond what is held."""

    def work(self, questions: Questions, loading: Loading) -> None:  # noqa: ARG002 - progress is told by the questions
        """Renew first, so that readers have fresh rows, then load anew what is due for it."""
        with self.changed:
            again, anew = self._again, self._anew
            self._again = self._anew = False
        if self.version is None or anew:
            self._load_whole(questions)
        else:
            now = self.timing.clock()
            if again or now - self.version.at > self.timing.fresh:
                self._passing = {}
                self.renew(questions)
            if self._whole_due(now):
                self._load_whole(questions)
        self.extend(questions)

    def due(self, now: float) -> bool:
        """Whether the list is old, or due for its daily reload, or asked to be loaded anew."""
        return super().due(now) or self._anew or self._whole_due(now)

    def unanswered(self) -> bool:
        """Whether somebody pressed Refresh or Reload while a loading was at work."""
        return self._again or self._anew

    def check(self, client: OwnliClient) -> None:
        """Renew now, whatever the age."""
        with self.changed:
            self._again = True
        self.start(client)

    def reload(self, client: OwnliClient) -> None:
        """Load everything anew; the present version stays until that is whole."""
        with self.changed:
            self._anew = True
            self.floor_ms = None
        self.start(client)

    def note(self, listing: Listing) -> None:
        """Remember its sentences about unreadable rows until the list is loaded anew.

        Sentences about an increment's total that does not fit pass with the next refresh.
        """
        total = listing.total_items
        about_rows = total is not None and (self._whole_now or total == len(listing.frame))
        notes = self._row_problems if about_rows else self._passing
        for problem in listing.problems:
            if len(notes) < MOST_ROW_PROBLEMS:
                notes[problem] = None

    @property
    def noted(self) -> tuple[str, ...]:
        """The sentences that listings brought along, each once."""
        return tuple(self._row_problems | self._passing)

    def mark_ms(self, latest_us: int | None) -> int:
        """From when on to ask what is new: Ownli's newest time or our last question, with overlap.

        The older of the two: Ownli's clock may be behind or ahead of ours.
        """
        assert self.version is not None  # noqa: S101 - only a list that is held is renewed
        asked = int(self.version.at * 1000)
        newest = asked - PLAUSIBLE_AHEAD_MS if latest_us is None else latest_us // 1000
        return min(newest, asked) - OVERLAP_MS

    def let_go_sentence(self) -> tuple[str, ...]:
        """What is missing because of the byte bound, if anything is."""
        if self.floor_ms is None:
            return ()
        day = datetime.fromtimestamp(self.floor_ms / 1000, UTC)
        return (
            f"The {self.name.replace('_', '-')} before {day:%B} {day.day}, {day:%Y} are not held: "
            "the bound on memory is reached.",
        )

    def _load_whole(self, questions: Questions) -> None:
        self._whole_tried_at = started = self.timing.clock()
        before, self._row_problems = self._row_problems, {}
        self._passing, self._whole_now = {}, True
        try:
            self.load(questions)
        except BaseException:
            self._row_problems = before
            raise
        finally:
            self._whole_now = False
        self._whole_at = started

    def _whole_due(self, now: float) -> bool:
        return (
            self.version is not None
            and now - self._whole_at > DAY_SECONDS
            and now - self._whole_tried_at > RETRY_WHOLE_SECONDS
        )
