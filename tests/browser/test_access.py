"""Access as a person with a browser meets it: accounts, passwords, photos, exports, the log."""

import re
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.browser.conftest import PASSWORD, credentials, serving, sign_in, watch

pytestmark = pytest.mark.browser
NEW = "a brand new password"
PHOTOS = "photos.example.com"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63"
    "6860f8ff1f000584027fa7d8b5c50000000049454e44ae426082"
)


@pytest.fixture(scope="module")
def here(partner, tmp_path_factory):
    """A server of its own, because these tests change accounts: (address, folder)."""
    place = tmp_path_factory.mktemp("access")
    environment = credentials(partner, place) | {"PHOTOS_HOSTS": PHOTOS}
    with serving(place, environment) as (address, _):
        yield address, place


@pytest.fixture
def visitor(browser):
    """Make visitors with cookies of their own."""
    contexts = []

    def visitor():
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(40_000)
        context.route(f"https://{PHOTOS}/**", lambda route: route.fulfill(body=PIXEL))
        contexts.append(context)
        return context.new_page()

    yield visitor
    for context in contexts:
        context.close()


def add_account(page, address, name) -> str:
    """Add an account as an administrator; its one-time password."""
    sign_in(page, address, "admin", path="/staff")
    page.get_by_role("button", name="Add an account").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Username").fill(name)
    dialog.get_by_label("Full name").fill(f"{name} ![x](https://evil.example/x.png)")
    dialog.get_by_role("button", name="Add", exact=True).click()
    dialog.get_by_text(f"One-time password for {name}").wait_for()
    password = dialog.locator("code").inner_text()
    dialog.get_by_role("button", name="Done").click()
    dialog.wait_for(state="hidden")
    return password


def test_a_new_person_comes_in_by_a_one_time_password_and_their_own_from_then_on(here, visitor):
    address, _ = here
    admin, person = visitor(), visitor()
    visit = watch(person)
    password = add_account(admin, address, "nina")
    assert admin.get_by_text(password).count() == 0
    person.goto(f"{address}/rewards?period=4+weeks+to+date")
    person.get_by_label("Username", exact=True).fill("nina")
    person.get_by_label("Password", exact=True).fill(password)
    person.get_by_role("button", name="Sign in").click()
    person.get_by_label("Present password").wait_for()
    assert person.get_by_role("link", name="Overview").count() == 0
    person.get_by_label("Present password").fill(password)
    person.get_by_label("New password", exact=True).fill(NEW)
    person.get_by_label("New password again").fill(NEW)
    person.get_by_role("button", name="Change password").click()
    person.get_by_role("heading", name="Rewards", exact=True, level=1).first.wait_for()
    assert "period=4+weeks+to+date" in person.url
    assert not visit.holds(NEW)
    assert not [line for line in visit.console if "Content Security Policy" in line]
    person.wait_for_function("() => document.cookie.includes('ownli_login=')")
    person.reload()
    person.get_by_role("heading", name="Rewards", exact=True, level=1).first.wait_for()


def test_disabling_is_confirmed_and_the_person_is_out_within_seconds(here, visitor):
    address, _ = here
    admin, person = visitor(), visitor()
    sign_in(person, address, "viewer")
    sign_in(admin, address, "admin", path="/staff")
    card = admin.locator(".st-key-staff-disable-viewer")
    card.get_by_role("button", name="Disable").click()
    dialog = admin.get_by_role("dialog")
    dialog.get_by_text("viewer is signed out everywhere").wait_for()
    admin.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert person.get_by_role("button", name="Sign out").count() == 1
    card.get_by_role("button", name="Disable").click()
    dialog.get_by_role("button", name="Disable").click()
    admin.locator(".st-key-staff-enable-viewer").wait_for()
    person.get_by_label("Username", exact=True).wait_for(timeout=30_000)
    admin.locator(".st-key-staff-enable-viewer").get_by_role("button").click()
    dialog.get_by_role("button", name="Enable").click()
    card.wait_for()
    sign_in(person, address, "viewer")


def test_photos_come_on_a_click_from_the_allowed_host_without_breaking_the_policy(
    here, visitor, partner
):
    address, _ = here
    page = visitor()
    visit = watch(page)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    check_in = [c for c in partner.world.check_ins.values() if c.kind == "condition"][-1]
    sign_in(page, address, "analyst")
    page.goto(f"{address}/user?id={check_in.owner_id}")
    page.get_by_text("Timeline").first.wait_for()
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if PHOTOS in url]
    assert not visit.holds(PHOTOS)
    page.locator(f".st-key-photos-{check_in.kind}-{check_in.id}").get_by_role("button").click()
    page.locator(f"img[src*='{check_in.id}']").first.wait_for()
    assert {url for url in asked if PHOTOS in url} >= {f"https://{PHOTOS}/{check_in.id}/Front.jpg"}
    assert not [line for line in visit.console if "Content Security Policy" in line]


def test_an_export_is_downloaded_and_stands_in_the_log_which_can_be_exported_too(here, visitor):
    address, place = here
    page = visitor()
    page.add_init_script("window.showSaveFilePicker = undefined")
    sign_in(page, address, "admin", path="/rewards")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("CSV")).click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert text.startswith('"Granted (America/New_York)",')
    page.goto(f"{address}/audit_log?action=export")
    page.get_by_role("heading", name="Audit log", exact=True, level=1).wait_for()
    page.get_by_text(re.compile(r"of \d+ event")).wait_for()
    assert '"event": "export"' in (place / "audit.jsonl").read_text()
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("CSV")).click()
    assert "what: rewards" in Path(download.value.path()).read_text(encoding="utf-8-sig")


def test_nothing_typed_as_a_password_is_sent_back(here, visitor):
    address, _ = here
    page = visitor()
    visit = watch(page)
    page.goto(address)
    page.get_by_label("Username", exact=True).fill("viewer")
    page.get_by_label("Password", exact=True).fill(f"{PASSWORD}, wrong")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("is not right").wait_for()
    assert not visit.holds(f"{PASSWORD}, wrong")


@pytest.mark.parametrize("path", ["/staff", "/audit_log", "/health", "/weekly_report"])
def test_an_administrators_screen_fits_a_phone_and_keeps_the_content_policy(browser, here, path):
    address, _ = here
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.set_default_timeout(40_000)
    visit = watch(page)
    try:
        sign_in(page, address, "admin")
        page.goto(f"{address}{path}")
        page.get_by_role("heading", level=1).wait_for()
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert not [line for line in visit.console if "Content Security Policy" in line]
    finally:
        context.close()


def certificate(folder: Path) -> Path:
    """A certificate for this machine and its key, in one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    pem = serialization.Encoding.PEM
    private = serialization.PrivateFormat.PKCS8
    file.write_bytes(
        key.private_bytes(pem, private, serialization.NoEncryption()) + made.public_bytes(pem)
    )
    return file


class TlsProxy:
    """What stands in front of the dashboard: TLS outside, plain inside, `X-Forwarded-Proto` set."""

    def __init__(self, folder: Path, port: int) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate(folder))
        self._inside = port
        self._listening = context.wrap_socket(
            socket.create_server(("127.0.0.1", 0)), server_side=True
        )
        self.address = f"https://localhost:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                outside, _ = self._listening.accept()
            except ssl.SSLError:
                continue  # a browser that only tried
            except OSError:
                return
            threading.Thread(target=self._serve, args=(outside,), daemon=True).start()

    def _serve(self, outside: ssl.SSLSocket) -> None:
        """One connection, one request or websocket: its head gets the header, the rest passes."""
        with outside, socket.create_connection(("127.0.0.1", self._inside)) as inside:
            head = b""
            while b"\r\n\r\n" not in head:
                if not (part := outside.recv(65536)):
                    return
                head += part
            first, rest = head.split(b"\r\n", 1)
            websocket = b"upgrade: websocket" in rest.lower()
            ours = b"X-Forwarded-Proto: https\r\n" + (
                b"" if websocket else b"Connection: close\r\n"
            )
            if not websocket:
                rest = re.sub(rb"(?i)connection: keep-alive\r\n", b"", rest)
            inside.sendall(first + b"\r\n" + ours + rest)
            if websocket:
                threading.Thread(target=_pass, args=(outside, inside), daemon=True).start()
            _pass(inside, outside)

    def close(self) -> None:
        self._listening.close()


def _pass(source, target) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass


def test_over_tls_a_person_signs_in_comes_back_and_signs_out_by_cookies_of_this_host(
    browser, here, tmp_path
):
    address, _ = here
    proxy = TlsProxy(tmp_path, int(address.rsplit(":", 1)[1]))
    context = browser.new_context(ignore_https_errors=True)
    context.set_default_timeout(40_000)
    page = context.new_page()
    visit = watch(page)
    try:
        page.goto(f"{proxy.address}/rewards?period=4w")
        page.get_by_label("Username", exact=True).fill("admin")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Rewards", exact=True, level=1).first.wait_for()
        page.wait_for_function("() => document.cookie.includes('__Host-ownli_login=e')")
        cookies = {cookie["name"]: cookie for cookie in context.cookies()}
        for name in ("__Host-ownli_device", "__Host-ownli_login"):
            assert cookies[name]["secure"]
            assert cookies[name]["sameSite"] == "Strict"
        assert not {"ownli_device", "ownli_login"} & set(cookies)
        page.reload()
        page.get_by_role("heading", name="Rewards", exact=True, level=1).first.wait_for()
        page.get_by_role("button", name="Sign out").click()
        page.get_by_label("Username", exact=True).wait_for()
        page.wait_for_function("() => !document.cookie.includes('ownli_login')")
        assert not [line for line in visit.console if "Content Security Policy" in line]
    finally:
        context.close()
        proxy.close()
