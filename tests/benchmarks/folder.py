"""A process that finds its lists in a folder: from its start until it holds everything."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from ownli_api.cache import Lists
from tests.benchmarks.partner import Line, everything, partner, quiet, seconds

CHANGES = 50
SEED = 1
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
        lists = Lists(folder=folder)
        everything(lists, client)
        quiet(lists)
        lists.save()
        client.close()
        of_lists = {**sandbox.address, "CACHE_FOLDER": str(folder)}
        report = ["-m", "pages.jobs.weekly_report", "--no-mail", "--output"]
        jobs = {
            "until all lists are held and refreshed": ["-c", LISTS],
            "for the report job, JSON": [*report, f"{place}/report.json", "--format", "json"],
            "for the report job, HTML": [*report, f"{place}/report.html"],
        }
        for what, command in jobs.items():
            for changes in (0, CHANGES):
                if changes:
                    sandbox.go_on(changes, SEED)
                sandbox.forget()
                took = seconds(partial(_process, command, of_lists))
                yield (
                    f"From the start of a process {what}, with a folder, {changes} changes",
                    f"{took:.1f} s (bound {MOST_SECONDS} and what changed), "
                    f"{sandbox.requests()} requests",
                )


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
