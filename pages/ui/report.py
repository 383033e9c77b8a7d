"""The weekly report on screen: the week picker, its sections as every other screen draws them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from pages import settings
from pages.access.escaping import inert
from pages.access.guard import later
from pages.access.rights import Right
from pages.access.sign_in import Requester
from pages.analysis import charts, definitions, export, summaries
from pages.analysis.periods import Week
from pages.analysis.report import (
    LISTS_READ,
    NUMBERS,
    Chart,
    KeyNumber,
    NoSuchWeek,
    Question,
    Report,
    Section,
    Table,
    as_html,
    as_json,
    as_xlsx,
    from_lists,
    restated,
)
from pages.ui import figures, filters, labels, navigation, sources, states, tiles

log = logging.getLogger(__name__)
_WEEKS_OFFERED = 52
_REPORTS_HELD = 8
_FORMATS: Mapping[str, tuple[str, str]] = {
    "html": ("text/html", ":material/print:"),
    "xlsx": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ":material/table_view:",
    ),
    "json": ("application/json", ":material/data_object:"),
}
# The figure and the sentence of each metric, the columns of its table, and what it means.
_FIGURES: Mapping[
    str, tuple[Callable[..., go.Figure], Callable[..., str], Mapping[str, str], str]
] = {
    "submitted": (
        charts.submitted,
        summaries.submitted,
        labels.SUBMITTED,
        definitions.SUBMITTED,
    ),
    "confirmation_rate_per_week": (
        charts.confirmation_rate_per_week,
        summaries.confirmation_rate_per_week,
        labels.CONFIRMATION_RATE,
        definitions.CONFIRMATION_RATE,
    ),
    "earned_and_claimed": (
        charts.earned_and_claimed,
        summaries.earned_and_claimed,
        labels.EARNED_AND_CLAIMED,
        f"{definitions.EARNED} {definitions.CLAIMED}",
    ),
    "new_users_per_week": (
        charts.new_users_per_week,
        summaries.new_users_per_week,
        labels.NEW_USERS,
        definitions.NEW_USERS,
    ),
}
# Tables of so many rows are shown without a bar to scroll them by.
_WHOLE_ROWS = 13
_NARROW, _CHART = 260, 420


def week() -> Week:
    """The week of the report: the last complete one unless another is picked, kept in the URL."""
    zone, now = sources.calendar(), filters.now()
    running = zone.running(now)
    last = zone.last_complete(now)
    offered = [last.plus(-back) for back in range(_WEEKS_OFFERED)]
    codes = [one.code for one in (*offered, running.week)]

    def why(text: str) -> str | None:
        """Why a link's week, if it is one, is not among those."""
        try:
            asked = Week.parse(text)
        except ValueError:
            return None
        if asked > running.week:
            return f"Week {asked.label} has not begun yet: this is the last complete week instead."
        return (
            f"Week {asked.label} is too long ago: there are reports of the last {_WEEKS_OFFERED} "
            "weeks. This is the last complete one instead."
        )

    chosen = filters.one("Week", "week", codes, width=330, why=why)
    return Week.parse(chosen)


def read(asked: Week) -> tuple[sources.Loaded, Report]:
    """Read what the report needs and make it; stops with a sentence if that cannot be."""
    question = Question(asked, sources.calendar(), sources.app().environment)
    asked_for = sources.ask(*LISTS_READ, since=question.since) | sources.ask_users(question.weeks)
    loaded = sources.wait(asked_for, partly=("payouts",))
    if not loaded.held:
        states.banner(loaded)
        st.stop()
    errors = {name: error.sentence for name, error in loaded.errors.items()}
    try:
        report = _made(_key(question, loaded.held, errors), question, loaded.held, errors)
    except NoSuchWeek as problem:
        states.nothing(str(problem), "Choose a later week.")
        st.stop()
    return loaded, report


def _key(question: Question, held: Mapping[str, Any], errors: Mapping[str, str]) -> str:
    """What a report depends on, as text: equal keys make equal reports."""
    lists = [
        (
            name,
            one.version,
            one.as_of,
            one.undated,
            one.complete,
            one.counted,
            str(one.error),
            one.value,
        )
        for name, one in sorted(held.items())
    ]
    asked = (question.week.code, question.calendar.zone, question.environment)
    return repr((asked, question.calendar.today(filters.now()), lists, sorted(errors.items())))


@st.cache_resource(max_entries=_REPORTS_HELD, show_spinner="Making the report")
def _made(
    key: str,  # noqa: ARG001 - what the answer is held under; the others are not hashed
    _question: Question,
    _held: Mapping[str, Any],
    _errors: Mapping[str, str],
) -> Report:
    return from_lists(_question, _held, _errors, filters.now(), _archived())


def _archived() -> list[Mapping[str, Any]]:
    """Earlier reports, if a folder of them is configured; what cannot be read is logged."""
    text = settings.text("report.archive")
    if text is None:
        return []
    try:
        paths = (settings.ROOT / Path(text).expanduser()).glob(f"*{restated.SUFFIX}")
        found, others = restated.archived({one.name: one.read_text("utf-8") for one in paths})
    except (OSError, UnicodeError) as problem:
        log.warning("The archive of reports could not be read: %s", problem)
        return []
    for name in others:
        log.warning("%s in the archive is no archived report.", name)
    return found


def files(report: Report) -> None:
    """A button a format; the file is made when it is clicked, and the click is audited."""
    dashboard = st.context.url
    made: dict[str, Callable[[], bytes]] = {
        "html": lambda: as_html(report, dashboard),
        "xlsx": lambda: as_xlsx(report),
        "json": lambda: as_json(report),
    }
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for ending, (mime, icon) in _FORMATS.items():
            st.download_button(
                ending.upper(),
                data=later(Right.SEE, _maker(report.week, ending, made[ending])),
                file_name=export.file_name(
                    report.environment, "weekly-report", report.week.code, report.as_of, ending
                ),
                mime=mime,
                icon=icon,
                on_click="ignore",
                key=f"report-{ending}",
            )
        st.caption("The HTML file prints on A4 and Letter.")


def _maker(week: Week, ending: str, make: Callable[[], bytes]) -> Callable[[Requester], bytes]:
    """What the click calls: the audit line comes before the bytes."""

    def made(asker: Requester) -> bytes:
        asker.note("export", what="weekly report", filter=week.code, format=ending)
        return make()

    return made


def page(report: Report) -> None:
    """The sections of the report, in the order of its files."""
    st.caption(inert(f"{report.days} · {report.facts}"))
    if report.problems:
        lines = "\n".join(f"- {inert(problem)}" for problem in report.problems)
        st.warning(lines, icon=":material/rule:", title=f"{report.state}: to know before reading")
    st.markdown(inert(report.lead))
    st.header("What changed most against the week before", anchor=False)
    if report.contributions:
        st.markdown(
            "\n".join(
                f"- **{inert(one.head)}:** {inert(one.tail)} :small[({inert(one.usual)})]"
                for one in report.contributions
            )
        )
    else:
        st.caption(report.no_contributions)
    st.header("The week in numbers", anchor=False)
    tiles.row([_tile(one) for one in report.key_numbers])
    st.caption(
        "“Usually” is the median of the twelve weeks before. "
        "A click on a number in a table below opens the rows it counts."
    )
    if report.restated is not None:
        _table(report.restated)
    for section in report.sections:
        _section(section, report)
    for table in report.failed:
        _table(table)


def _tile(one: KeyNumber) -> tiles.Tile:
    """A number as the tiles of all screens show it."""
    per = 100 if one.kind == "money" else 1
    return tiles.Tile(
        label=one.label,
        value=one.value,
        help=one.definition,
        change=one.change,
        sign=one.sign,
        note=one.withheld or ", ".join(part for part in (one.usual, one.note) if part),
        address=one.link or "",
        trend=tuple(value / per for value in one.trend if value is not None),
    )


def _section(section: Section, report: Report) -> None:
    st.header(section.title, anchor=False)
    for row in section.rows:
        drawn = [one for one in row if isinstance(one, Table) or one.metric in _FIGURES]
        if not drawn:
            continue
        with st.grid(len(drawn), min_column_width=_CHART if len(drawn) < 3 else _NARROW):
            for one in drawn:
                if isinstance(one, Table):
                    _table(one, titled=one.title != section.title)
                else:
                    _chart(one, report)
    for table in section.details:
        with st.expander("All weeks as a table", icon=":material/table:"):
            _table(table)


def _chart(chart: Chart, report: Report) -> None:
    draw, summarize, columns, meaning = _FIGURES[chart.metric]
    figures.card(
        chart.title,
        chart.frame,
        draw,
        summarize,
        key=f"report-{chart.key}",
        labels=columns,
        help=meaning,
        running=report.running,
    )


def _table(table: Table, *, titled: bool = True) -> None:
    """A table in its card; a click on a number that counts rows opens them on their screen."""
    if table.withheld is not None:
        states.nothing(f"{table.title}: unavailable.", table.withheld)
        return
    with st.container(border=True, height="stretch"):
        if titled:
            st.subheader(inert(table.title), anchor=False)
        if table.rows:
            _grid(table)
        if table.note or not table.rows:
            st.caption(inert(table.note or "Nothing in this week."))


def _grid(table: Table) -> None:
    """The rows as they read."""
    shown = pd.DataFrame(
        {
            column.name: pd.Series([table.said(row, column) for row in table.rows], dtype="str")
            for column in table.columns
        }
    )
    config = {
        column.name: st.column_config.TextColumn(
            column.label,
            width=column.width,
            alignment="right" if column.kind in NUMBERS else None,
        )
        for column in table.columns
    }
    selection: Any = st.dataframe(
        shown,
        hide_index=True,
        column_config=config,
        height="content" if len(table.rows) <= _WHOLE_ROWS else "auto",
        key=f"report-{table.key}",
        on_select="rerun" if table.links else "ignore",
        selection_mode="single-cell",
        alt=table.title,
    )
    if table.links:
        for cell in selection["selection"]["cells"]:
            match tuple(cell):  # a browser may name a cell that is not there
                case (int(at), str(name)) if (at, name) in table.links:
                    navigation.go(table.links[at, name])
