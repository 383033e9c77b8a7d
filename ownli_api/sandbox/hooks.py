"""Test hooks over HTTP, for a sandbox in another process; off unless asked for.

GET /_sandbox/requests: count, and count by path template; DELETE starts anew.
POST /_sandbox/faults: {"clear": true, "set": {setting: value}, "add": [{"kind": ..., ...}]}.
POST /_sandbox/world: {"do": "step", "n": 50, "seed": 1}, or any of the methods in `DOINGS` with its
arguments, times as ISO-8601 text. GET /_sandbox/world: how many records of each sort there are.
"""

import json
from collections import Counter, deque
from dataclasses import asdict
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from ownli_api.sandbox.faults import Faults, json_response
from ownli_api.sandbox.world import World

if TYPE_CHECKING:
    from ownli_api.sandbox.app import Seen

PREFIX = "/_sandbox/"
DOINGS = (
    *("submit_check_in", "decide", "send_again", "claim", "undo_claim", "grant", "register"),
    *("vanish", "step"),
)
COUNTED = ("users", "vehicles", "check_ins", "rewards", "payouts")


class Hooks:
    """Answers the hooks of one sandbox; they need no credentials, as nothing leaves the machine."""

    def __init__(self, world: World, faults: Faults, seen: "deque[Seen]") -> None:
        self._world = world
        self._faults = faults
        self._seen = seen

    async def answer(self, request: Request) -> Response:
        """Do what is asked; 400 with the reason if it cannot be done, 404 for no such hook."""
        try:
            body = json.loads(await request.body() or "{}")
            match request.method, request.url.path.removeprefix(PREFIX):
                case "GET", "requests":
                    by_template = Counter(one.template or "unknown" for one in self._seen)
                    return json_response({"count": len(self._seen), "by_template": by_template})
                case "DELETE", "requests":
                    self._seen.clear()
                    return json_response({"count": 0})
                case "GET", "world":
                    with self._world.lock:
                        counts = {name: len(getattr(self._world, name)) for name in COUNTED}
                    return json_response(counts)
                case "POST", "world":
                    return json_response({"done": self._change(body)})
                case "POST", "faults":
                    if body.get("clear"):
                        self._faults.clear()
                    self._faults.set(**body.get("set", {}))
                    for options in body.get("add", []):
                        self._faults.add(**options)
                    return json_response({"rules": len(self._faults.rules)})
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            return json_response({"error": f"{type(problem).__name__}: {problem}"}, 400)
        return json_response({"error": "no such hook"}, 404)

    def _change(self, body: dict[str, Any]) -> Any:
        name = body.pop("do")
        if name not in DOINGS:
            raise ValueError(f"nobody can {name}")
        if name == "step":
            body["rng"] = Random(body.pop("seed", None))
        if "at" in body:
            body["at"] = datetime.fromisoformat(body["at"])
        done = getattr(self._world, name)(**body)
        if isinstance(done, list):
            return [asdict(one) for one in done]
        return done and asdict(done)
