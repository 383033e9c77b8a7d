"""A stolen session id or cookie is worth nothing alone, and nothing once its owner has gone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

import pytest
from websockets.sync.client import connect

from .attacker import PASSWORD, Attacker, together

NEW_PASSWORD = "another horse battery"


def cookie_names(person: Attacker) -> tuple[str, str]:
    """The names of the device cookie and of the login cookie."""
    login = next(n for n, v in person.cookies().items() if v.startswith("eyJ"))
    device = next(n for n in person.cookies() if n != login and "xsrf" not in n)
    return device, login


def token(header: dict, claims: dict, key: str) -> str:
    """A JWT, signed by HMAC with a key, or not at all if it is empty."""
    parts = [json.dumps(part, separators=(",", ":")).encode() for part in (header, claims)]
    signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    digest = hmac.new(key.encode(), signed, hashlib.sha256).digest() if key else b""
    return (signed + b"." + base64.urlsafe_b64encode(digest).rstrip(b"=")).decode()


def claims_of(person: Attacker) -> dict:
    """What a person's login cookie says, which every script can read."""
    part = person.cookies()[cookie_names(person)[1]].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_a_stolen_session_id_with_an_absent_or_another_device_gets_the_sign_in_page(place, admin):
    owner = place.visitor(admin.cookies()).open("staff")
    device, _ = cookie_names(admin)
    for cookies in ({}, {device: "A" * 43}, place.visitor().open().cookies()):
        thief = place.visitor(cookies)
        thief.connect(owner.session_id).run(page="staff")
        assert thief.is_at_the_sign_in()
        assert thief.session_id != owner.session_id
    again = place.visitor(owner.cookies())
    again.connect(owner.session_id).run(page="staff")
    assert again.is_inside(), "the owner does not come back either"


def test_a_stolen_session_id_presented_by_another_person_stays_that_other_person(
    place, admin, viewer
):
    owner = place.visitor(admin.cookies()).open("staff")
    thief = place.visitor(viewer.cookies())
    thief.connect(owner.session_id).run(page="staff")
    said = " ".join(text for _, text in thief.said())
    assert "Open sign-ins" not in said
    assert thief.session_id != owner.session_id


def test_a_device_named_in_a_header_of_the_browsers_own_is_not_believed(place, admin):
    owner = place.visitor(admin.cookies()).open("staff")
    device = admin.cookies()[cookie_names(admin)[0]]
    digest = hashlib.sha256(device.encode())
    guesses = (device, digest.hexdigest(), base64.urlsafe_b64encode(digest.digest()).decode())
    for guess in guesses:
        for cookie in ("", f"{cookie_names(admin)[0]}={'A' * 43}"):
            thief = place.visitor()
            with connect(
                place.base_url.replace("http", "ws", 1) + "/_stcore/stream",
                additional_headers={"X-Ownli-Device": guess, "Cookie": cookie},
                origin=place.base_url,
                subprotocols=["streamlit", "none", owner.session_id],
            ) as thief._socket:
                thief.run(page="staff")
            assert thief.is_at_the_sign_in()
            assert thief.session_id != owner.session_id


def test_a_copied_login_cookie_without_its_device_cookie_gets_the_sign_in_page(place, viewer):
    device, login = cookie_names(viewer)
    value = viewer.cookies()[login]
    other = place.visitor().open().cookies()[device]
    for cookies in ({login: value}, {login: value, device: other}, {login: value, device: ""}):
        assert place.visitor(cookies).open("users").is_at_the_sign_in()
    assert place.visitor(viewer.cookies()).open("users").is_inside()


def test_a_device_cookie_without_its_login_cookie_gets_the_sign_in_page(place, viewer):
    device, _ = cookie_names(viewer)
    alone = place.visitor({device: viewer.cookies()[device]}).open("users")
    assert alone.is_at_the_sign_in()


def test_a_device_cookie_cannot_be_read_by_scripts_or_sent_from_another_site(get):
    for path in ("/", "/payouts"):
        flags = get(path).headers["Set-Cookie"].lower()
        assert "httponly" in flags
        assert "samesite=strict" in flags
    assert (
        "secure" in get("/", headers={"X-Forwarded-Proto": "https"}).headers["Set-Cookie"].lower()
    )
    values = {get("/").headers["Set-Cookie"].split("=")[1].split(";")[0] for _ in range(8)}
    assert len(values) == 8
    assert min(map(len, values)) >= 32


def test_a_login_cookie_that_was_tampered_with_or_made_up_gets_the_sign_in_page(place, viewer):
    device, login = cookie_names(viewer)
    genuine, claims = viewer.cookies()[login], claims_of(viewer)
    head, body, signature = genuine.split(".")
    key = place.environment["STAFF_COOKIE_KEY"]
    hs256, future = {"alg": "HS256", "typ": "JWT"}, time.time() + 10**6
    admin = {**claims, "username": "admin"}
    forged = [
        ".".join((head, token(hs256, admin, "x").split(".")[1], signature)),
        ".".join((head, body, signature[::-1])),
        ".".join((head, body, "")),
        *(token({"alg": alg, "typ": "JWT"}, admin, "") for alg in ("none", "None", "NONE")),
        token({"alg": "HS512", "typ": "JWT"}, admin, "some_key"),
        token({"alg": "RS256", "typ": "JWT"}, admin, key),
        *(token(hs256, admin, guess) for guess in ("some_key", "secret", "admin", "key")),
        # With the right key, which nobody outside has: still no entry of the register.
        token(hs256, {**claims, "exp_date": time.time() - 60}, key),
        token(hs256, {**admin, "exp_date": future}, key),
        token(hs256, {"username": "admin", "exp_date": future}, key),
        token(hs256, {"username": "viewer"}, key),
        token(hs256, {"username": ["viewer"], "exp_date": "tomorrow"}, key),
        token(hs256, {**claims, "exp": 1}, key),
    ]

    def opened(value: str) -> Attacker:
        return place.visitor({device: viewer.cookies()[device], login: value}).open("staff")

    for value, visitor in zip(forged, together(opened, forged), strict=True):
        assert visitor.is_at_the_sign_in(), value
    assert opened(genuine).is_inside()


@pytest.mark.parametrize(
    "value",
    ["x" * 6000, "\xff\xfe" * 9, "a=b=c", '"', "é" * 50, "%00%0d"],
)
def test_a_huge_or_binary_cookie_gets_the_sign_in_page_or_is_refused(place, viewer, value):
    for name in cookie_names(viewer):
        cookies = {**viewer.cookies(), name: value}
        visitor = place.visitor(cookies)
        visitor.connect().run(page="users")
        assert visitor.is_at_the_sign_in()
        assert "Traceback" not in str(list(visitor.said()))


def test_signing_out_in_one_tab_ends_every_tab_and_every_copy(place):
    first = place.signed_in("leaver")
    copied = first.cookies()
    second = place.visitor(copied).open("rewards")
    assert second.is_inside()
    first.press("Sign out")
    assert first.is_at_the_sign_in()
    second.forget().run(page="rewards")
    assert second.is_at_the_sign_in()
    assert place.visitor(copied).open("users").is_at_the_sign_in()
    resumed = place.visitor(copied)
    resumed.connect(second.session_id).run(page="rewards")
    assert resumed.is_at_the_sign_in()


def test_a_demotion_takes_the_right_away_from_the_open_session_at_its_next_run(place):
    person = place.signed_in("demoted").go("staff")
    assert "Accounts" in [e.body for e in person.elements("heading")]
    fragments, buttons = person.fragments(), [e.id for e in person.elements("button")]
    place.staff("role", "demoted", "viewer")
    for fragment in fragments:
        person.forget().forge(dict.fromkeys(buttons, True), fragment=fragment)
        assert not [e for e in person.elements("heading") if e.body == "Accounts"]
    person.go("staff")
    assert not [e for e in person.elements("heading") if e.body == "Accounts"]


def test_disabling_a_person_ends_the_open_session_at_its_next_run_or_fragment(place):
    tab, other = place.signed_in("disabled").go("users"), place.signed_in("disabled")
    assert tab.is_inside()
    place.staff("disable", "disabled")
    for fragment in tab.fragments():
        tab.forget().forge({}, fragment=fragment)
        assert not tab.elements("dataframe")
    assert other.go("rewards").is_at_the_sign_in()
    assert place.visitor(other.cookies()).open().is_at_the_sign_in()
    stranger = place.visitor().open()
    stranger.sign_in("disabled", PASSWORD)
    assert not stranger.is_inside()


def test_a_changed_password_ends_the_sessions_opened_with_the_old_one(place):
    person = place.signed_in("changed").go("users")
    assert person.is_inside()
    place.staff("password", "changed", password=NEW_PASSWORD)
    assert person.go("rewards").is_at_the_sign_in()
    assert place.visitor(person.cookies()).open().is_at_the_sign_in()
    assert place.signed_in("changed", NEW_PASSWORD).is_inside()


def test_after_a_restart_everybody_signs_in_again(hostile, viewer):
    for cookies in (hostile.gone, viewer.cookies()):
        assert hostile.visitor(cookies).open("users").is_at_the_sign_in()


def test_who_is_disabled_and_enabled_again_between_two_clicks_signs_in_again(place):
    person = place.signed_in("toggled").go("users")
    assert person.is_inside()
    place.staff("disable", "toggled")
    place.staff("enable", "toggled")
    assert person.go("rewards").is_at_the_sign_in()
    assert place.visitor(person.cookies()).open("users").is_at_the_sign_in()
    assert place.signed_in("toggled").is_inside()
