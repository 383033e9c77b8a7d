"""Access against a real server that speaks only HTTP and websocket, as an attacker would."""

import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

import jwt
import pytest
import requests
from streamlit.util import calc_hash
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from pages.access import atomic_file, passwords
from pages.access.rights import Role
from pages.access.staff_file import StaffRecord, as_text
from tests.staff import EditableStaffFile
from tests.websocket_client import Visitor, server

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "correct horse battery"
SECRET = "the-client-secret-of-this-test"
COOKIE_KEY = "abcdefghijklmnopqrstuvwxyz0123456789"
HARMLESS = {
    "heading",
    "text_input",
    "button",
    "component_instance",
    "markdown",
    "html",
    "imgs",
    "empty",
    "space",
    "alert",
    "progress",
}


@pytest.fixture(scope="module")
def staff(tmp_path_factory) -> EditableStaffFile:
    file = EditableStaffFile(tmp_path_factory.mktemp("staff") / "staff.yaml")
    hashed = passwords.hashed(PASSWORD, rounds=4)
    for name in ("victor", "vera", "walter", "wanda", "xavier", "yara"):
        file.add(StaffRecord(name, f"{name.title()} Person", "", Role.VIEWER, hashed))
    return file


@pytest.fixture(scope="module")
def environment(staff) -> dict[str, str]:
    return {
        "OWNLI_BASE_URL": "http://127.0.0.1:9",
        "OWNLI_PARTNER_ID": "partner",
        "OWNLI_CLIENT_ID": "client-abcd",
        "OWNLI_CLIENT_SECRET": SECRET,
        "STAFF_FILE": str(staff.path),
        "STAFF_COOKIE_KEY": COOKIE_KEY,
        "AUDIT_FILE": str(staff.path.with_name("audit.jsonl")),
    }


@pytest.fixture(scope="module")
def base_url(environment, tmp_path_factory):
    with server(environment, tmp_path_factory.mktemp("log") / "server.log") as url:
        yield url


def kinds(visitor) -> set[str]:
    return {
        frame.delta.new_element.WhichOneof("type")
        for frame in visitor.frames
        if frame.WhichOneof("type") == "delta" and frame.delta.WhichOneof("type") == "new_element"
    }


def labels(visitor) -> list[str]:
    return [field.label for field in visitor.elements("text_input")]


def assert_only_the_sign_in(visitor):
    assert labels(visitor)[-2:] == ["Username", "Password"]
    assert kinds(visitor) <= HARMLESS, kinds(visitor) - HARMLESS
    headings = {heading.body for heading in visitor.elements("heading")}
    assert headings == {"Ownli partner dashboard", "Sign in"}
    assert "Person" not in repr(visitor.bytes_seen())


def is_in(visitor) -> bool:
    return any("Person" in text.body for text in visitor.elements("text"))


@pytest.mark.parametrize("address", ["payouts", "user", "overview"])
def test_the_first_request_of_a_fresh_server_shows_only_the_sign_in(environment, tmp_path, address):
    with server(environment, tmp_path / "server.log") as url, Visitor(url) as visitor:
        visitor.open(address, "id=XT_1")
        assert_only_the_sign_in(visitor)


def test_nothing_on_the_sign_in_page_runs_it_again_under_whoever_types(base_url):
    with Visitor(base_url) as visitor:
        visitor.open()
        assert not visitor.elements("component_instance")
        assert not visitor.fragments()


@pytest.mark.parametrize("script", ["payouts", "main", "staff", "access/staff", "__init__"])
def test_a_forged_page_hash_shows_only_the_sign_in(base_url, script):
    for forged in (
        calc_hash(str(ROOT / "pages" / f"{script}.py")),
        calc_hash(str((ROOT / "pages" / f"{script}.py").resolve())),
        calc_hash(f"{script}.py"),
        calc_hash(script),
        "0" * 32,
    ):
        with Visitor(base_url) as visitor:
            assert_only_the_sign_in(visitor.open(script, forged_hash=forged))


def test_a_deep_link_survives_the_sign_in(base_url):
    with Visitor(base_url) as visitor:
        visitor.open("payouts", "from=2026-11-02")
        page = visitor._page_hash
        visitor.sign_in("victor", PASSWORD)
        assert is_in(visitor)
        assert visitor._page_hash == page
        assert not [f for f in visitor.frames if f.WhichOneof("type") == "page_not_found"]


def test_a_fragment_of_somebody_removed_delivers_the_sign_in_instead(base_url, staff):
    with Visitor(base_url) as visitor:
        visitor.open("payouts").sign_in("walter", PASSWORD)
        fragments = visitor.fragments()
        assert is_in(visitor)
        assert fragments
        before = staff.path.read_text()
        people = dict(staff.people())
        del people["walter"]
        atomic_file.replace(staff.path, as_text(people))
        try:
            for fragment in fragments:
                visitor.forget().run(fragment=fragment, timer=True)
                assert labels(visitor)[-2:] == ["Username", "Password"]
                assert not is_in(visitor)
        finally:
            atomic_file.replace(staff.path, before)


def test_after_signing_out_neither_tab_nor_cookie_shows_anything(base_url):
    with Visitor(base_url) as visitor:
        visitor.open().sign_in("vera", PASSWORD)
        cookies = dict(visitor.http.cookies)
        with Visitor(base_url, cookies) as other:
            assert is_in(other.open("rewards"))
            visitor.press("Sign out")
            assert not is_in(visitor)
            assert labels(visitor)[-2:] == ["Username", "Password"]
            other.forget().run()
            assert_only_the_sign_in(other)
        with Visitor(base_url, cookies) as later:
            assert_only_the_sign_in(later.open("payouts"))


def test_a_login_cookie_without_its_device_cookie_is_worthless(base_url):
    with Visitor(base_url) as visitor:
        visitor.open().sign_in("wanda", PASSWORD)
        stolen = {"ownli_login": visitor.http.cookies["ownli_login"]}
        with Visitor(base_url, stolen) as thief:
            assert_only_the_sign_in(thief.open("payouts"))
        with Visitor(base_url, dict(visitor.http.cookies)) as owner:
            assert is_in(owner.open("payouts"))


def test_a_stolen_session_id_opens_nothing_and_leaves_its_owner_alone(base_url):
    with Visitor(base_url) as visitor:
        visitor.open().sign_in("xavier", PASSWORD)
        with Visitor(base_url) as thief:
            thief.open("payouts", resume=visitor.session_id)
            assert_only_the_sign_in(thief)
        assert is_in(visitor.forget().run())


def test_a_browser_that_lost_its_connection_gets_its_own_session_back(base_url):
    with Visitor(base_url) as visitor:
        session = visitor.open().sign_in("xavier", PASSWORD).session_id
        visitor.close()
        visitor.forget().connect(resume=session).run()
        assert visitor.session_id == session
        assert is_in(visitor)


@pytest.mark.parametrize(
    "key", ["some_key", COOKIE_KEY, "x" * 40], ids=["default", "master", "guessed"]
)
def test_a_forged_cookie_opens_nothing(base_url, key):
    forged = jwt.encode({"username": "victor", "exp_date": 9e9}, key)
    with Visitor(base_url, {"ownli_login": forged}) as visitor:
        assert_only_the_sign_in(visitor.open("payouts"))


def test_no_frame_answer_or_log_holds_the_secret_the_key_or_a_hash(
    base_url, staff, environment, tmp_path
):
    log = tmp_path / "server.log"
    with server(environment, log) as url, Visitor(url) as visitor:
        visitor.open().sign_in("yara", PASSWORD)
        answers = b"".join(
            requests.get(f"{url}{path}", timeout=10).content
            for path in (
                "/",
                "/.streamlit/secrets.toml",
                "/app.py",
                "/pages/main.py",
                "/_stcore/health",
                "/_stcore/metrics",
                "/_stcore/host-config",
            )
        )
        sent = visitor.bytes_seen()
    everything = sent + answers + log.read_bytes() + Path(environment["AUDIT_FILE"]).read_bytes()
    for hidden in (SECRET, COOKIE_KEY, "$2b$", PASSWORD):
        assert hidden.encode() not in everything


def test_media_is_refused_without_a_signed_in_device(base_url):
    answer = requests.get(f"{base_url}/media/{'0' * 56}.csv", timeout=10)
    assert answer.status_code == 403


def websocket_status(base_url, host, origin) -> int:
    """What the server answers to a websocket of this host and origin."""
    address = urlsplit(base_url)
    try:
        with connect(
            f"ws://{host}:{address.port}/_stcore/stream",
            sock=socket.create_connection((address.hostname, address.port)),
            origin=origin,
            subprotocols=["streamlit"],
        ) as connection:
            return connection.response.status_code
    except InvalidStatus as refused:
        return refused.response.status_code


def test_a_websocket_for_another_host_or_from_another_site_is_refused(base_url):
    port = urlsplit(base_url).port
    assert websocket_status(base_url, "127.0.0.1", f"http://127.0.0.1:{port}") == 101
    assert websocket_status(base_url, "evil.example", f"http://evil.example:{port}") == 403
    for foreign in ("http://evil.example", "http://127.0.0.1:9", "http://127.0.0.1", None):
        assert websocket_status(base_url, "127.0.0.1", foreign) == 403, foreign


def test_every_http_answer_carries_the_security_headers(base_url):
    for path in ("/", "/payouts", "/_stcore/health", "/component/x/y.html", "/nowhere.js"):
        answer = requests.get(f"{base_url}{path}", timeout=10)
        assert "frame-ancestors 'self'" in answer.headers["content-security-policy"], path
        assert answer.headers["x-content-type-options"] == "nosniff", path


def test_the_audit_log_knows_who_came_and_holds_no_session_that_opens_anything(
    base_url, environment
):
    with Visitor(base_url) as visitor:
        visitor.open().sign_in("victor", PASSWORD)
        lines = Path(environment["AUDIT_FILE"]).read_text().splitlines()
    last = json.loads(lines[-1])
    assert (last["event"], last["person"]) == ("sign_in", "victor")
    assert len(last["session"]) == 8
