"""Who is suspected of a claim: nobody whom the counts clear, and first whom they accuse."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from ownli_api.cache.suspects import Suspects

PAGE = 3


def suspects(owners: str) -> Suspects:
    """Rewards a second apart, each by the letter of its owner; "-" has none."""
    times = np.arange(len(owners), dtype=np.int64) * 1_000_000
    ends = np.minimum(np.arange(len(owners)) + PAGE, len(owners))
    names = pd.Series([None if one == "-" else one for one in owners], dtype="str")
    return Suspects(names, times, ends, times[:-1] // 1000)


def test_whoever_alone_fits_the_counts_is_asked_without_another_question():
    some = suspects("abcabdabe")
    some.weigh([(0, 3), (3, 6), (6, 9)], [1, 0, 0])
    assert some.likely() == ["c"]


def test_an_owner_of_more_rewards_than_are_gone_is_no_suspect():
    some = suspects("aaabbc")
    some.weigh([(0, 6)], [2])
    assert some.likely() != ["a"]
    told, pages = some.pages(1)
    assert told > 0
    assert pages == [(3, 6)]


def test_who_was_looked_into_is_not_asked_again():
    some = suspects("abc")
    some.weigh([(0, 1), (1, 3)], [1, 0])
    assert some.likely() == ["a"]
    some.clear(["a", "nobody"])
    some.weigh([(0, 1), (1, 3)], [1, 0])
    assert some.likely() == []
    assert some.claims == 0


def test_a_page_clears_all_whose_rewards_it_shows():
    some = suspects("abcab")
    some.clear_within((0, 2))
    some.weigh([(0, 5)], [1])
    assert some.likely() == ["c"]


def test_rewards_of_nobody_accuse_nobody():
    some = suspects("--a--")
    some.weigh([(0, 2), (2, 5)], [2, 0])
    assert some.likely() == []
    assert some.pages(4) == (0.0, [])


def test_several_pages_at_once_do_not_overlap():
    some = suspects("abcdefghij")
    some.weigh([(0, 10)], [2])
    _, pages = some.pages(4)
    assert len(pages) == 3
    ordered = sorted(pages)
    assert all(one[1] <= other[0] for one, other in pairwise(ordered))


@given(st.text("abcdefg-", min_size=1, max_size=40), st.data())
def test_whoever_claimed_is_a_suspect_whatever_was_counted(owners, data):
    claimant = data.draw(st.sampled_from(owners))
    some = suspects(owners)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(owners)), max_size=6)) | {len(owners)})
    stretches = list(zip([0, *cuts[:-1]], cuts, strict=True))
    gone = [owners[first:end].count(claimant) for first, end in stretches]
    some.weigh(stretches, gone)
    if claimant == "-":
        return
    # Others as likely are cleared in turn; the claimant is never lost on the way.
    for _ in owners:
        assert some.claims > 0
        likely = some.likely()
        _, ((first, end),) = some.pages(1)
        if claimant in [*likely, *(() if likely else owners[first:end])]:
            return
        if likely:
            some.clear(likely)
        else:
            some.clear_within((first, end))
        some.weigh(stretches, gone)
    raise AssertionError("the claimant was never looked into")


@given(st.text("abc", min_size=2, max_size=30))
def test_halves_part_the_rows_of_a_stretch(owners):
    some = suspects(owners)
    some.weigh([(0, len(owners))], [len(owners)])
    _, parts = some.parts([(0, len(owners))], [len(owners)], 4)
    (part,) = parts
    assert part.stretch == 0
    assert 0 < part.row < len(owners)
    assert part.cut_ms == (part.row - 1) * 1000
