"""The JSON of the weekly report: a contract. Keys may be added, never changed or removed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pages.analysis import wording
from pages.analysis.checks import Check
from pages.analysis.metrics import MoneyTotal
from pages.analysis.periods import DAYS_A_WEEK
from pages.analysis.report.contents import Report
from pages.analysis.report.numbers import Numbers
from pages.analysis.report.table import Table, json_value, plain

SCHEMA = 1


def as_json(report: Report) -> bytes:
    """The report as UTF-8 JSON text with a final newline."""
    return json.dumps(content(report), ensure_ascii=False, indent=2).encode() + b"\n"


def content(report: Report) -> dict[str, Any]:
    """The report as plain values; numbers that are withheld are null."""
    running = report.running
    return {
        "schema": SCHEMA,
        "week": report.week.code,
        "from": _starts(report, 0),
        "to": _starts(report, 1),
        "time_zone": report.calendar.zone,
        "environment": report.environment,
        "as_of": _moment(report.as_of, report),
        "complete": report.complete,
        "problems": list(report.problems),
        **_numbers(report.numbers),
        "checks": [_check(check) for check in report.checks],
        "previous_week": {
            "week": report.previous.week.code,
            "from": _starts(report, -1),
            "to": _starts(report, 0),
            **_numbers(report.previous),
        },
        # Additions to the contract, all under keys of their own.
        "in_progress": None if running is None else {"days": running.days, "of": DAYS_A_WEEK},
        "unavailable": dict(report.unavailable),
        "moved": [one.content() for one in report.contributions],
        "ledger": None if report.ledger is None else report.ledger.content(),
        "restated": [] if report.restated is None else _table(report.restated)["rows"],
        "tables": {table.key: _table(table) for table in report.tables.values()},
    }


def _starts(report: Report, later: int) -> str:
    """The first instant of the week so many weeks later, on a clock of the report zone."""
    return _moment(report.calendar.starts(report.week.plus(later)), report)


def _numbers(numbers: Numbers) -> dict[str, Any]:
    payouts = numbers.payouts
    return {
        "users": {
            "total": numbers.users_total,
            "new": numbers.new_users,
            "active": numbers.active_users,
        },
        "check_ins": None
        if numbers.check_ins is None
        else {kind: dict(counts) for kind, counts in numbers.check_ins.items()},
        "confirmation_rate": numbers.confirmation_rate,
        "median_hours_to_decision": numbers.median_hours,
        "on_hold_now": numbers.on_hold_now,
        "rewards": None
        if numbers.rewards is None
        else {status: _money(money) for status, money in numbers.rewards.items()},
        "outstanding": _money(numbers.outstanding),
        "payouts": None if payouts is None else {**_paid(payouts), "undated": numbers.undated},
        "decided": {
            "confirmed": numbers.confirmed,
            "declined": numbers.declined,
            "undecided": numbers.undecided,
        },
        "earned": _money(numbers.earned),
        "without_amount": _without_amount(numbers),
    }


def _paid(money: MoneyTotal) -> dict[str, Any]:
    return {"count": money.count, "amount": wording.dollars(money.cents)}


def _money(money: MoneyTotal | None) -> dict[str, Any] | None:
    return None if money is None else _paid(money)


def _without_amount(numbers: Numbers) -> dict[str, int | None]:
    """How many of the rewards and payouts counted came without an amount."""
    return {
        name: None if money is None else money.without_amount
        for name, money in (
            ("earned", numbers.earned),
            ("outstanding", numbers.outstanding),
            ("payouts", numbers.payouts),
        )
    }


def _check(check: Check) -> dict[str, Any]:
    rows = [
        {str(name): _cell(value) for name, value in row.items()}
        for row in check.rows.to_dict(orient="records")
    ]
    return {
        "name": check.name,
        "passed": check.passed,
        "rows": rows,
        "sentence": check.sentence,
    }


def _cell(value: Any) -> Any:
    value = plain(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _table(table: Table) -> Mapping[str, Any]:
    return {
        "title": table.title,
        "withheld": table.withheld,
        "columns": {column.name: column.label for column in table.columns},
        "rows": [
            {column.name: json_value(row.get(column.name), column.kind) for column in table.columns}
            for row in table.rows
        ],
    }


def _moment(at: datetime, report: Report) -> str:
    return report.calendar.local(at).isoformat()
