"""The device cookie: an HttpOnly random value that a session is bound to.

Streamlit's session ids and streamlit-authenticator's cookie can both be read by scripts and
copied; this one cannot, and without it neither of them is worth anything.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from contextvars import ContextVar

import streamlit as st
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.access import headers

COOKIE, LOGIN_COOKIE = "ownli_device", "ownli_login"
# Over TLS both cookies have this before their names: then a browser takes them from this very
# host only, over TLS only. Inside the middleware they have their plain names in any case.
HOST_PREFIX = "__Host-"
HEADER = b"x-ownli-device"  # named in config.toml: server.trustedUserHeaders
LIFETIME_SECONDS = 90 * 24 * 3600
_VALUE = re.compile(r"[A-Za-z0-9_-]{43}")
_FORWARDED_PROTO = b"x-forwarded-proto"

# The (hashed) device whose websocket asks for what is made at this moment, "" outside of one.
# Streamlit makes a file for whoever names it, so what makes it has to know who asks.
ASKER: ContextVar[str] = ContextVar("asker", default="")


def current() -> str:
    """The hashed device cookie of this session's browser, "" if it sent none."""
    value = st.context.cookies.get(COOKIE)
    return hashed(value) if isinstance(value, str) and _VALUE.fullmatch(value) else ""


def is_current_over_tls() -> bool:
    """Whether this session's browser came over TLS; the middleware vouches for the header."""
    return bool(st.context.headers.get(_FORWARDED_PROTO.decode()) == "https")


def hashed(value: str) -> str:
    """What is kept of a device cookie on the server: never the value itself."""
    return hashlib.sha256(value.encode()).hexdigest()


class DeviceCookie:
    """Middleware that gives every browser its device cookie and ties websockets to it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; set the cookie on pages and on websockets that came without it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        secure = headers.is_over_tls(scope)
        cookies = _with_plain_names(sent_cookies(scope), secure)
        sent = of_cookies(cookies)
        value = sent or secrets.token_urlsafe(32)
        replaced = (HEADER, b"cookie", _FORWARDED_PROTO)
        passed = [field for field in scope["headers"] if field[0] not in replaced]
        passed.append((_FORWARDED_PROTO, b"https" if secure else b"http"))
        if scope["type"] == "websocket":
            # Streamlit resumes a session only for the device it began on.
            passed.append((HEADER, hashed(value).encode()))
            cookies = [*cookies, (COOKIE, value)]
        passed.append((b"cookie", "; ".join(map("=".join, cookies)).encode("latin-1")))
        # A page opened from another site comes without SameSite=Strict cookies though the browser
        # has them: a fresh value would replace the one the person is signed in with.
        fetched_from = dict(scope["headers"]).get(b"sec-fetch-site")
        may_replace = bool(sent) or fetched_from != b"cross-site"
        flags = f"Path=/; Max-Age={LIFETIME_SECONDS}; HttpOnly; SameSite=Strict"
        name = f"{HOST_PREFIX}{COOKIE}" if secure else COOKIE
        cookie = f"{name}={value}; {flags}{'; Secure' if secure else ''}".encode()

        async def send_with_cookie(message: Message) -> None:
            is_start = message["type"] == "http.response.start"
            page = is_start and headers.is_of_type(message, "text/html")
            opened = message["type"] == "websocket.accept" and not sent
            if (page and may_replace) or opened:
                own = [*message.get("headers", []), (b"set-cookie", cookie)]
                message = {**message, "headers": own}
            await send(message)

        token = ASKER.set(hashed(value) if scope["type"] == "websocket" else "")
        try:
            await self.app({**scope, "headers": passed}, receive, send_with_cookie)
        finally:
            ASKER.reset(token)


def sent_cookies(scope: Scope) -> list[tuple[str, str]]:
    """The cookies of a request by name, in order: HTTP/2 may send several headers of them."""
    sent = b"; ".join(value for name, value in scope["headers"] if name == b"cookie")
    pairs = [pair.strip().partition("=") for pair in sent.decode("latin-1").split(";")]
    return [(name.strip(), value) for name, separator, value in pairs if separator]


def of_cookies(cookies: list[tuple[str, str]]) -> str | None:
    """The last device cookie if it is well-formed, as whatever reads them after us takes it."""
    value = dict(cookies).get(COOKIE, "")
    return value if _VALUE.fullmatch(value) else None


def _with_plain_names(cookies: list[tuple[str, str]], secure: bool) -> list[tuple[str, str]]:
    """Over TLS: our cookies without their prefix, and none that came without it."""
    if not secure:
        return cookies
    ours = {f"{HOST_PREFIX}{name}": name for name in (COOKIE, LOGIN_COOKIE)}
    return [(ours.get(name, name), value) for name, value in cookies if name not in ours.values()]
