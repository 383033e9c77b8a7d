"""After every refresh each row that is held is Ownli's: none missing, none stale, none invented."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownli_api.client import OwnliClient
from ownli_api.sandbox import Sandbox, World
from ownli_api.settings import Settings
from tests.api.cache_tools import MADE_AT, NOUNS, Hand, as_bytes, lists_at, read

pytestmark = pytest.mark.usefixtures("no_pauses")

TIMES = ("cut", "round", "sec", "us", "ms")
PAGES = (10, 37, 100)
STATUSES = ("Confirmed", "Declined", "OnHold")


def client_of(sandbox: Sandbox, payouts_path: str | None = None) -> OwnliClient:
    who = (sandbox.base_url, sandbox.partner_id, sandbox.client_id, sandbox.client_secret)
    return OwnliClient(Settings(*who, payouts_path=payouts_path))


def truth(sandbox: Sandbox) -> dict[str, set[tuple]]:
    """Every row of the world as its answers show it."""
    world = sandbox.world
    return {
        "check_ins": {
            (one.kind, one.id, one.status, one.owner_id, sandbox.shown(one.checked_in_at),
             sandbox.shown(one.updated_at), one.admin_note)
            for one in world.check_ins.values()
        },
        "rewards": {
            (one.id, one.status, one.owner_id, one.payout_id, one.cents,
             sandbox.shown(one.rewarded_at))
            for one in world.rewards.values()
        },
        "payouts": {
            (one.id, one.owner_id, one.cents, sandbox.shown(one.claimed_at), len(one.reward_ids))
            for one in world.payouts.values()
        },
    }  # fmt: skip


COLUMNS = {
    "check_ins": ["kind", "id", "status", "owner_id", "checked_in_at", "updated_at", "note"],
    "rewards": ["id", "status", "owner_id", "payout_id", "amount_cents", "rewarded_at"],
    "payouts": ["id", "owner_id", "amount_cents", "claimed_at", "rewards_count"],
}


def rows_of(frame, columns: list[str]) -> set[tuple]:
    plain = frame[columns].astype("object")
    plain = plain.where(plain.notna(), None)
    return {
        tuple(value.to_pydatetime() if hasattr(value, "to_pydatetime") else value for value in row)
        for row in plain.itertuples(index=False, name=None)
    }


def assert_exact(held, sandbox: Sandbox, when: str = "") -> None:
    expected = truth(sandbox)
    for noun, columns in COLUMNS.items():
        snapshot = held[noun]
        assert snapshot.error is None, (when, noun, snapshot.error)
        ours = rows_of(snapshot.frame, columns)
        assert len(ours) == len(snapshot.frame), (when, noun, "a row comes twice")
        assert ours - expected[noun] == set(), (when, noun, "stale or invented")
        assert expected[noun] - ours == set(), (when, noun, "missing or stale")
        assert snapshot.complete, (when, noun, snapshot.problems)


def late(hand: Hand, rng: Random):
    """A moment shortly before now, to the microsecond."""
    return hand.now - timedelta(microseconds=rng.randrange(1, 50_000_000))


def change(world: World, rng: Random, hand: Hand, events: int) -> None:
    """So many things happen: submitted, decided, claimed, granted, registered, and one undone."""
    for _ in range(events):
        world.step(rng, 1, at=late(hand, rng))
    if events and world.payouts and rng.random() < 0.4:
        world.undo_claim(max(world.payouts, key=lambda id: world.payouts[id].claimed_at))


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    times=st.sampled_from(TIMES),
    ties=st.sampled_from(("id", "reverse", "shuffle")),
    page=st.sampled_from(PAGES),
    payouts_path=st.sampled_from((None, "/api/payouts")),
    steps=st.lists(st.sampled_from((0, 1, 5, 20, 60)), min_size=1, max_size=4),
)
def test_every_row_is_ownlis_after_every_refresh(seed, times, ties, page, payouts_path, steps):
    rng = Random(seed)
    world = World.make(seed=seed, users=30, weeks=8, now=MADE_AT)
    hand = Hand(world.now())
    given_to = {"times": times, "ties": ties, "payouts_path": payouts_path}
    with Sandbox(world, **given_to) as sandbox:
        sandbox.faults.page_cap = page
        lists, client = lists_at(hand), client_of(sandbox, payouts_path)
        assert_exact(read(lists, client), sandbox, "cold")
        for number, events in enumerate(steps):
            hand.forward(minutes=rng.choice((2, 45, 3000)))
            change(world, rng, hand, events)
            lists.refresh(client)
            assert_exact(read(lists, client), sandbox, f"refresh {number}, {events} events")
        client.close()


@pytest.mark.parametrize("times", TIMES)
def test_sixty_rewards_claimed_at_once_are_found_whatever_times_ownli_shows(times):
    world = World.make(seed=3, users=120, now=MADE_AT)
    hand, rng = Hand(world.now()), Random(3)
    with Sandbox(world, times=times, ties="reverse") as sandbox:
        sandbox.faults.page_cap = 37
        lists, client = lists_at(hand), client_of(sandbox)
        read(lists, client)
        for _ in range(4):
            hand.forward(minutes=2)
            confirmed = [one for one in world.rewards.values() if one.status == "Confirmed"]
            for owner in sorted({one.owner_id for one in confirmed})[:12]:
                if sum(one.cents for one in confirmed if one.owner_id == owner) >= 100:
                    world.claim(owner, at=late(hand, rng))
            for check_in in [one for one in world.check_ins.values() if one.status == "Pending"]:
                world.decide(check_in.id, rng.choice(STATUSES), at=late(hand, rng))
            world.step(rng, 25, at=hand.now)
            lists.refresh(client)
            assert_exact(read(lists, client), sandbox)
        client.close()


def test_forty_refreshes_end_in_the_bytes_of_a_cold_load():
    rng, world = Random(11), World.make(seed=11, users=60, now=MADE_AT)
    hand = Hand(world.now())
    with Sandbox(world) as sandbox:
        lists, client = lists_at(hand), client_of(sandbox)
        read(lists, client)
        for _ in range(40):
            hand.forward(minutes=rng.choice((2, 10, 45)))
            change(world, rng, hand, rng.choice((0, 1, 4, 25)))
            lists.refresh(client)
        assert_exact(read(lists, client), sandbox)
        held, cold = read(lists, client), read(lists_at(hand), client)
        for noun in NOUNS:
            assert as_bytes(held[noun].frame) == as_bytes(cold[noun].frame), noun
        client.close()


@pytest.mark.parametrize("kind", ["500", "429", "drop", "403"])
def test_a_failure_at_any_request_of_a_refresh_leaves_the_last_version_and_the_next_is_exact(kind):
    world = World.make(seed=5, users=30, weeks=8, now=MADE_AT)
    hand, rng = Hand(world.now()), Random(5)
    with Sandbox(world) as sandbox:
        sandbox.faults.page_cap = 100
        client = client_of(sandbox)
        lists = lists_at(hand)
        read(lists, client)
        at = 0
        while True:
            before = read(lists, client)
            hand.forward(minutes=3)
            change(world, rng, hand, 6)
            rule = sandbox.faults.add(kind, "/api", times=8, after=at)
            lists.refresh(client)
            struck = rule.hits > 0
            sandbox.faults.clear()
            sandbox.faults.page_cap = 100
            failed = {noun: getattr(lists, noun)(client).now() for noun in COLUMNS}
            for noun, snapshot in failed.items():
                if snapshot.error is not None:
                    assert as_bytes(snapshot.frame) == as_bytes(before[noun].frame), (at, noun)
                    assert snapshot.as_of == before[noun].as_of, (at, noun)
            hand.forward(minutes=6)
            lists.refresh(client)
            held = read(lists, client)
            assert_exact(held, sandbox, f"after a failure at request {at}")
            at += 1
            assert at < 100
            if not struck:
                break
        assert at > 10, "a refresh is made of more requests than that"
        client.close()
