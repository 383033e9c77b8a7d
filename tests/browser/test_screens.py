"""What a person with a browser sees, from the sign-in to each screen."""

import base64
import json
import re

import pytest
from playwright.sync_api import expect

from ownli_api.sandbox.details import payment_link
from tests.browser.conftest import PASSWORD, credentials, serving, settled, sign_in, watch

pytestmark = pytest.mark.browser

SCREENS = {
    "/": "Overview",
    "/users": "Users",
    "/check_ins": "Check-ins",
    "/rewards": "Rewards",
    "/payouts": "Payouts",
}
NEVER_SHOWN = ("Traceback", "NaT", "nan", "None", "<NA>", "Error:")


def assert_calm(page) -> None:
    """No technical word for "missing", no exception box."""
    body = page.locator("body").inner_text()
    for word in NEVER_SHOWN:
        assert not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", body), word
    assert page.locator("[data-testid=stException]").count() == 0


def start_of_every_token(partner_id: str) -> str:
    """How the claims of the sandbox's tokens start, as they stand in every token."""
    claims = json.dumps({"sub": partner_id}).removesuffix("}").encode()
    return base64.urlsafe_b64encode(claims[: len(claims) // 3 * 3]).decode()


def period_box(page):
    """The field that names the chosen period."""
    return page.get_by_role("combobox", name=re.compile("Period"))


def loaded(page, title: str) -> None:
    """Wait until a screen stands with its data."""
    page.get_by_role("heading", name=title, exact=True, level=1).wait_for()
    page.get_by_text("Data as of").first.wait_for()


def test_every_screen_opens_and_no_secret_reaches_the_browser(page, server):
    visit = watch(page)
    sign_in(page, server.address)
    for path, title in SCREENS.items():
        page.goto(f"{server.address}{path}")
        loaded(page, title)
        settled(page)
        assert_calm(page)
    user = next(iter(server.partner.world.users.values()))
    page.goto(f"{server.address}/user?id={user.id}")
    page.get_by_text("Timeline").first.wait_for()
    assert_calm(page)

    assert visit.frames, "no websocket frame was recorded"
    assert visit.holds("Check-ins"), "the recording holds nothing of the visit"
    assert not visit.holds(server.partner.client_secret)
    assert any(seen.path == "/api/auth/token" for seen in server.partner.requests)
    token = start_of_every_token(server.partner.partner_id)
    assert not visit.holds(token)
    log = server.log.read_text()
    assert server.partner.client_secret not in log
    assert token not in log
    violations = [line for line in visit.console if "Content Security Policy" in line]
    assert violations == []


def test_a_user_is_found_by_phone_and_opened(page, server):
    user = next(u for u in server.partner.world.users.values() if u.phone)
    sign_in(page, server.address, path="/users")
    loaded(page, "Users")
    digits = user.phone.removeprefix("+1")
    page.get_by_label("Find a user").fill(f"({digits[:3]}) {digits[3:6]}-{digits[6:]}")
    page.get_by_role("button", name="Find").click()
    page.get_by_text(user.id).first.wait_for()
    assert f"/user?id={user.id}" in page.url


def test_a_deep_link_survives_the_sign_in(page, server):
    sign_in(page, server.address, path="/check_ins?kind=Mileage&period=4+weeks+to+date")
    loaded(page, "Check-ins")
    expect(page).to_have_url(re.compile(r"kind=Mileage&period=4\+weeks\+to\+date"))
    expect(period_box(page)).to_have_value("4 weeks to date")
    page.get_by_role("link", name="Rewards").click()
    loaded(page, "Rewards")
    expect(period_box(page)).to_have_value("4 weeks to date")
    page.get_by_role("link", name="Users").click()
    loaded(page, "Users")
    page.get_by_role("link", name="Check-ins").click()
    loaded(page, "Check-ins")
    expect(period_box(page)).to_have_value("4 weeks to date")
    expect(page).to_have_url(re.compile("kind=Mileage"))


def shown(page) -> tuple[str, str, str]:
    """The screen, its address's filters in order, and how many rows its table has, at rest."""
    page.wait_for_timeout(500)
    settled(page)
    rows = re.search(r"of ([\d,]+ (?:rows|users))", page.locator("body").inner_text())
    query = "&".join(sorted(page.url.partition("?")[2].split("&")))
    return page.locator("h1").first.inner_text(), query, rows[1] if rows else ""


def comes_to_show(page, expected: tuple[str, str, str], steps: int = 1) -> bool:
    """Whether the screen is shown soon, after going back so many steps at most.

    Streamlit may write an address in two steps, each of them one of the browser's history.
    """
    for _ in range(steps):
        if steps > 1:
            page.go_back()
        for _ in range(8):
            page.wait_for_timeout(500)
            if shown(page) == expected:
                return True
    return False


def test_back_and_forward_show_each_screen_as_it_was_left(page, server):
    sign_in(page, server.address, path="/check_ins?kind=Mileage&status=Declined")
    loaded(page, "Check-ins")
    declined = shown(page)
    page.get_by_role("combobox", name="Period").fill("4 weeks")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("period=4"))
    page.wait_for_timeout(1_500)
    lately = shown(page)
    assert lately[2] != declined[2]
    page.get_by_role("link", name="Rewards").click()
    loaded(page, "Rewards")
    page.wait_for_timeout(1_500)
    rewards = shown(page)
    assert "period=4+weeks+to+date" in rewards[1], "the period did not come along"
    page.get_by_role("link", name="Users", exact=True).click()
    loaded(page, "Users")
    page.wait_for_timeout(1_500)
    assert comes_to_show(page, rewards, 3)
    assert comes_to_show(page, lately, 4)
    page.wait_for_timeout(1_500)
    heading = page.get_by_role("heading", name="Rewards", exact=True, level=1)
    # Streamlit writes an address in steps: between two screens may lie more than one entry.
    for _ in range(4):
        page.go_forward()
        page.wait_for_timeout(1_500)
        if heading.is_visible():
            break
    expect(heading).to_be_visible()
    page.get_by_role("link", name="Check-ins", exact=True).click()
    assert comes_to_show(page, lately)
    page.get_by_role("link", name="Rewards", exact=True).click()
    assert comes_to_show(page, rewards)
    # The same view for a colleague who is sent the link.
    link = page.url
    page.context.clear_cookies()
    sign_in(page, server.address, path=link.removeprefix(server.address))
    loaded(page, "Rewards")
    assert comes_to_show(page, rewards)


def test_a_number_leads_to_its_rows_and_back(page, server):
    sign_in(page, server.address)
    loaded(page, "Overview")
    tile = page.get_by_test_id("stMetric").filter(has_text="Check-ins submitted")
    number = tile.get_by_test_id("stMetricValue").inner_text()
    page.locator("a[href*='check_ins?from']").first.click()
    loaded(page, "Check-ins")
    assert shown(page)[2] == f"{number} rows"
    page.go_back()
    loaded(page, "Overview")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_links_of_a_row_of_tiles_stand_on_one_line_within_their_tiles(page, server, width):
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, server.address)
    loaded(page, "Overview")
    settled(page)
    tiles = page.get_by_test_id("stVerticalBlock").filter(has=page.get_by_test_id("stMetric"))
    feet: dict[int, set[int]] = {}
    for tile in tiles.all():
        link = tile.get_by_text("Show rows", exact=True)
        if tile.get_by_test_id("stMetric").count() == 1 and link.count():
            outer, inner = tile.bounding_box(), link.bounding_box()
            bottom = inner["y"] + inner["height"]
            assert bottom <= outer["y"] + outer["height"]
            feet.setdefault(round(outer["y"]), set()).add(round(bottom))
    assert sum(map(len, feet.values())) >= 2
    assert all(len(bottoms) == 1 for bottoms in feet.values()), feet


def test_a_tile_narrows_its_own_screen_and_the_address_says_so(page, server):
    sign_in(page, server.address, path="/rewards?from=2026-01-05&to=2026-11-01")
    loaded(page, "Rewards")
    before = shown(page)
    page.get_by_role("button", name="Show rows").last.click()
    expect(page).to_have_url(re.compile("reward_status=Claimed"))
    page.wait_for_timeout(1_500)
    after = shown(page)
    assert after[2] != before[2]
    page.reload()
    loaded(page, "Rewards")
    assert comes_to_show(page, after)
    assert comes_to_show(page, before, 3)


def test_going_back_from_a_user_keeps_the_filters_of_the_list(page, server):
    sign_in(page, server.address, path="/check_ins?status=Declined&period=4+weeks+to+date")
    loaded(page, "Check-ins")
    before = shown(page)
    table = page.get_by_test_id("stDataFrame").last
    table.scroll_into_view_if_needed()
    settled(page)
    place = table.bounding_box()
    page.mouse.click(place["x"] + 300, place["y"] + 35 + 17)
    page.get_by_role("heading", name="User", exact=True, level=1).wait_for()
    page.go_back()
    loaded(page, "Check-ins")
    expect(page).to_have_url(re.compile("status=Declined"))
    expect(page).not_to_have_url(re.compile("id=XT"))
    assert comes_to_show(page, before)
    page.go_forward()
    page.get_by_role("heading", name="User", exact=True, level=1).wait_for()
    page.get_by_text("Timeline").first.wait_for()


def test_a_payout_that_was_closed_stays_closed_whatever_the_table_shows_next(page, server):
    sign_in(page, server.address, path="/payouts")
    loaded(page, "Payouts")
    table = page.get_by_test_id("stDataFrame").last
    table.scroll_into_view_if_needed()
    settled(page)
    place = table.bounding_box()
    page.mouse.click(place["x"] + 300, place["y"] + 35 + 17)
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    page.get_by_role("radio", name="Ascending").click()
    settled(page)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Refresh").click()
    settled(page)
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_first_request_of_a_fresh_server_to_payouts_shows_only_the_sign_in(
    page, partner, tmp_path
):
    with serving(tmp_path, credentials(partner, tmp_path)) as (address, _):
        visit = watch(page)
        page.goto(f"{address}/payouts")
        page.get_by_label("Username", exact=True).wait_for()
        settled(page)
        assert not visit.holds("Claimed in the period")
        assert not any(visit.holds(payout_id) for payout_id in partner.world.payouts)
        assert page.get_by_role("button", name="Sign out").count() == 0


def test_a_viewer_is_sent_no_contact_detail_in_full(page, server):
    visit = watch(page)
    sign_in(page, server.address)
    for path, title in SCREENS.items():
        page.goto(f"{server.address}{path}")
        loaded(page, title)
    for user in list(server.partner.world.users.values())[:3]:
        page.goto(f"{server.address}/user?id={user.id}")
        page.get_by_text("Timeline").first.wait_for()
    settled(page)
    world = server.partner.world
    users, vehicles = world.users.values(), world.vehicles.values()
    secrets = [u.email for u in users] + [u.phone for u in users]
    secrets += [v.vin for v in vehicles] + [v.license for v in vehicles]
    secrets += [u.address.line_1 for u in users]
    secrets += [payment_link(p) for p in world.payouts.values()]
    leaked = [secret for secret in secrets if secret and visit.holds(secret)]
    assert leaked == []


def test_signing_out_leaves_nothing_but_the_sign_in(page, server):
    sign_in(page, server.address)
    loaded(page, "Overview")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Username", exact=True).wait_for()
    page.goto(f"{server.address}/rewards")
    page.get_by_label("Username", exact=True).wait_for()
    assert page.get_by_text("Outstanding now").count() == 0


def test_the_demo_starts_without_any_setting_and_its_accounts_open_it(page, tmp_path):
    with serving(tmp_path, {}) as (address, _):
        page.goto(address)
        page.get_by_label("Username", exact=True).wait_for()
        settled(page)
        shown = page.locator("body").inner_text()
        password = re.search(r"viewer\s.*?\n([a-z0-9]+(?:-[a-z0-9]+){2,})", shown, re.DOTALL)
        assert password, "the sign-in page of the demo names no password"
        page.get_by_label("Username", exact=True).fill("viewer")
        page.get_by_label("Password", exact=True).fill(password.group(1))
        page.get_by_role("button", name="Sign in").click()
        loaded(page, "Overview")
        page.get_by_text("Demo data").first.wait_for()


def test_a_wrong_password_gets_one_sentence(page, server):
    page.goto(server.address)
    page.get_by_label("Username", exact=True).fill("viewer")
    page.get_by_label("Password", exact=True).fill(f"{PASSWORD}, wrong")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").first.wait_for()
    assert page.get_by_role("button", name="Sign out").count() == 0


def test_the_sign_in_and_a_filter_work_by_keyboard_alone(page, server):
    page.goto(server.address)
    page.get_by_label("Username", exact=True).focus()
    page.keyboard.type("viewer")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Sign out").wait_for()
    settled(page)
    page.get_by_role("link", name="Check-ins").press("Enter")
    loaded(page, "Check-ins")
    page.get_by_role("combobox", name="Period").focus()
    page.keyboard.type("Last week")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"period=Last\+week"))


@pytest.mark.parametrize("path", [*SCREENS, "/user"])
def test_no_screen_is_wider_than_a_phone(browser, server, path):
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.set_default_timeout(20_000)
    try:
        user = next(iter(server.partner.world.users))
        sign_in(page, server.address, path=f"/user?id={user}" if path == "/user" else path)
        page.get_by_text("Data as of").first.wait_for()
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    finally:
        context.close()
