"""The stand-in as a server: tokens, scopes, single records, and everything it refuses."""

import base64
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests

from ownli_api.sandbox import Sandbox, World

SECONDS = 20  # to wait for an answer: shared machines are slow at times

ADMIN_PATHS = (
    *("/api/users", "/api/users/list", "/api/vehicles", "/api/rewards"),
    *("/api/checkins/mileage", "/api/checkins/condition", "/api/checkins/proof-of-address"),
)


NOW = datetime(2026, 11, 23, 14, tzinfo=UTC)  # a world of its own clock: the same on every day


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(World.make(users=60, now=NOW)) as server:
        yield server


@pytest.fixture(scope="module")
def steady() -> Iterator[Sandbox]:
    """A sandbox that the tests of this file only look at."""
    with Sandbox(World.make(users=30, now=NOW)) as server:
        yield server


def token(sandbox: Sandbox, **body) -> requests.Response:
    known = {
        "clientId": sandbox.client_id,
        "clientSecret": sandbox.client_secret,
        "partnerId": sandbox.partner_id,
        "scope": "admin",
    }
    sent = {name: value for name, value in (known | body).items() if value is not None}
    return requests.post(f"{sandbox.base_url}/api/auth/token", json=sent, timeout=SECONDS)


def bearer(sandbox: Sandbox, scope: str = "admin") -> dict[str, str]:
    return {"Authorization": f"Bearer {token(sandbox, scope=scope).json()['access_token']}"}


def legacy(sandbox: Sandbox) -> dict[str, str]:
    return {
        "partnerId": sandbox.partner_id,
        "clientId": sandbox.client_id,
        "clientSecret": sandbox.client_secret,
    }


def get(sandbox: Sandbox, path: str, headers: dict[str, str] | None = None) -> requests.Response:
    headers = bearer(sandbox) if headers is None else headers
    return requests.get(f"{sandbox.base_url}{path}", headers=headers, timeout=SECONDS)


@pytest.mark.parametrize("scope", ["admin", "user"])
def test_the_token_call_answers_as_documented_for_both_scopes(steady, scope):
    answer = token(steady, scope=scope)
    assert answer.status_code == 200
    body = answer.json()
    text = body.pop("access_token")
    assert body == {
        "token_type": "Bearer",
        "expires_in": 3600,
        "partner_id": steady.partner_id,
        "scope": scope,
    }
    header = text.split(".")[0]
    assert json.loads(base64.urlsafe_b64decode(header + "==")) == {"alg": "HS256", "typ": "JWT"}


def test_the_older_token_call_without_scope_still_gives_an_admin_token(sandbox):
    body = token(sandbox, scope=None).json()
    assert body["scope"] == "admin"
    headers = {"Authorization": f"Bearer {body['access_token']}"}
    assert get(sandbox, "/api/rewards", headers).status_code == 200


def test_wrong_credentials_are_refused_with_an_error_body(sandbox):
    for name in ("clientId", "clientSecret", "partnerId"):
        answer = token(sandbox, **{name: "wrong"})
        assert answer.status_code == 401
        assert set(answer.json()) == {"error_code", "error_message"}
        assert sandbox.client_secret not in answer.text


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"clientId": 1}', b'"x"'])
def test_a_token_call_that_is_not_understood_is_a_bad_request(steady, body):
    answer = requests.post(f"{steady.base_url}/api/auth/token", data=body, timeout=SECONDS)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "ERROR_INVALID_PARAMETERS")


@pytest.mark.parametrize("scope", ["root", "Admin", "", 1])
def test_a_scope_is_admin_or_user(steady, scope):
    assert token(steady, scope=scope).status_code == 400


@pytest.mark.parametrize("path", ADMIN_PATHS)
def test_a_user_token_at_an_admin_endpoint_has_insufficient_scope(steady, path):
    answer = get(steady, path, bearer(steady, "user"))
    assert answer.status_code == 403
    assert answer.json()["error_code"] == "INSUFFICIENT_SCOPE"
    assert answer.json()["error_message"]
    assert get(steady, path).status_code == 200


def test_a_user_token_reads_what_is_not_said_to_need_an_admin(sandbox):
    id = next(iter(sandbox.world.users))
    headers = bearer(sandbox, "user")
    for path in (f"/api/users/by-id/{id}/rewards", "/api/rewards/products"):
        assert get(sandbox, path, headers).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x.y.z"}, {"clientId": "x"}])
def test_without_good_credentials_nothing_is_answered(steady, headers):
    for path in ("/api/rewards", "/api/rewards/products", "/api/nothing"):
        answer = get(steady, path, headers)
        assert (answer.status_code, answer.content) == (401, b"")


def test_a_forged_or_foreign_token_is_refused(sandbox):
    good = token(sandbox).json()["access_token"]
    head, claims, signature = good.split(".")
    raised = base64.urlsafe_b64encode(
        base64.urlsafe_b64decode(claims + "==").replace(b"admin", b"owner")
    )
    for text in (
        f"{head}.{raised.decode().rstrip('=')}.{signature}",
        f"{head}.{claims}.",
        good[1:],
    ):
        assert get(sandbox, "/api/rewards", {"Authorization": f"Bearer {text}"}).status_code == 401
    with Sandbox(sandbox.world) as other:
        assert get(other, "/api/rewards", bearer(sandbox)).status_code == 401


def test_a_token_dies_when_its_time_is_over_and_when_all_are_expired(sandbox):
    sandbox.faults.token_seconds = 0.0
    assert get(sandbox, "/api/rewards", bearer(sandbox)).status_code == 401
    sandbox.faults.token_seconds = 3600.0
    headers = bearer(sandbox)
    assert get(sandbox, "/api/rewards", headers).status_code == 200
    sandbox.expire_tokens()
    assert get(sandbox, "/api/rewards", headers).status_code == 401
    assert get(sandbox, "/api/rewards").status_code == 200


def test_legacy_headers_still_work(sandbox):
    assert get(sandbox, "/api/rewards", legacy(sandbox)).status_code == 200
    assert get(sandbox, "/api/rewards", legacy(sandbox) | {"clientSecret": "x"}).status_code == 401


def test_a_user_is_found_by_id_and_by_phone_encoded_or_not(steady):
    user = next(iter(steady.world.users.values()))
    by_id = get(steady, f"/api/users/by-id/{user.id}").json()
    assert by_id["id"] == user.id
    for phone in (user.phone, user.phone.replace("+", "%2B")):
        assert get(steady, f"/api/users/by-phone/{phone}").json() == by_id


def test_rewards_and_payouts_of_a_user_are_the_same_by_id_and_by_phone(sandbox):
    world = sandbox.world
    payout = next(iter(world.payouts.values()))
    user = world.users[payout.owner_id]
    for what in ("rewards", "payouts"):
        by_id = get(sandbox, f"/api/users/by-id/{user.id}/{what}").json()
        assert by_id == get(sandbox, f"/api/users/by-phone/{user.phone}/{what}").json()
        table = getattr(world, what).values()
        assert {one["id"] for one in by_id} == {o.id for o in table if o.owner_id == user.id}
    assert any(one["id"] == payout.id for one in by_id)


def test_a_vehicle_is_found_by_id_and_by_plate_while_it_is_active(sandbox):
    car = next(one for one in sandbox.world.vehicles.values() if one.active)
    by_id = get(sandbox, f"/api/vehicles/by-id/{car.id}").json()
    assert (by_id["userId"], by_id["vin"]) == (car.owner_id, car.vin)
    path = f"/api/vehicles/by-license/{car.state}/{car.license.lower()}"
    assert get(sandbox, path).json() == by_id
    sandbox.world.amend(car.id, active=False)
    assert get(sandbox, path).status_code == 404
    assert get(sandbox, f"/api/vehicles/by-id/{car.id}").json()["active"] is False


def test_check_ins_of_a_car_and_a_user_carry_photos_and_are_found_one_by_one(steady):
    world = steady.world
    for check_in in world.check_ins.values():
        if check_in.kind == "proof_of_address":
            many = f"/api/users/{check_in.owner_id}/checkins/proof-of-address"
            one = f"/api/users/checkin/proof-of-address/{check_in.id}"
        else:
            many = f"/api/vehicles/{check_in.vehicle_id}/checkins/{check_in.kind}"
            one = f"/api/vehicles/checkin/{check_in.kind}/{check_in.id}"
        if check_in.status == "Pending":
            break
    headers = bearer(steady)
    found = get(steady, one, headers).json()
    assert found in get(steady, many, headers).json()
    assert found["checkInStatus"] == check_in.status
    text = json.dumps(found)
    assert "https://photos.example.com/" in text
    assert "owner" not in found


def test_a_summary_links_every_check_in_to_its_reward(steady):
    world = steady.world
    headers = bearer(steady)
    for user in list(world.users.values())[:20]:
        (summary,) = get(steady, f"/api/users/{user.id}/summary", headers).json()
        home = get(steady, f"/api/users/{user.id}/proof-of-address/checkin-summary", headers)
        assert home.json() == [summary["proofOfAddressCheckinSummary"]]
        items = list(summary["proofOfAddressCheckinSummary"]["checkins"])
        for car in summary["vehicles"]:
            assert get(steady, f"/api/vehicles/{car['id']}/checkin-summary", headers).json() == [
                car
            ]
            items += car["mileageCheckinSummary"]["checkins"]
            items += car["conditionCheckinSummary"]["checkins"]
            confirmed = [
                one
                for one in world.sharing("check_ins", "vehicle_id", car["id"])
                if one.kind == "mileage" and one.status == "Confirmed"
            ]
            assert car["mileageCheckinSummary"]["lastConfirmedOrdinal"] == len(confirmed)
            last = max(confirmed, key=lambda one: one.checked_in_at, default=None)
            assert car["mileageCheckinSummary"].get("lastConfirmedMileage") == (
                last and last.mileage
            )
        mine = {one.id: one for one in world.check_ins.values() if one.owner_id == user.id}
        assert {one["id"] for one in items} == set(mine)
        for one in items:
            reward = world.rewards.get(mine[one["id"]].reward_id or "")
            assert one.get("reward", {}).get("id") == (reward and reward.id)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/api/users/by-id/XT_NOBODY", "ERROR_USER_NOT_FOUND"),
        ("/api/users/by-id/XT_NOBODY/rewards", "ERROR_USER_NOT_FOUND"),
        ("/api/users/by-id/XT_NOBODY/payouts", "ERROR_USER_NOT_FOUND"),
        ("/api/users/by-phone/+15555550199", "ERROR_USER_NOT_FOUND"),
        ("/api/users/by-phone/nonsense/payouts", "ERROR_USER_NOT_FOUND"),
        ("/api/users/XT_NOBODY/summary", "ERROR_USER_NOT_FOUND"),
        ("/api/users/XT_NOBODY/checkins/proof-of-address", "ERROR_USER_NOT_FOUND"),
        ("/api/users/XT_NOBODY/proof-of-address/checkin-summary", "ERROR_USER_NOT_FOUND"),
        ("/api/vehicles/by-id/XT_NOTHING", "ERROR_VEHICLE_NOT_FOUND"),
        ("/api/vehicles/by-license/TN/NOPE", "ERROR_VEHICLE_NOT_FOUND"),
        ("/api/vehicles/XT_NOTHING/checkins/mileage", "ERROR_VEHICLE_NOT_FOUND"),
        ("/api/vehicles/XT_NOTHING/checkins/condition", "ERROR_VEHICLE_NOT_FOUND"),
        ("/api/vehicles/XT_NOTHING/checkin-summary", "ERROR_VEHICLE_NOT_FOUND"),
        ("/api/vehicles/checkin/mileage/XT_NOTHING", "ERROR_MILEAGE_CHECKIN_NOT_FOUND"),
        ("/api/vehicles/checkin/condition/XT_NOTHING", "ERROR_CONDITION_CHECKIN_NOT_FOUND"),
        ("/api/users/checkin/proof-of-address/XT_NOTHING", "ERROR_PROOF_OF_ADDRESS"),
        ("/api/payouts", "ERROR_UNKNOWN_PATH"),
        ("/api/nothing", "ERROR_UNKNOWN_PATH"),
        ("/", "ERROR_UNKNOWN_PATH"),
        ("/api/rewards/", "ERROR_UNKNOWN_PATH"),
    ],
)
def test_what_is_not_there_is_a_404_with_its_code(steady, path, code):
    answer = get(steady, path)
    assert answer.status_code == 404
    assert answer.json()["error_code"].startswith(code)


@pytest.mark.parametrize(
    "query",
    [
        *("page=-1", "page=x", "page=", "page=1.0", "page=99999999999", "page=1&page=2"),
        *("size=0", "size=-5", "size=ten", "size=2147483648"),
        *("sortBy=dateClaimed", "sortBy=id", "sortDirection=DESC", "sortDirection=up"),
        *("status=confirmed", "status=Archived", "status=", "rewardType=Custom"),
        *("searchBy=id&searchValue=x", "searchBy=email", "searchValue=x"),
        *("rewardStartDate=2026-11-23", "rewardStartDate=2026-11-23T00:00:00Z"),
        *("rewardEndDate=2026-13-01T00:00:00.000Z", "rewardEndDate=yesterday"),
        "rewardEndDate=2026-11-23T00:00:00.000%2B01:00",
        *("userId=XT_1", "pageSize=5", "isFraud=true", "Status=All", "_=1"),
    ],
)
def test_unknown_parameters_bad_words_and_malformed_values_are_refused(steady, query):
    answer = get(steady, f"/api/rewards?{query}")
    assert answer.status_code == 400, query
    assert answer.json()["error_code"] == "ERROR_INVALID_PARAMETERS"


@pytest.mark.parametrize("query", ["active=yes", "vehicleId=XT_1", "dateAddedStart=x"])
def test_vehicles_have_no_other_filters_than_the_ones_we_know(steady, query):
    assert get(steady, f"/api/vehicles?{query}").status_code == 400


@pytest.mark.parametrize("path", ["/api/rewards/products", "/api/users/by-id/XT_1/rewards"])
def test_endpoints_without_parameters_refuse_them(steady, path):
    assert get(steady, f"{path}?page=0").status_code == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("POST", "/api/users"), ("POST", "/api/users/with-policy"), ("PUT", "/api/users/XT_1")),
        *(("PUT", "/api/users/XT_1/update-policy"), ("POST", "/api/rewards/grant")),
        *(("POST", "/api/users/by-id/XT_1/rewards/claim"), ("PUT", "/api/vehicles/update")),
        *(("POST", "/api/vehicles/create/by-vin"), ("POST", "/api/vehicles/create/by-license")),
        *(("PUT", "/api/vehicles/deactivate/X"), ("PUT", "/api/vehicles/activate/X")),
        *(("POST", "/api/vehicles/checkin/mileage"), ("PUT", "/api/vehicles/checkin/mileage/X")),
        *(("POST", "/api/photo/upload"), ("POST", "/api/file/upload")),
        *(("POST", "/api/marketplace/links/acme"), ("DELETE", "/api/rewards")),
        *(("PATCH", "/api/users/list"), ("GET", "/api/auth/token"), ("HEAD", "/api/rewards")),
    ],
)
def test_nothing_can_be_written(steady, method, path):
    before = [repr(one) for table in steady.world.tables() for one in table.values()]
    url = f"{steady.base_url}{path}"
    answer = requests.request(method, url, headers=bearer(steady), json={}, timeout=SECONDS)
    assert answer.status_code == 405
    assert answer.headers["Allow"]
    assert before == [repr(one) for table in steady.world.tables() for one in table.values()]


def test_every_request_is_noted_with_its_template_query_and_status(sandbox):
    user = next(iter(sandbox.world.users.values()))
    headers = bearer(sandbox)
    sandbox.forget()
    get(sandbox, f"/api/users/by-phone/{user.phone}", headers)
    get(sandbox, "/api/rewards?page=1&size=5", headers)
    get(sandbox, "/api/rewards?bad=1", headers)
    get(sandbox, "/nothing", headers)
    seen = [(one.method, one.template, one.query, one.status) for one in sandbox.requests]
    assert seen == [
        ("GET", "/api/users/by-phone/{phoneNumber}", {}, 200),
        ("GET", "/api/rewards", {"page": "1", "size": "5"}, 200),
        ("GET", "/api/rewards", {"bad": "1"}, 400),
        ("GET", None, {}, 404),
    ]


def test_the_sandbox_is_only_on_loopback_stops_twice_and_starts_again():
    sandbox = Sandbox(World.make(users=1))
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", sandbox.start().base_url)
    with pytest.raises(RuntimeError, match="runs already"):
        sandbox.start()
    first = sandbox.base_url
    sandbox.stop()
    sandbox.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(first, timeout=SECONDS)
    with sandbox:
        assert get(sandbox, "/api/rewards").status_code == 200


def test_a_taken_port_is_an_error_and_leaves_the_first_server_alone(sandbox):
    port = int(sandbox.base_url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        Sandbox(sandbox.world, port=port).start()
    assert get(sandbox, "/api/rewards").status_code == 200


def test_secrets_are_in_no_repr(sandbox):
    assert sandbox.client_secret not in repr(sandbox)
    assert sandbox.client_secret not in repr(vars(sandbox)["_app"])


def test_hooks_answer_only_where_asked_for(sandbox):
    assert get(sandbox, "/_sandbox/world").status_code == 404
    with Sandbox(World.make(users=3), hooks=True) as open_one:
        url = f"{open_one.base_url}/_sandbox"
        counts = requests.get(f"{url}/world", timeout=SECONDS).json()
        assert counts["users"] == 3
        step = requests.post(
            f"{url}/world", json={"do": "step", "n": 5, "seed": 1}, timeout=SECONDS
        )
        assert len(step.json()["done"]) == 5
        body = {"add": [{"kind": "503", "path": "/api/rewards"}], "set": {"latency_seconds": 0}}
        assert requests.post(f"{url}/faults", json=body, timeout=SECONDS).json() == {"rules": 1}
        assert get(open_one, "/api/rewards").status_code == 503
        counted = requests.get(f"{url}/requests", timeout=SECONDS).json()
        assert counted["by_template"]["/api/rewards"] == 1
        assert requests.delete(f"{url}/requests", timeout=SECONDS).json() == {"count": 0}
        for wrong in ({"do": "made"}, {"do": "decide", "id": "XT_NO", "status": "Confirmed"}):
            assert requests.post(f"{url}/world", json=wrong, timeout=SECONDS).status_code == 400
        assert requests.get(f"{url}/nothing", timeout=SECONDS).status_code == 404


def test_from_a_terminal_it_prints_where_it_is_and_what_it_accepts_and_ends_on_a_signal():
    arguments = ["--port", "0", "--users", "5", "--check-ins", "7", "--page-cap", "3", "--hooks"]
    arguments += ["--times", "sec", "--ties", "reverse"]
    arguments += ["--client-id", "me", "--client-secret", "s3", "--partner-id", "p1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "ownli_api.sandbox", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(["."])},
    )
    try:
        lines = dict(process.stdout.readline().strip().split("=", 1) for _ in range(4))
        assert lines["OWNLI_CLIENT_ID"] == "me"
        headers = {"partnerId": "p1", "clientId": "me", "clientSecret": "s3"}
        url = lines["OWNLI_BASE_URL"]
        answer = requests.get(
            f"{url}/api/users/list?size=50", headers=headers, timeout=SECONDS
        ).json()
        assert (answer["totalItems"], answer["itemsOnPage"]) == (5, 3)
        assert len(answer["users"][0]["dateRegistered"]) == len("2026-11-23T14:05:09Z")
        counts = requests.get(f"{url}/_sandbox/world", timeout=SECONDS).json()
        assert counts["check_ins"] == 7
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.stdout.close()
