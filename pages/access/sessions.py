"""The register of sign-ins: who is signed in on which device, until when, and what was revoked."""

from __future__ import annotations

import json
import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pages.access import files
from pages.access.staff import StaffProblem

log = logging.getLogger(__name__)
IDLE = "You were signed out because nothing happened for a while. Sign in to go on."
OVER = "Your sign-in has reached its time limit. Sign in again to go on."
REVOKED = "Your account was changed. Sign in again to go on."


@dataclass
class Login:
    """One sign-in, shared by all tabs of its browser; times are seconds since 1970."""

    id: str = field(repr=False)  # whoever knows it could claim the sign-in
    name: str
    device: str = field(repr=False)
    expires: float
    fingerprint: str = field(repr=False)
    opened: float
    seen: float

    @property
    def reference(self) -> str:
        """What logs and the audit log call this sign-in."""
        return self.id[:8]


class Revocations:
    """Sign-ins ended before their time, kept in a file so that a restart does not revive them.

    For each name and device: cookies that expire at or before the moment kept are dead.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._ended: dict[str, float] = {}
        if path is not None and path.exists():
            self._ended = self._read(path)

    def add(self, name: str, device: str, expires: float, now: float) -> None:
        """Remember that this sign-in ended; raises OSError if that cannot be written."""
        key = f"{name} {device}"
        self._keep({**self._ended, key: max(expires, self._ended.get(key, 0.0))}, now)
        if self._path is None:
            return
        with files.locked(self._path):
            kept = self._read(self._path) if self._path.exists() else {}
            self._keep({**kept, **self._ended}, now)
            files.replace(self._path, json.dumps(self._ended, indent=1) + "\n")

    def holds(self, name: str, device: str, expires: float) -> bool:
        """Whether a cookie of this name and device, valid until `expires`, was revoked."""
        return expires <= self._ended.get(f"{name} {device}", 0.0)

    def _keep(self, ended: dict[str, float], now: float) -> None:
        self._ended = {key: expires for key, expires in ended.items() if expires > now}

    @staticmethod
    def _read(path: Path) -> dict[str, float]:
        try:
            return {str(key): float(value) for key, value in json.loads(path.read_text()).items()}
        except (OSError, ValueError, TypeError, AttributeError):
            raise StaffProblem(
                f"The file of ended sign-ins, {path}, cannot be read: set another cookie key "
                "(STAFF_COOKIE_KEY), which ends them all, and delete the file."
            ) from None


class Register:
    """All sign-ins of the process; every question is answered as of now."""

    def __init__(
        self,
        *,
        idle_seconds: float,
        revocations: Revocations,
        clock: Callable[[], float],
    ) -> None:
        self.idle_seconds = idle_seconds
        self._revocations = revocations
        self._clock = clock
        self._lock = threading.RLock()
        self._logins: dict[str, Login] = {}

    def open(self, name: str, device: str, expires: float, fingerprint: str) -> Login:
        """Begin a sign-in, or join the one this browser already has with the same cookie."""
        now = self._clock()
        with self._lock:
            self._forget(now)
            for login in self._logins.values():
                if (login.name, login.device, login.expires) == (name, device, expires):
                    return login
            login = Login(secrets.token_hex(16), name, device, expires, fingerprint, now, now)
            self._logins[login.id] = login
            return login

    def resume(self, name: str, device: str, expires: float, fingerprint: str) -> Login | str:
        """The sign-in of a cookie that is genuine, or the sentence that says why there is none."""
        with self._lock:
            if self._revocations.holds(name, device, expires):
                return ""
            login = self.open(name, device, expires, fingerprint)
            return self.check(login.id, device, fingerprint)

    def find(self, login_id: str) -> Login | None:
        """The sign-in of an id, whatever its state; None when it ended."""
        with self._lock:
            return self._logins.get(login_id)

    def check(self, login_id: str, device: str, fingerprint: str) -> Login | str:
        """The sign-in if it still holds, or the sentence to show; "" says nothing happened here."""
        now = self._clock()
        with self._lock:
            login = self._logins.get(login_id)
            if login is None or not secrets.compare_digest(login.device, device):
                return ""
            if login.fingerprint != fingerprint:
                return self._over(login, REVOKED)
            if now >= login.expires:
                return self._over(login, OVER)
            if now - login.seen >= self.idle_seconds:
                return self._over(login, IDLE)
            return login

    def touch(self, login: Login) -> None:
        """Note that the person just did something."""
        login.seen = max(login.seen, self._clock())

    def end(self, login_id: str) -> Login | None:
        """End a sign-in in all its tabs, for good; None if it had ended already.

        It has ended in this process even if the revocation cannot be written, which is logged:
        then a restart within its time limit would accept its cookie, from its device only.
        """
        with self._lock:
            login = self._logins.pop(login_id, None)
            if login is not None:
                try:
                    self._revocations.add(login.name, login.device, login.expires, self._clock())
                except (OSError, StaffProblem):
                    log.exception("The end of sign-in %s cannot be kept", login.reference)
            return login

    def end_all(self, name: str) -> list[Login]:
        """End every sign-in of one person."""
        with self._lock:
            ids = [login.id for login in self._logins.values() if login.name == name]
            return [login for id_ in ids if (login := self.end(id_)) is not None]

    def seconds_left(self, login: Login) -> float:
        """Until the sign-in ends if nothing happens."""
        return min(login.expires, login.seen + self.idle_seconds) - self._clock()

    def can_stay(self, login: Login) -> bool:
        """Whether the sign-in would end for idleness before its time limit."""
        return login.seen + self.idle_seconds < login.expires

    def is_open_on(self, device: str, name: str) -> bool:
        """Whether this person's sign-in holds on this device."""
        return any((login.device, login.name) == (device, name) for login in self.all_open())

    def all_open(self) -> list[Login]:
        """The sign-ins that hold now, newest first."""
        now = self._clock()
        with self._lock:
            live = [
                login
                for login in self._logins.values()
                if now < login.expires and now - login.seen < self.idle_seconds
            ]
        return sorted(live, key=lambda login: login.opened, reverse=True)

    def _over(self, login: Login, sentence: str) -> str:
        self.end(login.id)
        return sentence

    def _forget(self, now: float) -> None:
        """Drop sign-ins whose cookie is no longer valid anyway; bounds the register."""
        for login in list(self._logins.values()):
            if now >= login.expires:
                del self._logins[login.id]
