"""The stand-in against the contract file: every path, parameter, word and answer in it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
import schemathesis
import yaml
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft4Validator
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from ownli_api.sandbox import Sandbox, World
from ownli_api.sandbox.endpoints import LISTS, RECORDS, TOKEN_PATH

SECONDS = 20  # to wait for an answer: shared machines are slow at times

NOW = datetime(2026, 11, 23, 14, tzinfo=UTC)
CONTRACT = yaml.safe_load((Path(__file__).parent / "openapi.yaml").read_text())
READS = {path: one["get"] for path, one in CONTRACT["paths"].items() if "get" in one}
WRITES = [
    (method, path)
    for path, one in CONTRACT["paths"].items()
    for method in one
    if method != "get" and path != TOKEN_PATH
]
WORDS = [
    (path, parameter["name"], word)
    for path, operation in READS.items()
    for parameter in operation.get("parameters", [])
    for word in parameter["schema"].get("enum", [])
]


def _strict(node: Any) -> Any:
    """The schemas with undocumented properties forbidden, which the file itself leaves open."""
    if isinstance(node, list):
        return [_strict(one) for one in node]
    if not isinstance(node, dict):
        return node
    inner = {name: _strict(one) for name, one in node.items()}
    if inner.get("type") == "object" and inner.get("properties"):
        inner["additionalProperties"] = False
    return inner


SCHEMAS = {"components": _strict(CONTRACT["components"])}


def schema_errors(answer: Any, schema: dict[str, Any]) -> list[str]:
    """Where an answer breaks a schema of the contract file."""
    found = Draft4Validator({**schema, **SCHEMAS}).iter_errors(answer)
    return [f"{'/'.join(map(str, one.absolute_path))}: {one.message[:200]}" for one in found]


def answer_schema(path: str) -> dict[str, Any]:
    """The schema of the 200 answer of a GET."""
    return READS[path]["responses"]["200"]["content"]["application/json"]["schema"]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(World.make(users=60, now=NOW)) as server:
        yield server


@pytest.fixture(scope="module")
def session(sandbox: Sandbox) -> Iterator[requests.Session]:
    body = {
        "clientId": sandbox.client_id,
        "clientSecret": sandbox.client_secret,
        "partnerId": sandbox.partner_id,
        "scope": "admin",
    }
    with requests.Session() as session:
        url = f"{sandbox.base_url}{TOKEN_PATH}"
        answer = session.post(url, json=body, timeout=SECONDS).json()
        assert not schema_errors(answer, {"$ref": "#/components/schemas/TokenResponse"})
        session.headers["Authorization"] = f"Bearer {answer['access_token']}"
        yield session


def filled(path: str, world: World) -> list[str]:
    """The path with every sort of record that can stand in it."""
    if "/checkin/" in path:
        kind = path.split("/")[-2].replace("-", "_")
        some = [one for one in world.check_ins.values() if one.kind == kind]
        statuses = {one.status: one for one in some}
        return [path.replace("{id}", one.id) for one in statuses.values()]
    check_ins = world.check_ins.values()
    at_home = {one.owner_id for one in check_ins if one.kind == "proof_of_address"}
    paid = [world.users[one.owner_id] for one in world.payouts.values()]
    users = [one for one in paid if one.id in at_home][:5]
    kinds: dict[str, set[str]] = {}
    for one in check_ins:
        kinds.setdefault(one.vehicle_id or "", set()).add(one.kind)
    active = [one for one in world.vehicles.values() if one.active]
    cars = [one for one in active if len(kinds.get(one.id, ())) == 2][:5]
    return [
        path.replace("{phoneNumber}", quote(user.phone))
        .replace("{userId}", user.id)
        .replace("{id}", car.id if "/vehicles/" in path else user.id)
        .replace("{vehicleId}", car.id)
        .replace("{state}", car.state)
        .replace("{licensePlateNumber}", car.license)
        for user, car in zip(users, cars, strict=True)
    ]


def test_the_sandbox_has_every_documented_read_path_and_no_other():
    assert {*LISTS, *RECORDS} == set(READS)


@pytest.mark.parametrize("path", READS)
def test_the_sandbox_reads_exactly_the_documented_parameters(path):
    known = LISTS[path].known if path in LISTS else ()
    documented = {
        one["name"]: one for one in READS[path].get("parameters", []) if one["in"] == "query"
    }
    assert {one.name for one in known} == set(documented)
    for one in known:
        schema = documented[one.name]["schema"]
        assert set(one.words) == set(schema.get("enum", []))
        assert one.default == schema.get("default")


@pytest.mark.parametrize("path", READS)
def test_every_answer_has_the_documented_shape_and_nothing_else(path, sandbox, session):
    for one in filled(path, sandbox.world):
        query = {"size": 500} if path in LISTS else {}
        answer = session.get(f"{sandbox.base_url}{one}", params=query, timeout=SECONDS)
        assert answer.status_code == 200, answer.text
        assert answer.json()
        assert not schema_errors(answer.json(), answer_schema(path))


@pytest.mark.parametrize(("path", "name", "word"), WORDS)
def test_every_documented_word_is_accepted(path, name, word, sandbox, session):
    query = {name: word} | ({"searchValue": "a"} if name == "searchBy" else {})
    answer = session.get(f"{sandbox.base_url}{path}", params=query, timeout=SECONDS)
    assert answer.status_code == 200
    assert not schema_errors(answer.json(), answer_schema(path))


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_every_documented_write_is_refused_with_an_error_body(method, path, sandbox, session):
    url = f"{sandbox.base_url}{path.replace('{', '').replace('}', '')}"
    answer = session.request(method, url, json={}, timeout=SECONDS)
    assert answer.status_code == 405
    assert not schema_errors(answer.json(), {"$ref": "#/components/schemas/Error"})


def test_refusals_have_the_documented_error_body(sandbox, session):
    for path in ("/api/rewards?page=x", "/api/users/by-id/XT_NOBODY", "/api/nowhere"):
        answer = session.get(f"{sandbox.base_url}{path}", timeout=SECONDS)
        assert answer.status_code >= 400
        assert set(answer.json()) == {"error_code", "error_message"}


def test_the_strict_schemas_do_notice_what_is_not_documented(sandbox, session):
    answer = session.get(f"{sandbox.base_url}/api/rewards", timeout=SECONDS).json()
    answer["rewards"][0]["expires"] = "never"
    answer["rewards"][1]["status"] = "Expired"
    assert len(schema_errors(answer, answer_schema("/api/rewards"))) == 2


GENERATED = schemathesis.openapi.from_dict(CONTRACT).include(method="GET")


@pytest.mark.parametrize("path", READS)
def test_whatever_is_asked_the_answer_keeps_to_the_contract(path, sandbox, session):
    @given(case=GENERATED[path]["GET"].as_strategy())
    @settings(
        max_examples=12,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    def kept(case):
        answer = case.call(
            base_url=sandbox.base_url, headers={"Authorization": session.headers["Authorization"]}
        )
        assert answer.status_code in (200, 400, 401, 404, 405)
        case.validate_response(answer, checks=[not_a_server_error, response_schema_conformance])

    kept()
