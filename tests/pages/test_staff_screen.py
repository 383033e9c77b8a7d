"""The Staff screen, by AppTest: every change, its confirmation, its record, and its limits."""

import json
import time

import bcrypt
import pytest

from pages.access import accounts, passwords, sign_in
from pages.access.guard import NOT_PERMITTED
from pages.access.password_change import NOT_ALIKE, NOT_CURRENT, NOT_NEW
from pages.access.rights import Role
from pages.access.sign_in_form import WRONG
from tests.pages.conftest import DEVICE, PASSWORD
from tests.pages.test_sign_in import is_form, sentences, sign_in_as

NEW = "another long password"


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch):
    monkeypatch.setattr(passwords.hashed, "__kwdefaults__", {"rounds": 4})


@pytest.fixture
def events(tmp_path):
    def events() -> list[dict]:
        file = tmp_path / "audit.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    return events


@pytest.fixture
def screen(visit):
    def screen(role="admin"):
        return visit(role, "staff")

    return screen


def press(at, key):
    next(button for button in at.button if button.key == key).click()
    return at.run()


def last(events, event):
    return [line for line in events() if line["event"] == event][-1]


def one_time_password(at) -> str:
    return next(code.value for code in at.code if code.value.count("-") == 3)


@pytest.mark.parametrize("role", ["viewer", "analyst"])
def test_only_an_administrator_sees_accounts(screen, role):
    at = screen(role)
    assert [error.value for error in at.error] == [NOT_PERMITTED]
    assert not [button for button in at.button if (button.key or "").startswith("staff-")]


def test_every_account_is_listed_with_role_last_sign_in_and_open_sign_ins(visit, screen):
    sign_in_as(visit(), "viewer", PASSWORD)
    at = screen()
    assert {f"{role.value.title()} Person" for role in Role} <= {text.value for text in at.text}
    captions = [caption.value for caption in at.caption]
    assert any("last sign\\-in just now · 1 open sign\\-in" in text for text in captions)
    assert any("no sign\\-in on record in the last 90 days" in text for text in captions)


def test_an_added_account_gets_a_one_time_password_that_is_shown_once(screen, staff, events):
    at = press(screen(), "staff-add-")
    fields = {field.label: field for field in at.text_input}
    fields["Username"].set_value("Nina")
    fields["Full name"].set_value("Nina New")
    at.radio[0].set_value(Role.ANALYST)
    next(button for button in at.button if button.label == "Add").click().run()
    password = one_time_password(at)
    record = staff.people()["nina"]
    assert (record.full_name, record.role, record.must_change) == ("Nina New", Role.ANALYST, True)
    assert bcrypt.checkpw(password.encode(), record.password.encode())
    line = last(events, "staff_added")
    assert (line["person"], line["subject"], line["role"]) == ("admin", "nina", "analyst")
    assert password not in json.dumps(events())
    press(at, "staff-done")
    assert not [code for code in at.code if code.value == password]
    assert password not in repr(at.session_state)


def test_a_one_time_password_is_gone_when_the_page_is_left(screen):
    at = press(press(screen(), "staff-reset-viewer"), "staff-reset-sure")
    password = one_time_password(at)
    at.switch_page("audit_log.py").run()
    at.switch_page("staff.py").run()
    assert not [code for code in at.code if code.value == password]


@pytest.mark.parametrize(
    ("name", "sentence"), [("viewer", "already an account"), ("no good", "cannot be a username")]
)
def test_a_name_that_is_taken_or_none_is_one_sentence(screen, staff, name, sentence):
    before = dict(staff.people())
    at = press(screen(), "staff-add-")
    at.text_input[0].set_value(name)
    next(button for button in at.button if button.label == "Add").click().run()
    assert sentence in at.error[0].value
    assert staff.people() == before


def test_nothing_happens_before_it_is_confirmed(screen, staff):
    before = dict(staff.people())
    for asked in ("disable", "reset", "role"):
        press(screen(), f"staff-{asked}-viewer")
    assert staff.people() == before


def test_disabling_ends_the_persons_sign_ins_at_once_and_enabling_lets_them_in_again(
    screen, staff, events
):
    at = screen()
    register = sign_in.configured().register
    record = staff.people()["viewer"]
    login = register.open("viewer", DEVICE, time.time() + 3600, record.fingerprint)
    press(press(at, "staff-disable-viewer"), "staff-disable-sure")
    assert staff.people()["viewer"].disabled
    assert register.find(login.id) is None
    assert last(events, "staff_disabled")["subject"] == "viewer"
    press(press(at, "staff-enable-viewer"), "staff-enable-sure")
    assert not staff.people()["viewer"].disabled
    assert last(events, "staff_enabled")["subject"] == "viewer"


def test_a_role_is_changed_and_recorded(screen, staff, events):
    at = press(screen(), "staff-role-viewer")
    at.radio[0].set_value(Role.ANALYST)
    press(at, "staff-role-sure")
    assert staff.people()["viewer"].role is Role.ANALYST
    line = last(events, "staff_role")
    assert (line["person"], line["subject"], line["role"]) == ("admin", "viewer", "analyst")


@pytest.mark.parametrize("asked", ["disable", "role"])
def test_the_last_administrator_cannot_be_locked_out(screen, staff, events, asked):
    at = press(screen(), f"staff-{asked}-admin")
    if asked == "role":
        at.radio[0].set_value(Role.VIEWER)
    press(at, f"staff-{asked}-sure")
    assert [error.value.replace("\\", "") for error in at.error] == [accounts.LAST_ADMIN]
    admin = staff.people()["admin"]
    assert (admin.role, admin.disabled) == (Role.ADMIN, False)
    assert not [line for line in events() if line["event"].startswith("staff_")]


def test_one_administrator_of_two_may_go(screen, staff):
    staff.change("viewer", role=Role.ADMIN)
    press(press(screen(), "staff-disable-viewer"), "staff-disable-sure")
    assert staff.people()["viewer"].disabled


def test_ending_a_sign_in_shows_its_tabs_the_sign_in_page(visit, screen, events):
    other = visit("viewer")
    at = screen()
    login = next(one for one in sign_in.configured().register.all_open() if one.name == "viewer")
    press(press(at, f"staff-end-{login.reference}"), "staff-end-sure")
    assert is_form(other.run())
    line = last(events, "staff_session_ended")
    assert (line["subject"], line["sign_in"]) == ("viewer", login.reference)


def test_what_cannot_be_recorded_is_not_done_and_said(screen, staff, monkeypatch):
    at = screen()
    before = dict(staff.people())

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sign_in.configured().trail, "write", full)
    for asked in ("disable", "reset"):
        press(press(at, f"staff-{asked}-viewer"), f"staff-{asked}-sure")
        assert "audit log cannot be written" in at.error[0].value
    assert staff.people() == before


def test_whoever_lost_the_right_cannot_finish_what_they_began(screen, staff):
    at = press(screen(), "staff-disable-viewer")
    staff.change("admin", role=Role.VIEWER)
    next(button for button in at.button if button.key == "staff-disable-sure").click()
    at.run()
    assert not staff.people()["viewer"].disabled


# --- the one-time password


@pytest.fixture
def handed(visit, staff):
    """A person with a one-time password, who has just signed in with it."""

    def handed(now=None):
        from datetime import UTC, datetime

        password, secret = accounts.one_time(now or datetime.now(UTC))
        staff.change("viewer", password=secret.hashed, one_time_until=secret.until)
        return password, sign_in_as(visit(), "viewer", password)

    return handed


def choose(at, current, new, again):
    for field, text in zip(at.text_input, (current, new, again), strict=True):
        field.set_value(text)
    next(
        button
        for button in at.button
        if button.label == "Change password" and button.key != "password"  # the sidebar's
    ).click()
    return at.run()


def test_a_one_time_password_opens_nothing_but_the_page_that_changes_it(handed):
    _, at = handed()
    assert next(f.label for f in at.text_input) == "Present password"
    for page in ("users", "rewards", "staff"):
        at.switch_page(f"{page}.py").run()
        assert next(f.label for f in at.text_input) == "Present password"
        assert not at.dataframe
        assert not at.metric


def test_after_changing_it_the_person_is_in_and_the_one_time_password_is_dead(
    handed, visit, staff, events
):
    password, at = handed()
    choose(at, password, NEW, NEW)
    assert "Viewer Person" in [text.value for text in at.text]
    assert not staff.people()["viewer"].must_change
    assert last(events, "password_changed")["person"] == "viewer"
    assert sentences(sign_in_as(visit(), "viewer", password)) == [WRONG]
    assert not is_form(sign_in_as(visit(), "viewer", NEW))


def test_a_one_time_password_expires(visit, staff, handed):
    from datetime import UTC, datetime, timedelta

    long_ago = datetime.now(UTC) - timedelta(hours=accounts.ONE_TIME_HOURS, minutes=1)
    _, at = handed(long_ago)
    assert sentences(at) == [WRONG]


@pytest.mark.parametrize(
    ("current", "new", "again", "sentence"),
    [
        ("wrong password", NEW, NEW, NOT_CURRENT),
        (None, NEW, NEW + "x", NOT_ALIKE),
        (None, None, None, NOT_NEW),
        (None, "short", "short", "at least 12 characters"),
        (None, "x" * 73, "x" * 73, "longer than 72 bytes"),
    ],
)
def test_a_password_that_will_not_do_is_one_sentence(handed, staff, current, new, again, sentence):
    password, at = handed()
    choose(at, current or password, new or password, again or password)
    assert sentence in next(e.value.replace("\\", "") for e in at.error)
    assert staff.people()["viewer"].must_change


def test_guessing_the_present_password_is_slowed_like_signing_in(handed):
    password, at = handed()
    for _ in range(6):
        choose(at, "wrong password", NEW, NEW)
    choose(at, password, NEW, NEW)
    assert "Too many attempts" in at.error[0].value


def test_anybody_may_change_their_own_password_and_their_other_sign_ins_end(visit, staff):
    other = visit("viewer")
    at = press(visit("viewer"), "password")
    choose(at, PASSWORD, NEW, NEW)
    assert bcrypt.checkpw(NEW.encode(), staff.people()["viewer"].password.encode())
    assert "Viewer Person" in [text.value for text in at.text]
    assert is_form(other.run())


# --- the demo, whose accounts live as long as the process


def test_the_demo_shows_the_password_of_an_account_only_while_it_works():
    from ownli_api import Settings
    from pages.access.accounts import Accounts, Secret
    from pages.access.staff_file import StaffList, StaffProblem, StaffRecord
    from pages.ui.demo import Demo, DemoAccount

    hashed = passwords.hashed(PASSWORD)
    records = tuple(StaffRecord(role.value, "", "", role, hashed) for role in Role)
    shown = tuple(DemoAccount(role.value, PASSWORD, "") for role in Role)
    settings = Settings("http://127.0.0.1:9", "partner", "client", "no-secret-at-all")
    demo = Demo(settings, shown, records, StaffList(records))
    noted = []
    book = Accounts(demo.staff, lambda event, **facts: noted.append(event))
    assert [account.username for account in demo.unchanged()] == ["viewer", "analyst", "admin"]
    from datetime import UTC, datetime

    book.set_password("viewer", Secret(passwords.hashed(NEW)), datetime.now(UTC))
    book.disable("analyst", datetime.now(UTC))
    assert [account.username for account in demo.unchanged()] == ["admin"]
    with pytest.raises(StaffProblem):
        book.disable("admin", datetime.now(UTC))
    assert noted == ["staff_password", "staff_disabled"]
