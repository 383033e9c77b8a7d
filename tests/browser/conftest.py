"""A real server against a sandbox with a known world, and a real browser in front of it."""

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import bcrypt
import pytest
import requests
import yaml
from playwright.sync_api import sync_playwright

from ownli_api.sandbox import Sandbox, World
from pages.access import device_cookie

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "a long enough password"
ROLES = ("viewer", "analyst", "admin")
SECONDS_TO_START = 60
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


@pytest.fixture(scope="session")
def partner():
    """A sandbox with a world of its own, as a partner's Ownli."""
    with Sandbox(World.make(seed=11, users=150, weeks=16)) as sandbox:
        yield sandbox


def staff_file(path: Path) -> Path:
    """One account a role, all with the same password, hashed cheaply."""
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    people = {
        role: {
            "full_name": f"Ms {role.capitalize()}",
            "email": f"{role}@example.com",
            "role": role,
            "password": hashed,
        }
        for role in ROLES
    }
    path.write_text(yaml.safe_dump({"usernames": people}))
    path.chmod(0o600)
    return path


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(tmp_path: Path, environment: dict[str, str], *, root: Path = ROOT, port: int = 0):
    """`streamlit run app.py` as the README says, until the block ends; yields (address, log)."""
    port = port or free_port()
    log = tmp_path / "server.log"
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OWNLI_", "STAFF_", "REPORT_", "AUDIT_", "STREAMLIT_"))
    }
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)],
            cwd=root,
            env=clean | environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        until = time.monotonic() + SECONDS_TO_START
        while True:
            try:
                if requests.get(f"{address}/_stcore/health", timeout=1).ok:
                    break
            except requests.RequestException:
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(log.read_text()) from None
            time.sleep(0.1)
        yield address, log
    finally:
        process.terminate()
        process.wait(20)


def credentials(partner: Sandbox, tmp_path: Path) -> dict[str, str]:
    """The settings of a partner with credentials, as environment variables."""
    return {
        "OWNLI_BASE_URL": partner.base_url,
        "OWNLI_PARTNER_ID": partner.partner_id,
        "OWNLI_CLIENT_ID": partner.client_id,
        "OWNLI_CLIENT_SECRET": partner.client_secret,
        "STAFF_FILE": str(staff_file(tmp_path / "staff.yaml")),
        "STAFF_COOKIE_KEY": "k" * 20 + os.urandom(16).hex(),
        "AUDIT_FILE": str(tmp_path / "audit.jsonl"),
    }


@dataclass
class Server:
    """A running product: its address, its log file, the sandbox behind it."""

    address: str
    log: Path
    partner: Sandbox


@pytest.fixture(scope="session")
def server(partner, tmp_path_factory):
    """The product with credentials, shared by the tests that only read."""
    place = tmp_path_factory.mktemp("server")
    with serving(place, credentials(partner, place)) as (address, log):
        yield Server(address, log, partner)


@pytest.fixture(scope="session")
def browser(chromium):
    """Debian's Chromium, one for all tests."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGS)
        yield launched
        launched.close()


@dataclass
class Visit:
    """Everything one visitor's browser received, as bytes, to be searched."""

    frames: list[bytes] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    console: list[str] = field(default_factory=list)

    def holds(self, text: str) -> bool:
        """Whether the text came to the browser in any frame or answer."""
        return any(text.encode() in part for part in (*self.frames, *self.answers))


def watch(page) -> Visit:
    """Record every websocket frame, HTTP answer and console message of a page."""
    visit = Visit()

    def on_socket(socket_):
        socket_.on(
            "framereceived",
            lambda payload: visit.frames.append(
                payload if isinstance(payload, bytes) else payload.encode()
            ),
        )

    def on_response(response):
        if response.request.resource_type in ("document", "xhr", "fetch", "other"):
            try:
                visit.answers.append(response.body())
            except Exception:  # noqa: BLE001 - a redirect or an aborted answer has no body
                visit.answers.append(b"")

    page.on("websocket", on_socket)
    page.on("response", on_response)
    page.on("console", lambda message: visit.console.append(message.text))
    return visit


@pytest.fixture
def page(browser):
    """A fresh visitor: own cookies, own storage."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def settled(page, quiet_milliseconds: int = 700) -> None:
    """Wait until the page's text has not changed for a moment."""
    page.wait_for_function(
        """quiet => {
            const now = document.body.innerText;
            if (window.lastText !== now) { window.lastText = now; window.lastChange = Date.now(); }
            return Date.now() - window.lastChange > quiet;
        }""",
        arg=quiet_milliseconds,
        polling=100,
    )


def sign_in(page, address: str, name: str = "viewer", path: str = "/") -> None:
    """Open an address, sign in and wait for the signed-in page."""
    page.goto(f"{address}{path}")
    page.get_by_label("Username", exact=True).fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()
    # The login cookie is written by a component of its own, a moment after the page stands.
    page.wait_for_function(
        "name => document.cookie.includes(name)", arg=f"{device_cookie.LOGIN_COOKIE}="
    )
