"""What has become of the weeks that were reported before, and what that tells of decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from pages.analysis import wording
from pages.analysis.metrics.columns import cents, has_word, moments
from pages.analysis.metrics.durations import DECISION_STEPS, summary
from pages.analysis.metrics.values import Durations
from pages.analysis.periods import Week
from pages.analysis.report.inputs import HISTORY_WEEKS, Inputs
from pages.analysis.report.issues import Facts, Issue, facts_of
from pages.analysis.terms import DECIDED, EARNED, OPEN
from pages.analysis.zones import microseconds


@dataclass(frozen=True)
class Change:
    """A row that is no longer what it was when the week was reported."""

    week: Week
    what: str
    id: str
    was: str
    now: str


@dataclass(frozen=True)
class Restated:
    """A week whose report no longer holds: what to say, and the rows that changed."""

    week: Week
    reported_at: datetime
    sentence: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Memory:
    """What the archive tells. `seen`: true time to decision of those seen open and then decided.

    `seen_since`: the moment of the oldest archived report, from which that is valid.
    """

    restated: tuple[Restated, ...]
    seen: Durations | None
    seen_since: datetime | None


def remember(inputs: Inputs, archived: Sequence[Issue]) -> Memory:
    """What has changed in the last twelve reported weeks, told by the latest report of each."""
    mine = [
        one
        for one in archived
        if one.environment == inputs.environment
        and one.time_zone == inputs.calendar.zone
        and one.as_of < inputs.as_of
    ]
    latest: dict[Week, Issue] = {}
    for one in sorted(mine, key=lambda one: one.as_of):
        if inputs.week.plus(-HISTORY_WEEKS) < one.week <= inputs.week:
            latest[one.week] = one
    restated = [_restated(inputs, latest[week]) for week in sorted(latest, reverse=True)]
    return Memory(
        tuple(one for one in restated if one is not None),
        _seen(inputs, mine),
        min((one.as_of for one in mine), default=None),
    )


def _restated(inputs: Inputs, then: Issue) -> Restated | None:
    """The changes of one reported week; None if there are none, or it cannot be told."""
    changes: list[Change] = []
    for what, rows, facts in (
        ("check-in", inputs.check_ins_of(then.week), then.check_ins),
        ("reward", inputs.rewards_of(then.week), then.rewards),
        ("payout", inputs.payouts_of(then.week), then.payouts),
    ):
        if rows is not None and (facts or then.complete):
            changes += _changes(then.week, what, facts, facts_of(rows))
    if not changes:
        return None
    sentence = _sentence(inputs, then, changes)
    return Restated(then.week, then.as_of, sentence, tuple(changes))


def _changes(week: Week, what: str, then: Facts, now: Facts) -> list[Change]:
    found = []
    for id_ in sorted({*then, *now}):
        was, is_ = then.get(id_), now.get(id_)
        if was != is_:
            found.append(Change(week, what, id_, _said(was), _said(is_)))
    return found


def _said(fact: tuple[str, int | None] | None) -> str:
    if fact is None:
        return "not there"
    status, amount = fact
    words = [wording.status(status)] if status else []
    return ", ".join([*words, *([] if amount is None else [wording.money(amount)])]) or "there"


def _sentence(inputs: Inputs, then: Issue, changes: Sequence[Change]) -> str:
    """`Week 46 was reported with 412 confirmed; 7 late decisions make it 419.`"""
    said = []
    check_ins = [one for one in changes if one.what == "check-in"]
    if check_ins:
        waited = {wording.status(word) for word in OPEN}
        late = sum(one.was in waited and one.now not in {*waited, "not there"} for one in check_ins)
        new = sum(one.was == "not there" for one in check_ins)
        gone = sum(one.now == "not there" for one in check_ins)
        other = len(check_ins) - late - new - gone
        counted = (
            (late, "late decision"),
            (new, "new check-in"),
            (gone, "vanished check-in"),
            (other, "other change"),
        )
        why = wording.listing([wording.plural(n, name) for n, name in counted if n])
        status = inputs.check_ins_of(then.week)
        now = 0 if status is None else int(has_word(status["status"], ("Confirmed",)).sum())
        was = then.numbers.get("confirmed")
        verb = "makes" if len(check_ins) == 1 else "make"
        before, after = wording.count(was), wording.count(now)
        said.append(
            f"was reported with {before} confirmed; {why} {verb} it {after}"
            if was != now
            else f"still has {after} confirmed, with {why}"
        )
    for what, key, rows, statuses in (
        ("reward", "earned_cents", inputs.rewards_of(then.week), EARNED),
        ("payout", "claimed_cents", inputs.payouts_of(then.week), ()),
    ):
        some = [one for one in changes if one.what == what]
        if some and rows is not None:
            kept = rows[has_word(rows["status"], statuses)] if statuses else rows
            now = int(cents(kept["amount_cents"])[0].sum())
            was = then.numbers.get(key)
            name = key.removesuffix("_cents")
            if was != now:
                changed = wording.plural(len(some), f"changed {what}")
                said.append(f"{wording.money(was)} {name} is now {wording.money(now)} ({changed})")
    tail = "; ".join(said) or f"has {wording.plural(len(changes), 'changed row')}"
    return f"Week {then.week.code} {tail}."


def _seen(inputs: Inputs, archived: Sequence[Issue]) -> Durations | None:
    """Time to decision of check-ins that a report saw open and that are decided now.

    The decision lies after that report, so the last update is not an older event; where a later
    report saw it decided already, it was decided before that report at the latest.
    """
    rows = inputs.check_ins
    if rows is None or not archived:
        return None
    waited = frozenset[str]().union(*(one.open for one in archived))
    kept = rows[has_word(rows["status"], DECIDED) & rows["id"].isin(waited).to_numpy(dtype=bool)]
    if kept.empty:
        return None
    updated = moments(kept["updated_at"])
    limit = np.full(len(kept), np.iinfo(np.int64).max)
    ids = pd.Index(kept["id"])
    for one in archived:
        decided = [id_ for id_, (status, _) in one.check_ins.items() if status in DECIDED]
        place = ids.get_indexer_for(pd.Index(decided, dtype=object))
        place = place[place >= 0]
        limit[place] = np.minimum(limit[place], microseconds(one.as_of))
    return summary(moments(kept["checked_in_at"]), np.minimum(updated, limit), DECISION_STEPS)
