"""Every fault of the stand-in does what its name says, where and as often as asked."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import requests

from ownli_api.sandbox import Faults, Sandbox, World

SECONDS = 20  # to wait for an answer: shared machines are slow at times

NEVER = 30.0
LISTS = (
    ("/api/users/list", "users"),
    ("/api/vehicles", "vehicles"),
    ("/api/rewards", "rewards"),
    ("/api/checkins/mileage", "checkins"),
    ("/api/checkins/condition", "checkins"),
    ("/api/checkins/proof-of-address", "checkins"),
)


NOW = datetime(2026, 11, 23, 14, tzinfo=UTC)  # a world of its own clock: the same on every day


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(World.make(users=60, now=NOW)) as server:
        yield server


@pytest.fixture
def ask(sandbox: Sandbox):
    session = requests.Session()
    session.headers.update(
        {
            "partnerId": sandbox.partner_id,
            "clientId": sandbox.client_id,
            "clientSecret": sandbox.client_secret,
        }
    )

    def get(path: str, **query) -> requests.Response:
        return session.get(f"{sandbox.base_url}{path}", params=query, timeout=SECONDS)

    yield get
    session.close()


def test_without_faults_there_are_none(ask):
    assert [ask(path).status_code for path, _ in LISTS] == [200] * len(LISTS)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("400", "ERROR_INVALID_PARAMETERS"),
        ("401", None),
        ("403", "ERROR_NO_PERMISSIONS_TO_RESOURCE"),
        ("404", "ERROR_USER_NOT_FOUND"),
        ("409", "ERROR_CONFLICT"),
        ("429", "ERROR_TOO_MANY_REQUESTS"),
        ("500", "INTERNAL_SERVER_ERROR"),
    ],
)
def test_an_error_status_comes_with_its_documented_body_once(ask, sandbox, kind, code):
    rule = sandbox.faults.add(kind, "/api/rewards")
    answer = ask("/api/rewards")
    assert answer.status_code == int(kind)
    assert (answer.json()["error_code"] if answer.content else None) == code
    assert ask("/api/rewards").status_code == 200
    assert rule.hits == 1
    assert [one.status for one in sandbox.requests] == [int(kind), 200]


@pytest.mark.parametrize("kind", ["502", "503", "504"])
def test_a_gateway_error_is_a_page(ask, sandbox, kind):
    sandbox.faults.add(kind)
    answer = ask("/api/rewards")
    assert answer.status_code == int(kind)
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.startswith("<!DOCTYPE html>")


def test_a_business_error_is_a_500_with_the_code_asked_for(ask, sandbox):
    sandbox.faults.add("500", error_code="ERROR_FETCHING_REWARDS_PRODUCTS")
    sandbox.faults.add("500", error_code="")
    assert ask("/api/rewards/products").json()["error_code"] == "ERROR_FETCHING_REWARDS_PRODUCTS"
    assert ask("/api/rewards/products").content == b""


def test_retry_after_is_sent_when_asked_for(ask, sandbox):
    sandbox.faults.add("429", retry_after=2)
    sandbox.faults.add("429")
    assert ask("/api/rewards").headers["Retry-After"] == "2"
    assert "Retry-After" not in ask("/api/rewards").headers


def test_a_rule_hits_only_its_path_and_query_after_so_many_and_so_often(ask, sandbox):
    sandbox.faults.add("500", "/api/checkins", times=2, after=1, query={"status": "All"})
    assert ask("/api/rewards", status="All").status_code == 200
    assert ask("/api/checkins/mileage", status="Pending").status_code == 200
    statuses = [ask("/api/checkins/mileage", status="All").status_code for _ in range(5)]
    assert statuses == [200, 500, 500, 200, 200]


def test_a_standing_rule_stays_until_cleared(ask, sandbox):
    sandbox.faults.add("503", "/api/rewards", times=None)
    assert [ask("/api/rewards").status_code for _ in range(4)] == [503] * 4
    sandbox.faults.latency_seconds = NEVER
    sandbox.faults.clear()
    assert sandbox.faults == Faults()
    assert ask("/api/rewards").status_code == 200


def test_the_token_call_can_fail_too(sandbox):
    sandbox.faults.add("500", "/api/auth/token")
    sandbox.faults.add("missing_field", "/api/auth/token", field="access_token")
    body = {
        "clientId": sandbox.client_id,
        "clientSecret": sandbox.client_secret,
        "partnerId": sandbox.partner_id,
    }
    url = f"{sandbox.base_url}/api/auth/token"
    assert requests.post(url, json=body, timeout=SECONDS).status_code == 500
    assert "access_token" not in requests.post(url, json=body, timeout=SECONDS).json()


def test_an_html_page_and_a_broken_body_come_as_200(ask, sandbox):
    sandbox.faults.add("html")
    sandbox.faults.add("not_json")
    sandbox.faults.add("wrong_shape")
    sandbox.faults.add("wrong_shape", value=[1, "two"])
    page, broken, shape, other = (ask("/api/rewards") for _ in range(4))
    assert {one.status_code for one in (page, broken, shape, other)} == {200}
    assert page.headers["Content-Type"].startswith("text/html")
    assert broken.headers["Content-Type"] == "application/json"
    with pytest.raises(requests.JSONDecodeError):
        broken.json()
    assert shape.json() == {"message": "ok"}
    assert other.json() == [1, "two"]


@pytest.mark.parametrize("kind", ["drop", "cut_short"])
def test_a_connection_breaks_and_the_next_one_works(ask, sandbox, kind):
    sandbox.faults.add(kind)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        ask("/api/rewards", size=500)
    assert sandbox.requests[-1].status == 0
    assert ask("/api/rewards").status_code == 200


def test_a_silent_server_is_a_time_out_and_does_not_hold_up_the_others_or_the_end(sandbox, ask):
    sandbox.faults.add("hang", "/api/rewards", seconds=NEVER)
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{sandbox.base_url}/api/rewards", timeout=0.2)
    assert ask("/api/users/list").status_code == 200
    sandbox.faults.add("hang", "/api/rewards", seconds=0.05)
    with pytest.raises(requests.ConnectionError):
        ask("/api/rewards")


def test_latency_is_waited_side_by_side(sandbox, ask):
    sandbox.faults.latency_seconds = 0.5
    started = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, ["/api/rewards"] * 8))
    assert {one.status_code for one in answers} == {200}
    assert 0.5 <= time.monotonic() - started < 8 * 0.5


def test_a_slow_answer_is_right_and_waits_on_top_of_the_latency(sandbox, ask):
    sandbox.faults.latency_seconds = 0.05
    sandbox.faults.add("slow", seconds=0.1)
    started = time.monotonic()
    assert ask("/api/rewards").status_code == 200
    assert time.monotonic() - started >= 0.15


def test_a_page_size_is_cut_silently_or_refused(ask, sandbox):
    sandbox.faults.page_cap = 20
    for path, key in LISTS:
        cut = ask(path, size=500).json()
        assert cut["itemsOnPage"] == len(cut[key]) == min(20, cut["totalItems"])
        second = ask(path, size=500, page=1).json()
        assert second[key][0]["id"] not in {one["id"] for one in cut[key]}
    sandbox.faults.page_cap = None
    sandbox.faults.refuse_size_over = 100
    assert ask("/api/rewards", size=101).status_code == 400
    assert ask("/api/rewards", size=100).json()["itemsOnPage"] == 100


def test_a_token_lives_shorter_than_it_says(sandbox):
    sandbox.faults.token_seconds = 1
    sandbox.faults.token_says_seconds = 3600
    body = {
        "clientId": sandbox.client_id,
        "clientSecret": sandbox.client_secret,
        "partnerId": sandbox.partner_id,
        "scope": "admin",
    }
    answer = requests.post(f"{sandbox.base_url}/api/auth/token", json=body, timeout=SECONDS).json()
    assert answer["expires_in"] == 3600
    headers = {"Authorization": f"Bearer {answer['access_token']}"}
    url = f"{sandbox.base_url}/api/rewards"
    assert requests.get(url, headers=headers, timeout=SECONDS).status_code == 200
    time.sleep(1.1)
    assert requests.get(url, headers=headers, timeout=SECONDS).status_code == 401


def test_the_date_header_is_of_the_worlds_clock(ask, sandbox):
    sent = datetime.strptime(ask("/api/rewards").headers["Date"], "%a, %d %b %Y %H:%M:%S GMT")
    assert abs((sandbox.world.now() - sent.replace(tzinfo=UTC)).total_seconds()) < SECONDS
    assert sent.replace(tzinfo=UTC) - NOW < timedelta(hours=1)


def test_more_requests_a_second_than_allowed_are_429(ask, sandbox):
    sandbox.faults.requests_per_second = 1
    answers = [ask("/api/rewards", size=1) for _ in range(12)]
    refused = [one for one in answers if one.status_code == 429]
    assert 0 < len(refused) < 12
    assert all(float(one.headers["Retry-After"]) > 0 for one in refused)


def test_the_inferred_by_id_page_can_be_missing(ask, sandbox):
    id = next(iter(sandbox.world.users))
    assert ask(f"/api/users/by-id/{id}").status_code == 200
    sandbox.faults.by_id = False
    answer = ask(f"/api/users/by-id/{id}")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "ERROR_UNKNOWN_PATH")
    assert ask(f"/api/users/by-id/{id}/rewards").status_code == 200


def test_absent_values_are_left_out_or_null(ask, sandbox):
    assert None not in [
        v for one in ask("/api/rewards", size=50).json()["rewards"] for v in one.values()
    ]
    sandbox.faults.nulls = True
    items = ask("/api/rewards", size=500).json()["rewards"]
    assert len({tuple(one) for one in items}) == 1
    assert any(one["payoutId"] is None for one in items)


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        ("missing_field", {"field": "updated"}, lambda one: "updated" not in one),
        ("missing_field", {"field": "owner.id"}, lambda one: "id" not in one["owner"]),
        ("wrong_type", {"field": "updated"}, lambda one: isinstance(one["updated"], dict)),
        ("wrong_type", {"field": "mileage", "value": "many"}, lambda one: one["mileage"] == "many"),
        (
            "unknown_word",
            {"field": "checkInStatus"},
            lambda one: one["checkInStatus"] == "Reconsidered",
        ),
    ],
)
def test_fields_go_missing_or_wrong_in_every_so_many_items(ask, sandbox, kind, options, expected):
    sandbox.faults.add(kind, "/api/checkins/mileage", every=3, **options)
    items = ask("/api/checkins/mileage", size=10).json()["checkins"]
    assert [bool(expected(one)) for one in items] == [place % 3 == 0 for place in range(10)]
    assert not any(expected(one) for one in ask("/api/checkins/mileage").json()["checkins"])


def test_fields_go_wrong_in_bare_arrays_and_single_records(ask, sandbox):
    world = sandbox.world
    owner = next(iter(world.payouts.values())).owner_id
    sandbox.faults.add("missing_field", "/api/users", times=None, field="id")
    assert all("id" not in one for one in ask(f"/api/users/by-id/{owner}/payouts").json())
    assert "id" not in ask(f"/api/users/by-id/{owner}").json()


@pytest.mark.parametrize(("value", "shift"), [("+3", 3), ("-3", -3)])
def test_the_total_is_shifted(ask, sandbox, value, shift):
    right = ask("/api/rewards").json()["totalItems"]
    sandbox.faults.add("total_items", "/api/rewards", value=value)
    assert ask("/api/rewards").json()["totalItems"] == right + shift


def test_the_total_is_negative_or_missing(ask, sandbox):
    sandbox.faults.add("total_items", "/api/rewards", value=-1)
    sandbox.faults.add("total_items", "/api/rewards", after=1)
    assert ask("/api/rewards").json()["totalItems"] == -1
    assert "totalItems" not in ask("/api/rewards").json()


def test_a_page_repeats_the_one_before(ask, sandbox):
    first, second = (ask("/api/rewards", page=page).json() for page in (0, 1))
    sandbox.faults.add("repeat_page", "/api/rewards", times=None)
    repeated = ask("/api/rewards", page=1).json()
    assert repeated["rewards"] == first["rewards"] != second["rewards"]
    assert repeated["currentPage"] == 1


@pytest.mark.parametrize(("path", "key"), LISTS)
def test_new_rows_arrive_while_a_list_is_paged(ask, sandbox, path, key):
    before = ask(path, size=1).json()["totalItems"]
    sandbox.faults.insert_rows_while_paging = 2
    sandbox.faults.drift_limit = 2
    seen = [
        one["id"]
        for page in range(4)
        for one in ask(path, page=page, size=10, sortDirection="asc").json()[key]
    ]
    assert len(seen) == len(set(seen))
    assert ask(path, size=1).json()["totalItems"] == before + 4


@pytest.mark.parametrize(("path", "key"), LISTS)
def test_rows_dated_oldest_shift_every_later_page(ask, sandbox, path, key):
    sandbox.faults.insert_rows_while_paging = 1
    sandbox.faults.insert_rows_dated = "oldest"
    first, second = (
        [one["id"] for one in ask(path, page=page, size=5, sortDirection="asc").json()[key]]
        for page in range(2)
    )
    assert second[0] == first[-1]


@pytest.mark.parametrize(("path", "key"), LISTS)
def test_rows_vanish_while_a_list_is_paged(ask, sandbox, path, key):
    whole = [one["id"] for one in ask(path, size=20, sortDirection="asc").json()[key]]
    sandbox.faults.vanish_rows_while_paging = 1
    first, second = (
        [one["id"] for one in ask(path, page=page, size=5, sortDirection="asc").json()[key]]
        for page in range(2)
    )
    assert first == whole[:5]
    assert second == whole[6:11]


def test_what_is_no_fault_is_refused(sandbox):
    with pytest.raises(ValueError, match="no such fault"):
        sandbox.faults.add("418")
    with pytest.raises(ValueError, match="no such setting"):
        sandbox.faults.set(latency=3)
