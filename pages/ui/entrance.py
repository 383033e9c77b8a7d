"""Sign-in for the settings of this moment: which staff, which audit log, which limits."""

from __future__ import annotations

import time
from functools import lru_cache
from pathlib import Path

import streamlit as st

from pages.access import audit_trail, incidents, sign_in
from pages.access.escaping import inert
from pages.access.staff_file import StaffFile
from pages.settings import AppSettings
from pages.ui import demo

PRODUCT = "Ownli partner dashboard"


def prepare(app: AppSettings) -> None:
    """Configure the access room; with the settings of the run before, nothing changes."""
    incidents.keep_secret(app.cookie_key)
    if app.ownli is not None:
        incidents.keep_secret(app.ownli.client_secret)
    if app.provider is not None:
        incidents.keep_secret(*app.provider.secrets)
    sign_in.configure(
        _staff_file(app.staff_file) if app.staff_file else demo.started().staff,
        cookie_key=app.cookie_key,
        session_hours=app.session_hours,
        idle_minutes=app.idle_minutes,
        passwords=app.passwords,
        trail=_trail(app.audit_file, app.environment),
    )


def demo_accounts(app: AppSettings) -> None:
    """Below the form of the demo: its accounts as they were made, each password to copy."""
    accounts = demo.started().unchanged() if app.demo else ()
    if not accounts:
        return
    with st.container(border=True):
        st.markdown("**Accounts of this demo**")
        st.caption("Made when the server started; they work until it stops.")
        for account in accounts:
            name, password = st.columns([2, 3], vertical_alignment="center")
            name.markdown(f"`{account.username}`  \n:small[{inert(account.may)}]")
            password.code(account.password, language=None)


@lru_cache(maxsize=1)
def _staff_file(path: Path) -> StaffFile:
    return StaffFile(path)


@lru_cache(maxsize=1)
def _trail(path: Path, environment: str) -> audit_trail.AuditFile:
    return audit_trail.AuditFile(path, environment, clock=time.time)
