"""The rows behind a check that failed, as the report's files hold them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pages.analysis.checks import Check
from pages.analysis.columns import Column, Kind
from pages.analysis.report.table import plain


def check_rows(check: Check) -> list[dict[str, Any]]:
    """The rows as plain values: opaque ids, words, moments and cents."""
    return [
        {str(name): plain(value) for name, value in row.items()}
        for row in check.rows.to_dict(orient="records")
    ]


def check_columns(names: Iterable[Any]) -> tuple[Column, ...]:
    """The facts of such rows as columns: `rewarded_at` is `Rewarded at`, cents are dollars."""
    return tuple(Column(str(name), _label(str(name)), _kind(str(name))) for name in names)


def _label(name: str) -> str:
    said = name.removesuffix("_cents").replace("_", " ")
    return said[:1].upper() + said[1:]


def _kind(name: str) -> Kind:
    if name.endswith("_cents"):
        return "money"
    return "time" if name.endswith("_at") else "text"
