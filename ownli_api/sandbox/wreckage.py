"""Answers nobody wants: error pages, broken bodies, silent and dropped connections."""

import asyncio
import json
import time
from contextlib import suppress
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ownli_api.sandbox import refusals
from ownli_api.sandbox.faults import Rule

HTML_PAGE = (
    "<!DOCTYPE html><html><head><title>{title}</title></head>"
    "<body><center><h1>{title}</h1></center><hr><center>nginx</center></body></html>"
)
HALF_A_LIST = '{"totalItems": 3, "currentPage": 0, "checkins": [{"id": "XT_'
WRONG_SHAPE = {"message": "ok"}
CODES = {
    400: refusals.INVALID_PARAMETERS,
    401: "",
    403: refusals.NO_PERMISSIONS,
    404: refusals.USER_NOT_FOUND,
    409: refusals.CONFLICT,
    429: refusals.TOO_MANY_REQUESTS,
    500: refusals.INTERNAL,
}


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
        await send(
            {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True}
        )
        send.__self__.transport.close()  # type: ignore[attr-defined]


class Pace:
    """A rate limit: so many requests a second, a second's worth at once."""

    def __init__(self) -> None:
        self._room = 0.0
        self._at = 0.0

    def allows(self, per_second: float) -> bool:
        """Whether one more request is allowed now; counts it if so."""
        now = time.monotonic()
        self._room = min(per_second, self._room + (now - self._at) * per_second)
        self._at = now
        if self._room < 1:
            return False
        self._room -= 1
        return True


def response(rule: Rule, path: str) -> Response:
    """What a rule answers instead of the right answer."""
    match rule.kind:
        case "html":
            page = rule.value or HTML_PAGE.format(title="Welcome")
            return Response(page, media_type="text/html")
        case "not_json":
            return Response(rule.value or HALF_A_LIST, media_type="application/json")
        case "wrong_shape":
            return _json(WRONG_SHAPE if rule.value is None else rule.value, 200)
        case "hang":
            return Broken(rule.seconds)
        case "drop":
            return Broken()
    return _error(rule, path)


def cut_short(whole: Response) -> Response:
    """A right answer of which only the first half arrives."""
    return CutShort(whole)


def too_many() -> dict[str, str]:
    """The body of a 429; the documentation shows none."""
    return {"error_code": refusals.TOO_MANY_REQUESTS, "error_message": "Too many requests"}


def _error(rule: Rule, path: str) -> Response:
    status = int(rule.kind)
    headers = {}
    if rule.retry_after is not None:
        headers["Retry-After"] = f"{rule.retry_after:g}"
    code = CODES.get(status) if rule.error_code is None else rule.error_code
    if status == 404 and rule.error_code is None and "/vehicles" in path:
        code = refusals.VEHICLE_NOT_FOUND
    if code == "":
        return Response(b"", status, headers)
    if code is None:
        title = {502: "502 Bad Gateway", 503: "503 Service Unavailable"}.get(
            status, "504 Gateway Time-out"
        )
        return Response(HTML_PAGE.format(title=title), status, headers, "text/html")
    return _json({"error_code": code, "error_message": "Planted fault"}, status, headers)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _json(body: Any, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(body), status, headers, "application/json")
