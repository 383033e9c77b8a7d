"""Files that Streamlit serves by address alone, given only to browsers that are signed in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from pages.access import device, sign_in

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
FOLDER, STREAMLITS_OWN = "/media/", "/static/media/"  # the latter: fonts of the page itself


class MediaLock:
    """Middleware that answers 403 for exports and other files without a signed-in device.

    Pictures pass: the product's mark is one, and photos of check-ins are never served from here.
    """

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may be passed on."""
        if not _is_file(scope) or _is_signed_in(scope):
            await self.app(scope, receive, send)
            return
        refused = False

        async def send_pictures(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and not _is_picture(message):
                refused = True
                await send({"type": "http.response.start", "status": 403, "headers": []})
                await send({"type": "http.response.body", "body": b""})
            if not refused:
                await send(message)

        await self.app(scope, receive, send_pictures)


def _is_file(scope: Scope) -> bool:
    path = scope.get("path", "")
    return scope["type"] == "http" and FOLDER in path and STREAMLITS_OWN not in path


def _is_signed_in(scope: Scope) -> bool:
    value = device.of_cookies(
        b"; ".join(value for name, value in scope["headers"] if name == b"cookie")
    )
    return value is not None and sign_in.is_open_on(device.hashed(value))


def _is_picture(message: Message) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(b"image/")
        for name, value in message.get("headers", [])
    )
