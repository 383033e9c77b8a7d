"""A list is the same bytes whether it came by one cold load or by a hundred increments."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownli_api.cache import Lists
from ownli_api.client import OwnliClient
from ownli_api.sandbox import Sandbox, World
from ownli_api.settings import Settings
from tests.api.cache_tools import MADE_AT, NOUNS, Hand, as_bytes, lists_at, read

MINUTES_BETWEEN = (2, 15, 90, 700, 4000)
EVENTS_BETWEEN = (0, 1, 4, 25)


def client_of(sandbox: Sandbox, payouts_path: str | None = None) -> OwnliClient:
    settings = Settings(
        sandbox.base_url,
        sandbox.partner_id,
        sandbox.client_id,
        sandbox.client_secret,
        payouts_path=payouts_path,
    )
    return OwnliClient(settings)


def go_on(world: World, rng: Random, hand: Hand, events: int) -> None:
    """So many things happen, some of them dated a little late, and now and then a row is gone."""
    for _ in range(events):
        world.step(rng, 1, at=hand.now - timedelta(seconds=100 * rng.random()))
    if rng.random() < 0.2:
        world.vanish(rng.choice(list(world.check_ins)))
    if rng.random() < 0.1:
        # A payout keeps the rewards it was made of, as it was answered: those do not vanish.
        unpaid = [one.id for one in world.rewards.values() if one.payout_id is None]
        world.vanish(rng.choice(unpaid))


def assert_as_loaded_now(lists: Lists, client: OwnliClient, hand: Hand) -> None:
    held, cold = read(lists, client), read(lists_at(hand), client)
    for noun in NOUNS:
        assert held[noun].error is None
        assert held[noun].problems == cold[noun].problems == ()
        assert as_bytes(held[noun].frame) == as_bytes(cold[noun].frame), noun


@settings(max_examples=12)
@given(
    seed=st.integers(0, 10_000),
    hours=st.integers(0, 7 * 24),
    page_cap=st.sampled_from([None, 10, 50]),
    payouts_path=st.sampled_from([None, "/api/payouts"]),
    steps=st.lists(
        st.tuples(st.sampled_from(MINUTES_BETWEEN), st.sampled_from(EVENTS_BETWEEN)),
        min_size=1,
        max_size=8,
    ),
)
def test_increments_of_any_kind_end_in_the_bytes_of_a_cold_load(
    seed, hours, page_cap, payouts_path, steps
):
    rng, world = (
        Random(seed),
        World.make(seed=seed, users=25, weeks=10, now=MADE_AT + timedelta(hours=hours)),
    )
    hand = Hand(world.now())
    with Sandbox(world, payouts_path=payouts_path) as sandbox:
        sandbox.faults.page_cap = page_cap
        lists, client = lists_at(hand), client_of(sandbox, payouts_path)
        read(lists, client)
        for minutes, events in steps:
            hand.forward(minutes=minutes)
            go_on(world, rng, hand, events)
            lists.refresh(client)
            assert_as_loaded_now(lists, client, hand)
        client.close()


def test_a_hundred_increments_end_in_the_bytes_of_a_cold_load():
    rng, world = Random(11), World.make(seed=11, users=60, now=MADE_AT)
    hand = Hand(world.now())
    with Sandbox(world) as sandbox:
        lists, client = lists_at(hand), client_of(sandbox)
        read(lists, client)
        for _ in range(100):
            hand.forward(minutes=rng.choice((2, 10, 45)))
            go_on(world, rng, hand, rng.choice(EVENTS_BETWEEN))
            lists.refresh(client)
        hand.forward(minutes=2)
        assert_as_loaded_now(lists, client, hand)
        client.close()


@pytest.mark.parametrize("order", ["mileage first", "condition first"])
def test_an_id_that_changes_its_kind_is_held_once_whichever_list_came_first(order):
    world = World.make(seed=5, users=25, weeks=8, now=MADE_AT)
    hand = Hand(world.now())
    with Sandbox(world) as sandbox:
        lists, client = lists_at(hand), client_of(sandbox)
        read(lists, client)
        was, becomes = (
            ("mileage", "condition") if order == "mileage first" else ("condition", "mileage")
        )
        some = next(one for one in world.check_ins.values() if one.kind == was)
        hand.forward(minutes=2)
        world.amend(some.id, kind=becomes, updated_at=hand.now)
        hand.forward(seconds=1)
        lists.refresh(client)
        rows = read(lists, client)["check_ins"].frame
        assert list(rows.loc[rows["id"] == some.id, "kind"]) == [becomes]
        assert_as_loaded_now(lists, client, hand)
        client.close()


def test_an_overnight_gap_costs_no_more_than_a_reload():
    rng, world = Random(4), World.make(seed=4, users=150, now=MADE_AT)
    hand = Hand(world.now())
    with Sandbox(world) as sandbox:
        sandbox.faults.page_cap = 20
        lists, client = lists_at(hand), client_of(sandbox)
        read(lists, client)
        whole = sum(seen.template == "/api/rewards" for seen in sandbox.requests)
        hand.forward(hours=12)
        world.step(rng, 100, at=hand.now - timedelta(minutes=1))
        sandbox.forget()
        lists.rewards(client).result()
        again = sum(seen.template == "/api/rewards" for seen in sandbox.requests)
        assert again <= whole
        assert_as_loaded_now(lists, client, hand)
        client.close()
