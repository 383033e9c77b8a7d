"""The report in a real browser: on the page, as files, and printed on A4 and Letter."""

import json
import re
from datetime import UTC, datetime

import pytest

from ownli_api.sandbox import World
from pages.analysis.periods import Calendar, Week
from pages.analysis.report import as_html
from tests.browser.conftest import sign_in, watch
from tests.unit.report_world import Lists

pytestmark = pytest.mark.browser

NOW = datetime(2026, 11, 24, 13, 41, tzinfo=UTC)
PAGES = re.compile(rb"/Type\s*/Page\b(?!s)")
# What fits between the margins of a page, in CSS pixels, at 96 to the inch.
ROOM = {"A4": (687, 1013), "Letter": (710, 946)}


@pytest.fixture(scope="module", params=[60, 1200])
def written(request, tmp_path_factory):
    """A small and an ordinary partner's report as a file."""
    world = World.make(seed=3, users=request.param, weeks=30, now=NOW)
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_bytes(as_html(Lists(world).report(Week(2026, 47), NOW)))
    return path


@pytest.mark.parametrize("paper", sorted(ROOM))
def test_it_prints_on_two_to_eight_pages_with_nothing_cut(page, written, paper):
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    visit = watch(page)
    page.goto(written.as_uri())
    pdf = page.pdf(format=paper, prefer_css_page_size=False)
    assert 2 <= len(PAGES.findall(pdf)) <= 8

    width, height = ROOM[paper]
    page.emulate_media(media="print")
    page.set_viewport_size({"width": width, "height": height})
    cut = page.evaluate(
        """() => [...document.querySelectorAll('body *')]
          .filter(e => e.getClientRects().length && !e.closest('svg.defs'))
          .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
          .map(e => e.outerHTML.slice(0, 120))"""
    )
    assert cut == []
    tall = page.evaluate(
        f"""() => [...document.querySelectorAll('figure, .card, tr, .keep')]
          .filter(e => e.getBoundingClientRect().height > {height})
          .map(e => e.outerHTML.slice(0, 120))"""
    )
    assert tall == []
    figures = page.evaluate(
        "() => [...document.querySelectorAll('figure')].map(e => getComputedStyle(e).breakInside)"
    )
    assert len(figures) >= 8
    assert set(figures) == {"avoid"}
    assert requests == [written.as_uri()]
    assert visit.console == []


def test_a_number_opens_its_receipt(page, written):
    page.goto(written.as_uri())
    tile = page.locator("details.tile:has([data-number=submitted])")
    receipt = tile.locator(".receipt")
    assert not receipt.is_visible()
    tile.locator("summary").focus()
    page.keyboard.press("Enter")
    assert receipt.is_visible()
    assert re.search(r"\b[0-9a-f]{16}\b", receipt.inner_text())


def test_the_screen_shows_the_charts_and_gives_the_same_numbers_as_its_files(page, server):
    visit = watch(page)
    sign_in(page, server.address, path="/weekly_report")
    page.get_by_role("heading", name="Rows behind a number").wait_for()
    assert page.get_by_role("heading", name="Weekly report", exact=True, level=1).count() == 1
    pictures = page.locator(".weekly-report figure img")
    assert pictures.count() >= 7
    page.wait_for_function(
        "() => [...document.querySelectorAll('.weekly-report img')].every(e => e.naturalWidth > 0)"
    )
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON").click()
    content = json.loads(download.value.path().read_text())
    week = Calendar("America/New_York").last_complete(datetime.now(UTC))
    assert week.code in download.value.suggested_filename
    shown = page.locator("[data-number=earned]").inner_text()
    assert shown == f"${float(content['earned']['amount']):,.2f}"
    assert content["week"] == week.code
    assert not [line for line in visit.console if "Content Security Policy" in line]
    for user in server.partner.world.users.values():
        assert not visit.holds(user.email)


def test_it_fits_a_phone(page, server):
    page.set_viewport_size({"width": 390, "height": 800})
    sign_in(page, server.address, path="/weekly_report")
    page.get_by_role("heading", name="Rows behind a number").wait_for()
    wide = page.evaluate(
        """() => { const p = document.querySelector('.weekly-report').getBoundingClientRect();
          return p.right > 391 || p.left < 0; }"""
    )
    assert not wide
