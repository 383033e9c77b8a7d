"""The search for what differs: finds it, with few requests, and always ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownli_api.cache.search import Search, clusters, effort

FIRST, LAST = 0, 10_000_000
PAGE = 10


class Lists:
    """Ours and theirs as sets of milliseconds; counts the requests of a search."""

    def __init__(self, ours: set[int], theirs: set[int], *, off_by: int = 0) -> None:
        self.ours, self.theirs, self.off_by = set(ours), theirs, off_by
        self.counts = self.pages = 0

    def search(self, **options) -> bool:
        return Search(
            count=self.count,
            held=lambda span: len(within(self.ours, span)),
            times=lambda span: np.array(sorted(within(self.ours, span)), dtype=np.int64) * 1000,
            read=self.read,
            page_rows=PAGE,
            **({"most_counts": 200} | options),
        ).run((FIRST, LAST), len(self.theirs) + self.off_by)

    def count(self, span: tuple[int, int]) -> int | None:
        self.counts += 1
        return len(within(self.theirs, span)) + self.off_by

    def read(self, span: tuple[int, int]) -> None:
        here = within(self.theirs, span)
        self.pages += max(1, -(-len(here) // PAGE))
        self.ours = (self.ours - within(self.ours, span)) | here


def within(some: set[int], span: tuple[int, int]) -> set[int]:
    return {one for one in some if span[0] <= one <= span[1]}


moments = st.sets(st.integers(FIRST, LAST), max_size=300)


@given(moments, st.sets(st.integers(FIRST, LAST), max_size=8))
def test_rows_that_are_new_somewhere_are_all_found(theirs, missing):
    lists = Lists(theirs - missing, theirs | missing)
    assert lists.search()
    assert lists.ours == theirs | missing


@given(moments, st.data())
def test_rows_that_are_gone_are_all_found(ours, data):
    gone = data.draw(st.sets(st.sampled_from(sorted(ours)), max_size=8)) if ours else set()
    lists = Lists(ours, ours - gone)
    assert lists.search()
    assert lists.ours == ours - gone


def test_one_row_among_many_pages_costs_about_their_logarithm():
    ours = set(range(0, 1_000_000, 1_000))
    lists = Lists(ours, ours | {123_456})
    assert lists.search()
    assert lists.counts + lists.pages <= np.log2(len(ours) / PAGE) + 3


def test_a_list_that_differs_everywhere_is_read_and_not_searched():
    ours = set(range(0, 1_000_000, 1_000))
    lists = Lists(ours, {one + 1 for one in ours} | set(range(500, 200_000, 1_000)))
    assert lists.search()
    assert lists.ours == lists.theirs
    assert lists.counts <= 3


@pytest.mark.parametrize("off_by", [-4, 3])
def test_counts_that_are_always_wrong_end_in_a_no_after_few_requests(off_by):
    ours = set(range(0, 1_000_000, 1_000))
    lists = Lists(ours, ours, off_by=off_by)
    assert not lists.search()
    assert lists.ours == ours
    assert lists.counts + lists.pages <= 60


def test_a_bound_on_counts_is_kept():
    ours = set(range(0, 1_000_000, 1_000))
    lists = Lists(ours, ours | {123_456})
    assert not lists.search(most_counts=3)
    assert lists.counts == 3


def test_counts_that_stay_away_end_in_a_no():
    lists = Lists(set(range(0, 100_000, 100)), {5})
    lists.count = lambda span: None
    lists.theirs = lists.ours - {500}
    assert not lists.search()


def test_rows_of_one_instant_cannot_be_parted_and_are_read_together():
    ours = {5_000}
    lists = Lists(ours, {5_000, 5_001})
    lists.search()
    assert lists.ours == {5_000, 5_001}


@given(st.sets(st.integers(0, 5_000), min_size=1, max_size=60), st.data())
def test_clusters_hold_all_wanted_and_at_most_a_page_each(times, data):
    every = np.array(sorted(times), dtype=np.int64) * 1000
    wanted = np.array(
        sorted(data.draw(st.sets(st.sampled_from(sorted(times)), min_size=1))), dtype=np.int64
    )
    spans = clusters(wanted * 1000, every, PAGE)
    for one in wanted:
        assert sum(first <= one <= last for first, last in spans) == 1
    for first, last in spans:
        assert len(within(times, (first, last))) <= PAGE
    assert len(spans) <= len(wanted)


def test_effort_never_exceeds_reading_everything():
    for pages in (1, 2, 3, 10, 1000):
        for finds in (1, 2, 5, 50, 5000):
            assert 0 < effort(pages, finds) <= pages
