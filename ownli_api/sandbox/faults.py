"""What can be made to go wrong in the stand-in: standing settings and rules for some requests."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from threading import RLock
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

# The documented error code of each status; "" has no body, None is a gateway's HTML page. The
# documentation shows no code for 409 and 429; the words are the sandbox's own.
CODES = {
    "400": "ERROR_INVALID_PARAMETERS",
    "401": "",
    "403": "ERROR_NO_PERMISSIONS_TO_RESOURCE",
    "404": "ERROR_USER_NOT_FOUND",
    "409": "ERROR_CONFLICT",
    "429": "ERROR_TOO_MANY_REQUESTS",
    "500": "INTERNAL_SERVER_ERROR",
    **dict.fromkeys(("502", "503", "504")),
}
INSTEAD = (*CODES, "html", "not_json", "wrong_shape", "hang", "drop", "cut_short")
ALTERED = ("missing_field", "wrong_type", "unknown_word", "total_items")
KINDS = (*INSTEAD, *ALTERED, "slow", "repeat_page")
HTML_PAGE = "<!DOCTYPE html><html><head><title>{title}</title></head><body>{title}</body></html>"
HALF_A_LIST = '{"totalItems": 3, "currentPage": 0, "checkins": [{"id": "XT_'
WRONG_SHAPE = {"message": "ok"}


@dataclass
class Rule:
    """One fault for requests whose path starts with `path` and whose query holds `query`.

    kind: one of `KINDS`. times: how many matching requests it hits, None for every one. after: how
    many matching requests pass unharmed first. The rest are options of some kinds.

    - "400" to "504": `error_code` (None: the documented one, or a gateway's HTML page for 502 to
      504; "": no body). 429: `retry_after` seconds for the header, None for no header.
    - "html", "not_json", "wrong_shape": answered with 200; `value` replaces the body.
    - "hang": no answer for `seconds`, then the connection is dropped. "drop": dropped at once.
      "cut_short": dropped after half of a right answer. "slow": a right answer after `seconds`.
    - "missing_field", "wrong_type", "unknown_word": `field` (dots lead inwards: "owner.id") of the
      first and every `every`-th item after it; `value` is what is sent instead.
    - "total_items": `value` is a number to send, a text such as "+3" or "-3" to shift the right one
      by, or None to leave it out. "repeat_page": a later page shows the rows of the one before it.
    """

    kind: str
    path: str = "/api"
    times: int | None = 1
    after: int = 0
    query: Mapping[str, str] = field(default_factory=dict)
    error_code: str | None = None
    retry_after: float | None = None
    seconds: float = 60.0
    field: str = "id"
    every: int = 1
    value: Any = None
    hits: int = 0

    def matches(self, path: str, query: Mapping[str, str]) -> bool:
        """Whether a request is one of those this rule is about."""
        return path.startswith(self.path) and self.query.items() <= query.items()

    def strikes(self) -> bool:
        """Count a matching request; whether the rule hits it."""
        if self.after > 0:
            self.after -= 1
            return False
        if self.times is not None and self.hits >= self.times:
            return False
        self.hits += 1
        return True


@dataclass
class Faults:
    """The faults of one sandbox; may be changed while it runs. The defaults do no harm."""

    latency_seconds: float = 0.0
    page_cap: int | None = None  # a larger `size` is cut silently
    refuse_size_over: int | None = None  # a larger `size` is answered 400
    token_seconds: float = 3600.0  # how long a token really lives
    token_says_seconds: int | None = None  # `expires_in`; None tells the truth
    requests_per_second: float | None = None  # more are answered 429 with Retry-After
    by_id: bool = True  # whether the inferred GET /api/users/by-id/{id} exists
    nulls: bool = False  # absent values are sent as null and not left out
    insert_rows_while_paging: int = 0  # new rows in a list after each page of it
    insert_rows_dated: str = "now"  # "now", or "oldest" to shift every later page
    vanish_rows_while_paging: int = 0  # rows gone from a list's old end after each page of it
    drift_limit: int | None = None  # pages after which rows come and go no more; None: for ever
    rules: list[Rule] = field(default_factory=list)
    _lock: Any = field(default_factory=RLock, repr=False, compare=False)
    _room: float = field(default=0.0, repr=False, compare=False)
    _room_at: float = field(default=0.0, repr=False, compare=False)

    def add(
        self, kind: str, path: str = "/api", times: int | None = 1, after: int = 0, **options: Any
    ) -> Rule:
        """Plant a fault: `add("429", "/api/rewards", times=2, retry_after=1)`. See `Rule`."""
        if kind not in KINDS:
            raise ValueError(f"no such fault: {kind}; there are {', '.join(KINDS)}")
        rule = Rule(kind, path, times, after, **options)
        with self._lock:
            self.rules.append(rule)
        return rule

    def clear(self) -> None:
        """Back to a server that does no harm."""
        calm = Faults()
        self.set(**{name: getattr(calm, name) for name in _settings()})
        self.rules = []

    def set(self, **settings: Any) -> None:
        """Change standing settings by name; ValueError for an unknown one."""
        if unknown := sorted(settings.keys() - _settings()):
            raise ValueError(f"no such setting: {', '.join(unknown)}")
        with self._lock:
            for name, value in settings.items():
                setattr(self, name, value)

    def striking(self, path: str, query: Mapping[str, str]) -> list[Rule]:
        """The rules that hit this request; those with a number of times are used up by it.

        The one that answers instead of the right answer, if any, comes first, and alone unless it
        is "cut_short": a request that gets another answer uses up no rule about right answers.
        """
        with self._lock:
            matching = [rule for rule in self.rules if rule.matches(path, query)]
            instead = [rule for rule in matching if rule.kind in INSTEAD]
            hit = next((rule for rule in instead if rule.strikes()), None)
            if hit is not None and hit.kind != "cut_short":
                return [hit]
            others = [rule for rule in matching if rule.kind not in INSTEAD and rule.strikes()]
            return others if hit is None else [hit, *others]

    def drifts(self) -> bool:
        """Whether rows come and go after this page; counts it."""
        with self._lock:
            if not (self.insert_rows_while_paging or self.vanish_rows_while_paging):
                return False
            if self.drift_limit is None:
                return True
            self.drift_limit -= 1
            return self.drift_limit >= 0

    def too_many(self) -> bool:
        """Whether this request is one more than `requests_per_second` allows; counts it if not."""
        if not self.requests_per_second:
            return False
        now = time.monotonic()
        passed = (now - self._room_at) * self.requests_per_second
        self._room = min(self.requests_per_second, self._room + passed)
        self._room_at = now
        if self._room < 1:
            return True
        self._room -= 1
        return False


def _settings() -> set[str]:
    return {one.name for one in fields(Faults) if one.name != "rules" and one.name[0] != "_"}


def altered(answer: Any, rules: list[Rule]) -> Any:
    """A right answer with its items or its total made wrong."""
    changes = [rule for rule in rules if rule.kind in ALTERED]
    for rule in changes:
        if rule.kind != "total_items":
            for item in _items_of(answer)[:: rule.every]:
                _change_field(item, rule)
        elif isinstance(answer, dict) and "totalItems" in answer:
            right = answer.pop("totalItems")
            if rule.value is not None:
                shifted = isinstance(rule.value, str)
                answer["totalItems"] = right + int(rule.value) if shifted else rule.value
    return answer


def _items_of(answer: Any) -> list[Any]:
    """The records an answer holds: of an envelope, of a bare array, or the one object itself."""
    if isinstance(answer, list):
        return answer
    if "itemsOnPage" in answer:
        return next(value for value in answer.values() if isinstance(value, list))
    return [answer]


def _change_field(item: Any, rule: Rule) -> None:
    *outer, name = rule.field.split(".")
    for step in outer:
        item = item.get(step)
        if not isinstance(item, dict):
            return
    if rule.kind == "missing_field":
        item.pop(name, None)
    elif rule.value is not None:
        item[name] = rule.value
    else:
        item[name] = "Reconsidered" if rule.kind == "unknown_word" else {"not": ["expected"]}


class Broken(Response):
    """A connection that ends without an answer, after `seconds` of silence."""

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__()
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Wait for the caller to give up or the silence to end, then drop the connection."""
        if self._seconds:
            with suppress(TimeoutError):
                await asyncio.wait_for(_gone(receive), self._seconds)
        # ASGI knows no way to hang up without a word; uvicorn's `send` belongs to the connection.
        send.__self__.transport.abort()  # type: ignore[attr-defined]


class CutShort(Broken):
    """An answer that promises a whole body and stops half way."""

    def __init__(self, whole: Response) -> None:
        super().__init__()
        self._whole = whole

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send the headers and half of the body, then hang up."""
        body = bytes(self._whole.body)
        start = {"type": "http.response.start", "status": self._whole.status_code}
        await send({**start, "headers": self._whole.raw_headers})
        half = body[: len(body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        send.__self__.transport.close()  # type: ignore[attr-defined]


def response(rule: Rule, path: str) -> Response:
    """What a rule answers instead of the right answer."""
    match rule.kind:
        case "html":
            page = rule.value or HTML_PAGE.format(title="Welcome")
            return Response(page, media_type="text/html")
        case "not_json":
            return Response(rule.value or HALF_A_LIST, media_type="application/json")
        case "wrong_shape":
            return json_response(WRONG_SHAPE if rule.value is None else rule.value)
        case "hang":
            return Broken(rule.seconds)
        case "drop":
            return Broken()
    status = int(rule.kind)
    headers = {} if rule.retry_after is None else {"Retry-After": f"{rule.retry_after:g}"}
    code = CODES[rule.kind] if rule.error_code is None else rule.error_code
    if code is None:
        return Response(HTML_PAGE.format(title=f"{status} nginx"), status, headers, "text/html")
    if code == CODES["404"] and "/vehicles" in path:
        code = "ERROR_VEHICLE_NOT_FOUND"
    body = {"error_code": code, "error_message": "Planted fault"} if code else None
    return json_response(body, status, headers)


def json_response(
    body: Any,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    show: Callable[[Any], str] = str,
) -> Response:
    """A JSON answer, an empty one for None; `show` writes what JSON does not know."""
    if body is None:
        return Response(b"", status, headers)
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=show)
    return Response(text.encode(), status, headers, "application/json")


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
