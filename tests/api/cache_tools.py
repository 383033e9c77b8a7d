"""What the tests of the cache share: a clock that is moved by hand, no threads, frames as bytes."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pyarrow as pa

from ownli_api.cache import Lists, Snapshot
from ownli_api.client import OwnliClient

NOUNS = ("check_ins", "rewards", "payouts", "vehicles")
LONG_AGO = datetime(2020, 1, 6, tzinfo=UTC)
# Worlds are made as of a Tuesday noon: what is in one must not depend on when the tests run.
MADE_AT = datetime(2026, 11, 24, 13, 41, tzinfo=UTC)


class Inline(Executor):
    """Does a job at once in the caller's thread."""

    def submit(self, job: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(job(*args, **options))
        return done


class Hand:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now.timestamp()

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


def lists_at(hand: Hand, **options: Any) -> Lists:
    """Lists whose work is done when the question is put, at the time of the hand."""
    return Lists(clock=hand, executor=Inline(), **options)


def read(
    lists: Lists, client: OwnliClient, since: datetime | None = LONG_AGO
) -> dict[str, Snapshot]:
    """Everything, since a fixed time: a history that starts today minus 26 weeks moves on."""
    held = {"check_ins": lists.check_ins(client, since).result()}
    for noun in NOUNS[1:]:
        held[noun] = getattr(lists, noun)(client).result()
    return held


def as_bytes(frame: pd.DataFrame) -> bytes:
    """Columns, types, categories, order and values of a frame."""
    table = pa.Table.from_pandas(frame, preserve_index=False).combine_chunks()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()


def until_quiet(lists: Lists, seconds: float = 60.0) -> None:
    """Wait until nothing is being refreshed."""
    deadline = time.monotonic() + seconds
    while lists.health()["refreshing"].any():
        assert time.monotonic() < deadline, "a loading never ended"
        time.sleep(0.01)
