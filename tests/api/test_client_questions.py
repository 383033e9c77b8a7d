"""Single questions: one user, one vehicle, a page, a count; ids never change the path."""

from __future__ import annotations

import copy
import pickle
from datetime import timedelta

import pytest

from ownli_api.client import Span
from ownli_api.errors import ClientClosed, NotFound


@pytest.fixture
def someone(sandbox):
    """A user with a payout."""
    return sandbox.world.users[next(iter(sandbox.world.payouts.values())).owner_id]


def gets(sandbox) -> list:
    return [seen for seen in sandbox.requests if seen.method == "GET"]


def test_a_page_of_users_is_what_ownli_sorts_and_counts(client, sandbox):
    listing = client.users_page(size=10, sort_by="email", sort_direction="asc")
    emails = sorted(user.email for user in sandbox.world.users.values())
    assert listing.frame["email"].tolist() == emails[:10]
    assert listing.total_items == len(emails)
    second = client.users_page(page=1, size=10, sort_by="email", sort_direction="asc")
    assert second.frame["email"].tolist() == emails[10:20]


def test_users_are_filtered_by_fraud_and_registration(client, sandbox):
    users = sandbox.world.users.values()
    frauds = {user.id for user in users if user.fraud}
    assert set(client.users_page(size=100, is_fraud=True).frame["id"]) == frauds
    ordered = sorted(users, key=lambda user: user.registered_at)
    span = Span(ordered[5].registered_at, ordered[20].registered_at + timedelta(milliseconds=1))
    assert client.count_users(registered=span) == 16
    assert client.users_page(size=100, registered=span).total_items == 16
    assert client.count_users() == len(users)


def test_a_user_is_found_by_id_with_the_documented_search(client, sandbox, someone):
    sandbox.faults.set(by_id=False, refuse_size_over=50)
    frame = client.user(someone.id).frame
    assert frame["id"].tolist() == [someone.id]
    assert frame["email"].tolist() == [someone.email]
    assert {seen.template for seen in gets(sandbox)} == {"/api/users/list"}
    with pytest.raises(NotFound):
        client.user("XT_NOBODY")


def test_a_search_by_id_takes_only_the_very_same_id(client, sandbox, someone):
    with pytest.raises(NotFound):
        client.user(someone.id[:-1])


@pytest.mark.parametrize(
    "id", ["", ".", "..", " ", "x" * 300, "a\nb", "a\x00b", "\ud800"], ids=repr
)
def test_what_cannot_be_an_id_is_not_found_without_asking(client, sandbox, id):
    for question in (client.user, client.user_payouts, client.user_rewards, client.user_summary):
        with pytest.raises(NotFound):
            question(id)
    assert gets(sandbox) == []


@pytest.mark.parametrize(
    "id",
    ["a/b", "../../auth/token", "a?b=c", "a#b", "a%2Fb", "{id}", "é", "a+b", "..%2f", "%2e%2e"],
)
def test_no_id_changes_the_path(client, sandbox, id):
    with pytest.raises(NotFound):
        client.user_rewards(id)
    with pytest.raises(NotFound):
        client.user_payouts(id)
    for seen in gets(sandbox):
        assert seen.query == {}
        assert seen.path.startswith("/api/users/by-id/")
        assert seen.path.endswith(("/rewards", "/payouts"))


def test_a_phone_in_any_format_finds_its_user(client, sandbox, someone):
    digits = someone.phone.removeprefix("+1")
    for phone in (someone.phone, digits, f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"):
        assert someone.id in client.user_by_phone(phone).frame["id"].tolist()


def test_a_phone_that_nobody_has_or_that_is_none_finds_nobody(client, sandbox):
    assert client.user_by_phone("+12025550199").frame.empty
    sandbox.forget()
    assert client.user_by_phone("hello").frame.empty
    assert gets(sandbox) == []


def test_a_vehicle_is_found_by_its_vin(client, sandbox):
    car = next(car for car in sandbox.world.vehicles.values() if car.active)
    page = client.vehicles_page(size=5, search_by="vin", search_value=car.vin)
    assert page.frame["id"].tolist() == [car.id]
    assert page.frame["owner_id"].tolist() == [car.owner_id]


def test_a_users_rewards_and_payouts_carry_the_user(client, sandbox, someone):
    rewards = client.user_rewards(someone.id).frame
    world = [one for one in sandbox.world.rewards.values() if one.owner_id == someone.id]
    assert set(rewards["id"]) == {one.id for one in world}
    assert rewards["amount_cents"].sum() == sum(one.cents for one in world)
    assert set(rewards["owner_id"]) == {someone.id}
    payouts = client.user_payouts(someone.id).frame.set_index("id")
    for one in sandbox.world.payouts.values():
        if one.owner_id == someone.id:
            row = payouts.loc[one.id]
            assert (row["amount_cents"], row["rewards_count"]) == (one.cents, len(one.reward_ids))
            assert row["rewards_cents"] == one.cents
            assert row["claimed_at"] == sandbox.shown(one.claimed_at)
            assert row["payment_reference_id"] == one.payment_reference_id


def test_check_ins_of_a_vehicle_and_a_user_come_with_photos(client, sandbox):
    world = sandbox.world
    one = next(one for one in world.check_ins.values() if one.kind == "condition")
    listing, photos = client.vehicle_check_ins(one.vehicle_id, "condition")
    same = {
        other.id
        for other in world.check_ins.values()
        if other.vehicle_id == one.vehicle_id and other.kind == "condition"
    }
    assert set(listing.frame["id"]) == same
    assert set(listing.frame["kind"]) == {"condition"}
    assert set(photos["check_in_id"]) <= same
    assert len(photos)
    assert set(photos["kind"]) == {"condition"}
    assert photos["type"].notna().all()
    proof = next(one for one in world.check_ins.values() if one.kind == "proof_of_address")
    listing, photos = client.user_check_ins(proof.owner_id)
    assert proof.id in set(listing.frame["id"])
    assert set(listing.frame["owner_id"]) == {proof.owner_id}
    assert set(photos["kind"]) == {"proof_of_address"}


def test_a_summary_names_the_vehicles_of_a_user(client, sandbox):
    owner = next(iter(sandbox.world.vehicles.values())).owner_id
    theirs = {car.id: car for car in sandbox.world.vehicles.values() if car.owner_id == owner}
    vehicles = client.user_summary(owner).vehicles
    assert {car.id for car in vehicles} <= set(theirs)
    assert vehicles
    for car in vehicles:
        one = theirs[car.id]
        assert (car.license, car.vin, car.make) == (one.license, one.vin, one.make)
    with pytest.raises(NotFound):
        client.user_summary("XT_NOBODY")


def test_a_closed_client_answers_nothing_and_holds_no_token(client, sandbox):
    client.count_users()
    assert client.stats().token_age_seconds is not None
    client.close()
    assert client.stats().token_age_seconds is None
    with pytest.raises(ClientClosed):
        client.count_users()


def test_a_client_shows_and_spills_nothing(client, client_settings):
    client.count_users()
    for text in (repr(client), str(client), repr(client_settings)):
        assert client_settings.client_secret not in text
        assert client_settings.client_id not in text
    for spill in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            spill(client)


def test_stats_count_what_was_done(client, sandbox):
    sandbox.faults.add("503", "/api/users", times=1)
    client.count_users()
    stats = client.stats()
    assert (stats.requests, stats.retries, stats.parallel) == (3, 1, 4)
    assert stats.seconds > 0
    assert stats.last_error is None
    sandbox.faults.add("403", "/api/users", times=1)
    with pytest.raises(Exception, match="permit"):
        client.count_users()
    assert "permit" in client.stats().last_error
