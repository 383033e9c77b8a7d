"""The token, the client secret, the cookie key and the passwords are in nothing, faults or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from .attacker import ADDRESSES, PASSWORD, Attacker, together
from .ownli import Middleman, middleman

SHAKEN = ("", "users", "user", "rewards", "weekly_report", "health")


def secrets_of(place) -> dict[str, str]:
    """What must never be seen, by name."""
    lines = Path(place.environment["STAFF_FILE"]).read_text().splitlines()
    hashes = [line.split("password:")[1].strip() for line in lines if "password:" in line]
    assert hashes
    assert place.ownli.tokens
    return {
        **{f"token {n}": token for n, token in enumerate(place.ownli.tokens)},
        **{f"token part {n}": token[-30:] for n, token in enumerate(place.ownli.tokens)},
        **{f"hash {n}": value.strip("'\"") for n, value in enumerate(hashes)},
        "client secret": place.environment["OWNLI_CLIENT_SECRET"],
        "cookie key": place.environment["STAFF_COOKIE_KEY"],
        "password": PASSWORD,
    }


def found(place, seen: str) -> list[str]:
    """The names of the secrets in a text."""
    return [name for name, value in secrets_of(place).items() if value in seen]


@pytest.fixture(scope="module")
def faulty(hostile, sandbox) -> tuple[str, str, Middleman]:
    """Everything an administrator and a newcomer see while Ownli misbehaves in every way.

    Its answers repeat the token and the client secret they were asked with.
    """
    seen: list[str] = []
    admin = hostile.signed_in("admin")
    tabs = [hostile.visitor(admin.cookies()).open(a, "id=XT_USR1") for a in SHAKEN]
    with middleman(sandbox["OWNLI_BASE_URL"]) as elsewhere:
        hostile.ownli.redirect_to = elsewhere.base_url.replace("127.0.0.1", "localhost") + "/x"

        def press_on(tab: Attacker) -> None:
            buttons = [e.id for e in tab.elements("button") if e.label in ("Refresh", "Find")]
            tab.forge(dict.fromkeys(buttons, True), query="id=XT_USR1")
            # Somebody nobody has looked up yet: what failed is not asked for again at once.
            tab.run(query=f"id=XT_USR{hostile.ownli.mode}", quiet=0.3)

        for mode in ("echo", "html", "cut", "redirect", "refuse"):
            hostile.ownli.mode = mode
            together(press_on, tabs)
            if mode in ("echo", "refuse"):
                newcomer = hostile.signed_in("admin").go("users", "period=all")
                newcomer.go("user", "id=XT_USR3")
                tabs.append(newcomer)
        hostile.ownli.mode = "plain"
        together(lambda tab: tab.run(page="health", page_hash=""), tabs[:2])
        told = [" ".join(method + path for method, path in elsewhere.calls)]
    seen += [tab.bytes_seen().decode(errors="replace") for tab in tabs]
    return "\n".join(seen), "\n".join(told), hostile.ownli


def test_no_secret_is_in_any_frame_though_ownli_repeats_them_in_its_errors(hostile, faulty):
    seen, _, ownli = faulty
    assert ownli.misbehaved == {"echo", "html", "cut", "redirect", "refuse"}
    assert "unavailable" in seen, "no fault was ever shown"
    assert found(hostile, f"x{hostile.environment['OWNLI_CLIENT_SECRET']}x"), "the search is blind"
    assert found(hostile, seen) == []
    assert "Traceback" not in seen


def test_no_secret_is_in_the_log_or_the_audit_log_or_any_file_of_ours(place, hostile, faulty):
    for server in (place, hostile):
        written = server.written()
        assert "sign_in" in written
        assert found(server, written) == []


def test_the_token_does_not_follow_a_redirect_to_another_host(faulty, hostile):
    _, told, _ = faulty
    assert hostile.ownli.redirect_to
    assert told == "", f"the client went there: {told}"


def test_no_secret_is_in_what_a_viewer_an_analyst_and_an_administrator_see(
    place, viewer, analyst, admin
):
    def visited(visitor: Attacker) -> str:
        tab = place.visitor(visitor.cookies()).open()
        for address in ADDRESSES:
            tab.run(page=address, page_hash="", query="id=XT_USR1")
        sent = [tab.fetch(place.base_url + path) for path in ("/", "/_stcore/metrics", "/app.py")]
        answers = " ".join(f"{answer.headers} {answer.text}" for answer in sent)
        return tab.bytes_seen().decode(errors="replace") + answers

    for seen in together(visited, (viewer, analyst, admin)):
        assert "report zone" in seen
        assert found(place, seen) == []


def test_nobody_is_sent_the_session_id_or_the_cookies_of_another(place, viewer, admin):
    seen = place.visitor(admin.cookies()).open("staff").bytes_seen()
    seen += place.visitor(admin.cookies()).open("audit_log").bytes_seen()
    assert b"viewer" in seen
    for value in (viewer.session_id, *viewer.cookies().values()):
        assert value.encode() not in seen
    written = place.written()
    assert viewer.session_id not in written
    assert not [value for value in viewer.cookies().values() if value in written]
