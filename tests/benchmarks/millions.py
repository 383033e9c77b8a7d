"""A million check-ins and a million rewards read from a folder: time and memory."""

from __future__ import annotations

import gc
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ownli_api import frames
from ownli_api.cache import Snapshot
from ownli_api.cache.disk import Folder
from tests.benchmarks.partner import Line

ROWS = 1_000_000
WEEKS = 26
ROWS_A_USER = 17
MILLISECONDS_A_WEEK = 7 * 86_400 * 1000
MOST_SECONDS = 10
MOST_MEGABYTES = 1400
MEGABYTE = 1_000_000
KILOBYTE = 1024
PARTNER = "a partner"
KINDS = ("mileage", "condition", "proof_of_address")
TYPES = ("MileageCheckIn", "ConditionCheckIn", "GaragingCheckIn")
CHECK_IN_SHARES = {"Confirmed": 0.88, "Declined": 0.1, "OnHold": 0.01, "Pending": 0.01}
REWARD_SHARES = {"Claimed": 0.63, "Confirmed": 0.25, "Declined": 0.1, "Pending": 0.02}
NAMES = np.array(["Ada", "Grace", "Zoë", "Иван", "小明", "O'Neil", "Maria José", "Li"])
NOTES = np.array(["The plate cannot be read.", "The photo is blurred.", "The reading is too low."])


def run() -> Iterator[Line]:
    """Lines of the table: what, how much. Writing and reading are processes of their own."""
    with tempfile.TemporaryDirectory() as folder:
        _process("write", folder)
        size = sum(file.stat().st_size for file in Path(folder).iterdir()) / MEGABYTE
        took, resident, peak = (float(word) for word in _process("read", folder).split())
    yield (
        f"{ROWS:,} check-ins and {ROWS:,} rewards read from disk ({size:,.0f} MB there)",
        f"{took:.1f} s (bound {MOST_SECONDS}), {resident:,.0f} MB resident "
        f"(bound {MOST_MEGABYTES:,}), at most {peak:,.0f} MB on the way",
    )


def _process(what: str, folder: str) -> str:
    command = [sys.executable, "-m", "tests.benchmarks.millions", what, folder]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def _write(folder: Folder) -> None:
    """Believable lists in size and shape."""
    rng, now = np.random.default_rng(1), datetime.now(UTC)
    for name, columns in (("check_ins", _check_ins), ("rewards", _rewards)):
        frame = columns(rng, now)
        folder.write(name, PARTNER, Snapshot(frame, now, counted=len(frame)))


def _read(folder: Folder) -> str:
    """Seconds, megabytes resident afterwards and at the peak."""
    started = time.perf_counter()
    lists = [folder.read(name, PARTNER) for name in ("check_ins", "rewards")]
    took = time.perf_counter() - started
    rows = [0 if held is None else len(held.frame) for held in lists]
    if rows != [ROWS, ROWS]:
        raise RuntimeError(f"{rows} rows were read")
    gc.collect()
    return f"{took} {_memory('VmRSS')} {_memory('VmHWM')}"


def _memory(name: str) -> float:
    """Megabytes of this process: `VmRSS` resident now, `VmHWM` at its peak."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * KILOBYTE / MEGABYTE
    raise LookupError(name)


def _check_ins(rng: np.random.Generator, now: datetime) -> pd.DataFrame:
    at, owners = _moments(rng, now), _owners(rng)
    status = rng.choice(list(CHECK_IN_SHARES), ROWS, p=list(CHECK_IN_SHARES.values()))
    notes = pd.Series(NOTES[rng.integers(0, len(NOTES), ROWS)])
    given = {
        "id": _ids("CHK", np.arange(ROWS)),
        "kind": rng.choice(KINDS, ROWS, p=(0.7, 0.2, 0.1)),
        "status": status,
        "checked_in_at": at,
        "updated_at": at + pd.to_timedelta(rng.integers(0, 172_800_000, ROWS), unit="ms"),
        "owner_id": _ids("USR", owners),
        "owner_name": NAMES[owners % len(NAMES)],
        "license": [f"{number % 10**6:06}" for number in owners],
        "note": notes.where(np.isin(status, ("Declined", "OnHold"))),
        "fraud": np.zeros(ROWS, dtype=bool),
        "mileage": rng.integers(1_000, 100_000, ROWS),
        "next_check_in_at": at + timedelta(days=30),
    }
    return _framed(frames.CHECK_INS, given)


def _rewards(rng: np.random.Generator, now: datetime) -> pd.DataFrame:
    owners = _owners(rng)
    status = rng.choice(list(REWARD_SHARES), ROWS, p=list(REWARD_SHARES.values()))
    payouts = pd.Series(_ids("PAY", owners * 4 + rng.integers(0, 4, ROWS)))
    given = {
        "id": _ids("RWD", np.arange(ROWS)),
        "status": status,
        "type": rng.choice(TYPES, ROWS, p=(0.7, 0.2, 0.1)),
        "description": "Reward for a check-in",
        "vehicle_id": _ids("VEH", owners),
        "payout_id": payouts.where(status == "Claimed"),
        "rewarded_at": _moments(rng, now),
        "owner_id": _ids("USR", owners),
        "owner_name": NAMES[owners % len(NAMES)],
        "amount_cents": rng.choice([210, 350, 475], ROWS),
        "buyer": "Acme Insurance",
    }
    return _framed(frames.REWARDS, given)


def _moments(rng: np.random.Generator, now: datetime) -> pd.Series[Any]:
    """Times of the last weeks, in order."""
    ago = np.sort(rng.integers(0, WEEKS * MILLISECONDS_A_WEEK, ROWS))[::-1]
    return pd.Series(pd.Timestamp(now) - pd.to_timedelta(ago, unit="ms"))


def _owners(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, ROWS // ROWS_A_USER, ROWS)


def _ids(prefix: str, numbers: np.ndarray) -> list[str]:
    return [f"XT_{prefix}{int(number) * 2_654_435_761 % 2**40:010X}" for number in numbers]


def _framed(columns: Mapping[str, str], given: Mapping[str, Any]) -> pd.DataFrame:
    made = pd.DataFrame({name: given.get(name) for name in columns}, index=range(ROWS))
    return made.astype(dict(columns))


DOINGS: dict[str, Callable[[Folder], str | None]] = {"write": _write, "read": _read}

if __name__ == "__main__":
    print(DOINGS[sys.argv[1]](Folder(Path(sys.argv[2]))) or "")
