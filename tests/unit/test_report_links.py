"""Every number of the report that counts rows leads to exactly those rows, counted by hand."""

import html
import re
from datetime import UTC, date, datetime
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from ownli_api.sandbox import World
from pages.analysis import wording
from pages.analysis.periods import Week
from pages.analysis.report import as_html
from tests.unit import analysis_frames as frames
from tests.unit.report_world import Lists

NOW = datetime(2026, 11, 24, 13, 41, tzinfo=UTC)
ZONE = ZoneInfo("America/New_York")
BASE = "https://dashboard.example.com"


@pytest.fixture(scope="module")
def world() -> World:
    return World.make(seed=3, users=260, weeks=20, now=NOW)


def rows_behind(world: World, address: str) -> list:
    """The records that a screen shows for the filters of an address, one at a time."""
    parts = urlsplit(address)
    query = parse_qs(parts.query)
    records, dated = {
        "/check_ins": (world.check_ins, "checked_in_at"),
        "/rewards": (world.rewards, "rewarded_at"),
        "/payouts": (world.payouts, "claimed_at"),
        "/users": (world.users, "registered_at"),
    }[parts.path]
    ends = ("from", "to", "registered_from", "registered_to")
    days = [date.fromisoformat(day) for key in ends for day in query.get(key, [])]
    if days:
        assert days[0] <= days[1] <= NOW.astimezone(ZONE).date()
    words = {
        "status": ("status", wording.status),
        "reward_status": ("status", wording.status),
        "kind": ("kind", wording.kind),
        "type": ("type", wording.reward_type),
    }
    return [
        one
        for one in records.values()
        if (not days or days[0] <= getattr(one, dated).astimezone(ZONE).date() <= days[1])
        and all(
            spoken(getattr(one, name)) in query[key]
            for key, (name, spoken) in words.items()
            if key in query
        )
    ]


@pytest.mark.parametrize("week", [Week(2026, 47), Week(2026, 46), Week(2026, 48)])
def test_every_linked_number_counts_the_rows_its_link_shows(world, week):
    page = as_html(Lists(world).report(week, NOW), BASE).decode()
    found = re.findall(rf'<a href="{BASE}([^"]*)">([^<]*)</a>', page)
    assert len(found) > 150
    screens = set()
    for written, said in found:
        address = html.unescape(written)
        rows = rows_behind(world, address)
        screens.add(urlsplit(address).path)
        if said.replace(",", "").isdecimal():
            assert int(said.replace(",", "")) == len(rows), (address, said)
        elif "$" in said:
            cents = round(float(re.sub(r"[-$,]|at least ", "", said)) * 100)
            assert cents == sum(one.cents for one in rows), (address, said)
        else:
            confirmed = sum(one.status == "Confirmed" for one in rows)
            told = (f"{confirmed} of {len(rows)}", f"{100 * confirmed / len(rows):.1f}%")
            assert said in told, (address, said)
    assert screens == {"/check_ins", "/rewards", "/payouts", "/users"}


def test_a_number_of_a_word_that_no_filter_offers_has_no_link():
    at = datetime(2026, 11, 18, tzinfo=UTC)
    lists = Lists(World(seed=1, now=NOW))
    lists.check_ins = frames.check_ins(
        {"checked_in_at": at, "kind": "hearsay", "status": "Confirmed"},
        {"checked_in_at": at, "kind": "mileage", "status": "Rumoured"},
    )
    lists.rewards = frames.rewards(
        {"rewarded_at": at, "type": "Gift", "status": "Confirmed", "amount_cents": 100},
        {"rewarded_at": at, "type": "Custom", "status": "Lost", "amount_cents": 100},
    )
    page = as_html(lists.report(Week(2026, 47), NOW), BASE).decode()
    assert all(word in page for word in ("hearsay", "Rumoured", "Gift", "Lost"))
    found = [html.unescape(one) for one in re.findall(rf'<a href="{BASE}([^"]*)">', page)]
    assert found
    assert not [one for one in found if re.search("hearsay|Rumoured|Gift|Lost", one)]


@pytest.mark.parametrize("base", [None, "", "javascript:alert(1)", "//evil.example", "file:///x"])
def test_without_the_address_of_a_dashboard_numbers_are_plain(world, base):
    page = as_html(Lists(world).report(Week(2026, 47), NOW), base).decode()
    assert "<a " not in page
    assert "evil" not in page
