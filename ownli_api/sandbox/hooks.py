"""Test hooks over HTTP, for a sandbox in another process; off unless asked for.

GET /_sandbox/requests: count, and count by path template; DELETE starts anew.
POST /_sandbox/faults: {"clear": true, "set": {setting: value}, "add": [{"kind": ..., ...}]}.
POST /_sandbox/world: {"do": "step", "n": 50, "seed": 1}, or any of the methods in `DOINGS` with its
arguments, times as ISO-8601 text. GET /_sandbox/world: how many records of each sort there are.
POST /_sandbox/tokens: every token handed out so far is refused.
"""

import json
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ownli_api.sandbox.faults import Faults
from ownli_api.sandbox.tokens import Mint
from ownli_api.sandbox.world import World

if TYPE_CHECKING:
    from ownli_api.sandbox.app import Seen

DOINGS = (
    *("submit_check_in", "decide", "send_again", "claim", "grant", "register"),
    *("touch", "vanish", "amend", "step", "live"),
)
COUNTED = ("users", "vehicles", "check_ins", "rewards", "payouts")


class Hooks:
    """Answers the hooks of one sandbox; they need no credentials, as nothing leaves the machine."""

    prefix = "/_sandbox/"

    def __init__(self, world: World, faults: Faults, seen: "deque[Seen]", mint: Mint) -> None:
        self._world = world
        self._faults = faults
        self._seen = seen
        self._mint = mint

    async def answer(self, request: Request) -> Response:
        """Do what is asked; 400 with the reason if it cannot be done, 404 for no such hook."""
        name = request.url.path.removeprefix(self.prefix)
        doing: dict[tuple[str, str], Callable[[dict[str, Any]], Any]] = {
            ("GET", "requests"): self._requests,
            ("DELETE", "requests"): self._forget,
            ("POST", "faults"): self._plant,
            ("POST", "world"): self._change,
            ("GET", "world"): self._count,
            ("POST", "tokens"): self._expire,
        }
        do = doing.get((request.method, name))
        if do is None:
            return JSONResponse({"error": "no such hook"}, 404)
        try:
            body = json.loads(await request.body() or "{}")
            return JSONResponse(do(body))
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            return JSONResponse({"error": f"{type(problem).__name__}: {problem}"}, 400)

    def _requests(self, _body: dict[str, Any]) -> Any:
        seen = list(self._seen)
        by_template = Counter(one.template or "unknown" for one in seen)
        return {"count": len(seen), "by_template": by_template}

    def _forget(self, _body: dict[str, Any]) -> Any:
        self._seen.clear()
        return {"count": 0}

    def _plant(self, body: dict[str, Any]) -> Any:
        if body.get("clear"):
            self._faults.clear()
        self._faults.set(**body.get("set", {}))
        for options in body.get("add", []):
            self._faults.add(**options)
        return {"rules": len(self._faults.rules)}

    def _change(self, body: dict[str, Any]) -> Any:
        name = body.pop("do")
        if name not in DOINGS:
            raise ValueError(f"nobody can {name}")
        if name == "step":
            body["rng"] = Random(body.pop("seed", None))
        for time_name in ("at", "now"):
            if time_name in body:
                body[time_name] = datetime.fromisoformat(body[time_name])
        done = getattr(self._world, name)(**body)
        if isinstance(done, list):
            return {"done": [asdict(one) for one in done]}
        return {"done": asdict(done) if is_dataclass(done) and not isinstance(done, type) else None}

    def _count(self, _body: dict[str, Any]) -> Any:
        with self._world.lock:
            return {name: len(getattr(self._world, name)) for name in COUNTED}

    def _expire(self, _body: dict[str, Any]) -> Any:
        self._mint.forget()
        return {"expired": True}
