"""The stand-in Ownli as a real HTTP server on loopback: one thread, from `start` to `stop`."""

import secrets
import socket
import threading
import time
from datetime import datetime
from typing import Self

import uvicorn

from ownli_api.sandbox import answers, lists
from ownli_api.sandbox.app import App, Seen
from ownli_api.sandbox.faults import Faults
from ownli_api.sandbox.world import World

HOST = "127.0.0.1"
START_SECONDS = 20.0
STOP_SECONDS = 10.0
BACKLOG = 256
KEEP_ALIVE_SECONDS = 60


class Sandbox:
    """An Ownli of one partner on 127.0.0.1, from `start` to `stop` or as a context manager.

    times: how answers show times, which the world keeps in microseconds and which lists are
    filtered and sorted by: "cut" to milliseconds, "round" to milliseconds, whole "sec", "us" for
    microseconds; with "ms" the world itself keeps whole milliseconds. ties: how rows of the same
    sort value are ordered: by "id", in "reverse", or "shuffle", another way at each request.
    `partner_id`, `client_id`, `client_secret` are what it accepts; None lets it make them up.
    payouts_path: where the partner-wide payouts list is, None for nowhere. hooks: whether
    `/_sandbox/...` answers (see `hooks`). ValueError for other words.
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        times: str = "cut",
        ties: str = "id",
        faults: Faults | None = None,
        port: int = 0,
        partner_id: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        payouts_path: str | None = None,
        hooks: bool = False,
    ) -> None:
        if times not in answers.TIMES or ties not in lists.TIES:
            raise ValueError(f"times: {', '.join(answers.TIMES)}; ties: {', '.join(lists.TIES)}")
        self.world = World.make() if world is None else world
        if times == "ms":
            self.world.keep_milliseconds()
        self.faults = Faults() if faults is None else faults
        self.partner_id = partner_id or "XT_PARTNERDEMO"
        self.client_id = client_id or f"sandbox-{secrets.token_hex(6)}"
        self.client_secret = client_secret or secrets.token_urlsafe(24)
        self.base_url = ""
        self._times = times
        self._port = port
        self._app = App(
            self.world,
            self.faults,
            (self.partner_id, self.client_id, self.client_secret),
            times=times,
            ties=ties,
            payouts_path=payouts_path,
            with_hooks=hooks,
        )
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

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
                server_header=False,
                date_header=False,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=1,
            )
        )
        self._thread = threading.Thread(
            target=lambda: server.run(sockets=[listening]), name="sandbox", daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                listening.close()
                raise RuntimeError("the sandbox did not start")
            time.sleep(0.002)
        return self

    def stop(self) -> None:
        """Stop serving; safe to call twice."""
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        self._thread.join(STOP_SECONDS)
        self._server = self._thread = None

    def shown(self, at: datetime) -> datetime:
        """The moment that answers name for one of the world, as `times` says."""
        return datetime.fromisoformat(answers.written(at, self._times))

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
