"""The audit log: one JSON line an event, only ever appended to."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from pages.access import atomic_file

ROTATE_BYTES = 10_000_000
Fact = str | int | float | bool | None | list[str]
# Every event there is, and how it reads on the Audit log screen.
EVENTS = {
    "sign_in": "Signed in",
    "sign_in_failed": "Failed sign-in",
    "sign_in_delayed": "Sign-in delayed",
    "sign_in_ended": "Sign-in ended",
    "sign_out": "Signed out",
    "password_changed": "Changed own password",
    "not_permitted": "Was refused",
    "user_opened": "Opened a user",
    "search": "Searched",
    "search_limited": "Searched too often",
    "reveal": "Revealed contact details",
    "photos_shown": "Showed photos",
    "export": "Exported",
    "refresh": "Refreshed the lists",
    "reload": "Reloaded the lists",
    "staff_added": "Added an account",
    "staff_disabled": "Disabled an account",
    "staff_enabled": "Enabled an account",
    "staff_role": "Changed a role",
    "staff_email": "Changed an e-mail",
    "staff_password": "Reset a password",
    "staff_session_ended": "Ended a sign-in",
}


class NotRecorded(OSError):  # noqa: N818 - says why nothing was done
    """An event that must be recorded was not, so what it records does not happen."""

    def __init__(self) -> None:
        super().__init__(
            "The audit log cannot be written, so this was not done. Tell whoever runs the "
            "dashboard; the server's log says why."
        )


class AuditFile:
    """Appends to a file that any number of processes share.

    A line: at (UTC), event, person (username), session (a reference, not an id that opens
    anything), environment, and the event's own facts. No contact data belongs in any of them.
    """

    def __init__(
        self,
        path: Path,
        environment: str,
        *,
        clock: Callable[[], float],
        rotate_bytes: int = ROTATE_BYTES,
    ) -> None:
        self.path = path
        self._environment = environment
        self._clock = clock
        self._rotate_bytes = rotate_bytes

    def write(self, event: str, person: str, session: str = "", **facts: Fact) -> None:
        """Append one line and wait until the disk has it; raises OSError if it cannot."""
        at = datetime.fromtimestamp(self._clock(), UTC)
        line = json.dumps(
            {
                "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "event": event,
                "person": person,
                "session": session,
                "environment": self._environment,
                **facts,
            },
            ensure_ascii=True,  # no line separator of any alphabet can split a line
        )
        with atomic_file.locked(self.path):
            self._rotate(at)
            handle = os.open(
                self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, atomic_file.OWNER_ONLY
            )
            try:
                self._close_torn_line(handle)
                os.write(handle, line.encode() + b"\n")
                os.fsync(handle)
            finally:
                os.close(handle)

    @staticmethod
    def _close_torn_line(handle: int) -> None:
        """Give a line whose writer was killed its end, so that only that one is lost."""
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            os.write(handle, b"\n")

    def _rotate(self, at: datetime) -> None:
        """Set a full file aside under its date; nothing is ever deleted or overwritten."""
        if not self.path.exists() or self.path.stat().st_size < self._rotate_bytes:
            return
        stamp = at.strftime("%Y%m%dT%H%M%S")
        number = 0
        while (aside := self.path.with_name(f"{self.path.name}.{stamp}-{number:03d}")).exists():
            number += 1
        self.path.rename(aside)
