"""The tables and charts of the report about rewards and payouts."""

from __future__ import annotations

from typing import Any

from pages.analysis import links, metrics, summaries, wording
from pages.analysis.columns import Column
from pages.analysis.metrics import MoneyTotal
from pages.analysis.periods import Week
from pages.analysis.report.inputs import Inputs
from pages.analysis.report.key_numbers import of_every_date
from pages.analysis.report.ledger import CLOSING, GRANTED, OPENING, PAID, Ledger
from pages.analysis.report.numbers import Numbers
from pages.analysis.report.table import Chart, Row, Section, Table, links_of, rows_of
from pages.analysis.terms import CONFIRMED, EARNED, REWARD_STATUSES, REWARD_TYPES, in_order

_CODES_PRINTED = 10
_BEFORE = (
    Column("before_cents", "Week before", "money"),
    Column("change_cents", "Change", "money_change"),
)


def money(inputs: Inputs, now: Numbers, before: Numbers, found: Ledger | None) -> Section:
    """The ledger, what is outstanding, twelve weeks of dollars, and what the week's were for."""
    per_week = _per_week(inputs)
    charts = () if per_week.withheld else ((_earned_and_claimed(inputs),),)
    return Section(
        "Rewards and payouts",
        (
            (_ledger(inputs, found), _outstanding(inputs)),
            *charts,
            (_by_status(inputs, now, before), _by_type(inputs)),
        ),
        details=(per_week,),
    )


def _earned_and_claimed(inputs: Inputs) -> Chart:
    """Dollars earned beside dollars claimed; a list that is not there is not drawn as empty."""
    frame = metrics.earned_and_claimed(
        inputs.rewards, inputs.payouts, inputs.calendar, inputs.weeks
    )
    return Chart(
        "earned_and_claimed",
        "earned_and_claimed",
        "Earned and claimed per week",
        summaries.earned_and_claimed(frame, running=inputs.running),
        frame,
    )


def _by_status(inputs: Inputs, now: Numbers, before: Numbers) -> Table:
    """Rewards dated in the week by present status; earned and not earned apart."""
    columns = [
        Column("status", "Status now", "status"),
        Column("count", "Rewards", "count"),
        Column("amount_cents", "Dollars", "money"),
        *(_BEFORE if inputs.running is None else ()),
    ]
    key, title = "rewards", "Rewards of the week by status"
    if now.rewards is None or before.rewards is None:
        return Table(key, title, tuple(columns), withheld=inputs.reason("rewards"))
    nothing = MoneyTotal(0, 0, 0)
    rows = []
    for status in in_order({*REWARD_STATUSES, *now.rewards, *before.rewards}):
        total, was = now.rewards.get(status, nothing), before.rewards.get(status, nothing)
        facts = {"status": status, "count": total.count}
        rows.append(facts | _compared(total.cents, was.cents))

    def address(row: Row, name: str) -> str | None:
        if row["status"] not in REWARD_STATUSES:
            return None
        return _of_week(inputs, name, status=row["status"])

    return Table(
        key,
        title,
        tuple(columns),
        tuple(rows),
        links=links_of(columns, rows, address),
    )


def _compared(cents: int, was: int) -> dict[str, int]:
    return {"amount_cents": cents, "before_cents": was, "change_cents": cents - was}


def _of_week(inputs: Inputs, column: str, **words: Any) -> str | None:
    """The address of the rewards a column counts: of the reported week or of the one before."""
    if column == "change_cents":
        return None
    week = inputs.week.plus(-1) if column == "before_cents" else inputs.week
    return links.rewards(*inputs.days(week), **words)


def _per_week(inputs: Inputs) -> Table:
    """Rewards earned and payouts claimed, week by week."""
    columns = (
        Column("week", "Week"),
        Column("earned_cents", "Earned", "money"),
        Column("earned_count", "Rewards", "count"),
        Column("claimed_cents", "Claimed", "money"),
        Column("claimed_count", "Payouts", "count"),
    )
    key, title = "money", "Rewards earned and payouts claimed per week"
    lacking = inputs.reason("rewards") or inputs.reason("payouts")
    if inputs.rewards is None and inputs.payouts is None:
        return Table(key, title, columns, withheld=lacking)

    def address(row: Row, name: str) -> str | None:
        days = inputs.days(Week.parse(row["week"]))
        if name.startswith("claimed"):
            return links.payouts(*days)
        return links.rewards(*days, status=EARNED)

    frame = inputs.weekly.loc[[week.code for week in inputs.weeks]].reset_index()
    rows = rows_of(frame, [column.name for column in columns])
    note = f"Partly unavailable. {lacking}" if lacking else ""
    return Table(key, title, columns, rows, note, links=links_of(columns, rows, address))


def _outstanding(inputs: Inputs) -> Table:
    """Outstanding rewards by how long ago they were granted, as of the stamp."""
    columns = (
        Column("age", "Granted"),
        Column("count", "Rewards", "count"),
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

    def address(row: Row, name: str) -> str | None:  # noqa: ARG001 - both columns count these rows
        # A day of the report zone is no whole day of age, so no filter shows the rows of one age.
        return _outstanding_link(inputs) if row["age"] == "All" else None

    note = "All time, as of the stamp."
    rows = (*rows, total)
    found = links_of(columns, rows, address)
    return Table(key, title, columns, rows, note, bars="amount_cents", links=found)


def _outstanding_link(inputs: Inputs) -> str | None:
    return of_every_date(inputs, links.rewards, inputs.rewards, "rewarded_at", CONFIRMED)


def _ledger(inputs: Inputs, found: Ledger | None) -> Table:
    """The ledger as it is read: the week, then from its end to the stamp."""
    columns = [Column("line", ""), Column("week_cents", inputs.week.code, "money")]
    if inputs.running is None:
        columns.append(Column("since_cents", "Since then", "money"))
    key, title = "ledger", "Rewards ledger"
    if found is None:
        return Table(key, title, tuple(columns), withheld=inputs.reason("rewards", "payouts"))
    week, since = found.week, found.since
    lines = [
        (OPENING, week.opening, since.opening),
        (GRANTED, week.granted, since.granted),
        (PAID, -week.claimed, -since.claimed),
    ]
    for name in dict.fromkeys([*week.other, *since.other]):
        lines.append((f"± {name}", week.other.get(name, 0), since.other.get(name, 0)))
    if week.unexplained or since.unexplained:
        lines.append(("± Unexplained", week.unexplained, since.unexplained))
    lines.append((CLOSING, week.closing, since.closing))
    note = (
        f"{found.sentence} Rewards stand where they are dated, with the status they have now: one "
        "confirmed later moves the week it is dated in."
    )
    if found.without_amount:
        missing = wording.plural(found.without_amount, "outstanding reward")
        note += f" {missing} came without an amount."

    def address(row: Row, name: str) -> str | None:
        if name == "since_cents":
            return _outstanding_link(inputs) if row["line"] == CLOSING else None
        if row["line"] == GRANTED:
            return links.rewards(*inputs.days(inputs.week), status=EARNED)
        return links.payouts(*inputs.days(inputs.week)) if row["line"] == PAID else None

    names = ("line", "week_cents", "since_cents")
    rows = tuple(dict(zip(names, line, strict=True)) for line in lines)
    return Table(key, title, tuple(columns), rows, note, links=links_of(columns, rows, address))


def _by_type(inputs: Inputs) -> Table:
    """Rewards dated in the week by what they are for."""
    columns = (
        Column("type", "For", "reward_type"),
        Column("count", "Rewards", "count"),
        Column("amount_cents", "Dollars", "money"),
    )
    rewards = inputs.rewards_of(inputs.week)
    key, title = "reward_types", "Rewards earned by type"
    if rewards is None:
        return Table(key, title, columns, withheld=inputs.reason("rewards"))
    frame = metrics.rewards_by(metrics.filtered_rewards(rewards, statuses=EARNED), "type")

    def address(row: Row, name: str) -> str | None:
        if row["type"] not in REWARD_TYPES:
            return None
        return _of_week(inputs, name, status=EARNED, type=row["type"])

    rows = rows_of(frame, [column.name for column in columns])
    return Table(key, title, columns, rows, links=links_of(columns, rows, address))


def action_codes(inputs: Inputs) -> Section:
    """Earned rewards of the week that carry an action code, beside the week before."""
    columns = (
        Column("action_code", "Action code"),
        Column("count", "Rewards", "count"),
        Column("amount_cents", "Dollars", "money"),
        *(_BEFORE if inputs.running is None else ()),
    )
    key, title = "action_codes", "Action codes"
    this, last = (inputs.rewards_of(week) for week in (inputs.week, inputs.week.plus(-1)))
    if this is None or last is None:
        withheld = inputs.reason("rewards")
        return Section(title, ((Table(key, title, columns, withheld=withheld),),))
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
    nothing = {"count": 0, "amount_cents": 0}
    rows = []
    for code in dict.fromkeys([*now, *before]):
        there, was = now.get(code, nothing), before.get(code, nothing)
        facts = {"action_code": code, "count": there["count"]}
        rows.append(facts | _compared(there["amount_cents"], was["amount_cents"]))
    note = "" if rows else "No reward of this week or the one before carries an action code."
    table = Table(key, title, columns, tuple(rows), note, few=_CODES_PRINTED)
    return Section(title, ((table,),))
