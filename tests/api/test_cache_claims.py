"""Claims are found in few requests; told badly they cost more, but never a wrong row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from ownli_api.sandbox import Sandbox, World
from tests.api.cache_tools import MADE_AT, Hand, as_bytes, lists_at

PAGE = 20
OWNERS_PAYOUTS = "/api/users/by-id"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(World.make(seed=7, users=120, now=MADE_AT)) as server:
        server.faults.page_cap = PAGE
        yield server


def balances(world: World) -> dict[str, list]:
    """The Confirmed rewards of owners who have three or more, the largest balance first."""
    held: dict[str, list] = {}
    for one in world.rewards.values():
        if one.status == "Confirmed":
            held.setdefault(one.owner_id, []).append(one)
    some = sorted(held.items(), key=lambda item: -len(item[1]))
    return {owner: rewards for owner, rewards in some if len(rewards) >= 3}


def claim(sandbox: Sandbox, hand: Hand, users: int = 1) -> list[str]:
    """So many users claim; their ids."""
    owners = list(balances(sandbox.world))[:users]
    for owner in owners:
        sandbox.world.claim(owner, at=hand.now)
    hand.forward(seconds=1)
    return owners


def refreshed(lists, client, sandbox, hand) -> list:
    """What one refresh of the rewards asked; the result is what a cold load holds."""
    lists.refresh(client)
    held = lists.rewards(client).result()
    asked = [seen for seen in sandbox.requests if "rewards" in seen.path or "by-id" in seen.path]
    cold = lists_at(hand).rewards(client).result()
    assert held.error is None
    assert as_bytes(held.frame) == as_bytes(cold.frame)
    return asked


def test_a_claim_is_taken_over_from_its_owners_payouts_alone(sandbox, client, hand, lists):
    owners = claim(sandbox, hand, 3)
    asked = refreshed(lists, client, sandbox, hand)
    assert not any("payoutId" in seen.query for seen in asked)
    told = Counter(seen.path for seen in asked if seen.template.endswith("/payouts"))
    assert set(told.values()) == {1}, "nobody is asked twice, nor for the date again"
    assert all(any(owner in path for path in told) for owner in owners)
    # Four counts, the newest page, and the payouts of three.
    assert len(asked) <= 4 + 1 + 3 + 9


def test_claims_are_found_in_fewer_requests_than_the_pages_of_what_is_confirmed(
    sandbox, client, hand, lists
):
    pages = sum(one.status == "Confirmed" for one in sandbox.world.rewards.values()) / PAGE
    claim(sandbox, hand)
    assert len(refreshed(lists, client, sandbox, hand)) - 5 < pages / 2


def test_a_user_who_is_given_a_reward_after_the_claim_is_found_all_the_same(
    sandbox, client, hand, lists
):
    (owner,) = claim(sandbox, hand)
    sandbox.world.grant(owner, 500, "goodwill", at=hand.now)
    hand.forward(seconds=1)
    asked = refreshed(lists, client, sandbox, hand)
    assert not any("payoutId" in seen.query for seen in asked)


ODD_PAYOUTS = {
    "without rewards": ("missing_field", {"field": "rewards"}),
    "of nothing": ("wrong_type", {"field": "rewards", "value": []}),
    "of rewards without ids": ("wrong_type", {"field": "rewards", "value": [{"amount": 2.1}]}),
    "of rewards nobody knows": (
        "wrong_type",
        {"field": "rewards", "value": [{"id": "XT_NO", "status": "Claimed", "amount": 2.1}]},
    ),
    "unreadable": ("wrong_type", {"field": "rewards"}),
    "without ids": ("missing_field", {"field": "id"}),
    "of no user": ("404", {}),
    "refused": ("403", {}),
    "a web page": ("html", {}),
}


@pytest.mark.parametrize("odd", ODD_PAYOUTS)
def test_payouts_that_tell_nothing_leave_the_rewards_as_a_cold_load_has_them(
    sandbox, client, hand, lists, odd
):
    kind, options = ODD_PAYOUTS[odd]
    sandbox.faults.add(kind, OWNERS_PAYOUTS, times=None, **options)
    claim(sandbox, hand, 2)
    asked = refreshed(lists, client, sandbox, hand)
    assert len(asked) < 120
    assert lists.rewards(client).result().problems == ()


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 99.5},
        {"dateRewarded": "2026-01-01T00:00:00.000Z"},
        {"status": "Confirmed"},
        {"payoutId": "XT_PAYOTHER"},
        {"description": "Another"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_payout_that_says_otherwise_than_the_list_does_not_speak_for_it(
    sandbox, client, hand, lists, change
):
    (owner,) = claim(sandbox, hand)
    world = sandbox.world
    paid = [
        {
            "id": one.id,
            "status": one.status,
            "type": one.type,
            "description": one.description,
            "vehicleId": one.vehicle_id,
            "payoutId": one.payout_id,
            "dateRewarded": one.rewarded_at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
            "amount": one.cents / 100,
        }
        for payout in world.payouts.values()
        if payout.owner_id == owner
        for one in [world.rewards[id] for id in payout.reward_ids]
    ]
    sandbox.faults.add(
        "wrong_type",
        f"{OWNERS_PAYOUTS}/{owner}",
        times=None,
        field="rewards",
        value=[paid[0] | change, *paid[1:]],
    )
    asked = refreshed(lists, client, sandbox, hand)
    assert any("payoutId" in seen.query for seen in asked)


def test_a_claim_of_a_part_of_a_balance_is_found_too(sandbox, client, hand, lists):
    owner, rewards = next(iter(balances(sandbox.world).items()))
    sandbox.world.claim(owner, at=hand.now)
    for one in rewards[::2]:
        sandbox.world.amend(one.id, status="Confirmed", payout_id=None)
    hand.forward(seconds=1)
    assert len(refreshed(lists, client, sandbox, hand)) < 120


def test_a_claim_that_is_undone_is_found(sandbox, client, hand, lists):
    claimed = [one for one in sandbox.world.rewards.values() if one.status == "Claimed"][-3:]
    for one in claimed:
        sandbox.world.amend(one.id, status="Confirmed", payout_id=None)
    assert len(refreshed(lists, client, sandbox, hand)) < 120


def test_a_claimed_reward_that_is_gone_from_the_list_is_not_held(sandbox, client, hand, lists):
    owner, rewards = next(iter(balances(sandbox.world).items()))
    sandbox.world.claim(owner, at=hand.now)
    sandbox.world.vanish(rewards[0].id)
    hand.forward(seconds=1)
    assert len(refreshed(lists, client, sandbox, hand)) < 120


def test_a_reward_that_goes_while_another_is_claimed_is_no_claim(sandbox, client, hand, lists):
    some = list(balances(sandbox.world).values())[1]
    sandbox.world.vanish(some[0].id)
    claim(sandbox, hand)
    assert len(refreshed(lists, client, sandbox, hand)) < 120


@pytest.mark.parametrize("after", [0, 1, 3])
@pytest.mark.parametrize("value", [None, "+2", -1])
def test_counts_that_fail_in_the_midst_of_a_search_end_it(
    sandbox, client, hand, lists, value, after
):
    one_row = {"status": "Confirmed", "size": "1"}
    rule = sandbox.faults.add(
        "total_items", "/api/rewards", times=None, after=1 + after, query=one_row, value=value
    )
    claim(sandbox, hand, 4)
    lists.refresh(client)
    assert lists.rewards(client).result().error is None
    assert len(sandbox.requests) < 160
    rule.times = rule.hits
    hand.forward(minutes=20)
    refreshed(lists, client, sandbox, hand)
