"""Who comes back: users by the week of their first check-in, and the weeks they were active in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pages.analysis.metrics.columns import MISSING_MOMENT, Ints, Slots, identities, moments
from pages.analysis.periods import Week
from pages.analysis.report.inputs import Inputs


@dataclass(frozen=True)
class Cohort:
    """Users whose first check-in lies in a week; `active[k]` of them were active k weeks later."""

    week: Week
    users: int
    active: tuple[int, ...]
    unfinished: bool

    def share(self, later: int) -> float | None:
        """The share active so many weeks later; None for no users or a week yet to come."""
        if not self.users or later >= len(self.active):
            return None
        return self.active[later] / self.users


def cohorts(inputs: Inputs) -> tuple[Cohort, ...] | None:
    """One cohort for each of the report's weeks, oldest first; None without check-ins.

    First means first among the check-ins read. `unfinished`: the last cell of each cohort lies in
    the week that is still in progress.
    """
    if inputs.check_ins is None:
        return None
    weeks = inputs.weeks
    slots = Slots.by_week(inputs.calendar, weeks)
    codes, first = first_moments(inputs.check_ins)
    place = slots.place(moments(inputs.check_ins["checked_in_at"]))
    seen = np.zeros((len(weeks), len(first)), dtype=bool)
    inside = (codes >= 0) & (place >= 0)
    seen[place[inside], codes[inside]] = True
    began = slots.place(first)
    found = []
    for n, week in enumerate(weeks):
        members = began == n
        active = tuple(int(seen[later, members].sum()) for later in range(n, len(weeks)))
        found.append(Cohort(week, int(members.sum()), active, inputs.running is not None))
    return tuple(found)


def first_moments(check_ins: pd.DataFrame) -> tuple[Ints, Ints]:
    """An owner's number for each row (-1 without one), and each owner's first check-in.

    In microseconds; that of an owner of undated check-ins alone lies after all others.
    """
    codes, users = identities(check_ins["owner_id"])
    at = moments(check_ins["checked_in_at"])
    known = (codes >= 0) & (at != MISSING_MOMENT)
    first = np.full(users, np.iinfo(np.int64).max)
    np.minimum.at(first, codes[known], at[known])
    return codes, first
