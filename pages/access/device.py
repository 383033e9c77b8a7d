"""The device cookie: an HttpOnly random value that a sign-in is bound to.

Streamlit's session ids and streamlit-authenticator's cookie can both be read by scripts and
copied; this one cannot, and without it neither of them is worth anything.
"""

from __future__ import annotations

import hashlib
import re
import secrets

import streamlit as st
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.access import headers

COOKIE = "ownli_device"
HEADER = b"x-ownli-device"  # named in config.toml: server.trustedUserHeaders
LIFETIME_SECONDS = 90 * 24 * 3600
_VALUE = re.compile(r"[A-Za-z0-9_-]{43}")
_SENT = re.compile(rf"(?:^|;)\s*{COOKIE}=([^;]*)")


def current() -> str:
    """The hashed device cookie of this session's browser, "" if it sent none."""
    try:
        value = st.context.cookies[COOKIE]
    except KeyError:
        return ""
    return hashed(value) if isinstance(value, str) and _VALUE.fullmatch(value) else ""


def hashed(value: str) -> str:
    """What is kept of a device cookie on the server: never the value itself."""
    return hashlib.sha256(value.encode()).hexdigest()


def over_tls(scope: Scope) -> bool:
    """Whether the browser came over TLS, to us or to the proxy in front of us."""
    forwarded: bytes = dict(scope["headers"]).get(b"x-forwarded-proto", b"")
    return scope.get("scheme") in ("https", "wss") or (forwarded.split(b",")[0].strip() == b"https")


class DeviceCookie:
    """Middleware that gives every browser its device cookie and ties websockets to it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; set the cookie on pages and on websockets that came without it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        passed: list[tuple[bytes, bytes]] = [
            (name, value) for name, value in scope["headers"] if name not in (HEADER, b"cookie")
        ]
        cookies = cookies_of(scope)
        sent = of_cookies(cookies)
        value = sent or secrets.token_urlsafe(32)
        fields = dict(passed)
        secure = over_tls(scope)
        if scope["type"] == "websocket":
            # Streamlit resumes a session only for the device it began on.
            passed.append((HEADER, hashed(value).encode()))
            cookies += f"; {COOKIE}={value}".encode()
        passed.append((b"cookie", cookies))
        # A page opened from another site comes without SameSite=Strict cookies though the browser
        # has them: a fresh value would replace the one the person is signed in with.
        from_elsewhere = not sent and fields.get(b"sec-fetch-site") == b"cross-site"
        cookie = _set_cookie(value, secure)

        async def send_with_cookie(message: Message) -> None:
            page = message["type"] == "http.response.start" and headers.is_of_type(
                message.get("headers", []), b"text/html"
            )
            opened = message["type"] == "websocket.accept" and not sent
            if (page and not from_elsewhere) or opened:
                message = {**message, "headers": [*message.get("headers", []), cookie]}
            await send(message)

        await self.app({**scope, "headers": passed}, receive, send_with_cookie)


def cookies_of(scope: Scope) -> bytes:
    """All cookies of a request as one header: HTTP/2 may send several."""
    return b"; ".join(value for name, value in scope["headers"] if name == b"cookie")


def of_cookies(cookies: bytes) -> str | None:
    """The last well-formed device cookie sent, as whatever reads the header after us takes it."""
    found = _SENT.findall(cookies.decode("latin-1"))
    return found[-1] if found and _VALUE.fullmatch(found[-1]) else None


def _set_cookie(value: str, secure: bool) -> tuple[bytes, bytes]:
    flags = f"Path=/; Max-Age={LIFETIME_SECONDS}; HttpOnly; SameSite=Strict"
    return (b"set-cookie", f"{COOKIE}={value}; {flags}{'; Secure' if secure else ''}".encode())
