"""What of Streamlit's own server this dashboard leaves shut: foreign names, spare doors, knobs."""

from __future__ import annotations

from google.protobuf.message import DecodeError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from pages.access import hosts

# No screen takes uploads, and Health tells more than the metrics, to those who may know.
SHUT = ("/_stcore/upload_file/", "/_stcore/metrics")
# A load balancer asks by whatever name it knows.
HEALTH = "/_stcore/health"
# What a page of ours has its browser say; the rest are knobs for whoever develops an app.
SPOKEN = frozenset({"rerun_script", "stop_script", "app_heartbeat", "backend_operation_request"})
NOT_OUR_NAME = (
    "This dashboard does not answer to this name. Whoever runs it can add the name to the setting "
    "server.hosts (SERVER_HOSTS)."
)


class Doors:
    """Middleware that answers only to our own names, and only what a page of ours asks."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what belongs here; the names of websockets are checked by Streamlit itself."""
        if scope["type"] == "websocket":
            await self.app(scope, _spoken_only(receive), send)
        elif scope["type"] != "http":
            await self.app(scope, receive, send)
        elif not scope["path"].endswith(HEALTH) and not _is_ours(scope):
            await _refuse(send, 421, NOT_OUR_NAME)
        elif any(door in f"{scope['path']}/" for door in SHUT):
            await _refuse(send, 404, "")
        else:
            await self.app(scope, receive, send)


def _is_ours(scope: Scope) -> bool:
    named = [value for name, value in scope["headers"] if name == b"host"]
    return len(named) == 1 and hosts.answers_to(_name(named[0].decode("latin-1")))


def _name(host: str) -> str:
    """The name of a Host header without its port: `127.0.0.1`, `::1`."""
    text = host.strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.rpartition(":")[0] if ":" in text else text


def _spoken_only(receive: Receive) -> Receive:
    async def spoken() -> Message:
        while True:
            message = await receive()
            content = message.get("bytes")
            if message["type"] != "websocket.receive" or content is None or _is_spoken(content):
                return message

    return spoken


def _is_spoken(content: bytes) -> bool:
    try:
        return BackMsg.FromString(content).WhichOneof("type") in SPOKEN
    except DecodeError:
        return True  # Streamlit says what it thinks of it


async def _refuse(send: Send, status: int, sentence: str) -> None:
    kind = (b"content-type", b"text/plain; charset=utf-8")
    await send({"type": "http.response.start", "status": status, "headers": [kind]})
    await send({"type": "http.response.body", "body": sentence.encode()})
