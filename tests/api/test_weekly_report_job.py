"""The job against a partner over HTTP: files, exit codes, mail, archive, kinds of failure."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from types import SimpleNamespace

import pytest

from ownli_api import http
from ownli_api.sandbox import Sandbox, World
from pages.access import atomic_file
from pages.analysis.periods import Calendar
from pages.jobs import weekly_report
from pages.jobs.weekly_report import COMPLETE, INCOMPLETE, NOT_MAILED, NOTHING_WRITTEN, Surroundings
from tests.unit.report_world import truth

ROOT = Path(__file__).resolve().parents[2]
ZONE = "America/New_York"
SECONDS = 60


@pytest.fixture(autouse=True)
def _brief_pauses(monkeypatch):
    """Retries happen as ever, with hardly a pause between them."""
    monkeypatch.setattr(http, "RETRY", http.RETRY.new(backoff_factor=0, backoff_jitter=0))


def environment(sandbox: Sandbox, **more: str) -> dict[str, str]:
    return {
        "OWNLI_BASE_URL": sandbox.base_url,
        "OWNLI_PARTNER_ID": sandbox.partner_id,
        "OWNLI_CLIENT_ID": sandbox.client_id,
        "OWNLI_CLIENT_SECRET": sandbox.client_secret,
        "OWNLI_ENVIRONMENT": "Testland",
        "REPORT_TIME_ZONE": ZONE,
        **more,
    }


class Run:
    """One run of the job: its exit code, what it wrote and what it said."""

    def __init__(self, sandbox, tmp_path, *words: str, terminal: bool = False, **more: str) -> None:
        self.out, self.says = io.BytesIO(), io.StringIO()
        around = Surroundings(
            environment(sandbox, **more),
            tmp_path,
            self.out,
            terminal,
            self.says,
            lambda: datetime.now(UTC),
        )
        self.code = weekly_report.main(words, around)

    @property
    def said(self) -> str:
        return self.says.getvalue()

    @property
    def json(self) -> dict:
        return json.loads(self.out.getvalue())


@pytest.fixture(scope="module")
def partner():
    """A partner that only reading tests share."""
    with Sandbox(World.make(seed=7, users=80)) as server:
        yield server


def last_week():
    return Calendar(ZONE).last_complete(datetime.now(UTC))


def test_the_json_on_standard_output_equals_the_partners_world(partner, tmp_path):
    run = Run(partner, tmp_path, "--format", "json")
    assert run.code == COMPLETE, run.said
    found = run.json
    assert found["week"] == last_week().code
    assert found["environment"] == "Testland"
    for key, value in truth(partner.world, ZONE, last_week()).items():
        if isinstance(value, float):
            assert found[key] == pytest.approx(value), key
        else:
            assert found[key] == value, key
    assert all(check["passed"] for check in found["checks"]), found["checks"]
    fetched = found["checks"][0]
    assert fetched["sentence"] == "Every list holds as many rows as Ownli counts."


def test_html_is_the_default_and_a_folder_gets_a_file_named_after_the_week(partner, tmp_path):
    run = Run(partner, tmp_path, "--output", str(tmp_path))
    assert run.code == COMPLETE, run.said
    path = tmp_path / f"testland_weekly-report_{last_week().code}.html"
    assert path.read_bytes().startswith(b"<!doctype html>")
    assert run.out.getvalue() == b""
    assert f"Written to {path}." in run.said


@pytest.mark.parametrize(("ending", "start"), [("html", b"<!doc"), ("xlsx", b"PK"), ("json", b"{")])
def test_every_format_can_be_written_to_a_file_twice(partner, tmp_path, ending, start):
    path = tmp_path / f"report.{ending}"
    for _ in range(2):
        run = Run(partner, tmp_path, "--format", ending, "--output", str(path))
        assert run.code == COMPLETE, run.said
        assert path.read_bytes().startswith(start)
    assert list(tmp_path.iterdir()) == [path]


def test_on_a_terminal_a_page_goes_to_a_file_instead(partner, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = Run(partner, tmp_path, terminal=True)
    assert run.code == COMPLETE
    assert run.out.getvalue() == b""
    assert [one.suffix for one in tmp_path.iterdir()] == [".html"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--week", "2126-W01"], "has not begun yet"),
        (["--week", "last"], "A week is written like 2026-W47."),
        (["--week", "2025-W53"], "There is no week 53 in 2025."),
        (["--week", "2012-W01"], "is before the partner's first"),
        (["--format", "pdf"], "invalid choice"),
        (["--nonsense"], "nrecognized arguments"),
    ],
)
def test_what_cannot_be_reported_gets_one_sentence_and_code_1(partner, tmp_path, words, sentence):
    path = tmp_path / "report.html"
    path.write_text("old")
    run = Run(partner, tmp_path, *words, "--output", str(path))
    if "nonsense" in words[0] or "pdf" in words:
        assert run.code == NOTHING_WRITTEN
    else:
        assert run.code == NOTHING_WRITTEN
        assert sentence in run.said
    assert path.read_text() == "old"


def test_the_running_week_is_written_as_incomplete(partner, tmp_path):
    week = last_week().plus(1)
    run = Run(partner, tmp_path, "--week", week.code, "--format", "json")
    assert run.code == INCOMPLETE
    assert f"Week {week.code} is in progress" in run.said
    assert run.json["in_progress"]["of"] == 7


@pytest.mark.parametrize(
    ("path", "withheld"),
    [
        ("/api/rewards", ("rewards", "outstanding", "payouts")),
        ("/api/checkins/mileage", ("check_ins", "confirmation_rate")),
        ("/api/users", ("payouts",)),
    ],
)
def test_a_list_that_fails_is_withheld_with_the_reason_and_code_3(
    sandbox, tmp_path, path, withheld
):
    sandbox.faults.add("503", path, times=None)
    run = Run(sandbox, tmp_path, "--format", "json")
    if run.code == NOTHING_WRITTEN:
        pytest.fail(run.said)
    assert run.code == INCOMPLETE
    found = run.json
    assert found["complete"] is False
    assert found["problems"]
    assert "incomplete" in run.said
    for name in found["unavailable"]:
        assert found["unavailable"][name]
    if path != "/api/users":
        assert all(found[key] is None for key in withheld)


def test_rows_that_are_not_as_many_as_ownli_counts_leave_with_3_and_are_named(
    partner, tmp_path, monkeypatch
):
    fetched = weekly_report.reading.fetched

    def short(*asked):
        held, errors = fetched(*asked)
        there = held["rewards"]
        facts = {name: getattr(there, name) for name in dir(there) if not name.startswith("_")}
        held["rewards"] = SimpleNamespace(**facts | {"counted": len(there.frame) + 1})
        return held, errors

    monkeypatch.setattr(weekly_report.reading, "fetched", short)
    run = Run(partner, tmp_path, "--format", "json")
    assert run.code == INCOMPLETE
    assert run.json["complete"] is False
    assert "Not all rows were fetched. Rewards:" in run.said


def test_a_partner_that_does_not_answer_leaves_nothing_written(tmp_path, sandbox):
    run = Run(sandbox, tmp_path, OWNLI_BASE_URL="http://127.0.0.1:9")
    assert run.code == NOTHING_WRITTEN
    assert len(run.said.strip().splitlines()) == 1
    assert run.out.getvalue() == b""


def test_refused_credentials_are_one_sentence_without_the_secret(sandbox, tmp_path):
    run = Run(sandbox, tmp_path, OWNLI_CLIENT_SECRET="wrong-secret-for-sure")
    assert run.code == NOTHING_WRITTEN
    assert "refused the credentials" in run.said
    assert "wrong-secret" not in run.said


def test_a_setting_that_is_missing_is_named(tmp_path, sandbox):
    run = Run(sandbox, tmp_path, OWNLI_CLIENT_SECRET="")
    assert run.code == NOTHING_WRITTEN
    assert "ownli.client_secret" in run.said


def test_a_place_that_cannot_be_written_keeps_nothing_broken(partner, tmp_path):
    run = Run(partner, tmp_path, "--output", str(tmp_path / "nowhere" / "report.html"))
    assert run.code == NOTHING_WRITTEN
    assert "could not be written" in run.said
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_keeps_the_old_report(partner, tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("old")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic_file.os, "fsync", full)
    run = Run(partner, tmp_path, "--output", str(path))
    assert run.code == NOTHING_WRITTEN
    assert "No space left on device" in run.said
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_job_killed_half_way_leaves_the_old_report_whole(sandbox, tmp_path):
    sandbox.faults.latency_seconds = 0.5
    path = tmp_path / "report.html"
    path.write_text("old")
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("OWNLI_", "REPORT_"))}
    process = subprocess.Popen(
        [sys.executable, "-m", "pages.jobs.weekly_report", "--output", str(path)],
        cwd=ROOT,
        env=clean | environment(sandbox),
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + SECONDS
    while not sandbox.requests and process.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    assert sandbox.requests, "it was never asked"
    process.send_signal(signal.SIGKILL)
    process.wait(SECONDS)
    assert path.read_text() == "old"


def test_what_has_changed_in_reported_numbers_is_in_the_next_report(sandbox, tmp_path):
    archive = tmp_path / "archive"
    words = ("--format", "json", "--archive", str(archive))
    first = Run(sandbox, tmp_path, *words)
    assert first.code == COMPLETE, first.said
    assert first.json["restated"] == []
    world, week = sandbox.world, last_week()
    before = first.json["check_ins"]["mileage"]["Confirmed"]
    at = Calendar(ZONE).starts(week)
    made = world.submit_check_in(at=at, kind="mileage", reward_cents=None)
    world.decide(made.id, "Confirmed", at=at)
    second = Run(sandbox, tmp_path, *words)
    changes = {one["number"]: one for one in second.json["restated"]}
    one = changes["Check-ins, mileage: Confirmed"]
    assert (one["week"], one["was"], one["now"]) == (week.code, f"{before}", f"{before + 1}")
    assert not [name for name in changes if name.startswith("Payouts")]
    third = Run(sandbox, tmp_path, "--format", "json", REPORT_ARCHIVE=str(archive))
    assert third.json["restated"] == []
    running = Run(sandbox, tmp_path, *words, "--week", week.plus(1).code)
    assert running.json["restated"] == []
    again = world.submit_check_in(at=at, kind="mileage", reward_cents=None)
    world.decide(again.id, "Confirmed", at=at)
    running = Run(sandbox, tmp_path, *words, "--week", week.plus(1).code)
    told = {one["number"]: (one["week"], one["now"]) for one in running.json["restated"]}
    assert told["Check-ins, mileage: Confirmed"] == (week.code, f"{before + 2}")
    assert len(list(archive.iterdir())) == 3, "a week in progress is not archived"
    assert {oct(one.stat().st_mode & 0o777) for one in archive.iterdir()} == {"0o600"}


def test_a_file_in_the_archive_that_is_no_report_is_named_and_left_alone(partner, tmp_path):
    broken = tmp_path / "broken.report.json"
    for text in ('{"schema": 1, "week"', "[]", '{"as_of": 7}'):
        broken.write_text(text)
        run = Run(partner, tmp_path, "--format", "json", "--archive", str(tmp_path))
        assert run.code == COMPLETE
        assert "broken.report.json in the archive is no archived report." in run.said
        assert broken.read_text() == text


def test_a_report_of_another_environment_is_compared_with_nothing(sandbox, tmp_path):
    words = ("--format", "json", "--archive", str(tmp_path))
    Run(sandbox, tmp_path, *words, OWNLI_ENVIRONMENT="Elsewhere")
    at = Calendar(ZONE).starts(last_week())
    made = sandbox.world.submit_check_in(at=at, reward_cents=None)
    sandbox.world.decide(made.id, "Confirmed", at=at)
    assert Run(sandbox, tmp_path, *words).json["restated"] == []


def test_numbers_become_links_where_the_dashboard_is_named(partner, tmp_path):
    plain = Run(partner, tmp_path, "--format", "html").out.getvalue().decode()
    assert "<a " not in plain
    words = ("--format", "html", "--dashboard", "https://dash.example.com/weekly_report")
    linked = Run(partner, tmp_path, *words).out.getvalue().decode()
    assert 'href="https://dash.example.com/check_ins?' in linked


def test_a_report_keeps_its_permissions_and_a_new_one_is_like_any_file(partner, tmp_path):
    path = tmp_path / "report.json"
    Run(partner, tmp_path, "--format", "json", "--output", str(path))
    other = tmp_path / "other"
    other.touch()
    assert path.stat().st_mode == other.stat().st_mode
    path.chmod(0o640)
    Run(partner, tmp_path, "--format", "json", "--output", str(path))
    assert path.stat().st_mode & 0o777 == 0o640


class PostOffice:
    """A mail server for one test: takes mails on loopback and keeps them, or refuses them."""

    def __init__(self, refuse: bool = False) -> None:
        self.mails: list[bytes] = []
        self.refuse = refuse
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(SECONDS)
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._socket.close()
        self._thread.join(5)

    def _serve(self) -> None:
        try:
            caller, _ = self._socket.accept()
        except OSError:
            return
        with caller, caller.makefile("rwb") as talk:
            self._say(talk, b"220 ready")
            while line := talk.readline():
                word = line[:4].upper()
                if word == b"DATA" and not self.refuse:
                    self._say(talk, b"354 go on")
                    body = b""
                    while (part := talk.readline()) != b".\r\n":
                        body += part.removeprefix(b".") if part.startswith(b"..") else part
                    self.mails.append(body)
                if word == b"RCPT" and self.refuse:
                    self._say(talk, b"550 no such person")
                else:
                    self._say(talk, b"221 bye" if word == b"QUIT" else b"250 fine")
                if word == b"QUIT":
                    return

    @staticmethod
    def _say(talk, line: bytes) -> None:
        talk.write(line + b"\r\n")
        talk.flush()


@contextmanager
def post_office(**how):
    office = PostOffice(**how)
    try:
        yield office
    finally:
        office.close()


def mail_settings(port: int) -> dict[str, str]:
    return {
        "REPORT_SMTP_HOST": "127.0.0.1",
        "REPORT_SMTP_PORT": str(port),
        "REPORT_SMTP_SECURITY": "none",
        "REPORT_SMTP_FROM": "reports@example.com",
        "REPORT_SMTP_TO": "lead@example.com, team@example.com",
    }


def test_a_configured_mail_server_gets_the_totals_and_the_file_but_no_contact(partner, tmp_path):
    path = tmp_path / "report.html"
    with post_office() as office:
        run = Run(partner, tmp_path, "--output", str(path), **mail_settings(office.port))
    assert run.code == COMPLETE, run.said
    (raw,) = office.mails
    mail = message_from_bytes(raw, policy=default)
    assert mail["To"] == "lead@example.com, team@example.com"
    assert mail["Subject"] == f"Weekly report {last_week().label}, Testland"
    body = mail.get_body().get_content()
    expected = truth(partner.world, ZONE, last_week())
    assert f"Users: {expected['users']['total']}" in body
    assert f"Outstanding rewards: ${float(expected['outstanding']['amount']):,.2f}" in body
    (attached,) = mail.iter_attachments()
    assert attached.get_filename().endswith(".html")
    assert attached.get_content_charset() == "utf-8"
    assert attached.get_payload(decode=True).replace(b"\r\n", b"\n") == path.read_bytes()
    for text in (body, path.read_text()):
        for user in partner.world.users.values():
            assert user.email not in text
            assert user.phone not in text
            assert user.address.line_1 not in text
            assert f"{user.first_name} {user.last_name}" not in text
        for vehicle in partner.world.vehicles.values():
            assert vehicle.vin not in text


def test_a_mail_server_on_the_command_line_goes_before_the_settings(partner, tmp_path):
    with post_office() as office:
        run = Run(
            partner,
            tmp_path,
            "--format",
            "json",
            "--smtp",
            f"127.0.0.1:{office.port}",
            "--mail-to",
            "boss@example.com",
            **mail_settings(9),
        )
    assert run.code == COMPLETE, run.said
    assert message_from_bytes(office.mails[0], policy=default)["To"] == "boss@example.com"


@pytest.mark.parametrize("down", [True, False])
def test_a_mail_that_is_not_taken_keeps_the_file_and_leaves_with_4(partner, tmp_path, down):
    path = tmp_path / "report.json"
    with post_office(refuse=True) as office:
        port = 9 if down else office.port
        run = Run(
            partner, tmp_path, "--format", "json", "--output", str(path), **mail_settings(port)
        )
    assert run.code == NOT_MAILED
    assert "was not mailed" in run.said
    assert json.loads(path.read_text())["complete"] is True


def test_no_mail_means_no_mail(partner, tmp_path):
    run = Run(partner, tmp_path, "--format", "json", "--no-mail", **mail_settings(9))
    assert run.code == COMPLETE


def test_a_mail_server_without_a_recipient_is_a_sentence_before_anything_is_read(sandbox, tmp_path):
    run = Run(sandbox, tmp_path, "--smtp", "127.0.0.1:9", REPORT_SMTP_FROM="a@example.com")
    assert run.code == NOTHING_WRITTEN
    assert "report.smtp_to" in run.said
    assert not sandbox.requests


def test_a_stranger_without_credentials_gets_a_report_of_the_demo(tmp_path):
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("OWNLI_", "REPORT_"))}
    path = tmp_path / "demo.json"
    done = subprocess.run(
        [sys.executable, "-m", "pages.jobs.weekly_report", "--format", "json", "--output", path],
        cwd=ROOT,
        env=clean,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == COMPLETE, done.stderr
    assert done.stdout == ""
    assert "password" not in done.stderr.lower()
    assert json.loads(path.read_text())["environment"] == "Demo data"
