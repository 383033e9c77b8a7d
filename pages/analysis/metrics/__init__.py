"""Every number of the dashboard: frames in, frames and small values out.

Trends share two columns: `key` ("2026-W47", by day "2026-11-20": what a chart's bar carries as
`customdata[0]`) and `bucket` (its first day, naive midnight in the report zone). Columns of the
incoming frames are those of the cache. A list that is not loaded is None where a signature
allows it; numbers that need it are then missing, not zero.
"""

from pages.analysis.metrics.attention import attention
from pages.analysis.metrics.check_ins import (
    active_users,
    by_kind_and_status,
    by_weekday_and_hour,
    confirmation,
    confirmation_rate_per_week,
    longest_on_hold,
    on_hold_now,
    open_by_age,
    reasons,
    submitted,
    time_to_decision,
    time_to_decision_by_kind,
)
from pages.analysis.metrics.funnel import funnel
from pages.analysis.metrics.matching import matched
from pages.analysis.metrics.payouts import (
    claimed,
    claimed_per_week,
    earned_and_claimed,
    payout_sizes,
    time_to_claim,
    undated,
)
from pages.analysis.metrics.rewards import (
    earned,
    earned_per_week,
    of_age,
    outstanding,
    outstanding_by_age,
    rewards_by,
    rewards_per_week,
    top_earners,
    total,
)
from pages.analysis.metrics.subsets import (
    filtered_check_ins,
    filtered_payouts,
    filtered_rewards,
    since,
    with_states,
)
from pages.analysis.metrics.timeline import check_in_means, reward_means, timeline
from pages.analysis.metrics.users import new_users_per_week, user_totals
from pages.analysis.metrics.values import (
    ActiveUsers,
    Attention,
    Confirmation,
    Durations,
    MoneyTotal,
    Since,
    Span,
    UserTotals,
)
from pages.analysis.metrics.weekly import weekly

__all__ = [
    "ActiveUsers",
    "Attention",
    "Confirmation",
    "Durations",
    "MoneyTotal",
    "Since",
    "Span",
    "UserTotals",
    "active_users",
    "attention",
    "by_kind_and_status",
    "by_weekday_and_hour",
    "check_in_means",
    "claimed",
    "claimed_per_week",
    "confirmation",
    "confirmation_rate_per_week",
    "earned",
    "earned_and_claimed",
    "earned_per_week",
    "filtered_check_ins",
    "filtered_payouts",
    "filtered_rewards",
    "funnel",
    "longest_on_hold",
    "matched",
    "new_users_per_week",
    "of_age",
    "on_hold_now",
    "open_by_age",
    "outstanding",
    "outstanding_by_age",
    "payout_sizes",
    "reasons",
    "reward_means",
    "rewards_by",
    "rewards_per_week",
    "since",
    "submitted",
    "time_to_claim",
    "time_to_decision",
    "time_to_decision_by_kind",
    "timeline",
    "top_earners",
    "total",
    "undated",
    "user_totals",
    "weekly",
    "with_states",
]
