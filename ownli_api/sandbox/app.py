"""What happens to one request: harm, credentials, scope, parameters, answer, and a note of it."""

import asyncio
import hmac
import json
import time
from collections import deque
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from ownli_api.sandbox import endpoints, parameters, refusals, wreckage
from ownli_api.sandbox.answers import Answers
from ownli_api.sandbox.endpoints import Call, Endpoint
from ownli_api.sandbox.facts import SECOND
from ownli_api.sandbox.faults import Faults, Harm, altered
from ownli_api.sandbox.hooks import Hooks
from ownli_api.sandbox.lists import drift
from ownli_api.sandbox.refusals import Refusal
from ownli_api.sandbox.selection import Selections
from ownli_api.sandbox.tokens import ADMIN, SCOPES, Mint
from ownli_api.sandbox.world import World

KEPT_REQUESTS = 100_000
LEGACY_HEADERS = ("partnerid", "clientid", "clientsecret")
CREDENTIALS = ("partnerId", "clientId", "clientSecret")
# The documentation names no date for the old way; RFC 9745 wants one, so the first of the JWT era.
DEPRECATION = {
    "Deprecation": "@1704067200",
    "Link": '<https://docs.ownli.co/docs/api/getting-started>; rel="deprecation"',
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One request: `template` is the documented path or None; status 0 is a dropped connection."""

    method: str
    path: str
    template: str | None
    query: dict[str, str]
    status: int
    at: float


class App:
    """The ASGI application of one sandbox."""

    def __init__(
        self,
        world: World,
        faults: Faults,
        credentials: tuple[str, str, str],
        *,
        payouts_path: str | None = None,
        hooks: bool = False,
    ) -> None:
        self.seen: deque[Seen] = deque(maxlen=KEPT_REQUESTS)
        self.mint = Mint(credentials[0])
        self._world = world
        self._faults = faults
        self._credentials = credentials
        self._selections = Selections(world)
        self._pace = wreckage.Pace()
        self._hooks = Hooks(world, faults, self.seen, self.mint) if hooks else None
        read = list(endpoints.READ)
        if payouts_path is not None:
            read.append(endpoints.payouts_of_all_users(payouts_path))
        # Paths without placeholders first, or `/api/users/list` would be a user called "list".
        self._read = {
            one.template: one for one in sorted(read, key=lambda one: "{" in one.template)
        }
        templates = (endpoints.TOKEN_PATH, *self._read, *endpoints.WRITE_ONLY)
        self._routes = [
            Route(one, _unused) for one in sorted(templates, key=lambda one: "{" in one)
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        if self._hooks is not None and request.url.path.startswith(self._hooks.prefix):
            await (await self._hooks.answer(request))(scope, receive, send)
            return
        template, path = self._find(scope)
        query = dict(request.query_params)
        harm = self._faults.harm(request.url.path, query)
        if harm.wait_seconds:
            await asyncio.sleep(harm.wait_seconds)
        response = await self._response(request, template, path, harm)
        status = 0 if isinstance(response, wreckage.Broken) else response.status_code
        self.seen.append(
            Seen(request.method, request.url.path, template, query, status, time.time())
        )
        response.headers["date"] = formatdate(self._now(), usegmt=True)
        await response(scope, receive, send)

    def _now(self) -> float:
        """The server's clock in seconds since 1970; it is the world's."""
        return self._world.now_ms() / SECOND

    def _find(self, scope: Scope) -> tuple[str | None, dict[str, str]]:
        for route in self._routes:
            match, found = route.matches({**scope, "method": "GET"})
            if match is Match.FULL:
                return route.path, found["path_params"]
        return None, {}

    async def _response(
        self, request: Request, template: str | None, path: dict[str, str], harm: Harm
    ) -> Response:
        if (rate := self._faults.requests_per_second) and not self._pace.allows(rate):
            return _json(wreckage.too_many(), 429, {"Retry-After": "1"})
        if harm.instead is not None and harm.instead.kind != "cut_short":
            return wreckage.response(harm.instead, request.url.path)
        headers: dict[str, str] = {}
        try:
            if template == endpoints.TOKEN_PATH:
                answer = await self._token(request)
            else:
                scope, legacy = self._caller(request)
                headers = DEPRECATION if legacy else {}
                answer = self._answer(request, template, path, scope, harm)
        except Refusal as refusal:
            return _refused(refusal, headers)
        response = _json(altered(answer, harm.altered), 200, headers)
        if harm.instead is not None:
            return wreckage.cut_short(response)
        return response

    def _answer(
        self,
        request: Request,
        template: str | None,
        path: dict[str, str],
        scope: str,
        harm: Harm,
    ) -> Any:
        if template is None or (template == endpoints.BY_ID_PATH and not self._faults.by_id):
            raise Refusal(404, refusals.UNKNOWN_PATH, "No such path")
        endpoint = self._read.get(template)
        if endpoint is None or request.method != "GET":
            raise Refusal(
                405, refusals.READ_ONLY, "The sandbox only answers GET and the token call"
            )
        if endpoint.admin and scope != ADMIN:
            message = "This endpoint requires a token with admin scope"
            raise Refusal(403, refusals.INSUFFICIENT_SCOPE, message)
        return self._read_answer(endpoint, request, path, harm)

    def _read_answer(
        self, endpoint: Endpoint, request: Request, path: dict[str, str], harm: Harm
    ) -> Any:
        query = parameters.read(
            endpoint.known,
            request.query_params.multi_items(),
            refuse_inferred=self._faults.refuse_inferred,
        )
        with self._world.lock:
            call = Call(
                path,
                query,
                self._world,
                self._selections,
                Answers(self._world, nulls=self._faults.nulls),
                self._faults,
                self._world.now_ms(),
                harm.repeat_page,
            )
            answer = endpoint.answer(call)
            if endpoint.paged is not None:
                drift(endpoint.paged, self._world, self._faults)
            return answer

    def _caller(self, request: Request) -> tuple[str, bool]:
        """The scope of the caller, and whether the deprecated headers were used."""
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            scope = self.mint.scope_of(text.strip(), self._now())
            if scope is None:
                raise Refusal(401, "", "")
            return scope, False
        given = tuple(request.headers.get(name, "") for name in LEGACY_HEADERS)
        if not self._accepts(given):
            raise Refusal(401, "", "")
        return ADMIN, True

    def _accepts(self, given: tuple[str, ...]) -> bool:
        pairs = zip(given, self._credentials, strict=True)
        return all(hmac.compare_digest(one.encode(), other.encode()) for one, other in pairs)

    async def _token(self, request: Request) -> dict[str, Any]:
        """A token for the right credentials; without `scope`, as in the older docs, an admin's."""
        if request.method != "POST":
            raise Refusal(405, refusals.READ_ONLY, "Ask for a token by POST")
        try:
            body = json.loads(await request.body())
        except (ValueError, ClientDisconnect):
            raise refusals.invalid("the body must be JSON") from None
        given = tuple(body.get(name) for name in CREDENTIALS) if isinstance(body, dict) else ()
        if not given or not all(isinstance(one, str) for one in given):
            raise refusals.invalid(f"the body needs {', '.join(CREDENTIALS)} as strings")
        scope = body.get("scope", ADMIN)
        if scope not in SCOPES:
            raise refusals.invalid("scope must be admin or user")
        if not self._accepts(tuple(str(one) for one in given)):
            message = "Bad partnerId, clientId or clientSecret"
            raise Refusal(401, refusals.INVALID_CREDENTIALS, message)
        lives = self._faults.token_seconds
        says = self._faults.token_says_seconds
        return {
            "access_token": self.mint.make(scope, self._now(), lives).text,
            "token_type": "Bearer",
            "expires_in": int(lives) if says is None else says,
            "partner_id": self._credentials[0],
            "scope": scope,
        }


async def _unused(_request: Request) -> Response:
    """Routes only find the template here; `App` answers."""
    raise NotImplementedError


def _json(answer: Any, status: int, headers: dict[str, str]) -> Response:
    body = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, status, headers, "application/json")


def _refused(refusal: Refusal, headers: dict[str, str]) -> Response:
    extra = dict(headers)
    if refusal.status == 401:
        extra["WWW-Authenticate"] = "Bearer"
    if refusal.status == 405:
        extra["Allow"] = "GET"
    if refusal.body is None:
        return Response(b"", refusal.status, extra)
    return _json(refusal.body, refusal.status, extra)
