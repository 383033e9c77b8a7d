"""Vehicles: the whole list; new ones are added, changed ones are seen once a day."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ownli_api.cache import rows
from ownli_api.cache.reloads import Reloads
from ownli_api.cache.shared import Fetch, Snapshot

TIME = "added_at"


class Vehicles:
    """All vehicles."""

    def __init__(self) -> None:
        self._reloads = Reloads()

    def update(self, fetch: Fetch, held: Snapshot | None) -> Iterator[Snapshot]:
        """The newest vehicles taken over; the whole list where that does not explain the count."""
        if held is not None and not fetch.whole and not self._reloads.overdue(fetch.at):
            (newest,) = fetch.together(fetch.client.newest_vehicles)
            frame = rows.upsert(held.frame, newest.frame, time=TIME, key=("id",))
            unread = 0 if held.counted is None else held.counted - len(held.frame)
            if newest.total_items in (None, len(frame) + unread):
                yield Snapshot(
                    frame,
                    fetch.at,
                    held.problems,
                    held.complete,
                    counted=newest.total_items,
                )
                return
        whole = partial(fetch.client.vehicles, progress=fetch.progress())
        with self._reloads.timed(fetch.at):
            (listing,) = fetch.together(whole)
        frame = rows.by_time(rows.stack([listing.frame]), TIME)
        total = listing.total_items
        yield Snapshot(
            frame,
            fetch.at,
            listing.problems,
            complete=total is None or total == len(frame),
            counted=total,
        )
