"""The clock on every page: warns a minute before a session ends, and ends it on time."""

from __future__ import annotations

import math

import streamlit as st

from pages.access import sign_in
from pages.access.guard import guarded

WARN_SECONDS = 60.0
LOOK_SECONDS = 15.0


def watch() -> None:
    """Draw the clock: nothing to see until a minute before the end."""
    _clock()


@st.fragment(run_every=LOOK_SECONDS)
@guarded(activity=False)
def _clock() -> None:
    register, session = sign_in.configured().register, sign_in.session()
    if session is None:
        return
    left = register.seconds_left(session)
    if left > WARN_SECONDS + LOOK_SECONDS:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="access.warning"):
        st.warning(
            f"You will be signed out in {max(1, math.ceil(left))} seconds.",
            icon=":material/timer:",
        )
        if register.can_stay(session):
            st.button("Stay signed in", key="access.stay", on_click=sign_in.stay)
