"""Pages by AppTest, from the page script, as a person of any role."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages import settings
from pages.access import device_cookie, incidents, passwords, sign_in
from pages.access.rights import Role
from pages.access.staff_file import StaffRecord
from pages.ui import entrance
from tests.staff import EditableStaffFile

MAIN = Path(__file__).resolve().parents[2] / "pages" / "main.py"
PASSWORD = "correct horse battery"
COOKIE_KEY = "abcdefghijklmnopqrstuvwxyz0123456789"
HOUR = 3600.0
# AppTest has neither cookies nor middleware: every test's browser is this one.
DEVICE = device_cookie.hashed("A" * 43)


@pytest.fixture(autouse=True)
def _browser(monkeypatch):
    monkeypatch.setattr(device_cookie, "current", lambda: DEVICE)
    token = device_cookie.ASKER.set(DEVICE)
    factory = logging.getLogRecordFactory()
    incidents.redact_logs()  # as app.py does
    yield
    logging.setLogRecordFactory(factory)
    device_cookie.ASKER.reset(token)


@pytest.fixture
def staff(tmp_path) -> EditableStaffFile:
    """A staff file with the accounts viewer, analyst and admin, all with PASSWORD."""
    file = EditableStaffFile(tmp_path / "staff.yaml")
    hashed = passwords.hashed(PASSWORD, rounds=4)
    for role in Role:
        file.add(StaffRecord(role.value, f"{role.value.title()} Person", "", role, hashed))
    return file


@pytest.fixture
def configure(monkeypatch, tmp_path, staff) -> Callable[..., None]:
    """Configure the app for an Ownli (default: one that does not answer); more as keywords."""

    def configure(ownli=None, **variables: str) -> None:
        values = {
            "OWNLI_BASE_URL": ownli.base_url if ownli else "http://127.0.0.1:9",
            "OWNLI_PARTNER_ID": ownli.partner_id if ownli else "partner",
            "OWNLI_CLIENT_ID": ownli.client_id if ownli else "client-abcd",
            "OWNLI_CLIENT_SECRET": ownli.client_secret if ownli else "no-secret-at-all",
            "STAFF_FILE": str(staff.path),
            "STAFF_COOKIE_KEY": COOKIE_KEY,
            "AUDIT_FILE": str(tmp_path / "audit.jsonl"),
        }
        for name, value in (values | variables).items():
            monkeypatch.setenv(name, value)

    configure()
    return configure


@pytest.fixture
def visit(configure) -> Callable[..., AppTest]:
    """Open the app as a role (None: nobody), at a page's file name, with query parameters."""

    def visit(role: str | None = None, page: str = "", **query: str) -> AppTest:
        at = AppTest.from_file(str(MAIN), default_timeout=60)
        for name, value in query.items():
            at.query_params[name] = value
        if role is not None:
            entrance.prepare(settings.load())
            access = sign_in.configured()
            record = access.directory.people()[role]
            login = access.register.open(role, DEVICE, time.time() + 8 * HOUR, record.fingerprint)
            at.session_state[sign_in.LOGIN] = login.id
        at.run()
        if page:
            at.switch_page(f"{page}.py").run()
        return at

    return visit
