"""What every chart draws, full and empty, by its name: for the tests of charts and summaries."""

from pages.analysis import metrics
from pages.analysis.periods import Calendar, Period
from tests.unit.analysis_frames import check_ins, many, new_users, payouts, rewards, utc

NOW = utc(2026, 11, 25, 17)
CALENDAR = Calendar("America/New_York")
RUNNING = CALENDAR.running(NOW)
WEEKS = CALENDAR.weeks_back(RUNNING.week, 13)
TRENDS = (
    "submitted",
    "rewards_per_week",
    "earned_per_week",
    "claimed_per_week",
    "earned_and_claimed",
    "new_users_per_week",
    "confirmation_rate_per_week",
)


def frames(held, given_, paid):
    """What every chart draws, by the chart's name."""
    period = Period.of_weeks(WEEKS)
    registered = new_users(
        *[
            {"start": CALENDAR.starts(week), "end": CALENDAR.ends(week), "count": 7}
            for week in WEEKS
        ]
    )
    return {
        "submitted": metrics.submitted(held, CALENDAR, WEEKS),
        "rewards_per_week": metrics.rewards_per_week(given_, CALENDAR, WEEKS),
        "earned_per_week": metrics.earned_per_week(given_, CALENDAR, WEEKS),
        "claimed_per_week": metrics.claimed_per_week(paid, CALENDAR, WEEKS),
        "earned_and_claimed": metrics.earned_and_claimed(given_, paid, CALENDAR, WEEKS),
        "new_users_per_week": metrics.new_users_per_week(registered, CALENDAR, WEEKS),
        "confirmation_rate_per_week": metrics.confirmation_rate_per_week(held, CALENDAR, WEEKS),
        "by_kind_and_status": metrics.by_kind_and_status(held),
        "open_by_age": metrics.open_by_age(held, NOW),
        "time_to_decision": metrics.time_to_decision(held),
        "time_to_claim": metrics.time_to_claim(given_, paid),
        "payout_sizes": metrics.payout_sizes(paid),
        "by_weekday_and_hour": metrics.by_weekday_and_hour(held, CALENDAR),
        "reasons": metrics.reasons(held),
        "rewards_by": metrics.rewards_by(given_, "type"),
        "outstanding_by_age": metrics.outstanding_by_age(given_, NOW),
        "top_earners": metrics.top_earners(given_),
        "funnel": metrics.funnel(held, given_, period, CALENDAR),
    }


FULL = frames(*many(4_000, NOW))
EMPTY = frames(check_ins(), rewards(), payouts())
NAMES = sorted(FULL)
