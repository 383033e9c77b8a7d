"""Vehicles: the whole list, loaded again when their number changes and once a day."""

from __future__ import annotations

from concurrent.futures import Executor

from ownli_api.cache import tables
from ownli_api.cache.doubles import without_doubles
from ownli_api.cache.kept import Timing
from ownli_api.cache.questions import Questions
from ownli_api.cache.renewed import Renewed

TIME = "added_at"


class Vehicles(Renewed):
    """All vehicles. Ownli has no filter for changed ones: a new plate is seen after a day."""

    time_column: str | None = TIME

    def __init__(self, timing: Timing, executor: Executor) -> None:
        super().__init__("vehicles", timing, executor)
        self._counted: int | None = None

    def load(self, questions: Questions) -> None:
        """Load the whole list."""
        at = self.timing.clock()
        listing = questions.vehicles()
        self.note(listing.problems)
        self._counted = listing.total_items
        rows = without_doubles(tables.canonical(listing.frame, TIME), "updated_at")
        problems = tuple(self._row_problems)
        if self._counted not in (None, len(listing.frame)):
            problems += (
                f"Ownli counts {self._counted:,} vehicles where its list has "
                f"{len(listing.frame):,} readable rows.",
            )
        self.publish(rows, at, problems)

    def renew(self, questions: Questions) -> None:
        """Load the list again if Ownli counts another number of vehicles than then."""
        assert self.version is not None  # noqa: S101 - only a list that is held is renewed
        at = self.timing.clock()
        if questions.count_vehicles() == self._counted:
            self.publish(self.version.frame, at, self.version.problems)
        else:
            self.load(questions)
