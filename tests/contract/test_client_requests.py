"""Every request the client can make is one that Ownli documents."""

from __future__ import annotations

import inspect
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
import yaml

from ownli_api.client import OwnliClient, Span
from ownli_api.settings import Settings

CONTRACT = yaml.safe_load((Path(__file__).parent / "openapi.yaml").read_text())
PAYOUTS_PATH = "/api/partner-payouts"
INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")
INT32 = 2**31
# Names concluded from siblings: only the vehicle list cannot be asked without any.
ALLOWED_INFERRED = {"/api/vehicles"}
SPAN = Span(datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 2, 1, 12, 30, 0, 123456, tzinfo=UTC))


@dataclass(frozen=True)
class Seen:
    """A request as it came: the raw path, the query in order, the headers in lower case."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes


@dataclass
class Recorder:
    """A server that answers every documented path plausibly and remembers what was asked."""

    seen: list[Seen] = field(default_factory=list)
    url: str = ""


def operation_of(method: str, path: str) -> tuple[str, dict[str, Any]] | None:
    """The documented operation of a raw path; literal parts win over parameters."""
    steps = path.split("/")
    found = []
    for template, operations in CONTRACT["paths"].items():
        parts = template.split("/")
        if method.lower() not in operations or len(parts) != len(steps):
            continue
        pairs = list(zip(parts, steps, strict=True))
        if all(part == step or (part.startswith("{") and step) for part, step in pairs):
            literal = sum(part == step for part, step in pairs)
            found.append((literal, template, operations[method.lower()]))
    return max(found)[1:] if found else None


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        schema = CONTRACT["components"]["schemas"][name]
    return schema


def example(schema: dict[str, Any]) -> Any:
    """A small answer of the documented shape."""
    schema = resolved(schema)
    if schema.get("type") == "array":
        return [example(schema["items"])]
    properties = schema.get("properties", {})
    answer: dict[str, Any] = {"id": "XT_1"} if "id" in properties else {}
    for name, part in properties.items():
        if part.get("type") == "array" and "totalItems" in properties:
            answer |= {"totalItems": 1, name: [{"id": "XT_1"}]}
    return answer


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    record = Recorder()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def answer(self) -> None:
            parts = urlsplit(self.path)
            size = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = parse_qsl(parts.query, keep_blank_values=True)
            body = self.rfile.read(size)
            record.seen.append(Seen(self.command, parts.path, query, headers, body))
            if parts.path == "/api/auth/token":
                text = json.dumps({"access_token": "t", "expires_in": 3600})
            elif parts.path == PAYOUTS_PATH:
                text = json.dumps({"totalItems": 0, "payouts": []})
            else:
                _, operation = operation_of(self.command, parts.path) or ("", {})
                content = operation["responses"]["200"]["content"]["application/json"]
                text = json.dumps(example(content["schema"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_PUT = do_DELETE = answer

        def log_message(self, *args: object) -> None:
            del args

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        record.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield record
        server.shutdown()
        thread.join(5)


@pytest.fixture
def client(recorder: Recorder) -> Iterator[OwnliClient]:
    settings = Settings(recorder.url, "partner", "client-id", "s3cret", payouts_path=PAYOUTS_PATH)
    client = OwnliClient(settings)
    yield client
    client.close()


def every_question(client: OwnliClient) -> set[str]:
    """Asks everything that can be asked, with every option; the names of the methods used."""
    statuses = ("All", "Pending", "Confirmed", "Declined", "OnHold")
    for kind in ("mileage", "condition", "proof_of_address"):
        client.check_ins(kind)
        for status in statuses if kind == "mileage" else (*statuses, "Archived"):
            client.check_ins(kind, checked_in=SPAN, updated=SPAN, status=status)
            client.count_check_ins(kind, checked_in=SPAN)
    client.vehicle_check_ins("XT_1", "mileage")
    client.vehicle_check_ins("XT_1", "condition")
    client.user_check_ins("XT_1")
    for status in ("All", "Pending", "Confirmed", "Declined", "Claimed"):
        client.rewards(rewarded=SPAN, status=status)
        client.count_rewards(status=status)
    client.user_rewards("XT_1")
    client.user_payouts("XT_1")
    client.user_claims("XT_1")
    client.payouts()
    client.payouts_page()
    client.vehicles()
    for by in ("license", "vin", "state", "userFirstName", "userLastName", "userEmail"):
        client.vehicles_page(size=25, search_by=by, search_value="a b&c=d")
    client.vehicles_page(search_by="userPhone", search_value="+15556667777")
    client.newest_vehicles()
    client.newest_rewards("Confirmed")
    for by in ("firstName", "lastName", "email", "phone", "dateRegistered"):
        for direction in ("asc", "desc"):
            client.users_page(sort_by=by, sort_direction=direction)
    for by in ("id", "firstName", "lastName", "email", "phone", "licensePlate"):
        client.users_page(search_by=by, search_value="x", is_fraud=True, registered=SPAN)
    client.users_page(is_fraud=False)
    client.users()
    client.users(is_fraud=True, registered=SPAN)
    client.count_users()
    client.count_users(registered=SPAN)
    client.user("XT_1")
    client.user_by_phone("(555) 666-7777")
    client.user_summary("XT_1")
    used = {"check_ins", "count_check_ins", "vehicle_check_ins", "user_check_ins", "rewards"}
    used |= {"newest_vehicles", "newest_rewards"}
    used |= {"count_rewards", "user_rewards", "user_payouts", "payouts", "vehicles"}
    used |= {"vehicles_page", "users", "users_page", "count_users"}
    return used | {"user_claims", "payouts_page", "user", "user_by_phone", "user_summary"}


def assert_documented(seen: Seen) -> None:
    found = operation_of(seen.method, seen.path)
    assert found, f"{seen.method} {seen.path} is not documented"
    template, operation = found
    known = {one["name"]: one for one in operation.get("parameters", []) if one["in"] == "query"}
    names = [name for name, _ in seen.query]
    assert len(names) == len(set(names)), f"{template}: a parameter twice"
    for name, text in seen.query:
        assert name in known, f"{template}: {name} is not documented"
        inferred = known[name].get("x-inferred", False)
        assert not inferred or template in ALLOWED_INFERRED, f"{template}: {name} is a guess"
        assert_typed(template, name, text, known[name]["schema"])


def assert_typed(template: str, name: str, text: str, schema: dict[str, Any]) -> None:
    where = f"{template}: {name}={text}"
    assert text, where
    if schema["type"] == "integer":
        assert 0 <= int(text) < INT32, where
    elif schema["type"] == "boolean":
        assert text in ("true", "false"), where
    if "enum" in schema:
        assert text in schema["enum"], where
    if name.endswith("Date"):
        assert INSTANT.fullmatch(text), where


def test_every_method_that_asks_is_tried_here(client):
    methods = {
        name
        for name, _ in inspect.getmembers(OwnliClient, inspect.isfunction)
        if not name.startswith("_")
    }
    assert every_question(client) == methods - {"close", "stats"}


def test_every_path_parameter_word_and_type_is_documented(client, recorder):
    every_question(client)
    asked = [seen for seen in recorder.seen if seen.path != PAYOUTS_PATH]
    assert len(asked) > 60
    for seen in asked:
        assert_documented(seen)


def test_the_undocumented_payouts_list_is_asked_with_paging_only(client, recorder):
    client.payouts()
    client.payouts_page(size=20)
    whole, page = (one for one in recorder.seen if one.path == PAYOUTS_PATH)
    assert {name for name, _ in whole.query} == {"page", "size", "sortDirection"}
    assert dict(page.query) == {"page": "0", "size": "20"}


def test_whole_lists_are_asked_oldest_first_and_say_which_status_they_want(client, recorder):
    client.check_ins("mileage")
    client.rewards()
    client.count_check_ins("condition")
    lists = [dict(seen.query) for seen in recorder.seen if seen.method == "GET"]
    assert all(query["status"] == "All" for query in lists)
    assert [query.get("sortDirection") for query in lists] == ["asc", "asc", None]
    assert [query["size"] for query in lists] == ["500", "500", "1"]


def test_the_only_thing_ever_posted_is_the_documented_token_request(client, recorder):
    every_question(client)
    assert {seen.method for seen in recorder.seen} == {"GET", "POST"}
    (post,) = (seen for seen in recorder.seen if seen.method == "POST")
    assert post.path == "/api/auth/token"
    schema = resolved({"$ref": "#/components/schemas/TokenRequest"})
    body = json.loads(post.body)
    assert set(body) == set(schema["required"]) == set(schema["properties"])
    assert body["scope"] == "admin"
    assert "authorization" not in post.headers


def test_every_get_carries_the_token_and_no_old_credentials(client, recorder):
    every_question(client)
    for seen in recorder.seen:
        if seen.method == "GET":
            assert seen.headers["authorization"] == "Bearer t"
            assert seen.body == b""
        assert not {"partnerid", "clientid", "clientsecret"} & set(seen.headers)


def test_ids_and_phones_are_percent_encoded_whole(client, recorder):
    client.user_by_phone("555-666-7777")
    client.user_rewards("XT/../1?a=b#c")
    paths = [seen.path for seen in recorder.seen if seen.method == "GET"]
    assert paths == [
        "/api/users/by-phone/%2B15556667777",
        "/api/users/by-id/XT%2F..%2F1%3Fa%3Db%23c/rewards",
    ]
    assert unquote(paths[0]).endswith("/+15556667777")


def test_milliseconds_of_a_span_are_kept_and_no_finer(client, recorder):
    client.count_users(registered=SPAN)
    query = dict(recorder.seen[-1].query)
    assert query["registrationStartDate"] == "2024-01-01T00:00:00.000Z"
    assert query["registrationEndDate"] == "2024-02-01T12:30:00.123Z"
