"""Security headers on every answer; the content policy is computed from Streamlit's own page."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import streamlit
from starlette.datastructures import Headers, MutableHeaders
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
                fields = MutableHeaders(raw=list(message.get("headers", [])))
                if is_of_type(message, "text/html") or not _may_keep(scope["path"]):
                    fields["cache-control"] = "no-store"
                fields.update(ours)
                message = {**message, "headers": fields.raw}
            await send(message)

        await self.app(scope, receive, send_with_headers)


def is_over_tls(scope: Scope) -> bool:
    """Whether the browser came over TLS, to us or to the proxy in front of us."""
    forwarded = Headers(scope=scope).get("x-forwarded-proto", "").partition(",")[0].strip()
    return scope.get("scheme") in ("https", "wss") or forwarded == "https"


def is_of_type(start: Message, kind: str) -> bool:
    """Whether the start of an answer names a content type that begins so."""
    return Headers(raw=list(start.get("headers", []))).get("content-type", "").startswith(kind)


def _may_keep(path: str) -> bool:
    """Whether caches may keep an answer: Streamlit's own files, the same for everybody."""
    return any(folder in path for folder in ("/static/", COMPONENTS))
