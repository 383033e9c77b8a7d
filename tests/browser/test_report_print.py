"""The report in a real browser: on the page, as files, and printed on A4 and Letter."""

import json
import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from ownli_api.sandbox import World
from pages.analysis.periods import Calendar, Week
from pages.analysis.report import as_html
from tests.browser.conftest import settled, sign_in, watch
from tests.unit.report_world import Lists, bounds

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
    report = Lists(world).report(Week(2026, 47), NOW)
    path.write_bytes(as_html(report, "https://dashboard.example.com"))
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


def test_the_file_follows_a_dark_screen_and_is_light_on_paper(page, written):
    shade = "() => getComputedStyle(document.documentElement).backgroundColor"
    bar = "() => getComputedStyle(document.querySelector('figure rect')).fill"
    page.goto(written.as_uri())
    light = (page.evaluate(shade), page.evaluate(bar))
    page.emulate_media(color_scheme="dark")
    dark = (page.evaluate(shade), page.evaluate(bar))
    assert light[0] == "rgb(255, 255, 255)"
    assert not {light[0], light[1], "rgb(0, 0, 0)"} & set(dark)
    page.emulate_media(color_scheme="dark", media="print")
    assert (page.evaluate(shade), page.evaluate(bar)) == light


def test_the_file_fits_a_phone(page, written):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(written.as_uri())
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_the_screen_gives_the_same_numbers_as_its_files(page, server):
    visit = watch(page)
    sign_in(page, server.address, path="/weekly_report")
    page.get_by_role("heading", name="Do the books balance?").wait_for()
    settled(page)
    assert page.get_by_role("heading", name="Weekly report", exact=True, level=1).count() == 1
    drawn = page.get_by_test_id("stPlotlyChart")  # charts come when they are scrolled to
    drawn.first.wait_for(timeout=20_000)
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON").click()
    content = json.loads(download.value.path().read_text())
    week = Calendar("America/New_York").last_complete(datetime.now(UTC))
    assert week.code in download.value.suggested_filename
    assert content["week"] == week.code
    tile = page.get_by_test_id("stMetric").filter(has_text="Rewards earned")
    earned = tile.get_by_test_id("stMetricValue").inner_text()
    assert earned == f"${float(content['earned']['amount']):,.2f}"
    assert not [line for line in visit.console if "Content Security Policy" in line]
    for user in server.partner.world.users.values():
        assert not visit.holds(user.email)


def test_a_number_of_the_file_opens_its_rows_in_the_dashboard(page, server):
    sign_in(page, server.address, path="/weekly_report")
    page.get_by_role("heading", name="Do the books balance?").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="HTML").click()
    html = download.value.path().read_text()
    claimed = re.search(r'data-number="claimed"><a href="([^"]*)">', html)
    page.goto(claimed.group(1).replace("&amp;", "&"))
    page.get_by_text(f"of {_claimed(server.partner.world)} rows").wait_for()


def _claimed(world) -> int:
    week = Calendar("America/New_York").last_complete(datetime.now(UTC))
    start, end = bounds("America/New_York", week)
    return sum(start <= one.claimed_at < end for one in world.payouts.values())


def test_a_click_on_a_number_in_a_table_opens_the_rows_it_counts(page, server):
    sign_in(page, server.address, path="/weekly_report")
    page.get_by_role("heading", name="Do the books balance?").wait_for()
    settled(page)
    table = page.get_by_test_id("stDataFrame").first  # this week by kind: three kinds and a sum
    table.scroll_into_view_if_needed()
    settled(page)
    place = table.bounding_box()
    # The second of nine columns of the last of five lines, heading included.
    page.mouse.click(place["x"] + place["width"] * 0.22, place["y"] + place["height"] * 0.9)
    page.get_by_role("heading", name="Check-ins", exact=True, level=1).wait_for()
    week = Calendar("America/New_York").last_complete(datetime.now(UTC))
    start, end = bounds("America/New_York", week)
    world = server.partner.world
    count = sum(start <= one.checked_in_at < end for one in world.check_ins.values())
    page.get_by_text(f"of {count} rows").wait_for()
    expect(page).to_have_url(re.compile(f"from={week.monday}&to={week.sunday}"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_screen_fits_a_phone_in_the_theme_of_every_other(page, server, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 390, "height": 800})
    sign_in(page, server.address, path="/weekly_report")
    page.get_by_role("heading", name="Do the books balance?").wait_for()
    settled(page)
    main = "document.querySelector('[data-testid=stMain]')"
    assert page.evaluate(f"() => {main}.scrollWidth - {main}.clientWidth") <= 0
    # Nothing on it brings a background of its own that the theme does not know.
    white = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid=stMain] *')]
          .filter(e => getComputedStyle(e).backgroundColor === 'rgb(255, 255, 255)').length"""
    )
    assert white == 0 or scheme == "light"
