"""What a weekly report is made from, and why a part of it may be withheld."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

import pandas as pd

from pages.analysis import metrics
from pages.analysis.checks import Fetched
from pages.analysis.periods import Calendar, Period, Running, Week
from pages.analysis.terms import OPEN

HISTORY_WEEKS = 12
"""How many weeks the tables and charts of a report reach back, the reported one included."""
CHECK_IN_WEEKS = 26
"""How many weeks of check-ins, the reported one included, it is made from."""

LISTS = {
    "check_ins": "Check-ins",
    "rewards": "Rewards",
    "payouts": "Payouts",
    "new_users": "New users per week",
    "users_total": "The users list",
}


class NoSuchWeek(ValueError):  # noqa: N818 - says what was asked for, in one sentence
    """The week asked for cannot be reported."""


@dataclass(frozen=True)
class Question:
    """Which report is asked for: the week, the zone it is read in, what to call the Ownli asked."""

    week: Week
    calendar: Calendar
    environment: str

    @property
    def since(self) -> datetime:
        """The moment from which its check-ins are wanted."""
        return self.calendar.starts(self.week.plus(1 - CHECK_IN_WEEKS))

    @property
    def weeks(self) -> list[Week]:
        """The weeks whose new users are wanted, oldest first."""
        return self.calendar.weeks_back(self.week, HISTORY_WEEKS + 1)


@dataclass(frozen=True)
class Inputs:
    """The lists (None: could not be loaded, the reason is in `unavailable`) and the question.

    check_ins, rewards, payouts, new_users: columns as in the cache; check-ins reach back
    `CHECK_IN_WEEKS` weeks, the others over all time. `as_of`: everything Ownli knew at that
    moment is in them. `problems`: sentences about rows or refreshes. `older`: sentences of lists
    that are not whole or not fresh; they make a report incomplete. `fetched`: how many rows of
    each list are held and how many Ownli counts. `vehicles` only name the US state of changes.
    """

    check_ins: pd.DataFrame | None
    rewards: pd.DataFrame | None
    payouts: pd.DataFrame | None
    new_users: pd.DataFrame | None
    users_total: int | None
    calendar: Calendar
    week: Week
    now: datetime
    environment: str
    as_of: datetime
    problems: Sequence[str] = ()
    unavailable: Mapping[str, str] = field(default_factory=dict)
    older: Sequence[str] = ()
    fetched: Sequence[Fetched] = ()
    vehicles: pd.DataFrame | None = None

    @property
    def running(self) -> Running | None:
        """How far the reported week is, if it is the one in progress."""
        running = self.calendar.running(self.now)
        return running if running.week == self.week else None

    @property
    def weeks(self) -> list[Week]:
        """The weeks of the tables, oldest first, ending with the reported one."""
        return self.calendar.weeks_back(self.week, HISTORY_WEEKS)

    @property
    def weeks_before(self) -> list[Week]:
        """The twelve weeks before the reported one: what its numbers are compared with."""
        return self.calendar.weeks_back(self.week.plus(-1), HISTORY_WEEKS)

    @cached_property
    def first_weeks(self) -> Mapping[str, Week]:
        """The week of the oldest thing in each list that holds something dated."""
        dated = {
            name: frame[column].min()
            for name, frame, column in (
                ("check_ins", self.check_ins, "checked_in_at"),
                ("rewards", self.rewards, "rewarded_at"),
                ("payouts", self.payouts, "claimed_at"),
            )
            if frame is not None
        }
        if self.new_users is not None:
            dated["new_users"] = self.new_users.loc[self.new_users["count"] > 0, "start"].min()
        return {
            name: self.calendar.week_at(moment.to_pydatetime())
            for name, moment in dated.items()
            if not pd.isna(moment)
        }

    @property
    def first_week(self) -> Week | None:
        """The week of the oldest thing that is dated; None if nothing is."""
        return min(self.first_weeks.values(), default=None)

    def begun(self, name: str, week: Week) -> bool:
        """Whether a list had anything in it by the end of a week: earlier zeros say nothing."""
        first = self.first_weeks.get(name)
        return first is not None and first <= week

    @cached_property
    def weekly(self) -> pd.DataFrame:
        """`metrics.weekly` of the reported week and the twelve before it."""
        lists = (self.check_ins, self.rewards, self.payouts, self.new_users)
        return metrics.weekly(*lists, self.calendar, [*self.weeks_before, self.week])

    def reason(self, *lists: str) -> str | None:
        """Why a part that needs these lists is withheld; None if all of them are there."""
        missing = [name for name in lists if getattr(self, name) is None]
        if not missing:
            return None
        unread = {name: f"{LISTS[name]} could not be read." for name in missing}
        # Lists that fail for one reason say it once.
        return " ".join(dict.fromkeys(self.unavailable.get(one, unread[one]) for one in missing))

    def days(self, week: Week) -> tuple[date, date]:
        """The first and last day of a week, for links: the running one ends today."""
        return week.monday, min(week.sunday, self.calendar.today(self.now))

    def check_ins_of(self, week: Week) -> pd.DataFrame | None:
        """The check-ins submitted in a week."""
        if self.check_ins is None:
            return None
        period = Period.of_weeks([week])
        return metrics.filtered_check_ins(self.check_ins, period=period, calendar=self.calendar)

    def rewards_of(self, week: Week) -> pd.DataFrame | None:
        """The rewards granted in a week."""
        if self.rewards is None:
            return None
        period = Period.of_weeks([week])
        return metrics.filtered_rewards(self.rewards, period=period, calendar=self.calendar)

    def payouts_of(self, week: Week) -> pd.DataFrame | None:
        """The payouts claimed in a week."""
        if self.payouts is None:
            return None
        period = Period.of_weeks([week])
        return metrics.filtered_payouts(self.payouts, period=period, calendar=self.calendar)


def within_reach(check_ins: pd.DataFrame, since: datetime) -> pd.DataFrame:
    """The check-ins a report is made from, whatever else a longer history holds.

    Those submitted since a moment, those without a date, and the open ones of all time.
    """
    at = check_ins["checked_in_at"]
    return check_ins[at.isna() | (at >= since) | check_ins["status"].isin(OPEN)]


def asked_week(text: str | None, calendar: Calendar, now: datetime) -> Week:
    """The week asked for (None: the last complete one); NoSuchWeek with one sentence.

    The running week may be asked for; one that has not begun may not.
    """
    if text is None:
        return calendar.last_complete(now)
    try:
        week = Week.parse(text)
    except ValueError as problem:
        raise NoSuchWeek(str(problem)) from None
    if week > calendar.week_at(now):
        raise NoSuchWeek(f"Week {week.label} has not begun yet.")
    return week


def refuse_before_the_first(inputs: Inputs) -> None:
    """NoSuchWeek with one sentence if nothing had happened yet by the end of the week.

    A list that could not be loaded may hold something older, so then nothing is refused.
    """
    if any(getattr(inputs, name) is None for name in ("check_ins", "rewards", "payouts")):
        return
    first = inputs.first_week
    if first is None:
        if any(len(getattr(inputs, name)) for name in ("check_ins", "rewards", "payouts")):
            raise NoSuchWeek("No check-in, reward or payout came with a date that can be read.")
        raise NoSuchWeek("This partner has no check-ins, rewards or payouts yet.")
    if inputs.week < first:
        raise NoSuchWeek(
            f"Week {inputs.week.code} is before the partner's first, which is {first.label}."
        )
