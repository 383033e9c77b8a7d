"""Benchmark 4: a million check-ins and a million rewards held: memory, merges, metrics."""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from ownli_api.cache.draft import Draft

from ownli_api.cache import Lists
from pages.analysis import checks, metrics
from pages.analysis.periods import Calendar, Period
from tests.benchmarks import millions
from tests.unit.cache_fakes import FakeClient, World

ROWS = 1_000_000
CHANGES = 50
REPEATS = 5
MEGABYTE = 1_000_000
KILOBYTE = 1024

Line = tuple[str, str]


def run(rows: int = ROWS) -> Iterator[Line]:
    """Lines of the table: what, how much. Measured in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.held", str(rows)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    for line in done.stdout.splitlines():
        what, _, much = line.partition("\t")
        yield what, much


def memory(name: str) -> float:
    """Megabytes of this process: `VmRSS` resident now, `VmHWM` at its peak."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * KILOBYTE / MEGABYTE
    raise LookupError(name)


def milliseconds(work: Callable[[], object]) -> str:
    """Median of a few runs."""
    taken = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return f"{statistics.median(taken):.0f} ms"


def _measured(rows: int) -> Iterator[Line]:
    world = World(check_ins=millions.check_ins(rows), rewards=millions.rewards(rows))
    empty = memory("VmRSS")
    lists = Lists(clock=lambda: millions.NOW.timestamp())
    client = FakeClient(world)
    check_ins = lists.check_ins(client).result().frame
    rewards = lists.rewards(client).result().frame
    # What the fake Ownli holds is not the dashboard's memory.
    world.check_ins, world.rewards = world.check_ins.iloc[:0].copy(), world.rewards.iloc[:0].copy()
    gc.collect()
    size = lists.health().set_index("list")["bytes"]
    yield (
        f"{len(check_ins):,} check-ins + {len(rewards):,} rewards held: resident (bound 1,500 MB)",
        f"{memory('VmRSS'):,.0f} MB (with its own rows the fake Ownli took {empty:,.0f} MB)",
    )
    yield "of it the frames", f"{size.sum() / MEGABYTE:,.0f} MB"
    for name, frame, time_column, key, group in (
        ("check-ins", check_ins, "checked_in_at", ("kind", "id"), "kind"),
        ("rewards", rewards, "rewarded_at", ("id",), "status"),
    ):
        changed = _changed(frame, time_column)

        def merge(
            frame: pd.DataFrame = frame,
            time_column: str = time_column,
            key: tuple[str, ...] = key,
            group: str = group,
            changed: pd.DataFrame = changed,
        ) -> None:
            draft = Draft(frame, time=time_column, key=key, group=group)
            draft.put(changed)
            draft.frame()

        yield f"merge of {CHANGES} changes into the {name}", milliseconds(merge)
    yield "peak of the process, the fake Ownli's rows included", f"{memory('VmHWM'):,.0f} MB"
    yield from _metrics(check_ins, rewards)


def _changed(frame: pd.DataFrame, time_column: str) -> pd.DataFrame:
    """Half of them rows that were decided, half of them new."""
    half = CHANGES // 2
    places = np.linspace(0, len(frame) - 1, half).astype(int)
    decided = frame.iloc[places].assign(status="Reconsidered")
    new = frame.iloc[-half:]
    new = new.assign(id="NEW" + new["id"], **{time_column: new[time_column] + timedelta(minutes=1)})
    changed = pd.concat([decided, new], ignore_index=True)
    return changed.astype({"status": "category"})


def _metrics(check_ins: pd.DataFrame, rewards: pd.DataFrame) -> Iterator[Line]:
    zone, now = Calendar("America/New_York"), millions.NOW
    payouts = millions.payouts(rewards)
    week = zone.last_complete(now)
    weeks = [*zone.weeks_back(week, 12), week.plus(1)]
    of_overview: dict[str, Callable[[], object]] = {
        "weekly": lambda: metrics.weekly(check_ins, rewards, payouts, None, zone, weeks),
        "submitted": lambda: metrics.submitted(check_ins, zone, weeks),
        "earned_and_claimed": lambda: metrics.earned_and_claimed(rewards, payouts, zone, weeks),
        "funnel": lambda: metrics.funnel(check_ins, rewards, Period.of_weeks([week]), zone),
        "on_hold_now": lambda: metrics.on_hold_now(check_ins),
        "outstanding": lambda: metrics.outstanding(rewards),
        "attention": lambda: metrics.attention(check_ins, zone, now),
        "checks.books": lambda: checks.books(check_ins, rewards, payouts, []),
    }
    for name, work in of_overview.items():
        yield f"Overview: {name} at {len(check_ins):,}", milliseconds(work)


if __name__ == "__main__":
    for what, much in _measured(int(sys.argv[1])):
        print(f"{what}\t{much}", flush=True)
