"""The audit log: appended to, never cut, whole lines whatever happens to its writers."""

import json
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pages.access.audit_trail import AuditFile

ROOT = Path(__file__).resolve().parents[2]
WRITER = (
    "import sys, time; from pathlib import Path; from pages.access.audit_trail import AuditFile\n"
    "log = AuditFile(Path(sys.argv[1]), 'Test', clock=time.time, rotate_bytes=int(sys.argv[3]))\n"
    "print('ready', flush=True)\n"
    "for i in range(int(sys.argv[4])):\n"
    "    log.write('event', sys.argv[2], 'abcd', number=i)\n"
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "audit.jsonl"


def writer(path, name, events, rotate_bytes=10_000_000):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(rotate_bytes), str(events)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )


def lines(path):
    files = sorted(path.parent.glob("audit.jsonl*"))
    return [
        json.loads(line)
        for file in files
        if not file.name.endswith(".lock")
        for line in file.read_text().splitlines()
    ]


def test_an_event_is_one_line_with_time_person_session_and_environment(path):
    log = AuditFile(path, "Sandbox", clock=lambda: 0.0)
    log.write("reveal", "jane", "abcd", subject="XT_1", reason="she called\nus\u2028back")
    assert lines(path) == [
        {
            "at": "1970-01-01T00:00:00.000Z",
            "event": "reveal",
            "person": "jane",
            "session": "abcd",
            "environment": "Sandbox",
            "subject": "XT_1",
            "reason": "she called\nus\u2028back",
        }
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_twenty_writers_lose_no_line_and_mix_none_also_while_files_are_set_aside(path):
    writers = [writer(path, f"w{number}", 20, rotate_bytes=5_000) for number in range(20)]
    assert [process.wait(120) for process in writers] == [0] * 20
    found = lines(path)
    assert len(found) == 400
    assert len({(line["person"], line["number"]) for line in found}) == 400
    assert len(list(path.parent.glob("audit.jsonl.2*"))) >= 2


def test_a_writer_that_is_killed_neither_blocks_nor_damages_what_others_wrote(path):
    victim = writer(path, "victim", 1_000_000)
    victim.stdout.readline()
    while not path.exists() or path.stat().st_size < 2_000:
        time.sleep(0.01)
    victim.send_signal(signal.SIGKILL)
    victim.wait(10)
    AuditFile(path, "Test", clock=time.time).write("event", "survivor")
    found = lines(path)
    numbers = [line["number"] for line in found if line["person"] == "victim"]
    assert numbers == list(range(len(numbers)))
    assert found[-1]["person"] == "survivor"


def test_half_a_line_is_closed_so_that_the_next_event_is_whole(path):
    path.write_text('{"at": "2026-')
    AuditFile(path, "Test", clock=time.time).write("event", "jane")
    assert json.loads(path.read_text().splitlines()[1])["person"] == "jane"


def test_a_full_file_is_set_aside_whole(path):
    log = AuditFile(path, "Test", clock=lambda: 0.0, rotate_bytes=200)
    for number in range(6):
        log.write("event", "jane", number=number)
    assert sorted(line["number"] for line in lines(path)) == list(range(6))
    assert path.with_name("audit.jsonl.19700101T000000-000").exists()


def test_what_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        AuditFile(tmp_path / "file" / "audit.jsonl", "Test", clock=time.time).write("e", "jane")
