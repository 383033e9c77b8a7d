"""The report as one HTML file: nothing is fetched, nothing runs, and it prints as it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pages.analysis import wording
from pages.analysis.charts.palette import Palette
from pages.analysis.checks import Check
from pages.analysis.periods import month_day
from pages.analysis.report import pictures
from pages.analysis.report.contents import Report
from pages.analysis.report.markup import h, more, moved, table, tile
from pages.analysis.report.style import nested, sheet
from pages.analysis.report.svg import HATCH, as_images
from pages.analysis.report.tables import Column, Kind, Table, heading, plain

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_PART = "weekly-report"
_CHECK_ROWS_PRINTED = 5
PRODUCT = "Ownli partner dashboard"


def as_html(report: Report) -> bytes:
    """The report as UTF-8 HTML text."""
    foot = f"{report.title} - {report.environment}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">'
        f"<title>{h(report.title)} - {h(report.environment)}</title>"
        f"<style>{sheet(Palette.light(), foot)}</style></head>"
        f"<body>{HATCH}{_body(report)}</body></html>\n"
    ).encode()


def as_part(report: Report) -> str:
    """The report as a part of a page that has a title and other things, looking the same."""
    style = nested(Palette.light(), _PART)
    return (
        f'<style>{style}</style><div class="{_PART}">{as_images(_body(report, titled=False))}</div>'
    )


def _body(report: Report, *, titled: bool = True) -> str:
    palette = Palette.light()
    parts = (
        _header(report, titled),
        _moved(report),
        _tiles(report, palette),
        _restated(report),
        _check_ins(report, palette),
        _decisions(report, palette),
        _reasons(report),
        _money(report, palette),
        _users(report, palette),
        _codes(report),
        _checks(report),
        _definitions(report),
        _footer(report),
    )
    return "".join(parts)


def _header(report: Report, titled: bool) -> str:
    week = report.week
    span = f"{month_day(week.monday)} – {month_day(week.sunday)}, {week.sunday.year}"
    state = '<span class="chip yes">Complete</span>'
    if report.running is not None:
        state = f'<span class="chip no">{h(report.running.words.capitalize())}</span>'
    elif not report.complete:
        state = '<span class="chip no">Incomplete</span>'
    facts = (
        f"{week.code}, Monday 00:00 to Monday 00:00 in {report.calendar.zone} · "
        f"data as of {wording.moment(report.as_of, report.calendar)}"
    )
    problems = "".join(f"<li><bdi>{h(problem)}</bdi></li>" for problem in report.problems)
    box = f'<div class="box"><b>To know before reading</b><ul>{problems}</ul></div>'
    return (
        f"<header>{'<h1>Weekly report</h1>' if titled else ''}"
        f'<div class="week">{h(span)} &nbsp;{state} '
        f'<span class="chip env">{h(report.environment)}</span></div>'
        f'<div class="facts">{h(facts)}</div><p class="lead">{h(_lead(report))}</p></header>'
        f"{box if problems else ''}"
    )


def _lead(report: Report) -> str:
    """The week in one sentence, of what is there."""
    said = {one.key: one.value for one in report.tiles if one.withheld is None}
    parts = []
    if "submitted" in said:
        known = said.get("active_users", wording.UNKNOWN) != wording.UNKNOWN
        by = f" by {said['active_users']} users" if known else ""
        parts.append(f"{said['submitted']} check-ins were submitted{by}")
        parts.append(f"{said['confirmation_rate']} of those decided were confirmed")
    if "earned" in said:
        parts.append(f"{said['earned']} was earned")
    if "claimed" in said:
        parts.append(f"{said['claimed']} claimed")
    if not parts:
        return ""
    sentence = wording.listing(parts)
    return f"{sentence[:1].upper()}{sentence[1:]}."


def _moved(report: Report) -> str:
    if report.movers:
        lines = "".join(moved(mover) for mover in report.movers)
        inside = f'<ul class="moved">{lines}</ul>'
    elif report.running is not None:
        inside = "<p class=note>The week is in progress, so it is not compared with the last.</p>"
    elif report.tiles and all(one.withheld for one in report.tiles):
        inside = "<p class=note>Unavailable.</p>"
    else:
        inside = "<p class=note>There is no change to tell: nothing moved, or no week before.</p>"
    return f"<section class=keep><h2>What moved most against the week before</h2>{inside}</section>"


def _tiles(report: Report, palette: Palette) -> str:
    inside = "".join(tile(one, palette) for one in report.tiles)
    lead = "“Usually” is the median of the twelve weeks before."
    opens = "A number opens its receipt: what it means and what was counted."
    return (
        f'<section class=keep><h2>The week in numbers</h2><p class="note">{lead} '
        f'<span class="screen">{opens}</span></p>'
        f'<div class="tiles">{inside}</div></section>'
    )


def _restated(report: Report) -> str:
    """What earlier reports said and no longer holds; nothing if there is nothing."""
    if "restated" not in report.tables:
        return ""
    found, rows = report.tables["restated"], report.tables["restated_rows"]
    return (
        f"<section><h2>{h(found.title)}</h2>{table(found, titled=False)}"
        f"{more('The rows that changed', table(rows, titled=False))}</section>"
    )


def _check_ins(report: Report, palette: Palette) -> str:
    tables = report.tables
    if tables["submitted"].withheld:
        return f"<section><h2>Check-ins</h2>{table(tables['submitted'])}</section>"
    return (
        f"<section><h2>Check-ins by kind and status</h2>"
        f"{pictures.submitted(report, palette)}{pictures.by_kind(report, palette)}"
        f'<div class="card">{table(tables["by_kind"])}</div>'
        f"{more('All weeks as a table', table(tables['submitted'], titled=False))}"
        f"{more('All weeks by kind', table(tables['submitted_by_kind'], titled=False))}</section>"
    )


def _decisions(report: Report, palette: Palette) -> str:
    tables = report.tables
    title = "<h2>Confirmation rate and time to decision</h2>"
    if tables["confirmation_rate"].withheld:
        return f"<section>{title}{table(tables['confirmation_rate'])}</section>"
    picture = pictures.expected(report, palette)
    times = f'<div class="card">{table(tables["time_to_decision"])}</div>'
    if picture:
        times = f'<div class="two">{picture}{times}</div>'
    return (
        f"<section>{title}{pictures.confirmation(report, palette)}{times}"
        f'<div class="card">{table(tables["expected"])}</div>'
        f"{more('All weeks by kind', table(tables['confirmation_rate'], titled=False))}</section>"
    )


def _reasons(report: Report) -> str:
    found = report.tables["reasons"]
    return f"<section><h2>{h(found.title)}</h2>{table(found, bars='count', titled=False)}</section>"


def _money(report: Report, palette: Palette) -> str:
    tables = report.tables
    return (
        f"<section><h2>Rewards and payouts</h2>"
        f'<div class="two"><div class="card">{table(tables["ledger"])}</div>'
        f'<div class="card">{table(tables["outstanding"], bars="amount_cents")}</div></div>'
        f"{'' if tables['money'].withheld else pictures.money(report, palette)}"
        f'<div class="two"><div class="card">{table(tables["rewards"])}</div>'
        f'<div class="card">{table(tables["reward_types"])}</div></div>'
        f"{more('All weeks as a table', table(tables['money'], titled=False))}</section>"
    )


def _users(report: Report, palette: Palette) -> str:
    tables = report.tables
    picture = table(tables["users"])
    if not tables["users"].withheld:
        rest = more("All weeks as a table", table(tables["users"], titled=False))
        picture = f"{pictures.users(report, palette)}{rest}"
    return (
        f"<section><h2>New and active users</h2>{picture}"
        f'<div class="card">{table(tables["cohorts"], heat=palette)}</div></section>'
    )


def _codes(report: Report) -> str:
    found = report.tables["action_codes"]
    return f"<section class=keep><h2>{h(found.title)}</h2>{table(found, titled=False)}</section>"


def _checks(report: Report) -> str:
    found = report.tables["checks"]
    failed = "".join(
        f'<div class="card">{_check_rows(check, report)}</div>'
        for check in report.checks
        if len(check.rows)
    )
    inside = f"<section class=keep><h2>{h(found.title)}</h2>{table(found, titled=False)}</section>"
    return f"{inside}{failed}"


def _check_rows(check: Check, report: Report) -> str:
    """The first rows behind a check that failed: opaque ids, words, dates and amounts."""
    names = [str(name) for name in check.rows.columns]
    columns = tuple(Column(name, heading(name), _kind(name)) for name in names)
    shown = check.rows.head(_CHECK_ROWS_PRINTED).to_dict(orient="records")
    rows = tuple({str(name): _plain(value, report) for name, value in row.items()} for row in shown)
    more_rows = len(check.rows) - len(rows)
    rest = f"And {wording.plural(more_rows, 'more row')} in the XLSX and JSON files."
    return table(
        Table(f"check-{check.name}", check.name, columns, rows, note=rest if more_rows else "")
    )


def _kind(name: str) -> Kind:
    return "money" if name.endswith("_cents") else "text"


def _plain(value: Any, report: Report) -> Any:
    value = plain(value)
    return wording.moment(value, report.calendar) if isinstance(value, datetime) else value


def _definitions(report: Report) -> str:
    items = "".join(
        f"<div><dt>{h(term)}</dt><dd>{h(meaning)}</dd></div>"
        for term, meaning in report.definitions.items()
    )
    rows = "".join(
        f'<tr><td>{h(one.label)}</td><td class="n">{h(one.value)}</td><td>{h(one.filter)}</td>'
        f'<td>{h(one.sources)}</td><td class="mono">{h(one.hash)}</td></tr>'
        for one in report.receipts.values()
    )
    heads = ("Number", "Value", "Filter", "Counted from", "Content hash")
    head = "".join(f"<th{' class=n' if name == 'Value' else ''}>{name}</th>" for name in heads)
    return (
        f"<section><h2>What each number means</h2><dl>{items}</dl></section>"
        f'<section class=keep><h2>Receipts</h2><p class="note">The same hash stands for the same '
        "rows, on screen and in every file.</p>"
        f'<div class="scroll"><table data-table="receipts"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></section>"
    )


def _footer(report: Report) -> str:
    stamp = wording.moment(report.as_of, report.calendar)
    return (
        f"<footer>{h(PRODUCT)} · {h(report.environment)} · {h(report.title)} · "
        f"data as of {h(stamp)}</footer>"
    )
