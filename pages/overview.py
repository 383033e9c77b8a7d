"""Overview: the Monday glance, the last complete week against the one before."""

import streamlit as st

from pages.access.guard import guard
from pages.analysis import charts, definitions, metrics, summaries
from pages.analysis.periods import Period
from pages.ui import attention, chrome, figures, filters, glance, labels, sources, tiles

guard()
screen = chrome.screen("Overview")
zone, now, palette = sources.calendar(), filters.this_minute(), figures.palette()
week, running = zone.last_complete(now), zone.running(now)
weeks = zone.weeks_back(week, 12)
st.caption(f"Last complete week, {week.label}, against the week before")

place = st.empty()
if not sources.held("check_ins", "rewards"):
    glance.show(place, week)
asked = sources.ask("check_ins", "rewards", "payouts") | sources.ask_users([*weeks, running.week])
loaded = sources.wait(asked, partly=("payouts",))
once = loaded.memory()
screen.show(loaded)

with place.container():
    weekly = once(
        metrics.weekly,
        loaded.maybe("check_ins"),
        loaded.maybe("rewards"),
        loaded.maybe("payouts"),
        loaded.maybe("new_users"),
        zone,
        [*weeks, running.week],
    )
    tiles.overview(loaded, weekly.iloc[:-1], weekly.iloc[-1:])

if loaded.has("check_ins"):
    check_ins = loaded.frame("check_ins")
    submitted = once(metrics.submitted, check_ins, zone, [*weeks, running.week])
    figures.card(
        "Check-ins a week",
        charts.submitted(submitted, palette, running=running),
        summaries.submitted(submitted, running=running),
        submitted,
        key="overview-submitted",
        labels=labels.SUBMITTED,
        help=definitions.SUBMITTED,
    )

with st.grid(2, min_column_width=420):
    if loaded.has("rewards", "payouts"):
        money = once(
            metrics.earned_and_claimed,
            loaded.frame("rewards"),
            loaded.frame("payouts"),
            zone,
            [*weeks, running.week],
        )
        figures.card(
            "Earned and claimed a week",
            charts.earned_and_claimed(money, palette, running=running),
            summaries.earned_and_claimed(money, running=running),
            money,
            key="overview-earned-and-claimed",
            labels=labels.EARNED_AND_CLAIMED,
            help=f"{definitions.EARNED} {definitions.CLAIMED}",
        )
    if loaded.has("check_ins", "rewards"):
        last_week = Period.of_weeks([week])
        funnel = once(
            metrics.funnel, loaded.frame("check_ins"), loaded.frame("rewards"), last_week, zone
        )
        figures.card(
            "From submitted to claimed",
            charts.funnel(funnel, palette),
            summaries.funnel(funnel),
            funnel,
            key="overview-funnel",
            labels=labels.FUNNEL,
            help=definitions.FUNNEL,
        )

if loaded.has("check_ins"):
    books = sources.books(loaded)
    attention.show(once(metrics.attention, loaded.frame("check_ins"), zone, now, books))
