"""What can happen in the stand-in's world, and what stays true whatever happens."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownli_api.sandbox import World, facts
from ownli_api.sandbox.index import ALL

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
        assert check_in.updated_ms >= check_in.checked_in_ms


def _lists_are_in_order(world: World) -> None:
    """Every list holds exactly the records of its table, sorted, also by status and group."""
    shelves = [
        (world.user_shelf, list(world.users.values())),
        (world.vehicle_shelf, list(world.vehicles.values())),
        (world.reward_shelf, list(world.rewards.values())),
        (world.payout_shelf, list(world.payouts.values())),
    ]
    for kind, shelf in world.check_in_shelves.items():
        shelves.append((shelf, [one for one in world.check_ins.values() if one.kind == kind]))
    for shelf, records in shelves:
        for date in shelf.dates:
            expected = sorted(records, key=lambda one: (getattr(one, date), one.id))
            assert [one.id for one in shelf.order(date).rows] == [one.id for one in expected]
            for status in {getattr(one, "status", ALL) for one in records}:
                some = [one.id for one in expected if getattr(one, "status", ALL) == status]
                assert [one.id for one in shelf.order(date, status).rows] == some
    for id in world.users:
        mine = {one.id for one in world.rewards.values() if one.owner_id == id}
        assert {one.id for one in world.reward_shelf.group("owner", id)} == mine


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
        updated_before = {id: one.updated_ms for id, one in world.check_ins.items()}
        at += timedelta(minutes=rng.randint(0, 600))
        # One thing at a time, as a check-in may be held, returned and decided within one round.
        for _ in range(count):
            then = {id: one.status for id, one in world.check_ins.items()}
            (event,) = world.step(rng, 1, at=at)
            assert event.at_ms == facts.to_ms(at)
            for id, status in then.items():
                assert world.check_ins[id].status in FORWARD[status]
        for id, status in rewards_before.items():
            assert world.rewards[id].status in REWARD_FORWARD[status]
        for id, text in payouts_before.items():
            assert repr(world.payouts[id]) == text
        for id, ms in updated_before.items():
            assert world.check_ins[id].updated_ms >= ms
            if world.check_ins[id].status != before[id]:
                assert world.check_ins[id].updated_ms == facts.to_ms(at)
        _books_balance(world)
    _lists_are_in_order(world)


def test_everything_that_can_happen_does_happen(world):
    happened = Counter(event.what for event in world.step(Random(1), 600, at=LATER))
    assert set(happened) == {
        *("submitted", "confirmed", "declined", "held", "returned"),
        *("claimed", "granted", "registered", "touched"),
    }


def test_a_world_lives_as_busily_as_its_last_weeks_times_the_pace():
    world = World.make(users=300, now=NOW)
    recent = sum(
        one.checked_in_ms > world.made_ms - 28 * facts.DAY for one in world.check_ins.values()
    )
    events = world.live(NOW + timedelta(days=1), pace=3)
    submitted = sum(event.what == "submitted" for event in events)
    assert 0.5 < submitted / (3 * recent / 28) < 1.5
    times = [event.at_ms for event in events]
    assert times == sorted(times)
    assert facts.to_ms(NOW) < times[0]
    assert times[-1] <= facts.to_ms(NOW + timedelta(days=1))
    assert world.live(NOW + timedelta(days=1), pace=3) == []


def test_two_worlds_made_alike_live_alike():
    first, second = (World.make(users=20, now=NOW) for _ in range(2))
    days = NOW + timedelta(days=3)
    assert first.live(days, 2) == second.live(days, 2)


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
    _lists_are_in_order(world)


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
    (car,) = world.vehicle_shelf.group("owner", user.id)
    pending = world.submit_check_in(vehicle_id=car.id, at=LATER, reward_cents=210)
    world.grant(user.id, 333, "goodwill", at=LATER)
    world.grant(user.id, 1000, "referral", at=LATER)
    payout = world.claim(user.id, at=LATER)
    assert payout.cents == 1333
    assert len(payout.reward_ids) == 2
    assert world.confirmed_cents(user.id) == 0
    assert world.rewards[pending.reward_id].payout_id is None


def test_touching_moves_only_updated_and_vanishing_takes_a_record_out_of_every_list(world):
    check_in = world.submit_check_in("proof_of_address", at=LATER)
    before = repr(check_in).replace(str(facts.to_ms(LATER)), "")
    world.touch(check_in.id, at=LATER + timedelta(days=1))
    assert check_in.updated_at == LATER + timedelta(days=1)
    assert check_in.checked_in_at == LATER
    assert before == repr(check_in).replace(str(facts.to_ms(LATER)), "").replace(
        str(check_in.updated_ms), ""
    )
    world.vanish(check_in.id)
    assert check_in.id not in world.check_ins
    _lists_are_in_order(world)


def test_a_record_can_be_amended_against_all_rules_and_is_still_found(world):
    check_in = world.submit_check_in("mileage", at=LATER)
    world.amend(check_in.id, kind="condition", updated_ms=check_in.checked_in_ms - 5, status="Odd")
    _lists_are_in_order(world)
    assert world.check_in_shelves["condition"].order("updated_ms", "Odd").rows == [check_in]
