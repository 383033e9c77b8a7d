"""Rewards: what users earned, what is still outstanding, and who earned most."""

import streamlit as st

from pages.access.guard import guard
from pages.analysis import charts, definitions, drill, metrics, summaries
from pages.ui import chrome, figures, filters, labels, sources, states, tables, tiles
from pages.ui.memo import once

guard()
screen = chrome.screen("Rewards")
chosen = filters.rewards()
zone, now = sources.calendar(), filters.this_minute()
running, days = zone.running(now), chosen.period
loaded = sources.load("rewards")
screen.show(loaded)
if not loaded.has("rewards"):
    st.stop()

everything, lacking = loaded.frame("rewards"), loaded.lacking("rewards")
of_any_status = once(
    metrics.filtered_rewards, everything, period=days, calendar=zone, types=chosen.types
)
rewards = once(metrics.filtered_rewards, of_any_status, statuses=chosen.statuses)
tiles.row(
    once(
        tiles.rewards,
        of_any_status,
        rewards,
        everything,
        days,
        chosen.types,
        zone,
        zone.today(now),
        lacking,
    ),
    columns=3,
)
if rewards.empty:
    states.nothing(
        f"No reward was granted in this period ({days.label}).",
        "Choose a longer period or fewer filters.",
    )
    st.stop()

figures.card(
    "Rewards per week",
    once(metrics.rewards_per_week, rewards, zone, days.weeks),
    charts.rewards_per_week,
    summaries.rewards_per_week,
    key="rewards-per-week",
    labels=labels.REWARDS_PER_WEEK,
    help=definitions.in_period(definitions.EARNED),
    lacking=lacking,
    opens=lambda bar: drill.rewards_of(bar, days),
    running=running,
)

with st.grid(2, min_column_width=420):
    figures.card(
        "By type",
        once(metrics.rewards_by, rewards, "type"),
        charts.rewards_by,
        summaries.rewards_by,
        key="rewards-by-type",
        labels={"type": "Type", **labels.COUNT_AND_MONEY},
        lacking=lacking,
        opens=lambda bar: drill.rewards_of_type(bar, days),
    )
    figures.card(
        "By action code",
        once(metrics.rewards_by, rewards, "action_code", named_only=True),
        charts.rewards_by,
        summaries.rewards_by,
        key="rewards-by-action-code",
        labels={"action_code": "Action code", **labels.COUNT_AND_MONEY},
        help=definitions.REWARDS_BY,
        lacking=lacking,
    )
    figures.card(
        "Outstanding by age",
        once(metrics.outstanding_by_age, everything, now),
        charts.outstanding_by_age,
        summaries.outstanding_by_age,
        key="rewards-outstanding-by-age",
        labels={"age": "Age", **labels.COUNT_AND_MONEY},
        help=definitions.OUTSTANDING_BY_AGE,
        lacking=lacking,
    )
    figures.card(
        "Top earners of the period",
        once(metrics.top_earners, rewards),
        charts.top_earners,
        summaries.top_earners,
        key="rewards-top-earners",
        labels=labels.TOP_EARNERS,
        lacking=lacking,
        opens=drill.user_of,
    )

tables.rewards(rewards, days)
