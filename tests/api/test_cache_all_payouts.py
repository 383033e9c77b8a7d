"""Where Ownli lists the payouts of all users, its newest page tells of claims and their dates."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ownli_api.client import OwnliClient
from ownli_api.sandbox import Sandbox, World
from ownli_api.settings import Settings
from tests.api.cache_tools import MADE_AT, Hand, as_bytes, lists_at, read

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


def refreshed(lists, client, sandbox, hand) -> list:
    """What a refresh of rewards and payouts asked; both are what a cold load holds."""
    lists.refresh(client)
    held = [lists.rewards(client).result(), lists.payouts(client).result()]
    asked = [seen for seen in sandbox.requests if "rewards" in seen.path or "payout" in seen.path]
    cold = lists_at(hand)
    for ours, now in zip(held, [cold.rewards(client), cold.payouts(client)], strict=True):
        assert ours.error is None
        assert ours.problems == ()
        assert as_bytes(ours.frame) == as_bytes(now.result().frame)
    return asked


@pytest.mark.parametrize(("claims", "pages"), [(1, 1), (PAGE - 1, 1), (PAGE + 5, 2)])
def test_claims_take_no_more_requests_than_the_pages_they_fill(
    sandbox, client, hand, lists, claims, pages
):
    claim(sandbox, hand, claims)
    asked = refreshed(lists, client, sandbox, hand)
    assert sum(seen.path == PATH for seen in asked) == pages
    # Beside these: the counts of four statuses and the newest rewards.
    assert len(asked) == pages + 4 + 1


def test_nothing_is_asked_of_the_payouts_while_nobody_claims(sandbox, client, hand, lists):
    sandbox.world.grant(next(iter(sandbox.world.users)), 500, "goodwill", at=hand.now)
    assert not [seen for seen in refreshed(lists, client, sandbox, hand) if seen.path == PATH]


def test_a_payout_that_rewards_told_of_is_dated_by_the_newest_page(sandbox, client, hand, lists):
    user = next(iter(sandbox.world.users))
    sandbox.world.grant(user, 500, "goodwill", at=hand.now)
    sandbox.world.claim(user, at=hand.now)
    hand.forward(seconds=1)
    asked = refreshed(lists, client, sandbox, hand)
    assert [dict(seen.query)["page"] for seen in asked if seen.path == PATH] == ["0"]


ODD_LISTS = {
    "without rewards": ("missing_field", {"field": "rewards"}),
    "of nothing": ("wrong_type", {"field": "rewards", "value": []}),
    "of rewards nobody knows": (
        "wrong_type",
        {"field": "rewards", "value": [{"id": "XT_NO", "status": "Claimed", "amount": 2.1}]},
    ),
    "unreadable": ("wrong_type", {"field": "rewards"}),
}


@pytest.mark.parametrize("odd", ODD_LISTS)
def test_payouts_that_tell_nothing_of_rewards_leave_them_as_a_cold_load_has_them(
    sandbox, client, hand, lists, odd
):
    kind, options = ODD_LISTS[odd]
    sandbox.faults.add(kind, PATH, times=1, **options)
    claim(sandbox, hand, 2)
    lists.refresh(client)
    held = lists.rewards(client).result()
    assert held.problems == ()
    assert len(sandbox.requests) < 120
    assert as_bytes(held.frame) == as_bytes(lists_at(hand).rewards(client).result().frame)


@pytest.mark.parametrize("failure", ["404", "403", "html", "500"])
def test_a_list_that_fails_leaves_the_claims_to_the_search(sandbox, client, hand, lists, failure):
    sandbox.faults.add(failure, PATH, times=None)
    claim(sandbox, hand, 2)
    lists.refresh(client)
    held = lists.rewards(client).result()
    assert held.error is None
    assert as_bytes(held.frame) == as_bytes(lists_at(hand).rewards(client).result().frame)


@pytest.mark.parametrize("failure", ["404", "403", "html"])
def test_a_path_that_leads_to_no_list_is_named_and_every_user_asked(sandbox, client, hand, failure):
    sandbox.faults.add(failure, PATH, times=None)
    held = read(lists_at(hand), client)["payouts"]
    assert held.error is None
    assert held.undated == 0
    (problem,) = held.problems
    assert "OWNLI_PAYOUTS_PATH" in problem


def test_a_claim_between_the_counts_and_the_page_costs_one_more_look(sandbox, client, hand, lists):
    claim(sandbox, hand, 3)
    owners = {one.owner_id for one in sandbox.world.rewards.values() if one.status == "Confirmed"}
    late, page = [min(owners)], client.payouts_page

    def page_after_a_claim(**options):
        while late:
            sandbox.world.claim(late.pop(), at=hand.now)
        return page(**options)

    client.payouts_page = page_after_a_claim
    asked = refreshed(lists, client, sandbox, hand)
    # Twice the counts and a page; the newest rewards once more.
    assert len(asked) <= 2 * (4 + 1 + 1)


def test_payouts_that_no_reward_names_are_asked_about_once(sandbox, client, hand, lists):
    world = sandbox.world
    for _ in range(5):
        owner = world.register(at=hand.now).id
        world.grant(owner, 500, "goodwill", at=hand.now)
        for id in world.claim(owner, at=hand.now).reward_ids:
            world.vanish(id)
    asked = []
    for _ in range(2):
        claim(sandbox, hand, 1)
        sandbox.forget()
        hand.forward(minutes=2)
        asked.append(
            sum("payoutId" in seen.query for seen in refreshed(lists, client, sandbox, hand))
        )
    assert asked == [5, 0]


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
    sandbox.faults.add("wrong_type", PATH, times=1, field="rewards", value=[paid])
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


def test_a_list_of_ever_new_payouts_is_not_read_for_ever(sandbox, client, hand, lists):
    claim(sandbox, hand, 1)
    world = sandbox.world
    for number in range(200):
        owner = world.register(at=hand.now).id
        world.grant(owner, 500, "goodwill", at=hand.now)
        payout = world.claim(owner, at=hand.now)
        # Neither the payout nor its reward adds up: the list of rewards knows of nothing.
        for id in payout.reward_ids:
            world.vanish(id)
        hand.forward(seconds=number % 2)
    lists.refresh(client)
    assert lists.rewards(client).result().error is None
    read_of_it = sum(seen.path == PATH for seen in sandbox.requests)
    assert read_of_it < 200 / PAGE
