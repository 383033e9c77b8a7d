"""Every number of the dashboard: frames in, frames and small values out.

Weekly frames share two columns: `key` ("2026-W47", or "2026-11-20" by day: what a chart's bar
carries as `customdata[0]`) and `bucket` (its first day, naive midnight in the report zone).
Columns of the incoming frames are those of the cache. A list that is not loaded is None where
a signature allows it, and the numbers that need it are missing, not zero.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import pandas as pd

from pages.analysis.periods import Calendar, Period, Week

# ---------------------------------------------------------------- values


@dataclass(frozen=True)
class MoneyTotal:
    """How many, how much, and how many of them came without an amount (not in `cents`)."""

    count: int
    cents: int
    without_amount: int


@dataclass(frozen=True)
class Confirmation:
    """Confirmed / (confirmed + declined) of one set of check-ins; undecided = all others of it."""

    confirmed: int
    declined: int
    undecided: int

    @property
    def decided(self) -> int: ...
    @property
    def rate(self) -> float | None: ...  # None when nothing is decided


@dataclass(frozen=True)
class Durations:
    """Median and p90 hours (None when n == 0), n, `unusable` rows (a date missing or the wrong way round).

    `histogram` columns: lower_hours, upper_hours (inf for the last), label, count.
    """

    median_hours: float | None
    p90_hours: float | None
    n: int
    unusable: int
    histogram: pd.DataFrame


@dataclass(frozen=True)
class ActiveUsers:
    """Distinct owners, and check-ins that name none."""

    count: int
    check_ins_without_owner: int


@dataclass(frozen=True)
class UserTotals:
    """The tiles of one user."""

    check_ins: int
    confirmation: Confirmation
    earned: MoneyTotal
    outstanding: MoneyTotal
    paid_out: MoneyTotal
    next_check_in_at: datetime | None


@dataclass(frozen=True)
class Attention:
    """One thing that needs a person: `page` is a screen's address, `params` its query."""

    title: str
    detail: str
    page: str
    params: Mapping[str, str] = field(default_factory=dict)


Lists = pd.DataFrame | None
Span = Period | Sequence[Week]

# ---------------------------------------------------------------- weekly


def weekly(
    check_ins: Lists,
    rewards: Lists,
    payouts: Lists,
    new_users: Lists,
    calendar: Calendar,
    weeks: Sequence[Week],
) -> pd.DataFrame:
    """One row a week, index = week code.

    Columns: bucket, new_users, active_users, submitted, confirmed, declined, pending, on_hold, other,
    decided, undecided, confirmation_rate (Float64, NA when decided is 0; below 30 decided let
    `wording.confirmation` speak), decided_in_week, median_hours_to_decision (Float64), earned_cents,
    earned_count, earned_without_amount, claimed_cents, claimed_count, claimed_without_amount. Counts Int64.
    """
    raise NotImplementedError


def new_users_per_week(
    new_users: pd.DataFrame, calendar: Calendar, weeks: Sequence[Week]
) -> pd.DataFrame:
    """key, bucket, count (NA for a week nobody asked Ownli about)."""
    raise NotImplementedError


# ---------------------------------------------------------------- filters


def filtered_check_ins(
    check_ins: pd.DataFrame,
    *,
    period: Period | None = None,
    calendar: Calendar | None = None,
    kinds: Collection[str] = (),
    statuses: Collection[str] = (),
    states: Collection[str] = (),
) -> pd.DataFrame:
    """The rows submitted in the period with one of the words; an empty collection means no restriction."""
    raise NotImplementedError


def filtered_rewards(
    rewards: pd.DataFrame,
    *,
    period: Period | None = None,
    calendar: Calendar | None = None,
    statuses: Collection[str] = (),
    types: Collection[str] = (),
    action_codes: Collection[str] = (),
) -> pd.DataFrame:
    """The rows rewarded in the period with one of the words."""
    raise NotImplementedError


def filtered_payouts(
    payouts: pd.DataFrame, *, period: Period | None = None, calendar: Calendar | None = None
) -> pd.DataFrame:
    """The rows claimed in the period; undated ones are left out when a period is given."""
    raise NotImplementedError


def with_states(check_ins: pd.DataFrame, vehicles: pd.DataFrame) -> pd.DataFrame:
    """The same rows, a missing `state` filled from the vehicle with that plate (of that owner, else if the plate is unique)."""
    raise NotImplementedError


# ---------------------------------------------------------------- check-ins


def submitted(
    check_ins: pd.DataFrame, calendar: Calendar, span: Span, *, by: Literal["week", "day"] = "week"
) -> pd.DataFrame:
    """key, bucket, status, count: zero-filled, statuses in fixed order. A period cuts its first and last week."""
    raise NotImplementedError


def by_kind_and_status(check_ins: pd.DataFrame) -> pd.DataFrame:
    """kind, status, count: zero-filled, of the rows given."""
    raise NotImplementedError


def confirmation(check_ins: pd.DataFrame) -> Confirmation:
    """Of the rows given."""
    raise NotImplementedError


def confirmation_rate_per_week(
    check_ins: pd.DataFrame, calendar: Calendar, weeks: Sequence[Week]
) -> pd.DataFrame:
    """key, bucket, kind ("all" first), confirmed, declined, decided, undecided, rate (Float64, NA when decided is 0)."""
    raise NotImplementedError


def time_to_decision(
    check_ins: pd.DataFrame, calendar: Calendar | None = None, period: Period | None = None
) -> Durations:
    """updated - checked_in_at of Confirmed and Declined ones whose last update lies in the period."""
    raise NotImplementedError


def time_to_decision_by_kind(
    check_ins: pd.DataFrame, calendar: Calendar | None = None, period: Period | None = None
) -> pd.DataFrame:
    """kind ("all" first), n, median_hours, p90_hours."""
    raise NotImplementedError


def by_weekday_and_hour(check_ins: pd.DataFrame, calendar: Calendar) -> pd.DataFrame:
    """weekday (0 = Monday), hour (0-23), count: 168 rows, report zone."""
    raise NotImplementedError


def reasons(
    check_ins: pd.DataFrame, statuses: Sequence[str] = ("Declined", "OnHold")
) -> pd.DataFrame:
    """note (verbatim; NA = none given), status, count, share (of all rows with that status), example_ids (tuple, <= 5); most frequent first."""
    raise NotImplementedError


def open_by_age(check_ins: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """age, status (Pending, OnHold), count; last age "no date" only if there are any."""
    raise NotImplementedError


def on_hold_now(check_ins: pd.DataFrame) -> int:
    """Check-ins whose status is OnHold, whatever their date."""
    raise NotImplementedError


def longest_on_hold(check_ins: pd.DataFrame, now: datetime, n: int = 10) -> pd.DataFrame:
    """The rows on hold longest since their last update, with `held_days` (float, NA without a date)."""
    raise NotImplementedError


def active_users(check_ins: pd.DataFrame) -> ActiveUsers:
    """Distinct owners of the rows given."""
    raise NotImplementedError


# ---------------------------------------------------------------- rewards


def outstanding(rewards: pd.DataFrame) -> MoneyTotal:
    """All rewards now Confirmed, whatever their date."""
    raise NotImplementedError


def earned(rewards: pd.DataFrame) -> MoneyTotal:
    """Confirmed and Claimed ones of the rows given."""
    raise NotImplementedError


def rewards_by(rewards: pd.DataFrame, by: Literal["status", "type", "action_code"]) -> pd.DataFrame:
    """`by` (column named so; NA = none), count, amount_cents, without_amount."""
    raise NotImplementedError


def earned_per_week(
    rewards: pd.DataFrame, calendar: Calendar, weeks: Sequence[Week]
) -> pd.DataFrame:
    """key, bucket, amount_cents, count, without_amount."""
    raise NotImplementedError


def rewards_per_week(
    rewards: pd.DataFrame, calendar: Calendar, weeks: Sequence[Week]
) -> pd.DataFrame:
    """key, bucket, status, amount_cents, count, without_amount."""
    raise NotImplementedError


def outstanding_by_age(rewards: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """age (0-7 days, 8-30 days, 31-90 days, over 90 days; "no date" only if any), count, amount_cents, without_amount."""
    raise NotImplementedError


def top_earners(rewards: pd.DataFrame, n: int = 10) -> pd.DataFrame:
    """owner_id, owner_name, amount_cents, count, without_amount; of Confirmed and Claimed ones given."""
    raise NotImplementedError


# ---------------------------------------------------------------- payouts


def claimed(payouts: pd.DataFrame) -> MoneyTotal:
    """Of the dated rows given (an undated payout has no amount yet)."""
    raise NotImplementedError


def undated(payouts: pd.DataFrame) -> int:
    """Payouts known by id whose date has not been read yet."""
    raise NotImplementedError


def claimed_per_week(
    payouts: pd.DataFrame, calendar: Calendar, weeks: Sequence[Week]
) -> pd.DataFrame:
    """key, bucket, amount_cents, count, without_amount."""
    raise NotImplementedError


def earned_and_claimed(
    rewards: Lists, payouts: Lists, calendar: Calendar, weeks: Sequence[Week]
) -> pd.DataFrame:
    """key, bucket, what ("earned" | "claimed"), amount_cents, count (NA when the list is None)."""
    raise NotImplementedError


def time_to_claim(rewards: pd.DataFrame, payouts: pd.DataFrame) -> Durations:
    """claimed_at - rewarded_at of every reward with a dated payout among `payouts`."""
    raise NotImplementedError


def payout_sizes(payouts: pd.DataFrame) -> pd.DataFrame:
    """lower_cents, upper_cents (NA for the last), label, count, amount_cents."""
    raise NotImplementedError


# ---------------------------------------------------------------- across lists


def funnel(
    check_ins: pd.DataFrame, rewards: pd.DataFrame, period: Period, calendar: Calendar
) -> pd.DataFrame:
    """stage (submitted, decided, confirmed, rewarded, claimed), count, share (of submitted, NA if 0), lost, loss (words), losses (tuple of (name, count))."""
    raise NotImplementedError


def timeline(check_ins: pd.DataFrame, rewards: pd.DataFrame, payouts: pd.DataFrame) -> pd.DataFrame:
    """One user's story, newest first: at, what ("check_in" | "reward" | "payout"), status, title, amount_cents, note, meaning, next_step, id."""
    raise NotImplementedError


def user_totals(
    check_ins: pd.DataFrame, rewards: pd.DataFrame, payouts: pd.DataFrame
) -> UserTotals:
    """The tiles of one user from that user's lists."""
    raise NotImplementedError


def attention(
    check_ins: pd.DataFrame, calendar: Calendar, now: datetime, checks: Sequence[object] = ()
) -> list[Attention]:
    """Longest on hold, decline rate up by more than a fifth (30 decided in both weeks), failing checks."""
    raise NotImplementedError
