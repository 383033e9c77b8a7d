"""The stand-in Ownli as a real HTTP server on loopback: one thread, from `start` to `stop`."""

import secrets
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Self

import uvicorn

from ownli_api.sandbox.app import App, Seen
from ownli_api.sandbox.faults import Faults
from ownli_api.sandbox.world import World

__all__ = ["Sandbox", "Seen"]

HOST = "127.0.0.1"
START_SECONDS = 20.0
STOP_SECONDS = 10.0
BACKLOG = 256
LIVE_TICK_SECONDS = 1.0
KEEP_ALIVE_SECONDS = 60


class Sandbox:
    """An Ownli of one partner on 127.0.0.1, from `start` to `stop` or as a context manager.

    `partner_id`, `client_id`, `client_secret` are what it accepts; None lets it make them up.
    payouts_path: where the partner-wide payouts list is, None for nowhere. hooks: whether
    `/_sandbox/...` answers (see `hooks`). live: how many times as fast as its last weeks the world
    goes on by itself, None for not at all.
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        faults: Faults | None = None,
        port: int = 0,
        partner_id: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        payouts_path: str | None = None,
        hooks: bool = False,
        live: float | None = None,
    ) -> None:
        self.world = World.make() if world is None else world
        self.faults = Faults() if faults is None else faults
        self.world.clock_offset_seconds = lambda: self.faults.clock_offset_seconds
        self.partner_id = partner_id or "XT_PARTNERDEMO"
        self.client_id = client_id or f"sandbox-{secrets.token_hex(6)}"
        self.client_secret = client_secret or secrets.token_urlsafe(24)
        self.base_url = ""
        self._port = port
        self._live = live
        self._app = App(
            self.world,
            self.faults,
            (self.partner_id, self.client_id, self.client_secret),
            payouts_path=payouts_path,
            hooks=hooks,
        )
        self._server: uvicorn.Server | None = None
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()

    def __repr__(self) -> str:
        return f"Sandbox({self.base_url or 'stopped'})"

    def start(self) -> Self:
        """Serve in a thread of its own; returns when it answers. OSError if the port is taken."""
        if self._server is not None:
            raise RuntimeError("this sandbox runs already")
        listening = _listening(self._port)
        self.base_url = f"http://{HOST}:{listening.getsockname()[1]}"
        self._server = server = uvicorn.Server(
            uvicorn.Config(
                self._app,
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                date_header=False,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=1,
            )
        )
        self._stopping.clear()
        self._run("sandbox", lambda: server.run(sockets=[listening]))
        deadline = time.monotonic() + START_SECONDS
        while not server.started:
            if time.monotonic() > deadline or not self._threads[0].is_alive():
                listening.close()
                raise RuntimeError("the sandbox did not start")
            time.sleep(0.002)
        if self._live is not None:
            self._run("sandbox-life", self._go_on)
        return self

    def stop(self) -> None:
        """Stop serving; safe to call twice."""
        if self._server is None:
            return
        self._stopping.set()
        self._server.should_exit = True
        for thread in self._threads:
            thread.join(STOP_SECONDS)
        self._server, self._threads = None, []

    def now(self) -> datetime:
        """The server's clock, UTC: the world's present, which the clock fault shifts."""
        return self.world.now()

    @property
    def requests(self) -> list[Seen]:
        """The requests answered so far, oldest first (the newest 100,000 are kept)."""
        return list(self._app.seen)

    def forget(self) -> None:
        """Start counting requests anew."""
        self._app.seen.clear()

    def expire_tokens(self) -> None:
        """Every token handed out so far is refused from now on."""
        self._app.mint.forget()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _go_on(self) -> None:
        while not self._stopping.wait(LIVE_TICK_SECONDS):
            self.world.live(self.now(), self._live or 0.0)


def _listening(port: int) -> socket.socket:
    # Only of a socket that says TCP does asyncio switch Nagle's algorithm off; else every answer
    # of more than one segment waits 40 ms for the other side's delayed acknowledgement.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening
