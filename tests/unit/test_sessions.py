"""The register of staff sessions, its limits, and the cookie that leads to it."""

import jwt
import pytest

from pages.access import login_cookie
from pages.access.sessions import IDLE, OVER, REVOKED, SessionRegister, StaffSession
from tests.unit.clock import Clock

NOW = 1_800_000_000.0
IDLE_SECONDS = 1800.0
DAY = 8 * 3600.0


@pytest.fixture
def clock():
    return Clock(NOW)


@pytest.fixture
def register(clock):
    return SessionRegister(idle_seconds=IDLE_SECONDS, clock=clock)


def test_a_sign_in_holds_on_its_device_and_on_no_other(register):
    login = register.open("jane", "d", NOW + DAY, "f")
    assert register.check(login.id, "d", "f") is login
    assert register.check(login.id, "another", "f") == ""
    assert register.check("forged", "d", "f") == ""


def test_tabs_of_one_browser_share_a_sign_in(register):
    first = register.open("jane", "d", NOW + DAY, "f")
    assert register.of_cookie("jane", "d", NOW + DAY) is first


def test_doing_nothing_ends_it_and_doing_something_keeps_it(register, clock):
    login = register.open("jane", "d", NOW + DAY, "f")
    clock.now += IDLE_SECONDS - 1
    register.touch(login)
    clock.now += IDLE_SECONDS - 1
    assert isinstance(register.check(login.id, "d", "f"), StaffSession)
    clock.now += 1
    assert register.check(login.id, "d", "f") == IDLE
    assert register.of_cookie("jane", "d", NOW + DAY) is None


def test_a_session_that_was_ended_by_a_change_stays_ended_though_the_change_is_undone(register):
    login = register.open("jane", "d", NOW + DAY, "f")
    assert register.check(login.id, "d", "changed") == REVOKED
    assert register.check(login.id, "d", "f") == ""


def test_the_time_limit_ends_it_however_busy_it_is(register, clock):
    login = register.open("jane", "d", NOW + DAY, "f")
    while clock.now < NOW + DAY:
        assert isinstance(register.check(login.id, "d", "f"), StaffSession)
        register.touch(login)
        clock.now += IDLE_SECONDS / 2
    assert register.check(login.id, "d", "f") == OVER


def test_a_new_password_ends_it(register):
    login = register.open("jane", "d", NOW + DAY, "f")
    assert register.check(login.id, "d", "another") == REVOKED
    assert register.check(login.id, "d", "f") == ""


def test_signing_out_ends_it_for_every_tab_and_for_its_cookie(register):
    login = register.open("jane", "d", NOW + DAY, "f")
    register.end(login.id)
    assert register.check(login.id, "d", "f") == ""
    assert register.of_cookie("jane", "d", NOW + DAY) is None


def test_signing_in_again_after_signing_out_works(register, clock):
    register.end(register.open("jane", "d", NOW + DAY, "f").id)
    clock.now += 1
    again = register.open("jane", "d", clock.now + DAY, "f")
    assert register.check(again.id, "d", "f") is again
    assert register.of_cookie("jane", "d", NOW + DAY) is None


def test_one_persons_sign_ins_can_all_be_ended(register):
    register.open("jane", "a", NOW + DAY, "f")
    register.open("jane", "b", NOW + DAY, "f")
    register.open("ann", "c", NOW + DAY, "f")
    assert len(register.end_all("jane")) == 2
    assert [login.name for login in register.all_open()] == ["ann"]


def test_what_a_sign_in_prints_opens_nothing(register):
    login = register.open("jane", "d" * 64, NOW + DAY, "fingerprint")
    for hidden in (login.id, login.device, login.fingerprint):
        assert hidden not in repr(login)
    assert login.reference != login.id


# --- the cookie

MASTER = "abcdefghijklmnopqrstuvwxyz0123456789"
KEY = login_cookie.key_for("device", MASTER)
GOOD = {"username": "jane", "exp_date": NOW + DAY}


def read(token, key=KEY):
    return login_cookie.read(token, key)


def test_a_genuine_cookie_names_its_person():
    claim = read(jwt.encode(GOOD, KEY, algorithm="HS256"))
    assert (claim.name, claim.expires) == ("jane", NOW + DAY)


def test_a_cookie_copied_to_another_device_is_worthless():
    token = jwt.encode(GOOD, KEY, algorithm="HS256")
    assert read(token, login_cookie.key_for("another device", MASTER)) is None


@pytest.mark.parametrize(
    "token",
    [
        None,
        "",
        "garbage",
        "a.b.c",
        jwt.encode(GOOD, None, algorithm="none"),
        jwt.encode(GOOD, KEY, algorithm="HS512"),
        jwt.encode(GOOD, "another key of thirty-two characters", algorithm="HS256"),
        jwt.encode(GOOD, MASTER, algorithm="HS256"),
        *(
            jwt.encode(claims, KEY, algorithm="HS256")
            for claims in (
                {"username": "jane"},
                {"exp_date": NOW + DAY},
                GOOD | {"exp_date": "tomorrow"},
                GOOD | {"exp_date": True},
                GOOD | {"exp_date": None},
                GOOD | {"exp": 1},
                GOOD | {"username": ["jane"]},
            )
        ),
    ],
)
def test_an_odd_cookie_counts_as_none(token):
    assert read(token) is None
