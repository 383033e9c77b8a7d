"""Check-ins: how many, with what outcome, how fast, and the rows behind every bar."""

import streamlit as st

from pages.access.guard import guard
from pages.analysis import charts, definitions, metrics, summaries
from pages.analysis.drill import picks, rows_behind
from pages.ui import chrome, figures, filters, labels, sources, states, tables

guard()
screen = chrome.screen("Check-ins")
chosen = filters.check_ins()
zone, now, palette = sources.calendar(), filters.this_minute(), figures.palette()
running = zone.running(now)
loaded = sources.load("check_ins", "vehicles", since=zone.day_starts(chosen.period.first))
screen.show(loaded)
if not loaded.has("check_ins"):
    st.stop()

once = loaded.memory(chosen)
# A rate needs confirmed and declined ones alike, so the status filter comes after it.
of_any_status = chosen.narrowed(loaded.frame("check_ins"), loaded.frame("vehicles"))
everything = metrics.filtered_check_ins(of_any_status, statuses=chosen.statuses)
check_ins = metrics.filtered_check_ins(everything, period=chosen.period, calendar=zone)
if check_ins.empty:
    states.nothing(
        f"No check-in was submitted in this period ({chosen.period.label}).",
        "Choose a longer period or fewer filters.",
    )
    st.stop()

clicked = []
submitted = once(metrics.submitted, check_ins, zone, chosen.period, by=chosen.by)
clicked += picks(
    "submitted",
    figures.card(
        f"Check-ins a {chosen.by}",
        charts.submitted(submitted, palette, running=running),
        summaries.submitted(submitted, running=running),
        submitted,
        key="check-ins-submitted",
        labels=labels.SUBMITTED,
        help=definitions.in_period(definitions.SUBMITTED),
        clickable=True,
    ),
)

with st.grid(2, min_column_width=420):
    by_kind = once(metrics.by_kind_and_status, check_ins)
    clicked += picks(
        "by_kind_and_status",
        figures.card(
            "By kind",
            charts.by_kind_and_status(by_kind, palette),
            summaries.by_kind_and_status(by_kind),
            by_kind,
            key="check-ins-by-kind",
            labels=labels.BY_KIND,
            clickable=True,
        ),
    )
    rates = once(metrics.confirmation_rate_per_week, of_any_status, zone, chosen.period.weeks)
    figures.card(
        "Confirmation rate a week",
        charts.confirmation_rate_per_week(rates, palette, running=running),
        summaries.confirmation_rate_per_week(rates, running=running),
        rates,
        key="check-ins-confirmation-rate",
        labels=labels.CONFIRMATION_RATE,
        help=definitions.CONFIRMATION_RATE,
    )
    durations = once(metrics.time_to_decision, of_any_status, zone, chosen.period)
    figures.card(
        "Time to decision",
        charts.time_to_decision(durations, palette),
        summaries.time_to_decision(durations),
        durations.histogram,
        key="check-ins-time-to-decision",
        labels=labels.DURATIONS,
        help=definitions.in_period(definitions.TIME_TO_DECISION),
    )
    heat = once(metrics.by_weekday_and_hour, check_ins, zone)
    figures.card(
        "When people check in",
        charts.by_weekday_and_hour(heat, palette),
        summaries.by_weekday_and_hour(heat),
        heat,
        key="check-ins-weekday-hour",
        labels=labels.WEEKDAY_HOUR,
        help=definitions.WEEKDAY_AND_HOUR,
    )
    reasons = once(metrics.reasons, check_ins)
    clicked += picks(
        "reasons",
        figures.card(
            "Decline and hold reasons",
            charts.reasons(reasons, palette),
            summaries.reasons(reasons),
            reasons,
            key="check-ins-reasons",
            labels=labels.REASONS,
            help=definitions.REASONS,
            clickable=True,
        ),
    )
    ages = once(metrics.open_by_age, everything, now)
    clicked += picks(
        "open_by_age",
        figures.card(
            "Open now, by age",
            charts.open_by_age(ages, palette),
            summaries.open_by_age(ages),
            ages,
            key="check-ins-open-by-age",
            labels=labels.OPEN_BY_AGE,
            help=definitions.OPEN_BY_AGE,
            clickable=True,
        ),
    )

shown = rows_behind(clicked, check_ins, everything, zone, now)
st.subheader("Rows", anchor=False)
figures.picked(clicked, len(shown))
tables.check_ins(shown, chosen.period, loaded.maybe("vehicles"))
