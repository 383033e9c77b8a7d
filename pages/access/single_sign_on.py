"""Signing in by way of the identity provider: its button, and what its answer is worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.access import device, sign_in
from pages.access.identity_provider import IdentityProvider
from pages.access.sign_on_attempts import ATTEMPTS
from pages.access.staff import StaffRecord
from pages.access.throttle import duration

BY = "single sign-on"  # how the audit log tells it from a password
REFUSED = (
    "Single sign-on did not let you in. Use your username and your password, or ask your "
    "administrator."
)
PROBLEM = "access.sign_on.problem"  # the sentence the next sign-in page opens with
LONGEST_QUERY = 2000
_CLAIM_OF_OURS = "device"  # of device.HEADER, in config.toml; the rest are the provider's


def arrive() -> None:
    """Sign in whom the provider has just confirmed to this device; note the sentence if not.

    The claims count once, in the first run after them, and are forgotten in it. Raises
    NotRecorded, StaffProblem.
    """
    if sign_in.LOGIN in st.session_state:
        return
    claims = _taken_claims()
    here = device.current()
    if claims and ATTEMPTS.redeem(here, claims.get("nonce")):
        _judge(claims, here)
    elif ATTEMPTS.take_failure(here):
        _judge({}, here)


def accepted(people: Mapping[str, StaffRecord], claims: Mapping[str, Any]) -> tuple[str, str]:
    """Whose account the provider's claims open, and if they open none, why (for the audit log).

    The name is "" when the claims point at nobody. One-time passwords are handed over in person,
    so an account is opened by it first: single sign-on does not stand in for that.
    """
    if not claims:
        return "", "not confirmed"
    email, verified = claims.get("email"), claims.get("email_verified")
    if not isinstance(email, str) or not email.strip():
        return "", "no e-mail"
    if not (verified is True or verified == "true"):
        return "", "e-mail not verified"
    found = [record for record in people.values() if _same(record.email, email)]
    if len(found) != 1:
        return "", "e-mail of two accounts" if found else "unknown e-mail"
    if found[0].disabled:
        return found[0].name, "disabled"
    if found[0].must_change:
        return found[0].name, "one-time password"
    return found[0].name, ""


def problem() -> str:
    """Why the last attempt did not sign anybody in, "" if it did or there was none."""
    return str(st.session_state.get(PROBLEM, ""))


def button(provider: IdentityProvider, page: str) -> None:
    """The way to the provider, and back to this page (its path) with its query.

    It goes through one origin only: the cookies of another are not sent there.
    """
    url = urlsplit(st.context.url or provider.origin)
    if f"{url.scheme}://{url.netloc}" != provider.origin:
        st.caption(f"Single sign-on works at `{provider.origin}` only.", text_alignment="center")
        return
    if st.button(provider.label, icon=":material/key:", width="stretch", key="sign_on"):
        st.session_state.pop(PROBLEM, None)
        ATTEMPTS.ask(device.current(), _address(page))
        st.login(provider.name)


def _judge(claims: Mapping[str, Any], here: str) -> None:
    """Admit the person or note why not, counted as attempts with a password are."""
    access = sign_in.configured()
    counted = f"by {BY} on {here}"  # a device's own: no username has a space
    wait = access.throttle.begin(counted, here)
    if wait > 0:
        st.session_state[PROBLEM] = f"Too many attempts. Try again in {duration(wait)}."
        sign_in.note_attempt("sign_in_delayed", "unknown", by=BY)
        return
    people = access.directory.people()
    name, why = accepted(people, claims)
    if why:
        st.session_state[PROBLEM] = REFUSED
        sign_in.note_attempt("sign_in_failed", name or "unknown", by=BY, why=why)
        return
    access.throttle.succeeded(counted, here)
    access.throttle.succeeded(name, here)
    sign_in.admit(people[name], by=BY)


def _taken_claims() -> dict[str, Any]:
    """What the provider said of whoever opened this session, forgotten by the session.

    Kept, they would also make a lost connection come back to an empty session: their cookie is
    gone by then, and Streamlit resumes a session only for the same claims.
    """
    claims = st.user.to_dict()
    context = get_script_run_ctx(suppress_warning=True)
    if context is None or not claims.get("is_logged_in"):
        return {}
    for name in claims:
        if name != _CLAIM_OF_OURS:
            context.user_info.pop(name, None)
    return dict(claims)


def _same(one: str, other: str) -> bool:
    """Whether two e-mails are one. Case counts outside ASCII: there it makes twins of strangers."""
    one, other = one.strip(), other.strip()
    if not one.isascii() or not other.isascii():
        return one == other
    return one.lower() == other.lower()


def _address(page: str) -> str:
    """This page with its query, as one opens it: a path of ours, whatever the query holds."""
    pairs = [(key, value) for key in st.query_params for value in st.query_params.get_all(key)]
    query = urlencode(pairs)
    return f"/{page}?{query}" if query and len(query) <= LONGEST_QUERY else f"/{page}"
