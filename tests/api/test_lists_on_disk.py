"""Lists that outlive the process: a restart costs a refresh, not a download."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from random import Random

import pyarrow.parquet as pq
import pytest

from ownli_api.cache import Lists
from tests.api.cache_tools import NOUNS, Hand, as_bytes, lists_at, read
from tests.api.test_cache_exact import change

pytestmark = pytest.mark.usefixtures("no_pauses")


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "lists"


def written(client, hand: Hand, folder: Path) -> dict:
    """What a process held when it ended and wrote it."""
    lists = lists_at(hand, folder=folder)
    held = read(lists, client, None)
    lists.save()
    return held


def test_after_a_restart_what_changed_is_fetched_and_every_row_is_ownlis(
    sandbox, client, hand, folder
):
    held = written(client, hand, folder)
    hand.forward(hours=3)
    change(sandbox.world, Random(1), hand, 40)
    sandbox.forget()
    after = read(lists_at(hand, folder=folder), client, None)
    cold = read(lists_at(hand), client, None)
    for noun in NOUNS:
        assert as_bytes(after[noun].frame) == as_bytes(cold[noun].frame), noun
        assert after[noun].as_of > held[noun].as_of


def test_an_unchanged_restart_asks_as_little_as_an_unchanged_refresh(sandbox, client, hand, folder):
    written(client, hand, folder)
    hand.forward(minutes=20)
    sandbox.forget()
    read(lists_at(hand, folder=folder), client, None)
    assert len(sandbox.requests) <= 14


def test_a_young_file_is_handed_out_at_once(sandbox, client, hand, folder):
    held = written(client, hand, folder)
    hand.forward(seconds=30)
    lists = lists_at(hand, folder=folder)
    sandbox.faults.add("500", "/api", times=None)
    again = lists.rewards(client).result()
    assert as_bytes(again.frame) == as_bytes(held["rewards"].frame)
    assert again.as_of == held["rewards"].as_of


def test_only_the_owner_can_read_the_folder(client, hand, folder):
    folder.mkdir(mode=0o755)
    written(client, hand, folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == sorted(f"{noun}.parquet" for noun in NOUNS)
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_no_secret_and_no_token_is_in_any_file(client, client_settings, hand, folder):
    written(client, hand, folder)
    for file in folder.iterdir():
        body = (
            file.read_bytes()
            + json.dumps(
                {str(k): str(v) for k, v in (pq.read_schema(file).metadata or {}).items()}
            ).encode()
        )
        for secret in (client_settings.client_secret, client_settings.client_id, "Bearer"):
            assert secret.encode() not in body


@pytest.mark.parametrize("harm", ["cut", "empty", "other schema", "other partner", "no columns"])
def test_a_file_that_cannot_be_used_is_named_and_the_list_loaded(
    client, hand, folder, caplog, harm
):
    held = written(client, hand, folder)
    path = folder / "rewards.parquet"
    if harm == "cut":
        path.write_bytes(path.read_bytes()[:-100])
    elif harm == "empty":
        path.write_bytes(b"")
    else:
        table = pq.read_table(path)
        meta = json.loads(table.schema.metadata[b"ownli"])
        meta |= {"other schema": {"schema": 0}, "other partner": {"partner": "x"}}.get(harm, {})
        if harm == "no columns":
            table = table.drop_columns(["amount_cents"])
        table = table.replace_schema_metadata({b"ownli": json.dumps(meta).encode()})
        pq.write_table(table, path)
    again = read(lists_at(hand, folder=folder), client, None)
    assert as_bytes(again["rewards"].frame) == as_bytes(held["rewards"].frame)
    assert "rewards.parquet" in caplog.text


def test_left_overs_of_a_killed_process_are_swept_and_those_being_written_are_not(folder, hand):
    folder.mkdir()
    (folder / "rewards.parquet.1.new").write_bytes(b"half")
    writer = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import fcntl, sys\n"
            "f = open(sys.argv[1], 'wb'); fcntl.flock(f, fcntl.LOCK_EX)\n"
            "print('held', flush=True); sys.stdin.read()",
            str(folder / "payouts.parquet.2.new"),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert writer.stdout.readline() == "held\n"
        lists_at(hand, folder=folder)
        assert [file.name for file in folder.iterdir()] == ["payouts.parquet.2.new"]
    finally:
        writer.communicate("", timeout=10)


def test_a_folder_that_cannot_be_written_loses_nothing_but_the_file(
    client, hand, folder, caplog, monkeypatch
):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    lists = lists_at(hand, folder=folder)
    held = read(lists, client, None)
    lists.save()
    assert "could not be written" in caplog.text
    assert list(folder.iterdir()) == []
    monkeypatch.undo()
    lists.save()
    assert len(list(folder.iterdir())) == len(held)


def test_two_processes_may_use_one_folder(sandbox, client, client_settings, hand, folder):
    """Ten writers and readers at once: every reading is whole."""
    program = """
import sys
from pathlib import Path
from ownli_api.cache import Lists
from ownli_api.client import OwnliClient
from ownli_api.settings import Settings
client = OwnliClient(Settings(*sys.argv[2:6]))
for _ in range(3):
    lists = Lists(folder=Path(sys.argv[1]), fresh_seconds=0, stale_seconds=0)
    rows = len(lists.rewards(client).result().frame)
    lists.save()
    print(rows)
client.close()
"""
    who = (sandbox.base_url, sandbox.partner_id, sandbox.client_id, sandbox.client_secret)
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(folder), *who],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).resolve().parents[2],
        )
        for _ in range(3)
    ]
    for process in running:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        assert out.split() == [str(len(sandbox.world.rewards))] * 3
        assert "not used" not in err
    assert [file.name for file in folder.iterdir()] == ["rewards.parquet"]


def test_a_list_is_written_when_the_process_ends(sandbox, client_settings, folder):
    """However many rows it has, and with no word on the way."""
    program = """
import sys
from pathlib import Path
import pandas as pd
from ownli_api.cache import Lists
from ownli_api.client import OwnliClient
from ownli_api.settings import Settings
client = OwnliClient(Settings(*sys.argv[2:6]))
lists = Lists(folder=Path(sys.argv[1]))
shared = lists._rewards
shared._saved_at = float("inf")  # as if it had been written a moment ago
few = lists.rewards(client).result().frame
many = pd.concat([few] * 20, ignore_index=True)
many["status"] = many["status"].astype("category")
shared._publish(shared.snapshot.__class__(many, shared.snapshot.as_of))
client.close()
print(len(many))
"""
    who = (sandbox.base_url, sandbox.partner_id, sandbox.client_id, sandbox.client_secret)
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder), *who],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert done.returncode == 0
    assert done.stderr == ""
    assert pq.read_metadata(folder / "rewards.parquet").num_rows == int(done.stdout)


def test_nothing_is_written_unless_asked_for(client, hand, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lists = Lists(clock=hand)
    lists.rewards(client).result()
    lists.save()
    assert list(tmp_path.iterdir()) == []


def test_a_list_is_written_at_once_and_then_every_ten_minutes(sandbox, client, hand, folder):
    lists = lists_at(hand, folder=folder)
    stamps = []
    for minutes in (0, 3, 3, 5):
        hand.forward(minutes=minutes)
        sandbox.world.step(Random(minutes), 5, at=hand.now)
        hand.forward(seconds=1)
        lists.refresh(client)
        read(lists, client, None)
        meta = pq.read_schema(folder / "rewards.parquet").metadata[b"ownli"]
        stamps.append(json.loads(meta)["as_of"])
    assert stamps[0] == stamps[1] == stamps[2] < stamps[3]
