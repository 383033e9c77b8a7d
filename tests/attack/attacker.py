"""A visitor who cheats: any message, any widget state, any header, and a reader of all it gets."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

import requests
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.websocket_client import Visitor

PASSWORD = "correct horse battery"
ADDRESSES = (
    *("", "users", "user", "check_ins", "rewards", "payouts", "weekly_report"),
    *("health", "audit_log", "staff"),
)
FOR_ADMINS = ("health", "audit_log", "staff")
# Words that only a person who is signed in may read.
INSIDE = ("Sign out", "report zone", "Data as of", "Refresh", "Accounts", "Page size learned")


class Attacker(Visitor):
    """A `Visitor` that is not bound to what a browser would send."""

    def __init__(self, base_url: str, cookies: Mapping[str, str] | None = None) -> None:
        super().__init__(base_url)
        for name, value in (cookies or {}).items():
            self.http.cookies.set(name, value, domain="127.0.0.1")

    def run(self, **asked: Any) -> Self:
        """As a visitor does, but in more of a hurry."""
        return super().run(**{"quiet": 0.05, **asked})

    def listen(self, seconds: float = 20.0, quiet: float = 0.05) -> Self:
        """Keep frames until the server says that it is idle, and for `quiet` seconds more."""
        assert self._socket is not None, "connect first"
        until, finished, idle = time.monotonic() + seconds, False, False
        while time.monotonic() < until:
            try:
                wait = quiet if finished and idle else until - time.monotonic()
                data = self._socket.recv(timeout=max(wait, 0.01))
            except TimeoutError:
                break
            frame = ForwardMsg()
            frame.ParseFromString(data)
            self.frames.append(frame)
            kind = frame.WhichOneof("type")
            if kind == "new_session":
                self.session_id = frame.new_session.initialize.session_id or self.session_id
                finished = idle = False
            elif kind == "navigation":
                self._page_hash = frame.navigation.page_script_hash
            elif kind == "script_finished":
                finished = frame.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
            elif kind == "session_status_changed":
                idle = not frame.session_status_changed.script_is_running
        return self

    def send(self, message: BackMsg | bytes | str) -> Self:
        """Send a message, or bytes or text that is none."""
        assert self._socket is not None, "connect first"
        is_message = isinstance(message, BackMsg)
        self._socket.send(message.SerializeToString() if is_message else message)
        return self

    def forge(
        self, states: Mapping[str, Any], *, fragment: str = "", page: str = "", query: str = ""
    ) -> Self:
        """Ask for a run with widget states of any kind: True triggers, ("bool", x) is a value."""
        message = BackMsg()
        state = message.rerun_script
        state.fragment_id, state.page_name, state.query_string = fragment, page, query
        state.page_script_hash = self._page_hash
        for id_, value in states.items():
            kind, content = value if isinstance(value, tuple) else ("trigger", value)
            if isinstance(content, list):
                widget = state.widget_states.widgets.add(id=id_)
                widget.string_array_value.data.extend(content)
            else:
                state.widget_states.widgets.add(id=id_, **{f"{kind}_value": content})
        # An unknown fragment is not answered at all.
        return self.send(message).listen(0.6 if fragment else 10.0)

    def go(self, address: str, query: str = "", *, quiet: float = 0.05) -> Self:
        """Go to another address in the same tab, and forget what came before."""
        return self.forget().run(page=address, query=query, page_hash="", quiet=quiet)

    def operation(self, payload: str, **fields: Any) -> Message:
        """The answer to a backend operation, such as making a deferred file."""
        message = BackMsg()
        request = message.backend_operation_request
        request.request_id, request.session_id = "attack", self.session_id
        part = getattr(request, payload)
        part.SetInParent()
        for name, value in fields.items():
            setattr(part, name, value)
        self.send(message)
        until = time.monotonic() + 15
        while time.monotonic() < until:
            frame = ForwardMsg()
            frame.ParseFromString(self._socket.recv(timeout=until - time.monotonic()))
            self.frames.append(frame)
            if frame.WhichOneof("type") == "backend_operation_response":
                return frame.backend_operation_response
        raise TimeoutError(payload)

    def export(self, label: str) -> str:
        """Click on a download whose label starts so; the address of the file, or nothing."""
        button = [e for e in self.elements("download_button") if e.label.startswith(label)][-1]
        if button.url:
            return self.base_url + button.url
        url = self.operation("deferred_file", file_id=button.deferred_file_id).deferred_file.url
        return self.base_url + url if url else ""

    def fetch(self, url: str) -> requests.Response:
        """A file, with this visitor's cookies."""
        return self.http.get(url, timeout=10, allow_redirects=False)

    def cookies(self) -> dict[str, str]:
        """What the browser holds: the device cookie and, once signed in, the login cookie."""
        return dict(self.http.cookies)

    def id_of(self, kind: str, label: str) -> str:
        """The widget id of the element drawn last under a label."""
        return [e.id for e in self.elements(kind) if e.label.startswith(label)][-1]

    def is_inside(self) -> bool:
        """Whether anything came that only those signed in may read."""
        said = " ".join(text for _, text in self.said())
        return any(word in said for word in INSIDE)

    def is_at_the_sign_in(self) -> bool:
        """Whether the last run drew the sign-in form, and nothing of the inside came."""
        return "Sign in" in [e.label for e in self.elements("button")] and not self.is_inside()

    def said(self) -> Iterator[tuple[str, str]]:
        """Every text of every element and event: the path of its field, and the text."""
        for frame in self.frames:
            yield from _texts("", frame)


def together(job: Callable[[Any], Any], given: Iterable[Any]) -> list[Any]:
    """Do a job for each at once, as several people would."""
    with ThreadPoolExecutor(6) as pool:
        return list(pool.map(job, given))


def _texts(path: str, message: Message) -> Iterator[tuple[str, str]]:
    for field, value in message.ListFields():
        where = f"{path}.{field.name}"
        for item in value if _is_repeated(field) else [value]:
            if field.type == FieldDescriptor.TYPE_MESSAGE:
                if isinstance(item, Message):
                    yield from _texts(where, item)
            elif field.type == FieldDescriptor.TYPE_STRING:
                yield where, item


def _is_repeated(field: FieldDescriptor) -> bool:
    is_map = field.message_type is not None and field.message_type.GetOptions().map_entry
    repeated = getattr(field, "is_repeated", None)
    return not is_map and (
        field.label == FieldDescriptor.LABEL_REPEATED if repeated is None else repeated
    )


# Drawn as it is, or never drawn: no markdown is read there.
INERT = re.compile(
    r"(\.text\.body|\.alt|\.code\.code_text|\.metric\.body|\.options|\.formatted_options|\.columns"
    r"|\.value|\.set_value|\.json_args|\.query_string|id|\.hash)$"
)
# The texts that HOSTILE and the world's own awkward names are made of, where they take effect.
ACTIVE = re.compile(
    r"!\[(zq|pixel)|\[zq\]\(|<(img|b)\b|:red\[|\*\*(zq|Star)|\$(zq|x\^2)|`zq|zq@evil"
    r"|https?://(evil|tracker)|www\.evil|^\s*[#>|] ?zq",
    re.IGNORECASE | re.MULTILINE,
)
HOSTILE = (
    "![zq](http://evil.example/p.png)",
    "[zq](http://evil.example/) http://evil.example/zq",
    "<img src=http://evil.example/p.png onerror=alert(1)> zq",
    ":red[zq] **zq** $zq$ `zq`",
    "zq] ![zq](http://evil.example/p.png) :red[zq",
    "www.evil.example/zq zq@evil.example",
    "<b onmouseover=alert(1)>zq</b> <a href='http://evil.example/'>zq</a>",
    "# zq\n\n> zq\n\n![zq](http://evil.example/p.png)",
)
FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(1+1)", "\t=1+1", "\r=1+1", " =1+1", '=HYPERLINK("x";1+1)')


def active(path: str, text: str) -> str:
    """What of a hostile text would take effect where it stands; empty if nothing."""
    if path.endswith((".spec", ".html.body")):
        texts = _drawn(json.loads(text)) if path.endswith(".spec") else [text]
        found = [re.search(r"<(a|b|img|script)\b[^>]*(evil|tracker|alert|>zq)", t) for t in texts]
        return next((f[0] for f in found if f), "")
    if INERT.search(path):
        return ""
    found_one = ACTIVE.search(re.sub(r"\\[^\w\s]", " ", text))
    return found_one[0] if found_one else ""


def _drawn(chart: dict) -> Iterator[str]:
    """The texts of a chart that are drawn: of what its marks carry, what their hover names."""
    for trace in chart.get("data", []):
        carried = trace.pop("customdata", None)
        templates = " ".join(_strings(trace))
        yield from _strings(trace)
        if "%{customdata}" in templates:
            yield from _strings(carried)
        for index in set(re.findall(r"customdata\[(\d+)\]", templates)):
            yield from (t for row in carried or [] for t in _strings(row[int(index)]))
    yield from _strings({**chart, "data": []})


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
