"""Changes of staff accounts: each is recorded first, and a change not recorded does not happen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from pages.access import passwords
from pages.access.rights import Role
from pages.access.staff_file import People, StaffDirectory, StaffProblem, StaffRecord, checked_name

ONE_TIME_HOURS = 72
LAST_ADMIN = (
    "There would be no administrator left who can sign in. Make somebody else an administrator "
    "first."
)


@dataclass(frozen=True)
class Secret:
    """A password as an account keeps it; `until`: it is for one sign-in, until then (UTC)."""

    hashed: str = field(repr=False)
    until: datetime | None = None


def one_time(now: datetime) -> tuple[str, Secret]:
    """A generated password to hand over, and what the account keeps of it."""
    password = passwords.generated()
    return password, Secret(passwords.hashed(password), now + timedelta(hours=ONE_TIME_HOURS))


@dataclass(frozen=True)
class Accounts:
    """The accounts and where changes are recorded: `record(event, **facts)`, raises NotRecorded.

    `keeps_admin`: refuse what would leave nobody who can administer. Whoever edits from the
    server's own command line can always add an administrator again, so that need not.
    """

    directory: StaffDirectory
    record: Callable[..., None]
    keeps_admin: bool = True

    def add(
        self, name: str, role: Role, secret: Secret, *, full_name: str = "", email: str = ""
    ) -> None:
        """Add an account; raises StaffProblem if the name is taken or not allowed."""
        record = StaffRecord(
            name, full_name, email, role, secret.hashed, one_time_until=secret.until
        )

        def added(people: People) -> None:
            checked_name(name)
            if name in people:
                raise StaffProblem(f"There is already an account named “{name}”.")
            people[name] = record

        self._edit(added, "staff_added", subject=name, role=role.value)

    def disable(self, name: str, now: datetime) -> None:
        """Keep a person out; sign-ins made before no longer count."""
        self._change(name, "staff_disabled", {"disabled": True, "sessions_since": now})

    def enable(self, name: str) -> None:
        """Let a disabled person in again."""
        self._change(name, "staff_enabled", {"disabled": False})

    def give_role(self, name: str, role: Role) -> None:
        """Change what a person may do, from their next run on."""
        self._change(name, "staff_role", {"role": role}, role=role.value)

    def give_email(self, name: str, email: str) -> None:
        """Change the e-mail that single sign-on knows a person by; "" for none."""
        self._change(name, "staff_email", {"email": email})

    def set_password(self, name: str, secret: Secret, now: datetime) -> None:
        """Give an account another password; sign-ins made before no longer count."""
        values = {
            "password": secret.hashed,
            "one_time_until": secret.until,
            "sessions_since": now,
        }
        self._change(name, "staff_password", values, one_time=secret.until is not None)

    def _change(self, name: str, event: str, values: dict[str, Any], **facts: str | bool) -> None:
        def changed(people: People) -> None:
            if name not in people:
                raise StaffProblem(f"There is no account named “{name}”.")
            had = _has_admin(people)
            people[name] = replace(people[name], **values)
            if self.keeps_admin and had and not _has_admin(people):
                raise StaffProblem(LAST_ADMIN)

        self._edit(changed, event, subject=name, **facts)

    def _edit(self, change: Callable[[People], None], event: str, **facts: str | bool) -> None:
        self.directory.edit(change, lambda: self.record(event, **facts))


def _has_admin(people: People) -> bool:
    return any(record.role is Role.ADMIN and not record.disabled for record in people.values())
