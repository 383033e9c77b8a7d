"""Whole lists: whatever a server does to its pages, the list is whole or an error, and it ends."""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownli_api.errors import ListIncomplete, NotFound, Refused, ServerTrouble
from ownli_api.http import Host
from ownli_api.paging import END_ROUNDS, Page, PagedList, Whole


@dataclass(frozen=True)
class Rows:
    """Just ids."""

    ids: list[str]

    def take(self, positions: list[int], *, with_problems: bool) -> Rows:
        del with_problems
        return Rows([self.ids[at] for at in positions])


@dataclass
class FakeServer:
    """A list in memory; `before` may change it before each answer, `after` the answer itself."""

    rows: list[str]
    cap: int | None = None
    refuse_over: int | None = None
    before: Callable[[FakeServer, int], None] = lambda server, number: None
    after: Callable[[int, int, Page], Page] = lambda number, page, answer: answer
    past_the_end: type[NotFound] | type[Refused] | None = None
    asked: list[tuple[int, int]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, page: int, size: int) -> Page:
        with self.lock:
            self.before(self, len(self.asked))
            self.asked.append((page, size))
            if self.refuse_over and size > self.refuse_over:
                raise Refused("too large", "ERROR_INVALID_PARAMETERS", 400)
            size = min(size, self.cap or size)
            rows = self.rows[page * size : (page + 1) * size]
            if self.past_the_end and page and not rows:
                raise self.past_the_end("past the end", None, 404)
            return self.after(len(self.asked), page, Page(len(self.rows), len(rows), Rows(rows)))


def read(server: FakeServer, size: int = 500, parallel: int = 1, **more: object) -> Whole:
    return PagedList(
        server.ask,
        Rows([]),
        many="rewards",
        size=size,
        parallel=parallel,
        host=more.pop("host", None) or Host(4),
        **more,
    ).whole()


def ids(whole: Whole) -> list[str]:
    return [row_id for piece in whole.pieces for row_id in piece.ids]


def names(count: int) -> list[str]:
    return [f"r{number}" for number in range(count)]


def most_requests(count: int, size: int) -> int:
    pages = max(1, math.ceil(count / size))
    return math.floor(pages * 1.02) + 10


@given(
    count=st.integers(0, 400),
    size=st.sampled_from([1, 7, 10, 60, 100, 500]),
    cap=st.one_of(st.none(), st.integers(1, 120)),
    refuse_over=st.sampled_from([None, 10, 50, 100]),
    parallel=st.sampled_from([1, 4]),
    past_the_end=st.sampled_from([None, NotFound, Refused]),
)
def test_a_list_is_whole_and_in_order_whatever_page_size_the_server_grants(
    count, size, cap, refuse_over, parallel, past_the_end
):
    server = FakeServer(names(count), cap=cap, refuse_over=refuse_over, past_the_end=past_the_end)
    whole = read(server, size=size, parallel=parallel)
    assert ids(whole) == names(count)
    assert whole.total == count
    assert whole.notes == ()
    granted = min(part for part in (size, cap, refuse_over) if part)
    assert len(server.asked) <= most_requests(count, granted)
    assert whole.requests == len(server.asked)


change = st.tuples(
    st.integers(0, 12), st.sampled_from(["append", "delete", "insert"]), st.floats(0, 1)
)


@given(
    count=st.integers(1, 120),
    size=st.sampled_from([5, 10, 30]),
    changes=st.lists(change, max_size=3),
    parallel=st.sampled_from([1, 3]),
)
def test_a_row_that_was_there_all_the_time_is_never_missed_while_others_come_and_go(
    count, size, changes, parallel
):
    ever = set(names(count))

    def drift(server: FakeServer, number: int) -> None:
        # One change at a time: two that cancel out between two answers cannot be seen by anyone.
        for at, (when, what, where) in enumerate(changes):
            if when != number or any(other[0] == when for other in changes[:at]):
                continue
            place = min(int(where * len(server.rows)), max(0, len(server.rows) - 1))
            if what == "delete" and server.rows:
                del server.rows[place]
            elif what != "delete":
                name = f"new{at}"
                ever.add(name)
                server.rows.insert(len(server.rows) if what == "append" else place, name)

    server = FakeServer(names(count), before=drift)
    try:
        whole = read(server, size=size, parallel=parallel)
    except ListIncomplete:
        return  # withheld, not shown short
    found = ids(whole)
    survivors = set(names(count)) & set(server.rows)
    assert survivors <= set(found) <= ever
    assert len(found) == len(set(found)) >= whole.total


def test_rows_that_arrive_at_the_end_meanwhile_cost_no_second_reading():
    def grow(server: FakeServer, number: int) -> None:
        server.rows.append(f"new{number}")

    server = FakeServer(names(1000), before=grow)
    whole = read(server, size=50)
    assert set(names(1000)) <= set(ids(whole))
    assert len(ids(whole)) == whole.total
    assert len(server.asked) <= most_requests(len(server.rows), 50)


@pytest.mark.parametrize("when", range(2, 11))
@pytest.mark.parametrize("where", [3, 55, 97])
def test_a_row_that_vanishes_as_another_arrives_is_noticed_although_the_count_stays(when, where):
    def swap(server: FakeServer, number: int) -> None:
        if number == when:
            del server.rows[where]
            server.rows.append("new")

    server = FakeServer(names(100), before=swap)
    found = set(ids(read(server, size=10)))
    assert set(server.rows) - {"new"} <= found <= {*names(100), "new"}


@pytest.mark.parametrize("when", [1, 2, 50, 99, 100, 101])
@pytest.mark.parametrize("where", [0, 500, 998])
def test_one_row_that_vanishes_costs_at_most_one_more_reading_of_the_pages_before_it(when, where):
    def lose(server: FakeServer, number: int) -> None:
        if number == when:
            del server.rows[where]

    server = FakeServer(names(1000), before=lose)
    found = ids(read(server, size=10, parallel=4))
    assert set(server.rows) <= set(found) <= set(names(1000))
    assert len(server.asked) <= 2 * 101 + 10


def test_a_list_that_grows_faster_than_it_is_read_ends_in_an_error_and_not_in_a_loop():
    def flood(server: FakeServer, number: int) -> None:
        server.rows.extend(f"new{number}-{at}" for at in range(50))

    server = FakeServer(names(100), before=flood)
    with pytest.raises(ListIncomplete, match="withheld"):
        read(server, size=10)
    assert len(server.asked) <= 4_000


def test_a_list_that_loses_rows_all_the_time_ends_in_an_error_or_whole():
    def leak(server: FakeServer, number: int) -> None:
        if number % 2 and len(server.rows) > 100:
            del server.rows[0]

    server = FakeServer(names(400), before=leak)
    with contextlib.suppress(ListIncomplete):
        found = set(ids(read(server, size=10)))
        assert set(server.rows) <= found
    assert len(server.asked) <= 100


def test_a_page_that_repeats_once_is_read_again():
    def repeat(number: int, page: int, answer: Page) -> Page:
        if number == 4:
            return Page(answer.total, answer.sent, Rows(names(100)[:10]))
        return answer

    assert ids(read(FakeServer(names(100), after=repeat), size=10)) == names(100)


def test_a_page_that_always_repeats_another_one_is_an_error():
    def repeat(number: int, page: int, answer: Page) -> Page:
        return Page(answer.total, answer.sent, Rows(names(10))) if page == 4 else answer

    with pytest.raises(ListIncomplete):
        read(FakeServer(names(100), after=repeat), size=10)


def test_a_row_that_moves_up_between_two_pages_read_side_by_side_is_not_missed():
    """Page 2 is answered after a row vanished, page 1 before: the count alone still adds up."""

    class Between(FakeServer):
        def ask(self, page: int, size: int) -> Page:
            if not gone.is_set() and page == 1 and len(self.asked) > 1:
                answer = super().ask(page, size)
                with self.lock:
                    del self.rows[15]
                gone.set()
                return answer
            if page == 2:
                gone.wait(5)
            return super().ask(page, size)

    gone = threading.Event()
    server = Between(names(40))
    assert set(server.rows) - {"r15"} <= set(ids(read(server, size=10, parallel=4)))


def test_a_row_that_arrives_at_the_front_while_pages_are_read_pushes_none_out():
    def insert(server: FakeServer, number: int) -> None:
        if number == 5:
            server.rows.insert(0, "early")

    server = FakeServer(names(100), before=insert)
    assert sorted(ids(read(server, size=10))) == sorted(server.rows)


@given(
    count=st.integers(1, 150),
    size=st.sampled_from([5, 10, 30]),
    keys=st.integers(1, 40),
    parallel=st.sampled_from([1, 4]),
    seed=st.randoms(use_true_random=False),
)
def test_rows_of_equal_keys_that_come_in_another_order_each_time_are_whole_or_an_error(
    count, size, keys, parallel, seed
):
    def shuffle(server: FakeServer, number: int) -> None:
        server.rows.sort(key=lambda name: (int(name[1:]) % keys, seed.random()))

    server = FakeServer(names(count), before=shuffle)
    with contextlib.suppress(ListIncomplete):
        assert sorted(ids(read(server, size=size, parallel=parallel))) == sorted(names(count))
    assert len(server.asked) <= 2 * (math.ceil(count / size) + 1 + END_ROUNDS)


def test_two_readings_that_each_lack_rows_of_equal_keys_make_one_list():
    def other_order(server: FakeServer, number: int) -> None:
        lacking = "r3" if number < 3 else "r7"
        server.rows = [*(name for name in names(20) if name != lacking), "r0"]

    server = FakeServer(names(20), before=other_order)
    assert sorted(ids(read(server, size=10))) == sorted(names(20))
    assert len(server.asked) == 6


def test_an_id_that_the_list_really_holds_twice_is_an_error_because_another_may_be_lacking():
    with pytest.raises(ListIncomplete, match="counts 36, 35 could be read"):
        read(FakeServer([*names(35), "r3"]), size=10)


def total(value: int | None) -> Callable[[int, int, Page], Page]:
    return lambda number, page, answer: Page(value, answer.sent, answer.piece)


@pytest.mark.parametrize("says", [36, 100, 1_000])
def test_a_count_that_is_too_high_is_an_error_because_something_may_be_lacking(says):
    with pytest.raises(ListIncomplete):
        read(FakeServer(names(35), after=total(says)), size=10)


@pytest.mark.parametrize("says", [0, 1, 10, 20, 30, 34])
@pytest.mark.parametrize("cap", [None, 7])
def test_a_count_that_is_too_low_is_an_error_and_cuts_nothing(says, cap):
    with pytest.raises(ListIncomplete, match=f"counts {says},"):
        read(FakeServer(names(35), after=total(says), cap=cap), size=10)


@given(
    count=st.integers(0, 90),
    size=st.sampled_from([10, 500]),
    cap=st.sampled_from([None, 10, 7]),
    parallel=st.sampled_from([1, 4]),
    past_the_end=st.sampled_from([None, NotFound, Refused]),
)
def test_a_list_without_a_count_is_read_to_its_end_and_says_so(
    count, size, cap, parallel, past_the_end
):
    server = FakeServer(names(count), after=total(None), cap=cap, past_the_end=past_the_end)
    whole = read(server, size=size, parallel=parallel)
    assert ids(whole) == names(count)
    assert whole.total is None
    assert "did not say how many" in whole.notes[0]
    assert len(server.asked) <= most_requests(count, min(size, cap or size)) + 2 * parallel


def test_a_list_without_a_count_whose_end_repeats_for_ever_ends():
    def clamp(server: FakeServer) -> Callable[[int, int], Page]:
        return lambda page, size: Page(None, 10, Rows(names(30)[min(page, 2) * 10 :][:10]))

    server = FakeServer([])
    server.ask = clamp(server)
    assert ids(read(server, size=10, parallel=4)) == names(30)


def test_a_middle_page_that_stays_empty_is_an_error():
    def gap(number: int, page: int, answer: Page) -> Page:
        return Page(answer.total, 0, Rows([])) if page == 2 else answer

    with pytest.raises(ListIncomplete):
        read(FakeServer(names(100), after=gap), size=10)


def test_rows_that_could_not_be_read_are_counted_and_do_not_make_a_list_incomplete():
    def spoil(number: int, page: int, answer: Page) -> Page:
        return Page(answer.total, answer.sent, Rows(answer.piece.ids[1:]))

    server = FakeServer(names(100), after=spoil)
    whole = read(server, size=10)
    assert len(ids(whole)) == 90
    assert whole.set_aside == 10
    assert whole.notes == ()
    assert len(server.asked) <= most_requests(100, 10)


def test_a_refused_page_size_is_found_out_once_for_all_lists_of_a_host():
    host = Host(4)
    first, second = (FakeServer(names(300), refuse_over=100) for _ in range(2))
    read(first, host=host)
    read(second, host=host)
    assert [size for _, size in first.asked].count(500) == 1
    assert {size for _, size in second.asked} == {100}


def test_a_silently_cut_page_size_costs_no_request_and_is_remembered():
    host = Host(4)
    server = FakeServer(names(250), cap=100)
    read(server, host=host)
    assert sorted(server.asked) == [(0, 500), (1, 100), (2, 100)]
    assert host.page_size == 100


def test_a_count_that_is_wrong_teaches_no_page_size():
    host = Host(4)
    with pytest.raises(ListIncomplete):
        read(FakeServer(names(35), after=total(100)), host=host)
    assert host.page_size is None


def test_a_refusal_that_is_not_about_the_page_size_is_passed_on_and_teaches_nothing():
    class Always(FakeServer):
        def ask(self, page: int, size: int) -> Page:
            self.asked.append((page, size))
            raise Refused(f"no {size}", "ERROR_INVALID_PARAMETERS", 400)

    host, server = Host(4), Always([])
    with pytest.raises(Refused, match="no 500"):
        read(server, host=host)
    assert [size for _, size in server.asked] == [500, 100, 50, 20, 10]
    assert host.page_size is None


def test_a_count_beyond_all_measure_costs_three_pages():
    server = FakeServer(names(35), after=total(10**9), cap=10)
    with pytest.raises(ListIncomplete):
        read(server)
    assert len(server.asked) == 3


def test_a_count_beyond_all_measure_of_a_server_that_repeats_its_last_page_costs_three_pages():
    def clamp(page: int, size: int) -> Page:
        server.asked.append((page, size))
        return Page(10**9, 10, Rows(names(30)[min(page, 2) * 10 :][:10]))

    server = FakeServer([])
    server.ask = clamp
    with pytest.raises(ListIncomplete):
        read(server, size=10)
    assert len(server.asked) == 3


def test_an_error_of_one_page_is_the_error_of_the_list_and_stops_the_others():
    def fail(server: FakeServer, number: int) -> None:
        if number == 5:
            raise ServerTrouble("down")

    server = FakeServer(names(10_000), before=fail)
    with pytest.raises(ServerTrouble):
        read(server, size=10, parallel=2)
    assert len(server.asked) < 100


@pytest.mark.parametrize("parallel", [1, 4])
@pytest.mark.parametrize("growing", [False, True])
def test_progress_never_goes_back_and_ends_at_what_is_known(parallel, growing):
    def grow(server: FakeServer, number: int) -> None:
        if growing:
            server.rows.append(f"new{number}")

    seen: list[tuple[int, int]] = []
    server = FakeServer(names(95), before=grow)
    read(server, 10, parallel, progress=lambda done, known: seen.append((done, known)))
    assert [done for done, _ in seen] == list(range(1, len(server.asked) + 1))
    assert [known for _, known in seen] == sorted(known for _, known in seen)
    assert all(done <= known for done, known in seen)
    assert seen[0] == (1, 10)
    assert seen[-1][0] == seen[-1][1]


def test_pages_are_read_side_by_side_up_to_the_limit():
    gate = threading.Barrier(4, timeout=5)

    class Slow(FakeServer):
        def ask(self, page: int, size: int) -> Page:
            if 0 < page < 5 and len(self.asked) < 5:
                gate.wait()  # breaks unless four come together
            return super().ask(page, size)

    assert len(ids(read(Slow(names(50)), size=10, parallel=4))) == 50
