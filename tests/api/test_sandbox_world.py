"""The stand-in's world: believable, countable, and the same every time."""

import ast
import statistics
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ownli_api.sandbox import World, people, phrases, records

NOW = datetime(2026, 11, 23, 14, 5, 9, 123456, tzinfo=UTC)
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


@pytest.fixture(scope="module")
def world() -> World:
    return World.make(now=NOW)


def _written(world: World) -> list[str]:
    return [repr(one) for table in world.tables() for one in table.values()]


def test_the_same_arguments_make_the_same_world():
    first, second = (World.make(seed=3, users=40, check_ins=500, now=NOW) for _ in range(2))
    assert _written(first) == _written(second)


def test_another_seed_makes_another_world():
    first, second = (World.make(seed=seed, users=40, now=NOW) for seed in (3, 4))
    assert _written(first) != _written(second)


@pytest.mark.parametrize(("users", "check_ins"), [(1, 1), (7, 3), (60, 60), (60, 3000), (300, 0)])
def test_a_number_of_check_ins_asked_for_is_met_exactly(users, check_ins):
    world = World.make(users=users, check_ins=check_ins, now=NOW)
    assert (len(world.users), len(world.check_ins)) == (users, check_ins)


def test_a_partner_without_users_is_a_world_too():
    world = World.make(users=0, now=NOW)
    assert not any(world.tables())


@pytest.mark.parametrize(
    "wrong", [{"users": -1}, {"users": 0, "check_ins": 1}, {"weeks": 0}, {"check_ins": -1}]
)
def test_numbers_that_make_no_world_are_refused(wrong):
    with pytest.raises(ValueError, match="need"):
        World.make(now=NOW, **wrong)


def test_everything_happened_within_the_weeks_and_before_now(world):
    start, end = world.made_at - 26 * WEEK, world.made_at
    assert end == NOW
    for one in world.check_ins.values():
        assert start <= one.checked_in_at <= one.updated_at <= end
        assert one.checked_in_at >= world.users[one.owner_id].registered_at
    for one in world.rewards.values():
        assert start <= one.rewarded_at <= end
    for one in world.payouts.values():
        assert start <= one.claimed_at <= end
    for one in [*world.users.values(), *world.vehicles.values()]:
        assert one.updated_at <= end


def test_ids_are_opaque_unique_and_start_as_the_documentation_shows(world):
    ids = [id for table in world.tables() for id in table]
    assert len(ids) == len(set(ids))
    assert all(id.startswith("XT_") for id in ids)
    assert all(id.startswith("XT_IVEH") for id in world.vehicles)
    assert all(id.startswith("XT_PAY") for id in world.payouts)


def test_every_payout_is_the_sum_of_its_rewards_and_no_reward_is_paid_twice(world):
    paid = Counter(id for one in world.payouts.values() for id in one.reward_ids)
    assert max(paid.values()) == 1
    for payout in world.payouts.values():
        rewards = [world.rewards[id] for id in payout.reward_ids]
        assert payout.cents == sum(one.cents for one in rewards) >= 100
        for one in rewards:
            assert (one.status, one.payout_id) == ("Claimed", payout.id)
            assert one.owner_id == payout.owner_id
            assert one.rewarded_at <= payout.claimed_at
    claimed = {id for id, one in world.rewards.items() if one.status == "Claimed"}
    assert claimed == set(paid)


def test_a_claim_takes_the_whole_balance_that_was_confirmed_by_then(world):
    for reward in world.rewards.values():
        if reward.status != "Confirmed":
            continue
        check_in = world.check_ins.get(reward.check_in_id or "")
        claimable_at = check_in.updated_at if check_in else reward.rewarded_at
        for payout in world.sharing("payouts", "owner_id", reward.owner_id):
            assert payout.claimed_at < claimable_at


def test_a_reward_follows_its_check_in(world):
    expected = {
        "Pending": {"Pending"},
        "OnHold": {"Pending"},
        "Declined": {"Declined"},
        "Confirmed": {"Confirmed", "Claimed"},
    }
    linked = [one for one in world.rewards.values() if one.check_in_id]
    assert len(linked) > len(world.check_ins) * 0.9
    assert len(linked) < len(world.check_ins)
    for reward in linked:
        check_in = world.check_ins[reward.check_in_id]
        assert check_in.reward_id == reward.id
        assert reward.status in expected[check_in.status]
        assert reward.type == records.REWARD_TYPE[check_in.kind]
        assert (reward.owner_id, reward.vehicle_id) == (check_in.owner_id, check_in.vehicle_id)
        assert timedelta(0) <= reward.rewarded_at - check_in.checked_in_at < timedelta(seconds=1)


def test_all_reward_types_and_statuses_and_several_action_codes_occur(world):
    rewards = world.rewards.values()
    assert {one.type for one in rewards} == {
        *records.REWARD_TYPE.values(),
        "LowMileageBonus",
        "SurveyCompleted",
        "Custom",
    }
    assert {one.status for one in rewards} == {"Pending", "Confirmed", "Declined", "Claimed"}
    grants = [one for one in rewards if one.type == "Custom"]
    assert {one.action_code for one in grants} == set(phrases.GRANT_WORDS)
    assert len({one.client_reference for one in grants}) == len(grants)
    assert not any(one.action_code for one in rewards if one.type != "Custom")


def test_deciding_takes_half_a_day_in_the_median_with_a_long_tail(world):
    hours = [
        (one.updated_at - one.checked_in_at) / timedelta(hours=1)
        for one in world.check_ins.values()
        if one.status in ("Confirmed", "Declined")
    ]
    assert 10 <= statistics.median(hours) <= 14
    assert statistics.quantiles(hours, n=10)[-1] > 2 * statistics.median(hours)


def test_what_is_undecided_is_recent_and_what_is_held_may_be_old(world):
    pending = [one for one in world.check_ins.values() if one.status == "Pending"]
    held = [one for one in world.check_ins.values() if one.status == "OnHold"]
    assert pending
    assert all(world.made_at - one.updated_at < 21 * DAY for one in pending)
    assert max(world.made_at - one.updated_at for one in held) > 30 * DAY


def test_reviewers_repeat_themselves_and_sometimes_say_nothing(world):
    declined = [one for one in world.check_ins.values() if one.status == "Declined"]
    notes = Counter(one.admin_note for one in declined)
    assert len(notes) >= 12
    assert sum(count >= 20 for count in notes.values()) >= 5
    assert notes[None] > 0
    assert any(note in phrases.AWKWARD_NOTES for note in notes)
    assert all(one.admin_note for one in world.check_ins.values() if one.status == "OnHold")
    confirmed = [one for one in world.check_ins.values() if one.status == "Confirmed"]
    assert not any(one.admin_note for one in confirmed)


def test_weeks_grow_and_the_promotion_stands_out(world):
    weeks = Counter((one.checked_in_at - world.made_at) // WEEK for one in world.check_ins.values())
    first, last = (sum(weeks[week] for week in span) for span in (range(-26, -20), range(-6, 0)))
    assert last > 1.25 * first
    busiest = max(weeks, key=lambda week: weeks[week])
    assert busiest in (-12, -11, -10)
    assert weeks[busiest] > 1.5 * statistics.median(weeks.values())


def test_people_check_in_by_day_and_less_on_sundays(world):
    hours: Counter[int] = Counter()
    days: Counter[int] = Counter()
    for one in world.check_ins.values():
        zone = people.ZONES[world.users[one.owner_id].address.state]
        local = one.checked_in_at.astimezone(zone)
        hours[local.hour] += 1
        days[local.weekday()] += 1
    assert sum(hours[hour] for hour in range(2, 5)) < len(world.check_ins) / 200
    assert hours[18] > 5 * hours[6] / 2
    assert min(days, key=lambda day: days[day]) == 6


def test_a_car_never_runs_backwards(world):
    readings: dict[str, list[int]] = {}
    for one in sorted(world.check_ins.values(), key=lambda one: one.checked_in_at):
        if one.kind == "mileage":
            readings.setdefault(one.vehicle_id, []).append(one.mileage)
    assert len(readings) > 1000
    assert all(some == sorted(some) for some in readings.values())
    assert set(Counter(one.owner_id for one in world.vehicles.values()).values()) == {1, 2, 3}


def test_awkward_names_are_among_the_users_of_any_but_the_smallest_world(world):
    small = World.make(users=len(people.AWKWARD_NAMES), now=NOW)
    for one in (world, small):
        names = {(user.first_name, user.last_name) for user in one.users.values()}
        assert names >= set(people.AWKWARD_NAMES)


def test_nobody_real_can_be_reached(world):
    users = world.users.values()
    phones = {one.phone for one in users}
    assert len(phones) == len(users)
    assert all(phone[0:2] == "+1" and phone[5:10] == "55501" for phone in phones)
    assert len({one.email for one in users}) == len(users)
    assert {one.email.partition("@")[2].split(".", 1)[-1] for one in users} <= {
        *("com", "net", "org", "example.com")
    }
    assert all(one.email.partition("@")[2] in people.MAIL_DOMAINS for one in users)


def test_phones_and_mail_addresses_stay_unique_in_a_large_world():
    users = World.make(users=6_000, check_ins=0, now=NOW).users.values()
    assert len({one.phone for one in users}) == len({one.email for one in users}) == len(users)


def test_vehicles_have_a_vin_and_a_plate_of_their_own(world):
    cars = world.vehicles.values()
    assert {len(one.vin) for one in cars} == {17}
    assert len({one.vin for one in cars}) == len(cars)
    assert len({(one.state, one.license) for one in cars}) == len(cars)
    assert any(not one.active for one in cars)


def test_times_are_of_microseconds_unless_a_world_keeps_milliseconds():
    world = World.make(users=20, now=NOW)

    def parts() -> set[int]:
        found = [
            getattr(one, name, None)
            for t in world.tables()
            for one in t.values()
            for name in records.TIMES
        ]
        return {at.microsecond % 1_000 for at in found if at is not None}

    assert len(parts()) > 100
    world.keep_milliseconds()
    for at in (None, NOW):
        check_in = world.submit_check_in(at=at)
        world.decide(check_in.id, "Confirmed", at=at)
        world.claim(check_in.owner_id, at=at)
    assert parts() == {0}


def test_flags_policies_and_custom_fields_are_there_for_some_and_not_for_all(world):
    users = list(world.users.values())
    assert 0 < sum(one.fraud for one in users) < 30
    assert 0 < sum(one.fraud for one in world.check_ins.values()) < len(world.check_ins) * 0.02
    assert 0.5 < sum(one.policy is not None for one in users) / len(users) < 0.8
    for place in range(5):
        assert 0.7 < sum(one.custom_fields[place] is not None for one in users) / len(users) < 0.95
    assert {one.tos_answer for one in users} == {"None", "Accepted", "Declined"}


def test_the_present_moves_on_from_the_now_the_world_was_made_with(world):
    assert NOW <= world.now() < NOW + timedelta(hours=1)
    with pytest.raises(ValueError, match="zone"):
        World.make(users=0, now=NOW.replace(tzinfo=None))


def test_the_sandbox_is_its_own_reading_and_imports_nothing_of_the_client():
    folder = Path(records.__file__).parent
    allowed = {*sys.stdlib_module_names, "starlette", "uvicorn"}
    files = list(folder.glob("*.py"))
    assert len(files) > 10
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [one.name for one in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0
                names = [node.module or ""]
            for name in names:
                inside = name == "ownli_api.sandbox" or name.startswith("ownli_api.sandbox.")
                assert inside or name.split(".")[0] in allowed, f"{file.name} imports {name}"
