"""What changed most against the week before, and which parts make up each change exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pages.analysis import metrics, us_states, wording
from pages.analysis.periods import Week
from pages.analysis.report.inputs import Inputs
from pages.analysis.report.table import signed
from pages.analysis.terms import CONFIRMED, DECLINED, EARNED

NAMED = 3
"""How many parts of a change are named; the rest stands together as one more."""
SHOWN = 4
"""How many changes a report shows."""
_LONGEST_NOTE = 70
# What a number is taken to change from week to week at least, so that tiny ones do not stand out.
_LEAST_COUNT, _LEAST_CENTS = 5, 5_000

Parts = Mapping[str, int]
_Rows = pd.DataFrame


@dataclass(frozen=True)
class Contributions:
    """One number's change and its parts, the largest first; the parts sum to it exactly.

    `weight`: the change as a multiple of what the number usually changes from week to week.
    """

    key: str
    label: str
    before: int
    now: int
    money: bool
    parts: tuple[tuple[str, int], ...]
    weight: float

    @property
    def change(self) -> int:
        """By how much it changed."""
        return self.now - self.before

    @property
    def named(self) -> tuple[tuple[str, int], ...]:
        """The largest parts, then all others as one; they sum to the change exactly."""
        first, rest = self.parts[:NAMED], self.parts[NAMED:]
        if len(rest) <= 1:
            return self.parts
        return (*first, (f"{len(rest)} others together", sum(part for _, part in rest)))

    @property
    def head(self) -> str:
        """`Confirmed -34 (412 to 378)`."""
        write = wording.money if self.money else wording.count
        ends = f"{write(self.before)} to {write(self.now)}"
        return f"{self.label} {signed(self.change, write)} ({ends})"

    @property
    def tail(self) -> str:
        """`condition in Texas -24, mileage -10.`"""
        write = wording.money if self.money else wording.count
        return ", ".join(f"{name} {signed(part, write)}" for name, part in self.named) + "."

    @property
    def sentence(self) -> str:
        """`Confirmed -34 (412 to 378): condition in Texas -24, mileage -10.`"""
        return f"{self.head}: {self.tail}"

    @property
    def usual(self) -> str:
        """How the change compares with the usual one."""
        return "more than it usually changes" if self.weight >= 1 else "within its usual changes"

    def content(self) -> dict[str, Any]:
        """As the JSON report holds it; money in cents under names that say so."""
        unit = "_cents" if self.money else ""
        return {
            "number": self.key,
            "sentence": self.sentence,
            f"before{unit}": self.before,
            f"now{unit}": self.now,
            f"parts{unit}": [[name, part] for name, part in self.parts],
        }


def contributions(inputs: Inputs, shown: int = SHOWN) -> tuple[Contributions, ...]:
    """The changes that stand out most; none while the week is in progress or is the first."""
    before = inputs.week.plus(-1)
    if inputs.running is not None:
        return ()
    lists = {"earned": "rewards", "claimed": "payouts"}
    found = [
        one
        for one in all_contributions(inputs)
        if one.change and inputs.begun(lists.get(one.key, "check_ins"), before)
    ]
    found.sort(key=lambda one: (-one.weight, one.key))
    return tuple(found[:shown])


def all_contributions(inputs: Inputs) -> list[Contributions]:
    """All numbers that can be taken apart, changed or not."""
    weeks = (inputs.week, inputs.week.plus(-1))
    found = []
    submitted = _pair(inputs.check_ins_of, weeks)
    if submitted is not None:
        now, before = (_with_states(inputs, rows) for rows in submitted)
        found += [
            _counted(inputs, "submitted", "Submitted", now, before, _BY_KIND_AND_STATE),
            *(
                _counted(
                    inputs,
                    status.lower(),
                    status,
                    now[now["status"] == status],
                    before[before["status"] == status],
                    split,
                )
                for status, split in ((CONFIRMED, _BY_KIND_AND_STATE), (DECLINED, _BY_NOTE))
            ),
        ]
        if inputs.weekly["active_users"].loc[[week.code for week in weeks]].notna().all():
            found.append(_active(inputs, *submitted))
    rewards = _pair(inputs.rewards_of, weeks)
    if rewards is not None:
        now, before = (rows[rows["status"].isin(EARNED)] for rows in rewards)
        found.append(_money(inputs, "earned", "Earned", now, before, _BY_REWARD))
    payouts = _pair(inputs.payouts_of, weeks)
    if payouts is not None:
        firsts = _first_payouts(inputs)
        now, before = (rows.assign(first=rows["id"].isin(firsts)) for rows in payouts)
        found.append(_money(inputs, "claimed", "Claimed", now, before, _BY_CLAIM))
    return found


def _pair(
    rows_of: Callable[[Week], _Rows | None], weeks: tuple[Week, Week]
) -> tuple[_Rows, _Rows] | None:
    """The rows of a week and of the one before; None without their list."""
    now, before = (rows_of(week) for week in weeks)
    return None if now is None or before is None else (now, before)


def _made(
    inputs: Inputs, key: str, label: str, now: Parts, before: Parts, *, money: bool = False
) -> Contributions:
    """A change from what each part was this week and the week before."""
    changes = {name: now.get(name, 0) - before.get(name, 0) for name in {*now, *before}}
    parts = [(name, change) for name, change in changes.items() if change]
    parts.sort(key=lambda part: (-abs(part[1]), part[0]))
    total, was = sum(now.values()), sum(before.values())
    weight = abs(total - was) / _usual_change(inputs, key, _LEAST_CENTS if money else _LEAST_COUNT)
    return Contributions(key, label, was, total, money, tuple(parts), weight)


def _usual_change(inputs: Inputs, key: str, least: int) -> float:
    """The median change from week to week before the reported one; not less than `least`."""
    column = {"active": "active_users", "earned": "earned_cents", "claimed": "claimed_cents"}
    known = inputs.weekly[column.get(key, key)].iloc[:-1].dropna().astype("float64")
    steps = known.diff().abs().dropna()
    return max(float(steps.median()) if len(steps) else 0.0, float(least))


@dataclass(frozen=True)
class _Split:
    """How rows fall into parts: the columns that decide, and what a part is called by them."""

    columns: tuple[str, ...]
    name: Callable[..., str]

    def tally(self, rows: _Rows, weights: Any = 1) -> Parts:
        """The weights of each part summed; with 1, its rows counted."""
        weighed = rows[list(self.columns)].assign(_weight=weights)
        sums = weighed.groupby(list(self.columns), dropna=False, observed=True)["_weight"].sum()
        found: dict[str, int] = {}
        for key, total in sums.items():
            name = self.name(*key) if isinstance(key, tuple) else self.name(key)
            found[name] = found.get(name, 0) + int(total)
        return found


def _counted(
    inputs: Inputs, key: str, label: str, now: _Rows, before: _Rows, split: _Split
) -> Contributions:
    return _made(inputs, key, label, split.tally(now), split.tally(before))


def _money(
    inputs: Inputs, key: str, label: str, now: _Rows, before: _Rows, split: _Split
) -> Contributions:
    parts = [split.tally(rows, rows["amount_cents"].fillna(0)) for rows in (now, before)]
    return _made(inputs, key, label, parts[0], parts[1], money=True)


def _with_states(inputs: Inputs, check_ins: _Rows) -> _Rows:
    """The same rows, with the state of the vehicle where Ownli names none."""
    vehicles = inputs.vehicles
    return check_ins if vehicles is None else metrics.with_states(check_ins, vehicles)


def _kind_and_state(kind: Any, state: Any) -> str:
    """`condition in Texas`; the kind alone where Ownli names no state."""
    said = wording.kind(kind).lower()
    return said if wording.is_missing(state) else f"{said} in {us_states.name(str(state))}"


def _note(note: Any) -> str:
    """Ownli's note in quotation marks, cut where it is long."""
    said = " ".join(wording.note(note).split())
    if said == wording.NO_NOTE:
        return "no note"
    short = said if len(said) <= _LONGEST_NOTE else said[: _LONGEST_NOTE - 1].rstrip() + "…"
    return f"“{short}”"


def _reward(type_: Any, code: Any) -> str:
    """The type of a reward in words, with the action code of those the team granted."""
    said = wording.reward_type(type_)
    said = said[:1].lower() + said[1:]
    return said if wording.is_missing(code) else f"{said} ({wording.action_code(code)})"


_BY_KIND_AND_STATE = _Split(("kind", "state"), _kind_and_state)
_BY_NOTE = _Split(("note",), _note)
_BY_REWARD = _Split(("type", "action_code"), _reward)
_BY_CLAIM = _Split(("first",), lambda first: "first claims" if first else "repeat claims")


def _first_payouts(inputs: Inputs) -> set[str]:
    """The ids of each user's first dated payout."""
    if inputs.payouts is None:
        return set()
    dated = inputs.payouts[inputs.payouts["claimed_at"].notna()]
    return set(dated.sort_values(["claimed_at", "id"]).drop_duplicates("owner_id")["id"])


def _active(inputs: Inputs, now: _Rows, before: _Rows) -> Contributions:
    """Active users: first check-in ever seen, came back, and those who did not return."""
    this, last = (set(rows["owner_id"].dropna()) for rows in (now, before))
    earlier: set[str] = set()
    if inputs.check_ins is not None:
        start = inputs.calendar.starts(inputs.week.plus(-1))
        old = inputs.check_ins["checked_in_at"] < start
        earlier = set(inputs.check_ins.loc[old, "owner_id"].dropna())
    new, both = this - last, {"active in both weeks": len(this & last)}
    came = {"first check-in": len(new - earlier), "back after a pause": len(new & earlier)}
    left = {"not back this week": len(last - this)}
    return _made(inputs, "active", "Active users", {**both, **came}, {**both, **left})
