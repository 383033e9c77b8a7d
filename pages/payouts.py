"""Payouts: what users claimed, how soon, and the rewards behind each payout."""

import streamlit as st

from pages.access.guard import guard
from pages.analysis import charts, definitions, metrics, summaries
from pages.ui import chrome, figures, filters, labels, sources, states, tables, tiles

guard()
screen = chrome.screen("Payouts")
period = filters.only_period()
zone, now, palette = sources.calendar(), filters.this_minute(), figures.palette()
running = zone.running(now)
loaded = sources.load("rewards", "payouts")
screen.show(loaded)
if not loaded.has("payouts"):
    st.stop()

once = loaded.memory(period)
everything, rewards = loaded.frame("payouts"), loaded.frame("rewards")
payouts = metrics.filtered_payouts(everything, period=period, calendar=zone)
to_claim = once(metrics.time_to_claim, rewards, payouts)
tiles.row(
    [
        tiles.money(
            "Claimed in the period",
            metrics.claimed(payouts),
            definitions.in_period(definitions.CLAIMED),
            noun="payout",
            undated=metrics.undated(everything),
        ),
        tiles.hours("Reward to claim, median", to_claim.median_hours, definitions.TIME_TO_CLAIM),
        tiles.hours(
            "Reward to claim, 90th percentile", to_claim.p90_hours, definitions.TIME_TO_CLAIM
        ),
    ],
    columns=3,
)
if payouts.empty:
    states.nothing(f"No payout was claimed in this period ({period.label}).")
    st.stop()

weekly = once(metrics.claimed_per_week, payouts, zone, period.weeks)
figures.card(
    "Claimed a week",
    charts.claimed_per_week(weekly, palette, running=running),
    summaries.claimed_per_week(weekly, running=running),
    weekly,
    key="payouts-claimed-per-week",
    labels=labels.MONEY_PER_WEEK,
    help=definitions.in_period(definitions.CLAIMED),
)
with st.grid(2, min_column_width=420):
    figures.card(
        "Time from reward to claim",
        charts.time_to_claim(to_claim, palette),
        summaries.time_to_claim(to_claim),
        to_claim.histogram,
        key="payouts-time-to-claim",
        labels=labels.DURATIONS,
        help=definitions.TIME_TO_CLAIM,
    )
    sizes = once(metrics.payout_sizes, payouts)
    figures.card(
        "Size of a payout",
        charts.payout_sizes(sizes, palette),
        summaries.payout_sizes(sizes),
        sizes,
        key="payouts-sizes",
        labels=labels.PAYOUT_SIZES,
    )

tables.payouts(payouts, rewards, period)
