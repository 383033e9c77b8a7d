"""The first line of every screen, fragment and dialog."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import NoReturn, ParamSpec, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.access import device_cookie, incidents, page_state, sign_in
from pages.access.audit_trail import NotRecorded
from pages.access.rights import Person, Right
from pages.access.staff_file import StaffProblem


class Withheld(Exception):  # noqa: N818 - an answer, not a fault
    """A file that is not given out; the text is the sentence to show."""


P = ParamSpec("P")
R = TypeVar("R")
NOT_SIGNED_IN = "You are not signed in."
NOT_YOURS = "This file is made only for who opened its page."
CHANGE_FIRST = "Choose a password of your own first; reload the page to do so."
NOT_PERMITTED = "Your account is not permitted to see this. An administrator can change that."


def guard(right: Right = Right.SEE, *, activity: bool = True) -> Person:
    """The signed-in person, if the staff record of this moment gives them the right.

    Otherwise shows one sentence and stops the run (`st.stop`). In a fragment whose person is no
    longer signed in, the whole page runs again instead, which shows the sign-in form.
    `activity=False` in what a timer runs (`run_every`): a timer does not keep a sign-in alive.
    """
    try:
        person = sign_in.signed_in(activity=activity)
    except StaffProblem as problem:
        _refuse(str(problem))
    if person is None:
        if _in_fragment():
            st.rerun(scope="app")
        _refuse(NOT_SIGNED_IN)
    if sign_in.must_change_password():
        if _in_fragment():
            st.rerun(scope="app")
        _refuse(CHANGE_FIRST)
    if not person.may(right):
        page_state.refused(right.value)
        _refuse(NOT_PERMITTED)
    return person


def guarded(
    right: Right = Right.SEE, *, activity: bool = True
) -> Callable[[Callable[P, R]], Callable[P, R | None]]:
    """Decorator that runs the guard before a fragment or dialog body.

    Goes under `@st.fragment` or `@st.dialog`, so that it runs inside each of their reruns. A body
    that fails shows one sentence with a reference number and leaves the rest of the page alone.
    """

    def decorate(body: Callable[P, R]) -> Callable[P, R | None]:
        @functools.wraps(body)
        def guarded_body(*args: P.args, **kwargs: P.kwargs) -> R | None:
            guard(right, activity=activity)
            try:
                return body(*args, **kwargs)
            except Exception as problem:  # noqa: BLE001 - whatever it is, the browser gets a number
                incidents.show(problem)
                return None

        return guarded_body

    return decorate


def later(right: Right, make: Callable[[sign_in.Requester], R]) -> Callable[[], R]:
    """What a download button may call on click, when no run and no guard is around it.

    `st.download_button(data=later(Right.SEE, make))`: looks the person up again, then calls
    `make` with who asked, by which it writes its audit line. Nobody else's browser gets it made:
    Streamlit does not ask whose it is. Whatever fails, the browser learns a sentence only.
    """
    taken = sign_in.requester()

    def made() -> R:
        if device_cookie.ASKER.get() != taken.device:
            raise Withheld(NOT_YOURS)
        try:
            person = taken.person()
        except StaffProblem as problem:
            raise Withheld(str(problem)) from None
        if person is None or not person.may(right):
            if person is not None:
                with contextlib.suppress(NotRecorded):  # refused in any case
                    taken.note("not_permitted", right=right.value)
            raise Withheld(NOT_PERMITTED)
        try:
            return make(taken)
        except Exception as problem:  # noqa: BLE001 - Streamlit would send its text to the browser
            raise Withheld(incidents.message(problem)) from None

    return made


def rerun_by_timer() -> NoReturn:
    """Run the whole page again from a fragment that a timer runs, not counted as activity."""
    st.session_state[sign_in.BY_TIMER] = True
    st.rerun(scope="app")


def _refuse(sentence: str) -> NoReturn:
    st.error(sentence, icon=":material/lock:")
    st.stop()


def _in_fragment() -> bool:
    context = get_script_run_ctx(suppress_warning=True)
    return context is not None and bool(context.fragment_ids_this_run)
