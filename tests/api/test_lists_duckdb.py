"""The query of the README, as an analyst runs it on the folder that the lists are written to."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from ownli_api.cache import Snapshot
from tests.api.cache_tools import NOUNS, lists_at, read

README = Path(__file__).resolve().parents[2] / "README.md"


@pytest.fixture
def query() -> str:
    """The one SQL statement of the README."""
    _, statement = README.read_text("utf-8").split("```sql\n")
    return statement.partition("```")[0]


def earned_by_month(world) -> dict[datetime, tuple[int, int]]:
    """Rewards that are Confirmed or Claimed by month (UTC) of the grant: how many, and cents."""
    months: dict[datetime, list[int]] = defaultdict(list)
    for reward in world.rewards.values():
        if reward.status in ("Confirmed", "Claimed"):
            month = reward.rewarded_at.astimezone(UTC)
            months[datetime(month.year, month.month, 1)].append(reward.cents)
    return {month: (len(cents), sum(cents)) for month, cents in months.items()}


@pytest.fixture
def held(client, hand, tmp_path, monkeypatch) -> dict[str, Snapshot]:
    """The lists as they are written to the folder `lists` of the directory the test runs in."""
    monkeypatch.chdir(tmp_path)
    lists = lists_at(hand, folder=Path("lists"))
    held = read(lists, client)
    lists.save()
    return held


def test_the_query_of_the_readme_finds_in_the_folder_what_ownli_has(sandbox, held, query):
    assert {file.name for file in Path("lists").iterdir()} == {f"{name}.parquet" for name in NOUNS}
    found = duckdb.connect().execute(query).fetchall()
    assert len(found) >= 6
    in_cents = {month: (count, round(dollars * 100)) for month, count, dollars in found}
    assert in_cents == earned_by_month(sandbox.world)


@pytest.mark.parametrize("noun", NOUNS)
def test_duckdb_reads_every_list_with_its_columns_times_and_money(held, noun):
    table = duckdb.read_parquet(f"lists/{noun}.parquet")
    assert table.columns == list(held[noun].frame.columns)
    assert table.shape[0] == len(held[noun].frame) > 0
    for column, kind in zip(table.columns, map(str, table.types), strict=True):
        if column.endswith("_at"):
            assert kind == "TIMESTAMP WITH TIME ZONE", column
        elif column.endswith("_cents"):
            assert kind == "BIGINT", column
