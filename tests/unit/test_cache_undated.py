"""Check-ins without a date, on a server that lists them in no period and on one that does."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pandas as pd
import pytest

from ownli_api.cache import Held, Lists
from tests.unit.cache_fakes import NOW, FakeClient, World, check_ins

SECONDS = 10
DATED = 50
STAMPS = ("checked_in_at", "updated_at")


@pytest.fixture
def lists() -> Iterator[Lists]:
    with ThreadPoolExecutor(4) as executor:
        yield Lists(clock=itertools.count(int(NOW.timestamp())).__next__, executor=executor)


def world_with_undated(status: str, undated: list[str]) -> World:
    """Fifty dated check-ins, and some of a status that say neither when they came nor changed."""
    ids = [*(f"C{number}" for number in range(DATED)), *undated]
    rows = check_ins(ids)
    lacking = rows["id"].isin(undated).to_numpy()
    rows["status"] = pd.Categorical([status if one else "Confirmed" for one in lacking])
    for name in STAMPS:
        rows[name] = rows[name].mask(lacking)
    return World(check_ins=rows)


def renewed(lists: Lists, client: FakeClient) -> Held:
    """What is held once a refresh has run; it must have asked something."""
    client.asked.clear()
    lists.refresh(client)
    until = time.monotonic() + SECONDS
    while lists.health()["refreshing"].any():
        assert time.monotonic() < until
        time.sleep(0.005)
    assert client.asked
    return lists.check_ins(client).result()


@pytest.mark.parametrize("status", ["OnHold", "Pending"])
def test_open_check_ins_without_a_date_are_held_though_no_period_lists_them(lists, status):
    client = FakeClient(world_with_undated(status, ["N1", "N2"]))
    held = lists.check_ins(client).result()
    assert {"N1", "N2"} <= set(held.frame["id"])
    assert len(held.frame) == 52
    assert held.problems == ()
    assert held.counted == 52
    again = renewed(lists, client)
    assert len(again.frame) == 52
    assert again.problems == ()


def test_one_that_is_decided_leaves_no_open_row_behind(lists):
    world = world_with_undated("OnHold", ["N1", "N2"])
    client = FakeClient(world)
    lists.check_ins(client).result()
    decided = (world.check_ins["id"] == "N2").to_numpy()
    rows = world.check_ins.copy()
    rows["status"] = rows["status"].astype("object").mask(decided, "Confirmed").astype("category")
    rows["updated_at"] = rows["updated_at"].mask(decided, NOW + timedelta(minutes=1))
    world.check_ins = rows
    held = renewed(lists, client)
    statuses = held.frame.set_index("id")["status"].astype("object")
    assert statuses["N1"] == "OnHold"
    assert statuses.get("N2", "Confirmed") == "Confirmed"


def test_a_row_is_missed_where_ownli_counts_more_than_its_list_has(lists):
    world = world_with_undated("OnHold", ["N1"])
    client = FakeClient(world)
    counted = client._listing

    def short(name, rows, progress):
        listing = counted(name, rows, progress)
        short_of = listing.total_items + 1 if len(rows) >= DATED else listing.total_items
        return type(listing)(listing.frame, short_of, (), 1, NOW)

    client._listing = short
    held = lists.check_ins(client).result()
    assert held.problems == (
        "Ownli counts 51 mileage check-ins where its list has 50 readable rows.",
    )
    assert held.counted == 52
