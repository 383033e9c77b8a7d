"""Lists that outlive the process: one Parquet file a list in a folder that only its owner reads."""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ownli_api import frames
from ownli_api.cache.shared import Snapshot

log = logging.getLogger(__name__)

# Grows when the columns of a frame or the facts of a list change; other files are ignored.
SCHEMA = 1
META = b"ownli"
UNFINISHED = ".new"
COLUMNS = {
    "check_ins": frames.CHECK_INS,
    "rewards": frames.REWARDS,
    "payouts": frames.PAYOUTS,
    "vehicles": frames.VEHICLES,
}


class Folder:
    """A folder of lists; several processes may use it at once, the last one to write wins."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
        self._sweep()

    def read(self, name: str, partner: str) -> Snapshot | None:
        """The list as it was written last; None if there is none of this partner to be read."""
        path = self._path / f"{name}.parquet"
        try:
            # Into memory at once: a mapped file would stay open when another process replaces it.
            table = pq.read_table(path, memory_map=False)
            meta = json.loads((table.schema.metadata or {})[META])
            if meta["schema"] != SCHEMA or meta["partner"] != partner:
                log.warning("%s is of another version or partner and is not used", path.name)
                return None
            return _snapshot(table, name, meta)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as problem:
            log.warning("%s cannot be read (%s) and is not used", path.name, type(problem).__name__)
            return None

    def write(self, name: str, partner: str, snapshot: Snapshot) -> bool:
        """Replace the list's file whole; False, and a line in the log, if it cannot be written."""
        meta = {
            "schema": SCHEMA,
            "partner": partner,
            "as_of": snapshot.as_of.isoformat(),
            "problems": snapshot.problems,
            "complete": snapshot.complete,
            "counted": snapshot.counted,
            "undated": snapshot.undated,
            "facts": snapshot.facts,
        }
        # In this thread: a process that is ending starts no other.
        table = pa.Table.from_pandas(snapshot.frame, preserve_index=False, nthreads=1)
        table = table.replace_schema_metadata({META: json.dumps(meta).encode()})
        unfinished = self._path / f"{name}.parquet.{secrets.token_hex(8)}{UNFINISHED}"
        try:
            with _locked(unfinished) as file:
                pq.write_table(table, file, compression="zstd")
                file.flush()
                os.fsync(file.fileno())
                unfinished.replace(self._path / f"{name}.parquet")
        except OSError as problem:
            log.warning("%s could not be written (%s)", name, type(problem).__name__)
            unfinished.unlink(missing_ok=True)
            return False
        return True

    def _sweep(self) -> None:
        """Remove what processes that were killed have left unfinished."""
        for path in self._path.glob(f"*{UNFINISHED}"):
            with contextlib.suppress(OSError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[BinaryIO]:
    """A new file that is held while it is written, so that nobody takes it for a left-over."""
    while True:
        with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if path.exists():  # else it was swept before it was locked
                yield file
                return


def _snapshot(table: pa.Table, name: str, meta: dict[str, Any]) -> Snapshot:
    """A table as a snapshot; KeyError or ValueError where its columns are others."""
    columns = {}
    for column, dtype in COLUMNS[name].items():
        found = table[column].combine_chunks()
        if dtype == frames.WORD:
            columns[column] = found.cast(pa.string()).to_pandas().astype("category")
        else:
            columns[column] = found.to_pandas().astype(dtype)
    return Snapshot(
        pd.DataFrame(columns),
        datetime.fromisoformat(meta["as_of"]),
        tuple(meta["problems"]),
        meta["complete"],
        counted=meta["counted"],
        undated=meta["undated"],
        facts=meta["facts"],
    )
