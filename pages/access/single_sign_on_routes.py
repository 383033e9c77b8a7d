"""Streamlit's sign-on addresses, opened only for what the button asked for, and their cookies."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.access import device_cookie, headers
from pages.access.single_sign_on import REQUESTS, SignOnRequest
from pages.settings import CALLBACK

log = logging.getLogger(__name__)

LOGIN, LOGOUT = "/auth/login", "/auth/logout"
IDENTITY = "_streamlit_user"
# Who the provider says it is, in parts if long; not `_streamlit_user_tokens`, which nobody needs.
_IDENTITY = re.compile(rb"_streamlit_user(_[0-9]+)?=(?!.*max-age=0)[^;]+", re.IGNORECASE)
_STATE_DELETED = b"_streamlit_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
IDENTITY_SECONDS = 60  # from the provider's answer to the page's websocket
LONGEST_IDENTITY = 6500  # of all parts: the server takes no websocket with 8 KiB of cookies


class SingleSignOnRoutes:
    """Middleware around Streamlit's own single sign-on.

    Its addresses do something only for a device on which the button was just pressed. The cookie
    that says who it is lives until the page's websocket has read it, a minute at most, and the
    tokens never reach the browser. Goes inside `DeviceCookie`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may be passed on."""
        path = scope.get("path") if scope["type"] == "http" else None
        if scope["type"] == "websocket":
            await self.app(scope, receive, _deleting_identity(scope, send))
        elif path == LOGIN:
            device = device_cookie.of_cookies(device_cookie.sent_cookies(scope))
            request = REQUESTS.of_device(device_cookie.hashed(device)) if device else None
            if request is None or request.nonce:  # nobody pressed the button, or it went off before
                await _redirect("/")(scope, receive, send)
            else:
                await self._to_provider(scope, receive, send, request)
        elif path == CALLBACK:
            state = _parameter(scope.get("query_string", b""), "state")
            request = REQUESTS.of_state(state)
            if request is None:
                await _redirect("/", [_STATE_DELETED])(scope, receive, send)
            else:
                await self._back(scope, receive, send, request)
        elif path == LOGOUT:  # there is nothing to sign out of: the identity counts once
            await _redirect("/")(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _to_provider(
        self, scope: Scope, receive: Receive, send: Send, request: SignOnRequest
    ) -> None:
        """Off to the provider, noting what it is asked with."""
        start = await _start(self.app, scope, receive)
        location = dict(start["headers"]).get(b"location", b"")
        asked = urlsplit(location).query
        request.state, request.nonce = _parameter(asked, "state"), _parameter(asked, "nonce")
        if not request.state or not request.nonce:  # Streamlit's page for it is a dead end
            request.failed = True
            await _redirect(request.address)(scope, receive, send)
            return
        secure = b"; Secure" if headers.is_over_tls(scope) else b""
        fields = [
            (name, value + secure if name == b"set-cookie" else value)
            for name, value in start["headers"]
        ]
        await send({**start, "headers": fields})
        await send({"type": "http.response.body", "body": b""})

    async def _back(
        self, scope: Scope, receive: Receive, send: Send, request: SignOnRequest
    ) -> None:
        """Back from the provider, to the page the button was pressed on."""
        request.state = ""  # an answer counts once
        start = await _start(self.app, scope, receive)
        cookies = [value for name, value in start["headers"] if name == b"set-cookie"]
        pairs = [found.group(0) for value in cookies if (found := _IDENTITY.match(value))]
        if (length := sum(map(len, pairs))) > LONGEST_IDENTITY:
            log.error("The provider's answer is too long (%d bytes): drop claims", length)
            pairs = []
        request.failed = not pairs
        # Strict is enough: only the websocket of our own page needs it.
        flags = f"; Path=/; Max-Age={IDENTITY_SECONDS}; HttpOnly; SameSite=Strict".encode()
        flags += b"; Secure" if headers.is_over_tls(scope) else b""
        identity = [pair + flags for pair in pairs]
        answer = _redirect(request.address, [*identity, _STATE_DELETED])
        await answer(scope, receive, send)


def _deleting_identity(scope: Scope, send: Send) -> Send:
    """The way back to a browser, which deletes the identity that it sent with its websocket."""
    sent = [name for name, _ in device_cookie.sent_cookies(scope) if name.startswith(IDENTITY)]
    deleted = [
        (b"set-cookie", f"{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict".encode("latin-1"))
        for name in sent
    ]

    async def send_deleted(message: Message) -> None:
        if message["type"] == "websocket.accept":
            message = {**message, "headers": [*message.get("headers", []), *deleted]}
        await send(message)

    return send_deleted


async def _start(app: ASGIApp, scope: Scope, receive: Receive) -> Message:
    """Status and headers of Streamlit's answer, which is not sent."""
    started: list[Message] = []

    async def keep(message: Message) -> None:
        started.append(message)

    await app(scope, receive, keep)
    return started[0]


def _redirect(address: str, cookies: Sequence[bytes] = ()) -> RedirectResponse:
    answer = RedirectResponse(address, 302)
    answer.raw_headers += [(b"set-cookie", cookie) for cookie in cookies]
    return answer


def _parameter(query: bytes, name: str) -> str:
    """The value of a parameter, "" unless it is there once."""
    values = parse_qs(query.decode("latin-1")).get(name, [])
    return values[0] if len(values) == 1 else ""
