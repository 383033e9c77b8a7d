"""Users: find one by anything that is known of them, or look through the list."""

from pages.access.guard import guard
from pages.analysis import charts, definitions, drill, metrics, summaries
from pages.ui import chrome, figures, filters, labels, lookup, sources, tables
from pages.ui.memo import once

guard()
screen = chrome.screen("Users")
lookup.box()

zone, now = sources.calendar(), filters.now()
running = zone.running(now)
weeks = (*zone.weeks_back(zone.last_complete(now), 12), running.week)
chosen = filters.users()
loaded = sources.wait(sources.ask_users(weeks) | {"users": sources.ask_users_page(chosen)})
screen.show(loaded)

if loaded.has("users"):
    tables.users(loaded.value("users"), chosen)

if loaded.has("new_users"):
    figures.card(
        "New users per week",
        once(metrics.new_users_per_week, loaded.frame("new_users"), zone, weeks),
        charts.new_users_per_week,
        summaries.new_users_per_week,
        key="users-new-per-week",
        labels=labels.NEW_USERS,
        help=definitions.NEW_USERS,
        opens=drill.users_of,
        running=running,
    )
