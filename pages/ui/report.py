"""The weekly report on screen: the week picker, the page as it prints, its files."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import streamlit as st

from ownli_api import OwnliError
from ownli_api.cache import Held
from pages.access import files as access_files
from pages.access.guard import later
from pages.access.rights import Right
from pages.access.sign_in import Pass
from pages.analysis import export
from pages.analysis.periods import Week
from pages.analysis.report import (
    ASKED,
    Issue,
    NoSuchWeek,
    Question,
    Report,
    as_html,
    as_json,
    as_part,
    from_lists,
    issues,
)
from pages.analysis.workbook import as_xlsx
from pages.ui import filters, settings, sources, states

log = logging.getLogger(__name__)
_WEEKS_OFFERED = 52
_KEPT_REPORTS = 4
_FORMATS: Mapping[str, tuple[str, str, Callable[[Report], bytes]]] = {
    "html": ("text/html", ":material/print:", as_html),
    "xlsx": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ":material/table_view:",
        as_xlsx,
    ),
    "json": ("application/json", ":material/data_object:", as_json),
}


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
    asked_for = sources.ask(*ASKED, since=question.since) | sources.ask_users(question.weeks)
    loaded = sources.wait(asked_for, partly=("payouts",))
    if not loaded.held:
        states.banner(loaded)
        st.stop()
    try:
        report = _made(
            _key(question, loaded.held, loaded.errors),
            question,
            loaded.held,
            loaded.errors,
            filters.now(),
        )
    except NoSuchWeek as problem:
        states.nothing(str(problem), "Choose a later week.")
        st.stop()
    return loaded, report


def _key(
    question: Question,
    held: Mapping[str, Held],
    errors: Mapping[str, OwnliError],
) -> str:
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
    older = {name: one.error for name, one in held.items() if one.error is not None}
    failed = [(name, str(error)) for name, error in sorted({**older, **errors}.items())]
    today = question.calendar.today(filters.now())
    asked = (question.week.code, question.calendar.zone, question.environment, today)
    return repr((asked, lists, failed, [one.content for one in _archived()]))


@st.cache_resource(max_entries=_KEPT_REPORTS, show_spinner="Making the report")
def _made(
    key: str,  # noqa: ARG001 - what the answer is kept under; the others are not hashed
    _question: Question,
    _held: Mapping[str, Held],
    _errors: Mapping[str, OwnliError],
    _now: datetime,
) -> Report:
    why = {name: error.sentence for name, error in _errors.items()}
    return from_lists(_question, _held, why, _now, _archived())


def _folder() -> Path | None:
    """The configured folder of issued reports, if there is one."""
    text = settings.text("report.archive")
    return None if text is None else settings.ROOT / Path(text).expanduser()


def _archived() -> list[Issue]:
    """What earlier reports said; an archive that cannot be read is named in the log."""
    folder = _folder()
    if folder is None or not folder.is_dir():
        return []
    try:
        paths = folder.glob(f"*{issues.SUFFIX}")
        texts = {path.name: path.read_text("utf-8", "replace") for path in paths}
    except OSError as problem:
        log.warning("The archive of reports could not be read: %s", problem.strerror)
        return []
    found, others = issues.read_all(texts)
    for name in others:
        log.warning("%s in the archive is no archived report.", name)
    return found


def files(report: Report) -> None:
    """A button a format; the file is made when it is clicked, and the click is audited."""
    folder = _folder()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for ending, (mime, icon, make) in _FORMATS.items():
            st.download_button(
                ending.upper(),
                data=later(Right.SEE, _maker(report, ending, make, folder)),
                file_name=export.file_name(
                    report.environment, "weekly-report", report.week.code, report.as_of, ending
                ),
                mime=mime,
                icon=icon,
                on_click="ignore",
                key=f"report-{ending}",
            )
        st.caption("The HTML file prints as it is shown, on A4 and Letter.")


def _maker(
    report: Report,
    ending: str,
    make: Callable[[Report], bytes],
    folder: Path | None,
) -> Callable[[Pass], bytes]:
    """What the click calls: the audit line comes before the bytes."""

    def made(asker: Pass) -> bytes:
        asker.note("export", what="weekly report", filter=report.week.code, format=ending)
        if folder is not None and report.running is None:
            _keep(folder, report)
        return make(report)

    return made


def _keep(folder: Path, report: Report) -> None:
    """Archive what the file says; a full disk must not keep the file from its reader."""
    try:
        if issues.is_news(report.issue, _archived()):
            issued = report.issue
            access_files.replace(folder / issues.file_name(issued), issues.as_text(issued))
    except OSError as problem:
        log.error("The report could not be archived: %s", problem.strerror)


def page(report: Report) -> None:
    """The report as it will be printed; a number in it opens its receipt."""
    for one in report.memory.restated:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.text(one.sentence, width="stretch")
            st.page_link(
                "weekly_report.py",
                label=f"Restated report of {one.week.code}",
                icon=":material/history:",
                query_params={"week": one.week.code},
            )
    st.html(as_part(report))
