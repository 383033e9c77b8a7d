"""Single sign-on over real HTTP and websocket, against an identity provider of our own."""

import json
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from pages.access import passwords
from pages.access.rights import Role
from pages.access.single_sign_on import REFUSED
from pages.access.staff_file import StaffRecord
from tests.identity_provider import SECRET, free_port, identity_provider, installed
from tests.pages.test_access import PASSWORD, assert_only_the_sign_in, is_in, labels
from tests.staff import EditableStaffFile
from tests.websocket_client import Visitor, server

BUTTON = "Sign in with single sign-on"
PEOPLE = {
    "vera": ("vera@example.com", Role.VIEWER, {}),
    "adam": ("Adam.Admin@Example.com", Role.ADMIN, {}),
    "dora": ("dora@example.com", Role.VIEWER, {"disabled": True}),
    "twin": ("twins@example.com", Role.VIEWER, {}),
    "twyn": ("Twins@example.com", Role.VIEWER, {"disabled": True}),
    "nora": ("", Role.VIEWER, {}),
}
ODD = {  # more of them in tests/unit/test_single_sign_on.py
    "nobody here has the e-mail": ("eve@example.com", True),
    "not verified": ("vera@example.com", False),
    "disabled": ("dora@example.com", True),
    "two accounts": ("twins@example.com", True),
}


@pytest.fixture(scope="module")
def provider():
    with identity_provider() as one:
        yield one


@pytest.fixture(scope="module")
def staff(tmp_path_factory) -> EditableStaffFile:
    file = EditableStaffFile(tmp_path_factory.mktemp("staff") / "staff.yaml")
    hashed = passwords.hashed(PASSWORD, rounds=4)
    for name, (email, role, more) in PEOPLE.items():
        file.add(StaffRecord(name, f"{name.title()} Person", email, role, hashed, **more))
    return file


@pytest.fixture(scope="module")
def environment(staff) -> dict[str, str]:
    return {
        "OWNLI_BASE_URL": "http://127.0.0.1:9",
        "OWNLI_PARTNER_ID": "partner",
        "OWNLI_CLIENT_ID": "client-abcd",
        "OWNLI_CLIENT_SECRET": "the-client-secret-of-this-test",
        "STAFF_FILE": str(staff.path),
        "STAFF_COOKIE_KEY": "abcdefghijklmnopqrstuvwxyz0123456789",
        "AUDIT_FILE": str(staff.path.with_name("audit.jsonl")),
    }


@pytest.fixture(scope="module")
def log(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("log") / "server.log"


@pytest.fixture(scope="module")
def base_url(environment, provider, log, tmp_path_factory):
    port = free_port()
    auth = provider.auth(f"http://127.0.0.1:{port}/oauth2callback")
    place = installed(tmp_path_factory.mktemp("product"), auth)
    with server(environment, log, root=place, port=port) as url:
        yield url


@pytest.fixture
def visitor(base_url):
    with Visitor(base_url) as one:
        one.http.get(f"{base_url}/_stcore/health", timeout=10)  # where the page gets its proof
        yield one


def press(visitor, query="", label=BUTTON) -> str:
    """Press the button of a page with this query; the address the page goes to."""
    button = next(b.id for b in reversed(visitor.elements("button")) if b.label == label)
    visitor.forget().run(click=button, query=query)
    return next(f.auth_redirect.url for f in visitor.frames if f.HasField("auth_redirect"))


def go(visitor, url) -> str:
    """Follow the redirects to the provider and back; the address one ends on.

    On the way back no SameSite=Strict cookie comes along, as if the provider had asked something.
    """
    jar, back = visitor.http.cookies, False
    answer = visitor.http.get(f"{visitor.base_url}{url}", allow_redirects=False, timeout=10)
    while location := answer.headers.get("location"):
        url = location if location.startswith("http") else f"{visitor.base_url}{location}"
        back = back or "oauth2callback" in url
        device = jar.get("ownli_device")
        if back:
            jar.pop("ownli_device")
        fetched = {"Sec-Fetch-Site": "cross-site"} if back else {}
        answer = visitor.http.get(url, headers=fetched, allow_redirects=False, timeout=10)
        if back:
            assert "ownli_device" not in jar, "the device was replaced"
            put(visitor, ownli_device=device)
    return url.removeprefix(visitor.base_url)


def put(visitor, **cookies) -> None:
    for name, value in cookies.items():
        visitor.http.cookies.pop(name, None)
        visitor.http.cookies.set(name, value, domain="127.0.0.1")


def load(visitor, path) -> None:
    """Open a page of ours in a new session, as the browser does after a navigation."""
    parts = urlsplit(path)
    visitor.forget().connect()
    visitor.run(page=parts.path.strip("/"), query=parts.query, page_hash="")


def come_in(visitor, page="", query="") -> str:
    visitor.open(page, query)
    path = go(visitor, press(visitor, query))
    load(visitor, path)
    return path


def events(environment) -> list[dict]:
    return [json.loads(line) for line in Path(environment["AUDIT_FILE"]).read_text().splitlines()]


def sentences(visitor) -> list[str]:
    return [alert.body for alert in visitor.elements("alert")]


def menu(visitor) -> list[str]:
    navigations = [f.navigation for f in visitor.frames if f.HasField("navigation")]
    return [page.page_name for page in navigations[-1].app_pages if not page.is_hidden]


def identity_cookies(visitor) -> dict[str, str]:
    return {k: v for k, v in visitor.http.cookies.items() if k.startswith("_streamlit_user")}


def test_a_verified_person_of_the_staff_file_comes_in_with_the_role_it_gives(
    visitor, provider, environment
):
    provider.says("vera@example.com")
    come_in(visitor)
    assert is_in(visitor)
    assert "Vera Person" in [text.body for text in visitor.elements("text")]
    assert "Payouts" in menu(visitor)
    assert "Audit log" not in menu(visitor)
    last = events(environment)[-1]
    assert (last["event"], last["person"], last["by"]) == ("sign_in", "vera", "single sign-on")


def test_the_case_of_the_e_mail_does_not_matter_and_verified_may_be_a_text(visitor, provider):
    provider.says("aDAM.admin@EXAMPLE.com", "true")
    come_in(visitor)
    assert "Adam Person" in [text.body for text in visitor.elements("text")]
    assert "Audit log" in menu(visitor)


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("", ""),
        ("payouts", "from=2026-11-02&to=2026-11-08"),
        ("user", "id=XT_1"),
        ("rewards", "status=Claimed&status=Pending"),
        ("payouts", "next=%2F%2Fevil.example&from=%0d%0aX: y"),
    ],
)
def test_the_address_that_was_asked_for_comes_back(visitor, provider, page, query):
    provider.says("vera@example.com")
    path = come_in(visitor, page, query)
    assert urlsplit(path).path == f"/{page}"
    assert parse_qs(urlsplit(path).query) == parse_qs(query)
    assert is_in(visitor)
    assert not [f for f in visitor.frames if f.HasField("page_not_found")]


@pytest.mark.parametrize("page", ["/evil.example", "evil.example/x", "\\evil.example", "nowhere"])
def test_a_page_that_is_none_of_ours_leads_to_the_first_one(visitor, provider, page):
    provider.says("vera@example.com")
    assert urlsplit(come_in(visitor, page)).path == "/"


@pytest.mark.parametrize(("email", "verified"), ODD.values(), ids=ODD)
def test_anybody_else_gets_one_neutral_sentence_and_the_form(
    visitor, provider, environment, email, verified
):
    provider.says(email, verified)
    come_in(visitor, "payouts")
    assert sentences(visitor) == [REFUSED]
    assert_only_the_sign_in(visitor)
    last = events(environment)[-1]
    assert (last["event"], last["by"]) == ("sign_in_failed", "single sign-on")
    assert "@" not in json.dumps(last)
    assert not identity_cookies(visitor)


def test_who_has_to_change_a_password_is_not_let_in_without_it(
    visitor, provider, staff, environment
):
    provider.says("vera@example.com")
    before = staff.path.read_text()
    staff.change("vera", one_time_until=datetime.now(UTC) + timedelta(hours=1))
    try:
        come_in(visitor)
        assert sentences(visitor) == [REFUSED]
        assert events(environment)[-1]["why"] == "one-time password"
    finally:
        staff.path.write_text(before)


def test_another_account_can_be_tried_after_a_refusal(visitor, provider):
    provider.says("eve@example.com")
    come_in(visitor, "payouts")
    provider.says("vera@example.com")
    path = go(visitor, press(visitor))
    load(visitor, path)
    assert path == "/payouts"
    assert is_in(visitor)


@pytest.mark.parametrize("fault", ["refuses", "forges"])
def test_a_provider_that_confirms_nothing_leads_back_to_the_page_with_the_sentence(
    visitor, provider, environment, fault
):
    provider.says("vera@example.com")
    setattr(provider, fault, True)
    path = come_in(visitor, "payouts", "from=2026-11-02")
    assert path == "/payouts?from=2026-11-02"
    assert sentences(visitor) == [REFUSED]
    assert_only_the_sign_in(visitor)
    assert events(environment)[-1]["why"] == "not confirmed"


def test_a_provider_that_cannot_be_reached_leads_back_too(environment, tmp_path):
    port = free_port()
    with identity_provider() as gone:  # another one: a known provider's document is kept
        auth = gone.auth(f"http://127.0.0.1:{port}/oauth2callback")
    place = installed(tmp_path / "product", auth)
    with server(environment, tmp_path / "log", root=place, port=port) as url, Visitor(url) as one:
        one.http.get(f"{url}/_stcore/health", timeout=10)
        assert come_in(one, "payouts") == "/payouts"
        assert sentences(one) == [REFUSED]


def test_after_signing_out_the_provider_is_needed_again(visitor, provider):
    provider.says("vera@example.com")
    come_in(visitor)
    visitor._store_login_cookie()
    assert is_in(visitor)
    asked = provider.visits
    visitor.press("Sign out")
    assert labels(visitor)[-2:] == ["Username", "Password"]
    load(visitor, "/payouts")
    assert_only_the_sign_in(visitor)
    assert provider.visits == asked
    load(visitor, go(visitor, press(visitor)))
    assert provider.visits == asked + 1
    assert is_in(visitor)


def test_the_end_of_a_sign_in_is_not_undone(visitor, provider, staff):
    provider.says("vera@example.com")
    come_in(visitor)
    visitor._store_login_cookie()
    before = staff.path.read_text()
    staff.change("vera", password=passwords.hashed("another long password", rounds=4))
    try:
        visitor.forget().run()
        assert labels(visitor)[-2:] == ["Username", "Password"]
        load(visitor, "/")
        assert_only_the_sign_in(visitor)
    finally:
        staff.path.write_text(before)


def test_the_cookie_of_the_answer_is_short_and_gone_once_the_page_stands(visitor, provider):
    provider.says("vera@example.com")
    visitor.open()
    path = go(visitor, press(visitor))
    held = {cookie.name: cookie for cookie in visitor.http.cookies}
    assert [name for name in held if name.startswith("_streamlit_user")] == ["_streamlit_user"]
    assert held["_streamlit_user"].has_nonstandard_attr("HttpOnly")
    assert held["_streamlit_user"].get_nonstandard_attr("SameSite") == "Strict"
    assert "_streamlit_session" not in held
    load(visitor, path)
    assert is_in(visitor)
    assert not identity_cookies(visitor)


def test_an_answer_too_long_for_one_cookie_is_read_whole_and_deleted_whole(visitor, provider):
    provider.says("vera@example.com", groups=secrets.token_urlsafe(3300))  # not compressible
    visitor.open()
    path = go(visitor, press(visitor))
    assert len(identity_cookies(visitor)) > 1
    load(visitor, path)
    assert is_in(visitor)
    assert not identity_cookies(visitor)


def test_an_answer_that_would_block_the_websocket_is_none(visitor, provider):
    provider.says("vera@example.com", groups=secrets.token_urlsafe(6000))
    come_in(visitor)
    assert sentences(visitor) == [REFUSED]


def test_a_stolen_answer_opens_nothing_on_another_device(visitor, provider, base_url):
    provider.says("vera@example.com")
    visitor.open()
    path = go(visitor, press(visitor))
    stolen = identity_cookies(visitor)
    assert stolen
    with Visitor(base_url, stolen) as thief:
        thief.http.get(f"{base_url}/_stcore/health", timeout=10)
        thief.open("payouts")
        assert_only_the_sign_in(thief)
    load(visitor, path)  # and its owner still comes in by it
    assert is_in(visitor)


def test_a_stolen_answer_opens_nothing_though_the_thief_has_one_of_their_own(
    visitor, provider, base_url
):
    provider.says("adam.admin@example.com")
    visitor.open()
    go(visitor, press(visitor))
    stolen = identity_cookies(visitor)
    provider.says("vera@example.com")
    with Visitor(base_url) as thief:
        thief.http.get(f"{base_url}/_stcore/health", timeout=10)
        thief.open()
        path = go(thief, press(thief))
        put(thief, **stolen)
        load(thief, path)
        assert_only_the_sign_in(thief)


def test_an_old_answer_opens_nothing_on_its_own_device(visitor, provider):
    provider.says("vera@example.com")
    visitor.open()
    path = go(visitor, press(visitor))
    kept = identity_cookies(visitor)
    load(visitor, path)
    visitor._store_login_cookie()
    assert is_in(visitor)
    visitor.press("Sign out")
    put(visitor, **kept)
    load(visitor, "/payouts")
    assert_only_the_sign_in(visitor)
    press(visitor)  # asking again is not enough either
    put(visitor, **kept)
    load(visitor, "/payouts")
    assert_only_the_sign_in(visitor)


def test_a_callback_counts_once_and_only_for_what_was_asked(visitor, provider, base_url):
    provider.says("vera@example.com")
    visitor.open()
    url = f"{base_url}{press(visitor)}"
    answer = visitor.http.get(url, allow_redirects=False, timeout=10)
    back = visitor.http.get(answer.headers["location"], allow_redirects=False, timeout=10)
    callback = back.headers["location"]
    session = visitor.http.cookies["_streamlit_session"]
    forged = callback.replace("state=", "state=x")
    for wrong in (forged, f"{base_url}/oauth2callback", f"{base_url}/oauth2callback?state="):
        answer = requests.get(
            wrong, cookies={"_streamlit_session": session}, allow_redirects=False, timeout=10
        )
        assert (answer.status_code, answer.headers["location"]) == (302, "/")
        assert "_streamlit_user" not in answer.headers["set-cookie"]
    first = visitor.http.get(callback, allow_redirects=False, timeout=10)
    assert "_streamlit_user" in first.headers["set-cookie"]
    again = requests.get(
        callback, cookies={"_streamlit_session": session}, allow_redirects=False, timeout=10
    )
    assert "_streamlit_user" not in again.headers["set-cookie"]


def test_the_way_to_the_provider_is_open_only_to_the_device_that_pressed_the_button(
    visitor, provider, base_url
):
    visitor.open()
    url = press(visitor)
    asked = provider.visits
    elsewhere = requests.get(f"{base_url}{url}", allow_redirects=False, timeout=10)
    assert (elsewhere.status_code, elsewhere.headers["location"]) == (302, "/")
    go(visitor, url)
    assert provider.visits == asked + 1
    assert go(visitor, url) == "/"  # once
    assert provider.visits == asked + 1


def test_a_lost_connection_comes_back_to_its_session(visitor, provider):
    provider.says("vera@example.com")
    come_in(visitor)
    session = visitor.session_id
    visitor.close()
    visitor.forget().connect(resume=session).run()
    assert visitor.session_id == session
    assert is_in(visitor)


def test_claims_cookies_and_tokens_are_in_no_frame_and_no_log(visitor, provider, environment, log):
    provider.says("vera@example.com", name="Name At Provider", picture="https://p.example/v.png")
    visitor.open()
    seen = visitor.bytes_seen()
    path = go(visitor, press(visitor))
    seen += visitor.bytes_seen()
    cookies = "".join(identity_cookies(visitor).values())
    load(visitor, path)
    visitor._store_login_cookie()
    seen += visitor.bytes_seen()
    visitor.press("Sign out")
    seen += visitor.bytes_seen() + log.read_bytes() + Path(environment["AUDIT_FILE"]).read_bytes()
    assert cookies
    for hidden in ("vera@example", "subject of", "At Provider", "p.example", SECRET, cookies):
        assert hidden.encode() not in seen, hidden
    assert b"the-access-token" not in seen


def test_a_password_still_opens_the_door_beside_it(visitor):
    visitor.open("payouts").sign_in("nora", PASSWORD)
    assert is_in(visitor)


def test_an_answer_signed_with_another_secret_is_no_answer(base_url):
    forged = json.dumps(
        {"email": "vera@example.com", "email_verified": True, "is_logged_in": True}
        | {"origin": base_url, "provider": "default", "nonce": "x"}
    )
    value = create_signed_value("another secret of 32 characters or so", "_streamlit_user", forged)
    with Visitor(base_url, {"_streamlit_user": value.decode()}) as thief:
        thief.http.get(f"{base_url}/_stcore/health", timeout=10)
        thief.open()
        assert_only_the_sign_in(thief)


def test_a_provider_with_a_name_is_named_on_the_button(environment, provider, tmp_path):
    port = free_port()
    auth = provider.auth(f"http://127.0.0.1:{port}/oauth2callback")
    shared = {key: auth.pop(key) for key in ("redirect_uri", "cookie_secret")}
    place = installed(tmp_path / "product", shared | {"acme-id": auth})
    provider.says("vera@example.com")
    with server(environment, tmp_path / "log", root=place, port=port) as url, Visitor(url) as one:
        one.http.get(f"{url}/_stcore/health", timeout=10)
        one.open("payouts")
        load(one, go(one, press(one, label="Sign in with Acme id")))
        assert is_in(one)


def test_with_passwords_off_the_provider_is_the_only_way_in(environment, provider, tmp_path, staff):
    port = free_port()
    auth = provider.auth(f"http://127.0.0.1:{port}/oauth2callback")
    place = installed(tmp_path / "product", auth)
    only = environment | {"STAFF_PASSWORDS": "off"}
    before = staff.path.read_text()
    # Accounts of new people begin with a one-time password, which nobody can use here.
    staff.change("vera", one_time_until=datetime.now(UTC) - timedelta(hours=1))
    try:
        with server(only, tmp_path / "log", root=place, port=port) as url, Visitor(url) as one:
            one.http.get(f"{url}/_stcore/health", timeout=10)
            one.open("payouts")
            assert labels(one) == []
            assert [button.label for button in one.elements("button")] == [BUTTON]
            provider.says("dora@example.com")
            load(one, go(one, press(one)))
            assert sentences(one) == [REFUSED]
            provider.says("vera@example.com")
            load(one, go(one, press(one)))
            assert is_in(one)
            assert "Change password" not in [button.label for button in one.elements("button")]
    finally:
        staff.path.write_text(before)


# --- when it is not configured


def test_without_a_provider_there_is_no_button_and_its_addresses_do_nothing(environment, tmp_path):
    place = installed(tmp_path / "product", None)
    with server(environment, tmp_path / "log", root=place) as url, Visitor(url) as one:
        one.http.get(f"{url}/_stcore/health", timeout=10)
        one.open("payouts")
        assert [button.label for button in one.elements("button")] == ["Sign in"]
        assert sentences(one) == []
        for path in ("auth/login", "auth/login?provider=x", "oauth2callback?state=x&code=y"):
            answer = requests.get(f"{url}/{path}", allow_redirects=False, timeout=10)
            assert (answer.status_code, answer.headers["location"]) == (302, "/")
            assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
        answer = requests.get(f"{url}/auth/logout", allow_redirects=False, timeout=10)
        assert (answer.status_code, answer.headers["location"]) == (302, "/")
        load(one, "/")
        assert_only_the_sign_in(one)
