"""The tiles: each number of the week beside the week before and its twelve-week median."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median as median_of
from typing import Any, Literal

from pages.analysis import definitions, wording
from pages.analysis.metrics import MoneyTotal
from pages.analysis.report.inputs import HISTORY_WEEKS, Inputs
from pages.analysis.report.numbers import Numbers
from pages.analysis.report.receipts import Receipt, receipt
from pages.analysis.report.tables import Kind, plain

Good = Literal["up", "down", "neither"]
LEAST_WEEKS = 4
"""A median of fewer weeks says nothing."""


@dataclass(frozen=True)
class Tile:
    """One number: as it reads, its change and its usual size in words, or why it is withheld.

    `raw`, `before`, `median`: the same as plain values (cents, shares, hours) of a kind of column.
    `sign`: which way it went (0 for no change or no base). `trend`: the weeks before and this
    one, oldest first, None where there is no number. `note`: what stands beside the number.
    """

    key: str
    label: str
    value: str
    change: str
    sign: int
    usual: str
    note: str
    good: Good
    trend: tuple[float | None, ...]
    withheld: str | None
    receipt: Receipt
    kind: Kind = "count"
    raw: float | None = None
    before: float | None = None
    median: float | None = None


@dataclass(frozen=True)
class _Plan:
    """How a tile is made: the column of `metrics.weekly` (None: a number of this moment)."""

    key: str
    label: str
    needs: tuple[str, ...]
    definition: str
    column: str | None
    write: Callable[[Any], str]
    good: Good = "up"


_PLANS = (
    _Plan("users_total", "Users", ("users_total",), definitions.USERS, None, wording.count),
    _Plan(
        "new_users", "New users", ("new_users",), definitions.NEW_USERS, "new_users", wording.count
    ),
    _Plan(
        "active_users",
        "Active users",
        ("check_ins",),
        definitions.ACTIVE_USERS,
        "active_users",
        wording.count,
    ),
    _Plan(
        "submitted",
        "Check-ins submitted",
        ("check_ins",),
        definitions.SUBMITTED,
        "submitted",
        wording.count,
    ),
    _Plan(
        "confirmation_rate",
        "Confirmation rate",
        ("check_ins",),
        definitions.CONFIRMATION_RATE,
        "confirmation_rate",
        wording.percent,
    ),
    _Plan(
        "median_hours",
        "Median time to decision",
        ("check_ins",),
        definitions.TIME_TO_DECISION,
        "median_hours_to_decision",
        wording.hours,
        "down",
    ),
    _Plan(
        "on_hold_now",
        "On hold now",
        ("check_ins",),
        definitions.ON_HOLD_NOW,
        None,
        wording.count,
        "down",
    ),
    _Plan(
        "earned", "Rewards earned", ("rewards",), definitions.EARNED, "earned_cents", wording.money
    ),
    _Plan(
        "outstanding",
        "Outstanding rewards",
        ("rewards",),
        definitions.OUTSTANDING,
        None,
        wording.money,
        "neither",
    ),
    _Plan(
        "claimed",
        "Payouts claimed",
        ("payouts",),
        definitions.CLAIMED,
        "claimed_cents",
        wording.money,
    ),
)


def tiles(inputs: Inputs, numbers: Numbers) -> tuple[Tile, ...]:
    """The ten tiles in their fixed order."""
    return tuple(_tile(inputs, numbers, plan) for plan in _PLANS)


def _tile(inputs: Inputs, numbers: Numbers, plan: _Plan) -> Tile:
    withheld = inputs.reason(*plan.needs)
    value = "unavailable" if withheld else _value(numbers, plan)
    change, sign = "", 0
    trend: tuple[float | None, ...] = ()
    before, median, known = None, None, 0
    if plan.column is not None and not withheld:
        values = [plain(value) for value in inputs.weekly[plan.column]]
        trend = tuple(None if value is None else float(value) for value in values)
        median, known = _median(inputs, plan, values[:-1])
        if inputs.running is None:
            before = values[-2]
            if not _partial(numbers, plan):
                change, sign = _change(inputs, values, plan)
    usual = "" if median is None else f"usually {plan.write(median)}"
    return Tile(
        key=plan.key,
        label=plan.label,
        value=value,
        change=change,
        sign=sign,
        usual=usual if known in (0, HISTORY_WEEKS) else f"{usual} ({known} weeks)",
        note="" if withheld else _note(inputs, numbers, plan),
        good=plan.good,
        trend=trend,
        withheld=withheld,
        receipt=receipt(inputs, plan.key, plan.label, value, plan.definition),
        kind=_KINDS.get(plan.write, "count"),
        raw=None if withheld else _raw(numbers, plan),
        before=before,
        median=median,
    )


UNTOLD = wording.UNKNOWN
_KINDS: dict[Callable[[Any], str], Kind] = {
    wording.count: "count",
    wording.percent: "percent",
    wording.hours: "hours",
    wording.money: "money",
}


def _raw(numbers: Numbers, plan: _Plan) -> float | None:
    """The number itself."""
    value = numbers.payouts if plan.key == "claimed" else getattr(numbers, plan.key)
    if isinstance(value, MoneyTotal):
        return value.cents
    found: float | None = value
    return found


def _value(numbers: Numbers, plan: _Plan) -> str:
    if plan.key == "confirmation_rate":
        return wording.confirmation(numbers.confirmed, numbers.declined)
    if plan.key in ("claimed", "earned", "outstanding"):
        written = _dollars(_money(numbers, plan))
    else:
        written = plan.write(getattr(numbers, plan.key))
    return f"at least {written}" if _partial(numbers, plan) and written != UNTOLD else written


def _money(numbers: Numbers, plan: _Plan) -> MoneyTotal | None:
    found: MoneyTotal | None = getattr(numbers, "payouts" if plan.key == "claimed" else plan.key)
    return found


def _partial(numbers: Numbers, plan: _Plan) -> bool:
    """Whether the number is known to be too small: a date, an amount or an owner is missing."""
    if plan.key == "active_users":
        return bool(numbers.without_owner)
    if plan.key not in ("claimed", "earned", "outstanding"):
        return False
    money = _money(numbers, plan)
    lacking = money is not None and money.without_amount > 0
    return lacking or (plan.key == "claimed" and bool(numbers.undated))


def _dollars(money: MoneyTotal | None) -> str:
    return wording.UNKNOWN if money is None else wording.money(money.cents)


def _change(inputs: Inputs, values: list[Any], plan: _Plan) -> tuple[str, int]:
    """The change in words and its direction; "no base" before the partner's second week."""
    now, before = values[-1], values[-2]
    if not inputs.begun(plan.needs[0], inputs.week.plus(-1)):
        return wording.NO_BASE, 0
    if plan.key == "confirmation_rate":
        words = wording.points(now, before)
    else:
        words = wording.change(now, before, plan.write)
    if now is None or before is None or words == wording.NO_CHANGE:
        return words, 0
    return words, (now > before) - (now < before)


def _median(inputs: Inputs, plan: _Plan, before: list[Any]) -> tuple[float | None, int]:
    """The median of the weeks before since its list begins, and how many weeks that are.

    None if they are fewer than `LEAST_WEEKS`.
    """
    known = [
        value
        for week, value in zip(inputs.weeks_before, before, strict=True)
        if value is not None and inputs.begun(plan.needs[0], week)
    ]
    return (median_of(known) if len(known) >= LEAST_WEEKS else None), len(known)


def _note(inputs: Inputs, numbers: Numbers, plan: _Plan) -> str:
    match plan.key:
        case "confirmation_rate":
            return f"{wording.count(numbers.undecided)} undecided"
        case "median_hours":
            return f"{wording.count(numbers.decided_in_week)} decided, estimated"
        case "earned":
            return _rewards(numbers.earned, "reward")
        case "outstanding":
            return _rewards(numbers.outstanding, "reward")
        case "claimed":
            said = _rewards(numbers.payouts, "payout")
            return (
                f"{said}, {wording.count(numbers.undated)} not dated" if numbers.undated else said
            )
        case "users_total" | "on_hold_now":
            return f"as of {wording.clock(inputs.as_of, inputs.calendar)}"
    return ""


def _rewards(money: MoneyTotal | None, noun: str) -> str:
    if money is None:
        return ""
    said = wording.plural(money.count, noun)
    if money.without_amount:
        said += f", {wording.count(money.without_amount)} without an amount"
    return said
