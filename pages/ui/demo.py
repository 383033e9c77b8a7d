"""The demo: a sandbox Ownli inside this process and three accounts that live as long as it."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass

from ownli_api import Settings
from pages.access import passwords
from pages.access.rights import Role
from pages.access.staff_file import StaffList, StaffRecord

log = logging.getLogger(__name__)
# The passwords are random and live for one process: cheaper hashes than a staff file's will do.
_ROUNDS = 10
_ROLES = {
    Role.VIEWER: ("Vera Viewer", "contacts stay masked"),
    Role.ANALYST: ("Anna Analyst", "may reveal contacts"),
    Role.ADMIN: ("Adam Admin", "health, audit log, staff"),
}


@dataclass(frozen=True)
class DemoAccount:
    """An account that exists in the demo only, shown on its sign-in page."""

    username: str
    password: str
    may: str


@dataclass(frozen=True)
class Demo:
    """What a demo process is made of."""

    ownli: Settings
    accounts: tuple[DemoAccount, ...]
    records: tuple[StaffRecord, ...]
    staff: StaffList

    def unchanged(self) -> tuple[DemoAccount, ...]:
        """The accounts whose password still is the generated one."""
        present = self.staff.people()
        return tuple(
            account
            for account, record in zip(self.accounts, self.records, strict=True)
            if present[record.name].password == record.password
            and not present[record.name].disabled
        )


_lock = threading.Lock()
_demo: Demo | None = None


def started() -> Demo:
    """The demo of this process, started by whoever asks first."""
    global _demo
    with _lock:
        if _demo is None:
            _demo = _start()
        return _demo


def ownli_settings() -> Settings:
    """Where the demo's Ownli answers."""
    return started().ownli


def _start() -> Demo:
    from ownli_api.sandbox import Sandbox  # only the demo pays for loading it

    sandbox = Sandbox().start()  # serves until the process ends
    accounts, records = [], []
    for role, (full_name, may) in _ROLES.items():
        password = passwords.generated(3)
        accounts.append(DemoAccount(role.value, password, may))
        hashed = passwords.hashed(password, rounds=_ROUNDS)
        records.append(StaffRecord(role.value, full_name, "", role, hashed))
        log.warning("Demo account “%s”, sign in with: %s", role.value, password)
    return Demo(
        Settings(
            base_url=sandbox.base_url,
            partner_id=sandbox.partner_id,
            client_id=sandbox.client_id,
            client_secret=sandbox.client_secret,
        ),
        tuple(accounts),
        tuple(records),
        StaffList(records),
    )
