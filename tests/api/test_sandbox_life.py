"""What can happen in the stand-in's world, and what stays true whatever happens."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownli_api.sandbox import World, lists

NOW = datetime(2026, 11, 23, 14, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)

FORWARD = {
    "Pending": {"Pending", "Confirmed", "Declined", "OnHold"},
    "OnHold": {"OnHold", "Pending"},
    "Confirmed": {"Confirmed"},
    "Declined": {"Declined"},
}
REWARD_FORWARD = {
    "Pending": {"Pending", "Confirmed", "Declined", "Claimed"},
    "Confirmed": {"Confirmed", "Claimed"},
    "Declined": {"Declined"},
    "Claimed": {"Claimed"},
}


@pytest.fixture
def world() -> World:
    return World.make(users=12, now=NOW)


def _books_balance(world: World) -> None:
    paid = Counter(id for one in world.payouts.values() for id in one.reward_ids)
    assert all(count == 1 for count in paid.values())
    for payout in world.payouts.values():
        assert payout.cents == sum(world.rewards[id].cents for id in payout.reward_ids)
        assert payout.cents >= 100
    for reward in world.rewards.values():
        assert (reward.status == "Claimed") == (reward.payout_id is not None)
        assert (reward.payout_id is None) == (reward.id not in paid)
        check_in = world.check_ins.get(reward.check_in_id or "")
        if check_in is not None and check_in.status in ("Pending", "OnHold"):
            assert reward.status == "Pending"
        if check_in is not None and check_in.status == "Declined":
            assert reward.status == "Declined"
    for check_in in world.check_ins.values():
        assert check_in.updated_at >= check_in.checked_in_at


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32), rounds=st.lists(st.integers(1, 40), min_size=1, max_size=6))
def test_whatever_happens_books_balance_and_statuses_only_move_forward(seed, rounds):
    world = World.make(seed=seed % 5, users=seed % 9, now=NOW)
    rng = Random(seed)
    at = NOW
    for count in rounds:
        before = {id: one.status for id, one in world.check_ins.items()}
        rewards_before = {id: one.status for id, one in world.rewards.items()}
        payouts_before = {id: repr(one) for id, one in world.payouts.items()}
        updated_before = {id: one.updated_at for id, one in world.check_ins.items()}
        at += timedelta(minutes=rng.randint(0, 600))
        # One thing at a time, as a check-in may be held, returned and decided within one round.
        for _ in range(count):
            then = {id: one.status for id, one in world.check_ins.items()}
            (event,) = world.step(rng, 1, at=at)
            assert event.at == at
            for id, status in then.items():
                assert world.check_ins[id].status in FORWARD[status]
        for id, status in rewards_before.items():
            assert world.rewards[id].status in REWARD_FORWARD[status]
        for id, text in payouts_before.items():
            assert repr(world.payouts[id]) == text
        for id, ms in updated_before.items():
            assert world.check_ins[id].updated_at >= ms
            if world.check_ins[id].status != before[id]:
                assert world.check_ins[id].updated_at == at
        _books_balance(world)


def test_everything_that_can_happen_does_happen(world):
    happened = Counter(event.what for event in world.step(Random(1), 600, at=LATER))
    assert set(happened) == {
        *("submitted", "confirmed", "declined", "held", "returned"),
        *("claimed", "granted", "registered", "touched"),
    }


def test_two_worlds_made_alike_go_on_alike():
    first, second = (World.make(users=20, now=NOW) for _ in range(2))
    assert first.step(Random(5), 60, at=LATER) == second.step(Random(5), 60, at=LATER)


def test_a_check_in_goes_on_hold_comes_back_and_its_reward_waits_for_the_verdict(world):
    check_in = world.submit_check_in("condition", at=LATER, reward_cents=475)
    reward = world.rewards[check_in.reward_id]
    assert (check_in.status, reward.status, reward.cents) == ("Pending", "Pending", 475)
    world.decide(check_in.id, "OnHold", "Please add a photo.", at=LATER + timedelta(hours=1))
    assert (check_in.status, reward.status) == ("OnHold", "Pending")
    assert check_in.updated_at == LATER + timedelta(hours=1)
    world.send_again(check_in.id, at=LATER + timedelta(hours=2))
    assert (check_in.status, check_in.updated_at) == ("Pending", LATER + timedelta(hours=2))
    world.decide(check_in.id, "Confirmed", at=LATER + timedelta(hours=3))
    assert (check_in.status, check_in.admin_note, reward.status) == ("Confirmed", None, "Confirmed")
    assert check_in.updated_at == LATER + timedelta(hours=3)


def test_what_cannot_happen_is_refused(world):
    check_in = world.submit_check_in(at=LATER)
    with pytest.raises(ValueError, match="cannot be sent again"):
        world.send_again(check_in.id)
    world.decide(check_in.id, "Declined", "odometer blurry", at=LATER)
    with pytest.raises(ValueError, match="cannot be decided"):
        world.decide(check_in.id, "Confirmed")
    with pytest.raises(ValueError, match="cannot decide"):
        world.decide(check_in.id, "Claimed")
    with pytest.raises(ValueError, match="1 to 100 dollars"):
        world.grant(next(iter(world.users)), 99, "goodwill")
    newcomer = world.register(at=LATER)
    with pytest.raises(ValueError, match="one confirmed dollar"):
        world.claim(newcomer.id)
    with pytest.raises(ValueError, match="nobody"):
        World.make(users=0, now=NOW).submit_check_in()


def test_a_claim_takes_the_whole_confirmed_balance_and_nothing_else(world):
    user = world.register(at=LATER)
    (car,) = world.sharing("vehicles", "owner_id", user.id)
    pending = world.submit_check_in(vehicle_id=car.id, at=LATER, reward_cents=210)
    world.grant(user.id, 333, "goodwill", at=LATER)
    world.grant(user.id, 1000, "referral", at=LATER)
    payout = world.claim(user.id, at=LATER)
    assert payout.cents == 1333
    assert len(payout.reward_ids) == 2
    assert payout.claimed_at == LATER
    assert world.rewards[pending.reward_id].payout_id is None
    assert {world.rewards[id].payout_id for id in payout.reward_ids} == {payout.id}


def test_an_undone_claim_leaves_its_rewards_confirmed_and_can_be_made_again(world):
    user = world.register(at=LATER)
    granted = [world.grant(user.id, cents, "goodwill", at=LATER) for cents in (333, 1000)]
    payout = world.claim(user.id, at=LATER)
    world.undo_claim(payout.id)
    assert payout.id not in world.payouts
    assert [(one.status, one.payout_id) for one in granted] == [("Confirmed", None)] * 2
    again = world.claim(user.id, at=LATER + timedelta(microseconds=1))
    assert again.claimed_at == LATER + timedelta(microseconds=1)
    assert (again.cents, again.reward_ids) == (payout.cents, payout.reward_ids)
    assert again.id != payout.id
    _books_balance(world)


def test_a_record_that_vanishes_is_in_no_list_and_one_amended_is_in_another(world):
    gone, moved = (world.submit_check_in("mileage", at=LATER) for _ in range(2))
    world.vanish(gone.id)
    assert gone.id not in world.check_ins
    with pytest.raises(KeyError, match=gone.id):
        world.vanish(gone.id)
    before = lists.MILEAGES.rows(world, lists.read(lists.MILEAGES.known, []))
    world.amend(moved.id, kind="condition", updated_at=LATER - timedelta(days=1), status="Odd")
    after = lists.MILEAGES.rows(world, lists.read(lists.MILEAGES.known, []))
    assert [one for one in before if one not in after] == [moved]
    assert moved in lists.CONDITIONS.rows(world, lists.read(lists.CONDITIONS.known, []))


def test_two_check_ins_of_two_kinds_can_have_one_id(world):
    first, second = (world.submit_check_in(kind, at=LATER) for kind in ("mileage", "condition"))
    world.amend(second.id, id=first.id)
    for some in (lists.MILEAGES, lists.CONDITIONS):
        assert first.id in {one.id for one in some.rows(world, lists.read(some.known, []))}
