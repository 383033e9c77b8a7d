"""What the cache does with an Ownli that errs: no crash, no endless loop, a named problem."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from ownli_api.errors import ListIncomplete, NotPermitted, OwnliError
from tests.api.cache_tools import NOUNS, Hand, as_bytes, lists_at, read
from tests.api.test_cache_exact import assert_exact

pytestmark = pytest.mark.usefixtures("no_pauses")

LISTS = ("/api/checkins/mileage", "/api/rewards")
NOUN_OF = {"/api/checkins/mileage": "check_ins", "/api/rewards": "rewards"}


def milliseconds(hand: Hand) -> int:
    return int(hand.now.timestamp() * 1000)


def assert_whole(lists, client, hand, *nouns: str) -> None:
    held, cold = read(lists, client), read(lists_at(hand), client)
    for noun in nouns or NOUNS:
        assert held[noun].error is None
        assert as_bytes(held[noun].frame) == as_bytes(cold[noun].frame), noun


@pytest.mark.parametrize("offset", [timedelta(minutes=-7), timedelta(minutes=7)])
def test_a_clock_of_ownlis_that_is_minutes_off_loses_nothing(sandbox, client, hand, offset):
    world, rng = sandbox.world, Random(2)
    lists = lists_at(hand)
    world.step(rng, 5, at=hand.now + offset)
    read(lists, client)
    for _ in range(6):
        hand.forward(minutes=2)
        world.step(rng, 6, at=hand.now + offset)
        lists.refresh(client)
        assert_whole(lists, client, hand)


@pytest.mark.parametrize("offset", [timedelta(0), timedelta(minutes=-20)])
def test_a_row_updated_in_the_far_future_hides_no_later_change(sandbox, client, hand, offset):
    world, lists = sandbox.world, lists_at(hand)
    # A clock that is behind has written nothing newer than what it shows.
    shown = hand.now + offset
    for one in list(world.check_ins.values()):
        if one.updated_at > shown:
            world.amend(one.id, updated_at=shown)
    world.step(Random(1), 5, at=hand.now + offset)
    some = next(iter(world.check_ins.values()))
    far = hand.now + timedelta(days=4000)
    world.amend(some.id, updated_at=far)
    read(lists, client)
    hand.forward(minutes=2)
    world.step(Random(2), 20, at=hand.now + offset)
    hand.forward(seconds=1)
    lists.refresh(client)
    assert_whole(lists, client, hand)


def test_a_decision_that_ownli_shows_minutes_late_is_seen(sandbox, client, hand):
    world, lists = sandbox.world, lists_at(hand)
    pending = next(one for one in world.check_ins.values() if one.status == "Pending")
    read(lists, client)
    hand.forward(minutes=2)
    world.submit_check_in(pending.kind, at=hand.now)
    hand.forward(seconds=1)
    lists.refresh(client)
    world.decide(pending.id, "Confirmed", at=hand.now - timedelta(minutes=3))
    hand.forward(minutes=1)
    lists.refresh(client)
    frame = read(lists, client)["check_ins"].frame.set_index("id")
    assert frame.loc[pending.id, "status"] == "Confirmed"
    assert_whole(lists, client, hand)


def test_a_new_check_in_without_updated_is_found_by_its_count(sandbox, client, hand):
    lists = lists_at(hand)
    read(lists, client)
    hand.forward(minutes=2)
    new = sandbox.world.submit_check_in(at=hand.now)
    # Ownli does not know when it was updated: no filter by that finds it.
    sandbox.world.amend(new.id, updated_at=datetime(1970, 1, 1, tzinfo=UTC))
    lists.refresh(client)
    assert new.id in set(read(lists, client)["check_ins"].frame["id"])
    assert_whole(lists, client, hand)


def test_a_decision_that_moves_updated_backwards_is_seen_where_the_row_says_no_updated(
    sandbox, client, hand
):
    sandbox.faults.add("missing_field", "/api/checkins", times=None, field="updated")
    lists = lists_at(hand)
    read(lists, client)
    pending = next(one for one in sandbox.world.check_ins.values() if one.status == "Pending")
    hand.forward(minutes=2)
    was = pending.updated_at
    sandbox.world.decide(pending.id, "Confirmed", at=hand.now)
    sandbox.world.amend(pending.id, updated_at=was - timedelta(milliseconds=1))
    lists.refresh(client)
    frame = read(lists, client)["check_ins"].frame.set_index("id")
    assert frame.loc[pending.id, "status"] == "Confirmed"


@pytest.mark.parametrize("value", ["+7", "-3", -1, None])
@pytest.mark.parametrize("path", LISTS)
def test_totals_that_are_wrong_from_the_start_are_named_as_long_as_they_are(
    sandbox, client, hand, path, value
):
    sandbox.faults.add("total_items", path, times=None, value=value)
    lists, noun = lists_at(hand), NOUN_OF[path]
    try:
        read(lists, client)
    except ListIncomplete:
        assert value in ("+7", "-3"), "only a count that says something else withholds a list"
        return
    for _ in range(3):
        hand.forward(minutes=2)
        lists.refresh(client)
        held = read(lists, client)[noun]
        assert held.error is None
        assert value in (None, -1) or not held.complete
        assert held.problems, "a total that does not fit is a sentence on the page"
    world = sandbox.world.check_ins if noun == "check_ins" else sandbox.world.rewards
    assert set(held.frame["id"]) == set(world)


@pytest.mark.parametrize("value", ["+2", None])
@pytest.mark.parametrize("path", LISTS)
def test_totals_that_go_wrong_for_a_while_leave_no_trace(sandbox, client, hand, path, value):
    lists = lists_at(hand)
    read(lists, client)
    rule = sandbox.faults.add("total_items", path, times=None, value=value)
    for _ in range(2):
        hand.forward(minutes=2)
        lists.refresh(client)
    rule.times = rule.hits
    hand.forward(minutes=20)
    sandbox.world.step(Random(3), 10, at=hand.now)
    hand.forward(seconds=1)
    for _ in range(3):
        lists.refresh(client)
        hand.forward(minutes=2)
    assert_whole(lists, client, hand)
    assert read(lists, client)[NOUN_OF[path]].problems == ()


@pytest.mark.parametrize("path", LISTS)
def test_a_row_that_vanishes_is_found_among_the_weeks_and_let_go(sandbox, client, hand, path):
    lists, noun = lists_at(hand), NOUN_OF[path]
    read(lists, client)
    if noun == "check_ins":
        gone = next(one.id for one in sandbox.world.check_ins.values() if one.kind == "mileage")
    else:
        gone = next(one.id for one in sandbox.world.rewards.values() if one.payout_id is None)
    sandbox.world.vanish(gone)
    hand.forward(minutes=2)
    sandbox.forget()
    lists.refresh(client)
    held = read(lists, client)[noun]
    assert gone not in set(held.frame["id"])
    assert held.problems == ()
    assert len(sandbox.requests) < 40, "it is located, not everything is read again"


@pytest.mark.parametrize("dated", ["now", "oldest"])
def test_rows_that_come_while_pages_are_read_are_held_once(sandbox, client, hand, dated):
    sandbox.faults.set(
        page_cap=20, insert_rows_while_paging=1, insert_rows_dated=dated, drift_limit=25
    )
    lists = lists_at(hand)
    read(lists, client)
    for _ in range(4):
        hand.now = max(hand.now + timedelta(minutes=2), sandbox.world.now())
        lists.refresh(client)
    held = read(lists, client)
    assert held["check_ins"].frame["id"].is_unique
    assert held["rewards"].frame["id"].is_unique
    assert_whole(lists, client, hand)


def test_a_list_that_grows_faster_than_it_is_read_keeps_the_last_version(sandbox, client, hand):
    lists = lists_at(hand)
    before = read(lists, client)["rewards"]
    sandbox.faults.set(page_cap=50, insert_rows_while_paging=60, drift_limit=60)
    hand.forward(hours=25)
    held = read(lists, client)["rewards"]
    if held.error is not None:
        assert isinstance(held.error, OwnliError)
        assert as_bytes(held.frame) == as_bytes(before.frame)
    assert held.frame["id"].is_unique


def test_pages_that_repeat_bring_no_row_twice(sandbox, client, hand):
    sandbox.faults.set(page_cap=20)
    sandbox.faults.add("repeat_page", "/api/checkins/mileage", times=2, after=2)
    lists = lists_at(hand)
    held = lists.check_ins(client).result()
    assert held.frame["id"].is_unique
    assert_whole(lists, client, hand, "check_ins")


def test_a_refresh_that_fails_keeps_the_last_version_with_its_stamp_and_reason(
    sandbox, client, hand
):
    lists = lists_at(hand)
    before = read(lists, client)["rewards"]
    hand.forward(minutes=2)
    sandbox.faults.add("403", "/api/rewards", times=None)
    held = lists.rewards(client).result()
    assert isinstance(held.error, NotPermitted)
    assert held.as_of == before.as_of
    assert as_bytes(held.frame) == as_bytes(before.frame)
    sandbox.faults.clear()
    hand.forward(seconds=16)
    held = lists.rewards(client).result()
    assert held.error is None
    assert held.as_of == hand.now


def test_a_failure_answers_for_fifteen_seconds_without_a_request(sandbox, client, hand):
    lists = lists_at(hand)
    sandbox.faults.add("403", "/api/rewards", times=None)
    for _ in range(3):
        with pytest.raises(NotPermitted):
            lists.rewards(client).result()
    asked = [seen for seen in sandbox.requests if seen.template == "/api/rewards"]
    hand.forward(seconds=14)
    with pytest.raises(NotPermitted):
        lists.rewards(client).result()
    assert len([seen for seen in sandbox.requests if seen.template == "/api/rewards"]) == len(asked)
    hand.forward(seconds=2)
    sandbox.faults.clear()
    assert lists.rewards(client).result().error is None


def test_an_owner_who_cannot_be_asked_leaves_the_others_dated(sandbox, client, hand):
    owner = next(iter(sandbox.world.payouts.values())).owner_id
    sandbox.faults.add("404", f"/api/users/by-id/{owner}/payouts", times=None)
    lists = lists_at(hand)
    held = lists.payouts(client).result()
    theirs = sum(one.owner_id == owner for one in sandbox.world.payouts.values())
    assert held.undated == theirs
    assert not held.complete
    assert owner in held.problems[0]
    assert held.frame["claimed_at"].notna().sum() == len(sandbox.world.payouts) - theirs
    sandbox.forget()
    hand.forward(minutes=2)
    lists.payouts(client).result()
    asked = {seen.path for seen in sandbox.requests if seen.template.endswith("/payouts")}
    assert asked == {f"/api/users/by-id/{owner}/payouts"}


def test_words_nobody_knows_are_kept_and_their_rows_stay_fresh(sandbox, client, hand):
    world = sandbox.world
    some = [one.id for one in world.rewards.values() if one.payout_id is None][:5]
    for id in some:
        world.amend(id, status="Expired")
    lists = lists_at(hand)
    held = read(lists, client)["rewards"]
    assert (held.frame["status"] == "Expired").sum() == len(some)
    hand.forward(minutes=2)
    world.amend(some[0], status="Confirmed")
    lists.refresh(client)
    assert_whole(lists, client, hand)
    hand.forward(minutes=2)
    world.vanish(some[-1])
    lists.refresh(client)
    assert_whole(lists, client, hand)


@pytest.mark.parametrize("status", ["403", "500"])
def test_owners_whom_ownli_refuses_are_named_and_in_nobodys_way(sandbox, client, hand, status):
    owners = list(dict.fromkeys(one.owner_id for one in sandbox.world.payouts.values()))
    refused = set(owners[:6])
    for owner in refused:
        sandbox.faults.add(status, f"/api/users/by-id/{owner}/payouts", times=None)
    lists = lists_at(hand)
    for _ in range(2):
        held = read(lists, client)["payouts"]
        assert held.error is None
        undated = held.frame[held.frame["claimed_at"].isna()]
        assert set(undated["owner_id"]) == refused
        assert "6 users" in held.problems[0]
        assert not held.complete
        hand.forward(minutes=2)
    sandbox.faults.clear()
    assert read(lists, client)["payouts"].complete


def test_check_ins_of_two_kinds_with_one_id_are_both_held_and_counted(sandbox, client, hand):
    world = sandbox.world
    first = next(one for one in world.check_ins.values() if one.kind == "mileage")
    second = next(one for one in world.check_ins.values() if one.kind == "condition")
    world.amend(second.id, id=first.id)
    lists = lists_at(hand)
    for _ in range(2):
        held = read(lists, client)["check_ins"]
        both = held.frame[held.frame["id"] == first.id]
        assert set(both["kind"]) == {"mileage", "condition"}
        assert held.counted == len(held.frame) == len(world.check_ins)
        assert held.complete
        hand.forward(minutes=2)
        world.step(Random(1), 5, at=hand.now)
        lists.refresh(client)


@pytest.mark.parametrize("path", ["/api/checkins/mileage", "/api/rewards"])
def test_a_count_that_does_not_agree_is_said_at_once_and_as_long_as_it_does_not(
    sandbox, client, hand, path
):
    lists, noun = lists_at(hand), NOUN_OF[path]
    read(lists, client)
    # The counts alone are wrong: the whole list says something else.
    query = {"size": "1"} if noun == "check_ins" else {"status": "Claimed"}
    sandbox.faults.add("total_items", path, times=None, value="+2", query=query)
    for _ in range(3):
        hand.forward(minutes=2)
        lists.refresh(client)
        held = read(lists, client)[noun]
        assert not held.complete
        assert any("Ownli counts" in problem for problem in held.problems)
    sandbox.faults.clear()
    hand.forward(minutes=2)
    lists.refresh(client)
    held = read(lists, client)[noun]
    assert held.complete
    assert held.problems == ()


@pytest.mark.parametrize("seed", range(4))
def test_lists_are_whole_although_five_requests_in_a_hundred_meet_a_failure(
    sandbox, client, hand, seed
):
    rng = Random(seed)
    sandbox.faults.page_cap = 10
    for number in range(1500):
        if rng.random() < 0.05:
            code = rng.choice((None, "", "INTERNAL_SERVER_ERROR"))
            sandbox.faults.add("500", "/api", times=1, after=number, error_code=code)
    held = read(lists_at(hand), client)
    assert len(sandbox.requests) > 150
    assert all(one.error is None and one.complete for one in held.values())
    assert set(held["rewards"].frame["id"]) == set(sandbox.world.rewards)


def test_lists_that_are_refreshed_while_ownli_goes_on_are_exact_when_it_rests(
    sandbox, client, hand
):
    """Things happen between any two requests; each refresh ends, most without a reload."""
    sandbox.faults.page_cap = 20
    lists, rng, whole = lists_at(hand), Random(8), 0
    read(lists, client)
    going_on = threading.Event()

    def go_on() -> None:
        while not going_on.wait(0.05):
            sandbox.world.step(rng, 1, at=hand.now)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        for _ in range(12):
            hand.forward(minutes=2)
            sandbox.forget()
            lists.refresh(client)
            held = read(lists, client)
            assert all(one.error is None for one in held.values())
            whole += any(
                seen.path == "/api/rewards"
                and seen.query.get("status") == "All"
                and "rewardStartDate" not in seen.query
                for seen in sandbox.requests
            )
    finally:
        going_on.set()
        thread.join()
    assert whole <= 6, "most refreshes are proven without reading the list whole"
    hand.forward(minutes=2)
    lists.refresh(client)
    assert_exact(read(lists, client), sandbox)
