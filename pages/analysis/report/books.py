"""The checks of the report: those of the dashboard, and what to say where a list is missing."""

from __future__ import annotations

import pandas as pd

from pages.analysis import checks, metrics
from pages.analysis.checks import Check
from pages.analysis.report.inputs import Inputs

_NAMES_AND_NEEDS = (
    ("Claimed rewards have a payout", ("rewards", "payouts"), "rewards"),
    ("Payouts equal their rewards", ("rewards", "payouts"), "payouts"),
    ("No declined check-in is paid", ("check_ins", "rewards"), "check_ins"),
    ("Outstanding equals its rows", ("rewards",), "rewards"),
    ("Every row has a date and an owner", ("check_ins", "rewards"), "check_ins"),
    ("Every earned reward has an amount", ("rewards",), "rewards"),
)


def books(inputs: Inputs) -> tuple[Check, ...]:
    """Every check in its fixed order; one that needs a missing list says it cannot be told."""
    fetched = list(inputs.fetched)
    if inputs.check_ins is not None and inputs.rewards is not None:
        found = checks.books(inputs.check_ins, inputs.rewards, inputs.payouts, fetched)
    else:
        frames = {
            name: frame
            for name, frame in (
                ("Check-ins", inputs.check_ins),
                ("Rewards", inputs.rewards),
                ("Payouts", inputs.payouts),
            )
            if frame is not None
        }
        found = [checks.all_rows_fetched(fetched), checks.no_id_twice(frames)]
        found += [_untold(inputs, *one) for one in _NAMES_AND_NEEDS]
    return tuple(found)


def _untold(inputs: Inputs, name: str, needs: tuple[str, ...], page: str) -> Check:
    """A check that cannot be told, or that needs no missing list and is told."""
    why = inputs.reason(*needs)
    rewards = inputs.rewards
    if why is not None or rewards is None:
        return Check(name, None, why or "", pd.DataFrame({"id": []}), page)
    if name == "Claimed rewards have a payout":
        return checks.claimed_rewards_have_a_payout(rewards, inputs.payouts)
    if name == "Outstanding equals its rows":
        shown = metrics.outstanding(rewards)
        return checks.outstanding_equals_its_rows(shown, rewards)
    if name == "Payouts equal their rewards" and inputs.payouts is not None:
        return checks.payouts_equal_their_rewards(inputs.payouts, rewards)
    return checks.every_earned_reward_has_an_amount(rewards)
