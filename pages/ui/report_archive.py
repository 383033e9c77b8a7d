"""The folder of issued reports: one small JSON file each, never changed once it is there."""

from __future__ import annotations

import logging
import re
from pathlib import Path

from pages.access import files
from pages.analysis.report import Issue
from pages.analysis.report import memory as remembered

log = logging.getLogger(__name__)
_SUFFIX = ".issue.json"
_UNSAFE = re.compile(r"[^A-Za-z0-9]+")


def read(folder: Path | None) -> list[Issue]:
    """Every issue in the folder; a file that is none is left alone and named in the log."""
    if folder is None or not folder.is_dir():
        return []
    found = []
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        try:
            found.append(remembered.read(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as problem:
            log.warning("The archived report %s could not be read: %s", path.name, problem)
    return found


def keep(folder: Path, issue: Issue) -> Path | None:
    """Add an issue; None if the latest of its week says the same already. Raises OSError."""
    mine = [
        one
        for one in read(folder)
        if (one.week, one.environment, one.time_zone)
        == (issue.week, issue.environment, issue.time_zone)
    ]
    latest = max(mine, key=lambda one: one.as_of, default=None)
    if latest is not None and latest.content == issue.content:
        return None
    parts = (issue.environment, issue.time_zone, issue.week.code)
    stamp = issue.as_of.strftime("%Y%m%dT%H%M%S%fZ")
    name = "_".join(_UNSAFE.sub("-", part).strip("-").lower() for part in parts)
    path = folder / f"{name}_{stamp}{_SUFFIX}"
    files.replace(path, remembered.as_text(issue))
    return path
