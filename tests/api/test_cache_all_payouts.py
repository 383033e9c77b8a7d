"""Where Ownli lists all payouts: one page of it while that explains the count, else all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ownli_api.client import OwnliClient
from ownli_api.sandbox import Sandbox, World
from ownli_api.settings import Settings
from tests.api.cache_tools import MADE_AT, Hand, as_bytes, lists_at, read

pytestmark = pytest.mark.usefixtures("no_pauses")

PAGE = 20
PATH = "/api/partner-payouts"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(World.make(seed=7, users=120, now=MADE_AT), payouts_path=PATH) as server:
        server.faults.page_cap = PAGE
        yield server


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[OwnliClient]:
    given = (sandbox.base_url, sandbox.partner_id, sandbox.client_id, sandbox.client_secret)
    client = OwnliClient(Settings(*given, payouts_path=PATH))
    yield client
    client.close()


def claim(sandbox: Sandbox, hand: Hand, users: int) -> None:
    """So many users claim what they have, a second apart."""
    owners = {one.owner_id for one in sandbox.world.rewards.values() if one.status == "Confirmed"}
    for owner in sorted(owners)[:users]:
        sandbox.world.claim(owner, at=hand.now)
        hand.forward(seconds=1)


def refreshed(lists, client, sandbox, hand) -> None:
    """After a refresh, rewards and payouts are what a cold load holds."""
    lists.refresh(client)
    held = [lists.rewards(client).result(), lists.payouts(client).result()]
    cold = lists_at(hand)
    for ours, now in zip(held, [cold.rewards(client), cold.payouts(client)], strict=True):
        assert ours.error is None
        assert ours.problems == ()
        assert as_bytes(ours.frame) == as_bytes(now.result().frame)


def test_a_refresh_dates_new_claims_and_drops_a_payout_whose_claim_is_undone(
    sandbox, client, hand, lists
):
    claim(sandbox, hand, 25)
    refreshed(lists, client, sandbox, hand)
    hand.forward(minutes=2)
    claim(sandbox, hand, 1)
    refreshed(lists, client, sandbox, hand)


@pytest.mark.parametrize("failure", ["404", "403", "html"])
def test_a_path_that_leads_to_no_list_is_named_and_every_user_asked(sandbox, client, hand, failure):
    sandbox.faults.add(failure, PATH, times=None)
    held = read(lists_at(hand), client)["payouts"]
    assert held.error is None
    assert held.undated == 0
    (problem,) = held.problems
    assert "OWNLI_PAYOUTS_PATH" in problem


def test_payouts_that_no_reward_names_are_held_as_well(sandbox, client, hand, lists):
    world = sandbox.world
    for _ in range(5):
        owner = world.register(at=hand.now).id
        world.grant(owner, 500, "goodwill", at=hand.now)
        for id in world.claim(owner, at=hand.now).reward_ids:
            world.vanish(id)
    for _ in range(2):
        claim(sandbox, hand, 1)
        hand.forward(minutes=2)
        refreshed(lists, client, sandbox, hand)


def test_a_payout_does_not_claim_a_reward_that_is_declined(sandbox, client, hand, lists):
    world = sandbox.world
    owner = next(one.owner_id for one in world.rewards.values() if one.status == "Confirmed")
    other = next(one for one in world.rewards.values() if one.status == "Declined")
    payout = world.claim(owner, at=hand.now)
    hand.forward(seconds=1)
    paid = {
        "id": other.id,
        "status": "Claimed",
        "type": other.type,
        "description": other.description,
        "vehicleId": other.vehicle_id,
        "payoutId": payout.id,
        "dateRewarded": other.rewarded_at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "amount": other.cents / 100,
    }
    path = f"/api/users/by-id/{owner}/payouts"
    sandbox.faults.add("wrong_type", path, times=1, field="rewards", value=[paid])
    lists.refresh(client)
    held = lists.rewards(client).result()
    assert held.frame.set_index("id").loc[other.id, "status"] == "Declined"
    assert as_bytes(held.frame) == as_bytes(lists_at(hand).rewards(client).result().frame)


def test_payouts_of_a_list_that_names_no_owner_get_that_of_their_rewards(sandbox, client, hand):
    for field in ("owner", "userId"):
        sandbox.faults.add("missing_field", PATH, times=None, field=field)
    held = read(lists_at(hand), client)["payouts"]
    owners = held.frame.set_index("id")["owner_id"].to_dict()
    assert owners == {one.id: one.owner_id for one in sandbox.world.payouts.values()}
