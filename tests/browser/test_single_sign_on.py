"""Single sign-on as a person with a browser meets it, the provider being another site."""

import re
from urllib.parse import urlsplit

import pytest

from pages.access import device_cookie
from pages.access.single_sign_on import REFUSED
from tests.browser.conftest import credentials, free_port, serving, watch
from tests.identity_provider import identity_provider, installed

pytestmark = pytest.mark.browser
BUTTON = "Sign in with single sign-on"


@pytest.fixture(scope="module")
def provider():
    with identity_provider() as one:
        yield one


@pytest.fixture(scope="module")
def address(partner, provider, tmp_path_factory):
    """The dashboard at `localhost`, which to a browser is another site than `127.0.0.1`."""
    place, port = tmp_path_factory.mktemp("sign_on"), free_port()
    here = f"http://localhost:{port}"
    product = installed(place / "product", provider.auth(f"{here}/oauth2callback"))
    with serving(place, credentials(partner, place), root=product, port=port):
        yield here


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(40_000)
    yield context.new_page()
    context.close()


def cookies(page) -> dict[str, dict]:
    return {cookie["name"]: cookie for cookie in page.context.cookies()}


def is_the_sign_in(page) -> None:
    page.get_by_label("Username", exact=True).wait_for()
    assert page.get_by_role("button", name="Sign out").count() == 0


@pytest.mark.parametrize("asks", [False, True], ids=["at once", "after a page of its own"])
def test_one_comes_in_by_the_provider_on_the_page_that_was_asked_for(page, provider, address, asks):
    provider.says("Viewer@Example.com")
    provider.asks = asks
    visit = watch(page)
    page.goto(f"{address}/rewards?period=4+weeks+to+date")
    page.get_by_role("button", name=BUTTON).click()
    if asks:
        page.get_by_role("link", name="Continue").click()
    page.get_by_role("heading", name="Rewards", exact=True, level=1).first.wait_for()
    assert urlsplit(page.url).path == "/rewards"
    assert "period=4+weeks+to+date" in page.url
    page.get_by_text("Ms Viewer").first.wait_for()
    page.wait_for_function("() => document.cookie.includes('ownli_login=')")
    held = cookies(page)
    assert not [name for name in held if re.match("_streamlit_(user|session)", name)]
    assert held[device_cookie.COOKIE]["httpOnly"]
    assert not [line for line in visit.console if "Content Security Policy" in line]
    assert not visit.holds("iewer@")
    asked = provider.visits
    page.reload()
    page.get_by_role("button", name="Sign out").wait_for()
    page.get_by_role("button", name="Sign out").click()
    is_the_sign_in(page)
    page.reload()
    is_the_sign_in(page)
    page.goto(f"{address}/rewards")
    is_the_sign_in(page)
    assert provider.visits == asked


def test_who_is_refused_can_come_as_somebody_else(page, provider, address):
    provider.says("stranger@example.com")
    page.goto(f"{address}/payouts")
    page.get_by_role("button", name=BUTTON).click()
    page.get_by_text(REFUSED).wait_for()
    assert urlsplit(page.url).path == "/payouts"
    assert not [name for name in cookies(page) if name.startswith("_streamlit_user")]
    provider.says("viewer@example.com")
    page.get_by_role("button", name=BUTTON).click()
    page.get_by_role("heading", name="Payouts", exact=True, level=1).first.wait_for()


def test_at_another_name_of_the_server_the_page_says_where_it_works(page, address):
    page.goto(address.replace("localhost", "127.0.0.1"))
    is_the_sign_in(page)
    page.get_by_text(f"Single sign-on works at {address} only.").wait_for()
    assert page.get_by_role("button", name=BUTTON).count() == 0


@pytest.mark.parametrize("width", [1280, 390])
def test_the_button_stands_below_the_form_and_as_wide(browser, address, width):
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.set_default_timeout(40_000)
    try:
        page.goto(address)
        button = page.get_by_role("button", name=BUTTON)
        button.wait_for()
        form = page.get_by_test_id("stForm").bounding_box()
        below = button.bounding_box()
        assert below["y"] > form["y"] + form["height"]
        assert abs(below["x"] - form["x"]) <= 1
        assert abs(below["width"] - form["width"]) <= 2
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    finally:
        context.close()
