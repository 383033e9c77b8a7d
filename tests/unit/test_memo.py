"""Numbers are computed once for the same arguments, and never mixed up between others."""

import gc
import threading
import time
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from pages.analysis.periods import Calendar, Period
from pages.ui.memo import Memo

FRAME = pd.DataFrame({"n": [1, 2, 3]})


class Counter:
    """Counts how often something is really computed."""

    def __init__(self):
        self.calls = 0

    def total(self, frame, *words, by="n"):
        self.calls += 1
        return (int(frame[by].sum()), *words)

    def large(self, frame, kilobytes):
        self.calls += 1
        return pd.DataFrame({"n": np.zeros(kilobytes * 128, dtype="int64")})


@pytest.fixture
def counter():
    return Counter()


@pytest.fixture
def once():
    return Memo()


def test_the_same_arguments_are_computed_once(once, counter):
    for _ in range(3):
        assert once(counter.total, FRAME, "word", Calendar("UTC")) == (6, "word", Calendar("UTC"))
    assert counter.calls == 1


def test_two_frames_have_two_answers(once, counter):
    other = pd.DataFrame({"n": [10]})
    assert once(counter.total, FRAME) == (6,)
    assert once(counter.total, other) == (10,)
    assert once(counter.total, FRAME.copy()) == (6,)
    assert counter.calls == 3


def test_a_frame_that_takes_the_place_of_one_that_is_gone_has_its_own_answer(once, counter):
    for n in range(200):
        frame = pd.DataFrame({"n": [n]})
        assert once(counter.total, frame) == (n,)
        del frame


def test_a_frame_inside_another_value_counts_as_well(once):
    @dataclass(frozen=True)
    class Snapshot:
        frame: pd.DataFrame

    first, second = Snapshot(FRAME), Snapshot(pd.DataFrame({"n": [9]}))
    total = lambda held: int(held[0].frame["n"].sum())  # noqa: E731
    assert (once(total, [first]), once(total, [second])) == (6, 9)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Calendar("UTC"), Calendar("Asia/Kolkata")),
        (Period.of_key("2026-W47"), Period.of_key("2026-W46")),
        ("a", "b"),
        (1, True),
        (1, 1.0),
        ([1, 2], (1, 2)),
        ({"a": 1}, {"a": 2}),
        (None, "None"),
    ],
    ids=str,
)
def test_another_argument_has_another_answer(once, counter, first, second):
    once(counter.total, FRAME, first)
    once(counter.total, FRAME, second)
    assert counter.calls == 2


def test_arguments_by_name_and_functions_are_told_apart(once, counter):
    once(counter.total, FRAME)
    once(counter.total, FRAME, by="n")
    once(Counter().total, FRAME)
    assert counter.calls == 2


def test_an_answer_from_an_answer_is_computed_once(once, counter):
    def filtered(frame):
        return frame[frame["n"] > 1]

    for _ in range(3):
        assert once(counter.total, once(filtered, FRAME)) == (5,)
    assert counter.calls == 1


def test_what_was_computed_from_a_frame_goes_with_it(once, counter):
    frame = FRAME.copy()
    once(counter.large, frame, 100)
    assert once.size > 100_000
    del frame
    gc.collect()
    once(counter.total, FRAME)
    assert once.size < 10_000


def test_the_memory_is_bounded_and_what_was_used_last_stays(counter):
    once = Memo(most_bytes=500_000)
    for kilobytes in (100, 101, 102, 103):
        once(counter.large, FRAME, kilobytes)
        once(counter.large, FRAME, 100)
    once(counter.large, FRAME, 104)
    assert once.size <= 500_000
    assert counter.calls == 5
    once(counter.large, FRAME, 100)
    assert counter.calls == 5, "what was used last is gone"
    once(counter.large, FRAME, 101)
    assert counter.calls == 6, "what was used longest ago is still there"


def test_what_is_larger_than_the_bound_is_answered_and_not_kept(counter):
    once = Memo(most_bytes=50_000)
    for _ in range(2):
        assert len(once(counter.large, FRAME, 100)) == 12_800
    assert (counter.calls, once.size) == (2, 0)


def test_people_who_ask_at_once_wait_for_one_answer(once):
    calls = []

    def slow(frame):
        calls.append(1)
        time.sleep(0.1)
        return len(frame)

    threads = [threading.Thread(target=once, args=(slow, FRAME)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1


def test_a_failure_is_told_and_tried_again(once):
    tries = []

    def fails(frame):
        tries.append(1)
        raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            once(fails, FRAME)
    assert len(tries) == 2
