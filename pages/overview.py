"""Overview: the last complete week against the one before it."""

import streamlit as st

from pages.access.guard import guard
from pages.analysis import charts, definitions, drill, metrics, summaries
from pages.analysis.periods import Period
from pages.ui import attention, chrome, figures, filters, labels, sources, tiles
from pages.ui.memo import once

guard()
screen = chrome.screen("Overview")
zone, now = sources.calendar(), filters.this_minute()
week, running = zone.last_complete(now), zone.running(now)
weeks = (*zone.weeks_back(week, 12), running.week)
st.caption(f"Last complete week, {week.label}, against the week before")

place = st.empty()
asked = sources.ask("check_ins", "rewards", "payouts") | sources.ask_users(weeks)
loaded = sources.wait(asked, partly=("payouts",), meanwhile=lambda: tiles.coming(place))
screen.show(loaded)
check_ins, rewards = loaded.maybe("check_ins"), loaded.maybe("rewards")
payouts, new_users = loaded.maybe("payouts"), loaded.maybe("new_users")

with place.container():
    weekly = once(metrics.weekly, check_ins, rewards, payouts, new_users, zone, weeks)
    tiles.overview(loaded, weekly, week, now)

if loaded.has("check_ins"):
    figures.card(
        "Check-ins per week",
        once(metrics.submitted, check_ins, zone, weeks),
        charts.submitted,
        summaries.submitted,
        key="overview-submitted",
        labels=labels.SUBMITTED,
        help=definitions.SUBMITTED,
        lacking=loaded.lacking("check_ins"),
        opens=drill.check_ins_of,
        running=running,
    )

with st.grid(2, min_column_width=420):
    if loaded.has("rewards", "payouts"):
        figures.card(
            "Earned and claimed per week",
            once(metrics.earned_and_claimed, rewards, payouts, zone, weeks),
            charts.earned_and_claimed,
            summaries.earned_and_claimed,
            key="overview-earned-and-claimed",
            labels=labels.EARNED_AND_CLAIMED,
            help=f"{definitions.EARNED} {definitions.CLAIMED}",
            lacking=loaded.lacking("rewards", "payouts"),
            opens=drill.earned_or_claimed_of,
            running=running,
        )
    if loaded.has("check_ins", "rewards"):
        days = Period.of_weeks([week])
        figures.card(
            "From submitted to claimed",
            once(metrics.funnel, check_ins, rewards, days, zone),
            charts.funnel,
            summaries.funnel,
            key="overview-funnel",
            labels=labels.FUNNEL,
            help=definitions.FUNNEL,
            lacking=loaded.lacking("check_ins", "rewards"),
            opens=lambda bar: drill.funnel_step_of(bar, days),
        )

if loaded.has("check_ins"):
    attention.show(once(metrics.attention, check_ins, zone, now, sources.books(loaded)))
