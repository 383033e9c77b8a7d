"""The rows behind each cell of the report's tables: exactly those that were counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pages.analysis import definitions, metrics, wording
from pages.analysis.metrics.columns import Bools, Slots, has_word, moments, words
from pages.analysis.periods import Week
from pages.analysis.report import ledger
from pages.analysis.report.cohorts import first_moments
from pages.analysis.report.inputs import Inputs
from pages.analysis.report.receipts import TABLES, Receipt, made, rows_decided_in
from pages.analysis.report.tables import NUMBERS, Column, Table
from pages.analysis.terms import CONFIRMED, DECIDED, DECLINED, EARNED, NO_KIND, NO_STATUS, NO_TYPE

ALL = ("All", "All kinds")
_EARNED = "Confirmed or Claimed now"
_WITH_NOTES = ("reasons",)
# What single columns mean, where their table holds numbers of several sorts.
MEANINGS: Mapping[tuple[str, str], str] = {
    ("by_kind", "rate"): definitions.CONFIRMATION_RATE,
    ("time_to_decision", "n"): definitions.DECIDED,
    ("time_to_decision", "p90_hours"): definitions.TIME_TO_DECISION_P90,
    ("money", "earned_cents"): definitions.EARNED,
    ("money", "earned_count"): definitions.EARNED,
    ("money", "claimed_cents"): definitions.CLAIMED,
    ("money", "claimed_count"): definitions.CLAIMED,
    ("users", "new_users"): definitions.NEW_USERS,
    ("users", "active_users"): definitions.ACTIVE_USERS,
}
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Behind:
    """The rows a cell is counted from, all of one list, and how they were chosen.

    `list` and `rows` are None for what Ownli counted by itself.
    """

    list: str | None
    filter: str
    rows: pd.DataFrame | None


Rule = Callable[[Inputs, Row, str], Behind | None]


def behind(inputs: Inputs, table: Table, at: int, column: str) -> Behind | None:
    """What is behind a cell; None where it is more than a choice of rows, as with a forecast."""
    rule = RULES.get(table.key)
    if rule is None or table.rows[at].get(column) is None:
        return None
    return rule(inputs, table.rows[at], column)


def receipt(inputs: Inputs, table: Table, at: int, column: str) -> Receipt:
    """Where the number in a cell comes from."""
    key = (table.key, at, column)
    if key not in inputs.traced:
        inputs.traced[key] = _receipt(inputs, table, at, column)
    found: Receipt = inputs.traced[key]
    return found


def _receipt(inputs: Inputs, table: Table, at: int, column: str) -> Receipt:
    facts, found = TABLES[table.key], behind(inputs, table, at, column)
    of = next(one for one in table.columns if one.name == column)
    return made(
        inputs,
        key=f"{table.key}.{at}.{column}",
        label=f"{table.title}: {', '.join([*_heads(table, at), of.label or table.title])}",
        value=table.said(table.rows[at], of),
        definition=MEANINGS.get((table.key, column), facts.definition),
        filter=facts.filter if found is None else found.filter,
        lists=facts.lists if found is None else _lists(found),
        rows=None if found is None else found.rows,
    )


def _lists(found: Behind) -> tuple[str, ...]:
    return () if found.list is None else (found.list,)


def can_be_traced(table: Table) -> bool:
    """Whether a table has numbers that have a receipt."""
    return table.key in TABLES and table.withheld is None and bool(table.rows)


def is_number(table: Table, at: int, column: str) -> bool:
    """Whether a cell is there and holds a number."""
    if column not in {one.name for one in table.columns if one.kind in NUMBERS}:
        return False
    return 0 <= at < len(table.rows) and table.rows[at].get(column) is not None


def name(table: Table, at: int, column: str) -> str:
    """A cell as an address names it: the words at the head of its row, and its column.

    `Condition~Declined`. The words of a table of Ownli's notes do not belong into an address:
    there the number of the row stands for them.
    """
    heads = [str(at)] if table.key in _WITH_NOTES else _heads(table, at)
    return "~".join([*heads, column])


def place(table: Table, named: str) -> tuple[int, str] | None:
    """Where the cell of such a name is; None if there is none."""
    column = named.rpartition("~")[2]
    for at in range(len(table.rows)):
        if is_number(table, at, column) and name(table, at, column) == named:
            return at, column
    return None


def _heads(table: Table, at: int) -> list[str]:
    """The words at the head of a row."""
    columns: list[Column] = [one for one in table.columns if one.kind not in NUMBERS]
    return [table.said(table.rows[at], one) for one in columns]


# Which rows


def _spoken(column: pd.Series[Any], spoken: Callable[[Any], str], said: str, missing: str) -> Bools:
    """Which rows hold a word that reads like this one."""
    codes, known = words(column, missing)
    return np.array([spoken(word) == said for word in known], dtype=bool)[codes]


def _of_kind(check_ins: pd.DataFrame, row: Row) -> pd.DataFrame:
    said = row.get("kind")
    if said is None or said in ALL:
        return check_ins
    return check_ins[_spoken(check_ins["kind"], wording.kind, said, NO_KIND)]


def _kinds(row: Row) -> list[str]:
    """The kind a row counts, in words; nothing for all of them."""
    said = row.get("kind")
    return [] if said is None or said in ALL else [said]


def _with_outcome(check_ins: pd.DataFrame, name: str) -> tuple[list[str], pd.DataFrame]:
    """What a column of outcomes or of one status counts, in words and rows; others count all."""
    status = check_ins["status"]
    if name in ("total", "before", "change"):
        return [], check_ins
    if name == "undecided":
        return ["neither Confirmed nor Declined now"], check_ins[~has_word(status, DECIDED)]
    wanted = {"rate": DECIDED, "confirmed": (CONFIRMED,), "declined": (DECLINED,)}.get(
        name, (name,)
    )
    said = " or ".join(wording.status(word) for word in wanted)
    return [f"{said} now"], check_ins[has_word(status, wanted)]


def _weeks(inputs: Inputs, name: str) -> Sequence[Week]:
    """The weeks a column counts: the reported one, the one before, or both to compare them."""
    this, last = inputs.week, inputs.week.plus(-1)
    return {"before": [last], "change": [last, this]}.get(name.split("_")[0], [this])


def _in_weeks(
    rows_of: Callable[[Week], pd.DataFrame | None], weeks: Sequence[Week]
) -> pd.DataFrame | None:
    found = [rows for week in weeks if (rows := rows_of(week)) is not None]
    return pd.concat(found) if len(found) > 1 else found[0] if found else None


def _during(what: str, weeks: Sequence[Week]) -> str:
    return f"{what} in {wording.listing([week.code for week in weeks])}"


def _filter(*parts: str) -> str:
    """Parts of a choice as one phrase: `Condition; Confirmed now; submitted in 2026-W47`."""
    said = "; ".join(parts)
    return said[:1].upper() + said[1:]


def _submitted(inputs: Inputs, row: Row, name: str) -> Behind | None:
    if name in ("expected", "low", "high", "miss"):
        return None
    return _check_ins(inputs, row, name, [Week.parse(row["week"])])


def _this_by_kind(inputs: Inputs, row: Row, name: str) -> Behind | None:
    return _check_ins(inputs, row, name, _weeks(inputs, name))


def _check_ins(inputs: Inputs, row: Row, name: str, weeks: Sequence[Week]) -> Behind | None:
    found = _in_weeks(inputs.check_ins_of, weeks)
    if found is None:
        return None
    said, rows = _with_outcome(_of_kind(found, row), name)
    return Behind("check_ins", _filter(*_kinds(row), *said, _during("submitted", weeks)), rows)


def _decided(inputs: Inputs, row: Row, name: str) -> Behind | None:
    week = inputs.week.plus(-1) if name == "median_before" else inputs.week
    found = rows_decided_in(inputs, week)
    if found is None:
        return None
    said = _filter(*_kinds(row), "Confirmed or Declined now", _during("last updated", [week]))
    return Behind("check_ins", said, _of_kind(found, row))


def _reason(inputs: Inputs, row: Row, name: str) -> Behind | None:
    weeks = _weeks(inputs, name)
    found = _in_weeks(inputs.check_ins_of, weeks)
    if found is None:
        return None
    note, status = row["exact"]
    same = found["note"].isna() if note is None else found["note"] == note
    rows = found[same.to_numpy(dtype=bool) & has_word(found["status"], (status,))]
    said = _filter(f"{row['status']} now", "with this note", _during("submitted", weeks))
    return Behind("check_ins", said, rows)


def _reward(inputs: Inputs, row: Row, name: str) -> Behind | None:
    weeks = _weeks(inputs, name)
    found = _in_weeks(inputs.rewards_of, weeks)
    if found is None:
        return None
    said = []
    if "type" in row:
        said.append(row["type"])
        keep = _spoken(found["type"], wording.reward_type, row["type"], NO_TYPE)
    elif "action_code" in row:
        said.append(f"action code {row['action_code']}")
        keep = (found["action_code"] == row["action_code"]).fillna(False).to_numpy(dtype=bool)
    if "status" in row:
        said.append(f"{row['status']} now")
        keep = _spoken(found["status"], wording.status, row["status"], NO_STATUS)
    else:
        said.append(_EARNED)
        keep = keep & has_word(found["status"], EARNED)
    return Behind("rewards", _filter(*said, _during("dated", weeks)), found[keep])


def _money(inputs: Inputs, row: Row, name: str) -> Behind | None:
    week = Week.parse(row["week"])
    if name.startswith("claimed"):
        payouts = inputs.payouts_of(week)
        return None if payouts is None else Behind("payouts", _during("Claimed", [week]), payouts)
    rewards = inputs.rewards_of(week)
    if rewards is None:
        return None
    kept = rewards[has_word(rewards["status"], EARNED)]
    return Behind("rewards", _filter(_EARNED, _during("dated", [week])), kept)


def _outstanding(inputs: Inputs, row: Row, name: str) -> Behind | None:  # noqa: ARG001 - both columns count the same rows
    rewards = inputs.rewards
    if rewards is None:
        return None
    said, keep = ["Confirmed now"], has_word(rewards["status"], (CONFIRMED,))
    if row["age"] not in ALL:
        said.append(f"dated {row['age']} ago")
        keep &= metrics.of_age(rewards, row["age"], inputs.as_of)
    return Behind("rewards", _filter(*said), rewards[keep])


def _users(inputs: Inputs, row: Row, name: str) -> Behind | None:
    week = Week.parse(row["week"])
    if name == "new_users":
        return Behind(None, _during("Registered", [week]), None)
    found = inputs.check_ins_of(week)
    if found is None:
        return None
    owners = wording.plural(found["owner_id"].nunique(), "distinct owner")
    return Behind("check_ins", _filter(_during("submitted", [week]), owners), found)


def _cohort(inputs: Inputs, row: Row, name: str) -> Behind | None:
    """The check-ins, in the week of the column, of those whose first lies in that of the row."""
    if inputs.check_ins is None:
        return None
    first = Week.parse(row["week"])
    week = first.plus(0 if name == "users" else int(name.removeprefix("week_")))
    codes, began = first_moments(inputs.check_ins)
    slots = Slots.by_week(inputs.calendar, sorted({first, week}))
    members = np.append(slots.place(began) == 0, False)
    inside = slots.place(moments(inputs.check_ins["checked_in_at"])) == len(slots) - 1
    rows = inputs.check_ins[inside & members[codes]]
    owners = wording.count(rows["owner_id"].nunique())
    said = _filter(
        _during("submitted", [week]),
        f"by {owners} of the {wording.plural(row['users'], 'user')} whose first check-in lies in "
        f"{first.code}",
    )
    return Behind("check_ins", said, rows)


def _ledger(inputs: Inputs, row: Row, name: str) -> Behind | None:
    found = ledger.behind(inputs, row["line"], since=name == "since_cents")
    return None if found is None else Behind(*found)


RULES: Mapping[str, Rule] = {
    "submitted": _submitted,
    "submitted_by_kind": _submitted,
    "confirmation_rate": _submitted,
    "expected": _submitted,
    "by_kind": _this_by_kind,
    "time_to_decision": _decided,
    "reasons": _reason,
    "rewards": _reward,
    "reward_types": _reward,
    "action_codes": _reward,
    "money": _money,
    "outstanding": _outstanding,
    "users": _users,
    "cohorts": _cohort,
    "ledger": _ledger,
}
