"""The register of sign-ins, its cookie, its limits, and what a restart must not revive."""

import jwt
import pytest

from pages.access import login_cookie
from pages.access.sessions import IDLE, OVER, REVOKED, Login, Register, Revocations
from pages.access.staff import StaffProblem
from tests.unit.clock import Clock

NOW = 1_800_000_000.0
IDLE_SECONDS = 1800.0
DAY = 8 * 3600.0


@pytest.fixture
def clock():
    return Clock(NOW)


def register_at(clock, path=None):
    return Register(idle_seconds=IDLE_SECONDS, revocations=Revocations(path), clock=clock)


@pytest.fixture
def register(clock):
    return register_at(clock)


def test_a_sign_in_holds_on_its_device_and_on_no_other(register):
    login = register.open("jane", "d", NOW + DAY, "f")
    assert register.check(login.id, "d", "f") is login
    assert register.check(login.id, "another", "f") == ""
    assert register.check("forged", "d", "f") == ""


def test_tabs_of_one_browser_share_a_sign_in(register):
    first = register.open("jane", "d", NOW + DAY, "f")
    assert register.resume("jane", "d", NOW + DAY, "f") is first


def test_doing_nothing_ends_it_and_doing_something_keeps_it(register, clock):
    login = register.open("jane", "d", NOW + DAY, "f")
    clock.now += IDLE_SECONDS - 1
    register.touch(login)
    clock.now += IDLE_SECONDS - 1
    assert isinstance(register.check(login.id, "d", "f"), Login)
    clock.now += 1
    assert register.check(login.id, "d", "f") == IDLE
    assert register.resume("jane", "d", NOW + DAY, "f") == ""


def test_an_idle_sign_in_is_not_revived_by_its_cookie(register, clock):
    register.open("jane", "d", NOW + DAY, "f")
    clock.now += IDLE_SECONDS
    assert register.resume("jane", "d", NOW + DAY, "f") == IDLE


def test_the_time_limit_ends_it_however_busy_it_is(register, clock):
    login = register.open("jane", "d", NOW + DAY, "f")
    while clock.now < NOW + DAY:
        assert isinstance(register.check(login.id, "d", "f"), Login)
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
    assert register.resume("jane", "d", NOW + DAY, "f") == ""


def test_signing_in_again_after_signing_out_works(register, clock):
    register.end(register.open("jane", "d", NOW + DAY, "f").id)
    clock.now += 1
    again = register.open("jane", "d", clock.now + DAY, "f")
    assert register.check(again.id, "d", "f") is again
    assert register.resume("jane", "d", NOW + DAY, "f") == ""


def test_after_a_restart_a_cookie_signs_in_again_unless_it_was_revoked(clock, tmp_path):
    path = tmp_path / "staff.yaml.ended"
    before = register_at(clock, path)
    before.open("ann", "d", NOW + DAY, "f")
    before.end(before.open("jane", "d", NOW + DAY, "f").id)
    after = register_at(clock, path)
    assert isinstance(after.resume("ann", "d", NOW + DAY, "f"), Login)
    assert after.resume("jane", "d", NOW + DAY, "f") == ""


def test_revocations_are_forgotten_when_no_cookie_could_be_valid_any_more(clock, tmp_path):
    path = tmp_path / "staff.yaml.ended"
    register = register_at(clock, path)
    register.end(register.open("jane", "d", NOW + DAY, "f").id)
    clock.now += DAY + 1
    register.end(register.open("ann", "d", clock.now + DAY, "f").id)
    assert "jane" not in path.read_text()


def test_one_persons_sign_ins_can_all_be_ended(register):
    register.open("jane", "a", NOW + DAY, "f")
    register.open("jane", "b", NOW + DAY, "f")
    register.open("ann", "c", NOW + DAY, "f")
    assert len(register.end_all("jane")) == 2
    assert [login.name for login in register.all_open()] == ["ann"]
    assert not register.is_open_on("a", "jane")
    assert not register.is_open_on("c", "jane")
    assert register.is_open_on("c", "ann")


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
    return login_cookie.read(token, key, now=NOW, longest_seconds=DAY)


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
                GOOD | {"exp_date": NOW - 1},
                GOOD | {"exp_date": NOW + 10 * 365 * 24 * 3600},
                GOOD | {"exp_date": float("nan")},
                GOOD | {"exp": 1},
                GOOD | {"username": ["jane"]},
            )
        ),
    ],
)
def test_an_odd_cookie_counts_as_none(token):
    assert read(token) is None


def test_a_damaged_file_of_ended_sign_ins_is_one_sentence_that_says_what_to_do(clock, tmp_path):
    path = tmp_path / "staff.yaml.ended"
    path.write_text('{"jane d": ')
    with pytest.raises(StaffProblem, match="STAFF_COOKIE_KEY"):
        register_at(clock, path)


def test_a_sign_in_ends_also_when_that_cannot_be_kept(clock, tmp_path):
    path = tmp_path / "staff.yaml.ended"
    register = register_at(clock, path)
    login = register.open("jane", "d", NOW + DAY, "f")
    path.write_text("damaged")
    register.end(login.id)
    assert register.check(login.id, "d", "f") == ""
    assert register.resume("jane", "d", NOW + DAY, "f") == ""
