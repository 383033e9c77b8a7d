"""Streamlit's sign-on addresses, opened only for what the button asked for, and their cookies."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.access import device
from pages.access.sign_on_attempts import ATTEMPTS, LIFETIME_SECONDS, Attempt

log = logging.getLogger(__name__)

Headers = list[tuple[bytes, bytes]]

LOGIN, CALLBACK, LOGOUT = "/auth/login", "/oauth2callback", "/auth/logout"
STATE = b"_streamlit_session"  # what the provider was asked with, until it answers
_STATE = re.compile(re.escape(STATE))
_WHO = re.compile(rb"_streamlit_user(_[0-9]+)?")  # who the provider says it is, in parts if long
_TOKENS = re.compile(rb"_streamlit_user_tokens(_[0-9]+)?")  # what nobody here needs
WHO_SECONDS = 60  # from the provider's answer to the page's websocket
LONGEST_WHO = 6500  # of all parts: the server takes no websocket with 8 KiB of cookies


class SignOnRoutes:
    """Middleware around Streamlit's own single sign-on.

    Its addresses do something only for a device on which the button was just pressed. The cookie
    that says who it is reaches one websocket of that device and is deleted with it; the tokens
    never reach the browser. Goes inside `DeviceCookie`, which gives websockets their device.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may be passed on, without the cookies that are not for it."""
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["path"] == LOGIN:
            await self._login(scope, receive, send)
        elif scope["path"] == CALLBACK:
            await self._callback(scope, receive, send)
        elif scope["path"] == LOGOUT:  # there is nothing to sign out of: see _websocket
            await _redirect(send, "/")
        else:
            await self.app(_without(scope, _STATE, _WHO, _TOKENS), receive, send)

    async def _login(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Off to the provider, for the device that pressed the button; each starts anew."""
        here = _device(scope)
        attempt = ATTEMPTS.asked(here) if here else None
        if attempt is None:
            await _redirect(send, "/")
            return
        secure = device.over_tls(scope)

        async def noted(start: Message) -> None:
            fields = dict(start["headers"])
            asked = parse_qs(urlsplit(fields.get(b"location", b"").decode("latin-1")).query)
            ATTEMPTS.send(attempt, _one(asked, "state"), _one(asked, "nonce"))
            if start["status"] not in (302, 303, 307):  # Streamlit's page for it is a dead end
                ATTEMPTS.settle(attempt, confirmed=False)
                await _redirect(send, attempt.address)
                return
            # Lax: it has to come back from the provider's site.
            kept = [
                _cookie(pair, LIFETIME_SECONDS, "Lax", secure) if _STATE.fullmatch(name) else field
                for field, name, pair in _named(start["headers"])
            ]
            await send({**start, "headers": kept})
            await send({"type": "http.response.body", "body": b""})

        await _answered(self.app, _without(scope, _STATE, _WHO, _TOKENS), receive, attempt, noted)

    async def _callback(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Back from the provider, to the page the button was pressed on."""
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        attempt = ATTEMPTS.sent(_one(query, "state"))
        if attempt is None:
            await _redirect(send, "/", [_expired(STATE)])
            return
        secure = device.over_tls(scope)

        async def led_back(start: Message) -> None:
            # Strict is enough: only the websocket of our own page needs it.
            who = [
                _cookie(pair, WHO_SECONDS, "Strict", secure)
                for field, name, pair in _named(start["headers"])
                if _WHO.fullmatch(name) and b"max-age=0" not in field[1].lower()
            ]
            if (length := sum(len(value) for _, value in who)) > LONGEST_WHO:
                log.error("The provider's answer is too long (%d bytes): drop claims", length)
                who = []
            ATTEMPTS.settle(attempt, confirmed=bool(who))
            await _redirect(send, attempt.address, [*who, _expired(STATE)])

        await _answered(self.app, _without(scope, _WHO, _TOKENS), receive, attempt, led_back)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the provider's answer through once, to a device that waits for it, and delete it."""
        held = [name for name in _names(scope) if _WHO.fullmatch(name) or _TOKENS.fullmatch(name)]
        withheld = [_STATE, _TOKENS]
        if not ATTEMPTS.is_confirmed(_device(scope)):
            withheld.append(_WHO)

        async def send_deleted(message: Message) -> None:
            if held and message["type"] == "websocket.accept":
                deleted = [_expired(name) for name in held]
                message = {**message, "headers": [*message.get("headers", []), *deleted]}
            await send(message)

        await self.app(_without(scope, *withheld), receive, send_deleted)


async def _answered(
    app: ASGIApp,
    scope: Scope,
    receive: Receive,
    attempt: Attempt,
    judged: Callable[[Message], Awaitable[None]],
) -> None:
    """Let Streamlit answer, and send what `judged` makes of its status and headers instead."""

    async def judge(message: Message) -> None:
        if message["type"] == "http.response.start":
            await judged(message)

    try:
        await app(scope, receive, judge)
    except Exception:
        ATTEMPTS.settle(attempt, confirmed=False)
        raise


async def _redirect(send: Send, address: str, cookies: Headers | None = None) -> None:
    headers = [(b"location", address.encode()), (b"cache-control", b"no-store"), *(cookies or [])]
    await send({"type": "http.response.start", "status": 302, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _device(scope: Scope) -> str:
    value = device.of_cookies(device.cookies_of(scope))
    return device.hashed(value) if value else ""


def _one(query: dict[str, list[str]], name: str) -> str:
    values = query.get(name, [])
    return values[0] if len(values) == 1 else ""


def _pairs(header: bytes) -> list[bytes]:
    return [pair.strip() for pair in header.split(b";") if pair.strip()]


def _names(scope: Scope) -> list[bytes]:
    """The names of the cookies a request brought."""
    found = _pairs(device.cookies_of(scope))
    return list(dict.fromkeys(pair.partition(b"=")[0] for pair in found))


def _without(scope: Scope, *unwanted: re.Pattern[bytes]) -> Scope:
    """The request as if it had come without these cookies."""
    headers: Headers = []
    for name, value in scope["headers"]:
        if name != b"cookie":
            headers.append((name, value))
            continue
        kept = [
            pair
            for pair in _pairs(value)
            if not any(one.fullmatch(pair.partition(b"=")[0].strip()) for one in unwanted)
        ]
        if kept:
            headers.append((name, b"; ".join(kept)))
    return {**scope, "headers": headers}


def _named(headers: Headers) -> list[tuple[tuple[bytes, bytes], bytes, bytes]]:
    """Each header, and if it sets a cookie, the cookie's name and its `name=value`."""
    found = []
    for name, value in headers:
        pair = value.partition(b";")[0].strip() if name.lower() == b"set-cookie" else b""
        found.append(((name, value), pair.partition(b"=")[0], pair))
    return found


def _cookie(pair: bytes, seconds: float, same_site: str, secure: bool) -> tuple[bytes, bytes]:
    flags = f"; Path=/; Max-Age={seconds:.0f}; HttpOnly; SameSite={same_site}"
    return (b"set-cookie", pair + flags.encode() + (b"; Secure" if secure else b""))


def _expired(name: bytes) -> tuple[bytes, bytes]:
    return (b"set-cookie", name + b"=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
