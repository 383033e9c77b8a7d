"""The register of staff sessions: who is signed in on which device, until when."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

IDLE = "You were signed out because nothing happened for a while. Sign in to go on."
OVER = "Your sign-in has reached its time limit. Sign in again to go on."
REVOKED = "Your account was changed. Sign in again to go on."


@dataclass
class StaffSession:
    """One sign-in, shared by all tabs of its browser; times are seconds since 1970."""

    id: str = field(repr=False)  # whoever knows it could claim the session
    name: str
    device: str = field(repr=False)
    expires: float
    fingerprint: str = field(repr=False)  # of the staff record it was opened with
    opened: float
    seen: float

    @property
    def reference(self) -> str:
        """What logs and the audit log call this session."""
        return self.id[:8]


class SessionRegister:
    """All staff sessions of the process; every question is answered as of now."""

    def __init__(self, *, idle_seconds: float, clock: Callable[[], float]) -> None:
        self.idle_seconds = idle_seconds
        self._clock = clock
        self._lock = threading.RLock()
        self._sessions: dict[str, StaffSession] = {}

    def open(self, name: str, device: str, expires: float, fingerprint: str) -> StaffSession:
        """Begin a session; what has expired is dropped, which bounds the register."""
        now = self._clock()
        with self._lock:
            for session in list(self._sessions.values()):
                if now >= session.expires:
                    del self._sessions[session.id]
            session = StaffSession(
                secrets.token_hex(16), name, device, expires, fingerprint, now, now
            )
            self._sessions[session.id] = session
            return session

    def find(self, session_id: str) -> StaffSession | None:
        """The session of an id, whatever its state; None when it ended."""
        with self._lock:
            return self._sessions.get(session_id)

    def of_cookie(self, name: str, device: str, expires: float) -> StaffSession | None:
        """The session that a genuine cookie was made for, whatever its state."""
        with self._lock:
            for session in self._sessions.values():
                if (session.name, session.device, session.expires) == (name, device, expires):
                    return session
            return None

    def check(self, session_id: str, device: str, fingerprint: str) -> StaffSession | str:
        """The session if it still holds, or the sentence to show; "" says nothing happened here.

        A session that does not hold ends here for good: whatever changes the fingerprint of its
        staff record, such as a new password or being disabled, ends it, also if it is undone.
        """
        now = self._clock()
        with self._lock:
            session = self._sessions.get(session_id)
            if session is None or not secrets.compare_digest(session.device, device):
                return ""
            if session.fingerprint != fingerprint:
                why = REVOKED
            elif now >= session.expires:
                why = OVER
            elif now - session.seen >= self.idle_seconds:
                why = IDLE
            else:
                return session
            self.end(session.id)
            return why

    def touch(self, session: StaffSession) -> None:
        """Note that the person just did something; only for a session that was just checked."""
        session.seen = max(session.seen, self._clock())

    def end(self, session_id: str) -> StaffSession | None:
        """End a session in all its tabs; None if it had ended already."""
        with self._lock:
            return self._sessions.pop(session_id, None)

    def end_all(self, name: str) -> list[StaffSession]:
        """End every session of one person."""
        with self._lock:
            theirs = [session for session in self._sessions.values() if session.name == name]
            for session in theirs:
                del self._sessions[session.id]
            return theirs

    def seconds_left(self, session: StaffSession) -> float:
        """Until the session ends if nothing happens."""
        return min(session.expires, session.seen + self.idle_seconds) - self._clock()

    def can_stay(self, session: StaffSession) -> bool:
        """Whether the session would end for idleness before its time limit."""
        return session.seen + self.idle_seconds < session.expires

    def all_open(self) -> list[StaffSession]:
        """The sessions that hold now, newest first."""
        with self._lock:
            live = [each for each in self._sessions.values() if self.seconds_left(each) > 0]
        return sorted(live, key=lambda session: session.opened, reverse=True)
