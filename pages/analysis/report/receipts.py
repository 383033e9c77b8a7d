"""A receipt for each number: what it means, what was counted, and a hash of exactly that."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from pages.analysis import definitions, wording
from pages.analysis.metrics.columns import has_word, moments, within
from pages.analysis.periods import Calendar, Period, Week
from pages.analysis.report.inputs import LISTS, Inputs
from pages.analysis.report.meanings import COHORT, EXPECTED, LEDGER
from pages.analysis.report.tables import Table
from pages.analysis.terms import CONFIRMED, DECIDED, EARNED, ON_HOLD

_HASH_LENGTH = 16
_FACTS = ("id", "status", "owner_id", "amount_cents", "payout_id")


@dataclass(frozen=True)
class Behind:
    """The rows a number is counted from: of which lists, chosen how."""

    lists: tuple[str, ...]
    filter: str
    rows: Callable[[Inputs], pd.DataFrame | None]


@dataclass(frozen=True)
class Receipt:
    """Where one number comes from.

    `lists`: rows held of each list behind it. `rows`: how many of them were counted (None for
    counts that Ownli made). `hash`: of the rows counted (without rows, of the number, its week and
    zone); the same for the same rows wherever and whenever the report is made.
    """

    key: str
    label: str
    value: str
    definition: str
    filter: str
    zone: str
    as_of: datetime
    lists: tuple[tuple[str, int], ...]
    rows: int | None
    hash: str

    @property
    def stamp(self) -> str:
        """`America/New_York, as of Nov 24, 2026, 08:41 EST`."""
        return f"{self.zone}, as of {wording.moment(self.as_of, Calendar(self.zone))}"

    @property
    def sources(self) -> str:
        """`1,012 of 24,332 check-ins read`."""
        held = ", ".join(f"{wording.count(n)} {name.lower()} read" for name, n in self.lists)
        if self.rows is None:
            return held or "Ownli's own count"
        return f"{wording.count(self.rows)} of {held}"

    def content(self) -> dict[str, Any]:
        """As the JSON report holds it."""
        return {
            "label": self.label,
            "value": self.value,
            "definition": self.definition,
            "filter": self.filter,
            "lists": dict(self.lists),
            "rows": self.rows,
            "hash": self.hash,
        }


def _check_ins(statuses: tuple[str, ...] = ()) -> Callable[[Inputs], pd.DataFrame | None]:
    def rows(inputs: Inputs) -> pd.DataFrame | None:
        found = inputs.check_ins_of(inputs.week)
        if found is None or not statuses:
            return found
        return found[has_word(found["status"], statuses)]

    return rows


def rows_decided_in(inputs: Inputs, week: Week) -> pd.DataFrame | None:
    """The check-ins now decided that were last updated in a week."""
    found = inputs.check_ins
    if found is None:
        return None
    inside = within(moments(found["updated_at"]), inputs.calendar, Period.of_weeks([week]))
    return found[has_word(found["status"], DECIDED) & inside]


def _on_hold(inputs: Inputs) -> pd.DataFrame | None:
    found = inputs.check_ins
    return None if found is None else found[has_word(found["status"], (ON_HOLD,))]


def _earned(inputs: Inputs) -> pd.DataFrame | None:
    found = inputs.rewards_of(inputs.week)
    return None if found is None else found[has_word(found["status"], EARNED)]


def _outstanding(inputs: Inputs) -> pd.DataFrame | None:
    found = inputs.rewards
    return None if found is None else found[has_word(found["status"], (CONFIRMED,))]


def _nothing(inputs: Inputs) -> pd.DataFrame | None:  # noqa: ARG001 - counted by Ownli, no rows
    return None


BEHIND: Mapping[str, Behind] = {
    "users_total": Behind((), "All users, as of the stamp", _nothing),
    "new_users": Behind((), "Registered in the week", _nothing),
    "active_users": Behind(("check_ins",), "Submitted in the week", _check_ins()),
    "submitted": Behind(("check_ins",), "Submitted in the week", _check_ins()),
    "confirmation_rate": Behind(
        ("check_ins",), "Submitted in the week; Confirmed or Declined now", _check_ins(DECIDED)
    ),
    "median_hours": Behind(
        ("check_ins",),
        "Confirmed or Declined now; last updated in the week",
        lambda inputs: rows_decided_in(inputs, inputs.week),
    ),
    "on_hold_now": Behind(("check_ins",), "On hold now, of any date", _on_hold),
    "earned": Behind(("rewards",), "Dated in the week; Confirmed or Claimed now", _earned),
    "outstanding": Behind(("rewards",), "Confirmed now, of any date", _outstanding),
    "claimed": Behind(
        ("payouts",), "Claimed in the week", lambda inputs: inputs.payouts_of(inputs.week)
    ),
}


def receipt(inputs: Inputs, key: str, label: str, value: str, definition: str) -> Receipt:
    """The receipt of a number of the reported week; `value` as a person reads it."""
    behind = BEHIND[key]
    return made(
        inputs,
        key=key,
        label=label,
        value=value,
        definition=definition,
        filter=behind.filter,
        lists=behind.lists,
        rows=behind.rows(inputs),
    )


def made(
    inputs: Inputs,
    *,
    key: str,
    label: str,
    value: str,
    definition: str,
    filter: str,
    lists: tuple[str, ...],
    rows: pd.DataFrame | None,
) -> Receipt:
    """The receipt of a number and the rows it was counted from, of these lists."""
    head = {
        "number": key,
        "value": value,
        "week": inputs.week.code,
        "zone": inputs.calendar.zone,
        "environment": inputs.environment,
    }
    return Receipt(
        key=key,
        label=label,
        value=value,
        definition=definition,
        filter=filter,
        zone=inputs.calendar.zone,
        as_of=inputs.as_of,
        lists=tuple((LISTS[name], _length(inputs, name)) for name in lists),
        rows=None if rows is None else len(rows),
        hash=content_hash(head, rows),
    )


@dataclass(frozen=True)
class Facts:
    """What a table is counted from: its lists, which of their rows, and what its numbers mean."""

    lists: tuple[str, ...]
    filter: str
    definition: str


_TWELVE = "The twelve weeks that end with the reported one"
_THIS = "The reported week and the one before"
_NOW = "As of the stamp, of any date"

TABLES: Mapping[str, Facts] = {
    "submitted": Facts(("check_ins",), _TWELVE, definitions.SUBMITTED),
    "submitted_by_kind": Facts(("check_ins",), _TWELVE, definitions.SUBMITTED),
    "by_kind": Facts(("check_ins",), _THIS, definitions.BY_KIND),
    "confirmation_rate": Facts(("check_ins",), _TWELVE, definitions.CONFIRMATION_RATE),
    "time_to_decision": Facts(("check_ins",), _THIS, definitions.TIME_TO_DECISION),
    "expected": Facts(("check_ins",), "The 26 weeks read", EXPECTED),
    "reasons": Facts(("check_ins",), _THIS, definitions.REASONS),
    "rewards": Facts(("rewards",), _THIS, definitions.REWARDS_BY),
    "reward_types": Facts(("rewards",), "The reported week", definitions.EARNED),
    "money": Facts(("rewards", "payouts"), _TWELVE, f"{definitions.EARNED} {definitions.CLAIMED}"),
    "outstanding": Facts(("rewards",), _NOW, definitions.OUTSTANDING_BY_AGE),
    "ledger": Facts(("rewards", "payouts"), "Rewards and payouts of any date", LEDGER),
    "users": Facts(("check_ins",), _TWELVE, f"{definitions.NEW_USERS} {definitions.ACTIVE_USERS}"),
    "cohorts": Facts(("check_ins",), _TWELVE, COHORT),
    "action_codes": Facts(("rewards",), _THIS, definitions.EARNED),
}


def of_table(inputs: Inputs, table: Table) -> Receipt | None:
    """The receipt of a table; None for those that tell about others, and for withheld ones."""
    facts = TABLES.get(table.key)
    if facts is None or table.withheld is not None:
        return None
    head = {
        "table": table.key,
        "week": inputs.week.code,
        "zone": inputs.calendar.zone,
        "environment": inputs.environment,
    }
    rows = [[row.get(column.name) for column in table.columns] for row in table.rows]
    return Receipt(
        key=table.key,
        label=table.title,
        value="",
        definition=facts.definition,
        filter=facts.filter,
        zone=inputs.calendar.zone,
        as_of=inputs.as_of,
        lists=tuple((LISTS[name], _length(inputs, name)) for name in facts.lists),
        rows=None,
        hash=_hash(json.dumps([head, rows], sort_keys=True, default=str)),
    )


def rows_behind(inputs: Inputs, key: str) -> pd.DataFrame | None:
    """The rows a number was counted from; None where Ownli counted or the list is missing."""
    return BEHIND[key].rows(inputs)


def content_hash(head: Mapping[str, str], rows: pd.DataFrame | None) -> str:
    """16 characters: of the rows, whatever their order; of the head where there are no rows."""
    if rows is None:
        return _hash(json.dumps(head, sort_keys=True))
    return _hash("\n".join(sorted(_lines(rows))))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_LENGTH]


def _lines(rows: pd.DataFrame) -> list[str]:
    columns = [
        rows[name].astype("object").where(rows[name].notna(), "").map(str).tolist()
        for name in _FACTS
        if name in rows
    ]
    for name in ("checked_in_at", "updated_at", "rewarded_at", "claimed_at"):
        if name in rows:
            columns.append([str(at) for at in moments(rows[name]).tolist()])
    return ["\t".join(parts) for parts in zip(*columns, strict=True)]


def _length(inputs: Inputs, name: str) -> int:
    frame = getattr(inputs, name)
    return 0 if frame is None else len(frame)
