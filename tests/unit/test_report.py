"""The weekly report against numbers counted one record at a time from the sandbox's world."""

import json
from datetime import UTC, datetime

import pytest

from ownli_api.sandbox import World
from pages.analysis.periods import Calendar, Week
from pages.analysis.report import as_json
from tests.unit.report_world import Lists, truth

NOW = datetime(2026, 11, 24, 13, 41, tzinfo=UTC)
ZONES = ("America/New_York", "Asia/Kolkata", "Pacific/Auckland")


@pytest.fixture(scope="module")
def lists() -> Lists:
    return Lists(World.make(seed=3, users=260, weeks=30, now=NOW))


def content(report) -> dict:
    return json.loads(as_json(report))


def close(got, wanted) -> None:
    """The same numbers; divisions may differ in the last bit."""
    for key, value in wanted.items():
        if isinstance(value, float):
            assert got[key] == pytest.approx(value, rel=1e-9), key
        else:
            assert got[key] == value, key


@pytest.mark.parametrize("zone", ZONES)
def test_the_json_of_26_weeks_equals_the_world_counted_by_hand(lists, zone):
    last = Calendar(zone).last_complete(NOW)
    for back in range(26):
        week = last.plus(-back)
        found = content(lists.report(week, NOW, zone))
        close(found, truth(lists.world, zone, week))
        close(found["previous_week"], truth(lists.world, zone, week.plus(-1)))
        assert found["week"] == week.code
        assert found["complete"] is True
        assert found["problems"] == []
        assert all(check["passed"] for check in found["checks"]), found["checks"]


def test_the_contract_names_its_version_bounds_zone_and_stamp(lists):
    found = content(lists.report(Week(2026, 47), NOW))
    head = ("schema", "week", "from", "to", "time_zone", "environment", "as_of")
    assert [found[key] for key in head] == [
        1,
        "2026-W47",
        "2026-11-16T00:00:00-05:00",
        "2026-11-23T00:00:00-05:00",
        "America/New_York",
        "Sandbox",
        "2026-11-24T08:41:00-05:00",
    ]
