"""The only network I/O: one pooled session, time-outs, retries, pacing, redaction."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NoReturn
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from ownli_api import verdicts
from ownli_api.auth import AdminToken, Grant, grant
from ownli_api.errors import ClientClosed, OwnliError, RateLimited
from ownli_api.pacing import PaceTooSlow
from ownli_api.pacing import Pacing as Pacing
from ownli_api.redaction import fill, log, quiet
from ownli_api.settings import Settings
from ownli_api.verdicts import Heard

TOKEN_PATH = "/api/auth/token"  # noqa: S105 - a path, not a token
LARGEST_BODY = 64 * 1024 * 1024
CHUNK = 64 * 1024
SHORTEST_TIMEOUT_SECONDS = 0.05
# So much of the deadline a request waits for a break Ownli asked for; longer ones are told at once.
PATIENCE = 0.5
# Places in the pool beyond the requests in flight: the token call, a connection being replaced.
SPARE_CONNECTIONS = 2


@dataclass(frozen=True)
class Reply:
    """The body of a 200 and how many requests it took."""

    body: bytes
    requests: int


@dataclass
class Tally:
    """What a transport has done so far."""

    requests: int = 0
    retries: int = 0
    rate_limited: int = 0
    seconds: float = 0.0
    last_error: str | None = None
    last_error_at: float | None = None


class _Wire(requests.Session):
    """A session that can only read from one origin, and fetch the token there."""

    def __init__(self, base_url: str, connections: int) -> None:
        super().__init__()
        self._origin = urlsplit(base_url)[:2]
        self._token_url = base_url + TOKEN_PATH
        # No proxies, certificates or netrc credentials from the environment.
        self.trust_env = False
        self.headers.clear()
        self.headers.update(
            {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "ownli-api"}
        )
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # Retries are this module's: urllib3 would log whole addresses, and knows no pacing.
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=connections, max_retries=0)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """No redirect is followed: it would carry the token to another place."""
        del resp

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Sends a GET, or the token call; anything else is refused here, whoever asks."""
        url = request.url or ""
        reads = request.method == "GET"
        asks_token = request.method == "POST" and url == self._token_url
        if not (reads or asks_token) or urlsplit(url)[:2] != self._origin:
            raise PermissionError("this client only reads, and only from Ownli")
        return super().send(request, **kwargs)


class Transport:
    """Asks Ownli one question at a time per thread and answers with the body of a 200."""

    def __init__(
        self,
        settings: Settings,
        *,
        pacing: Pacing,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings
        self._pacing = pacing
        self._clock = clock
        # Durations by a clock that nobody sets; a clock handed in is trusted for both.
        self._ticks = time.monotonic if clock is time.time else clock
        self._sleep = sleep
        self._jitter = jitter
        self._wire = _Wire(settings.base_url, pacing.parallel + SPARE_CONNECTIONS)
        self._token = AdminToken(self._grant, self._ticks)
        self._tally = Tally()
        self._count = threading.Lock()
        self._closed = False

    def get(
        self,
        template: str,
        values: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Reply:
        """The answer to a GET; `template` names the path, `values` its ids, `params` the query.

        Raises the errors of `ownli_api.errors`; none holds a value, a parameter or an address.
        """
        url = self._settings.base_url + fill(template, dict(values or {}))
        question = requests.Request("GET", url, params=dict(params or {}), auth=self._token)
        return self._ask(question, template)

    def close(self) -> None:
        """Forgets the token and closes the connections."""
        self._closed = True
        self._token.forget()
        self._wire.close()

    @property
    def tally(self) -> Tally:
        """A copy of what was counted so far."""
        with self._count:
            return Tally(**vars(self._tally))

    @property
    def token_age_seconds(self) -> float | None:
        """Age of the present token; None if there is none."""
        return self._token.age_seconds

    def _grant(self) -> Grant:
        who = self._settings
        credentials = {
            "partnerId": who.partner_id,
            "clientId": who.client_id,
            "clientSecret": who.client_secret,
            "scope": "admin",
        }
        url = who.base_url + TOKEN_PATH
        question = requests.Request("POST", url, json=credentials)
        return grant(self._ask(question, TOKEN_PATH).body)

    def _ask(self, question: requests.Request, template: str) -> Reply:
        is_token = template == TOKEN_PATH
        deadline: float | None = None
        tries = renewals = 0
        while True:
            if self._closed:
                raise ClientClosed
            # Preparing may fetch a token, so it comes before this request takes a place.
            prepared = self._wire.prepare_request(question)
            left = self._settings.deadline_seconds if deadline is None else deadline - self._ticks()
            wait = self._pacing.wait_seconds()
            patience = min(left, PATIENCE * self._settings.deadline_seconds)
            try:
                with self._pacing.turn(patience) as started:
                    if deadline is None:
                        # A break Ownli asked for counts, waiting for other threads does not.
                        deadline = self._ticks() + self._settings.deadline_seconds - wait
                    heard = self._attempt(prepared, template, deadline)
            except PaceTooSlow as slow:
                self._fail(RateLimited(verdicts.RATE_LIMITED, slow.seconds))
            tries += 1
            if heard.status == verdicts.OK:
                self._pacing.answered()
                return Reply(heard.body, tries)
            if heard.status == verdicts.UNAUTHORIZED and not is_token and not renewals:
                renewals += 1
                self._token.refused(prepared)
                continue
            self._recover(heard, tries - renewals, deadline, started, is_token)

    def _recover(
        self, heard: Heard, tries: int, deadline: float, started: float, is_token: bool
    ) -> None:
        """Waits before another try, or raises the error if there is to be none."""
        wait = verdicts.retry_in(heard, tries, self._jitter())
        if heard.status == verdicts.TOO_MANY:
            self._pacing.slow_down(started, heard.retry_after or wait or 0.0)
        elif heard.status:
            self._pacing.answered()
        if wait is None or wait > deadline - self._ticks():
            self._fail(verdicts.error(heard, self._settings, is_token=is_token))
        with self._count:
            self._tally.retries += 1
        # After a 429 the pace itself makes every thread wait.
        if heard.status != verdicts.TOO_MANY:
            self._sleep(wait)

    def _fail(self, error: OwnliError) -> NoReturn:
        with self._count:
            self._tally.last_error = error.sentence
            self._tally.last_error_at = self._clock()
        raise error

    def _attempt(self, prepared: requests.PreparedRequest, template: str, deadline: float) -> Heard:
        begun = time.perf_counter()
        heard = self._exchange(prepared, deadline)
        seconds = time.perf_counter() - begun
        outcome = heard.trouble or heard.status
        log.info("%s %s %s %.0f ms", prepared.method, template, outcome, seconds * 1000)
        with self._count:
            self._tally.requests += 1
            self._tally.seconds += seconds
            self._tally.rate_limited += heard.status == verdicts.TOO_MANY
        return heard

    def _exchange(self, prepared: requests.PreparedRequest, deadline: float) -> Heard:
        """One request and its answer, as plain facts: no exception with an address leaves here."""
        who = self._settings
        left = max(deadline - self._ticks(), SHORTEST_TIMEOUT_SECONDS)
        timeout = (min(who.connect_seconds, left), min(who.read_seconds, left))
        try:
            with quiet():
                response = self._wire.send(
                    prepared, stream=True, timeout=timeout, allow_redirects=False, verify=True
                )
                with closing(response):
                    return self._heard(response, deadline)
        except requests.exceptions.SSLError:
            return Heard(trouble=verdicts.BAD_CERTIFICATE)
        except requests.exceptions.ReadTimeout:
            return Heard(trouble=verdicts.TOO_SLOW)
        except requests.exceptions.ConnectionError:
            return Heard(trouble=verdicts.NO_CONNECTION)
        except requests.exceptions.RequestException:
            return Heard(trouble=verdicts.BAD_ADDRESS)
        except urllib3.exceptions.TimeoutError:
            return Heard(trouble=verdicts.TOO_SLOW)
        except urllib3.exceptions.DecodeError:
            return Heard(trouble=verdicts.UNREADABLE)
        except (urllib3.exceptions.HTTPError, OSError):
            return Heard(trouble=verdicts.NO_CONNECTION)

    def _heard(self, response: requests.Response, deadline: float) -> Heard:
        body = bytearray()
        # read1 gives what has arrived, so that a trickle cannot outlast the deadline.
        while chunk := response.raw.read1(CHUNK, decode_content=True):
            body += chunk
            if len(body) > LARGEST_BODY:
                return Heard(trouble=verdicts.TOO_LARGE)
            if self._ticks() > deadline:
                return Heard(trouble=verdicts.TOO_SLOW)
        wait = verdicts.retry_after(response.headers.get("Retry-After"), self._clock())
        return Heard(response.status_code, bytes(body), wait)

    def __repr__(self) -> str:
        return f"Transport({self._settings.host})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a connection with a token does not leave the process")
