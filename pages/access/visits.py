"""Which user's page a session has open: opening one is recorded, its reruns are not."""

from __future__ import annotations

import streamlit as st

from pages.access import sign_in

_OPEN = "access.visits.open"


def opened(subject: str) -> None:
    """Record that this session opened a user, once until it opens something else.

    Call it before anything of the user is shown; raises NotRecorded, and then nothing may be.
    """
    if st.session_state.get(_OPEN) == subject:
        return
    sign_in.note("user_opened", subject=subject)
    st.session_state[_OPEN] = subject


def left() -> None:
    """Another page is shown: the same user opened after it is opened again."""
    st.session_state.pop(_OPEN, None)
