"""The rows behind each cell of the report's tables: exactly those that were counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pages.analysis import metrics, wording
from pages.analysis.metrics.columns import Bools, Slots, has_word, moments, words
from pages.analysis.periods import Week
from pages.analysis.report import ledger
from pages.analysis.report.cohorts import first_moments
from pages.analysis.report.inputs import Inputs
from pages.analysis.report.receipts import TABLES, Receipt, made, rows_decided_in
from pages.analysis.report.tables import NUMBERS, Column, Table
from pages.analysis.terms import CONFIRMED, DECIDED, DECLINED, EARNED, NO_KIND, NO_STATUS, NO_TYPE

ALL = ("All", "All kinds")
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Behind:
    """The rows a cell is counted from, all of one list, and how they were chosen."""

    list: str
    filter: str
    rows: pd.DataFrame


Rule = Callable[[Inputs, Row, str], Behind | None]


def behind(inputs: Inputs, table: Table, at: int, name: str) -> Behind | None:
    """The rows behind a cell; None where no rows of ours are, as with what Ownli counted."""
    rule = RULES.get(table.key)
    if rule is None or table.rows[at].get(name) is None:
        return None
    return rule(inputs, table.rows[at], name)


def receipt(inputs: Inputs, table: Table, at: int, name: str) -> Receipt:
    """Where the number in a cell comes from."""
    key = (table.key, at, name)
    if key not in inputs.traced:
        inputs.traced[key] = _receipt(inputs, table, at, name)
    found: Receipt = inputs.traced[key]
    return found


def _receipt(inputs: Inputs, table: Table, at: int, name: str) -> Receipt:
    facts, found = TABLES[table.key], behind(inputs, table, at, name)
    column = next(one for one in table.columns if one.name == name)
    return made(
        inputs,
        key=f"{table.key}.{at}.{name}",
        label=f"{table.title}: {', '.join([*_heads(table, at), column.label or table.title])}",
        value=table.said(table.rows[at], column),
        definition=facts.definition,
        filter=facts.filter if found is None else found.filter,
        lists=facts.lists if found is None else (found.list,),
        rows=None if found is None else found.rows,
    )


def can_be_traced(table: Table) -> bool:
    """Whether a table has numbers that have a receipt."""
    return table.key in TABLES and table.withheld is None and bool(table.rows)


def is_number(table: Table, at: int, name: str) -> bool:
    """Whether a cell is there and holds a number."""
    columns = {one.name for one in table.columns if one.kind in NUMBERS}
    return 0 <= at < len(table.rows) and name in columns and table.rows[at].get(name) is not None


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


def _with_outcome(check_ins: pd.DataFrame, name: str) -> pd.DataFrame:
    """Those a column of outcomes or of one status counts; any other column counts all."""
    status = check_ins["status"]
    if name == "undecided":
        return check_ins[~has_word(status, DECIDED)]
    wanted = {"rate": DECIDED, "confirmed": (CONFIRMED,), "declined": (DECLINED,)}
    if name in ("total", "before", "change"):
        return check_ins
    return check_ins[has_word(status, wanted.get(name, (name,)))]


def _weeks(inputs: Inputs, name: str) -> Sequence[Week]:
    """The weeks a column counts: the reported one, the one before, or both to compare them."""
    this, last = inputs.week, inputs.week.plus(-1)
    return {"before": [last], "change": [last, this]}.get(name.split("_")[0], [this])


def _in_weeks(
    rows_of: Callable[[Week], pd.DataFrame | None], weeks: Sequence[Week]
) -> pd.DataFrame | None:
    found = [rows for week in weeks if (rows := rows_of(week)) is not None]
    return pd.concat(found) if len(found) > 1 else found[0] if found else None


def _said(what: str, weeks: Sequence[Week]) -> str:
    return f"{what} in {wording.listing([week.code for week in weeks])}"


def _submitted(inputs: Inputs, row: Row, name: str) -> Behind | None:
    week = Week.parse(row["week"])
    found = inputs.check_ins_of(week)
    if found is None or name in ("expected", "low", "high", "miss"):
        return None
    rows = _with_outcome(_of_kind(found, row), name)
    return Behind("check_ins", _said("Submitted", [week]), rows)


def _this_by_kind(inputs: Inputs, row: Row, name: str) -> Behind | None:
    weeks = _weeks(inputs, name)
    found = _in_weeks(inputs.check_ins_of, weeks)
    if found is None:
        return None
    rows = _with_outcome(_of_kind(found, row), name)
    return Behind("check_ins", _said("Submitted", weeks), rows)


def _decided(inputs: Inputs, row: Row, name: str) -> Behind | None:
    week = inputs.week.plus(-1) if name == "median_before" else inputs.week
    found = rows_decided_in(inputs, week)
    if found is None:
        return None
    said = _said("Confirmed or Declined now; last updated", [week])
    return Behind("check_ins", said, _of_kind(found, row))


def _reason(inputs: Inputs, row: Row, name: str) -> Behind | None:
    weeks = _weeks(inputs, name)
    found = _in_weeks(inputs.check_ins_of, weeks)
    if found is None:
        return None
    note, status = row["exact"]
    same = found["note"].isna() if note is None else found["note"] == note
    rows = found[same.to_numpy(dtype=bool) & has_word(found["status"], (status,))]
    return Behind("check_ins", _said("Submitted, with this note,", weeks), rows)


def _reward(inputs: Inputs, row: Row, name: str) -> Behind | None:
    weeks = _weeks(inputs, name)
    found = _in_weeks(inputs.rewards_of, weeks)
    if found is None:
        return None
    said = "Dated"
    if "status" in row:
        keep = _spoken(found["status"], wording.status, row["status"], NO_STATUS)
    else:
        said, keep = "Confirmed or Claimed now; dated", has_word(found["status"], EARNED)
    if "type" in row:
        keep &= _spoken(found["type"], wording.reward_type, row["type"], NO_TYPE)
    if "action_code" in row:
        keep &= (found["action_code"] == row["action_code"]).fillna(False).to_numpy(dtype=bool)
    return Behind("rewards", _said(said, weeks), found[keep])


def _money(inputs: Inputs, row: Row, name: str) -> Behind | None:
    week = Week.parse(row["week"])
    if name.startswith("claimed"):
        payouts = inputs.payouts_of(week)
        return None if payouts is None else Behind("payouts", _said("Claimed", [week]), payouts)
    rewards = inputs.rewards_of(week)
    if rewards is None:
        return None
    said = _said("Confirmed or Claimed now; dated", [week])
    return Behind("rewards", said, rewards[has_word(rewards["status"], EARNED)])


def _outstanding(inputs: Inputs, row: Row, name: str) -> Behind | None:  # noqa: ARG001 - both columns count the same rows
    rewards = inputs.rewards
    if rewards is None:
        return None
    keep = has_word(rewards["status"], (CONFIRMED,))
    if row["age"] not in ALL:
        keep &= metrics.of_age(rewards, row["age"], inputs.as_of)
    return Behind("rewards", "Confirmed now", rewards[keep])


def _users(inputs: Inputs, row: Row, name: str) -> Behind | None:
    week = Week.parse(row["week"])
    found = None if name == "new_users" else inputs.check_ins_of(week)
    return None if found is None else Behind("check_ins", _said("Submitted", [week]), found)


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
    return Behind("check_ins", f"{_said('Submitted', [week])}; first check-in {first.code}", rows)


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
