"""Choosing a password of one's own: forced after a one-time one, possible at any other time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from pages.access import device_cookie, passwords, sign_in
from pages.access.escaping import inert
from pages.access.guard import guarded
from pages.access.passwords import PasswordRefused
from pages.access.rights import Person
from pages.access.sign_in_form import WIDTH
from pages.access.staff_file import People, StaffProblem
from pages.access.throttle import duration

NOT_CURRENT = "The present password is not right."
NOT_ALIKE = "The two new passwords are not the same."
NOT_NEW = "The new password is the present one; choose another."
_ASKED = "access.password.asked"


def page(person: Person, head: Callable[[], None]) -> None:
    """The only page somebody with a one-time password gets."""
    with st.container(horizontal_alignment="center"), st.container(width=WIDTH):
        st.space("medium")
        head()
        st.info(
            f"{inert(person.full_name)}, you signed in with a one-time password. Choose one of "
            "your own to go on.",
            icon=":material/key:",
        )
        _form()
        st.button("Sign out", on_click=sign_in.sign_out, type="tertiary", key="sign_out")


def button() -> None:
    """The way to another password, for whoever is signed in, where passwords count."""
    if not sign_in.configured().passwords:
        return
    st.button(
        "Change password", icon=":material/key:", type="tertiary", key="password", on_click=_ask
    )
    if st.session_state.get(_ASKED):
        _dialog()


def _ask() -> None:
    st.session_state[_ASKED] = True


def _close() -> None:
    st.session_state.pop(_ASKED, None)


@st.dialog("Change password", on_dismiss=_close)
@guarded()
def _dialog() -> None:
    """The form, and what changing a password does besides."""
    st.text("Everywhere else you are signed in, you will be signed out.")
    _form()


def _form() -> None:
    with st.form("access.password", border=False):
        current = st.text_input("Present password", type="password", autocomplete="off")
        new = st.text_input(
            "New password",
            type="password",
            help=f"At least {passwords.MIN_CHARACTERS} characters of any kind; not a common one.",
            autocomplete="new-password",
        )
        again = st.text_input("New password again", type="password", autocomplete="new-password")
        if not st.form_submit_button("Change password", type="primary"):
            return
    refused = change(current or "", new or "", again or "")
    if refused:
        st.error(inert(refused), icon=":material/error:")
        return
    _close()
    st.rerun(scope="app")


def change(current: str, new: str, again: str) -> str:
    """Give the signed-in person a new password; the sentence that says why not, "" if it is done.

    The present password is asked for so that a screen left open is not enough, and throttled as
    a sign-in is. Raises NotRecorded, StaffProblem.
    """
    access = sign_in.configured()
    person = sign_in.signed_in()
    if person is None:
        return NOT_CURRENT
    if new != again:
        return NOT_ALIKE
    wait = access.throttle.begin(person.name, device_cookie.current())
    if wait > 0:
        return f"Too many attempts. Try again in {duration(wait)}."
    before = access.directory.people()[person.name]
    if not passwords.fits(current, before.password):
        sign_in.note_attempt("sign_in_failed", person.name)
        return NOT_CURRENT
    access.throttle.succeeded(person.name, device_cookie.current())
    if passwords.fits(new, before.password):
        return NOT_NEW
    try:
        hashed = passwords.hashed(new, (before.name, before.full_name, before.email))
    except PasswordRefused as problem:
        return str(problem)

    def changed(people: People) -> None:
        record = people.get(person.name)
        if record is None or record.password != before.password:
            raise StaffProblem("The account was changed in the meantime; sign in again.")
        people[person.name] = replace(
            record,
            password=hashed,
            one_time_until=None,
            sessions_since=datetime.fromtimestamp(access.clock(), UTC).replace(microsecond=0),
        )

    people = access.directory.edit(
        changed, lambda: sign_in.note("password_changed", one_time=before.must_change)
    )
    sign_in.admit_again(people[person.name])
    return ""
