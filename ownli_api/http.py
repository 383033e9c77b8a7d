"""The only network I/O: one pooled session, time-outs, retries by urllib3; nothing of it is shown.

Only a GET leaves the process, or the token request, and only to Ownli's own origin.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import Any, NoReturn, Self
from urllib.parse import quote, urlsplit

import msgspec
import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    InvalidHeader,
    MaxRetryError,
    NewConnectionError,
    ReadTimeoutError,
    ResponseError,
    SSLError,
)

from ownli_api.errors import (
    ClientClosed,
    CredentialsRefused,
    NotFound,
    NotPermitted,
    NotUnderstood,
    OwnliError,
    RateLimited,
    Refused,
    ServerTrouble,
    TimedOut,
    Unreachable,
    WrongHost,
)
from ownli_api.settings import Settings
from ownli_api.token import AdminToken, Grant, grant

log = logging.getLogger("ownli_api")

TOKEN_PATH = "/api/auth/token"  # noqa: S105 - a path, not a token
LARGEST_BODY = 64 * 1024 * 1024
CHUNK = 64 * 1024
# Places in the pool beyond the requests in flight: the token request, a connection being replaced.
SPARE_CONNECTIONS = 2
# Longer breaks than this are reported at once instead of being slept through.
LONGEST_BREAK_SECONDS = 20.0
# Longer ids are no ids; Ownli's own have about twenty characters.
LONGEST_ID = 200
# What Ownli calls its own failures; every other code of a 500 is a business rule.
OWN_FAILURE = "INTERNAL_SERVER_ERROR"
_CODE = re.compile(r"[A-Z][A-Z0-9_]{2,63}")
_PLACE = re.compile(r"{(\w+)}")
# The client that is sending in this thread, and how often urllib3 has retried for it.
_here = threading.local()


class _Quiet(logging.Filter):
    """Drops what urllib3 logs while this package is sending: its lines hold whole addresses."""

    def filter(self, record: logging.LogRecord) -> bool:
        del record
        return getattr(_here, "client", None) is None


_quiet = _Quiet()
# A filter works only on the very logger a record is made with, so each one needs it.
for _name in list(logging.Logger.manager.loggerDict):
    if _name == "urllib3" or _name.startswith("urllib3."):
        logging.getLogger(_name).addFilter(_quiet)


@contextmanager
def sending(client: object) -> Iterator[None]:
    """While it lasts, urllib3 logs nothing from this thread and counts its retries for `client`."""
    _here.client, _here.retries = client, 0
    try:
        yield
    finally:
        _here.client = None


class _Retry(urllib3.Retry):
    """Retries what passes by itself, a time-out only once; counts retries, ends with the client."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: urllib3.BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        """One more retry; `MaxRetryError` if there is to be none."""
        timed_out_twice = _timed_out(error) and any(_timed_out(one.error) for one in self.history)
        too_long = response is not None and self.get_retry_after(response) > LONGEST_BREAK_SECONDS
        if timed_out_twice or too_long or isinstance(error, SSLError):
            raise MaxRetryError(_pool, url or "", error)  # type: ignore[arg-type]  # the pool is for its text only
        more = super().increment(method, url, response, error, _pool, _stacktrace)
        _here.retries = getattr(_here, "retries", 0) + 1
        if response is not None:
            # Unread: urllib3 would read all of the body first, however long it is.
            response.close()
        return more

    def get_retry_after(self, response: urllib3.BaseHTTPResponse) -> float:
        """The seconds a Retry-After asks for; 0 if there is none or none that can be read."""
        try:
            return super().get_retry_after(response) or 0.0
        except (InvalidHeader, ValueError, OverflowError):
            return 0.0

    def sleep(self, response: urllib3.BaseHTTPResponse | None = None) -> None:
        """Waits before the next try, which a client closed meanwhile does not make."""
        super().sleep(response)
        client = getattr(_here, "client", None)
        if isinstance(client, Http) and client.closed:
            raise MaxRetryError(None, "", None)  # type: ignore[arg-type]  # the pool is for its text only


def _timed_out(error: Exception | None) -> bool:
    return isinstance(error, ReadTimeoutError | ConnectTimeoutError) and not isinstance(
        error, NewConnectionError
    )


# Waits 0, 0.3, 0.6, 1.2 and 2.4 seconds, spread by chance so that threads do not return together.
RETRY = _Retry(
    total=5,
    allowed_methods={"GET", "POST"},
    status_forcelist={429, 502, 503, 504},
    raise_on_status=False,
    backoff_factor=0.15,
    backoff_jitter=0.2,
)


class Host:
    """What all clients of a host share: places for requests in flight, and the page size.

    `page_size` is the largest page it grants (None: not cut or refused so far).
    """

    def __init__(self, parallel: int) -> None:
        self.places = threading.BoundedSemaphore(parallel)
        self.page_size: int | None = None


_hosts: dict[tuple[str, int], Host] = {}
_hosts_lock = threading.Lock()


def host_of(settings: Settings) -> Host:
    """What the clients of a base address in this process share."""
    key = (settings.base_url, settings.parallel_requests)
    with _hosts_lock:
        if key not in _hosts:
            _hosts[key] = Host(settings.parallel_requests)
        return _hosts[key]


def fill(template: str, values: Mapping[str, str]) -> str:
    """A path from its template; ids are percent-encoded whole and can never change the path.

    Raises `NotFound` for what cannot be an id, such as "" or "..".
    """
    encoded = {}
    for name in _PLACE.findall(template):
        value = values[name]
        # Dots survive encoding and would climb up the path.
        if not value.strip(". ") or len(value) > LONGEST_ID or not value.isprintable():
            raise NotFound("Ownli knows nothing by that id.")
        encoded[name] = quote(value, safe="")
    return template.format(**encoded)


class _Session(requests.Session):
    """A session that can only read from one origin, and fetch the token there."""

    def __init__(self, base_url: str, connections: int) -> None:
        super().__init__()
        self._origin = urlsplit(base_url)[:2]
        self._token_url = base_url + TOKEN_PATH
        # No proxies, certificates or netrc credentials of the machine.
        self.trust_env = False
        self.headers.clear()
        self.headers.update(
            {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "ownli-api"}
        )
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=connections, max_retries=RETRY)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """No redirect is followed: it would carry the token to another place."""
        del resp

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Sends a GET, or the token request; anything else is refused here, whoever asks."""
        url = request.url or ""
        reads = request.method == "GET"
        fetches_token = request.method == "POST" and url == self._token_url
        if not (reads or fetches_token) or urlsplit(url)[:2] != self._origin:
            raise PermissionError("this client only reads, and only from Ownli")
        return super().send(request, **kwargs)


@dataclass(frozen=True)
class Reply:
    """The body of a 200, or `error`; `requests` is how many it took.

    `status` is 0 if no whole response came; `passing` is why another try may help after all.
    """

    status: int = 0
    body: bytes = field(default=b"", repr=False)
    error: OwnliError | None = None
    passing: HTTPError | None = None
    requests: int = 0


@dataclass(frozen=True)
class Stats:
    """What a client has done so far; holds no token and no addresses.

    `page_size` is the size asked for, or the smaller one the host turned out to grant; `parallel`
    is how many requests may be in flight at once.
    """

    requests: int = 0
    retries: int = 0
    seconds: float = 0.0
    last_error: str | None = None
    page_size: int = 0
    token_age_seconds: float | None = None
    parallel: int = 0


class Http:
    """GETs from Ownli with the admin token; may be used from any thread."""

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._host = host_of(settings)
        self._session = _Session(settings.base_url, settings.parallel_requests + SPARE_CONNECTIONS)
        # Durations by a clock that nobody sets; a clock handed in is trusted for both.
        self._token = AdminToken(self._grant, time.monotonic if clock is time.time else clock)
        self._stats = Stats()
        self._stats_lock = threading.Lock()
        self.closed = False

    def get(
        self,
        template: str,
        values: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Reply:
        """The response to a GET; `template` names the path, `values` its ids, `params` the query.

        Raises the errors of `ownli_api.errors`; none holds a value, a parameter or an address.
        """
        url = self._settings.base_url + fill(template, values or {})
        request = requests.Request("GET", url, params=dict(params or {}), auth=self._token)
        return self._reply(request, template)

    def close(self) -> None:
        """Forgets the token and closes the connections; later requests raise `ClientClosed`."""
        self.closed = True
        self._token.forget()
        self._session.close()

    def stats(self) -> Stats:
        """What was done so far."""
        asked = self._settings.page_size
        return replace(
            self._stats,
            page_size=min(asked, self._host.page_size or asked),
            token_age_seconds=self._token.age_seconds,
            parallel=self._settings.parallel_requests,
        )

    def _note(self, requests: int = 0, retries: int = 0, seconds: float = 0.0) -> None:
        with self._stats_lock:
            self._stats = replace(
                self._stats,
                requests=self._stats.requests + requests,
                retries=self._stats.retries + retries,
                seconds=self._stats.seconds + seconds,
            )

    def _grant(self) -> Grant:
        who = self._settings
        credentials = {
            "partnerId": who.partner_id,
            "clientId": who.client_id,
            "clientSecret": who.client_secret,
            "scope": "admin",
        }
        request = requests.Request("POST", who.base_url + TOKEN_PATH, json=credentials)
        return grant(self._reply(request, TOKEN_PATH).body)

    def _reply(self, request: requests.Request, template: str) -> Reply:
        """The response, after renewing a refused token once and retrying what only a body shows."""
        retry: urllib3.Retry = RETRY
        renewed = template == TOKEN_PATH
        made = 0
        while True:
            if self.closed:
                raise ClientClosed
            # Preparing may fetch a token, so it comes before this request takes a place.
            prepared = self._session.prepare_request(request)
            reply = self._send(prepared, template)
            made += reply.requests
            if reply.error is None:
                return replace(reply, requests=made)
            if reply.status == 401 and not renewed:
                renewed = True
                self._token.refused(prepared)
                continue
            following = _following(retry, prepared.method, reply.passing)
            if following is None:
                self._fail(reply.error)
            retry = following
            self._note(retries=1)
            retry.sleep()

    def _fail(self, error: OwnliError) -> NoReturn:
        if self.closed:
            raise ClientClosed
        with self._stats_lock:
            self._stats = replace(self._stats, last_error=error.sentence)
        raise error

    def _send(self, prepared: requests.PreparedRequest, template: str) -> Reply:
        """The response to a request, with how many tries urllib3 made of it."""
        with self._host.places, sending(self):
            begun = time.perf_counter()
            reply = self._exchange(prepared)
            seconds = time.perf_counter() - begun
            retries = _here.retries
        outcome = reply.status or type(reply.error).__name__
        log.info(
            "%s %s %s %.0f ms, retries %d",
            prepared.method, template, outcome, seconds * 1000, retries,
        )  # fmt: skip
        self._note(1 + retries, retries, seconds)
        return replace(reply, requests=1 + retries)

    def _exchange(self, prepared: requests.PreparedRequest) -> Reply:
        """One request and its response as plain facts: no exception with an address leaves here."""
        host = self._settings.host
        timeout = (self._settings.connect_seconds, self._settings.read_seconds)
        try:
            response = self._session.send(
                prepared, stream=True, timeout=timeout, allow_redirects=False, verify=True
            )
        except requests.exceptions.SSLError:
            sentence = f"The certificate of {host} is not valid: check OWNLI_BASE_URL."
            return Reply(error=WrongHost(sentence))
        except requests.exceptions.ConnectionError as failure:
            # A time-out arrives as the reason for which urllib3 retried no more.
            reason = getattr(failure.args[0] if failure.args else None, "reason", None)
            return Reply(error=self._too_slow() if _timed_out(reason) else self._broken())
        except requests.exceptions.RequestException:
            sentence = f"The address {host} cannot be used: check OWNLI_BASE_URL."
            return Reply(error=WrongHost(sentence))
        except (HTTPError, OSError):
            return Reply(error=self._broken())
        with closing(response):
            return self._read(response, is_token=prepared.method == "POST")

    def _read(self, response: requests.Response, *, is_token: bool) -> Reply:
        body = bytearray()
        try:
            while chunk := response.raw.read(CHUNK, decode_content=True):
                body += chunk
                if len(body) > LARGEST_BODY:
                    sentence = "Ownli's answer is far larger than any page of a list."
                    return Reply(error=NotUnderstood(sentence))
        except ReadTimeoutError as failure:
            return Reply(error=self._too_slow(), passing=failure)
        except urllib3.exceptions.DecodeError:
            return Reply(error=NotUnderstood("Ownli's answer is not readable data."))
        except HTTPError as failure:
            return Reply(error=self._broken(), passing=failure)
        except OSError:
            return Reply(error=self._broken(), passing=HTTPError())
        status = response.status_code
        if status == 200:
            return Reply(status, bytes(body))
        if status == 429:
            advice = RETRY.get_retry_after(response.raw)
            return Reply(status, error=RateLimited(_RATE_LIMITED, advice or None))
        error = _refusal(status, error_code(body), self._settings, is_token=is_token)
        # urllib3 has retried the others by their status alone.
        own = status == 500 and isinstance(error, ServerTrouble)
        return Reply(status, error=error, passing=ResponseError() if own else None)

    def _too_slow(self) -> TimedOut:
        return TimedOut(
            f"Ownli ({self._settings.host}) took too long to answer; please try again in a minute."
        )

    def _broken(self) -> Unreachable:
        return Unreachable(
            f"Ownli ({self._settings.host}) cannot be reached; please try again in a minute."
        )

    def __repr__(self) -> str:
        return f"Http({self._settings.host})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a connection with a token does not leave the process")


_RATE_LIMITED = "Ownli limits how fast we may ask and needs a break; please try again in a minute."


class _ErrorBody(msgspec.Struct):
    error_code: str | None = None


def error_code(body: bytes | bytearray) -> str | None:
    """Ownli's machine-readable code, if the body has one that looks like a code."""
    try:
        code = msgspec.json.decode(body, type=_ErrorBody).error_code or ""
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return code if _CODE.fullmatch(code) else None


def _following(
    retry: urllib3.Retry, method: str | None, passing: HTTPError | None
) -> urllib3.Retry | None:
    """The retries left after a failure that may pass; None if there is to be no other try."""
    if passing is None:
        return None
    try:
        return retry.increment(method, error=passing)
    except MaxRetryError:
        return None


def _refusal(status: int, code: str | None, settings: Settings, *, is_token: bool) -> OwnliError:
    """The error that a status other than 200 and 429 amounts to, with Ownli's code for it."""
    host, client = settings.host, settings.client_hint
    said = f" ({code})" if code else ""
    if 300 <= status < 400:
        return WrongHost(f"{host} points to another address: check OWNLI_BASE_URL.")
    if is_token and status in (400, 401, 403):
        return CredentialsRefused(
            f"Ownli refused the credentials (client id {client}): check "
            "OWNLI_PARTNER_ID, OWNLI_CLIENT_ID and OWNLI_CLIENT_SECRET."
        )
    if is_token and status in (404, 405):
        return WrongHost(f"{host} is not Ownli's API: check OWNLI_BASE_URL.")
    if status == 401:
        return CredentialsRefused(
            f"Ownli refused a token it had just issued (client id {client}): "
            "ask Ownli's support, and check OWNLI_CLIENT_ID and OWNLI_CLIENT_SECRET."
        )
    if status == 403:
        return NotPermitted(f"Ownli does not permit this with the partner's credentials{said}.")
    if status == 404:
        return NotFound(f"Ownli found nothing there{said}.", code, status)
    if status > 500 or (status == 500 and code in (None, OWN_FAILURE)):
        return ServerTrouble(f"Ownli reports a failure of its own ({status}); try again later.")
    return Refused(f"Ownli turned the request down ({code or status}).", code, status)
