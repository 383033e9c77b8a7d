"""What happens to one request: harm, credentials, scope, parameters, answer, and a note of it."""

import asyncio
import hmac
import json
import re
import time
from collections import deque
from dataclasses import dataclass
from email.utils import formatdate
from functools import partial
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ownli_api.sandbox import answers, endpoints, faults, hooks, lists
from ownli_api.sandbox.endpoints import Call
from ownli_api.sandbox.faults import Faults, Rule, json_response
from ownli_api.sandbox.refusals import Refusal, invalid
from ownli_api.sandbox.tokens import ADMIN, SCOPES, Mint
from ownli_api.sandbox.world import World

KEPT_REQUESTS = 100_000
CREDENTIALS = ("partnerId", "clientId", "clientSecret")


@dataclass(frozen=True, slots=True)
class Seen:
    """One request: `template` is the documented path or None; status 0 is a dropped connection.

    at: when it was answered, in seconds since 1970 by the real clock.
    """

    method: str
    path: str
    template: str | None
    query: dict[str, str]
    status: int
    at: float


class App:
    """The ASGI application of one sandbox; its arguments are those of `Sandbox`."""

    def __init__(
        self,
        world: World,
        faults: Faults,
        credentials: tuple[str, str, str],
        *,
        times: str,
        ties: str,
        payouts_path: str | None,
        with_hooks: bool,
    ) -> None:
        self.seen: deque[Seen] = deque(maxlen=KEPT_REQUESTS)
        self.mint = Mint(credentials[0])
        self._world = world
        self._faults = faults
        self._credentials = credentials
        self._shown = partial(answers.written, times=times)
        self._ties = ties
        self._hooks = hooks.Hooks(world, faults, self.seen) if with_hooks else None
        # The documentation does not show the path of the partner-wide payouts list.
        more = {} if payouts_path is None else {payouts_path: lists.PAYOUTS}
        self._lists = {**endpoints.LISTS, **more}
        templates = [endpoints.TOKEN_PATH, *self._lists, *endpoints.RECORDS]
        # Paths without placeholders first, or `/api/users/list` would be a user called "list".
        templates.sort(key=lambda one: "{" in one)
        self._patterns = {
            one: re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", one)) for one in templates
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        path = scope["path"]
        if self._hooks is not None and path.startswith(hooks.PREFIX):
            await (await self._hooks.answer(request))(scope, receive, send)
            return
        found = ((one, known.fullmatch(path)) for one, known in self._patterns.items())
        template, match = next((pair for pair in found if pair[1]), (None, None))
        query = dict(request.query_params)
        rules = self._faults.striking(path, query)
        slow = sum(rule.seconds for rule in rules if rule.kind == "slow")
        await asyncio.sleep(self._faults.latency_seconds + slow)
        response = await self._response(request, template, match, rules)
        status = 0 if isinstance(response, faults.Broken) else response.status_code
        self.seen.append(Seen(request.method, path, template, query, status, time.time()))
        response.headers["date"] = formatdate(self._now(), usegmt=True)
        await response(scope, receive, send)

    def _now(self) -> float:
        """The server's clock in seconds since 1970; it is the world's."""
        return self._world.now().timestamp()

    async def _response(
        self,
        request: Request,
        template: str | None,
        match: re.Match[str] | None,
        rules: list[Rule],
    ) -> Response:
        if self._faults.too_many():
            body = {"error_code": faults.CODES["429"], "error_message": "Too many requests"}
            return json_response(body, 429, {"Retry-After": "1"})
        instead = rules[0] if rules and rules[0].kind in faults.INSTEAD else None
        if instead is not None and instead.kind != "cut_short":
            return faults.response(instead, request.scope["path"])
        try:
            if template == endpoints.TOKEN_PATH:
                answer = await self._token(request)
            else:
                answer = self._answer(request, template, match, rules)
        except Refusal as refusal:
            headers = {401: {"WWW-Authenticate": "Bearer"}, 405: {"Allow": "GET"}}
            return json_response(refusal.body, refusal.status, headers.get(refusal.status))
        answer = answer if self._faults.nulls else answers.present(answer)
        response = json_response(faults.altered(answer, rules), show=self._shown)
        return faults.CutShort(response) if instead else response

    def _answer(
        self,
        request: Request,
        template: str | None,
        match: re.Match[str] | None,
        rules: list[Rule],
    ) -> Any:
        scope = self._scope_of_caller(request)
        if request.method != "GET":
            message = "The sandbox only answers GET and the token call"
            raise Refusal(405, "ERROR_METHOD_NOT_ALLOWED", message)
        missing = template == endpoints.BY_ID_PATH and not self._faults.by_id
        if template is None or match is None or missing:
            raise Refusal(404, "ERROR_UNKNOWN_PATH", "No such path")
        paged = self._lists.get(template)
        if paged is not None and scope != ADMIN:
            message = "This endpoint requires a token with admin scope"
            raise Refusal(403, "INSUFFICIENT_SCOPE", message)
        known = () if paged is None else paged.known
        query = lists.read(known, request.query_params.multi_items())
        with self._world.lock:
            if paged is None:
                return endpoints.RECORDS[template](Call(match.groupdict(), self._world))
            repeat = any(rule.kind == "repeat_page" for rule in rules)
            page = paged.page(self._world, query, self._faults, self._ties, repeat=repeat)
            paged.drift(self._world, self._faults)
            return page

    def _scope_of_caller(self, request: Request) -> str:
        """By the token, or by the deprecated headers, which make an admin."""
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            scope = self.mint.scope_of(text.strip(), self._now())
        else:
            given = [request.headers.get(name, "") for name in CREDENTIALS]
            scope = ADMIN if self._accepts(given) else None
        if scope is None:
            raise Refusal(401)
        return scope

    def _accepts(self, given: list[str]) -> bool:
        pairs = zip(given, self._credentials, strict=True)
        return all(hmac.compare_digest(one.encode(), other.encode()) for one, other in pairs)

    async def _token(self, request: Request) -> dict[str, Any]:
        """A token for the right credentials; without `scope`, as in the older docs, an admin's."""
        if request.method != "POST":
            raise Refusal(405, "ERROR_METHOD_NOT_ALLOWED", "Ask for a token by POST")
        try:
            body = json.loads(await request.body())
        except (ValueError, ClientDisconnect):
            raise invalid("the body must be JSON") from None
        body = body if isinstance(body, dict) else {}
        given: list[Any] = [body.get(name) for name in CREDENTIALS]
        if not all(isinstance(one, str) for one in given):
            raise invalid(f"the body needs {', '.join(CREDENTIALS)} as strings")
        scope = body.get("scope", ADMIN)
        if scope not in SCOPES:
            raise invalid("scope must be admin or user")
        if not self._accepts(given):
            # The documentation shows no code here; the words are the sandbox's own.
            message = "Bad partnerId, clientId or clientSecret"
            raise Refusal(401, "ERROR_INVALID_CREDENTIALS", message)
        lives, says = self._faults.token_seconds, self._faults.token_says_seconds
        return {
            "access_token": self.mint.make(scope, self._now(), lives).text,
            "token_type": "Bearer",
            "expires_in": int(lives) if says is None else says,
            "partner_id": self._credentials[0],
            "scope": scope,
        }
