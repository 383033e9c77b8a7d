"""Security headers on every answer; the content policy is computed from Streamlit's own page."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

import streamlit
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGE = Path(streamlit.__file__).parent / "static" / "index.html"
# Streamlit's component frames carry inline scripts of their own; nobody else's text is in them.
COMPONENTS = "/component/"
_INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
_ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "SAMEORIGIN",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_OVER_TLS = {"strict-transport-security": "max-age=31536000; includeSubDomains"}
_REPLACED = frozenset(name.encode() for name in (*_ALWAYS, *_OVER_TLS, "content-security-policy"))


def script_hashes(page: bytes) -> list[str]:
    """The content-policy sources that allow exactly the inline scripts of a page."""
    digests = (hashlib.sha256(script).digest() for script in _INLINE_SCRIPT.findall(page))
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


def content_policy(scripts: list[str], image_hosts: tuple[str, ...] = ()) -> str:
    """The Content-Security-Policy that allows these inline scripts and images of these hosts."""
    images = " ".join(("'self' data: blob:", *(f"https://{host}" for host in image_hosts)))
    return "; ".join(
        (
            "default-src 'self'",
            "script-src " + " ".join(("'self'", *scripts)),
            "style-src 'self' 'unsafe-inline'",
            f"img-src {images}",
            "font-src 'self' data:",
            "connect-src 'self'",
            "frame-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )


class SecurityHeaders:
    """Middleware that puts the headers on every HTTP answer, whatever the route."""

    def __init__(self, app: ASGIApp, image_hosts: tuple[str, ...] = ()) -> None:
        self.app = app
        self._page = content_policy(script_hashes(PAGE.read_bytes()), image_hosts)
        self._component = content_policy(["'unsafe-inline'"], image_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add the headers to its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        policy = self._component if scope["path"].startswith(COMPONENTS) else self._page
        ours = {**_ALWAYS, "content-security-policy": policy}
        if is_over_tls(scope):
            ours |= _OVER_TLS

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                fields = _headers(message.get("headers", []), ours, _may_keep(scope["path"]))
                message = {**message, "headers": fields}
            await send(message)

        await self.app(scope, receive, send_with_headers)


def is_over_tls(scope: Scope) -> bool:
    """Whether the browser came over TLS, to us or to the proxy in front of us."""
    forwarded: bytes = dict(scope["headers"]).get(b"x-forwarded-proto", b"")
    return scope.get("scheme") in ("https", "wss") or (forwarded.split(b",")[0].strip() == b"https")


def is_of_type(sent: Iterable[tuple[bytes, bytes]], kind: bytes) -> bool:
    """Whether an answer's headers name a content type that begins so."""
    return any(name.lower() == b"content-type" and value.startswith(kind) for name, value in sent)


def _may_keep(path: str) -> bool:
    """Whether caches may keep an answer: Streamlit's own files, the same for everybody."""
    return any(folder in path for folder in ("/static/", COMPONENTS))


def _headers(
    sent: list[tuple[bytes, bytes]], ours: dict[str, str], may_keep: bool
) -> list[tuple[bytes, bytes]]:
    kept = [(name, value) for name, value in sent if name.lower() not in _REPLACED]
    if is_of_type(kept, b"text/html") or not may_keep:
        kept = [(name, value) for name, value in kept if name.lower() != b"cache-control"]
        kept.append((b"cache-control", b"no-store"))
    return [*kept, *((name.encode(), value.encode()) for name, value in ours.items())]
