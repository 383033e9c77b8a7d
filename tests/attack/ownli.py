"""A man in the middle before the stand-in Ownli: it records, rewrites answers and misbehaves."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

# What a rewriting function does with one text: its key, the text, the new text.
Rewrite = Callable[[str, str], str]


class Middleman:
    """What went through, and how to misbehave: `mode` and `rewrite` may change at any time."""

    MODES = ("plain", "echo", "html", "cut", "redirect", "refuse")

    def __init__(self, upstream: str) -> None:
        self.upstream, self.base_url = upstream, ""
        self.mode = "plain"
        self.rewrite: Rewrite | None = None
        self.redirect_to = ""
        self.calls: list[tuple[str, str]] = []
        self.tokens: set[str] = set()
        self.misbehaved: set[str] = set()

    def answer(self, method: str, path: str, headers: dict, body: bytes) -> tuple[int, dict, bytes]:
        """Pass a request on, or do what `mode` says."""
        self.calls.append((method, path))
        is_token = path.startswith("/api/auth/token")
        if self.mode != "plain" and not (is_token and self.mode != "echo"):
            self.misbehaved.add(self.mode)
            return self._misbehave(headers, body)
        passed_on = {k: v for k, v in headers.items() if k.lower() in PASSED_ON}
        got = requests.request(
            method, self.upstream + path, headers=passed_on, data=body or None, timeout=10
        )
        content = got.content
        if is_token and got.ok:
            self.tokens.add(got.json()["access_token"])
        elif self.rewrite and got.ok:
            content = json.dumps(_rewritten("", got.json(), self.rewrite)).encode()
        return got.status_code, {"Content-Type": got.headers.get("Content-Type", "")}, content

    def _misbehave(self, headers: dict, body: bytes) -> tuple[int, dict, bytes]:
        told = f"{headers.get('Authorization', '')} {body.decode(errors='replace')}"
        if self.mode == "echo":
            error = {"error_code": f"ERROR {told}", "error_message": f"you sent {told}"}
            return 500, {"Content-Type": "application/json"}, json.dumps(error).encode()
        if self.mode == "html":
            page = f"<html><script>alert(1)</script>{told}</html>"
            return 200, {"Content-Type": "text/html"}, page.encode()
        if self.mode == "cut":
            return 200, {"Content-Type": "application/json"}, f'{{"users": ["{told}'.encode()
        if self.mode == "redirect":
            return 302, {"Location": self.redirect_to}, b""
        return 401, {}, told.encode()


PASSED_ON = {"authorization", "content-type", "accept"}


def _rewritten(key: str, value: Any, rewrite: Rewrite) -> Any:
    if isinstance(value, dict):
        return {name: _rewritten(name, item, rewrite) for name, item in value.items()}
    if isinstance(value, list):
        return [_rewritten(key, item, rewrite) for item in value]
    return rewrite(key, value) if isinstance(value, str) else value


@contextmanager
def middleman(upstream: str) -> Iterator[Middleman]:
    """A middleman listening on loopback."""
    man = Middleman(upstream)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _all(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, content = man.answer(self.command, self.path, dict(self.headers), body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _all

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    man.base_url = f"http://127.0.0.1:{listening.server_port}"
    try:
        yield man
    finally:
        listening.shutdown()
        listening.server_close()
