"""Every number that is a link leads to as many rows as it says."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from ownli_api.sandbox import Sandbox, World
from pages.analysis import drill, links, wording
from pages.analysis.periods import Calendar, Period, Week
from tests.pages.reading import (
    around,
    assert_calm,
    card,
    figures,
    loaded,
    note,
    numbers,
    plain,
    sentences,
    settled,
    table_in,
)

SCREENS = ("overview", "users", "check_ins", "rewards", "payouts")
LAST_MONTH = {"period": "4 weeks to date"}


@pytest.fixture(scope="module")
def partner():
    """One partner for all tests of this file."""
    with Sandbox(World.make(seed=29, users=120, weeks=20)) as sandbox:
        yield sandbox


def rows_shown(at: Any) -> int | None:
    """How many rows the screen's long table has, None where there is no such table."""
    for caption in at.caption:
        found = re.search(r"of ([\d,]+) (rows|users)", plain(caption.value))
        if found:
            return int(found[1].replace(",", ""))
    words = [plain(text.value) for text in at.text]
    return 0 if any(re.match(r"No \S+ (was|is)", one) for one in words) else None


def said(at: Any, link: Any) -> int | None:
    """How many rows the tile of a link stands for: its number, unless that is dollars."""
    for tile in at.metric:
        if any(one is link for one in around(at, tile)):
            words = [plain(tile.value), *map(plain, note(at, plain(tile.label)).split())]
            counts = [one for one in words if re.fullmatch(r"[\d,]+", one)]
            return int(counts[0].replace(",", ""))
    return None


def follow(at: Any, link: Any) -> Any:
    """Open a link within the same session."""
    for name in list(at.query_params):
        del at.query_params[name]
    for name, texts in parse_qs(link.proto.query_string).items():
        at.query_params[name] = texts
    screen = link.proto.page or "overview"
    return settled(at.switch_page(f"{screen}.py").run())


@pytest.mark.parametrize("query", [{}, LAST_MONTH], ids=["as it is", "of four weeks"])
@pytest.mark.parametrize("screen", SCREENS)
def test_every_link_on_a_screen_shows_as_many_rows_as_it_says(configure, partner, screen, query):
    configure(partner)
    at = loaded(screen, **(query if screen in ("check_ins", "rewards", "payouts") else {}))
    counted = 0
    for link in at.get("page_link"):
        there = follow(loaded(screen, **query), link)
        assert_calm(there)
        assert not [words for words in sentences(there) if "not understood" in words], link
        expected = said(at, link)
        if expected is not None:
            assert rows_shown(there) == expected, link.proto.query_string
            counted += 1
    for button in [one for one in at.button if one.label == "Show rows"]:
        again = loaded(screen, **query)
        there = settled(next(one for one in again.button if one.key == button.key).click().run())
        assert_calm(there)
        assert rows_shown(there) == said(at, button), button.key
        counted += 1
    assert counted >= {"overview": 6, "rewards": 4}.get(screen, 0), "the links are gone"


def test_what_needs_attention_says_how_many_rows_its_link_shows(configure):
    world = World.make(seed=4, users=60, weeks=10)
    long_ago = world.now() - timedelta(days=20)
    for one in [one for one in world.check_ins.values() if one.checked_in_at < long_ago][-12:]:
        world.amend(one.id, status="OnHold", updated_at=long_ago)
    with Sandbox(world) as sandbox:
        configure(sandbox)
        at = loaded("overview")
        opener = [one for one in at.get("page_link") if one.proto.label == "Open"][-1]
        there = follow(at, opener)
        assert rows_shown(there) == sum(one.status == "OnHold" for one in world.check_ins.values())


def test_a_bar_leads_to_as_many_rows_as_it_counts(configure, partner):
    configure(partner)
    at = loaded("overview")
    [submitted] = [one for one in figures(at) if "Pending" in str(one["data"])]
    bars = [
        (drill.Pick("submitted", *words[:2]), count)
        for trace in submitted["data"]
        for words, count in list(zip(trace["customdata"], numbers(trace["y"]), strict=True))[-2:]
        if count
    ]
    assert len(bars) > 3
    for bar, count in bars:
        screen, query = links.parts(drill.check_ins_of(bar))
        assert rows_shown(loaded(screen, **query)) == count, bar
    steps = next(one for one in at.dataframe if "stage" in one.value.columns)
    days = Period.of_weeks([Calendar("America/New_York").last_complete(datetime.now(UTC))])
    opened = 0
    for step in steps.value.to_dict("records"):
        address = drill.funnel_step_of(drill.Pick("funnel", step["stage"]), days)
        if address is not None:
            screen, query = links.parts(address)
            assert rows_shown(loaded(screen, **query)) == step["count"], step
            opened += 1
    assert opened == 3


@pytest.mark.parametrize(
    ("title", "bar", "address_of"),
    [
        ("Rewards per week", ("bucket", "status"), drill.rewards_of),
        ("By type", ("type",), drill.rewards_of_type),
    ],
)
def test_a_bar_of_rewards_leads_to_as_many_rewards_as_it_counts(
    configure, partner, title, bar, address_of
):
    configure(partner)
    at = loaded("rewards", **LAST_MONTH)
    zone = Calendar("America/New_York")
    now = datetime.now(UTC)
    days = Period(zone.week_at(now).plus(-4).monday, zone.today(now))
    words = {name: word for word, name in wording.REWARD_TYPES.items()}
    counted = 0
    for row in table_in(card(at, title))[-8:]:
        if not row["count"]:
            continue
        key = words.get(row[bar[0]], row[bar[0]])
        if bar[0] == "bucket":
            key = Week.of(datetime.strptime(row["bucket"], "%b %d, %Y").date()).code
        pick = drill.Pick("", key, row["status"] if "status" in bar else "")
        screen, query = links.parts(address_of(pick, days))
        assert rows_shown(loaded(screen, **query)) == row["count"], row
        counted += 1
    assert counted > 2


def test_a_link_shows_what_it_says_whatever_was_filtered_before(configure, partner):
    configure(partner)
    at = loaded("check_ins", kind="Mileage", state="Texas", period="4 weeks to date")
    settled(at.switch_page("overview.py").run())
    link = next(one for one in at.get("page_link") if one.proto.page == "check_ins")
    expected = said(at, link)
    there = follow(at, link)
    assert rows_shown(there) == expected
    assert [box.value for box in there.multiselect] == [[], []]


def test_addresses_spell_filters_as_people_read_them():
    first, last = date(2026, 11, 16), date(2026, 11, 22)
    days = "from=2026-11-16&to=2026-11-22"
    assert links.check_ins(first, last) == f"/check_ins?{days}"
    assert (
        links.check_ins(first, last, status="OnHold", kind="proof_of_address", state="TX")
        == f"/check_ins?{days}&kind=Proof+of+address&status=On+hold&state=Texas"
    )
    assert (
        links.rewards(first, last, status=("Confirmed", "Claimed"), type="GaragingCheckIn")
        == f"/rewards?{days}&reward_status=Confirmed&reward_status=Claimed"
        "&type=Proof+of+address+check-in"
    )
    assert links.payouts(first, last) == f"/payouts?{days}"
    assert links.users(first, last) == (
        "/users?registered_from=2026-11-16&registered_to=2026-11-22"
    )
