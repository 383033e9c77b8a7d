"""The sign-in page: the authenticator's form, and one sentence for whatever goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import extra_streamlit_components as stx  # type: ignore[import-untyped]
import streamlit as st
import streamlit_authenticator as stauth
from extra_streamlit_components.CookieManager import (  # type: ignore[import-untyped]
    _component_func,
)
from streamlit.delta_generator import DeltaGenerator
from streamlit_authenticator.controllers import (
    AuthenticationController,
)

from pages.access import device_cookie, passwords, sign_in, single_sign_on
from pages.access.throttle import duration
from pages.settings import IdentityProvider

WIDTH = 440
EMPTY = "Enter your username and your password."
WRONG = "The username or the password is not right."
NO_DEVICE = (
    "This browser did not send the cookie that signing in needs. Allow cookies for this address "
    "and reload the page; if that changes nothing, the server was not started from app.py."
)
LABELS = {
    "Form name": "Sign in",
    "Username": "Username",
    "Password": "Password",
    "Login": "Sign in",
}


# The authenticator draws a plain button; this is the page's one action. White on it: 6.1 to 1.
_BUTTON = """<style>
.st-key-FormSubmitter-sign_in-Sign-in, .st-key-FormSubmitter-sign_in-Sign-in button {
  width: 100% !important;
}
.st-key-FormSubmitter-sign_in-Sign-in button {
  background: #1f5fbf; border-color: #1f5fbf; color: #fff;
}
.st-key-FormSubmitter-sign_in-Sign-in button:is(:hover, :focus, :active) {
  background: #194d9b; border-color: #194d9b; color: #fff;
}
</style>"""

# Between the form and the other way in; the colour follows the text's, in light and dark.
_OR = """<style>
.sign-in-or { display: flex; align-items: center; gap: 0.75rem; opacity: 0.7; }
.sign-in-or::before, .sign-in-or::after {
  content: ""; flex: 1; border-top: 1px solid currentColor; opacity: 0.35;
}
</style><div class="sign-in-or">or</div>"""


class _ThrottledController(AuthenticationController):  # type: ignore[misc]  # has no types
    """The authenticator's own check, behind a throttle and without telling names apart."""

    problem = ""
    admitted = False

    def login(
        self, username: str | None = None, password: str | None = None, *_: Any, **__: Any
    ) -> bool:
        """Whether the password fits and its person is signed in; else `problem` says why not."""
        access = sign_in.configured()
        name, secret = (username or "").strip().lower(), password or ""
        if not name or not secret:
            self.problem = EMPTY
            return False
        people = access.directory.people()
        logged = name if name in people else "unknown"  # a password typed into the wrong field
        wait = access.throttle.begin(name, device_cookie.current())
        if wait > 0:
            self.problem = f"Too many attempts. Try again in {duration(wait)}."
            sign_in.note_attempt("sign_in_delayed", logged)
            return False
        users = self.authentication_model.credentials["usernames"]
        if name not in users:
            users[name] = {"password": passwords.nobodys_hash(_rounds(users))}
        try:  # a stop or another run may be asked for while the password is checked
            self.admitted = bool(self.authentication_model.login(name, secret))
        finally:
            if not self.admitted:
                self.problem = WRONG
                sign_in.note_attempt("sign_in_failed", logged)
        if self.admitted:
            access.throttle.succeeded(name, device_cookie.current())
            sign_in.admit(people[name])
        return self.admitted


class _NoCookie:
    """Neither reads nor writes a cookie: sign_in judged it before, keep_cookie writes it after."""

    def get_cookie(self) -> None:
        """There is none."""

    def set_cookie(self) -> None:
        """Nothing to do."""


class _Authenticator(stauth.Authenticate):  # type: ignore[misc]  # the package has no types
    """The authenticator without its cookie frame.

    When that frame has loaded it makes the page run again, and Streamlit forgets a click that
    the run it interrupts was answering: whoever was quick had to press the button twice.
    """

    def __init__(self, controller: _ThrottledController) -> None:
        self.path = None
        self.attrs = {"login_sleep_time": 0}
        self.cookie_controller = _NoCookie()
        self.authentication_controller = controller


class _Cookies(stx.CookieManager):  # type: ignore[misc]  # the package has no types
    """Writes and deletes cookies without first asking for all of them, for the same reason."""

    def __init__(self) -> None:
        self.cookie_manager = _component_func
        self.cookies: dict[str, str] = {}


def sign_in_page(
    head: Callable[[], None],
    foot: Callable[[], None] = lambda: None,
    provider: IdentityProvider | None = None,
    page: str = "",
) -> None:
    """Draw the page; when the password fits, the run starts again with the person signed in.

    `head` draws what stands above the form: the product's name and environment; `foot` what stands
    below. With a `provider` there is a second way in, or the only one, which comes back to the
    `page` (its path).
    """
    with st.container(horizontal_alignment="center"), st.container(width=WIDTH):
        st.space("medium")
        head()
        sentence = st.container()
        if not device_cookie.current():
            sentence.error(NO_DEVICE, icon=":material/cookie_off:")
            st.stop()
        form = st.container()
        with_passwords = sign_in.configured().passwords
        controller = _form(form) if with_passwords else None
        if controller is not None and controller.admitted:
            _forget_notices()
            st.rerun()
        problem = controller.problem if controller is not None else ""
        if problem:
            st.session_state.pop(single_sign_on.PROBLEM, None)
        if provider is not None:
            with form:
                if with_passwords:
                    st.html(_OR)
                single_sign_on.button(provider, page)
        if problem := problem or single_sign_on.problem():
            sentence.error(problem, icon=":material/error:")
            st.session_state.pop(sign_in.NOTICE, None)
        elif notice := st.session_state.get(sign_in.NOTICE):  # kept over the cookie frame's reruns
            sentence.info(notice, icon=":material/info:")
        with form:
            foot()
        if sign_in.LEAVING in st.session_state:
            _forget_cookie()


def keep_cookie() -> None:
    """Have the browser store the login cookie; drawn until it says that it did."""
    # There in every run: what follows keeps its place, and what somebody types in it, when it goes.
    place = st.empty()
    staying = st.session_state.get(sign_in.STAYING)
    if staying is None:
        return
    token, expires = staying
    with place:  # a session may store more than one
        if _is_stored(token, expires, f"access.cookie.set.{expires:.0f}"):
            del st.session_state[sign_in.STAYING]


def _forget_cookie() -> None:
    """Have the browser delete the login cookie, which is worthless by now in any case."""
    if _is_stored("", 0.0, "access.cookie.delete"):
        del st.session_state[sign_in.LEAVING]


def _is_stored(token: str, expires: float, key: str) -> bool:
    """Have the browser store a login cookie, which deletes it if it is over; whether it did."""
    if st.session_state.get(key):
        return True
    secure = device_cookie.is_current_over_tls()
    _Cookies().set(
        f"{device_cookie.HOST_PREFIX if secure else ''}{device_cookie.LOGIN_COOKIE}",
        token,
        key=key,
        expires_at=datetime.fromtimestamp(expires, UTC),  # the package means the browser's zone
        secure=secure or None,
    )
    return False


def _form(place: DeltaGenerator) -> _ThrottledController:
    """The authenticator's form, over the accounts that may sign in at this moment."""
    access = sign_in.configured()
    usernames = {
        name: {"password": record.password, "name": name}
        for name in access.directory.people()
        if (record := access.record(name)) is not None
    }
    # Its session keys are ours to reset: the cookie was judged before, strictly, by sign_in.
    st.session_state["logout"] = True
    st.session_state["authentication_status"] = None
    controller = _ThrottledController({"usernames": usernames}, auto_hash=False)
    with place:
        st.html(_BUTTON)
        _Authenticator(controller).login(fields=LABELS, key="sign_in")
    return controller


def _forget_notices() -> None:
    """Drop what the sign-in page kept; the address, and so the page, stays."""
    for key in ("authentication_status", "username", "name", "email", "roles", "logout"):
        st.session_state.pop(key, None)
    for key in (sign_in.LEAVING, sign_in.NOTICE, single_sign_on.PROBLEM):
        st.session_state.pop(key, None)


def _rounds(users: Mapping[str, Mapping[str, str]]) -> int:
    """What checking a real account costs, so that checking none costs the same."""
    return max(
        (passwords.rounds_of(user["password"]) for user in users.values()),
        default=passwords.ROUNDS,
    )
