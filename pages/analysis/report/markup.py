"""Pieces of the HTML report: every word that goes into it is escaped here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from pages.analysis import wording
from pages.analysis.charts.palette import Palette
from pages.analysis.report import svg
from pages.analysis.report.audience import SO_FAR
from pages.analysis.report.movers import Mover
from pages.analysis.report.receipts import Receipt
from pages.analysis.report.svg import Canvas, Series
from pages.analysis.report.tables import NUMBERS, Column, Table
from pages.analysis.report.tiles import Tile

_LAST = frozenset({"All", "All kinds"})
_DARK_HEAT = 0.45


def h(text: object) -> str:
    """Text as HTML shows it, character by character."""
    return escape(str(text), quote=True)


def withheld(noun: str, reason: str) -> str:
    """What stands where a part is unavailable."""
    return f'<p class="box"><b>{h(noun)}: unavailable.</b> {h(reason)}</p>'


def table(
    found: Table,
    *,
    bars: str | None = None,
    heat: Palette | None = None,
    titled: bool = True,
    rows: Sequence[Mapping[str, Any]] | None = None,
) -> str:
    """A table with its title and note, or why it is not there.

    `bars`: the column whose values are drawn as a bar under the row's first cell. `heat`: colours
    the shares. `rows`: other rows of the same table.
    """
    if found.withheld is not None:
        return withheld(found.title, found.withheld)
    note = f'<p class="note">{h(found.note)}</p>' if found.note else ""
    shown = found.printed if rows is None else rows
    if not shown:
        title = f"<h3>{h(found.title)}</h3>" if titled else ""
        return f"{title}{note or '<p class=note>Nothing in this week.</p>'}"
    top = max((row[bars] or 0 for row in shown), default=0) if bars else 0
    body = "".join(
        _row(found, row, at, bars=(bars, top) if bars else None, heat=heat)
        for at, row in enumerate(shown)
    )
    more = len(found.rows) - len(shown)
    if rows is None and more > 0:
        rest = "the XLSX and JSON files hold all of them"
        note += f'<p class="note">And {wording.plural(more, "more row")}: {rest}.</p>'
    head = "".join(
        f'<th scope="col"{_class(column)}>{h(column.label)}</th>' for column in found.columns
    )
    caption = f"<caption>{h(found.title)}</caption>" if titled else ""
    kind = ' class="heat"' if heat else ""
    return (
        f'<div class="scroll"><table{kind} data-table="{h(found.key)}">{caption}'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{note}{_opened(found)}"
    )


def _opened(found: Table) -> str:
    """The receipt of a table, one click away."""
    return "" if found.receipt is None else more("Receipt", _receipt(found.receipt))


def _class(column: Column) -> str:
    return ' class="n"' if column.kind in NUMBERS else ""


def _row(
    found: Table,
    row: Mapping[str, Any],
    at: int,
    *,
    bars: tuple[str, float] | None,
    heat: Palette | None,
) -> str:
    cells = []
    for place, column in enumerate(found.columns):
        said = found.said(row, column)
        inside = f"<bdi>{h(said)}</bdi>" if column.kind == "text" else h(said)
        if column.kind == "flag":
            name = {True: "passed", False: "failed"}.get(row[column.name], "muted")
            inside = f'<span class="{name}">{inside}</span>'
        if (at, column.name) in found.marks:
            inside += f" <small>{SO_FAR}</small>"
        if place == 0 and bars and bars[1] and row.get(found.columns[0].name) not in _LAST:
            share = 100 * (row[bars[0]] or 0) / bars[1]
            inside += f'<span class="barbox"><i style="width:{share:.1f}%"></i></span>'
        cells.append(_cell(column, row, inside, heat))
    last = row.get(found.columns[0].name)
    summed = last in _LAST or (isinstance(last, str) and last.startswith("= "))
    return f"<tr{' class=sum' if summed else ''}>{''.join(cells)}</tr>"


def _cell(column: Column, row: Mapping[str, Any], inside: str, heat: Palette | None) -> str:
    value = row.get(column.name)
    if heat is None or column.kind != "percent":
        return f"<td{_class(column)}>{inside}</td>"
    if value is None:
        return '<td class="n blank"></td>'
    steps = heat.sequential
    shade = steps[min(int(value * (len(steps) - 1) / 0.75), len(steps) - 2)]
    ink = "#fff" if value > _DARK_HEAT else heat.text
    return f'<td class="n" style="background:{shade};color:{ink}">{round(value * 100)}%</td>'


def tile(found: Tile, palette: Palette) -> str:
    """A tile that opens its receipt."""
    if found.withheld is not None:
        reason = f'<div class="sub">{h(found.withheld)}</div>'
        value = f'<div class="value withheld">{h(found.value)}</div>{reason}'
    else:
        value = f'<div class="value" data-number="{h(found.key)}">{h(found.value)}</div>'
    change = ""
    if found.change:
        arrow = {1: "▲ ", -1: "▼ "}.get(found.sign, "")
        change = f'<div class="change {_tone(found)}">{arrow}{h(found.change)}</div>'
    subs = "".join(
        f'<div class="sub">{h(said)}</div>' for said in (found.usual, found.note) if said
    )
    spark = svg.sparkline(found.trend, palette)
    return (
        f'<details class="tile"><summary><div class="label">{h(found.label)}</div>{value}{change}'
        f"{spark}{subs}</summary>{_receipt(found.receipt)}</details>"
    )


def _tone(found: Tile) -> str:
    if not found.sign or found.good == "neither":
        return "muted"
    return "good" if (found.sign > 0) == (found.good == "up") else "bad"


def _receipt(receipt: Receipt) -> str:
    lines = [
        receipt.definition,
        f"Counted: {receipt.filter}. {receipt.sources}.",
        f"{receipt.stamp}.",
    ]
    body = "".join(f"<p>{h(line)}</p>" for line in lines)
    return f'<div class="receipt">{body}<p class="mono">{h(receipt.hash)}</p></div>'


def moved(found: Mover) -> str:
    """One of the sentences about what moved, its number in bold."""
    name, _, rest = found.sentence.partition(": ")
    strong = found.weight >= 1
    usual = "more than it usually moves" if strong else "within its usual movement"
    return (
        f"<li{' class=big' if strong else ''}><b>{h(name)}:</b> <bdi>{h(rest)}</bdi> "
        f"<small>({usual})</small></li>"
    )


def legend(series: Sequence[Series], more: str = "", *, lines: bool = False) -> str:
    """Colours (of lines also dashes and marks) and names above a chart."""
    items = "".join(
        f"<span>{_sample(one, number, lines)}{h(one.name)}</span>"
        for number, one in enumerate(series)
    )
    return f'<div class="legend">{items}{more}</div>'


def _sample(one: Series, number: int, line: bool) -> str:
    return svg.line_sample(one, number) if line else f'<i style="background:{one.colour}"></i>'


def chart(
    title: str,
    caption: str,
    canvas: Canvas,
    series: Sequence[Series],
    draw: Callable[[Canvas, Sequence[Series]], None],
    *,
    legend_more: str = "",
    named: bool = True,
) -> str:
    """A figure with its title, its one-sentence summary, its legend and the picture."""
    draw(canvas, series)
    shown = legend(series, legend_more, lines=draw is svg.lines) if named else ""
    return (
        f"<figure><h3>{h(title)}</h3><figcaption>{h(caption)}</figcaption>{shown}"
        f"{canvas.drawn(f'{title}. {caption}')}</figure>"
    )


def more(summary: str, inside: str) -> str:
    """Something one click away on screen, left out in print."""
    return f'<details class="more"><summary>{h(summary)}</summary>{inside}</details>'
