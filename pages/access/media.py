"""Files that Streamlit serves by address alone, given only to whom their address was told."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from contextvars import ContextVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.access import device, headers, login_cookie, sign_in

FOLDER, STREAMLITS_OWN = "/media/", "/static/media/"  # the latter: fonts of the page itself
_ADDRESS = re.compile(rb"/media/([0-9a-f]{32,128}(?:\.[A-Za-z0-9]{1,10})?)")
MOST_ADDRESSES = 20_000

# The (hashed) device whose websocket asks for what is made at this moment, "" outside of one.
# Streamlit makes a file for whoever names it, so who asks is told to what makes it.
ASKER: ContextVar[str] = ContextVar("asker", default="")


class Addresses:
    """Which devices were told the address of a file; the oldest are forgotten."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: OrderedDict[tuple[str, str], None] = OrderedDict()

    def tell(self, device: str, frame: bytes) -> None:
        """Remember the addresses in what is sent to a device."""
        for name in _ADDRESS.findall(frame):
            with self._lock:
                self._told[(device, name.decode())] = None
                self._told.move_to_end((device, name.decode()))
                if len(self._told) > MOST_ADDRESSES:
                    self._told.popitem(last=False)

    def were_told(self, device: str, name: str) -> bool:
        """Whether a device was sent the address of a file."""
        with self._lock:
            return (device, name) in self._told


class MediaLock:
    """Middleware that answers 403 for exports and other files but to whom they were made for.

    That is a browser that was sent the address by its own websocket, with both cookies of a
    sign-in that holds in this moment. Pictures pass: the product's mark is one, and photos of
    check-ins are never served from here. Goes inside `DeviceCookie`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._addresses = Addresses()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may be passed on."""
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
            return
        if not _is_file(scope) or self._is_theirs(scope):
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

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note who asks, for what is made on the way, and which addresses are answered."""
        here = dict(scope["headers"]).get(device.HEADER, b"").decode("latin-1")

        async def send_noted(message: Message) -> None:
            if message["type"] == "websocket.send" and message.get("bytes"):
                self._addresses.tell(here, message["bytes"])
            await send(message)

        token = ASKER.set(here)
        try:
            await self.app(scope, receive, send_noted)
        finally:
            ASKER.reset(token)

    def _is_theirs(self, scope: Scope) -> bool:
        cookies = device.cookies_of(scope)
        value = device.of_cookies(cookies)
        if value is None:
            return False
        here, name = device.hashed(value), scope["path"].rpartition("/")[2]
        claimed = login_cookie.of_cookies(cookies)
        return self._addresses.were_told(here, name) and sign_in.is_open_with(here, claimed)


def _is_file(scope: Scope) -> bool:
    path = scope.get("path", "")
    return scope["type"] == "http" and FOLDER in path and STREAMLITS_OWN not in path


def _is_picture(message: Message) -> bool:
    return headers.is_of_type(message.get("headers", []), b"image/")
