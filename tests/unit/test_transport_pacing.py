"""One pace for all threads of a process: bounded, slowed together by a 429, coming back slowly."""

from __future__ import annotations

import itertools
import threading
import time

import pytest

from ownli_api import pacing
from ownli_api.pacing import ANSWERS_PER_STEP, FIRST_GAP_SECONDS, PaceTooSlow, Pacing


class FakeClock:
    """A clock that only sleeping moves on."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def make(clock: FakeClock, parallel: int = 4, longest: float = 60.0) -> Pacing:
    return Pacing(parallel, longest_wait_seconds=longest, clock=clock, sleep=clock.sleep)


def test_no_more_requests_are_in_flight_than_allowed():
    paced = Pacing(3)
    most, lock = [0], threading.Lock()

    def ask() -> None:
        for _ in range(20):
            with paced.turn():
                with lock:
                    most[0] = max(most[0], paced.in_flight)
                time.sleep(0.0005)

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert most[0] == 3
    assert paced.in_flight == 0


def test_without_a_429_nobody_waits(clock):
    paced = make(clock)
    for _ in range(100):
        with paced.turn():
            paced.answered()
    assert clock.slept == []


def test_a_429_makes_everybody_wait_as_long_as_it_asks(clock):
    paced = make(clock)
    with paced.turn() as started:
        paced.slow_down(started, 7)
    assert paced.wait_seconds() == 7
    with paced.turn() as started:
        assert started == 1007
    assert clock.slept == [7]


def test_no_429_stops_the_process_longer_than_the_deadline_of_a_request(clock):
    paced = make(clock, longest=60)
    with paced.turn() as started:
        paced.slow_down(started, 86_400)
    assert paced.wait_seconds() == 60


def test_several_429_of_one_moment_slow_down_once(clock):
    paced = make(clock, parallel=8)
    turns = [paced.turn() for _ in range(4)]
    started = [turn.__enter__() for turn in turns]
    clock.now += 1
    for at, turn in zip(started, turns, strict=True):
        paced.slow_down(at, 0)
        turn.__exit__(None, None, None)
    assert paced.allowed == 4
    clock.now += 1
    with paced.turn() as later:
        paced.slow_down(later, 0)
    assert paced.allowed == 2


def test_the_pace_never_falls_below_one_request_at_a_time(clock):
    paced = make(clock)
    for _ in range(10):
        clock.now += 5
        with paced.turn() as started:
            clock.now += 0.1
            paced.slow_down(started, 0)
    assert paced.allowed == 1


def test_the_pace_comes_back_step_by_step_and_starts_stop_being_spaced(clock):
    paced = make(clock)
    with paced.turn() as started:
        clock.now += 0.1
        paced.slow_down(started, 0)
    allowed, begun = [], []
    for _ in range(ANSWERS_PER_STEP * 4):
        with paced.turn() as started:
            begun.append(started)
            paced.answered()
        allowed.append(paced.allowed)
    assert allowed[0] == 2
    assert allowed[ANSWERS_PER_STEP - 1] == 3
    assert allowed[-1] == 4
    gaps = [later - earlier for earlier, later in itertools.pairwise(begun)]
    assert gaps[0] == pytest.approx(FIRST_GAP_SECONDS)
    assert gaps[-1] == 0
    assert gaps == sorted(gaps, reverse=True)


def test_a_thread_that_waits_for_the_pace_does_not_keep_the_place_from_others(clock):
    paced = make(clock, parallel=1)
    with paced.turn() as started:
        paced.slow_down(started, 3)
    with paced.turn():
        assert paced.in_flight == 1
    assert paced.in_flight == 0


def test_a_request_that_fails_gives_its_place_back(clock):
    paced = make(clock, parallel=1)
    with pytest.raises(ZeroDivisionError), paced.turn():
        raise ZeroDivisionError
    with paced.turn():
        assert paced.in_flight == 1


def test_all_clients_of_a_host_share_one_pace():
    first = pacing.of_process("https://one.example", 4, 60)
    assert pacing.of_process("https://one.example", 4, 60) is first
    assert pacing.of_process("https://two.example", 4, 60) is not first


def test_a_break_longer_than_the_asker_waits_is_told_at_once():
    slept = []
    paced = Pacing(2, clock=lambda: 0.0, sleep=slept.append)
    with paced.turn() as started:
        paced.slow_down(started, 40.0)
    with pytest.raises(PaceTooSlow) as told, paced.turn(patience=30.0):
        raise AssertionError("no turn was due")
    assert told.value.seconds == 40.0
    assert slept == []
