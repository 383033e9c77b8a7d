"""A browser reduced to what matters for access: cookies, a websocket, every frame kept."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import requests
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).resolve().parents[1]


class Visitor:
    """One tab: opens a page, types and clicks by label, keeps all that the server sent."""

    def __init__(self, base_url: str, cookies: Mapping[str, str] | None = None) -> None:
        self.base_url = base_url
        self.http = requests.Session()
        self.http.cookies.update(cookies or {})
        self.frames: list[ForwardMsg] = []
        self.session_id = ""
        self._open = ExitStack()
        self._socket: ClientConnection | None = None
        self._page_hash = ""
        self._values: dict[str, str] = {}

    def open(
        self, page: str = "", query: str = "", *, resume: str = "", forged_hash: str = ""
    ) -> Self:
        """Load the page as a browser does, then run it; `resume` is a session id to present."""
        self.http.get(f"{self.base_url}/{page}", timeout=10)
        self.connect(resume)
        return self.run(page=page, query=query, page_hash=forged_hash)

    def connect(self, resume: str = "") -> Self:
        """Open the websocket only."""
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.http.cookies)
        self.close()
        # Only with this proof that the page is Streamlit's own does it look at st.user's cookie.
        proof = self.http.cookies.get("_streamlit_xsrf")
        protocols = ["streamlit", proof or "none", *([resume] if resume else [])]
        opening = connect(
            self.base_url.replace("http", "ws", 1) + "/_stcore/stream",
            additional_headers={"Cookie": cookies} if cookies else {},
            origin=self.base_url,  # type: ignore[arg-type]
            subprotocols=protocols,  # type: ignore[arg-type]
            max_size=None,
        )
        self._socket = self._open.enter_context(opening)
        if proof:
            self._store(self._socket)
        return self

    def run(
        self,
        *,
        page: str = "",
        query: str = "",
        page_hash: str | None = None,
        fragment: str = "",
        values: Mapping[str, str] | None = None,
        click: str = "",
        timer: bool = False,
        seconds: float = 20.0,
        quiet: float = 0.4,
    ) -> Self:
        """Ask for a run and wait until it has finished, and those that follow within `quiet`."""
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_name, state.fragment_id = query, page, fragment
        state.page_script_hash = self._page_hash if page_hash is None else page_hash
        state.is_auto_rerun = timer
        self._values.update(values or {})
        for id_, text in self._values.items():
            state.widget_states.widgets.add(id=id_, string_value=text)
        if click:
            state.widget_states.widgets.add(id=click, trigger_value=True)
        assert self._socket is not None, "open the page first"
        self._socket.send(message.SerializeToString())
        return self.listen(seconds, quiet)

    def listen(self, seconds: float = 20.0, quiet: float = 0.4) -> Self:
        """Keep frames until the script has finished and nothing follows."""
        assert self._socket is not None, "open the page first"
        until, finished = time.monotonic() + seconds, False
        while time.monotonic() < until:
            try:
                data = self._socket.recv(timeout=quiet if finished else until - time.monotonic())
            except TimeoutError:
                break
            frame = ForwardMsg()
            frame.ParseFromString(data)  # type: ignore[arg-type]
            self.frames.append(frame)
            kind = frame.WhichOneof("type")
            if kind == "new_session":
                self.session_id = frame.new_session.initialize.session_id or self.session_id
                finished = False
            if kind == "navigation":
                self._page_hash = frame.navigation.page_script_hash
            finished = finished or kind == "script_finished"
            if finished and not quiet:
                break
        return self

    def sign_in(self, username: str, password: str) -> Self:
        """Fill the form and press its button; keep the login cookie as the browser would."""
        fields = {element.label: element.id for element in self.elements("text_input")}
        button = next(e.id for e in self.elements("button") if e.label == "Sign in")
        self.run(values={fields["Username"]: username, fields["Password"]: password}, click=button)
        self._values.clear()
        self._store_login_cookie()
        return self

    def press(self, label: str) -> Self:
        """Press a button by its label, as it was drawn last; earlier frames are forgotten."""
        button = [element.id for element in self.elements("button") if element.label == label][-1]
        return self.forget().run(click=button)

    def elements(self, kind: str) -> list:
        """The elements of a kind in all frames, oldest first."""
        return [
            getattr(frame.delta.new_element, kind)
            for frame in self.frames
            if frame.WhichOneof("type") == "delta"
            and frame.delta.WhichOneof("type") == "new_element"
            and frame.delta.new_element.WhichOneof("type") == kind
        ]

    def fragments(self) -> list[str]:
        """The ids of the fragments drawn so far."""
        ids = (f.delta.fragment_id for f in self.frames if f.WhichOneof("type") == "delta")
        timers = (f.auto_rerun.fragment_id for f in self.frames if f.HasField("auto_rerun"))
        return list(dict.fromkeys(id_ for id_ in (*ids, *timers) if id_))

    def bytes_seen(self) -> bytes:
        """All frames as they came over the wire."""
        return b"\n".join(frame.SerializeToString() for frame in self.frames)

    def forget(self) -> Self:
        """Look at what comes from now on only."""
        self.frames.clear()
        return self

    def close(self) -> None:
        """Leave."""
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.close()

    def _store(self, opened: ClientConnection) -> None:
        """Keep and delete the cookies that came with the websocket, as a browser does."""
        assert opened.response is not None, "the websocket is open"
        for field in opened.response.headers.get_all("Set-Cookie"):
            pair, _, flags = field.partition(";")
            name, _, value = pair.partition("=")
            self.http.cookies.pop(name, None)
            if "max-age=0;" not in f"{flags.lower()};":
                self.http.cookies.set(name, value, domain=urlsplit(self.base_url).hostname or "")

    def _store_login_cookie(self) -> None:
        for component in self.elements("component_instance"):
            wanted = json.loads(component.json_args)
            if wanted.get("method") == "set":
                self.http.cookies.set(wanted["cookie"], wanted["value"])


@contextmanager
def server(
    environment: Mapping[str, str], log: Path, *, root: Path = ROOT, port: int = 0
) -> Iterator[str]:
    """A fresh `streamlit run app.py` on a free port; its address, when it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", port))
        port = free.getsockname()[1]
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OWNLI_", "STAFF_", "REPORT_", "AUDIT_", "STREAMLIT_"))
    }
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=root, env={**kept, **environment}, stdout=out, stderr=subprocess.STDOUT
        )
    base_url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                if requests.get(f"{base_url}/_stcore/health", timeout=1).ok:
                    break
            except requests.RequestException:
                time.sleep(0.1)
        else:
            raise RuntimeError(f"the server did not start:\n{log.read_text()}")
        yield base_url
    finally:
        process.terminate()
        process.wait(timeout=20)
