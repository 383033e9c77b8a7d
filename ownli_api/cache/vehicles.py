"""Vehicles: the whole list; new ones are added, changed ones are seen once a day."""

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
        # Rows that Ownli counts and its list does not have.
        self._excused = 0

    def load(self, questions: Questions) -> None:
        """Load the whole list."""
        at = self.timing.clock()
        listing = questions.vehicles()
        self.note(listing)
        rows = without_doubles(tables.canonical(listing.frame, TIME), "updated_at")
        counted = listing.total_items
        self._excused = 0 if counted is None else counted - len(listing.frame)
        problems = self.noted
        if self._excused:
            problems += (
                f"Ownli counts {counted:,} vehicles where its list has "
                f"{len(listing.frame):,} readable rows.",
            )
        self.publish(rows, at, problems, counted=counted)

    def renew(self, questions: Questions) -> None:
        """Add the newest ones; load the list again if that does not explain Ownli's count."""
        assert self.version is not None  # noqa: S101 - only a list that is held is renewed
        at = self.timing.clock()
        newest = questions.newest_vehicles()
        frame, rows = self.version.frame, newest.frame
        # The few are looked up in the many: the other way round takes long.
        known = frame["id"][frame["id"].isin(rows["id"]).to_numpy()]
        new = rows[~rows["id"].isin(known).to_numpy()]
        if len(new):
            frame = tables.stacked([frame, new], TIME)
        if newest.total_items is None or newest.total_items == len(frame) + self._excused:
            self.note(newest)
            self.publish(frame, at, self.version.problems, counted=newest.total_items)
        else:
            self.load(questions)
