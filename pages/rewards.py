"""Rewards: what users earned, what is still outstanding, and who earned most."""

import streamlit as st

from pages.access.guard import guard
from pages.analysis import charts, definitions, metrics, summaries
from pages.ui import chrome, figures, filters, labels, sources, states, tables, tiles

guard()
screen = chrome.screen("Rewards")
chosen = filters.rewards()
zone, now, palette = sources.calendar(), filters.this_minute(), figures.palette()
running = zone.running(now)
loaded = sources.load("rewards")
screen.show(loaded)
if not loaded.has("rewards"):
    st.stop()

once = loaded.memory(chosen)
everything = loaded.frame("rewards")
of_any_status = chosen.narrowed(everything, zone)
rewards = metrics.filtered_rewards(of_any_status, statuses=chosen.statuses)
tiles.row(
    [
        tiles.money(
            "Earned in the period",
            once(metrics.earned, of_any_status),
            definitions.in_period(definitions.EARNED),
        ),
        tiles.money(
            "Outstanding now",
            once(metrics.outstanding, everything),
            definitions.OUTSTANDING,
            note="all time, whatever the filters",
        ),
        *tiles.rewards_by_status(once(metrics.rewards_by, rewards, "status")),
    ],
    columns=3,
)
if rewards.empty:
    states.nothing(
        f"No reward was granted in this period ({chosen.period.label}).",
        "Choose a longer period or fewer filters.",
    )
    st.stop()

weekly = once(metrics.rewards_per_week, rewards, zone, chosen.period.weeks)
figures.card(
    "Rewards a week",
    charts.rewards_per_week(weekly, palette, running=running),
    summaries.rewards_per_week(weekly, running=running),
    weekly,
    key="rewards-per-week",
    labels=labels.REWARDS_PER_WEEK,
    help=definitions.in_period(definitions.EARNED),
)

with st.grid(2, min_column_width=420):
    by_type = once(metrics.rewards_by, rewards, "type")
    figures.card(
        "By type",
        charts.rewards_by(by_type, palette),
        summaries.rewards_by(by_type),
        by_type,
        key="rewards-by-type",
        labels={"type": "Type", **labels.COUNT_AND_MONEY},
    )
    by_code = once(metrics.rewards_by, rewards, "action_code").dropna(subset="action_code")
    figures.card(
        "By action code",
        charts.rewards_by(by_code, palette),
        summaries.rewards_by(by_code),
        by_code,
        key="rewards-by-action-code",
        labels={"action_code": "Action code", **labels.COUNT_AND_MONEY},
        help=definitions.REWARDS_BY,
    )
    ages = once(metrics.outstanding_by_age, everything, now)
    figures.card(
        "Outstanding by age",
        charts.outstanding_by_age(ages, palette),
        summaries.outstanding_by_age(ages),
        ages,
        key="rewards-outstanding-by-age",
        labels={"age": "Age", **labels.COUNT_AND_MONEY},
        help=definitions.OUTSTANDING_BY_AGE,
    )
    earners = once(metrics.top_earners, rewards)
    figures.card(
        "Top earners of the period",
        charts.top_earners(earners, palette),
        summaries.top_earners(earners),
        earners,
        key="rewards-top-earners",
        labels=labels.TOP_EARNERS,
    )

tables.rewards(rewards, chosen.period)
