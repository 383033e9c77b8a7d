"""The folder of issued reports: one small JSON file each, never changed once it is there."""

from __future__ import annotations

from pathlib import Path

from pages.access import atomic_file
from pages.analysis.report import Issue, issues


def read(folder: Path | None) -> tuple[list[Issue], list[str]]:
    """Every issue in the folder, and the names of files that are none; those are left alone."""
    if folder is None or not folder.is_dir():
        return [], []
    paths = folder.glob(f"*{issues.SUFFIX}")
    return issues.read_all({path.name: path.read_text("utf-8", "replace") for path in paths})


def keep(folder: Path, issue: Issue) -> Path | None:
    """Add an issue; None if the latest of its week says the same already. Raises OSError."""
    if not issues.is_news(issue, read(folder)[0]):
        return None
    path = folder / issues.file_name(issue)
    atomic_file.replace(path, issues.as_text(issue))
    return path
