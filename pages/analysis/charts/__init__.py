"""One figure a metric, by the same name: frames in, plotly figures out.

Every figure takes the palette of the theme; trends take `running`, the week in progress, and
hatch it. Marks carry customdata = [key, status, sentence]: the key is the week code, ISO date or
group behind the mark, the status "" where there is none, the sentence what a hover says.
"""

from pages.analysis.charts.bars import (
    by_kind_and_status,
    funnel,
    open_by_age,
    outstanding_by_age,
    reasons,
    rewards_by,
    top_earners,
)
from pages.analysis.charts.canvas import plain
from pages.analysis.charts.histograms import (
    by_weekday_and_hour,
    payout_sizes,
    time_to_claim,
    time_to_decision,
)
from pages.analysis.charts.palette import Palette
from pages.analysis.charts.trends import (
    claimed_per_week,
    confirmation_rate_per_week,
    earned_and_claimed,
    earned_per_week,
    new_users_per_week,
    rewards_per_week,
    submitted,
)

__all__ = [
    "Palette",
    "by_kind_and_status",
    "by_weekday_and_hour",
    "claimed_per_week",
    "confirmation_rate_per_week",
    "earned_and_claimed",
    "earned_per_week",
    "funnel",
    "new_users_per_week",
    "open_by_age",
    "outstanding_by_age",
    "payout_sizes",
    "plain",
    "reasons",
    "rewards_by",
    "rewards_per_week",
    "submitted",
    "time_to_claim",
    "time_to_decision",
    "top_earners",
]
