"""Who is signed in: the register's answer, checked against the staff record of this moment."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from pages.access import audit, device, incidents, login_cookie
from pages.access.rights import Person
from pages.access.sessions import REVOKED, Login, Register, Revocations
from pages.access.staff import StaffDirectory, StaffProblem, StaffRecord
from pages.access.throttle import Throttle

log = logging.getLogger(__name__)
LOGIN = "access.login"  # the sign-in this session belongs to
NOTICE = "access.notice"  # the sentence the next sign-in page opens with
LEAVING = "access.leaving"  # the browser's login cookie is still to be deleted
STAYING = "access.staying"  # the browser's login cookie is still to be written
BY_TIMER = "access.by_timer"  # the next run was not asked for by a person
MINUTE = 60.0
HOUR = 3600.0


@dataclass(frozen=True)
class Access:
    """What the process needs to decide who is signed in."""

    directory: StaffDirectory
    cookie_key: str = field(repr=False)
    session_seconds: float
    register: Register
    throttle: Throttle
    trail: audit.Audit
    clock: Callable[[], float]


_lock = threading.Lock()
_access: Access | None = None
_configured_with: tuple[object, ...] | None = None
_hooks: list[Callable[[], None]] = []


def configure(
    directory: StaffDirectory,
    *,
    cookie_key: str,
    session_hours: float,
    idle_minutes: float,
    revocations: Path | None,
    trail: audit.Audit | None = None,
    clock: Callable[[], float] = time.time,
) -> None:
    """Say how people sign in; the same values again change nothing and end nobody's sign-in.

    `revocations`: the file that keeps ended sign-ins over a restart, None to keep none.
    """
    global _access, _configured_with
    wanted = (id(directory), cookie_key, session_hours, idle_minutes, revocations, id(trail))
    with _lock:
        if wanted == _configured_with:
            return
        incidents.keep_secret(cookie_key)
        _access = Access(
            directory=directory,
            cookie_key=cookie_key,
            session_seconds=session_hours * HOUR,
            register=Register(
                idle_seconds=idle_minutes * MINUTE,
                revocations=Revocations(revocations),
                clock=clock,
            ),
            throttle=Throttle(clock=clock),
            trail=trail or audit.Nowhere(),
            clock=clock,
        )
        _configured_with = wanted


def configured() -> Access:
    """What `configure` was given; raises RuntimeError before that."""
    if _access is None:
        raise RuntimeError("sign_in.configure has not been called")
    return _access


def signed_in(*, activity: bool = True) -> Person | None:
    """Who is signed in, re-read from the staff record; None for anybody else.

    `activity=False` for what a timer started: it does not keep the sign-in from going idle.
    Raises StaffProblem when the staff file cannot be used.
    """
    access = configured()
    login = _login_of_session(access)
    if login is None:
        return None
    record = _record(access, login.name)
    if record is None:
        return None
    if activity and not st.session_state.pop(BY_TIMER, False):
        access.register.touch(login)
    return record.person


def must_change_password() -> bool:
    """Whether this session's person signed in with a one-time password, which opens nothing."""
    access = configured()
    login = access.register.find(st.session_state.get(LOGIN, ""))
    record = _record(access, login.name) if login else None
    return record is not None and record.must_change


@dataclass(frozen=True)
class Pass:
    """Who asked for something that is made later, outside any run: an export behind a button."""

    login_id: str = field(repr=False)
    device: str = field(repr=False)

    def person(self) -> Person | None:
        """The person as the staff record says now; None once the sign-in no longer holds."""
        access = configured()
        login = access.register.find(self.login_id)
        record = _record(access, login.name) if login else None
        if login is None or record is None:
            return None
        answer = access.register.check(self.login_id, self.device, record.fingerprint)
        if not isinstance(answer, Login) or record.must_change:
            return None
        access.register.touch(login)
        return record.person

    def note(self, event: str, **facts: audit.Fact) -> None:
        """Write an event of this person to the audit log; raises NotRecorded if it cannot."""
        access = configured()
        login = access.register.find(self.login_id)
        name, reference = (login.name, login.reference) if login else ("", "")
        _write(access, event, name, reference, **facts)


def this_pass() -> Pass:
    """This session's pass, to be taken in a run and used after it."""
    return Pass(st.session_state.get(LOGIN, ""), device.current())


def session_reference() -> str:
    """What the audit log calls this session's sign-in, "" when nobody is signed in."""
    login = configured().register.find(st.session_state.get(LOGIN, ""))
    return login.reference if login else ""


def seconds_left() -> float | None:
    """Until this session is signed out if nothing happens; None when nobody is signed in."""
    access = configured()
    login = access.register.find(st.session_state.get(LOGIN, ""))
    return access.register.seconds_left(login) if login else None


def can_stay() -> bool:
    """Whether doing something now would put off the end of this session's sign-in."""
    access = configured()
    login = access.register.find(st.session_state.get(LOGIN, ""))
    return login is not None and access.register.can_stay(login)


def stay() -> None:
    """Note that the person is still there."""
    access = configured()
    login = access.register.find(st.session_state.get(LOGIN, ""))
    if login is not None:
        access.register.touch(login)


def note(event: str, **facts: audit.Fact) -> None:
    """Write an event of the signed-in person to the audit log; raises NotRecorded if it cannot.

    Facts are ids, counts, enum words and reasons, never contact data.
    """
    this_pass().note(event, **facts)


def note_attempt(event: str, name: str, **facts: audit.Fact) -> None:
    """Write an attempt to sign in to the audit log; raises NotRecorded if it cannot."""
    _write(configured(), event, name, "", **facts)


def is_open_with(hashed_device: str, token: str | None) -> bool:
    """Whether these cookies, of a request outside any session, belong to a sign-in that holds.

    `token`: the login cookie. The staff record is read again; if it cannot be, nobody is signed in.
    """
    if _access is None:
        return False
    access, key = _access, login_cookie.key_for(hashed_device, _access.cookie_key)
    claim = login_cookie.read(
        token, key, now=access.clock(), longest_seconds=access.session_seconds
    )
    if claim is None or not access.register.is_open_on(hashed_device, claim.name):
        return False
    try:
        record = _record(access, claim.name)
    except StaffProblem:
        return False
    return record is not None and not record.must_change


def admit(record: StaffRecord, **facts: audit.Fact) -> Login:
    """Sign a person in on this session's device, having checked who they are.

    `facts` go into the audit log: how it was checked, if not by password. Raises NotRecorded:
    unrecorded, nobody gets in.
    """
    access = configured()
    here = device.current()
    expires = access.clock() + access.session_seconds
    login = access.register.open(record.name, here, expires, record.fingerprint)
    try:
        _write(access, "sign_in", record.name, login.reference, **facts)
    except audit.NotRecorded:
        access.register.end(login.id)
        raise
    st.session_state[LOGIN] = login.id
    key = login_cookie.key_for(here, access.cookie_key)
    st.session_state[STAYING] = (login_cookie.made(record.name, expires, key), expires)
    return login


def admit_again(record: StaffRecord) -> None:
    """Go on with a new password: this person's other sign-ins end, this session gets a new one."""
    access = configured()
    access.register.end_all(record.name)
    admit(record)


def sign_out() -> None:
    """End this sign-in in every tab: the hooks run, then the session is emptied.

    Meant as a button's `on_click`; elsewhere, call `st.rerun()` after it.
    """
    access = configured()
    login = access.register.end(st.session_state.get(LOGIN, ""))
    if login is not None:
        _write_if_possible(access, "sign_out", login)
    _empty_session("")


def on_sign_out(callback: Callable[[], None]) -> None:
    """Register what must be closed when a session is signed out (called before it is emptied).

    The callback runs in the session's script thread and may read `st.session_state`. Registering
    the same function again has no effect.
    """
    if callback not in _hooks:
        _hooks.append(callback)


def _login_of_session(access: Access) -> Login | None:
    """The sign-in that this session holds or that its cookie proves."""
    here = device.current()
    login_id = st.session_state.get(LOGIN)
    if login_id is not None:
        login = access.register.find(login_id)
        record = _record(access, login.name) if login else None
        answer: Login | str
        if login is None or record is None:
            answer = REVOKED if login else ""
            access.register.end(login_id)
        else:
            answer = access.register.check(login_id, here, record.fingerprint)
        if isinstance(answer, Login):
            return answer
        if login is not None and answer:
            _write_if_possible(access, "sign_in_ended", login, why=answer)
        _empty_session(answer)
        return None
    return _login_of_cookie(access, here)


def _login_of_cookie(access: Access, here: str) -> Login | None:
    now = access.clock()
    claim = login_cookie.read(
        login_cookie.sent(),
        login_cookie.key_for(here, access.cookie_key),
        now=now,
        longest_seconds=access.session_seconds,
    )
    record = _record(access, claim.name) if claim and here else None
    if claim is None or record is None:
        return None
    issued = claim.expires - access.session_seconds
    if record.sessions_since and issued < record.sessions_since.timestamp():
        return None
    known = access.register.is_open_on(here, claim.name)
    answer = access.register.resume(claim.name, here, claim.expires, record.fingerprint)
    if isinstance(answer, Login):
        if not known:  # the first visit since the server was started again
            _write(access, "sign_in_resumed", answer.name, answer.reference)
        st.session_state[LOGIN] = answer.id
        return answer
    if answer:
        st.session_state[NOTICE] = answer
    return None


def _record(access: Access, name: str) -> StaffRecord | None:
    record = access.directory.people().get(name)
    return record if record is not None and record.may_sign_in(access.clock()) else None


def _write(access: Access, event: str, name: str, reference: str, **facts: audit.Fact) -> None:
    """Write to the audit log; if it cannot, log why and raise NotRecorded."""
    try:
        access.trail.write(event, name, reference, **facts)
    except OSError as problem:
        incidents.report(problem)
        raise audit.NotRecorded from None


def _write_if_possible(access: Access, event: str, login: Login, **facts: audit.Fact) -> None:
    """Write an ending to the audit log; a full disk must not keep anybody signed in."""
    try:
        access.trail.write(event, login.name, login.reference, **facts)
    except OSError as problem:
        incidents.report(problem)


def _empty_session(notice: str) -> None:
    """Close what the session holds and forget everything in it."""
    for hook in _hooks:
        try:
            hook()
        except Exception as problem:  # noqa: BLE001 - nothing may keep the session from ending
            incidents.report(problem)
    st.session_state.clear()
    st.session_state[LEAVING] = True
    if notice:
        st.session_state[NOTICE] = notice
