"""Single sign-on as it was asked for: which device pressed the button, and what may come of it.

Streamlit's own cookie names a person for thirty days to whoever holds it. Here it counts once, and
only as the answer to what this very device asked the identity provider a moment ago.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

LIFETIME_SECONDS = 600.0  # long enough for a second factor at the provider
MOST_ATTEMPTS = 10_000


class Stage(Enum):
    """How far an attempt has come; each stage is passed once."""

    ASKED = "the button was pressed"
    SENT = "the browser was sent to the provider"
    CONFIRMED = "the provider said who it is"
    FAILED = "the provider said nothing that counts"


@dataclass
class Attempt:
    """One press of the button; `device` is hashed, `address` a page of ours with its query."""

    device: str = field(repr=False)
    address: str
    asked: float
    stage: Stage = Stage.ASKED
    state: str = field(default="", repr=False)
    nonce: str = field(default="", repr=False)  # hashed


class Attempts:
    """One attempt a device, the last one asked for; everything older than its lifetime is gone."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._by_device: dict[str, Attempt] = {}

    def ask(self, device: str, address: str) -> None:
        """Note that somebody pressed the button on this device, on the page of this address."""
        now = self._clock()
        with self._lock:
            self._by_device.pop(device, None)
            kept = {
                key: attempt
                for key, attempt in self._by_device.items()
                if now - attempt.asked < LIFETIME_SECONDS
            }
            while len(kept) >= MOST_ATTEMPTS:
                del kept[next(iter(kept))]  # the oldest
            self._by_device = {**kept, device: Attempt(device, address, now)}

    def asked(self, device: str) -> Attempt | None:
        """The attempt of this device that has not been to the provider yet."""
        with self._lock:
            return self._live(device, Stage.ASKED)

    def send(self, attempt: Attempt, state: str, nonce: str) -> None:
        """Note what the provider was asked with: its answer has to repeat both."""
        with self._lock:
            attempt.state, attempt.nonce = state, _hashed(nonce)
            attempt.stage = Stage.SENT if state and nonce else Stage.FAILED

    def sent(self, state: str) -> Attempt | None:
        """The attempt that waits for the provider's answer with this state.

        Looked up without the device: its cookie does not come along from another site.
        """
        with self._lock:
            for device, attempt in self._by_device.items():
                if state and attempt.state == state:
                    return self._live(device, Stage.SENT)
            return None

    def settle(self, attempt: Attempt, *, confirmed: bool) -> None:
        """Note how the provider's answer turned out."""
        with self._lock:
            attempt.stage = Stage.CONFIRMED if confirmed else Stage.FAILED

    def is_confirmed(self, device: str) -> bool:
        """Whether an answer of the provider is there for this device and was not used yet."""
        with self._lock:
            return self._live(device, Stage.CONFIRMED) is not None

    def redeem(self, device: str, nonce: object) -> bool:
        """Use up the answer of this device, if it is the one that carries the nonce."""
        with self._lock:
            attempt = self._live(device, Stage.CONFIRMED)
            if attempt is None or not isinstance(nonce, str) or attempt.nonce != _hashed(nonce):
                return False
            del self._by_device[device]
            return True

    def take_failure(self, device: str) -> bool:
        """Whether an attempt of this device failed on the way; said once."""
        with self._lock:
            if self._live(device, Stage.FAILED) is None:
                return False
            del self._by_device[device]
            return True

    def _live(self, device: str, stage: Stage) -> Attempt | None:
        attempt = self._by_device.get(device)
        if attempt is None or self._clock() - attempt.asked >= LIFETIME_SECONDS:
            return None
        return attempt if attempt.stage is stage else None


def _hashed(nonce: str) -> str:
    return hashlib.sha256(nonce.encode()).hexdigest()


ATTEMPTS = Attempts()
