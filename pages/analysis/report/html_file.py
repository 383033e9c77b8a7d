"""The report as one HTML file: nothing is fetched, nothing runs, and it prints as it is."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

import jinja2

from pages.analysis import wording
from pages.analysis.charts.palette import Palette
from pages.analysis.report.contents import DEFINITIONS, Report
from pages.analysis.report.static_charts import drawn
from pages.analysis.report.table import NUMBERS, Chart

_NOT_PLAIN = re.compile(r"[^\w .,:+()/–-]")

_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("pages.analysis.report", "."),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def as_html(report: Report, dashboard: str | None = None) -> bytes:
    """The report as UTF-8 HTML text.

    dashboard: where the screens are (`https://dashboard.example.com`); with it, each number that
    counts rows is a link to them. Anything that is no http(s) address is left out.
    """
    return (
        _TEMPLATES.get_template("report.html.jinja")
        .render(
            report=report,
            base=_base(dashboard),
            light=_colours(Palette.light()),
            dark=_colours(Palette.dark()),
            foot=_NOT_PLAIN.sub("", f"{report.title} - {report.environment}"),
            picture=lambda chart: drawn(chart, report.running),
            is_chart=lambda one: isinstance(one, Chart),
            numbers=NUMBERS,
            definitions=DEFINITIONS,
            plural=wording.plural,
        )
        .encode()
    )


def _base(dashboard: str | None) -> str | None:
    """The scheme and host of the dashboard; None if there is no such address."""
    parts = urlsplit(dashboard or "")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    return f"{parts.scheme}://{parts.netloc}"


def _colours(palette: Palette) -> dict[str, str]:
    """The palette by the names that the style sheet and the charts use."""
    named: dict[str, Any] = asdict(palette)
    single = {name: value for name, value in named.items() if isinstance(value, str)}
    kinds = {f"kind_{at}": colour for at, colour in enumerate(palette.kinds)}
    del single["name"]
    every = {**single, **kinds, "faint": palette.sequential[1], "bar": palette.sequential[2]}
    return {name.replace("_", "-"): colour for name, colour in every.items()}
