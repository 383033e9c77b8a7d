"""LibreOffice without a window: what a spreadsheet program makes of a file."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

SECONDS = 120
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
MOST_REPEATED = 1_000  # LibreOffice fills a sheet up with repeated empty cells


@dataclass(frozen=True)
class Cell:
    """A cell as the program understood it; `formula` is None for a plain value."""

    kind: str | None  # "string", "float", "date", "currency", "percentage", None if empty
    value: str
    text: str
    formula: str | None


def program() -> str:
    """LibreOffice's command; the test is skipped without one, and fails on the build server."""
    found = shutil.which("soffice")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("LibreOffice is not installed")
        pytest.skip("LibreOffice is not installed")
    return found


def opened(file: Path, profile: Path) -> dict[str, list[list[Cell]]]:
    """The sheets of a file as LibreOffice opens it, by name; `profile` is a folder of its own."""
    command = [program(), f"-env:UserInstallation={profile.as_uri()}", "--headless"]
    command += ["--convert-to", "fods", "--outdir", str(file.parent / "opened"), str(file)]
    subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)
    root = ElementTree.parse(file.parent / "opened" / f"{file.stem}.fods").getroot()
    return {str(sheet.get(f"{TABLE}name")): _rows(sheet) for sheet in root.iter(f"{TABLE}table")}


def _rows(sheet: ElementTree.Element) -> list[list[Cell]]:
    rows = [_cells(row) for row in sheet.iter(f"{TABLE}table-row")]
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _cells(row: ElementTree.Element) -> list[Cell]:
    cells: list[Cell] = []
    for cell in row.iter(f"{TABLE}table-cell"):
        repeated = int(cell.get(f"{TABLE}number-columns-repeated", "1"))
        kind = cell.get(f"{OFFICE}value-type")
        value = cell.get(f"{OFFICE}date-value") or cell.get(f"{OFFICE}value") or ""
        text = "\n".join("".join(part.itertext()) for part in cell.iter(f"{TEXT}p"))
        one = Cell(kind, value, text, cell.get(f"{TABLE}formula"))
        cells += [one] * (repeated if repeated < MOST_REPEATED else 0)
    while cells and cells[-1].kind is None:
        cells.pop()
    return cells
