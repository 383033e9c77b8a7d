"""Frames of the cache: one canonical form, and drafts that agree with a plain dictionary."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownli_api import frames
from ownli_api.cache import tables
from ownli_api.cache.doubles import without_doubles
from ownli_api.cache.draft import Draft
from tests.api.cache_tools import as_bytes
from tests.unit import cache_fakes as fakes

START = datetime(2026, 11, 2, tzinfo=UTC)
LONG = 25_000

row = st.tuples(
    st.sampled_from([f"C{number}" for number in range(12)]),
    st.sampled_from(["condition", "mileage"]),
    st.sampled_from(["Confirmed", "Declined", "Pending", "Reconsidered"]),
    st.one_of(st.none(), st.integers(0, 9)),
    st.sampled_from(["a note", "another", None]),
)
rows = st.lists(row, max_size=12, unique_by=lambda one: (one[1], one[0]))


def frame_of(some: list[tuple[str, str, str, int | None, str | None]]) -> pd.DataFrame:
    """Check-ins (id, kind, status, hour or None, note)."""
    if not some:
        return fakes.blank(frames.CHECK_INS, 0)
    return fakes.frame(
        frames.CHECK_INS,
        id=[one[0] for one in some],
        kind=[one[1] for one in some],
        status=[one[2] for one in some],
        checked_in_at=[None if one[3] is None else START + timedelta(hours=one[3]) for one in some],
        note=[one[4] for one in some],
    )


def ms(hour: int) -> int:
    return int((START + timedelta(hours=hour)).timestamp() * 1000)


def draft_of(frame: pd.DataFrame) -> Draft:
    base = tables.canonical(frame, "checked_in_at")
    return Draft(base, time="checked_in_at", key=("kind", "id"), group="kind")


@given(rows, st.randoms())
def test_a_canonical_frame_does_not_depend_on_the_order_its_rows_came_in(some, rng):
    mixed = list(some)
    rng.shuffle(mixed)
    one = tables.canonical(frame_of(some), "checked_in_at")
    pieces = [frame_of(mixed[: len(mixed) // 2]), frame_of(mixed[len(mixed) // 2 :])]
    # One id may be in two kinds; their order is not promised before doubles are settled.
    if one["id"].is_unique:
        assert as_bytes(one) == as_bytes(tables.stacked(pieces, "checked_in_at"))
    assert sorted(one["id"]) == sorted(row[0] for row in some)


@given(rows)
def test_a_canonical_frame_is_in_order_of_time_then_id_with_the_words_present(some):
    frame = tables.canonical(frame_of(some), "checked_in_at")
    keys = list(zip(tables.instants(frame, "checked_in_at"), frame["id"], strict=True))
    assert keys == sorted(keys)
    assert list(frame["kind"].cat.categories) == sorted({one[1] for one in some})
    assert list(frame["status"].cat.categories) == sorted({one[2] for one in some})
    assert frame.dtypes.drop(["kind", "status"]).equals(
        fakes.blank(frames.CHECK_INS, 0).dtypes.drop(["kind", "status"])
    )


def test_long_frames_are_spliced_into_the_same_bytes_as_short_ones_are_gathered():
    rng = np.random.default_rng(3)
    many = fakes.rewards([f"R{number:06}" for number in range(LONG)])
    keep = np.sort(rng.choice(LONG, LONG - 40, replace=False))
    spliced = tables.assembled([many], keep)
    gathered = pd.concat(
        [tables.assembled([many], part) for part in np.array_split(keep, LONG // 5_000)],
        ignore_index=True,
    )
    assert as_bytes(spliced) == as_bytes(tables.canonical(gathered, "rewarded_at"))
    shuffled = rng.permutation(LONG)
    assert as_bytes(tables.canonical(tables.assembled([many], shuffled), "rewarded_at")) == (
        as_bytes(tables.canonical(many, "rewarded_at"))
    )


def test_a_trimmed_frame_does_not_keep_the_memory_of_what_it_left_out():
    many = fakes.rewards([f"R{number:06}" for number in range(LONG)])
    keep = np.zeros(LONG, dtype=bool)
    keep[: LONG - 1_000] = True
    trimmed = tables.kept(tables.canonical(many, "rewarded_at"), keep)
    text = trimmed["id"].array.__arrow_array__()
    assert text.get_total_buffer_size() < 1.2 * text.nbytes


@given(rows, rows)
def test_same_rows_are_equal_in_every_column_and_missing_equals_missing(left, right):
    size = min(len(left), len(right))
    same = tables.same_rows(frame_of(left[:size]), frame_of(right[:size]))
    assert list(same) == [one == other for one, other in zip(left, right, strict=False)]


change = st.one_of(
    st.tuples(st.just("put"), rows),
    st.tuples(st.just("drop"), rows),
    st.tuples(
        st.just("replace"), rows, st.sampled_from(["condition", "mileage"]),
        st.integers(0, 9), st.integers(0, 9),
    ),
)  # fmt: skip


@settings(max_examples=60)
@given(rows, st.lists(change, max_size=6))
def test_a_draft_ends_as_a_dictionary_of_rows_would(before, changes):
    draft = draft_of(frame_of(before))
    model = {(one[1], one[0]): one for one in before}
    for what, some, *rest in changes:
        if what == "put":
            new = draft.put(frame_of(some))
            was = {(one[1], one[0]): one for one in before}
            assert list(new) == [was.get((one[1], one[0])) != one for one in some]
            model |= {(one[1], one[0]): one for one in some}
        elif what == "drop":
            draft.drop(frame_of(some))
            for one in some:
                model.pop((one[1], one[0]), None)
        else:
            kind, first, last = rest
            some = [one for one in some if one[1] == kind and one[3] in range(first, last + 1)]
            draft.replace(frame_of(some), kind, ms(first), ms(last))
            for key, one in list(model.items()):
                if one[1] == kind and one[3] in range(first, last + 1):
                    del model[key]
            model |= {(one[1], one[0]): one for one in some}
        for kind in ("condition", "mileage", None):
            wanted = [one for one in model.values() if kind in (None, one[1])]
            assert draft.count(kind) == len(wanted)
            inside = [one for one in wanted if one[3] in range(3, 7)]
            assert draft.count(kind, ms(3), ms(6)) == len(inside)
            assert len(draft.times(kind, ms(3), ms(6))) == len(inside)
            assert sorted(draft.rows(kind, ms(3), ms(6))["id"]) == sorted(one[0] for one in inside)
        probe = frame_of([("C1", "mileage", "Pending", 1, None)])
        assert list(draft.holds(probe)) == [("mileage", "C1") in model]
    final = tables.canonical(frame_of(list(model.values())), "checked_in_at")
    if final["id"].is_unique:
        assert as_bytes(draft.frame()) == as_bytes(final)
    assert draft.doubled or final["id"].is_unique or not frame_of(before)["id"].is_unique


def test_a_draft_that_ends_as_it_began_is_the_very_same_frame():
    some = [("C1", "mileage", "Pending", 1, None), ("C2", "mileage", "Pending", 2, None)]
    draft = draft_of(frame_of(some))
    draft.put(frame_of([("C1", "mileage", "Confirmed", 1, None)]))
    assert draft.changed
    draft.put(frame_of(some))
    assert not draft.changed
    assert draft.frame() is draft.base


@pytest.mark.parametrize("first", ["condition", "mileage"])
def test_an_id_in_two_kinds_is_shown_as_it_changed_last(first):
    second = "mileage" if first == "condition" else "condition"
    rows = fakes.frame(
        frames.CHECK_INS,
        id=["C1", "C1", "C2"],
        kind=[first, second, second],
        status=["Confirmed"] * 3,
        checked_in_at=[START] * 3,
        updated_at=[START + timedelta(hours=1), START, None],
    )
    rows = tables.canonical(rows, "checked_in_at")
    shown = without_doubles(rows, "updated_at")
    assert dict(zip(shown["id"], shown["kind"], strict=True)) == {"C1": first, "C2": second}
    assert list(shown["kind"].cat.categories) == sorted({first, second})


@given(st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)))
def test_weeks_start_on_monday_in_utc(moment):
    moment = moment.replace(tzinfo=UTC)
    start = tables.week_start_us(int(moment.timestamp() * 1_000_000))
    monday = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=start)
    assert monday.weekday() == 0
    assert (monday.hour, monday.minute, monday.second, monday.microsecond) == (0, 0, 0, 0)
    assert monday <= moment < monday + timedelta(days=7)
