"""The Staff page: accounts and open sign-ins, and every change asked twice and recorded first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from pages.access import accounts, audit_reader, sign_in
from pages.access.accounts import Accounts
from pages.access.escaping import inert
from pages.access.guard import guard, guarded
from pages.access.page_state import HERE
from pages.access.rights import Right, Role
from pages.access.staff_file import StaffProblem, StaffRecord, checked_name
from pages.analysis import wording
from pages.ui import filters, sources

_ASKED = f"{HERE}staff.asked"  # which dialog is open: (its name, whom it is about)
_HANDED = f"{HERE}staff.handed"  # the one-time password on show: (username, password)
_MAY = {
    Role.VIEWER: "sees everything with contact details masked",
    Role.ANALYST: "may also reveal contact details and export them",
    Role.ADMIN: "may also see health and audit log and edit accounts",
}
_LONGEST_NAME, _LONGEST_EMAIL = 100, 200


def people() -> None:
    """The accounts, one a row, each with what can be done to it."""
    me = guard(Right.STAFF)
    access = sign_in.configured()
    records = access.directory.people()
    seen = audit_reader.last_sign_ins(sources.app().audit_file, filters.now())
    open_now = [login.name for login in access.register.all_open()]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Accounts", anchor=False)
        st.space("stretch")
        _ask_button("Add an account", "add", "", icon=":material/person_add:", type_="primary")
    for record in records.values():
        with st.container(border=True):
            _account(
                record, me.name == record.name, seen.get(record.name), open_now.count(record.name)
            )
    _dialogs()


def sessions() -> None:
    """The sign-ins open at this moment, each with the way to end it."""
    guard(Right.STAFF)
    access = sign_in.configured()
    mine = sign_in.session()
    st.subheader("Open sign-ins", anchor=False)
    st.caption("One per browser, however many tabs it has. Ending one signs all its tabs out.")
    for login in access.register.all_open():
        with (
            st.container(border=True),
            st.container(horizontal=True, vertical_alignment="center", gap="small"),
        ):
            st.text(login.name, width="content")
            if mine is not None and login.id == mine.id:
                st.badge("This one", color="blue")
            st.caption(
                f"{login.reference} · signed in {_ago(login.opened)} · last active "
                f"{_ago(login.seen)}",
                width="content",
            )
            st.space("stretch")
            _ask_button("End", "end", login.reference, icon=":material/logout:")


def _account(record: StaffRecord, me: bool, seen: datetime | None, sign_ins: int) -> None:
    """One account: who it is on the left, what can be done on the right."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(width="content", gap=None):
            st.text(record.full_name or record.name)
            st.caption(inert(record.name))
        st.badge(
            record.role.value.capitalize(), color="blue" if record.role is Role.ADMIN else "gray"
        )
        if me:
            st.badge("You", color="green")
        if record.disabled:
            st.badge("Disabled", icon=":material/block:", color="red")
        if record.one_time_until is not None and _with_passwords():
            st.badge(_one_time_state(record.one_time_until), icon=":material/key:", color="orange")
        st.caption(inert(_presence(seen, sign_ins)), width="content")
        st.space("stretch")
        with st.container(horizontal=True, gap="small", width="content"):
            _actions(record, me)


def _actions(record: StaffRecord, me: bool) -> None:
    """What can be done to an account; on a phone they stay together."""
    _ask_button("Role", "role", record.name, icon=":material/badge:")
    if not me and _with_passwords():  # one's own is changed from the sidebar
        _ask_button("Reset password", "reset", record.name, icon=":material/lock_reset:")
    if record.disabled:
        _ask_button("Enable", "enable", record.name, icon=":material/check_circle:")
    else:
        _ask_button("Disable", "disable", record.name, icon=":material/block:")


def _with_passwords() -> bool:
    """Whether people sign in by password at all."""
    return sign_in.configured().passwords


def _one_time_state(until: datetime) -> str:
    if filters.now() >= until:
        return "One-time password expired"
    return f"One-time password until {wording.day(until, sources.calendar())}"


def _presence(seen: datetime | None, sign_ins: int) -> str:
    """When somebody signed in last, and whether they are signed in now."""
    last = (
        f"no sign-in on record in the last {audit_reader.LOOK_BACK.days} days"
        if seen is None
        else f"last sign-in {wording.ago(seen, filters.now())}"
    )
    return f"{last} · {wording.plural(sign_ins, 'open sign-in')}" if sign_ins else last


def _ago(seconds: float) -> str:
    return inert(wording.ago(datetime.fromtimestamp(seconds, UTC), filters.now()))


def _ask_button(
    label: str, dialog: str, subject: str, *, icon: str, type_: str = "tertiary"
) -> None:
    st.button(
        label,
        key=f"staff-{dialog}-{subject}",
        icon=icon,
        type="primary" if type_ == "primary" else "tertiary",
        on_click=_ask,
        args=(dialog, subject),
    )


def _ask(dialog: str, subject: str) -> None:
    st.session_state[_ASKED] = (dialog, subject)
    st.session_state.pop(_HANDED, None)


def _close() -> None:
    """Forget the dialog, and with it the one-time password it may have shown."""
    st.session_state.pop(_ASKED, None)
    st.session_state.pop(_HANDED, None)


def _dialogs() -> None:
    """Open the dialog that was asked for; it stays until it is done or dismissed."""
    asked = st.session_state.get(_ASKED)
    if asked is None:
        return
    name, subject = asked
    if name == "add":
        _add()
    elif name == "role":
        _role(subject)
    elif name == "reset":
        _reset(subject)
    elif name == "disable":
        _disable(subject)
    elif name == "enable":
        _enable(subject)
    else:
        _end(subject)


@st.dialog("Add an account", on_dismiss=_close)
@guarded(Right.STAFF)
def _add() -> None:
    """Asks who it is; the password is generated, shown once, and good for one sign-in."""
    if _handed():
        return
    with st.form("staff-add", border=False):
        name = st.text_input("Username", max_chars=64, autocomplete="off")
        full_name = st.text_input("Full name", max_chars=_LONGEST_NAME, autocomplete="off")
        email = st.text_input("E-mail", max_chars=_LONGEST_EMAIL, autocomplete="off")
        role = _role_choice("Role", Role.VIEWER)
        sent = st.form_submit_button("Add", type="primary")
    if sent:
        wanted = (name or "").strip().lower()

        def add(book: Accounts) -> None:
            checked_name(wanted)
            password, secret = accounts.one_time(filters.now())
            book.add(
                wanted,
                role,
                secret,
                full_name=" ".join((full_name or "").split()),
                email=(email or "").strip(),
            )
            if _with_passwords():
                _hand(wanted, password)

        _do(add, close=not _with_passwords())


@st.dialog("Change role", on_dismiss=_close)
@guarded(Right.STAFF)
def _role(name: str) -> None:
    """Asks for the role; it holds from the person's next click on."""
    record = _known(name)
    if record is None:
        return
    st.text(f"{name} is {record.role.value} now. A new role holds from their next click on.")
    role = _role_choice(f"Role of {name}", record.role)
    if st.button("Change role", type="primary", key="staff-role-sure"):
        _do(lambda book: book.give_role(name, role), close=True)


@st.dialog("Reset password", on_dismiss=_close)
@guarded(Right.STAFF)
def _reset(name: str) -> None:
    """Asks whether to; then shows the one-time password once."""
    if _handed() or _known(name) is None:
        return
    st.text(
        f"{name} gets a one-time password and is signed out everywhere at once. The present "
        "password no longer works."
    )
    if st.button("Reset password", type="primary", key="staff-reset-sure"):

        def reset(book: Accounts) -> None:
            now = filters.now().replace(microsecond=0)
            password, secret = accounts.one_time(now)
            book.set_password(name, secret, now)
            _hand(name, password)
            sign_in.configured().register.end_all(name)

        _do(reset)


@st.dialog("Disable account", on_dismiss=_close)
@guarded(Right.STAFF)
def _disable(name: str) -> None:
    """Asks whether to keep a person out."""
    if _known(name) is None:
        return
    st.text(f"{name} is signed out everywhere at once and cannot sign in until enabled again.")
    if st.button("Disable", type="primary", key="staff-disable-sure"):

        def disable(book: Accounts) -> None:
            book.disable(name, filters.now().replace(microsecond=0))
            sign_in.configured().register.end_all(name)

        _do(disable, close=True)


@st.dialog("Enable account", on_dismiss=_close)
@guarded(Right.STAFF)
def _enable(name: str) -> None:
    """Asks whether to let a person in again."""
    if _known(name) is None:
        return
    st.text(f"{name} can sign in again with the password they had.")
    if st.button("Enable", type="primary", key="staff-enable-sure"):
        _do(lambda book: book.enable(name), close=True)


@st.dialog("End sign-in", on_dismiss=_close)
@guarded(Right.STAFF)
def _end(reference: str) -> None:
    """Asks whether to sign a browser out."""
    register = sign_in.configured().register
    login = next((one for one in register.all_open() if one.reference == reference), None)
    if login is None:
        st.text("This sign-in has ended already.")
        return
    st.text(f"{login.name} is signed out in all tabs of that browser and may sign in again.")
    if st.button("End sign-in", type="primary", key="staff-end-sure"):
        sign_in.note("staff_session_ended", subject=login.name, sign_in=reference)
        register.end(login.id)
        _close()
        st.rerun(scope="app")


def _role_choice(label: str, role: Role) -> Role:
    chosen = st.radio(
        label,
        list(Role),
        index=list(Role).index(role),
        format_func=lambda one: one.value.capitalize(),
        captions=[_MAY[one] for one in Role],
    )
    return Role(chosen or role)


def _known(name: str) -> StaffRecord | None:
    """The account a dialog is about; says so if it is gone."""
    record = sign_in.configured().directory.people().get(name)
    if record is None:
        st.text("There is no such account any more.")
    return record


def _do(change: Callable[[Accounts], None], *, close: bool = False) -> None:
    """Make a change and show the page as it is after it; or the sentence that says why not."""
    try:
        change(Accounts(sign_in.configured().directory, sign_in.note))
    except StaffProblem as problem:
        st.error(inert(str(problem)), icon=":material/error:")
        return
    if close:
        _close()
    st.rerun(scope="app")


def _hand(name: str, password: str) -> None:
    st.session_state[_HANDED] = (name, password)


def _handed() -> bool:
    """Show the one-time password that was just made; whether there is one."""
    handed = st.session_state.get(_HANDED)
    if handed is None:
        return False
    name, password = handed
    st.text(f"One-time password for {name}. It is shown here once:")
    st.code(password, language=None)
    st.caption(
        f"Hand it over in person or by a channel of its own. It works for "
        f"{accounts.ONE_TIME_HOURS} hours and has to be changed at the next sign-in."
    )
    if st.button("Done", type="primary", key="staff-done"):
        _close()
        st.rerun(scope="app")
    return True
