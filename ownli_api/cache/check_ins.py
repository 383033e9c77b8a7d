"""Check-ins: three lists, refreshed by what was updated and proven by Ownli's counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pandas as pd

from ownli_api.cache import rows
from ownli_api.cache.reloads import Reloads, miscount, problems_of, unchecked
from ownli_api.cache.rows import LATEST
from ownli_api.cache.shared import Fetch, Snapshot
from ownli_api.client import CHECK_IN_KINDS, Listing, Span

TIME = "checked_in_at"
UPDATED = "updated_at"
KEY = ("kind", "id")
# Check-ins that may still change, and are held whatever their age.
OPEN = ("OnHold", "Pending")

Gaps = dict[str, int | None]


class CheckIns:
    """All check-ins since the start of the history, and those still open from before it.

    Facts of a snapshot: start (ISO time), problems of the rows, and by kind set_aside (rows of the
    window that could not be read) and undated (rows of the window that have no time).
    """

    def __init__(self, history_weeks: int) -> None:
        self._history = timedelta(weeks=history_weeks)
        self._since: datetime | None = None
        self._reloads = Reloads()

    def reach(self, since: datetime | None) -> None:
        """Hold the check-ins of the week of `since` and later as well, from the next loading on."""
        monday = None if since is None else _monday(since)
        if monday is not None and (self._since is None or monday < self._since):
            self._since = monday

    def covers(self, snapshot: Snapshot) -> bool:
        """Whether a snapshot goes back as far as has been asked for."""
        return self._since is None or _start(snapshot) <= self._since

    def update(self, fetch: Fetch, held: Snapshot | None) -> Iterator[Snapshot]:
        """The list, fetched whole or refreshed; unproven it is reloaded."""
        start = _monday(fetch.at) - self._history
        start = start if self._since is None else min(start, self._since)
        overdue = self._reloads.overdue(fetch.at)
        if held is None or fetch.whole or overdue or start < _start(held):
            yield self._whole(fetch, start)
            return
        refreshed, gaps = self._refreshed(fetch, held, start)
        wrong = _discrepancies(refreshed.frame, gaps)
        if not wrong and not _untraceable(refreshed.frame):
            yield refreshed
            return
        if wrong:
            problems = tuple(dict.fromkeys([*held.facts["problems"], *wrong]))
            yield replace(held, problems=problems, complete=False)
        if self._reloads.may(fetch.at):
            yield self._checked(fetch, self._whole(fetch, start))

    def _checked(self, fetch: Fetch, reloaded: Snapshot) -> Snapshot:
        """A reloaded list; incomplete if counts that stand still do not agree with it either."""
        wrong: list[str] = []
        for _ in range(2):
            proof = rows.quiet_instant(reloaded.frame, TIME, _start(reloaded))
            counts = fetch.together(*[_count(fetch, kind, proof) for kind in CHECK_IN_KINDS])
            gaps = {
                kind: _gap(reloaded.frame, kind, counted, proof, reloaded.facts)
                for kind, counted in zip(CHECK_IN_KINDS, counts, strict=True)
            }
            before, wrong = wrong, _discrepancies(reloaded.frame, gaps)
        if not wrong or wrong != before:
            return reloaded
        return replace(reloaded, problems=(*reloaded.problems, *wrong), complete=False)

    def _whole(self, fetch: Fetch, start: datetime) -> Snapshot:
        """The window of each kind, and everything that is open."""
        check_ins = fetch.client.check_ins
        calls = []
        for kind in CHECK_IN_KINDS:
            since = partial(check_ins, kind, checked_in=Span(start, LATEST))
            calls.append(partial(since, progress=fetch.progress()))
            for word in OPEN:
                calls.append(partial(check_ins, kind, status=word, progress=fetch.progress()))
        with self._reloads.timed(fetch.at):
            listings: list[Listing] = fetch.together(*calls)
        each = 1 + len(OPEN)
        frame = rows.by_time(rows.stack([one.frame for one in listings[::each]]), TIME)
        facts: dict[str, Any] = {"start": start.isoformat(), "set_aside": {}, "undated": {}}
        counted: int | None = 0
        for at, kind in enumerate(CHECK_IN_KINDS):
            window, *still_open = listings[at * each : (at + 1) * each]
            total = window.total_items
            facts["set_aside"][kind] = 0 if total is None else total - len(window.frame)
            facts["undated"][kind] = int(window.frame[TIME].isna().sum())
            counted = None if counted is None or total is None else counted + total
            for listing in still_open:
                # Read beside the window: what both hold is the same row.
                older = listing.frame[~rows.keys(listing.frame, KEY).isin(rows.keys(frame, KEY))]
                frame = rows.upsert(frame, older, time=TIME, key=KEY)
                counted = None if counted is None else counted + len(older) + listing.set_aside
        facts["problems"] = [problem for one in listings for problem in problems_of(one)]
        return _snapshot(frame, fetch.at, facts, counted)

    def _refreshed(self, fetch: Fetch, held: Snapshot, start: datetime) -> tuple[Snapshot, Gaps]:
        """What is held with what was updated since, and how far Ownli's counts differ from it."""
        frame = held.frame
        proof = rows.quiet_instant(frame, TIME, start)
        updates, counts = [], []
        for kind in CHECK_IN_KINDS:
            of_kind = frame[rows.among(frame["kind"], [kind])]
            mark = min(rows.newest(of_kind, UPDATED, fetch.at), held.as_of - rows.OVERLAP)
            update = partial(fetch.client.check_ins, kind, updated=Span(mark, LATEST))
            updates.append(partial(update, progress=fetch.progress()))
            counts.append(_count(fetch, kind, proof))
        answers = fetch.together(*updates, *counts)
        problems = list(held.facts["problems"])
        for listing in answers[: len(updates)]:
            frame = rows.upsert(frame, listing.frame, time=TIME, key=KEY)
            problems += problems_of(listing)
        gaps: Gaps = {}
        for kind, counted in zip(CHECK_IN_KINDS, answers[len(updates) :], strict=True):
            gaps[kind] = _gap(frame, kind, counted, proof, held.facts)
            if gaps[kind]:
                # Ownli goes on while it is asked, and a new row need not say when it was updated:
                # take over the newest and count once more.
                mark = rows.newest(frame[rows.among(frame["kind"], [kind])], TIME, fetch.at)
                recent = partial(fetch.client.check_ins, kind, checked_in=Span(mark, LATEST))
                (listing,) = fetch.together(recent)
                frame = rows.upsert(frame, listing.frame, time=TIME, key=KEY)
                (counted,) = fetch.together(_count(fetch, kind, proof))
                gaps[kind] = _gap(frame, kind, counted, proof, held.facts)
        since = pd.Timestamp(start - rows.MARGIN)
        inside = (frame[TIME] >= since).to_numpy(dtype=bool, na_value=False)
        undated = frame[TIME].isna().to_numpy()
        frame = rows.only(frame, inside | undated | rows.among(frame["status"], OPEN))
        facts = {**held.facts, "start": start.isoformat(), "problems": problems}
        known = [gap for gap in gaps.values() if gap is not None]
        missing = sum(known) + sum(held.facts["set_aside"].values())
        counted = len(frame) + missing if len(known) == len(gaps) else None
        return _snapshot(frame, fetch.at, facts, counted), gaps


def _snapshot(
    frame: pd.DataFrame, at: datetime, facts: dict[str, Any], counted: int | None
) -> Snapshot:
    """The rows with what is known about them; complete if all that Ownli counts are there."""
    problems = list(dict.fromkeys(facts["problems"]))
    facts = {**facts, "problems": problems}
    if counted is None:
        problems = [*problems, unchecked("check-ins")]
    complete = counted is None or counted == len(frame)
    return Snapshot(frame, at, tuple(problems), complete=complete, counted=counted, facts=facts)


def _count(fetch: Fetch, kind: str, since: datetime) -> Any:
    """The request for Ownli's count of a kind since an instant."""
    return partial(fetch.client.count_check_ins, kind, checked_in=Span(since, LATEST))


def _gap(
    frame: pd.DataFrame, kind: str, counted: int | None, proof: datetime, facts: dict[str, Any]
) -> int | None:
    """By how many rows Ownli's count of a kind since `proof` exceeds ours; None if it has none."""
    late = (frame[TIME] >= pd.Timestamp(proof)).to_numpy(dtype=bool, na_value=False)
    ours = int((late & rows.among(frame["kind"], [kind])).sum())
    ours += facts["set_aside"][kind] + facts["undated"][kind]
    return None if counted is None else counted - ours


def _discrepancies(frame: pd.DataFrame, gaps: Gaps) -> list[str]:
    """A sentence for each kind whose count does not agree."""
    sentences = []
    for kind, gap in gaps.items():
        if gap:
            ours = int(rows.among(frame["kind"], [kind]).sum())
            noun = f"{kind.replace('_', '-')} check-ins"
            sentences.append(miscount(noun, ours + gap, ours))
    return sentences


def _untraceable(frame: pd.DataFrame) -> bool:
    """Whether an open check-in does not say when it was updated: no filter tells its decision."""
    return bool((rows.among(frame["status"], OPEN) & frame[UPDATED].isna().to_numpy()).any())


def _start(snapshot: Snapshot) -> datetime:
    return datetime.fromisoformat(snapshot.facts["start"])


def _monday(at: datetime) -> datetime:
    """The Monday, 00:00 UTC, of the ISO week of a moment."""
    midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=midnight.weekday())
