"""Payouts: what users claimed, how soon, and the rewards behind each payout."""

import streamlit as st

from pages.access.guard import guard
from pages.analysis import charts, definitions, drill, metrics, summaries
from pages.ui import chrome, figures, filters, labels, sources, states, tables, tiles
from pages.ui.memo import once

guard()
screen = chrome.screen("Payouts")
days = filters.only_period()
zone, now = sources.calendar(), filters.this_minute()
running = zone.running(now)
loaded = sources.load("rewards", "payouts")
screen.show(loaded)
if not loaded.has("payouts"):
    st.stop()

everything, rewards = loaded.frame("payouts"), loaded.frame("rewards")
lacking = loaded.lacking("payouts")
payouts = once(metrics.filtered_payouts, everything, period=days, calendar=zone)
to_claim = once(metrics.time_to_claim, rewards, payouts)
tiles.row(
    [
        tiles.money(
            "Claimed in the period",
            once(metrics.claimed, payouts),
            definitions.in_period(definitions.CLAIMED),
            noun="payout",
            undated=once(metrics.undated, everything),
            lacking=lacking,
        ),
        tiles.hours("Half claimed within", to_claim.median_hours, definitions.TIME_TO_CLAIM),
        tiles.hours("9 in 10 claimed within", to_claim.p90_hours, definitions.TIME_TO_CLAIM),
    ],
    columns=3,
)
if payouts.empty:
    states.nothing(f"No payout was claimed in this period ({days.label}).")
    st.stop()

figures.card(
    "Claimed per week",
    once(metrics.claimed_per_week, payouts, zone, days.weeks),
    charts.claimed_per_week,
    summaries.claimed_per_week,
    key="payouts-claimed-per-week",
    labels=labels.MONEY_PER_WEEK,
    help=definitions.in_period(definitions.CLAIMED),
    lacking=lacking,
    opens=lambda bar: drill.payouts_of(bar, days),
    running=running,
)
with st.grid(2, min_column_width=420):
    figures.card(
        "Time from reward to claim",
        to_claim,
        charts.time_to_claim,
        summaries.time_to_claim,
        table=to_claim.histogram,
        key="payouts-time-to-claim",
        labels=labels.DURATIONS,
        help=definitions.TIME_TO_CLAIM,
        lacking=loaded.lacking("rewards", "payouts"),
    )
    figures.card(
        "Size of a payout",
        once(metrics.payout_sizes, payouts),
        charts.payout_sizes,
        summaries.payout_sizes,
        key="payouts-sizes",
        labels=labels.PAYOUT_SIZES,
        lacking=lacking,
    )

tables.payouts(payouts, rewards, days)
