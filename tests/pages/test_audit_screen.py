"""The Audit log: what writes to it, what never gets in, and the screen that shows it."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from ownli_api.sandbox import Sandbox, World
from pages import settings
from pages.access import audit_reader, sign_in
from pages.access.audit_trail import EVENTS, AuditFile
from pages.access.guard import NOT_PERMITTED
from pages.ui import entrance
from tests.pages.conftest import PASSWORD
from tests.pages.test_sign_in import sign_in_as


@pytest.fixture
def events(tmp_path):
    def events(*kinds: str) -> list[dict]:
        file = tmp_path / "audit.jsonl"
        lines = file.read_text().splitlines() if file.exists() else []
        found = [json.loads(line) for line in lines]
        return [line for line in found if not kinds or line["event"] in kinds]

    return events


@pytest.fixture
def ownli(configure):
    """A small world that answers."""
    with Sandbox(World.make(seed=7, users=40, weeks=4)) as sandbox:
        configure(sandbox)
        yield sandbox


@pytest.fixture
def full_disk(monkeypatch):
    """From now on the audit log cannot be written."""

    def full_disk():
        def full(*_, **__):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(sign_in.configured().trail, "write", full)

    return full_disk


def search(at, text):
    field = next(f for f in at.text_input if f.label == "Find a user")
    field.set_value(text)
    next(b for b in at.button if b.label == "Find").click()
    return at.run()


def user_of(sandbox):
    return next(user for user in sandbox.world.users.values() if user.first_name.isalpha())


# --- what is written


def test_opening_a_user_is_one_line_however_often_the_page_runs(visit, ownli, events):
    first, second = list(ownli.world.users)[:2]
    at = visit("viewer", "user", id=first)
    assert [line["subject"] for line in events("user_opened")] == [first]
    at.run()
    at.run()
    assert len(events("user_opened")) == 1
    at.query_params["id"] = second
    at.run()
    assert [line["subject"] for line in events("user_opened")] == [first, second]
    at.switch_page("users.py").run()
    at.query_params["id"] = second
    at.switch_page("user.py").run()
    assert [line["subject"] for line in events("user_opened")] == [first, second, second]


def test_an_id_nobody_has_is_opened_by_nobody_and_not_written_down(visit, ownli, events):
    visit("viewer", "user", id="jane@mail.com")
    assert events("user_opened") == []
    assert "jane@mail.com" not in json.dumps(events())


def test_nothing_of_a_user_is_shown_that_cannot_be_recorded(visit, ownli, full_disk):
    user = user_of(ownli)
    at = visit("viewer")
    full_disk()
    at.query_params["id"] = user.id
    at.switch_page("user.py").run()
    assert "audit log cannot be written" in at.error[0].value
    shown = repr(at.main)
    assert user.first_name not in shown
    assert not at.dataframe


def test_a_search_is_recorded_by_kind_of_key_and_never_by_the_key(visit, ownli, events):
    user = user_of(ownli)
    at = visit("viewer", "users")
    for text, keys in (
        (user.email, ["e-mail"]),
        (user.phone, ["phone"]),
        (f"{user.first_name} {user.last_name}", ["name"]),
    ):
        search(at, text)
        assert events("search")[-1]["keys"] == keys
        at.switch_page("users.py").run()
    written = json.dumps(events())
    for hidden in (user.email, user.phone, user.last_name):
        assert hidden not in written


def test_a_search_that_cannot_be_recorded_is_not_made(visit, ownli, full_disk):
    user = user_of(ownli)
    at = visit("viewer", "users")
    full_disk()
    ownli.forget()
    search(at, user.email)
    assert "audit log cannot be written" in at.error[0].value
    assert not [seen for seen in ownli.requests if "searchValue" in seen.query]


def test_refreshing_and_reloading_are_recorded(visit, ownli, events):
    at = visit("admin", "health")
    next(b for b in at.button if b.key == "refresh").click().run()
    next(b for b in at.button if b.key == "reload").click().run()
    assert [(line["event"], line["person"]) for line in events("refresh", "reload")] == [
        ("refresh", "admin"),
        ("reload", "admin"),
    ]


def test_a_refresh_that_cannot_be_recorded_is_not_made_and_said(visit, ownli, full_disk):
    at = visit("viewer", "users")
    full_disk()
    at = next(b for b in at.button if b.key == "refresh").click().run()
    assert "audit log cannot be written" in at.toast[0].value


def test_signing_in_failing_and_signing_out_are_recorded_under_one_session(visit, events):
    at = sign_in_as(visit(), "viewer", "wrong password")
    sign_in_as(at, "viewer", PASSWORD)
    next(b for b in at.button if b.label == "Sign out").click().run()
    found = events()
    assert [line["event"] for line in found] == ["sign_in_failed", "sign_in", "sign_out"]
    assert found[1]["session"] == found[2]["session"] != ""
    assert {line["environment"] for line in found} == {"127.0.0.1"}


def test_nobody_gets_in_unrecorded(visit, full_disk):
    at = visit()
    full_disk()
    at = sign_in_as(at, "viewer", PASSWORD)
    assert "audit log cannot be written" in at.error[0].value
    assert "Viewer Person" not in [text.value for text in at.text]
    assert not sign_in.configured().register.all_open()


def test_a_sign_in_that_ends_by_itself_is_recorded_with_its_reason(visit, events):
    at = visit("viewer")
    login = sign_in.configured().register.find(at.session_state[sign_in.LOGIN])
    login.seen -= 3600
    at.run()
    assert "nothing happened" in events("sign_in_ended")[0]["why"]


def test_every_event_that_is_written_anywhere_has_words_for_the_screen():
    import re
    from pathlib import Path

    root = Path(__file__).resolve().parents[2] / "pages"
    written = set()
    for file in [*root.glob("access/*.py"), *root.glob("ui/*.py"), *root.glob("jobs/*.py")]:
        written |= set(
            re.findall(
                r"(?:\bnote|note_attempt|_change|self\._edit|trail\.write|_write|_write_if_possible)\(\s*"
                r"(?:access, |name, |added, )?\"([a-z_]+)\"",
                file.read_text(),
            )
        )
    assert {"sign_in_failed", "user_opened", "search", "staff_added", "export"} <= written
    assert written <= set(EVENTS)


@pytest.mark.parametrize("page", ["audit_log", "staff", "health"])
def test_asking_for_a_screen_without_the_right_is_recorded_once_a_visit(visit, events, page):
    at = visit("viewer", page)
    at.run()
    right = {"audit_log": "audit"}.get(page, page)
    assert [(e["person"], e["right"]) for e in events("not_permitted")] == [("viewer", right)]
    at.switch_page("users.py").run()
    at.switch_page(f"{page}.py").run()
    assert len(events("not_permitted")) == 2


# --- the screen


@pytest.fixture
def trail(configure, tmp_path):
    """Write events at chosen moments."""
    moment = [time.time()]
    log = AuditFile(tmp_path / "audit.jsonl", "Test", clock=lambda: moment[0], rotate_bytes=2_000)

    def write(event, person, days_ago=0.0, **facts):
        moment[0] = time.time() - days_ago * 86_400
        log.write(event, person, "abcd1234", **facts)

    return write


def table(at):
    return at.dataframe[0].value


@pytest.mark.parametrize("role", ["viewer", "analyst"])
def test_only_an_administrator_sees_the_log(visit, trail, role):
    trail("export", "jane", what="rewards")
    at = visit(role, "audit_log")
    assert [error.value for error in at.error] == [NOT_PERMITTED]
    assert not at.dataframe


def test_events_of_all_files_stand_newest_first(visit, trail):
    for days in range(20, 0, -1):
        trail("user_opened", "jane", days_ago=days, subject=f"XT_{days}", filler="x" * 200)
    shown = table(visit("admin", "audit_log"))
    assert list(shown["details"].str.extract(r"XT_(\d+)")[0].astype(int)) == list(range(1, 21))
    assert set(shown["action"]) == {"Opened a user"}


def test_the_filters_of_the_address_narrow_the_log(visit, trail):
    trail("export", "jane", what="rewards")
    trail("reveal", "jane", subject="XT_1", reason="asked")
    trail("export", "omar", what="payouts")
    trail("export", "jane", days_ago=20, what="check-ins")
    at = visit("admin").switch_page("audit_log.py")
    words = {"person": "jane", "action": EVENTS["export"], "period": "4 weeks to date"}
    for name, value in words.items():
        at.query_params[name] = value
    at.run()
    shown = table(at)
    assert list(shown["details"]) == ["what: rewards", "what: check-ins"]


def test_long_logs_are_paged(visit, trail):
    for number in range(60):
        trail("search", "jane", keys=["phone"], number=number)
    at = visit("admin", "audit_log")
    assert len(table(at)) == 50
    assert any("1 to 50 of 60 events" in caption.value for caption in at.caption)


def test_a_damaged_line_is_said_and_hides_nothing_else(visit, trail, tmp_path):
    trail("export", "jane", what="rewards")
    with (tmp_path / "audit.jsonl").open("a") as file:
        file.write('{"at": "2026-\n[1, 2]\n{"at": "2026-11-01T00:00:00", "event": "x"}\n')
    at = visit("admin", "audit_log")
    assert "3 lines of the log cannot be read" in at.info[0].value.replace("\\", "")
    assert len(table(at)) == 1


def test_a_reason_somebody_typed_stays_text(visit, trail):
    trail("reveal", "jane", subject="XT_1", reason="![x](http://evil.example) =1+1 :red[a]")
    at = visit("admin", "audit_log")
    assert "![x](http://evil.example) =1+1 :red[a]" in table(at)["details"].iloc[0]
    assert not [m for m in at.markdown if "evil" in m.value]


def test_lines_appended_later_are_found_without_reading_the_file_again(trail, tmp_path):
    start, end = datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=1)
    path = tmp_path / "audit.jsonl"
    trail("export", "jane")
    assert len(audit_reader.read(path, start, end).events) == 1
    with path.open("a") as file:
        file.write('{"at": "')  # a writer is in the middle of a line
    assert len(audit_reader.read(path, start, end).events) == 1
    trail("export", "omar")
    found = audit_reader.read(path, start, end)
    assert [event.person for event in found.events] == ["omar", "jane"]
    assert found.unreadable == 1


def test_the_export_of_the_log_is_recorded_itself(visit, trail, events):
    from pages.ui import exports

    trail("export", "jane", what="rewards")
    made = []
    original = exports.st.download_button
    exports.st.download_button = lambda *_, data, **__: made.append(data)
    try:
        visit("admin", "audit_log")
    finally:
        exports.st.download_button = original
    text = made[0]().decode("utf-8-sig")
    assert text.splitlines()[0].startswith('"When (America/New_York)","Person","Action"')
    line = events("export")[-1]
    assert (line["person"], line["what"], line["rows"], line["masked"]) == (
        "admin",
        "audit log",
        1,
        True,
    )


def test_the_job_writes_to_the_same_log_as_the_command_line(configure, staff, events, capsys):
    from pages.jobs import staff as job

    assert job.main(["--file", str(staff.path), "disable", "viewer"]) == 0
    line = events("staff_disabled")[0]
    assert (line["person"], line["subject"], line["session"]) == ("command line", "viewer", "")
    entrance.prepare(settings.load())
    capsys.readouterr()


def test_the_job_changes_nothing_it_cannot_record(configure, staff, tmp_path, monkeypatch, capsys):
    from pages.jobs import staff as job

    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AUDIT_FILE", str(tmp_path / "file" / "audit.jsonl"))
    assert job.main(["--file", str(staff.path), "disable", "viewer"]) == 1
    assert "cannot be written, so nothing was changed" in capsys.readouterr().err
    assert not staff.people()["viewer"].disabled


def test_the_job_prints_a_one_time_password_that_has_to_be_changed(
    configure, staff, events, capsys
):
    from pages.jobs import staff as job

    assert job.main(["--file", str(staff.path), "password", "viewer", "--one-time"]) == 0
    password = capsys.readouterr().out.strip().rsplit(" ", 1)[1]
    record = staff.people()["viewer"]
    assert record.must_change
    import bcrypt

    assert bcrypt.checkpw(password.encode(), record.password.encode())
    assert password not in json.dumps(events())
