"""The Health page: lists held, this session's client, versions; never the token itself."""

from __future__ import annotations

import platform
from importlib.metadata import version

import pandas as pd
import streamlit as st

from pages.access import sign_in
from pages.access.guard import guard, guarded
from pages.access.rights import Right
from pages.analysis import wording
from pages.ui import filters, sources, states

_POLL_SECONDS = 2.0
_PACKAGES = ("streamlit", "pandas", "requests", "plotly", "streamlit-authenticator", "msgspec")
_MEGABYTE = 1_000_000


@st.fragment(run_every=_POLL_SECONDS)
@guarded(Right.HEALTH, activity=False)
def lists() -> None:
    """One row a list, and the button that loads everything again from nothing."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Lists", anchor=False)
        st.space("stretch")
        if st.button("Reload everything", icon=":material/restart_alt:", key="reload"):
            guard(Right.HEALTH)
            sign_in.note("reload")
            sources.lists().reload(sources.client())
    held = sources.lists().health()
    if held.empty:
        st.text("Nothing has been asked for yet.")
        return
    zone, now = sources.calendar(), filters.now()
    st.dataframe(
        pd.DataFrame(
            {
                "List": [states.noun(name) for name in held["list"]],
                "Rows": held["rows"],
                "Megabytes": held["bytes"] / _MEGABYTE,
                "As of": [
                    "never" if wording.is_missing(at) else wording.clock(at, zone)
                    for at in held["as_of"]
                ],
                "Age": [wording.age(at, now) for at in held["as_of"]],
                "Requests": held["requests"],
                "Retries": held["retries"],
                "Seconds": held["seconds"],
                "Refreshing": ["Yes" if busy else "" for busy in held["refreshing"]],
                "Last error": [wording.text(error, "none") for error in held["last_error"]],
            }
        ),
        hide_index=True,
        column_config={
            "Rows": st.column_config.NumberColumn(format="localized"),
            "Requests": st.column_config.NumberColumn(format="localized"),
            "Megabytes": st.column_config.NumberColumn(format="%.1f"),
            "Seconds": st.column_config.NumberColumn(format="%.1f"),
            "Last error": st.column_config.TextColumn(width="large"),
        },
        alt="Lists held, one a row",
    )


def client() -> None:
    """What this session's client has done; the age of its token, never the token."""
    stats = sources.client().stats()
    st.subheader("This session's client", anchor=False)
    with st.grid(5, min_column_width=150):
        st.metric("Requests", wording.count(stats.requests), border=True)
        st.metric("Retries", wording.count(stats.retries), border=True)
        st.metric("Waiting for Ownli", wording.hours(stats.seconds / 3600), border=True)
        st.metric("Page size learned", wording.count(stats.page_size), border=True)
        age = stats.token_age_seconds
        st.metric(
            "Age of the token",
            "no token" if age is None else wording.hours(age / 3600),
            border=True,
        )
    if stats.last_error:
        st.text(f"Last error: {stats.last_error}")


def versions() -> None:
    """What runs here, for a support request."""
    st.subheader("Versions", anchor=False)
    found = [f"Python {platform.python_version()}"]
    found += [f"{name} {version(name)}" for name in _PACKAGES]
    st.text(" · ".join(found))
