"""The charts of the HTML report, from the report's own tables: the same numbers, drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from pages.analysis import wording
from pages.analysis.charts.palette import Palette
from pages.analysis.periods import month_day
from pages.analysis.report import svg
from pages.analysis.report.contents import Report
from pages.analysis.report.markup import chart
from pages.analysis.report.svg import Canvas, Series
from pages.analysis.terms import KINDS, MINIMUM_DECIDED

_WIDE = (720.0, 190.0)
_SMALL = (340.0, 150.0)
_TINY = (230.0, 140.0)
_HOLLOW = '<span><i class="hollow"></i>Still expected, with the interval</span>'

Rows = Sequence[Mapping[str, Any]]


def submitted(report: Report, palette: Palette) -> str:
    """Check-ins a week, stacked by status."""
    table = report.tables["submitted"]
    series = _statuses(table.rows, [column.name for column in table.columns[2:]], palette)
    totals = [row["total"] for row in table.rows]
    return chart(
        "Check-ins a week by status",
        _range(totals, "check-ins", report),
        _canvas(report, max(totals, default=0), palette),
        series,
        svg.stacked,
    )


def by_kind(report: Report, palette: Palette) -> str:
    """The same, one small chart a kind."""
    table = report.tables["submitted_by_kind"]
    statuses = [column.name for column in table.columns[3:]]
    kinds = list(dict.fromkeys(row["kind"] for row in table.rows))
    parts = []
    for kind in kinds:
        rows = [row for row in table.rows if row["kind"] == kind]
        totals = [row["total"] for row in rows]
        parts.append(
            chart(
                kind,
                _range(totals, "check-ins", report),
                _canvas(report, max(totals, default=0), palette, size=_TINY),
                _statuses(rows, statuses, palette),
                partial(svg.stacked, every=4, totals=False),
                named=False,
            )
        )
    return f'<div class="three">{"".join(parts)}</div>'


def confirmation(report: Report, palette: Palette) -> str:
    """Confirmation rate a week: all kinds and each kind, where at least 30 are decided."""
    table = report.tables["confirmation_rate"]
    every = _line("All kinds", palette.text, table.rows, bold=True)
    series = [every]
    for kind in KINDS:
        series.append(_line(wording.kind(kind), palette.kind(kind), table.rows))
    known = [value for one in series for value in one.values if value is not None]
    if not known:
        return ""
    floor = max(int(min(known) * 10) / 10, 0.0)
    canvas = replace(_canvas(report, 1.0, palette, write=_percent, whole=False), bottom=floor)
    latest = next((value for value in reversed(every.values) if value is not None), None)
    shown = [one for one in series if any(value is not None for value in one.values)]
    caption = f"{wording.percent(latest)} of all decided check-ins were confirmed in the last week"
    return chart(
        "Confirmation rate a week",
        f"{caption} shown. Weeks with fewer than {MINIMUM_DECIDED} decided are left out; the axis "
        "does not start at zero.",
        canvas,
        shown,
        svg.lines,
    )


def expected(report: Report, palette: Palette) -> str:
    """Confirmed a week: decided (solid) and still expected (hollow); nothing if nothing is."""
    found = report.settling
    if found is None or not found.weeks:
        return ""
    rows = report.tables["submitted"].rows
    confirmed = [float(row.get("Confirmed", 0)) for row in rows]
    codes = [row["week"] for row in rows]
    top = max([*confirmed, *(one.high for one in found.weeks)])
    canvas = _canvas(report, top, palette, size=_SMALL)

    def draw(canvas: Canvas, series: Sequence[Series]) -> None:
        svg.stacked(canvas, series, every=3, totals=False)
        for one in found.weeks:
            at = codes.index(one.week.code)
            svg.hollow(canvas, at, one.confirmed, one.expected, one.low, one.high)

    last = found.weeks[-1]
    return chart(
        "Confirmed a week, and what is still expected",
        f"{wording.count(last.confirmed)} of {last.week.code} are confirmed so far; about "
        f"{wording.count(round(last.expected))} are expected in the end.",
        canvas,
        [Series("Confirmed so far", palette.confirmed, confirmed)],
        draw,
        legend_more=_HOLLOW,
    )


def money(report: Report, palette: Palette) -> str:
    """Dollars earned beside dollars claimed, by week."""
    rows = report.tables["money"].rows
    every = (
        Series("Rewards earned", palette.confirmed, _dollars(rows, "earned_cents")),
        Series("Payouts claimed", palette.claimed, _dollars(rows, "claimed_cents")),
    )
    # A list that is not there must not be drawn as if it were empty.
    series = [one for one in every if any(value is not None for value in one.values)]
    if not series:
        return ""
    top = max(value for one in series for value in one.values if value is not None)
    parts = [
        f"{one.name.lower()} {wording.money(round(sum(value or 0 for value in one.values) * 100))}"
        for one in series
    ]
    return chart(
        "Earned and claimed a week",
        f"In these {len(rows)} weeks: {wording.listing(parts)}.",
        _canvas(report, top, palette, write=_short_dollars),
        series,
        svg.grouped,
    )


def users(report: Report, palette: Palette) -> str:
    """New and active users a week, one small chart each."""
    rows = report.tables["users"].rows
    parts = []
    for name, title in (("new_users", "New users a week"), ("active_users", "Active users a week")):
        values = [row[name] for row in rows]
        known = [value for value in values if value is not None]
        if not known:
            continue
        parts.append(
            chart(
                title,
                _range(known, "users", report),
                _canvas(report, max(known), palette, size=_SMALL),
                [Series(title, palette.accent, values)],
                partial(svg.stacked, every=3, totals=False),
                named=False,
            )
        )
    return f'<div class="two">{"".join(parts)}</div>'


def _canvas(
    report: Report,
    top: float,
    palette: Palette,
    *,
    write: Callable[[float], str] = wording.count,
    size: tuple[float, float] = _WIDE,
    whole: bool = True,
) -> Canvas:
    weeks = report.inputs.weeks
    return Canvas(
        labels=[month_day(week.monday) for week in weeks],
        top=float(top),
        write=write,
        palette=palette,
        width=size[0],
        height=size[1],
        whole=whole,
        running=len(weeks) - 1 if report.running is not None else None,
    )


def _statuses(rows: Rows, statuses: Sequence[str], palette: Palette) -> list[Series]:
    return [
        Series(wording.status(word), palette.status(word), [float(row[word]) for row in rows])
        for word in statuses
    ]


def _line(kind: str, colour: str, rows: Rows, *, bold: bool = False) -> Series:
    values = [
        row["rate"] if row["confirmed"] + row["declined"] >= MINIMUM_DECIDED else None
        for row in rows
        if row["kind"] == kind
    ]
    return Series(kind, colour, values, bold)


def _range(values: Sequence[int], noun: str, report: Report) -> str:
    """`458 check-ins in the week; 372 to 756 in these twelve weeks.`"""
    if not values:
        return ""
    now = "so far in the running week" if report.running is not None else "in the week"
    return (
        f"{wording.count(values[-1])} {noun} {now}; {wording.count(min(values))} to "
        f"{wording.count(max(values))} in these {len(values)} weeks."
    )


def _percent(value: float) -> str:
    return f"{round(value * 100)}%"


def _dollars(rows: Rows, name: str) -> list[float | None]:
    return [None if row[name] is None else row[name] / 100 for row in rows]


def _short_dollars(value: float) -> str:
    return f"${value:,.0f}"
