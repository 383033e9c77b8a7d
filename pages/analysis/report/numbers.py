"""The numbers of one week, as the contract of the JSON report names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from pages.analysis import metrics
from pages.analysis.metrics import MoneyTotal
from pages.analysis.periods import Week
from pages.analysis.report.inputs import Inputs
from pages.analysis.report.table import plain
from pages.analysis.terms import NO_STATUS

Counts = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Numbers:
    """One week's numbers; None where a list they need could not be loaded.

    `users_total`, `on_hold_now` and `outstanding` ignore the week: they are as of the stamp.
    `check_ins`: kind, then status. `rewards`: present status of those granted in the week.
    `without_owner`: check-ins submitted without one; then `active_users` is "at least", or missing
    if none has an owner. `undated`: payouts, of any week, whose date is not known yet; while there
    are some, `payouts` is "at least".
    """

    week: Week
    users_total: int | None
    new_users: int | None
    active_users: int | None
    without_owner: int | None
    check_ins: Counts | None
    submitted: int | None
    confirmed: int | None
    declined: int | None
    undecided: int | None
    confirmation_rate: float | None
    median_hours: float | None
    decided_in_week: int | None
    on_hold_now: int | None
    rewards: Mapping[str, MoneyTotal] | None
    earned: MoneyTotal | None
    outstanding: MoneyTotal | None
    payouts: MoneyTotal | None
    undated: int | None


def numbers(inputs: Inputs, week: Week) -> Numbers:
    """The numbers of a week; it is the reported one or one of the twelve before it."""
    row = {name: plain(value) for name, value in inputs.weekly.loc[week.code].items()}
    check_ins = inputs.check_ins_of(week)
    rewards = inputs.rewards_of(week)
    payouts = inputs.payouts_of(week)
    return Numbers(
        week=week,
        users_total=inputs.users_total,
        new_users=row["new_users"],
        active_users=row["active_users"],
        without_owner=row["submitted_without_owner"],
        check_ins=None if check_ins is None else _by_kind(check_ins),
        submitted=row["submitted"],
        confirmed=row["confirmed"],
        declined=row["declined"],
        undecided=row["undecided"],
        confirmation_rate=row["confirmation_rate"],
        median_hours=row["median_hours_to_decision"],
        decided_in_week=row["decided_in_week"],
        on_hold_now=None if inputs.check_ins is None else metrics.on_hold_now(inputs.check_ins),
        rewards=None if rewards is None else _by_status(rewards),
        earned=None if rewards is None else metrics.earned(rewards),
        outstanding=None if inputs.rewards is None else metrics.outstanding(inputs.rewards),
        payouts=None if payouts is None else metrics.claimed(payouts),
        undated=None if inputs.payouts is None else metrics.undated(inputs.payouts),
    )


def _by_kind(check_ins: pd.DataFrame) -> Counts:
    table: dict[str, dict[str, int]] = {}
    counted = metrics.by_kind_and_status(check_ins)
    for kind, status, count in zip(
        counted["kind"], counted["status"], counted["count"], strict=True
    ):
        table.setdefault(str(kind), {})[str(status)] = int(count)
    return table


def _by_status(rewards: pd.DataFrame) -> Mapping[str, MoneyTotal]:
    table = metrics.rewards_by(rewards, "status")
    words = table["status"].fillna(NO_STATUS)
    return {
        str(status): MoneyTotal(int(count), int(cents), int(without))
        for status, count, cents, without in zip(
            words, table["count"], table["amount_cents"], table["without_amount"], strict=True
        )
    }
