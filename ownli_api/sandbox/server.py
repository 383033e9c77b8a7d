"""The stand-in Ownli as a real HTTP server on loopback."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from ownli_api.sandbox.faults import Faults
from ownli_api.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Seen:
    """One request the sandbox answered: `template` is the documented path, None for an unknown one."""

    method: str
    path: str
    template: str | None
    query: dict[str, str]
    status: int  # 0: the connection was dropped
    at: float


class Sandbox:
    """An Ownli of one partner on 127.0.0.1, from `start` to `stop` or as a context manager.

    `partner_id`, `client_id`, `client_secret` are what it accepts; None lets it make them up.
    """

    base_url: str
    partner_id: str
    client_id: str
    client_secret: str
    faults: Faults
    world: World

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
        raise NotImplementedError

    def start(self) -> Self:
        """Serve in a thread of its own; returns when it answers."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop serving; safe to call twice."""
        raise NotImplementedError

    def now(self) -> datetime:
        """The server's clock, UTC: the world's present plus the clock fault."""
        raise NotImplementedError

    @property
    def requests(self) -> list[Seen]:
        """The requests answered so far, oldest first (the newest 100,000 are kept)."""
        raise NotImplementedError

    def forget(self) -> None:
        """Start counting requests anew."""
        raise NotImplementedError

    def expire_tokens(self) -> None:
        """Every token handed out so far is refused from now on."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
