"""One stand-in Ownli behind a middleman, one server, and a staff of one person a purpose."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from tests.websocket_client import ROOT, server

from .attacker import FORMULAS, HOSTILE, PASSWORD, Attacker, together
from .ownli import Middleman, middleman
from .world import World, read_world

PEOPLE = {
    **{name: name for name in ("viewer", "analyst", "admin")},
    # Who loses something during the tests, and whose name is guessed at after that.
    **{"demoted": "admin", "disabled": "viewer", "changed": "analyst", "leaver": "viewer"},
    # Who does not sign in but for one test.
    **{"victim": "viewer", "bare": "viewer", "timed": "viewer", "closed": "viewer"},
    **{"toggled": "viewer", "curious": "viewer"},
}


@dataclass
class Place:
    """A running server and what stands around it."""

    base_url: str
    folder: Path
    ownli: Middleman
    environment: dict[str, str]
    visitors: list[Attacker] = field(default_factory=list)
    # Who came as the very first, and the cookies of somebody who signed out before the start.
    first: Attacker | None = None
    gone: dict[str, str] = field(default_factory=dict)

    def visitor(self, cookies: dict[str, str] | None = None) -> Attacker:
        """A new browser, or one that holds these cookies."""
        self.visitors.append(Attacker(self.base_url, cookies))
        return self.visitors[-1]

    def signed_in(self, name: str, password: str = PASSWORD) -> Attacker:
        """A new browser in which somebody has just signed in."""
        visitor = self.visitor().open()
        assert visitor.is_at_the_sign_in()
        visitor.sign_in(name, password)
        if not visitor.is_inside():
            visitor.listen(8, 0.5)
            visitor._store_login_cookie()
        assert visitor.is_inside(), f"{name} was not let in"
        return visitor

    def staff(self, *arguments: str, password: str = "") -> None:
        """Run the staff job."""
        command = [sys.executable, "-m", "pages.jobs.staff", "--file"]
        subprocess.run(
            [*command, self.environment["STAFF_FILE"], *arguments],
            **{"cwd": ROOT, "input": password, "text": True, "check": True, "timeout": 30},
            capture_output=True,
        )

    def written(self) -> str:
        """Everything the server has written: log, audit log, and what stands beside them."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return "\n".join(path.read_text(errors="replace") for path in files)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[dict[str, str]]:
    """The settings of a stand-in Ownli that listens on loopback."""
    command = [sys.executable, "-m", "ownli_api.sandbox", "--port", "0", "--hooks"]
    process = subprocess.Popen(
        [*command, "--users", "60", "--check-ins", "600"],
        **{"cwd": ROOT, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True},
    )
    try:
        assert process.stdout is not None
        yield dict(process.stdout.readline().strip().split("=", 1) for _ in range(4))
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture(scope="session")
def world(sandbox) -> World:
    """What Ownli knows and nobody may see."""
    return read_world(sandbox)


@pytest.fixture(scope="session")
def settle(sandbox, tmp_path_factory) -> Callable[[Middleman], Place]:
    """Settings for a server before a middleman; the staff file is one for all servers."""
    staff_folder = tmp_path_factory.mktemp("staff")

    def settle(ownli: Middleman) -> Place:
        folder = tmp_path_factory.mktemp("server")
        environment = {
            **sandbox,
            "OWNLI_BASE_URL": ownli.base_url,
            "OWNLI_TIMEOUT_SECONDS": "5",
            "STAFF_FILE": str(staff_folder / "staff.yaml"),
            "STAFF_COOKIE_KEY": "attack-key-0123456789-abcdefghijklmnop",
            "AUDIT_FILE": str(folder / "audit.jsonl"),
            "PHOTOS_HOSTS": "photos.example.com,files.example.com",
        }
        return Place("", folder, ownli, environment)

    return settle


@pytest.fixture(scope="session")
def place(sandbox, settle) -> Iterator[Place]:
    """The server that most tests attack; its first request of all was one for /staff."""
    with middleman(sandbox["OWNLI_BASE_URL"]) as ownli:
        place = settle(ownli)
        together(
            lambda one: place.staff("add", one[0], "--role", one[1], password=PASSWORD),
            PEOPLE.items(),
        )
        with server(place.environment, place.folder / "server.log") as place.base_url:
            place.first = place.visitor().open("staff")
            yield place
            for visitor in place.visitors:
                visitor.close()


@pytest.fixture(scope="session")
def hostile(sandbox, settle, place) -> Iterator[Place]:
    """A server started later, with the same staff, whose Ownli sends hostile words everywhere.

    Its first request of all was one for /payouts.
    """
    names = {
        *("firstName", "lastName", "adminNote", "description", "actionCode", "make", "model"),
        *("city", "state", "documentType", "paymentReferenceId", "userNote", "year"),
        *("customField1", "customField2", "name", "partnerCode", "checkInStatus", "type"),
    }
    spared = {"Confirmed", "Claimed", "OnHold", "Declined"}

    def rewrite(key: str, text: str) -> str:
        if key not in names or text in spared:
            return text
        words = HOSTILE + FORMULAS
        return words[sum(text.encode()) % len(words)]

    with middleman(sandbox["OWNLI_BASE_URL"]) as ownli:
        ownli.rewrite = rewrite
        hostile = settle(ownli)
        gone = place.signed_in("leaver")
        hostile.gone = gone.cookies()
        gone.press("Sign out")
        with server(hostile.environment, hostile.folder / "server.log") as hostile.base_url:
            hostile.first = hostile.visitor().open("payouts")
            yield hostile
            for visitor in hostile.visitors:
                visitor.close()


@pytest.fixture(scope="session", autouse=True)
def guessed(place) -> float:
    """Five wrong passwords for `victim`, right at the start, as tests take a while; when."""
    exhaust(place, "victim")
    return time.monotonic()


def attempt(visitor: Attacker, name: str, password: str = "wrong horse battery") -> str:
    """Try a password at the form last drawn; what it says then."""
    fields = {e.label: e.id for e in visitor.elements("text_input")}
    values = {fields["Username"]: name, fields["Password"]: password}
    button = visitor.id_of("button", "Sign in")
    seen = len(visitor.frames)
    visitor.run(values=values, click=button)
    visitor._values.clear()
    earlier, visitor.frames = visitor.frames[:seen], visitor.frames[seen:]
    told = " ".join(alert.body for alert in visitor.elements("alert"))
    visitor.frames = earlier + visitor.frames
    return told


def exhaust(place: Place, name: str) -> list[str]:
    """Fail five times for a name from a new device; what was said each time."""
    visitor = place.visitor().open()
    return [attempt(visitor, name) for _ in range(5)]


@pytest.fixture(scope="session")
def viewer(place) -> Attacker:
    """A viewer's browser, for its cookies."""
    return place.signed_in("viewer")


@pytest.fixture(scope="session")
def analyst(place) -> Attacker:
    """An analyst's browser, for its cookies."""
    return place.signed_in("analyst")


@pytest.fixture(scope="session")
def admin(place) -> Attacker:
    """An administrator's browser, for its cookies."""
    return place.signed_in("admin")


@pytest.fixture
def get(place) -> Callable[..., requests.Response]:
    """A plain GET without cookies."""
    return lambda path, **more: requests.get(
        place.base_url + path, timeout=10, allow_redirects=False, **more
    )
