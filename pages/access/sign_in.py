"""Signing in and out: streamlit-authenticator's form, and around it what it lacks."""

from __future__ import annotations

from collections.abc import Callable

from pages.access.rights import Person


def signed_in() -> Person | None:
    """Who is signed in, re-read from the staff record; None for anybody else."""
    raise NotImplementedError


def sign_out() -> None:
    """End this sign-in in every tab: the hooks run, then the session is emptied."""
    raise NotImplementedError


def on_sign_out(callback: Callable[[], None]) -> None:
    """Register what must be closed when a session is signed out (called before it is emptied).

    The callback runs in the session's script thread and may read `st.session_state`. Registering
    the same function again has no effect.
    """
    raise NotImplementedError
