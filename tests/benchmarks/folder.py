"""A process that finds its lists in a folder: from its start until it holds everything."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from ownli_api.cache import Lists
from ownli_api.cache.disk import COLUMNS, Folder
from tests.benchmarks.partner import Line, everything, partner, quiet, seconds

CHANGES = 50
ROUNDS = 3
# Older than what is handed out without waiting for its refresh.
AGE = timedelta(hours=1)
MOST_SECONDS = 2
LISTS = """
import os
from pathlib import Path
from ownli_api.cache import Lists
from ownli_api.client import OwnliClient
from ownli_api.settings import Settings
from tests.benchmarks.partner import everything, quiet
names = ("BASE_URL", "PARTNER_ID", "CLIENT_ID", "CLIENT_SECRET")
client = OwnliClient(Settings(*[os.environ[f"OWNLI_{name}"] for name in names]))
lists = Lists(folder=Path(os.environ["CACHE_FOLDER"]))
everything(lists, client)
quiet(lists)
"""


def run() -> Iterator[Line]:
    """Lines of the table: what, how much. Filling the folder is not what is measured."""
    with partner() as sandbox, tempfile.TemporaryDirectory() as place:
        folder, client = Path(place, "lists"), sandbox.client()
        partner_id = client.partner
        lists = Lists(folder=folder)
        everything(lists, client)
        quiet(lists)
        lists.save()
        client.close()
        of_lists = {**sandbox.address, "CACHE_FOLDER": str(folder)}
        job = ["-m", "pages.jobs.weekly_report", "--no-mail", "--output", f"{place}/report.html"]
        for what, command in {
            "From the start of a process until all lists are held and fresh": ["-c", LISTS],
            "The report job, from its start to its end": job,
        }.items():
            for changes in (0, CHANGES):
                took, used, requests = [], [], []
                for seed in range(ROUNDS):
                    sandbox.go_on(changes, seed)
                    _age(Folder(folder), partner_id)
                    sandbox.forget()
                    before = _processor_seconds()
                    took.append(seconds(partial(_process, command, of_lists)))
                    used.append(_processor_seconds() - before)
                    requests.append(sandbox.requests())
                bound = "" if changes else f" (bound {MOST_SECONDS})"
                yield (
                    f"{what}, with a folder, {changes} changes since",
                    f"{statistics.median(took):.1f} s{bound}, {statistics.median(used):.1f} s of "
                    f"processor time, {statistics.median(requests)} requests; medians of {ROUNDS}",
                )


def _age(folder: Folder, partner_id: str) -> None:
    """Have what is in the folder read an hour earlier."""
    for name in COLUMNS:
        held = folder.read(name, partner_id)
        if held is None:
            raise LookupError(name)
        folder.write(name, partner_id, replace(held, as_of=held.as_of - AGE))


def _processor_seconds() -> float:
    """What the processes that have ended took, in user and system mode."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _process(command: list[str], settings: Mapping[str, str]) -> None:
    """Run Python with these settings; raises RuntimeError with its words if it fails."""
    done = subprocess.run(
        [sys.executable, *command],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
