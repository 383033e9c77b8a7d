"""What a session has open: state of one page, and the user whose page it is."""

from __future__ import annotations

import contextlib

import streamlit as st

from pages.access import sign_in
from pages.access.audit_trail import NotRecorded

HERE = "here."  # session keys that begin with it are forgotten when another page is shown
_PAGE = "access.page"
_OPEN = f"{HERE}user"
_REFUSED = f"{HERE}refused"


def arrive(page: str) -> None:
    """Note which page is shown; what an earlier one kept for itself is forgotten."""
    if st.session_state.get(_PAGE) == page:
        return
    for key in [key for key in st.session_state if str(key).startswith(HERE)]:
        del st.session_state[key]
    st.session_state[_PAGE] = page


def opened(subject: str) -> None:
    """Record that this session opened a user, once until it opens something else.

    Call it before anything of the user is shown; raises NotRecorded, and then nothing may be.
    """
    if st.session_state.get(_OPEN) == subject:
        return
    sign_in.note("user_opened", subject=subject)
    st.session_state[_OPEN] = subject


def refused(right: str) -> None:
    """Record that somebody asked for what their role does not allow, once a page and right.

    They are refused whether or not it can be recorded.
    """
    known = st.session_state.get(_REFUSED, frozenset())
    if right not in known:
        st.session_state[_REFUSED] = known | {right}
        with contextlib.suppress(NotRecorded):  # the log says so already
            sign_in.note("not_permitted", right=right)
