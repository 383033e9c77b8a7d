"""Check-ins: loaded once, then only what was updated since; counted against Ownli each time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from ownli_api.cache import tables
from ownli_api.cache.balance import Balance
from ownli_api.cache.check_in_changes import MOVE, OPEN, TIME, CheckInChanges, is_inside
from ownli_api.cache.doubles import without_doubles
from ownli_api.cache.draft import Draft
from ownli_api.cache.kept import Timing
from ownli_api.cache.questions import LAST_MS, Questions, milliseconds
from ownli_api.cache.renewed import PLAUSIBLE_AHEAD_MS, Renewed
from ownli_api.cache.tables import US_PER_MS
from ownli_api.cache.tickets import Ticket
from ownli_api.errors import OwnliError

if TYPE_CHECKING:
    from ownli_api.client import Listing, OwnliClient

WORDS = {
    "condition": "condition check-ins",
    "mileage": "mileage check-ins",
    "proof_of_address": "proof-of-address check-ins",
}
KINDS = tuple(WORDS)
KEY = ("kind", "id")

WEEK_MS = 7 * 86_400_000
# A difference that could not be repaired is looked into again after so long.
PAUSE_SECONDS = 900.0
# What changed is remembered so long for those who follow it.
MOVES_SECONDS = 3_600.0


class CheckIns(Renewed):
    """Check-ins of the three kinds since a Monday, and all open ones of all time."""

    time_column: str | None = TIME

    def __init__(self, timing: Timing, executor: Executor, history_weeks: int) -> None:
        super().__init__("check_ins", timing, executor)
        self._history_weeks = history_weeks
        # By kind and id: the version that readers get has an id only once.
        self._table: pd.DataFrame | None = None
        self._start_ms = LAST_MS
        self._asked_ms = LAST_MS
        self._balance = Balance(WORDS)
        self._pause_until: dict[str, float] = {}
        self._moves: list[tuple[float, pd.DataFrame]] = []

    def since(self, client: OwnliClient, since: datetime | None) -> Ticket[Any]:
        """A ticket for the check-ins since a time (None: since the history starts)."""
        with self.changed:
            wanted = self._history_ms(self.timing.clock())
            if since is not None:
                wanted = min(wanted, _monday_ms(milliseconds(since)))
            if self.floor_ms is not None:
                wanted = max(wanted, self.floor_ms)
            self._asked_ms = min(self._asked_ms, wanted)
            return self.ask(client, lambda at: self.met(at) and self._start_ms <= wanted)

    def covers(self, since: datetime) -> bool:
        """Whether all check-ins since a time are held."""
        return self.version is not None and self._start_ms <= milliseconds(since)

    def moved_since(self, since: float, recent: float, patience: float) -> pd.DataFrame:
        """Check-ins that were decided since a time: columns owner_id, checked_in_at.

        A hint for whoever looks for what followed from them, not a promise. Waits for a refresh
        that is running unless there was a `recent` one, but no longer than `patience` seconds: it
        may be waiting for our worker.
        """
        with self.changed:
            self.changed.wait_for(
                lambda: self.loading is None or self.version is None or self.version.at >= recent,
                patience,
            )
            rows = [moved for when, moved in self._moves if when >= since]
        return pd.concat(rows) if rows else pd.DataFrame(columns=MOVE)

    def load(self, questions: Questions) -> None:
        """Load the three lists, and the open ones that are in none of them: older, or undated.

        Whether there are any is told by counts without dates: no list of a period has the undated.
        """
        at = self.timing.clock()
        start = min(self._asked_ms, self._history_ms(at))
        start = start if self.floor_ms is None else max(start, self.floor_ms)
        listings = questions.together(
            [partial(questions.check_ins, kind, checked_in=(start, LAST_MS)) for kind in KINDS]
        )
        opened = self._open_beyond(questions, dict(zip(KINDS, listings, strict=True)))
        balance = Balance(WORDS)
        for kind, listing in zip(KINDS, listings, strict=True):
            unlisted = _undated(kind, opened) - _undated(kind, [listing])
            balance.leave_out(kind, len(unlisted))
            balance.settle(kind, listing.total_items, len(listing.frame) + len(unlisted))
        answers = [*listings, *opened]
        for listing in answers:
            self.note(listing)
        table = tables.stacked([listing.frame for listing in answers], TIME)
        # A row that moved while the lists were read may be in two of them.
        doubled = table.duplicated(list(KEY), keep="last").to_numpy()
        self._settle(tables.kept(table, ~doubled), at, start, balance)
        with self.changed:
            if self._asked_ms >= start:
                self._asked_ms = LAST_MS

    def _open_beyond(self, questions: Questions, listings: Mapping[str, Listing]) -> list[Listing]:
        """The lists of what is open in a kind, where Ownli counts other ones than were read."""
        sorts = [(kind, status) for kind in KINDS for status in OPEN]
        counts = questions.together(
            [partial(questions.count_check_ins, kind, None, status) for kind, status in sorts]
        )
        read = [
            int((listings[kind].frame["status"] == status).to_numpy().sum())
            for kind, status in sorts
        ]
        calls = [
            partial(questions.check_ins, kind, status=status)
            for (kind, status), counted, ours in zip(sorts, counts, read, strict=True)
            if counted != ours
        ]
        return questions.together(calls)

    def renew(self, questions: Questions) -> None:
        """Ask each kind for what was updated since, and for its count."""
        at = self.timing.clock()
        draft, balance = self._draft(), self._balance.copy()
        latest = partial(self._latest_us, at)
        kinds = [
            CheckInChanges(questions, draft, kind, self._start_ms, latest, self.mark_ms, self.note)
            for kind in KINDS
        ]
        answers = questions.together([changes.ask for changes in kinds])
        moves = []
        for changes, (listing, counted) in zip(kinds, answers, strict=True):
            moves.append(changes.absorb(listing))
            changes.follow_open()
            searching = at >= self._pause_until.get(changes.kind, 0.0)
            if changes.verify(counted, balance, searching=searching):
                self._pause_until[changes.kind] = at + PAUSE_SECONDS
        self._moves = [(when, rows) for when, rows in self._moves if when > at - MOVES_SECONDS]
        self._moves.append((at, pd.concat(moves, ignore_index=True)))
        self._settle(draft.frame(), at, self._start_ms, balance, draft.doubled)

    def unanswered(self) -> bool:
        """Whether somebody asked for older check-ins while others were loaded."""
        return super().unanswered() or self._asked_ms < self._start_ms

    def extend(self, questions: Questions) -> None:
        """Load the weeks before those held, as long as somebody asks for older ones."""
        while (wanted := self._asked_ms) < self._start_ms:
            assert self.version is not None  # noqa: S101 - load or renew went before
            between = (wanted, self._start_ms - 1)
            calls = [partial(questions.check_ins, kind, checked_in=between) for kind in KINDS]
            try:
                listings = questions.together(calls)
            except OwnliError:
                # Others must not wait for these weeks again until somebody asks for them.
                self._asked_ms = self._start_ms
                raise
            draft, balance = self._draft(), self._balance.copy()
            for kind, listing in zip(KINDS, listings, strict=True):
                draft.replace(listing.frame, kind, *between)
                self.note(listing)
                balance.extend(kind, listing.total_items, len(listing.frame))
            self._settle(draft.frame(), self.version.at, wanted, balance, draft.doubled)

    def let_go(self, before_ms: int) -> None:
        """Give up the decided check-ins before a Monday; open ones stay."""
        with self.changed:
            if self._table is None or self.version is None or self.loading is not None:
                return
            self.floor_ms = before_ms
            self._asked_ms = max(self._asked_ms, before_ms)
            table = tables.kept(self._table, is_inside(self._table, before_ms))
            self._settle(table, self.version.at, before_ms, self._balance)

    def _draft(self) -> Draft:
        assert self._table is not None  # noqa: S101 - only a list that is held is renewed
        return Draft(self._table, time=TIME, key=KEY, group="kind")

    def _settle(
        self,
        table: pd.DataFrame,
        at: float,
        start_ms: int,
        balance: Balance,
        doubled: bool = True,
    ) -> None:
        """Make a version of the table, with everything that is known about it, at once."""
        with self.changed:
            version = self.version
            if version is not None and table is self._table:
                frame = version.frame
            elif doubled or version is None or version.frame is not self._table:
                frame = without_doubles(table, "updated_at")
            else:
                frame = table
            self._table, self._start_ms, self._balance = table, start_ms, balance
            self.publish(
                frame,
                at,
                (*self.noted, *balance.sentences, *self.let_go_sentence()),
                complete=self.floor_ms is None,
                counted=balance.counted(len(frame)),
            )

    def _latest_us(self, at: float, kind: str, column: str) -> int | None:
        """The newest believable time of a kind's rows in a column."""
        assert self._table is not None  # noqa: S101 - only a list that is held is renewed
        stamps = tables.instants(self._table, column)
        stamps = stamps[(self._table["kind"] == kind).to_numpy()]
        stamps = stamps[stamps <= (int(at * 1000) + PLAUSIBLE_AHEAD_MS) * US_PER_MS]
        return int(stamps.max()) if len(stamps) else None

    def _history_ms(self, now: float) -> int:
        return _monday_ms(int(now * 1000)) - self._history_weeks * WEEK_MS


def _undated(kind: str, listings: Iterable[Listing]) -> set[str]:
    """The ids of a kind's rows that have no time."""
    found: set[str] = set()
    for listing in listings:
        rows = listing.frame
        lacking = rows[TIME].isna().to_numpy() & (rows["kind"] == kind).to_numpy()
        found.update(rows["id"][lacking])
    return found


def _monday_ms(ms: int) -> int:
    return tables.week_start_us(ms * US_PER_MS) // US_PER_MS
