"""What of Streamlit's own server is refused: foreign names and origins, spare routes, files."""

from __future__ import annotations

from urllib.parse import urlsplit

from google.protobuf.message import DecodeError
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from pages.access import device_cookie, headers, sign_in

# No screen takes uploads, and Health tells more than the metrics, to those who may know.
CLOSED = ("/_stcore/upload_file/", "/_stcore/metrics")
# A load balancer asks by whatever name it knows.
HEALTH = "/_stcore/health"
FILES, STREAMLITS_OWN = "/media/", "/static/media/"  # the latter: fonts of the page itself
# The messages a page of ours sends; the rest are tools for whoever develops an app.
ALLOWED_MESSAGES = frozenset(
    {"rerun_script", "stop_script", "app_heartbeat", "backend_operation_request"}
)
NOT_OUR_NAME = (
    "This dashboard does not answer to this name. Whoever runs it can add the name to the setting "
    "server.hosts (SERVER_HOSTS)."
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_POLICY_VIOLATION = 1008


class RequestFilter:
    """Middleware that answers only under our own names, and only what a page of ours asks.

    Exports and other files are given only to a browser with both cookies of a session that holds
    at this moment. Pictures pass: the product's mark is one, and photos of check-ins are never
    served from here. Goes inside `DeviceCookie`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what belongs here."""
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Only a page of ours may open one, and only say what our pages say."""
        ours = same_origin(scope)
        if ours is None:
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            return
        # Streamlit compares the two as texts; unequal, it looks up its public address and stalls.
        fields = [field for field in scope["headers"] if field[0] != b"host"]
        passed = {**scope, "headers": [*fields, (b"host", ours.encode("latin-1"))]}
        await self.app(passed, _allowed_only(receive), send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = Headers(scope=scope).getlist("host")
        if not scope["path"].endswith(HEALTH) and not (len(host) == 1 and is_host_allowed(host[0])):
            await PlainTextResponse(NOT_OUR_NAME, 421)(scope, receive, send)
            return
        if any(route in f"{scope['path']}/" for route in CLOSED):
            await PlainTextResponse("", 404)(scope, receive, send)
            return
        # Without an Origin nothing is shared with another one, nor is a public address looked up.
        fields = [field for field in scope["headers"] if field[0] != b"origin"]
        passed = {**scope, "headers": fields}
        if FILES in scope["path"] and STREAMLITS_OWN not in scope["path"] and not _is_open(scope):
            await self._pictures_only(passed, receive, send)
        else:
            await self.app(passed, receive, send)

    async def _pictures_only(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = False

        async def send_pictures(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start":
                refused = not headers.is_of_type(message, "image/")
                if refused:
                    await PlainTextResponse("", 403)(scope, receive, send)
            if not refused:
                await send(message)

        await self.app(scope, receive, send_pictures)


def same_origin(scope: Scope) -> str | None:
    """Host and port of a websocket's Origin if they are ours as the browser sees us, else None.

    Ours is what `Host` says or, behind a proxy that replaces it, the first `X-Forwarded-Host`:
    no page can send that header with a websocket. Either counts only if it is one of the allowed
    hosts. The scheme is not compared, as the proxy may be the only one to know it; a host without
    a port has the default one of the Origin's scheme.
    """
    fields = Headers(scope=scope)
    origins, host = fields.getlist("origin"), fields.getlist("host")
    if len(origins) != 1 or len(host) != 1:
        return None
    forwarded = [text.split(",")[0].strip() for text in fields.getlist("x-forwarded-host")]
    try:
        origin = urlsplit(origins[0])
        default = _DEFAULT_PORTS[origin.scheme]
        for name in (*host, *forwarded[:1]):
            ours = urlsplit(f"//{name}")
            same = (ours.hostname, ours.port or default) == (
                origin.hostname,
                origin.port or default,
            )
            if same and is_host_allowed(name):
                return origin.netloc
    except (KeyError, ValueError):
        return None
    return None


def _is_open(scope: Scope) -> bool:
    """Whether a request's cookies belong to a session that holds."""
    cookies = device_cookie.sent_cookies(scope)
    device = device_cookie.of_cookies(cookies)
    login = dict(cookies).get(device_cookie.LOGIN_COOKIE)
    return device is not None and sign_in.is_open_with(device_cookie.hashed(device), login)


def _allowed_only(receive: Receive) -> Receive:
    async def allowed() -> Message:
        while True:
            message = await receive()
            content = message.get("bytes")
            if message["type"] != "websocket.receive" or content is None or _is_allowed(content):
                return message

    return allowed


def _is_allowed(content: bytes) -> bool:
    try:
        return BackMsg.FromString(content).WhichOneof("type") in ALLOWED_MESSAGES
    except DecodeError:
        return True  # Streamlit says what it thinks of it
