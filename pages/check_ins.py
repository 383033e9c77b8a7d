"""Check-ins: how many, with what outcome, how fast, and the rows behind every bar."""

import streamlit as st

from pages.access.guard import guard
from pages.analysis import charts, definitions, metrics, summaries
from pages.analysis.drill import rows_behind
from pages.ui import chrome, figures, filters, labels, sources, states, tables
from pages.ui.memo import once

guard()
screen = chrome.screen("Check-ins")
chosen = filters.check_ins()
zone, now = sources.calendar(), filters.this_minute()
running, days = zone.running(now), chosen.period
loaded = sources.load("check_ins", "vehicles", since=zone.day_starts(days.first))
screen.show(loaded)
if not loaded.has("check_ins"):
    st.stop()

rows = loaded.frame("check_ins")
if chosen.state:
    rows = once(metrics.with_states, rows, loaded.frame("vehicles"))
# A rate needs confirmed and declined ones alike, so the status filter comes after it.
of_any_status = once(
    metrics.filtered_check_ins,
    rows,
    kinds=chosen.kinds,
    states=(chosen.state,) if chosen.state else (),
)
of_any_date = once(metrics.filtered_check_ins, of_any_status, statuses=chosen.statuses)
check_ins = once(metrics.filtered_check_ins, of_any_date, period=days, calendar=zone)
if check_ins.empty:
    states.nothing(
        f"No check-in was submitted in this period ({days.label}).",
        "Choose a longer period or fewer filters.",
    )
    st.stop()

lacking = loaded.lacking("check_ins")
clicked = figures.card(
    f"Check-ins per {chosen.by}",
    once(metrics.submitted, check_ins, zone, days, by=chosen.by),
    charts.submitted,
    summaries.submitted,
    key="check-ins-submitted",
    labels=labels.SUBMITTED,
    help=definitions.in_period(definitions.SUBMITTED),
    lacking=lacking,
    clickable=True,
    running=running,
)

with st.grid(2, min_column_width=420):
    clicked += figures.card(
        "By kind",
        once(metrics.by_kind_and_status, check_ins),
        charts.by_kind_and_status,
        summaries.by_kind_and_status,
        key="check-ins-by-kind",
        labels=labels.BY_KIND,
        lacking=lacking,
        clickable=True,
    )
    figures.card(
        "Confirmation rate per week",
        once(metrics.confirmation_rate_per_week, of_any_status, zone, days.weeks),
        charts.confirmation_rate_per_week,
        summaries.confirmation_rate_per_week,
        key="check-ins-confirmation-rate",
        labels=labels.CONFIRMATION_RATE,
        help=definitions.CONFIRMATION_RATE,
        lacking=lacking,
        running=running,
    )
    durations = once(metrics.time_to_decision, of_any_status, zone, days)
    figures.card(
        "Time to decision",
        durations,
        charts.time_to_decision,
        summaries.time_to_decision,
        table=durations.histogram,
        key="check-ins-time-to-decision",
        labels=labels.DURATIONS,
        help=definitions.in_period(definitions.TIME_TO_DECISION),
        lacking=lacking,
    )
    figures.card(
        "When people check in",
        once(metrics.by_weekday_and_hour, check_ins, zone),
        charts.by_weekday_and_hour,
        summaries.by_weekday_and_hour,
        key="check-ins-weekday-hour",
        labels=labels.WEEKDAY_HOUR,
        help=definitions.WEEKDAY_AND_HOUR,
        lacking=lacking,
    )
    clicked += figures.card(
        "Decline and hold reasons",
        once(metrics.reasons, check_ins),
        charts.reasons,
        summaries.reasons,
        key="check-ins-reasons",
        labels=labels.REASONS,
        help=definitions.REASONS,
        lacking=lacking,
        clickable=True,
    )
    clicked += figures.card(
        "Open now, by age",
        once(metrics.open_by_age, of_any_date, now),
        charts.open_by_age,
        summaries.open_by_age,
        key="check-ins-open-by-age",
        labels=labels.OPEN_BY_AGE,
        help=definitions.OPEN_BY_AGE,
        lacking=lacking,
        clickable=True,
    )

shown = once(rows_behind, clicked, check_ins, of_any_date, zone, now) if clicked else check_ins
st.subheader("Rows", anchor=False)
figures.picked(clicked, len(shown))
tables.check_ins(shown, days, loaded.maybe("vehicles"))
