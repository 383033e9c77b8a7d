"""How failed sign-ins slow the next ones down, and stop doing so."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from pages.access.throttle import (
    FIRST_DELAY_SECONDS,
    FORGOTTEN_AFTER_SECONDS,
    FREE_FAILURES,
    LONGEST_DELAY_SECONDS,
    MOST_KEYS,
    SearchLimit,
    Throttle,
)
from tests.unit.clock import Clock


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def throttle(clock):
    return Throttle(clock=clock)


def fail(throttle, name="jane", device="d", times=FREE_FAILURES):
    for _ in range(times):
        assert throttle.begin(name, device) == 0


def test_five_failures_are_free_and_the_sixth_attempt_waits(throttle):
    fail(throttle)
    assert throttle.begin("jane", "d") == FIRST_DELAY_SECONDS


def test_a_delay_passes(throttle, clock):
    fail(throttle)
    clock.now += FIRST_DELAY_SECONDS
    assert throttle.begin("jane", "d") == 0


def test_delays_double_up_to_a_limit_and_are_never_for_ever(throttle, clock):
    fail(throttle)
    waits = []
    for _ in range(12):
        waits.append(throttle.begin("jane", "d"))
        clock.now += waits[-1]
        assert throttle.begin("jane", "d") == 0
    assert waits[:3] == [FIRST_DELAY_SECONDS, 2 * FIRST_DELAY_SECONDS, 4 * FIRST_DELAY_SECONDS]
    assert waits[-1] == LONGEST_DELAY_SECONDS


def test_trying_during_a_delay_does_not_lengthen_it(throttle, clock):
    fail(throttle)
    for _ in range(100):
        throttle.begin("jane", "d")
    clock.now += FIRST_DELAY_SECONDS
    assert throttle.begin("jane", "d") == 0


def test_a_name_waits_on_every_device_and_a_device_for_every_name(throttle):
    fail(throttle)
    assert throttle.begin("jane", "another") > 0
    assert throttle.begin("bob", "d") > 0
    assert throttle.begin("bob", "another") == 0


def test_success_starts_anew(throttle):
    fail(throttle, times=FREE_FAILURES - 1)
    assert throttle.begin("jane", "d") == 0
    throttle.succeeded("jane", "d")
    fail(throttle)


def test_somebody_elses_guessing_does_not_keep_a_person_out_of_their_own_browser(throttle):
    assert throttle.begin("jane", "own") == 0
    throttle.succeeded("jane", "own")
    fail(throttle, device="attacker")
    assert throttle.begin("jane", "attacker") > 0
    assert throttle.begin("jane", "own") == 0


def test_a_trusted_device_is_slowed_down_as_well(throttle):
    throttle.succeeded("jane", "own")
    fail(throttle, device="own")
    assert throttle.begin("jane", "own") > 0


def test_failures_are_forgotten_after_an_hour(throttle, clock):
    fail(throttle)
    clock.now += FORGOTTEN_AFTER_SECONDS + 1
    fail(throttle)


def test_many_attempts_at_one_moment_do_not_slip_through_together(throttle):
    with ThreadPoolExecutor(32) as pool:
        waits = list(pool.map(lambda _: throttle.begin("jane", "d"), range(200)))
    assert waits.count(0) == FREE_FAILURES


def kept_bytes(throttle) -> int:
    """What the names and devices that are remembered take."""
    return sum(map(len, throttle._failures)) + sum(map(len, sum(throttle._trusted, ())))


def test_names_of_any_length_and_number_take_a_bounded_space(throttle, clock):
    for number in range(24):
        throttle.begin(f"{number}{'x' * 7_000_000}", f"device {number}")
    assert kept_bytes(throttle) < 10_000
    for number in range(MOST_KEYS + 10):
        clock.now += 0.001
        throttle.begin(f"name {number}", f"device {number}")
    assert kept_bytes(throttle) < 200 * MOST_KEYS


def test_a_name_that_is_too_long_is_slowed_down_as_any_other(throttle):
    fail(throttle, name="x" * 1000, device="d")
    assert throttle.begin("x" * 1000, "another") > 0


# --- searches for contacts


@pytest.fixture
def searches(clock):
    return SearchLimit(clock=clock)


def test_twenty_searches_a_minute_and_a_hundred_an_hour_go_on(searches, clock):
    assert [searches.begin("jane") for _ in range(21)] == [0.0] * 20 + [60.0]
    assert searches.begin("bob") == 0
    clock.now += 60
    for _ in range(4):
        assert [searches.begin("jane") for _ in range(20)] == [0.0] * 20
        clock.now += 60
    assert searches.begin("jane") == 3600 - 5 * 60
    clock.now += 3600 - 5 * 60
    assert searches.begin("jane") == 0


def test_a_burst_is_worth_one_line_an_hour(searches, clock):
    assert [searches.is_new_burst("jane") for _ in range(3)] == [True, False, False]
    assert searches.is_new_burst("bob")
    clock.now += 3600
    assert searches.is_new_burst("jane")
