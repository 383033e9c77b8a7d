"""Who is signed in: the register's answer, checked against the staff record of this moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import streamlit as st

from pages.access import audit_trail, device_cookie, incidents, login_cookie
from pages.access.rights import Person
from pages.access.sessions import REVOKED, SessionRegister, StaffSession
from pages.access.staff_file import StaffDirectory, StaffProblem, StaffRecord
from pages.access.throttle import SearchLimit, Throttle

LOGIN = "access.login"  # the staff session this Streamlit session belongs to
NOTICE = "access.notice"  # the sentence the next sign-in page opens with
LEAVING = "access.leaving"  # the browser's login cookie is still to be deleted
STAYING = "access.staying"  # the browser's login cookie is still to be written
BY_TIMER = "access.by_timer"  # the next run was not asked for by a person
MINUTE = 60.0
HOUR = 3600.0


@dataclass(frozen=True)
class Access:
    """What the process needs to decide who is signed in; `passwords`: whether they count."""

    directory: StaffDirectory
    cookie_key: str = field(repr=False)
    session_seconds: float
    passwords: bool
    register: SessionRegister
    throttle: Throttle
    searches: SearchLimit
    trail: audit_trail.AuditFile
    clock: Callable[[], float]

    def record(self, name: str) -> StaffRecord | None:
        """The staff record of this moment of somebody who may be signed in."""
        record = self.directory.people().get(name)
        if record is None or record.disabled:
            return None
        if self.passwords and record.is_one_time_over(self.clock()):
            return None
        return record

    def must_change(self, record: StaffRecord) -> bool:
        """Whether a one-time password has to be replaced before anything opens."""
        return self.passwords and record.must_change

    def write(self, event: str, name: str, reference: str, **facts: audit_trail.Fact) -> None:
        """Write to the audit log; if it cannot, log why and raise NotRecorded."""
        try:
            self.trail.write(event, name, reference, **facts)
        except OSError as problem:
            incidents.report(problem)
            raise audit_trail.NotRecorded from None

    def write_end(self, event: str, session: StaffSession, **facts: audit_trail.Fact) -> None:
        """Write an ending to the audit log; a full disk must not keep anybody signed in."""
        try:
            self.trail.write(event, session.name, session.reference, **facts)
        except OSError as problem:
            incidents.report(problem)


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
    trail: audit_trail.AuditFile,
    passwords: bool = True,
    clock: Callable[[], float] = time.time,
) -> None:
    """Say how people sign in; the same values again change nothing and end nobody's session."""
    global _access, _configured_with
    wanted = (directory, cookie_key, session_hours, idle_minutes, trail, passwords)
    with _lock:
        if wanted == _configured_with:
            return
        _access = Access(
            directory=directory,
            cookie_key=cookie_key,
            session_seconds=session_hours * HOUR,
            passwords=passwords,
            register=SessionRegister(idle_seconds=idle_minutes * MINUTE, clock=clock),
            throttle=Throttle(clock=clock),
            searches=SearchLimit(clock=clock),
            trail=trail,
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

    `activity=False` for what a timer started: it does not keep the session from going idle.
    Raises StaffProblem when the staff file cannot be used.
    """
    access = configured()
    found = _session_of_run(access)
    record = access.record(found.name) if found else None
    if found is None or record is None:
        return None
    if activity and not st.session_state.pop(BY_TIMER, False):
        access.register.touch(found)
    return record.person


def must_change_password() -> bool:
    """Whether this session's person signed in with a one-time password, which opens nothing."""
    access, found = configured(), session()
    record = access.record(found.name) if found else None
    return record is not None and access.must_change(record)


@dataclass(frozen=True)
class Requester:
    """Who asked for something that is made later, outside any run: an export behind a button."""

    session_id: str = field(repr=False)
    device: str = field(repr=False)

    def person(self) -> Person | None:
        """The person as the staff record says now; None once the session no longer holds."""
        access = configured()
        session = access.register.find(self.session_id)
        record = access.record(session.name) if session else None
        if session is None or record is None:
            return None
        answer = access.register.check(self.session_id, self.device, record.fingerprint)
        if not isinstance(answer, StaffSession) or access.must_change(record):
            return None
        access.register.touch(session)
        return record.person

    def note(self, event: str, **facts: audit_trail.Fact) -> None:
        """Write an event of this person to the audit log; raises NotRecorded if it cannot."""
        session = configured().register.find(self.session_id)
        name, reference = (session.name, session.reference) if session else ("", "")
        configured().write(event, name, reference, **facts)


def requester() -> Requester:
    """Who this session belongs to, to be taken in a run and used after it."""
    return Requester(st.session_state.get(LOGIN, ""), device_cookie.current())


def session() -> StaffSession | None:
    """This Streamlit session's staff session, whatever its state; None when nobody is signed in."""
    return configured().register.find(st.session_state.get(LOGIN, ""))


def stay() -> None:
    """Note that the person is still there; a session that is over by now ends instead."""
    signed_in()


def note(event: str, **facts: audit_trail.Fact) -> None:
    """Write an event of the signed-in person to the audit log; raises NotRecorded if it cannot.

    Facts are ids, counts, enum words and reasons, never contact data.
    """
    requester().note(event, **facts)


def note_attempt(event: str, name: str, **facts: audit_trail.Fact) -> None:
    """Write an attempt to sign in to the audit log; raises NotRecorded if it cannot."""
    configured().write(event, name, "", **facts)


def is_open_with(hashed_device: str, token: str | None) -> bool:
    """Whether these cookies, of a request outside any run, belong to a session that holds.

    `token`: the login cookie. The staff record is read again; if it cannot be, nobody is signed in.
    """
    try:
        session = _session_of_cookie(_access, hashed_device, token) if _access else None
    except StaffProblem:
        return False
    return session is not None and Requester(session.id, hashed_device).person() is not None


def admit(record: StaffRecord, **facts: audit_trail.Fact) -> StaffSession:
    """Sign a person in on this browser's device, having checked who they are.

    `facts` go into the audit log: how it was checked, if not by password. Raises NotRecorded:
    unrecorded, nobody gets in.
    """
    access = configured()
    here = device_cookie.current()
    expires = access.clock() + access.session_seconds
    session = access.register.open(record.name, here, expires, record.fingerprint)
    try:
        access.write("sign_in", record.name, session.reference, **facts)
    except audit_trail.NotRecorded:
        access.register.end(session.id)
        raise
    st.session_state[LOGIN] = session.id
    key = login_cookie.key_for(here, access.cookie_key)
    st.session_state[STAYING] = (login_cookie.made(record.name, expires, key), expires)
    return session


def admit_again(record: StaffRecord) -> None:
    """Go on with a new password: this person's other sessions end, this one is replaced."""
    configured().register.end_all(record.name)
    admit(record)


def sign_out() -> None:
    """End this session in every tab: the hooks run, then the Streamlit session is emptied.

    Meant as a button's `on_click`; elsewhere, call `st.rerun()` after it.
    """
    session = configured().register.end(st.session_state.get(LOGIN, ""))
    if session is not None:
        configured().write_end("sign_out", session)
    _empty_session("")


def on_sign_out(callback: Callable[[], None]) -> None:
    """Register what must be closed when a session is signed out (called before it is emptied).

    The callback runs in the session's script thread and may read `st.session_state`. Registering
    the same function again has no effect.
    """
    if callback not in _hooks:
        _hooks.append(callback)


def _session_of_run(access: Access) -> StaffSession | None:
    """The staff session that this Streamlit session holds, or that its cookie proves."""
    here = device_cookie.current()
    if LOGIN not in st.session_state:
        proven = _session_of_cookie(access, here, login_cookie.sent())
        if proven is None:
            return None
        st.session_state[LOGIN] = proven.id
    found = session()
    record = access.record(found.name) if found else None
    if found is None or record is None:
        answer: StaffSession | str = REVOKED if found else ""
        access.register.end(st.session_state[LOGIN])
    else:
        answer = access.register.check(found.id, here, record.fingerprint)
    if isinstance(answer, StaffSession):
        return answer
    if found is not None and answer:
        access.write_end("sign_in_ended", found, why=answer)
    _empty_session(answer)
    return None


def _session_of_cookie(access: Access, device: str, token: str | None) -> StaffSession | None:
    """The staff session a login cookie was made for, on the device it was made for."""
    claim = login_cookie.read(token, login_cookie.key_for(device, access.cookie_key))
    return access.register.of_cookie(claim.name, device, claim.expires) if claim else None


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
