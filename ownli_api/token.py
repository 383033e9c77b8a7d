"""The admin token: fetched when first needed, renewed once for all threads, never shown."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NoReturn

import msgspec
from requests import PreparedRequest
from requests.auth import AuthBase

from ownli_api import models
from ownli_api.errors import ClientClosed, NotUnderstood, OwnliError

# A token is renewed this long before it ends, or at a tenth of its life if that is shorter.
MARGIN_SECONDS = 60.0
MARGIN_SHARE = 0.1
# A failure is remembered so long, for the threads that waited for the same token.
FAILED_SECONDS = 5.0


class Grant(msgspec.Struct, frozen=True):
    """Ownli's response to the credentials. https://docs.ownli.co/docs/api/create-token"""

    access_token: str | None = None
    expires_in: float | None = None

    def __repr__(self) -> str:
        return "Grant(hidden)"


def grant(body: bytes) -> Grant:
    """The token in Ownli's answer; `NotUnderstood` if there is none that could be a header."""
    answers = models.many(body, Grant).rows
    token = answers[0].access_token if answers else None
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise NotUnderstood("Ownli's answer to the credentials holds no token.")
    found: Grant = answers[0]
    return found


class AdminToken(AuthBase):
    """Puts the admin token on a request; fetches a new one once, however many threads need it."""

    def __init__(self, fetch: Callable[[], Grant], clock: Callable[[], float]) -> None:
        self._fetch = fetch
        self._clock = clock
        self._fetching = threading.Lock()
        self._token: str | None = None
        self._since = 0.0
        self._renew_at: float | None = None
        self._failure: tuple[OwnliError, float] | None = None
        self._closed = False

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Adds the token to a request, after fetching one if there is none that will last."""
        request.headers["Authorization"] = f"Bearer {self._current()}"
        return request

    def _usable(self) -> str | None:
        token, renew_at = self._token, self._renew_at
        return token if renew_at is None or self._clock() < renew_at else None

    def _current(self) -> str:
        token = self._usable()
        if token is not None:
            return token
        with self._fetching:
            # Another thread may have fetched one while this one waited.
            token = self._usable()
            if token is not None:
                return token
            if self._closed:
                raise ClientClosed
            self._raise_remembered_failure()
            return self._renewed()

    def _raise_remembered_failure(self) -> None:
        if self._failure is None:
            return
        failure, since = self._failure
        # The distance, so that a clock set back does not keep a failure for ever.
        if abs(self._clock() - since) < FAILED_SECONDS:
            raise failure.again()

    def _renewed(self) -> str:
        self._token = None
        try:
            granted = self._fetch()
        except OwnliError as failure:
            self._failure = (failure.again(), self._clock())
            raise
        token, life = granted.access_token or "", granted.expires_in
        self._failure = None
        self._since = self._clock()
        # A missing or senseless life means: use it until Ownli refuses it.
        self._renew_at = None
        if life is not None and life > 0:
            self._renew_at = self._since + life - min(MARGIN_SECONDS, life * MARGIN_SHARE)
        if self._closed:
            raise ClientClosed
        self._token = token
        return token

    def refused(self, request: PreparedRequest) -> None:
        """Notes that Ownli answered 401 to this request; its token is not used again."""
        with self._fetching:
            if request.headers.get("Authorization") == f"Bearer {self._token}":
                self._token = None

    @property
    def age_seconds(self) -> float | None:
        """How long ago the present token was issued; None if there is none."""
        return None if self._token is None else max(0.0, self._clock() - self._since)

    def forget(self) -> None:
        """Drops the token for good; whoever needs one afterwards gets `ClientClosed`."""
        # Without the lock: a sign-out must not wait for an answer of Ownli's.
        self._closed = True
        self._token = None

    def __repr__(self) -> str:
        return "AdminToken(hidden)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("the admin token does not leave the process")
