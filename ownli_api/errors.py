"""What can go wrong with Ownli, split by what the caller can do about it.

Every error is one plain sentence for a person. No error holds a token, a secret, a parameter,
a body, a header or an address with ids in it, and none is chained to one that does.
"""

# ruff: noqa: N818 - named after what the caller can do, which "Error" at the end would not add to

from __future__ import annotations

from typing import Self


class OwnliError(Exception):
    """Anything that keeps Ownli's answer from the caller, as one sentence."""

    def __init__(self, sentence: str, *facts: object) -> None:
        super().__init__(sentence, *facts)
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence

    def again(self) -> Self:
        """The same error as a new object, for another thread to raise."""
        return type(self)(*self.args)


class ClientClosed(OwnliError):
    """The client was closed (its session ended) before the question was answered."""

    def __init__(self, sentence: str = "This session's connection to Ownli was closed.") -> None:
        super().__init__(sentence)


class TryLater(OwnliError):
    """The same question may be answered in a moment."""


class Unreachable(TryLater):
    """No connection came about, or it broke each time."""


class TimedOut(TryLater):
    """Ownli took longer than the time-outs allow."""


class RateLimited(TryLater):
    """Too many requests; `retry_after_seconds` is Ownli's advice, if it gave any."""

    def __init__(self, sentence: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(sentence, retry_after_seconds)
        self.retry_after_seconds = retry_after_seconds


class ServerTrouble(TryLater):
    """Ownli itself reports a failure (5xx without a business error code)."""


class FixSettings(OwnliError):
    """Nothing will change until somebody changes a setting or a right at Ownli."""


class CredentialsRefused(FixSettings):
    """Ownli does not accept the partner id, client id or client secret."""


class NotPermitted(FixSettings):
    """Ownli knows us but does not permit this (403)."""


class WrongHost(FixSettings):
    """What answers is not Ownli's API: a redirect, a bad certificate, no token path."""


class _Coded(OwnliError):
    """An error that keeps Ownli's machine-readable code, if it sent one that looks like a code."""

    def __init__(
        self, sentence: str, error_code: str | None = None, status: int | None = None
    ) -> None:
        super().__init__(sentence, error_code, status)
        self.error_code = error_code
        self.status = status


class NotFound(_Coded):
    """Ownli has no such user, vehicle, check-in or path (404)."""


class TellOwnli(OwnliError):
    """Ownli's answer is not what its documentation says; Ownli's support can tell why."""


class NotUnderstood(TellOwnli):
    """HTML, broken JSON or a shape that cannot be read."""


class ListIncomplete(TellOwnli):
    """A list that could not be read whole; it is never returned short."""


class Refused(_Coded, TellOwnli):
    """Ownli turns the request down: 400, 405, 409 or a 500 with a business error code."""
