"""The rows behind every cell of the report's tables add up to what stands in it."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownli_api.sandbox import World
from pages.analysis.periods import Week
from pages.analysis.report import cells, ledger
from pages.analysis.report.tables import NUMBERS
from tests.unit.report_world import Lists, bounds

NOW = datetime(2026, 11, 24, 13, 41, tzinfo=UTC)
WEEK = Week(2026, 47)
ZONE = "America/New_York"
DATES = {"check_ins": "checked_in_at", "rewards": "rewarded_at", "payouts": "claimed_at"}
DECIDED = ("Confirmed", "Declined")
# Tables that tell about other tables, or about earlier reports.
NOT_TRACED = {"checks", "restated", "restated_rows"}
# Cells that are worked out from others.
FORECASTS = {("expected", name) for name in ("expected", "low", "high", "miss")}


def size(behind, column: str) -> int:
    """What the rows come to: their cents in a column of money, else how many they are."""
    rows = behind.rows
    return int(rows["amount_cents"].fillna(0).sum()) if column.endswith("_cents") else len(rows)


def compared(behind, column: str) -> int:
    """The reported week's rows less those of the week before."""
    start, _ = bounds(ZONE, WEEK)
    at = behind.rows[DATES[behind.list]]
    now, before = (
        type(behind)(behind.list, behind.filter, behind.rows[chosen])
        for chosen in (at >= start, at < start)
    )
    return size(now, column) - size(before, column)


def hours(rows) -> list[float]:
    return [
        (updated - sent).total_seconds() / 3600
        for sent, updated in zip(rows["checked_in_at"], rows["updated_at"], strict=True)
    ]


def value_of(table, at: int, column: str, behind, submitted: Counter) -> object:
    """The cell's value, worked out from the rows behind it; `submitted` in the week, by status."""
    rows = behind.rows
    if column.startswith("change"):
        return compared(behind, column)
    if column == "rate":
        known = Counter(rows["status"])
        assert set(known) <= set(DECIDED)
        return known["Confirmed"] / len(rows)
    if column == "active_users":
        return rows["owner_id"].nunique()
    if column in ("median_hours", "median_before"):
        return pytest.approx(median(hours(rows)))
    if column == "p90_hours":
        return pytest.approx(np.quantile(hours(rows), 0.9))
    if table.key == "cohorts":
        active = rows["owner_id"].nunique()
        return active if column == "users" else active / table.rows[at]["users"]
    if column == "share":
        status = table.rows[at]["exact"][1]
        return len(rows) / submitted[status] if submitted[status] else 0
    if table.key == "ledger" and table.rows[at]["line"] == ledger.PAID:
        return -size(behind, column)
    return size(behind, column)


def assert_cells_add_up(report) -> int:
    traced = 0
    submitted = Counter(report.inputs.check_ins_of(WEEK)["status"])
    for table in report.tables.values():
        for at, row in enumerate(table.rows):
            for column in [one.name for one in table.columns if one.kind in NUMBERS]:
                where = (table.key, at, column)
                if table.key in NOT_TRACED or row.get(column) is None:
                    continue
                behind = cells.behind(report.inputs, table, at, column)
                if (table.key, column) in FORECASTS or str(row.get("line")).startswith("±"):
                    assert behind is None, where
                    continue
                if column == "new_users":
                    assert (behind.list, behind.rows) == (None, None), where
                    continue
                assert row[column] == value_of(table, at, column, behind, submitted), where
                traced += 1
    return traced


@given(
    seed=st.integers(0, 10_000),
    users=st.integers(3, 60),
    steps=st.integers(0, 120),
)
@settings(max_examples=15)
def test_the_rows_behind_every_cell_of_a_random_world_add_up_to_it(seed, users, steps):
    world = World.make(seed=seed, users=users, weeks=16, now=NOW - timedelta(days=3))
    world.step(Random(seed), steps, at=NOW - timedelta(days=1))
    rng = Random(seed)
    for one in rng.sample(list(world.rewards), min(5, len(world.rewards))):
        world.amend(one, status=rng.choice(["Lost", "On Hold"]))
    for one in rng.sample(list(world.check_ins), min(5, len(world.check_ins))):
        world.amend(one, status=rng.choice(["Archived", "OnHold"]), admin_note=None)
    assert assert_cells_add_up(Lists(world).report(WEEK, NOW)) > 100


@pytest.fixture(scope="module")
def report():
    return Lists(World.make(seed=7, users=200, now=NOW)).report(WEEK, NOW)


def test_every_table_of_numbers_can_be_traced(report):
    tables = {key for key, table in report.tables.items() if cells.can_be_traced(table)}
    assert tables == set(report.tables) - NOT_TRACED
    assert tables <= set(cells.RULES)


def test_a_cells_receipt_names_its_row_and_column_and_counts_its_rows(report):
    table = report.tables["by_kind"]
    receipt = cells.receipt(report.inputs, table, 1, "Declined")
    assert receipt.label == "This week by kind: Condition, Declined"
    assert receipt.value == str(table.rows[1]["Declined"])
    assert receipt.rows == table.rows[1]["Declined"]
    assert receipt.filter == "Condition; Declined now; submitted in 2026-W47"
    held = len(report.inputs.check_ins)
    assert receipt.sources == f"{receipt.rows} of {held:,} check-ins read"


def test_two_cells_have_two_hashes_and_one_cell_always_the_same(report):
    table = report.tables["by_kind"]
    hashes = {
        (at, name): cells.receipt(report.inputs, table, at, name).hash
        for at in range(3)
        for name in ("total", "Confirmed", "Declined")
    }
    assert len(set(hashes.values())) == len(hashes)
    again = Lists(World.make(seed=7, users=200, now=NOW)).report(WEEK, NOW)
    assert (
        cells.receipt(again.inputs, again.tables["by_kind"], 1, "total").hash == hashes[1, "total"]
    )


@pytest.mark.parametrize("name", ["kind", "no such column"])
def test_a_cell_that_holds_no_number_is_none(report, name):
    assert not cells.is_number(report.tables["by_kind"], 0, name)
    assert not cells.is_number(report.tables["by_kind"], 99, "total")
    assert cells.is_number(report.tables["by_kind"], 0, "total")


@pytest.mark.parametrize(
    ("key", "at", "column", "filter"),
    [
        ("submitted", -1, "OnHold", "On hold now; submitted in 2026-W47"),
        ("by_kind", -1, "rate", "Confirmed or Declined now; submitted in 2026-W47"),
        ("by_kind", 0, "change", "Mileage; submitted in 2026-W46 and 2026-W47"),
        ("rewards", 1, "before_cents", "Pending now; dated in 2026-W46"),
        (
            "reward_types",
            2,
            "count",
            "Proof of address check-in; Confirmed or Claimed now; dated in 2026-W47",
        ),
        ("outstanding", 1, "count", "Confirmed now; dated 8–30 days ago"),
        ("money", -1, "claimed_cents", "Claimed in 2026-W47"),
        ("users", -1, "new_users", "Registered in 2026-W47"),
        (
            "ledger",
            -1,
            "week_cents",
            "Confirmed or Claimed now; dated before the end of 2026-W47, not claimed by then",
        ),
        ("ledger", 1, "since_cents", "Confirmed or Claimed now; dated after 2026-W47"),
    ],
)
def test_a_receipt_says_how_the_rows_of_its_cell_were_chosen(report, key, at, column, filter):
    table = report.tables[key]
    place = at if at >= 0 else len(table.rows) + at
    assert cells.receipt(report.inputs, table, place, column).filter == filter


def test_the_same_rows_have_the_same_hash_by_whatever_number_one_comes_to_them(report):
    def of(key, at, column):
        table = report.tables[key]
        place = at if at >= 0 else len(table.rows) + at
        return cells.receipt(report.inputs, table, place, column).hash

    tiles = report.receipts
    assert {of("by_kind", -1, "total"), of("submitted", -1, "total")} == {tiles["submitted"].hash}
    assert {of("money", -1, "earned_cents"), of("ledger", 1, "week_cents")} == {
        tiles["earned"].hash
    }
    assert of("outstanding", -1, "count") == tiles["outstanding"].hash
    assert of("ledger", -1, "week_cents") == of("ledger", 0, "since_cents")


def test_a_share_says_how_many_of_how_many(report):
    table = report.tables["cohorts"]
    at, share = next((n, row["week_1"]) for n, row in enumerate(table.rows) if row["week_1"])
    users = table.rows[at]["users"]
    receipt = cells.receipt(report.inputs, table, at, "week_1")
    assert f"by {round(share * users)} of the {users} users whose first" in receipt.filter


def test_what_ownli_counted_says_so_and_names_no_list(report):
    table = report.tables["users"]
    receipt = cells.receipt(report.inputs, table, len(table.rows) - 1, "new_users")
    assert receipt.sources == "Ownli's own count"
    assert receipt.definition == report.receipts["new_users"].definition


def test_every_number_has_a_name_of_its_own_that_leads_back_to_it(report):
    for table in report.tables.values():
        if not cells.can_be_traced(table):
            continue
        for at in range(len(table.rows)):
            for column in [one.name for one in table.columns]:
                if cells.is_number(table, at, column):
                    named = cells.name(table, at, column)
                    assert cells.place(table, named) == (at, column)
    assert cells.place(report.tables["by_kind"], "Condition~kind") is None
    assert cells.place(report.tables["by_kind"], "") is None


def test_no_note_of_ownlis_stands_in_an_address(report):
    table = report.tables["reasons"]
    names = {cells.name(table, at, "count") for at in range(len(table.rows))}
    assert names == {f"{at}~count" for at in range(len(table.rows))}
