"""What stands on every page: environment, who is signed in, title, freshness, report zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from pages.access import password_change, sign_in
from pages.access.escaping import inert
from pages.access.guard import guarded, rerun_by_timer
from pages.access.rights import Person
from pages.analysis import wording
from pages.settings import AppSettings
from pages.ui import filters, sources, states
from pages.ui.sources import Loaded

_POLL_WHILE_REFRESHING = 1.0
_POLL_FOR_AGE = 30.0


def environment_badge(app: AppSettings) -> None:
    """Which Ownli the numbers come from, always in the same place and colour."""
    st.badge(
        inert(app.environment),
        icon=":material/science:" if app.demo else ":material/database:",
        color="violet" if app.demo else "green",
    )


def header(person: Person, app: AppSettings) -> None:
    """The sidebar below the navigation: name, role, report zone, sign-out."""
    with st.sidebar:
        st.text(person.full_name or person.name)
        st.caption(f"{person.role.value.capitalize()} · report zone {inert(app.time_zone)}")
        st.button(
            "Sign out",
            icon=":material/logout:",
            on_click=sign_in.sign_out,
            type="tertiary",
            key="sign_out",
        )
        password_change.button()


@dataclass
class Screen:
    """The places of a screen that are filled when its data has arrived."""

    stamp: st.delta_generator.DeltaGenerator
    banner: st.delta_generator.DeltaGenerator

    def show(self, loaded: Loaded) -> None:
        """Say how fresh the data is and what is missing from it."""
        with filters.of_every_screen(), self.banner.container():
            states.banner(loaded)
        with self.stamp.container(width="content"):
            _freshness(loaded)


def screen(title: str, lead: str = "", *, of_ownli: bool = True) -> Screen:
    """A screen's head: title on the left, freshness and Refresh on the right.

    A screen that shows nothing of Ownli's (`of_ownli` False) has nothing to refresh.
    """
    with filters.of_every_screen():
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            with st.container(width="stretch"):
                st.title(title, anchor=False)
            with st.container(horizontal=True, vertical_alignment="center", width="content"):
                environment_badge(sources.app())
                stamp = st.empty()
                if of_ownli:
                    st.button(
                        "Refresh",
                        icon=":material/refresh:",
                        on_click=sources.refresh,
                        key="refresh",
                        help="Ask Ownli now what has changed",
                    )
        if lead:
            st.caption(lead)
        banner = st.empty()
    filters.arrive(title)
    return Screen(stamp=stamp, banner=banner)


def _freshness(loaded: Loaded) -> None:
    """The stamp; it ages by itself and reruns the page once a newer version is whole."""
    if loaded.as_of is None:
        st.caption("No data yet")
        return
    every = _POLL_WHILE_REFRESHING if loaded.refreshing else _POLL_FOR_AGE
    st.fragment(_stamp, run_every=every)(loaded.as_of, loaded.refreshing)


@guarded(activity=False)
def _stamp(as_of: datetime, was_refreshing: bool) -> None:
    """`Data as of 08:41 ET (2 min ago)`, and "refreshing" while it is."""
    stamp = wording.as_of(as_of, filters.now(), sources.calendar())
    st.caption(inert(f"{stamp}, refreshing" if was_refreshing else stamp))
    if was_refreshing and not sources.refreshing():
        rerun_by_timer()
