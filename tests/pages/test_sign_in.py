"""Signing in and out, by AppTest: the form's words, its patience, and what it does not tell."""

import json
import time
from datetime import UTC, datetime

import jwt
import pytest
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages import settings
from pages.access import device_cookie, login_cookie, passwords, sign_in
from pages.access.accounts import Accounts
from pages.access.rights import Role
from pages.access.sign_in_form import EMPTY, NO_DEVICE, WRONG
from pages.ui import entrance
from tests.pages.conftest import COOKIE_KEY, DEVICE, PASSWORD


def sign_in_as(at, username, password):
    at.text_input[0].set_value(username)
    at.text_input[1].set_value(password)
    return next(b for b in at.button if b.label == "Sign in").click().run()


def is_form(at) -> bool:
    return [field.label for field in at.text_input] == ["Username", "Password"]


def sentences(at) -> list[str]:
    return [element.value for element in at.error]


def audit_events(tmp_path) -> list[dict]:
    return [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]


def cookie(name, **claims) -> str:
    """The login cookie of a sign-in that is open on this browser."""
    entrance.prepare(settings.load())
    access = sign_in.configured()
    record = access.directory.people().get(name)
    expires = time.time() + 7 * 3600
    if record is not None:
        access.register.open(name, DEVICE, expires, record.fingerprint)
    values = {"username": name, "exp_date": expires} | claims
    return jwt.encode(values, login_cookie.key_for(DEVICE, COOKIE_KEY), algorithm="HS256")


@pytest.fixture
def send_cookie(monkeypatch):
    def send(token):
        monkeypatch.setattr(login_cookie, "sent", lambda: token)

    return send


def test_the_page_has_the_products_name_and_the_form_and_nothing_else(visit):
    at = visit()
    assert [title.value for title in at.title] == ["Ownli partner dashboard"]
    assert is_form(at)
    assert [button.label for button in at.button] == ["Sign in"]
    assert not at.dataframe
    assert not at.metric


@pytest.mark.parametrize("role", ["viewer", "analyst", "admin"])
def test_the_right_password_lets_a_person_in(visit, role):
    at = sign_in_as(visit(), role, PASSWORD)
    assert not is_form(at)
    assert f"{role.title()} Person" in [text.value for text in at.text]


def test_the_username_may_be_typed_in_any_case(visit):
    assert not is_form(sign_in_as(visit(), " Viewer ", PASSWORD))


@pytest.mark.parametrize(("name", "password"), [("", ""), ("viewer", ""), ("", PASSWORD)])
def test_an_empty_field_is_one_sentence(visit, name, password):
    at = sign_in_as(visit(), name, password)
    assert sentences(at) == [EMPTY]
    assert is_form(at)


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("viewer", "wrong password"),
        ("viewer", PASSWORD + " "),
        ("nobody", PASSWORD),
        ("viewer", "x" * 5000),
        ("nobody", "x" * 5000),
        ("viewer", "with\0nul"),
        ("../../etc", "![x](http://evil.example)"),
    ],
)
def test_a_wrong_name_and_a_wrong_password_get_the_same_sentence(visit, name, password):
    at = sign_in_as(visit(), name, password)
    assert sentences(at) == [WRONG]
    assert is_form(at)
    assert not at.exception


def test_a_disabled_person_gets_the_sentence_of_a_wrong_password(visit, staff):
    staff.change("viewer", disabled=True)
    assert sentences(sign_in_as(visit(), "viewer", PASSWORD)) == [WRONG]


def test_known_and_unknown_names_cost_one_check_of_the_same_price(visit, monkeypatch):
    import bcrypt

    checked = []
    real = bcrypt.checkpw
    monkeypatch.setattr(bcrypt, "checkpw", lambda p, h: checked.append(h.decode()) or real(p, h))
    for name in ("viewer", "nobody"):
        sign_in_as(visit(), name, "wrong password")
    assert len(checked) == 2
    assert {passwords.rounds_of(hash_) for hash_ in checked} == {4}


def test_after_five_failures_known_and_unknown_names_wait_with_the_same_words(visit):
    said = {}
    for name in ("viewer", "nobody"):
        sign_in.configured().throttle.__init__(clock=lambda: 0.0)
        at = visit()
        for _ in range(5):
            at = sign_in_as(at, name, "wrong password")
            assert sentences(at) == [WRONG]
        said[name] = sentences(sign_in_as(at, name, PASSWORD))
    assert said["viewer"] == said["nobody"] == ["Too many attempts. Try again in 15 seconds."]


def test_a_reload_does_not_forget_failures(visit):
    for _ in range(5):
        sign_in_as(visit(), "viewer", "wrong password")
    assert "Too many attempts" in sentences(sign_in_as(visit(), "viewer", PASSWORD))[0]


def test_a_browser_without_a_device_cookie_is_told_so_and_gets_no_form(visit, monkeypatch):
    monkeypatch.setattr(device_cookie, "current", lambda: "")
    at = visit()
    assert sentences(at) == [NO_DEVICE]
    assert not at.text_input


# --- coming back by cookie


def test_a_new_tab_belongs_to_the_sign_in_of_its_browser(visit, send_cookie):
    send_cookie(cookie("viewer"))
    assert not is_form(visit())


def test_a_genuine_cookie_without_its_sign_in_ends_in_the_form(visit, send_cookie):
    send_cookie(cookie("viewer", exp_date=time.time() + 6 * 3600))
    assert is_form(visit())


def test_who_was_disabled_in_between_signs_in_again(visit, send_cookie, staff):
    send_cookie(cookie("viewer"))
    at = visit()
    assert not is_form(at)
    accounts = Accounts(staff, lambda *_, **__: None)
    accounts.disable("viewer", datetime.now(UTC).replace(microsecond=0))
    accounts.enable("viewer")
    assert is_form(at.run())
    assert is_form(visit())


@pytest.mark.parametrize(
    "odd",
    [
        "garbage",
        jwt.encode({"username": "viewer"}, None, algorithm="none"),
        jwt.encode({"username": "viewer"}, login_cookie.key_for(DEVICE, COOKIE_KEY)),
        jwt.encode({"username": "viewer", "exp_date": 9e12}, COOKIE_KEY),
    ],
)
def test_an_odd_cookie_ends_in_the_form(visit, send_cookie, odd):
    send_cookie(odd)
    at = visit()
    assert is_form(at)
    assert not at.exception
    assert not at.error


def test_a_cookie_of_somebody_removed_ends_in_a_form_that_works(visit, send_cookie):
    send_cookie(cookie("somebody"))
    at = visit()
    assert is_form(at)
    assert not is_form(sign_in_as(at, "viewer", PASSWORD))


def test_a_cookie_from_before_a_password_change_ends_in_the_form(visit, send_cookie, staff):
    send_cookie(cookie("viewer"))
    staff.change("viewer", sessions_since=datetime.now(UTC))
    assert is_form(visit())


# --- leaving


def test_signing_out_empties_the_session_runs_the_hooks_and_is_final(visit, send_cookie):
    seen = []

    def hook():
        import streamlit as st

        seen.append(st.session_state.get("admin.client"))

    sign_in.on_sign_out(hook)
    try:
        send_cookie(cookie("viewer"))
        at = visit()
        at.session_state["admin.client"] = "the client"
        next(b for b in at.button if b.label == "Sign out").click().run()
        assert is_form(at)
        assert seen == ["the client"]
        assert "admin.client" not in at.session_state
        assert is_form(at.run())
        assert is_form(visit())
    finally:
        sign_in._hooks.remove(hook)


def test_signing_out_in_one_tab_signs_the_other_out(visit, send_cookie):
    send_cookie(cookie("viewer"))
    first, second = visit(), visit()
    next(b for b in first.button if b.label == "Sign out").click().run()
    assert is_form(second.run())


def test_a_new_password_signs_out_at_the_next_run_and_says_so(visit, staff):
    at = visit("viewer")
    assert not is_form(at)
    staff.change("viewer", password=passwords.hashed("another long password", rounds=4))
    at.run()
    assert is_form(at)
    assert "Your account was changed" in at.info[0].value


def test_who_is_removed_is_out_at_the_next_run(visit, staff):
    at = visit("viewer")
    staff.path.write_text("usernames: {}\n")
    assert is_form(at.run())


def test_a_new_role_counts_at_the_next_run(visit, staff):
    at = visit("viewer")
    staff.change("viewer", role=Role.ADMIN)
    at.run()
    assert any("Admin" in caption.value for caption in at.caption)


def test_doing_nothing_for_too_long_ends_in_the_form_with_the_reason(visit, configure):
    at = visit("viewer")
    login = sign_in.configured().register.find(at.session_state[sign_in.LOGIN])
    login.seen -= 31 * 60
    at.run()
    assert is_form(at)
    assert "nothing happened for a while" in at.info[0].value
    assert "nothing happened for a while" in at.run().info[0].value
    assert not is_form(sign_in_as(at, "viewer", PASSWORD))


def test_staying_signed_in_revives_nothing_that_is_over(visit):
    at = visit("viewer")
    register = sign_in.configured().register
    session = register.find(at.session_state[sign_in.LOGIN])
    session.seen -= register.idle_seconds - 60
    at.session_state[sign_in.BY_TIMER] = True  # as the clock on the page does
    at.run()
    session.seen -= register.idle_seconds
    at.button(key="access.stay").click().run()
    assert is_form(at)
    assert "nothing happened for a while" in at.info[0].value


def test_a_setting_that_has_nothing_to_do_with_signing_in_ends_no_session(visit, configure):
    at = visit("viewer")
    configure(REPORT_HISTORY_WEEKS="12")
    assert not is_form(at.run())
    configure(STAFF_IDLE_MINUTES="5")
    assert is_form(at.run())


# --- what is written down


@pytest.mark.parametrize("password", ["wrong password", PASSWORD])
def test_a_stop_during_the_password_check_leaves_a_line_and_nobody_in(
    visit, monkeypatch, tmp_path, password
):
    import bcrypt

    real = bcrypt.checkpw

    def stopped(given, hashed):
        get_script_run_ctx().script_requests.request_stop()
        return real(given, hashed)

    at = visit()
    monkeypatch.setattr(bcrypt, "checkpw", stopped)
    sign_in_as(at, "viewer", password)
    assert [(line["event"], line["person"]) for line in audit_events(tmp_path)] == [
        ("sign_in_failed", "viewer")
    ]
    assert not sign_in.configured().register.all_open()


def test_signing_in_failing_and_signing_out_are_audited_without_what_was_typed(visit, tmp_path):
    at = sign_in_as(visit(), "viewer", "wrong password")
    at = sign_in_as(at, "my secret password", "oops")
    at = sign_in_as(at, "viewer", PASSWORD)
    next(b for b in at.button if b.label == "Sign out").click().run()
    events = [(line["event"], line["person"]) for line in audit_events(tmp_path)]
    assert events == [
        ("sign_in_failed", "viewer"),
        ("sign_in_failed", "unknown"),
        ("sign_in", "viewer"),
        ("sign_out", "viewer"),
    ]
    assert "my secret password" not in (tmp_path / "audit.jsonl").read_text()


def test_no_password_is_kept_in_the_session(visit):
    at = sign_in_as(visit(), "viewer", PASSWORD)
    at.run()
    assert PASSWORD not in repr(at.session_state)


# --- when it is not set up


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"OWNLI_CLIENT_SECRET": ""}, r"OWNLI\_CLIENT\_SECRET"),
        ({"STAFF_COOKIE_KEY": "short"}, r"STAFF\_COOKIE\_KEY"),
        ({"STAFF_FILE": "/nowhere/staff.yaml"}, r"\/nowhere\/staff\.yaml"),
        ({"REPORT_TIME_ZONE": "Nowhere"}, r"REPORT\_TIME\_ZONE"),
    ],
)
def test_a_wrong_setting_is_one_sentence_on_an_otherwise_empty_page(
    visit, configure, variables, named
):
    configure(**variables)
    at = visit()
    assert not at.exception
    assert len(at.error) == 1
    assert named in at.error[0].value
    assert not at.text_input


def test_a_damaged_staff_file_is_one_sentence_and_nobody_is_in(visit, staff):
    at = visit("viewer")
    staff.path.write_text("usernames: [\n")
    at.run()
    assert "not valid YAML" in at.error[0].value.replace("\\", "")
    assert not at.dataframe
    assert not is_form(at)
