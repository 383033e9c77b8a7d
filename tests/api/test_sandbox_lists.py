"""The stand-in's lists against counting by hand: paging, sorting, searching, filters."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from ownli_api.sandbox import Faults, Sandbox, World, records

SECONDS = 20  # to wait for an answer: shared machines are slow at times

NOW = datetime(2026, 11, 23, 14, tzinfo=UTC)
PATHS = {
    "mileage": "/api/checkins/mileage",
    "condition": "/api/checkins/condition",
    "proof_of_address": "/api/checkins/proof-of-address",
}


class Caller:
    """Asks a sandbox with an admin token."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        body = {
            "clientId": sandbox.client_id,
            "clientSecret": sandbox.client_secret,
            "partnerId": sandbox.partner_id,
            "scope": "admin",
        }
        token = self.session.post(f"{sandbox.base_url}/api/auth/token", json=body, timeout=SECONDS)
        self.session.headers["Authorization"] = f"Bearer {token.json()['access_token']}"

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.session.get(f"{self.sandbox.base_url}{path}", params=query, timeout=SECONDS)

    def list(self, path: str, **query: Any) -> dict[str, Any]:
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    world = World.make(users=40, check_ins=400, now=NOW)
    with Sandbox(world, faults=Faults(), payouts_path="/api/payouts") as sandbox:
        yield Caller(sandbox)


def iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def cut(at: datetime, milliseconds: int = 0) -> datetime:
    """A bound as a query can name it: whole milliseconds, so many later."""
    whole = at.replace(microsecond=at.microsecond // 1_000 * 1_000)
    return whole + timedelta(milliseconds=milliseconds)


def ids_of(answer: dict[str, Any], key: str) -> list[str]:
    return [one["id"] for one in answer[key]]


# Bounds are drawn from the dates of the records themselves, so that "inclusive" is put to the test.
CHECK_IN_QUESTIONS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(records.KINDS),
        "sortBy": st.sampled_from(["dateCheckedIn", "dateUpdated"]),
        "sortDirection": st.sampled_from(["asc", "desc"]),
        "status": st.sampled_from(["All", "Pending", "Confirmed", "Declined", "OnHold"]),
        "checked": st.none() | st.tuples(st.integers(0, 399), st.integers(-1, 1)),
        "checked_end": st.none() | st.tuples(st.integers(0, 399), st.integers(-1, 1)),
        "updated": st.none() | st.tuples(st.integers(0, 399), st.integers(-1, 1)),
        "fraud": st.none() | st.booleans(),
        "owner": st.none() | st.sampled_from(["a", "SON", "zz", "o"]),
        "page": st.integers(0, 4),
        "size": st.sampled_from([1, 7, 50, 500]),
    }
)


@given(asked=CHECK_IN_QUESTIONS)
def test_a_check_in_list_shows_what_counting_by_hand_finds(caller, asked):
    world = caller.sandbox.world
    everything = list(world.check_ins.values())
    query = {name: asked[name] for name in ("sortBy", "sortDirection", "status", "page", "size")}
    found = [one for one in everything if one.kind == asked["kind"]]
    if asked["status"] != "All":
        found = [one for one in found if one.status == asked["status"]]
    if asked["checked"] is not None:
        bound = cut(everything[asked["checked"][0]].checked_in_at, asked["checked"][1])
        query["checkinStartDate"] = iso(bound)
        found = [one for one in found if one.checked_in_at >= bound]
    if asked["checked_end"] is not None:
        bound = cut(everything[asked["checked_end"][0]].checked_in_at, asked["checked_end"][1])
        query["checkinEndDate"] = iso(bound)
        found = [one for one in found if one.checked_in_at <= bound]
    if asked["updated"] is not None:
        bound = cut(everything[asked["updated"][0]].updated_at, asked["updated"][1])
        query["updatedStartDate"] = iso(bound)
        found = [one for one in found if one.updated_at >= bound]
    if asked["fraud"] is not None:
        query["isFraud"] = str(asked["fraud"]).lower()
        found = [one for one in found if one.fraud is asked["fraud"]]
    if asked["owner"] is not None:
        query |= {"searchBy": "userLastName", "searchValue": asked["owner"]}
        text = asked["owner"].lower()
        found = [one for one in found if text in world.users[one.owner_id].last_name.lower()]
    by_update = asked["sortBy"] == "dateUpdated"
    found.sort(
        key=lambda one: (one.updated_at if by_update else one.checked_in_at, one.id),
        reverse=asked["sortDirection"] == "desc",
    )
    answer = caller.list(PATHS[asked["kind"]], **query)
    page = found[asked["page"] * asked["size"] : (asked["page"] + 1) * asked["size"]]
    assert answer["totalItems"] == len(found)
    assert ids_of(answer, "checkins") == [one.id for one in page]
    assert answer["itemsOnPage"] == len(page)
    assert answer["currentPage"] == asked["page"]
    assert answer["totalPages"] == -(-len(found) // asked["size"])


@given(
    status=st.sampled_from(["All", "Pending", "Confirmed", "Declined", "Claimed"]),
    type_=st.none() | st.sampled_from(["MileageCheckIn", "ServiceCheckIn", "ConditionCheckIn"]),
    code=st.none() | st.sampled_from(["goodwill", "referral", "refer"]),
    place=st.none() | st.integers(0, 300),
    by=st.sampled_from(["none", "vehicle", "payout", "both"]),
    ascending=st.booleans(),
)
def test_the_rewards_list_shows_what_counting_by_hand_finds(
    caller, status, type_, code, place, by, ascending
):
    world = caller.sandbox.world
    everything = list(world.rewards.values())
    query = {"status": status, "size": 1000, "sortDirection": "asc" if ascending else "desc"}
    found = everything
    if status != "All":
        found = [one for one in found if one.status == status]
    if type_ is not None:
        query["rewardType"] = type_
        found = [one for one in found if one.type == type_]
    if code is not None:
        query["actionCode"] = code
        found = [one for one in found if one.action_code == code]
    if place is not None:
        start, end = (cut(everything[place].rewarded_at, later) for later in (0, 1))
        query |= {"rewardStartDate": iso(start), "rewardEndDate": iso(end)}
        found = [one for one in found if start <= one.rewarded_at <= end]
    example = next(one for one in everything if one.payout_id and one.vehicle_id)
    if by in ("vehicle", "both"):
        query["vehicleId"] = example.vehicle_id
        found = [one for one in found if one.vehicle_id == example.vehicle_id]
    if by in ("payout", "both"):
        query["payoutId"] = example.payout_id
        found = [one for one in found if one.payout_id == example.payout_id]
    found = sorted(found, key=lambda one: (one.rewarded_at, one.id), reverse=not ascending)
    answer = caller.list("/api/rewards", **query)
    assert ids_of(answer, "rewards") == [one.id for one in found]
    assert answer["totalItems"] == len(found)


@pytest.mark.parametrize("sort", ["firstName", "lastName", "email", "phone", "dateRegistered"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_users_sort_by_every_documented_field_in_both_directions(caller, sort, direction):
    field = {"firstName": "first_name", "lastName": "last_name", "dateRegistered": "registered_at"}
    name = field.get(sort, sort)

    def key(user):
        value = getattr(user, name)
        return (value.casefold() if isinstance(value, str) else value, user.id)

    expected = sorted(caller.sandbox.world.users.values(), key=key, reverse=direction == "desc")
    answer = caller.list("/api/users/list", sortBy=sort, sortDirection=direction, size=100)
    assert ids_of(answer, "users") == [one.id for one in expected]


@pytest.mark.parametrize("by", ["id", "firstName", "lastName", "email", "phone", "licensePlate"])
def test_users_are_found_by_a_part_of_every_documented_field_in_any_case(caller, by):
    world = caller.sandbox.world
    user = list(world.users.values())[13]
    (car, *_) = world.sharing("vehicles", "owner_id", user.id)
    whole = {
        "id": user.id,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "email": user.email,
        "phone": user.phone,
        "licensePlate": car.license,
    }[by]
    for text in (whole, whole[1:].swapcase()):
        answer = caller.list("/api/users/list", searchBy=by, searchValue=text, size=100)
        assert user.id in ids_of(answer, "users")
        assert answer["totalItems"] < len(world.users)
    missed = caller.list("/api/users/list", searchBy=by, searchValue=whole + "~")
    assert (missed["totalItems"], missed["users"]) == (0, [])


@pytest.mark.parametrize(
    ("path", "key", "by", "what"),
    [
        ("/api/vehicles", "vehicles", "vin", lambda world, car: car.vin[3:12].lower()),
        ("/api/vehicles", "vehicles", "license", lambda world, car: car.license),
        ("/api/vehicles", "vehicles", "state", lambda world, car: car.state),
        ("/api/vehicles", "vehicles", "userPhone", lambda w, car: w.users[car.owner_id].phone),
        ("/api/checkins/mileage", "checkins", "vin", lambda world, car: car.vin),
        ("/api/checkins/condition", "checkins", "license", lambda world, car: car.license),
        ("/api/checkins/mileage", "checkins", "userEmail", lambda w, c: w.users[c.owner_id].email),
        ("/api/checkins/proof-of-address", "checkins", "city", lambda world, car: "an"),
    ],
)
def test_lists_of_cars_and_check_ins_are_searched_by_their_cars_owners_and_homes(
    caller, path, key, by, what
):
    world = caller.sandbox.world
    car = next(
        one
        for one in world.vehicles.values()
        if all(
            any(
                check_in.kind == kind
                for check_in in world.sharing("check_ins", "vehicle_id", one.id)
            )
            for kind in ("mileage", "condition")
        )
    )
    text = what(world, car).lower()

    def matches(record):
        owner = world.users[record.owner_id]
        vehicle = world.vehicles.get(getattr(record, "vehicle_id", record.id) or "")
        value = {
            "userPhone": owner.phone,
            "userEmail": owner.email,
            "city": owner.address.city,
        }.get(by) or getattr(vehicle, by)
        return text in value.lower()

    kind = next((kind for kind, one in PATHS.items() if one == path), None)
    everything = world.vehicles if kind is None else world.check_ins
    expected = {
        one.id for one in everything.values() if (kind is None or one.kind == kind) and matches(one)
    }
    answer = caller.list(path, searchBy=by, searchValue=text, size=500)
    assert expected
    assert set(ids_of(answer, key)) == expected


def test_registration_bounds_are_inclusive_and_fraud_filters_users(caller):
    world = caller.sandbox.world
    users = sorted(world.users.values(), key=lambda one: one.registered_at)
    first, last = users[10].registered_at, users[20].registered_at
    answer = caller.list(
        "/api/users/list",
        registrationStartDate=iso(first),
        registrationEndDate=iso(cut(last, 1)),
        sortDirection="asc",
        size=100,
    )
    assert ids_of(answer, "users") == [one.id for one in users[10:21]]
    world.amend(users[3].id, fraud=True)
    flagged = caller.list("/api/users/list", isFraud="true", size=100)
    assert set(ids_of(flagged, "users")) == {one.id for one in users if one.fraud}


def test_active_and_inactive_cars_can_be_told_apart(caller):
    world = caller.sandbox.world
    car = next(iter(world.vehicles.values()))
    world.amend(car.id, active=False)
    off = caller.list("/api/vehicles", active="false", size=500)
    assert set(ids_of(off, "vehicles")) == {
        one.id for one in world.vehicles.values() if not one.active
    }
    assert off["vehicles"][0]["owner"]["id"] in world.users


def test_the_older_users_list_is_a_bare_array_without_fraud_filter_and_search_by_id(caller):
    page = caller.get("/api/users", size=7, page=1).json()
    newer = caller.list("/api/users/list", size=7, page=1)
    assert page == newer["users"]
    assert caller.get("/api/users", isFraud="true").status_code == 400
    assert caller.get("/api/users", searchBy="id", searchValue="XT").status_code == 400


def test_a_page_is_ten_newest_first_unless_asked_otherwise_and_empty_past_the_end(caller):
    world = caller.sandbox.world
    newest = sorted(
        (one for one in world.check_ins.values() if one.kind == "mileage"),
        key=lambda one: (one.checked_in_at, one.id),
        reverse=True,
    )
    answer = caller.list("/api/checkins/mileage")
    assert ids_of(answer, "checkins") == [one.id for one in newest[:10]]
    beyond = caller.list("/api/checkins/mileage", page=10_000)
    assert (beyond["checkins"], beyond["itemsOnPage"]) == ([], 0)
    assert beyond["totalItems"] == len(newest)


def test_pages_side_by_side_hold_every_row_once(caller):
    total = caller.list("/api/rewards", size=1)["totalItems"]
    seen = [
        id
        for page in range(-(-total // 33))
        for id in ids_of(
            caller.list("/api/rewards", page=page, size=33, sortDirection="asc"), "rewards"
        )
    ]
    assert len(seen) == total
    assert set(seen) == set(caller.sandbox.world.rewards)


def test_archived_is_a_filter_of_the_newer_lists_only(caller):
    assert caller.list("/api/checkins/condition", status="Archived")["totalItems"] == 0
    assert caller.get("/api/checkins/mileage", status="Archived").status_code == 400
    assert caller.get("/api/rewards", status="OnHold").status_code == 400


def test_amounts_are_doubles_and_dates_are_utc_with_milliseconds(caller):
    world = caller.sandbox.world
    answer = caller.get("/api/rewards", size=1000)
    assert '"amount":2.1,' in answer.text.replace(" ", "")
    for item in answer.json()["rewards"]:
        reward = world.rewards[item["id"]]
        assert isinstance(item["amount"], float)
        assert round(item["amount"] * 100) == reward.cents
        assert item["dateRewarded"] == iso(reward.rewarded_at)
        assert item.get("payoutId") == reward.payout_id
        assert item.get("actionCode") == reward.action_code
        assert item["owner"]["id"] == reward.owner_id


def test_payouts_of_all_users_are_listed_where_the_setting_says(caller):
    world = caller.sandbox.world
    answer = caller.list("/api/payouts", size=1000, sortDirection="asc")
    payouts = sorted(world.payouts.values(), key=lambda one: (one.claimed_at, one.id))
    assert ids_of(answer, "payouts") == [one.id for one in payouts]
    for item, payout in zip(answer["payouts"], payouts, strict=True):
        assert item["owner"]["id"] == payout.owner_id
        assert round(sum(one["amount"] for one in item["rewards"]) * 100) == payout.cents
