"""The tables of the report about rewards and payouts."""

from __future__ import annotations

from typing import Any

from pages.analysis import metrics, wording
from pages.analysis.metrics import MoneyTotal
from pages.analysis.report import ledger as ledgers
from pages.analysis.report.inputs import Inputs
from pages.analysis.report.ledger import Ledger
from pages.analysis.report.numbers import Numbers
from pages.analysis.report.tables import Column, Table, rows_of
from pages.analysis.terms import EARNED, REWARD_STATUSES, in_order

_CODES_PRINTED = 10


def rewards_by_status(inputs: Inputs, now: Numbers, before: Numbers) -> Table:
    """Rewards dated in the week by present status; earned and not earned are told apart."""
    columns = [
        Column("status", "Status now", "text"),
        Column("count", "Rewards"),
        Column("amount_cents", "Dollars", "money"),
    ]
    if inputs.running is None:
        columns += [
            Column("before_cents", "Week before", "money"),
            Column("change_cents", "Change", "money_change"),
        ]
    key, title = "rewards", "Rewards of the week by status"
    if now.rewards is None or before.rewards is None:
        return Table(key, title, tuple(columns), withheld=inputs.reason("rewards"))
    nothing = MoneyTotal(0, 0, 0)
    rows = []
    for status in in_order({*REWARD_STATUSES, *now.rewards, *before.rewards}):
        total, was = now.rewards.get(status, nothing), before.rewards.get(status, nothing)
        rows.append(
            {
                "status": wording.status(status),
                "count": total.count,
                "amount_cents": total.cents,
                "before_cents": was.cents,
                "change_cents": total.cents - was.cents,
            }
        )
    return Table(key, title, tuple(columns), tuple(rows))


def per_week(inputs: Inputs) -> Table:
    """Rewards earned and payouts claimed, week by week."""
    columns = (
        Column("week", "Week", "text"),
        Column("earned_cents", "Earned", "money"),
        Column("earned_count", "Rewards"),
        Column("claimed_cents", "Claimed", "money"),
        Column("claimed_count", "Payouts"),
    )
    codes = [week.code for week in inputs.weeks]
    withheld = inputs.reason("rewards") if inputs.payouts is None else None
    frame = inputs.weekly.loc[codes].reset_index()
    rows = () if withheld else rows_of(frame, [column.name for column in columns])
    lacking = inputs.reason("rewards") or inputs.reason("payouts")
    return Table(
        "money",
        "Rewards earned and payouts claimed a week",
        columns,
        rows,
        note=f"Partly unavailable. {lacking}" if lacking and not withheld else "",
        withheld=withheld,
    )


def outstanding_by_age(inputs: Inputs) -> Table:
    """Outstanding rewards by how long ago they were granted, as of the stamp."""
    columns = (
        Column("age", "Granted", "text"),
        Column("count", "Rewards"),
        Column("amount_cents", "Dollars", "money"),
    )
    key, title = "outstanding", "Outstanding rewards by age"
    if inputs.rewards is None:
        return Table(key, title, columns, withheld=inputs.reason("rewards"))
    frame = metrics.outstanding_by_age(inputs.rewards, inputs.as_of)
    rows = rows_of(frame, [column.name for column in columns])
    total = {
        "age": "All",
        "count": sum(row["count"] for row in rows),
        "amount_cents": sum(row["amount_cents"] for row in rows),
    }
    return Table(key, title, columns, (*rows, total), note="All time, as of the stamp.")


def ledger(inputs: Inputs, found: Ledger | None) -> Table:
    """The ledger as it is read: the week, then from its end to the stamp."""
    columns = [
        Column("line", "", "text"),
        Column("week_cents", inputs.week.code, "money"),
    ]
    if inputs.running is None:
        columns.append(Column("since_cents", "Since then", "money"))
    key, title = "ledger", "Rewards ledger"
    if found is None:
        return Table(key, title, tuple(columns), withheld=inputs.reason("rewards", "payouts"))
    week, since = found.week, found.since
    rows = [
        _line(ledgers.OPENING, week.opening, since.opening),
        _line(ledgers.GRANTED, week.granted, since.granted),
        _line(ledgers.PAID, -week.claimed, -since.claimed),
    ]
    for name in dict.fromkeys([*week.other, *since.other]):
        rows.append(_line(f"± {name}", week.other.get(name, 0), since.other.get(name, 0)))
    if week.unexplained or since.unexplained:
        rows.append(_line("± Unexplained", week.unexplained, since.unexplained))
    rows.append(_line(ledgers.CLOSING, week.closing, since.closing))
    note = (
        f"{found.sentence} Rewards stand where they are dated, with the status they have now: one "
        "confirmed later moves the week it is dated in."
    )
    if found.without_amount:
        missing = wording.plural(found.without_amount, "outstanding reward")
        note += f" {missing} came without an amount."
    return Table(key, title, tuple(columns), tuple(rows), note=note)


def _line(name: str, week: int, since: int) -> dict[str, Any]:
    return {"line": name, "week_cents": week, "since_cents": since}


def by_type(inputs: Inputs) -> Table:
    """Rewards dated in the week by what they are for."""
    columns = (
        Column("type", "For", "text"),
        Column("count", "Rewards"),
        Column("amount_cents", "Dollars", "money"),
    )
    rewards = inputs.rewards_of(inputs.week)
    key, title = "reward_types", "Rewards earned by type"
    if rewards is None:
        return Table(key, title, columns, withheld=inputs.reason("rewards"))
    earned = metrics.filtered_rewards(rewards, statuses=EARNED)
    frame = metrics.rewards_by(earned, "type")
    frame = frame.assign(type=frame["type"].map(wording.reward_type))
    return Table(key, title, columns, rows_of(frame, [column.name for column in columns]))


def action_codes(inputs: Inputs) -> Table:
    """Earned rewards of the week that carry an action code, beside the week before."""
    columns = [
        Column("action_code", "Action code", "text"),
        Column("count", "Rewards"),
        Column("amount_cents", "Dollars", "money"),
    ]
    if inputs.running is None:
        columns += [
            Column("before_cents", "Week before", "money"),
            Column("change_cents", "Change", "money_change"),
        ]
    key, title = "action_codes", "Action codes"
    this, last = inputs.rewards_of(inputs.week), inputs.rewards_of(inputs.week.plus(-1))
    if this is None or last is None:
        return Table(key, title, tuple(columns), withheld=inputs.reason("rewards"))
    now, before = (
        {
            row["action_code"]: row
            for row in rows_of(
                metrics.rewards_by(
                    metrics.filtered_rewards(rewards, statuses=EARNED), "action_code"
                ),
                ["action_code", "count", "amount_cents"],
            )
            if row["action_code"] is not None
        }
        for rewards in (this, last)
    )
    rows = []
    for code in dict.fromkeys([*now, *before]):
        cents = now[code]["amount_cents"] if code in now else 0
        was = before[code]["amount_cents"] if code in before else 0
        rows.append(
            {
                "action_code": code,
                "count": now[code]["count"] if code in now else 0,
                "amount_cents": cents,
                "before_cents": was,
                "change_cents": cents - was,
            }
        )
    note = "" if rows else "No reward of this week or the one before carries an action code."
    return Table(key, title, tuple(columns), tuple(rows), note=note, few=_CODES_PRINTED)
