"""Signing in by way of the identity provider: its button, and what its answer is worth.

Streamlit's own cookie names a person for thirty days to whoever holds it. Here it counts once, and
only as the answer to what this very device asked the provider a moment ago.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.access import device_cookie, sign_in
from pages.access.staff_file import StaffRecord
from pages.settings import IdentityProvider

BY = "single sign-on"  # how the audit log tells it from a password
REFUSED = "Single sign-on did not let you in. Try another way, or ask your administrator."
PROBLEM = "access.sign_on.problem"  # the sentence the next sign-in page opens with
LIFETIME_SECONDS = 600.0  # long enough for a second factor at the provider
MOST_REQUESTS = 10_000
_LONGEST_QUERY = 2000
_CLAIM_OF_OURS = "device"  # of device_cookie.HEADER, in config.toml; the rest are the provider's


@dataclass
class SignOnRequest:
    """One press of the button; `device` is hashed, `address` a page of ours with its query.

    `state` and `nonce` are what the provider was asked with: its answer has to repeat both.
    """

    device: str = field(repr=False)
    address: str
    asked: float
    state: str = field(default="", repr=False)
    nonce: str = field(default="", repr=False)
    failed: bool = False

    def is_answered_by(self, claims: Mapping[str, Any]) -> bool:
        """Whether these claims are the answer to this very request."""
        return bool(self.nonce) and claims.get("nonce") == self.nonce


class SignOnRequests:
    """One request a device, the last one; everything older than its lifetime is gone."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._by_device: dict[str, SignOnRequest] = {}

    def press(self, device: str, address: str) -> None:
        """Note that somebody pressed the button on this device, on the page of this address."""
        with self._lock:
            self._by_device.pop(device, None)
            while len(self._by_device) >= MOST_REQUESTS:
                del self._by_device[next(iter(self._by_device))]  # the oldest
            self._by_device[device] = SignOnRequest(device, address, self._clock())

    def of_device(self, device: str) -> SignOnRequest | None:
        """The request of this device, if it is not too old."""
        with self._lock:
            found = self._by_device.get(device)
            is_live = found is not None and self._clock() - found.asked < LIFETIME_SECONDS
            return found if is_live else None

    def of_state(self, state: str) -> SignOnRequest | None:
        """The request with this state; the device's cookie does not come from another site."""
        with self._lock:
            found = [each for each in self._by_device.values() if state and each.state == state]
        return self.of_device(found[0].device) if found else None

    def use_up(self, request: SignOnRequest) -> bool:
        """Take a request out of the register; False if somebody else did before."""
        with self._lock:
            if self._by_device.get(request.device) is not request:
                return False
            del self._by_device[request.device]
            return True


REQUESTS = SignOnRequests()


def arrive() -> None:
    """Sign in whom the provider has just confirmed to this device; note the sentence if not.

    The claims count once, in the first run after them. Raises NotRecorded, StaffProblem.
    """
    if sign_in.LOGIN in st.session_state:
        return
    claims = _taken_claims()
    request = REQUESTS.of_device(device_cookie.current())
    if request is None or not (request.failed or request.is_answered_by(claims)):
        return
    if REQUESTS.use_up(request):
        _judge({} if request.failed else claims)


def accepted(
    people: Mapping[str, StaffRecord], claims: Mapping[str, Any], *, passwords: bool = True
) -> tuple[str, str]:
    """Whose account the provider's claims open, and if they open none, why (for the audit log).

    The name is "" when the claims point at nobody. One-time passwords are handed over in person,
    so an account is opened by it first: single sign-on does not stand in for that, unless
    `passwords` are off.
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
    if passwords and found[0].must_change:
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
        REQUESTS.press(device_cookie.current(), _address(page))
        st.login(provider.name)


def _judge(claims: Mapping[str, Any]) -> None:
    """Admit the person or note why not."""
    access = sign_in.configured()
    people = access.directory.people()
    name, why = accepted(people, claims, passwords=access.passwords)
    if why:
        st.session_state[PROBLEM] = REFUSED
        sign_in.note_attempt("sign_in_failed", name or "unknown", by=BY, why=why)
        return
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
    return f"/{page}?{query}" if query and len(query) <= _LONGEST_QUERY else f"/{page}"
