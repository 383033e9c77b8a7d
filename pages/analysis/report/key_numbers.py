"""The ten numbers of the week, each beside the week before and its twelve-week median."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median as median_of
from typing import Any, Literal

import pandas as pd

from pages.analysis import definitions, links, wording
from pages.analysis.columns import Kind
from pages.analysis.metrics import MoneyTotal
from pages.analysis.report.inputs import HISTORY_WEEKS, Inputs
from pages.analysis.report.numbers import Numbers
from pages.analysis.report.table import plain
from pages.analysis.terms import CONFIRMED, DECIDED, EARNED, ON_HOLD

LEAST_WEEKS = 4
"""A median of fewer weeks says nothing."""


@dataclass(frozen=True)
class KeyNumber:
    """One number: as it reads, its change and its usual size in words, or why it is withheld.

    `raw`, `before`, `median`: the same as plain values (cents, shares, hours) of a kind of column.
    `sign`: which way it went (0: no change or no base), `good`: which way is welcome. `trend`: the
    weeks before and this one, oldest first, None where there is no number. `note`: what stands
    beside the number. `link`: the address of the rows it counts, if a screen shows exactly these.
    """

    key: str
    label: str
    definition: str
    kind: Kind
    value: str
    change: str = ""
    sign: int = 0
    good: Literal["up", "down", "neither"] = "up"
    usual: str = ""
    note: str = ""
    trend: tuple[float | None, ...] = ()
    withheld: str | None = None
    raw: float | None = None
    before: float | None = None
    median: float | None = None
    link: str | None = None


@dataclass(frozen=True)
class _Plan:
    """How a number is made: its list, and its column of `metrics.weekly` (None: of this moment)."""

    key: str
    label: str
    list: str
    definition: str
    column: str | None
    kind: Kind = "count"
    good: Literal["up", "down", "neither"] = "up"


_PLANS = (
    _Plan("users_total", "Users", "users_total", definitions.USERS, None),
    _Plan("new_users", "New users", "new_users", definitions.NEW_USERS, "new_users"),
    _Plan("active_users", "Active users", "check_ins", definitions.ACTIVE_USERS, "active_users"),
    _Plan("submitted", "Check-ins submitted", "check_ins", definitions.SUBMITTED, "submitted"),
    _Plan(
        "confirmation_rate",
        "Confirmation rate",
        "check_ins",
        definitions.CONFIRMATION_RATE,
        "confirmation_rate",
        "percent",
    ),
    _Plan(
        "median_hours",
        "Median time to decision",
        "check_ins",
        definitions.TIME_TO_DECISION,
        "median_hours_to_decision",
        "hours",
        "down",
    ),
    _Plan("on_hold_now", "On hold now", "check_ins", definitions.ON_HOLD_NOW, None, good="down"),
    _Plan("earned", "Rewards earned", "rewards", definitions.EARNED, "earned_cents", "money"),
    _Plan(
        "outstanding",
        "Outstanding rewards",
        "rewards",
        definitions.OUTSTANDING,
        None,
        "money",
        "neither",
    ),
    _Plan("claimed", "Payouts claimed", "payouts", definitions.CLAIMED, "claimed_cents", "money"),
)
_WRITE: dict[Kind, Callable[[Any], str]] = {
    "count": wording.count,
    "percent": wording.percent,
    "hours": wording.hours,
    "money": wording.money,
}


def key_numbers(inputs: Inputs, numbers: Numbers) -> tuple[KeyNumber, ...]:
    """The ten numbers in their fixed order."""
    return tuple(_key_number(inputs, numbers, plan) for plan in _PLANS)


def _key_number(inputs: Inputs, numbers: Numbers, plan: _Plan) -> KeyNumber:
    withheld = inputs.reason(plan.list)
    head = (plan.key, plan.label, plan.definition, plan.kind)
    if withheld:
        return KeyNumber(*head, "unavailable", good=plan.good, withheld=withheld)
    write, partial = _WRITE[plan.kind], _partial(numbers, plan.key)
    change, sign, before, median, usual = "", 0, None, None, ""
    trend: tuple[float | None, ...] = ()
    if plan.column is not None:
        values = [plain(value) for value in inputs.weekly[plan.column]]
        trend = tuple(None if value is None else float(value) for value in values)
        median, usual = _usual(inputs, plan.list, values[:-1], write)
        if inputs.running is None:
            before = values[-2]
            if not partial:
                change, sign = _change(inputs, plan, values[-1], before)
    raw = _raw(numbers, plan.key)
    said = write(raw)
    if plan.key == "confirmation_rate":
        said = wording.confirmation(numbers.confirmed, numbers.declined)
    return KeyNumber(
        *head,
        f"at least {said}" if partial and said != wording.UNKNOWN else said,
        change=change,
        sign=sign,
        good=plan.good,
        usual=usual,
        note=_note(inputs, numbers, plan.key),
        trend=trend,
        raw=raw,
        before=before,
        median=median,
        link=_link(inputs, plan.key),
    )


def _money(numbers: Numbers, key: str) -> MoneyTotal | None:
    """The dollars behind a number; None if it is not one of dollars, or is not known."""
    found = numbers.payouts if key == "claimed" else getattr(numbers, key)
    return found if isinstance(found, MoneyTotal) else None


def _raw(numbers: Numbers, key: str) -> float | None:
    money = _money(numbers, key)
    found: float | None = money.cents if money else getattr(numbers, key, None)
    return found


def _partial(numbers: Numbers, key: str) -> bool:
    """Whether the number is known to be too small: a date, an amount or an owner is missing."""
    if key == "active_users":
        return bool(numbers.without_owner)
    money = _money(numbers, key)
    lacking = money is not None and money.without_amount > 0
    return lacking or (key == "claimed" and bool(numbers.undated))


def _change(inputs: Inputs, plan: _Plan, now: Any, before: Any) -> tuple[str, int]:
    """The change in words and its direction; "no base" before the list's second week."""
    if not inputs.begun(plan.list, inputs.week.plus(-1)):
        return wording.NO_BASE, 0
    if plan.kind == "percent":
        words = wording.points(now, before)
    else:
        words = wording.change(now, before, _WRITE[plan.kind])
    if now is None or before is None or words == wording.NO_CHANGE:
        return words, 0
    return words, (now > before) - (now < before)


def _usual(
    inputs: Inputs, name: str, before: list[Any], write: Callable[[Any], str]
) -> tuple[float | None, str]:
    """The median of the weeks before since the list begins, also in words; None for too few."""
    known = [
        value
        for week, value in zip(inputs.weeks_before, before, strict=True)
        if value is not None and inputs.begun(name, week)
    ]
    if len(known) < LEAST_WEEKS:
        return None, ""
    median = median_of(known)
    few = "" if len(known) == HISTORY_WEEKS else f" ({len(known)} weeks)"
    return median, f"usually {write(median)}{few}"


def _note(inputs: Inputs, numbers: Numbers, key: str) -> str:
    match key:
        case "confirmation_rate":
            return f"{wording.count(numbers.undecided)} undecided"
        case "median_hours":
            return f"{wording.count(numbers.decided_in_week)} decided, estimated"
        case "earned" | "outstanding":
            return _counted(_money(numbers, key), "reward")
        case "claimed":
            said = _counted(numbers.payouts, "payout")
            undated = wording.count(numbers.undated)
            return f"{said}, {undated} not dated" if numbers.undated else said
        case "users_total" | "on_hold_now":
            return f"as of {wording.clock(inputs.as_of, inputs.calendar)}"
    return ""


def _counted(money: MoneyTotal | None, noun: str) -> str:
    if money is None:
        return ""
    said = wording.plural(money.count, noun)
    if money.without_amount:
        said += f", {wording.count(money.without_amount)} without an amount"
    return said


def _link(inputs: Inputs, key: str) -> str | None:
    days = inputs.days(inputs.week)
    match key:
        case "users_total":
            return links.all_users()
        case "new_users":
            return links.users(*days)
        case "submitted":
            return links.check_ins(*days)
        case "confirmation_rate":
            return links.check_ins(*days, status=DECIDED)
        case "on_hold_now":
            return of_every_date(
                inputs, links.check_ins, inputs.check_ins, "checked_in_at", ON_HOLD
            )
        case "earned":
            return links.rewards(*days, status=EARNED)
        case "outstanding":
            return of_every_date(inputs, links.rewards, inputs.rewards, "rewarded_at", CONFIRMED)
        case "claimed":
            return links.payouts(*days)
    return None


def of_every_date(
    inputs: Inputs,
    screen: Callable[..., str],
    rows: pd.DataFrame | None,
    dated: str,
    status: str,
) -> str | None:
    """The address of all rows that have a status now, from the day of the oldest of them.

    None without rows, and where some have no date: a screen's period does not show those.
    """
    if rows is None:
        return None
    at = rows.loc[rows["status"] == status, dated]
    if at.empty or at.isna().any():
        return None
    first = inputs.calendar.today(at.min().to_pydatetime())
    return screen(first, inputs.calendar.today(inputs.now), status=status)
