"""What moved most against the week before, and which parts make up each change exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pages.analysis import metrics, us_states, wording
from pages.analysis.metrics.columns import Ints, cents, has_word, identities, moments
from pages.analysis.report.inputs import Inputs
from pages.analysis.report.tables import signed
from pages.analysis.terms import CONFIRMED, DECLINED, EARNED
from pages.analysis.zones import microseconds

NAMED = 3
"""How many parts of a change are named; the rest stands together as one more."""
SHOWN = 4
"""How many changes a report tells."""
_LONGEST_NOTE = 70
# What a number is taken to move from week to week at least, so that tiny ones do not stand out.
_LEAST_COUNT, _LEAST_CENTS = 5, 5_000

Parts = Mapping[str, int]


@dataclass(frozen=True)
class Mover:
    """One number's change and its parts, the largest first; the parts sum to it exactly.

    `weight`: the change as a multiple of what the number usually moves from week to week.
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
        """By how much it moved."""
        return self.now - self.before

    @property
    def named(self) -> tuple[tuple[str, int], ...]:
        """The largest parts, then all others as one; they sum to the change exactly."""
        first, rest = self.parts[:NAMED], self.parts[NAMED:]
        if len(rest) <= 1:
            return self.parts
        return (*first, (f"{len(rest)} others together", sum(part for _, part in rest)))

    @property
    def sentence(self) -> str:
        """`Confirmed -34 (412 to 378): condition in Texas -24, ...`."""
        write = wording.money if self.money else wording.count
        parts = ", ".join(f"{name} {signed(part, write)}" for name, part in self.named)
        head = f"{self.label} {signed(self.change, write)}"
        return f"{head} ({write(self.before)} to {write(self.now)}): {parts}."

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


def movers(inputs: Inputs, shown: int = SHOWN) -> tuple[Mover, ...]:
    """The changes that stand out most; none while the week is in progress or is the first."""
    first = inputs.first_week
    before = inputs.week.plus(-1)
    if inputs.running is not None or first is None or before < first:
        return ()
    found = [
        mover
        for mover in every_mover(inputs)
        if mover.change and inputs.begun(_LIST.get(mover.key, "check_ins"), before)
    ]
    found.sort(key=lambda mover: (-mover.weight, mover.key))
    return tuple(found[:shown])


def every_mover(inputs: Inputs) -> list[Mover]:
    """All numbers that can be taken apart, moved or not."""
    weeks = (inputs.week, inputs.week.plus(-1))
    found = []
    check_ins = [inputs.check_ins_of(week) for week in weeks]
    if check_ins[0] is not None and check_ins[1] is not None:
        pair = (_with_states(inputs, check_ins[0]), _with_states(inputs, check_ins[1]))
        found.append(_counted(inputs, "submitted", "Submitted", pair, _BY_KIND_AND_STATE))
        for key, label, status, split in (
            ("confirmed", "Confirmed", CONFIRMED, _BY_KIND_AND_STATE),
            ("declined", "Declined", DECLINED, _BY_NOTE),
        ):
            some = tuple(rows[has_word(rows["status"], (status,))] for rows in pair)
            found.append(_counted(inputs, key, label, (some[0], some[1]), split))
        told = inputs.weekly["active_users"].loc[[week.code for week in weeks]]
        if told.notna().all():
            found.append(_active(inputs))
    rewards = [inputs.rewards_of(week) for week in weeks]
    if rewards[0] is not None and rewards[1] is not None:
        earned = [rows[has_word(rows["status"], EARNED)] for rows in rewards if rows is not None]
        found.append(_money(inputs, "earned", "Earned", (earned[0], earned[1]), _BY_REWARD))
    payouts = [inputs.payouts_of(week) for week in weeks]
    if payouts[0] is not None and payouts[1] is not None:
        marked = (_marked(inputs, payouts[0]), _marked(inputs, payouts[1]))
        found.append(_money(inputs, "claimed", "Claimed", marked, _BY_CLAIM))
    return found


# The lists of those that are not counted from check-ins.
_LIST = {"earned": "rewards", "claimed": "payouts"}
_COLUMN = {"active": "active_users", "earned": "earned_cents", "claimed": "claimed_cents"}


def _mover(
    inputs: Inputs, key: str, label: str, parts: tuple[Parts, Parts], least: int, money: bool
) -> Mover:
    """A mover from what each part was this week and the week before."""
    now, before = parts
    changes = {name: now.get(name, 0) - before.get(name, 0) for name in {*now, *before}}
    ranked = sorted(
        ((name, change) for name, change in changes.items() if change),
        key=lambda part: (-abs(part[1]), part[0]),
    )
    total, was = sum(now.values()), sum(before.values())
    return Mover(
        key,
        label,
        was,
        total,
        money,
        tuple(ranked),
        abs(total - was) / _usual_change(inputs, _COLUMN.get(key, key), least),
    )


def _usual_change(inputs: Inputs, column: str, least: int) -> float:
    """The median change from week to week before the reported one; not less than `least`."""
    known = inputs.weekly[column].iloc[:-1].dropna().to_numpy(dtype=float)
    steps = np.abs(np.diff(known))
    return max(float(np.median(steps)) if len(steps) else 0.0, float(least))


@dataclass(frozen=True)
class _Split:
    """How rows fall into parts: the columns that tell, and what a part is called by them."""

    columns: tuple[str, ...]
    name: Callable[..., str]

    def tally(self, rows: pd.DataFrame, values: Ints | None = None) -> Parts:
        """The rows of each part counted, or their values summed."""
        weighed = rows[list(self.columns)].assign(_weight=1 if values is None else values)
        sums = weighed.groupby(list(self.columns), dropna=False, observed=True)["_weight"].sum()
        found: dict[str, int] = {}
        for key, total in sums.items():
            name = self.name(*key) if isinstance(key, tuple) else self.name(key)
            found[name] = found.get(name, 0) + int(total)
        return found


def _counted(
    inputs: Inputs,
    key: str,
    label: str,
    pair: tuple[pd.DataFrame, pd.DataFrame],
    split: _Split,
) -> Mover:
    parts = (split.tally(pair[0]), split.tally(pair[1]))
    return _mover(inputs, key, label, parts, least=_LEAST_COUNT, money=False)


def _money(
    inputs: Inputs,
    key: str,
    label: str,
    pair: tuple[pd.DataFrame, pd.DataFrame],
    split: _Split,
) -> Mover:
    now, before = (split.tally(rows, cents(rows["amount_cents"])[0]) for rows in pair)
    return _mover(inputs, key, label, (now, before), least=_LEAST_CENTS, money=True)


def _with_states(inputs: Inputs, check_ins: pd.DataFrame) -> pd.DataFrame:
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


def _marked(inputs: Inputs, payouts: pd.DataFrame) -> pd.DataFrame:
    """The payouts with whether each is its user's first."""
    every = inputs.payouts
    assert every is not None, "asked for only when there are payouts"  # noqa: S101
    dated = every[every["claimed_at"].notna()]
    firsts = dated.sort_values(["claimed_at", "id"]).drop_duplicates("owner_id")["id"]
    return payouts.assign(first=payouts["id"].isin(firsts).to_numpy(dtype=bool))


def _active(inputs: Inputs) -> Mover:
    """Active users: first check-in ever seen, came back, and those who did not return."""
    assert inputs.check_ins is not None, "asked for only when there are check-ins"  # noqa: S101
    codes, users = identities(inputs.check_ins["owner_id"])
    at = moments(inputs.check_ins["checked_in_at"])
    starts = [
        microseconds(inputs.calendar.starts(week))
        for week in (inputs.week.plus(-1), inputs.week, inputs.week.plus(1))
    ]
    before, last, this = (
        _present(codes, at < starts[0], users),
        _present(codes, (at >= starts[0]) & (at < starts[1]), users),
        _present(codes, (at >= starts[1]) & (at < starts[2]), users),
    )
    new = this & ~last
    now: dict[str, int] = {
        "active in both weeks": int((this & last).sum()),
        "first check-in": int((new & ~before).sum()),
        "back after a pause": int((new & before).sum()),
    }
    was: dict[str, int] = {
        "active in both weeks": int((this & last).sum()),
        "not back this week": int((last & ~this).sum()),
    }
    return _mover(inputs, "active", "Active users", (now, was), least=_LEAST_COUNT, money=False)


def _present(codes: Ints, chosen: Any, users: int) -> Any:
    seen = np.zeros(users, dtype=bool)
    seen[codes[chosen & (codes >= 0)]] = True
    return seen


def sentences(found: Sequence[Mover]) -> list[str]:
    """What a report says about its movers."""
    return [mover.sentence for mover in found]
