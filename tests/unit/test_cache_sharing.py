"""One download for everybody: single-flight, stale while refresh, failures, sessions that end."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pandas as pd
import pytest

from ownli_api.cache import Lists, for_partner
from ownli_api.errors import ClientClosed, NotFound, RateLimited, Unreachable
from tests.unit import cache_fakes as fakes
from tests.unit.cache_fakes import FakeClient, World
from tests.unit.clock import Clock

SECONDS = 10.0


class Gate:
    """Holds up every question until it is opened, and tells when one arrived."""

    def __init__(self, *names: str) -> None:
        self.arrived = threading.Event()
        self.open = threading.Event()
        self._names = names

    def __call__(self, name: str) -> None:
        if not self._names or name in self._names:
            self.arrived.set()
            assert self.open.wait(SECONDS), "the test never opened the gate"


@pytest.fixture
def world() -> World:
    ids = [f"R{number:03}" for number in range(9)]
    return World(
        check_ins=fakes.check_ins([f"C{number:03}" for number in range(12)]),
        rewards=fakes.rewards(
            ids, "Claimed", payouts=[f"P{number:03}" for number in range(len(ids))]
        ),
        payouts_of={
            f"U{number}": fakes.payouts(f"P{number:03}", owner=f"U{number}")
            for number in range(len(ids))
        },
        users=5,
    )


@pytest.fixture
def clock() -> Clock:
    return Clock(fakes.NOW.timestamp())


@pytest.fixture(params=[1, 4])
def lists(request, clock) -> Iterator[Lists]:
    """With one worker as well: nothing may wait for a second one."""
    with ThreadPoolExecutor(request.param) as executor:
        yield Lists(clock=clock, executor=executor)


def test_twenty_sessions_that_open_at_once_ask_what_one_asks(world, lists, clock):
    alone = FakeClient(world)
    with ThreadPoolExecutor(4) as executor:
        single = Lists(clock=clock, executor=executor)
        for ticket in (single.check_ins(alone), single.rewards(alone), single.payouts(alone)):
            ticket.wait(SECONDS)
    gate = Gate("check_ins", "rewards")
    clients = [FakeClient(world, gate) for _ in range(20)]
    with ThreadPoolExecutor(20) as sessions:
        opened = list(
            sessions.map(
                lambda client: [
                    lists.check_ins(client),
                    lists.rewards(client),
                    lists.payouts(client),
                ],
                clients,
            )
        )
    gate.open.set()
    for tickets in opened:
        for ticket in tickets:
            assert ticket.wait(SECONDS)
            assert ticket.result().complete
    assert sum(sum(client.asked.values()) for client in clients) <= 1.05 * sum(alone.asked.values())


def test_a_reader_of_a_stale_list_gets_it_at_once_while_one_refresh_runs(world, lists, clock):
    lists.rewards(FakeClient(world)).result()
    clock.now += 61
    gate = Gate()
    slow = FakeClient(world, gate)
    first = lists.rewards(slow)
    assert gate.arrived.wait(SECONDS)
    second = lists.rewards(slow)
    assert first.done()
    assert second.done()
    held = second.result()
    assert held.refreshing
    assert len(held.frame) == 9
    assert held.as_of == fakes.NOW
    gate.open.set()


def test_a_list_older_than_stale_is_waited_for(world, lists, clock):
    lists.rewards(FakeClient(world)).result()
    clock.now += 601
    gate = Gate()
    ticket = lists.rewards(FakeClient(world, gate))
    assert not ticket.wait(0.05)
    assert ticket.now() is not None
    gate.open.set()
    assert ticket.wait(SECONDS)
    assert ticket.result().as_of == fakes.NOW + timedelta(seconds=601)


def test_nothing_is_asked_while_a_list_is_fresh(world, lists, clock):
    client = FakeClient(world)
    lists.rewards(client).result()
    asked = sum(client.asked.values())
    clock.now += 59
    for _ in range(5):
        assert lists.rewards(client).done()
    assert sum(client.asked.values()) == asked


def test_a_session_that_ends_hands_the_loading_on_to_another(world, lists):
    gate = Gate()
    leaving, staying = FakeClient(world, gate), FakeClient(world)
    first = lists.rewards(leaving)
    assert gate.arrived.wait(SECONDS)
    second = lists.rewards(staying)
    leaving.close()
    gate.open.set()
    assert len(second.result().frame) == 9
    assert first.result().error is None
    assert sum(staying.asked.values()) == 1


def test_a_session_that_ends_alone_leaves_no_failure_behind(world, lists):
    gate = Gate()
    leaving = FakeClient(world, gate)
    ticket = lists.rewards(leaving)
    assert gate.arrived.wait(SECONDS)
    leaving.close()
    gate.open.set()
    with pytest.raises(ClientClosed):
        ticket.result()
    held = lists.rewards(FakeClient(world)).result()
    assert held.error is None


def test_nothing_keeps_a_client_when_nothing_is_loading(world, lists):
    gate = Gate("rewards")
    first, joining = FakeClient(world, gate), FakeClient(world)
    tickets = [lists.payouts(first)]
    assert gate.arrived.wait(SECONDS)
    tickets += [lists.payouts(joining), lists.rewards(joining)]
    gate.open.set()
    tickets.append(lists.briefly(first, ("answer",), lambda asked: asked.count_users()))
    for ticket in tickets:
        ticket.result()
        assert ticket.wait(SECONDS)
    gone = [weakref.ref(first), weakref.ref(joining)]
    del first, joining
    deadline = time.monotonic() + SECONDS
    while any(one() is not None for one in gone) and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.01)
    assert [one() for one in gone] == [None, None], "tickets are read long after"


def test_a_failure_is_told_to_everybody_and_asked_again_after_fifteen_seconds(world, lists, clock):
    client = FakeClient(world)
    client.failing = Unreachable("Ownli cannot be reached.")
    for _ in range(3):
        with pytest.raises(Unreachable, match="cannot be reached"):
            lists.rewards(client).result()
    assert client.asked["rewards"] == 1
    client.failing = None
    clock.now += 14
    with pytest.raises(Unreachable):
        lists.rewards(client).result()
    clock.now += 2
    assert lists.rewards(client).result().error is None


def test_ownlis_own_waiting_time_is_kept_even_if_it_is_longer(world, lists, clock):
    client = FakeClient(world)
    client.failing = RateLimited("Ownli limits us.", retry_after_seconds=40)
    with pytest.raises(RateLimited):
        lists.rewards(client).result()
    client.failing = None
    clock.now += 39
    with pytest.raises(RateLimited):
        lists.rewards(client).result()
    clock.now += 2
    assert lists.rewards(client).result().error is None


def test_who_presses_refresh_after_a_failure_need_not_wait_it_out(world, lists):
    client = FakeClient(world)
    client.failing = Unreachable("Ownli cannot be reached.")
    with pytest.raises(Unreachable):
        lists.rewards(client).result()
    client.failing = None
    lists.refresh(client)
    assert lists.rewards(client).result().error is None


def test_who_presses_refresh_still_keeps_the_waiting_time_that_ownli_asked_for(world, lists):
    client = FakeClient(world)
    client.failing = RateLimited("Ownli limits us.", retry_after_seconds=40)
    with pytest.raises(RateLimited):
        lists.rewards(client).result()
    client.failing = None
    lists.refresh(client)
    with pytest.raises(RateLimited):
        lists.rewards(client).result()


def test_a_fault_of_ours_ends_the_waiting_and_is_a_sentence(world, lists, caplog):
    client = FakeClient(world)
    world.rewards = world.rewards.drop(columns=["rewarded_at"])
    ticket = lists.rewards(client)
    with pytest.raises(Exception, match="could not be put together"):
        ticket.result()
    assert "rewards" in caplog.text


def test_payouts_can_be_read_before_all_are_dated_the_most_recent_first(world, lists):
    gate = Gate(*(f"user_payouts U{number}" for number in range(9)))
    client = FakeClient(world, gate)
    ticket = lists.payouts(client)
    early = ticket.result()
    assert len(early.frame) == 9
    assert early.undated == 9
    assert not early.complete
    deadline = time.monotonic() + SECONDS
    while len(owners_asked(client)) < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert owners_asked(client) == {"U8", "U7", "U6", "U5"}
    assert ticket.ready()
    assert not ticket.done()
    assert ticket.progress.known == 9
    gate.open.set()
    assert ticket.wait(SECONDS)
    whole = ticket.result()
    assert whole.complete
    assert whole.undated == 0
    assert whole.frame["claimed_at"].notna().all()


def owners_asked(client: FakeClient) -> set[str]:
    return {name.split()[1] for name in client.asked if name.startswith("user_payouts")}


def test_payouts_say_why_the_rewards_could_not_be_had(world, lists):
    client = FakeClient(world)
    client.failing = Unreachable("Ownli cannot be reached.")
    with pytest.raises(Unreachable):
        lists.payouts(client).result()


def test_a_brief_answer_is_asked_once_for_all_and_again_when_it_is_old(world, lists, clock):
    client = FakeClient(world)

    def question(asked: FakeClient) -> int:
        return asked.count_users()

    for _ in range(3):
        assert lists.briefly(client, ("users",), question, seconds=60).result().value == 5
    assert client.asked["count_users"] == 1
    world.users = 6
    clock.now += 61
    assert lists.briefly(client, ("users",), question, seconds=60).result().value == 6
    assert lists.briefly(client, ("others",), question).result().value == 6
    assert client.asked["count_users"] == 3


def test_a_brief_answer_that_is_not_found_says_so_without_asking_again(world, lists):
    client = FakeClient(world)
    client.failing = NotFound("Ownli found nothing by that id.")
    for _ in range(2):
        with pytest.raises(NotFound):
            lists.briefly(client, ("user", 1), lambda asked: asked.count_users()).result()
    assert client.asked["count_users"] == 1


def test_refresh_asks_again_what_is_fresh_and_forgets_brief_answers(world, lists, clock):
    client = FakeClient(world)
    lists.rewards(client).result()
    lists.briefly(client, ("users",), lambda asked: asked.count_users()).result()
    world.rewards = pd.concat(
        [world.rewards, fakes.rewards(["R900"], "Pending")], ignore_index=True
    ).astype({"status": "category", "type": "category"})
    clock.now += 1
    lists.refresh(client)
    deadline = time.monotonic() + SECONDS
    while len(lists.rewards(client).result().frame) < 10 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "R900" in set(lists.rewards(client).result().frame["id"])
    lists.briefly(client, ("users",), lambda asked: asked.count_users()).result()
    assert client.asked["count_users"] == 2


def test_a_refresh_pressed_while_one_runs_is_not_lost(world, lists, clock):
    gate = Gate("rewards")
    lists.rewards(FakeClient(world)).result()
    clock.now += 61
    slow = FakeClient(world, gate)
    lists.rewards(slow)
    assert gate.arrived.wait(SECONDS)
    lists.refresh(slow)
    before = slow.asked["rewards"]
    gate.open.set()
    deadline = time.monotonic() + SECONDS
    while lists.health()["refreshing"].any() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert slow.asked["rewards"] >= 2 * before


def test_no_thread_stays_behind(world, clock):
    before = set(threading.enumerate())
    with ThreadPoolExecutor(2) as executor:
        lists = Lists(clock=clock, executor=executor)
        client = FakeClient(world)
        for ticket in (lists.check_ins(client), lists.payouts(client)):
            ticket.wait(SECONDS)
    assert set(threading.enumerate()) <= before


def test_a_partner_has_one_set_of_lists_a_process():
    first = for_partner("https://api.test/", "P1", history_weeks=4)
    assert for_partner("https://api.test", "P1") is first
    assert for_partner("https://api.test", "P2") is not first


def test_nothing_that_is_kept_prints_a_client_or_a_secret(world, lists):
    client = FakeClient(world)
    ticket = lists.rewards(client)
    shown = repr(lists) + repr(ticket) + repr(ticket.result()) + repr(vars(lists))
    assert "FakeClient" not in shown


def test_an_equal_number_is_no_new_version(world, lists, clock):
    client = FakeClient(world)

    def users() -> int:
        return (
            lists.briefly(client, ("users",), lambda c: c.count_users() + 10_000).result().version
        )

    first = users()
    for _ in range(3):
        clock.now += 61
        assert users() == first
    world.users += 1
    clock.now += 61
    assert users() > first


def test_what_was_looked_up_is_let_go_when_its_time_is_over(world, lists, clock):
    client = FakeClient(world)

    def everybody(_client, _progress):
        return fakes.rewards(["R1"])

    gone = weakref.ref(lists.at_length(client, ("everybody",), everybody, 60).result().value)
    assert gone() is not None
    clock.now += 121
    lists.health()
    gc.collect()
    assert gone() is None


def test_what_colleagues_look_up_is_no_refresh(world, lists):
    gate = Gate("look up")
    handle = lists.briefly(FakeClient(world), ("user", "U1"), lambda c: gate("look up"))
    assert gate.arrived.wait(SECONDS)
    assert not lists.refreshing()
    gate.open.set()
    handle.result()


def test_a_refresh_within_the_pause_asks_nothing_and_says_so(world, lists, clock):
    client = FakeClient(world)
    lists.rewards(client).result()
    assert lists.refresh(client, pause_seconds=5)
    wait_until_quiet(lists)
    asked = client.asked.total()
    clock.now += 4
    assert not lists.refresh(client, pause_seconds=5)
    assert client.asked.total() == asked
    clock.now += 2
    assert lists.refresh(client, pause_seconds=5)
    wait_until_quiet(lists)
    assert client.asked.total() > asked


def wait_until_quiet(lists: Lists) -> None:
    deadline = time.monotonic() + SECONDS
    while lists.refreshing():
        assert time.monotonic() < deadline
        time.sleep(0.005)
