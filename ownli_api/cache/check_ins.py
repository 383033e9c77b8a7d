"""Check-ins: loaded once, then only what was updated since; counted against Ownli each time."""

from __future__ import annotations

from concurrent.futures import Executor
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ownli_api.cache import tables
from ownli_api.cache.doubles import without_doubles
from ownli_api.cache.draft import Draft
from ownli_api.cache.kept import Timing
from ownli_api.cache.questions import FIRST_MS, LAST_MS, Questions, milliseconds
from ownli_api.cache.renewed import PLAUSIBLE_AHEAD_MS, Renewed
from ownli_api.cache.search import Search, clusters
from ownli_api.cache.tables import NEVER_US, US_PER_MS, Mask
from ownli_api.cache.tickets import Ticket
from ownli_api.errors import OwnliError

if TYPE_CHECKING:
    from ownli_api.client import Listing, OwnliClient

KINDS = ("condition", "mileage", "proof_of_address")
WORDS = {
    "condition": "condition check-ins",
    "mileage": "mileage check-ins",
    "proof_of_address": "proof-of-address check-ins",
}
# Check-ins that may still change, and are kept whatever their age.
OPEN = ("OnHold", "Pending")
TIME = "checked_in_at"
KEY = ("kind", "id")

WEEK_MS = 7 * 86_400_000
# A difference that could not be repaired is looked into again after so long.
PAUSE_SECONDS = 900.0
# What changed is remembered so long for those who follow it.
MOVES_SECONDS = 3_600.0
MOVE = ["owner_id", "checked_in_at"]
# Counts asked at most to find where one kind differs.
MOST_COUNTS = 48


class CheckIns(Renewed):
    """Check-ins of the three kinds since a Monday, and all open ones of all time."""

    time_column: str | None = TIME

    def __init__(self, timing: Timing, executor: Executor, history_weeks: int) -> None:
        super().__init__("check_ins", timing, executor)
        self._history_weeks = history_weeks
        self._table: pd.DataFrame | None = None
        self._start_ms = LAST_MS
        self._asked_ms = LAST_MS
        self._excused: dict[str, int] = {}
        self._pause_until: dict[str, float] = {}
        self._unsure: dict[str, str] = {}
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

    def load(self, questions: Questions) -> None:
        """Load the three lists, and the open ones from before the history starts."""
        at = self.timing.clock()
        start = min(self._asked_ms, self._history_ms(at))
        start = start if self.floor_ms is None else max(start, self.floor_ms)
        whole = [partial(questions.check_ins, kind, checked_in=(start, LAST_MS)) for kind in KINDS]
        older = [
            partial(questions.check_ins, kind, checked_in=(FIRST_MS, start - 1), status=status)
            for kind in KINDS
            for status in OPEN
        ]
        listings = questions.together([*whole, *older])
        table = tables.stacked([listing.frame for listing in listings], TIME)
        excused: dict[str, int] = {}
        unsure: dict[str, str] = {}
        for kind, listing in zip(KINDS, listings, strict=False):
            self._compare(kind, listing.total_items, len(listing.frame), excused, unsure)
        for listing in listings:
            self.note(listing)
        # A row that moved while the lists were read may be in two of them.
        doubled = table.duplicated(list(KEY), keep="last").to_numpy()
        self._settle(tables.kept(table, ~doubled), at, start, excused, unsure)
        with self.changed:
            if self._asked_ms >= start:
                self._asked_ms = LAST_MS

    def unanswered(self) -> bool:
        """Whether somebody asked for older check-ins while others were loaded."""
        return super().unanswered() or self._asked_ms < self._start_ms

    def renew(self, questions: Questions) -> None:
        """Ask each kind for what was updated since, and for its count."""
        at = self.timing.clock()
        draft = self._draft()
        excused, unsure = dict(self._excused), dict(self._unsure)
        moves: list[pd.DataFrame] = []
        ours = [partial(self._changes, questions, kind, at) for kind in KINDS]
        for kind, (listing, counted) in zip(KINDS, questions.together(ours), strict=True):
            moves.append(self._absorb(draft, listing))
            if self._open_without_stamp(draft, kind):
                self._follow_open(questions, draft, kind)
            self._verify(questions, draft, kind, counted, at, excused, unsure)
        self._moves = [(when, rows) for when, rows in self._moves if when > at - MOVES_SECONDS]
        self._moves.append((at, pd.concat(moves, ignore_index=True)))
        self._settle(draft.frame(), at, self._start_ms, excused, unsure, draft.doubled)

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
            draft, excused, unsure = self._draft(), dict(self._excused), dict(self._unsure)
            for kind, listing in zip(KINDS, listings, strict=True):
                draft.replace(listing.frame, kind, *between)
                self.note(listing)
                total = listing.total_items
                missing = 0 if total is None else total - len(listing.frame)
                excused[kind] = excused.get(kind, 0) + missing
            self._settle(draft.frame(), self.version.at, wanted, excused, unsure, draft.doubled)

    def let_go(self, before_ms: int) -> None:
        """Give up the decided check-ins before a Monday; open ones stay."""
        with self.changed:
            if self._table is None or self.version is None or self.loading is not None:
                return
            keep = self._inside(self._table, before_ms)
            self.floor_ms = before_ms
            self._asked_ms = max(self._asked_ms, before_ms)
            table = tables.kept(self._table, keep)
            self._settle(table, self.version.at, before_ms, self._excused, self._unsure)

    def _draft(self) -> Draft:
        assert self._table is not None  # noqa: S101 - only a list that is held is renewed
        return Draft(self._table, time=TIME, key=KEY, group="kind")

    def _changes(self, questions: Questions, kind: str, at: float) -> tuple[Listing, int | None]:
        mark = self.mark_ms(self._latest_us(kind, "updated_at", at))
        listing = questions.check_ins(kind, updated=(mark, LAST_MS))
        return listing, questions.count_check_ins(kind, (self._start_ms, LAST_MS))

    def _absorb(self, draft: Draft, listing: Listing) -> pd.DataFrame:
        """Take over rows that belong to what is held; let go of those that no longer do.

        Returns which were decided: columns owner_id, checked_in_at.
        """
        inside = self._inside(listing.frame, self._start_ms)
        ours, others = listing.frame[inside], listing.frame[~inside]
        new = draft.put(ours)
        draft.drop(others)
        self.note(listing)
        return pd.concat([ours[new & ~_is_open(ours)], others])[MOVE]

    def _verify(
        self,
        questions: Questions,
        draft: Draft,
        kind: str,
        counted: int | None,
        at: float,
        excused: dict[str, int],
        unsure: dict[str, str],
    ) -> None:
        """Compare the count with Ownli's; where it differs, find the rows and repair them."""
        ours = draft.count(kind, self._start_ms)
        if counted is None or counted - ours == excused.get(kind, 0):
            self._compare(kind, counted, ours, excused, unsure)
            return
        # First what is new: rows without an `updated`, and those sent while we were counting.
        mark = self.mark_ms(self._latest_us(kind, TIME, at))
        mark = max(mark, self._start_ms)
        recent = questions.check_ins(kind, checked_in=(mark, LAST_MS))
        draft.replace(recent.frame, kind, mark, LAST_MS)
        self.note(recent)
        undated = draft.count(kind, LAST_MS + 1)
        older = counted - len(recent.frame)
        if older - draft.count(kind, self._start_ms, mark - 1) - undated == excused.get(kind, 0):
            self._compare(kind, counted, draft.count(kind, self._start_ms), excused, unsure)
            return
        before = (self._start_ms, mark - 1)
        known = questions.count_check_ins(kind, before)
        ours = draft.count(kind, *before) + undated
        if at < self._pause_until.get(kind, 0.0):
            # Looked into in vain a moment ago. Not excused yet: it may be another difference.
            self._compare(kind, known, ours, dict(excused), unsure)
            return
        if known is not None and known != ours:
            self._repair(questions, draft, kind, before, known - undated)
            ours = draft.count(kind, *before) + undated
        self._compare(kind, known, ours, excused, unsure)
        if excused.get(kind, 0):
            self._pause_until[kind] = at + PAUSE_SECONDS

    def _repair(
        self, questions: Questions, draft: Draft, kind: str, span: tuple[int, int], counted: int
    ) -> None:
        def read(between: tuple[int, int]) -> None:
            listing = questions.check_ins(kind, checked_in=between)
            draft.replace(listing.frame, kind, *between)
            self.note(listing)

        Search(
            count=lambda between: questions.count_check_ins(kind, between),
            held=lambda between: draft.count(kind, *between),
            times=lambda between: draft.times(kind, *between),
            read=read,
            page_rows=questions.page_rows,
            most_counts=MOST_COUNTS,
        ).run(span, counted)

    def _compare(
        self,
        kind: str,
        counted: int | None,
        ours: int,
        excused: dict[str, int],
        unsure: dict[str, str],
    ) -> None:
        """Note what cannot be explained, as a number for the next time and a sentence for now."""
        unsure.pop(kind, None)
        if counted is None:
            unsure[kind] = (
                f"Ownli gives no total for {WORDS[kind]}, so the number of rows is unchecked."
            )
            return
        excused[kind] = counted - ours
        if excused[kind]:
            unsure[kind] = (
                f"Ownli counts {counted:,} {WORDS[kind]} where its list has {ours:,} readable rows."
            )

    def _open_without_stamp(self, draft: Draft, kind: str) -> bool:
        """Whether a decision could come without a trace: open rows that say no `updated`."""
        table = draft.base
        mask = _is_open(table) & (table["kind"] == kind).to_numpy()
        return bool(table["updated_at"].isna().to_numpy()[mask].any())

    def _follow_open(self, questions: Questions, draft: Draft, kind: str) -> None:
        """Find decisions without `updated`: rows that are open here and no longer there."""
        lists = [partial(questions.check_ins, kind, status=status) for status in OPEN]
        frames = [listing.frame for listing in questions.together(lists)]
        for frame in frames:
            draft.put(frame)
        rows = draft.rows(kind)
        rows = rows[_is_open(rows)]
        decided = rows[~rows["id"].isin(pd.concat([frame["id"] for frame in frames])).to_numpy()]
        wanted = tables.instants(decided, TIME)
        wanted = wanted[wanted != NEVER_US]
        times = draft.times(kind, FIRST_MS, LAST_MS)
        for between in clusters(wanted, times, questions.page_rows):
            listing = questions.check_ins(kind, checked_in=between)
            inside = self._inside(listing.frame, self._start_ms)
            draft.replace(listing.frame[inside], kind, *between)

    def _settle(
        self,
        table: pd.DataFrame,
        at: float,
        start_ms: int,
        excused: dict[str, int],
        unsure: dict[str, str],
        doubled: bool = True,
    ) -> None:
        """Make a version of the table, with everything that is known about it, at once."""
        with self.changed:
            same = table is self._table and self.version is not None
            if same and self.version is not None:
                frame = self.version.frame
            elif doubled or self.version is None or self.version.frame is not self._table:
                frame = without_doubles(table, "updated_at")
            else:
                frame = table
            self._table, self._start_ms = table, start_ms
            self._excused, self._unsure = excused, unsure
            problems = (*self.noted, *unsure.values(), *self.let_go_sentence())
            unknown = any(kind not in excused for kind in KINDS)
            counted = None if unknown else len(frame) + sum(excused.values())
            self.publish(frame, at, problems, complete=self.floor_ms is None, counted=counted)

    def _latest_us(self, kind: str, column: str, at: float) -> int | None:
        """The newest believable time of a kind's rows in a column."""
        assert self._table is not None  # noqa: S101 - only a list that is held is renewed
        stamps = tables.instants(self._table, column)
        stamps = stamps[(self._table["kind"] == kind).to_numpy()]
        stamps = stamps[stamps <= (int(at * 1000) + PLAUSIBLE_AHEAD_MS) * US_PER_MS]
        return int(stamps.max()) if len(stamps) else None

    def _inside(self, rows: pd.DataFrame, start_ms: int) -> Mask:
        """Which rows are held: those since the start, those without a time, and open ones."""
        return (tables.instants(rows, TIME) >= start_ms * US_PER_MS) | _is_open(rows)

    def _history_ms(self, now: float) -> int:
        return _monday_ms(int(now * 1000)) - self._history_weeks * WEEK_MS


def _is_open(rows: pd.DataFrame) -> Mask:
    words = rows["status"].cat.categories
    codes = [at for at, word in enumerate(words) if word in OPEN]
    return np.isin(rows["status"].array.codes, codes)


def _monday_ms(ms: int) -> int:
    return tables.week_start_us(ms * US_PER_MS) // US_PER_MS
