"""Export buttons: the file is made when somebody clicks, masked by right, and audited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd
import streamlit as st

from pages.access import reveal
from pages.access.guard import guard, later
from pages.access.masking import COLUMNS as CONTACT_COLUMNS
from pages.access.masking import masked
from pages.access.rights import Person, Right
from pages.access.sign_in import Requester
from pages.analysis import export, wording
from pages.analysis.columns import Column
from pages.analysis.periods import Calendar
from pages.ui import filters, sources

_ICON = ":material/download:"
_LARGE = 200_000
_MOST_XLSX_ROWS = 1_048_575  # the format's own limit, less the header
_ENDINGS: tuple[Literal["csv", "xlsx"], ...] = ("csv", "xlsx")
_MIME = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class File:
    """What an export holds: the rows of a filtered set, and words for its name and audit line.

    `right`: what a person needs to have the file with contact details masked. `finish`: what is
    added to the rows when the file is made.
    """

    frame: pd.DataFrame
    columns: Sequence[Column]
    what: str
    period: str = ""
    right: Right = Right.SEE
    finish: Callable[[pd.DataFrame], pd.DataFrame] = lambda rows: rows


def buttons(file: File, *, key: str) -> None:
    """CSV and XLSX of all rows of the filtered set, the row count on the button."""
    person = guard(file.right)
    with st.popover("Export", icon=_ICON, key=f"{key}-export"):
        _choices(person, file, key)


def buttons_once_read(read: Callable[[], File | None], *, key: str) -> None:
    """The same for rows that are read from Ownli only when somebody opens the export.

    `read` draws its own progress, and its own reason where it returns None.
    """
    person = guard()
    place = st.popover("Export", icon=_ICON, key=f"{key}-export", on_change="rerun")
    if place.open:
        with place:
            file = read()
            if file is not None:
                _choices(person, file, key)


def _choices(person: Person, file: File, key: str) -> None:
    """What stands in an opened export: masked or in full, and a button a format."""
    count = len(file.frame)
    zone = sources.calendar()
    if count > _LARGE:
        st.text(f"{wording.count(count)} rows make a large file. A narrower period is faster.")
    full, reason = False, ""
    if person.may(Right.EXPORT_UNMASKED) and _contact(file):
        full = st.toggle("Include contact details in full", key=f"{key}-full")
        if full:
            reason = st.text_input(
                "Reason",
                key=f"{key}-reason",
                placeholder="For example the number of the ticket",
                max_chars=reveal.LONGEST_REASON,
            )
    reason = reveal.stated(reason or "")
    waiting = full and len(reason) < reveal.SHORTEST_REASON
    if waiting:
        st.caption("A reason is needed; the audit log keeps it.")
    if count > _MOST_XLSX_ROWS:
        st.caption("XLSX holds a million rows at most; take CSV or a narrower period.")
    for ending in _ENDINGS:
        too_long = ending == "xlsx" and count > _MOST_XLSX_ROWS
        st.download_button(
            f"{ending.upper()} ({wording.plural(count, 'row')})",
            data=_maker(file, ending, zone, reason if full else None),
            file_name=export.file_name(
                sources.app().environment, file.what, file.period, filters.now(), ending
            ),
            mime=_MIME[ending],
            on_click="ignore",
            disabled=count == 0 or waiting or too_long,
            icon=":material/table_view:",
            key=f"{key}-{ending}",
        )


def _contact(file: File) -> bool:
    """Whether the file has a column that is masked."""
    return any(column.name in CONTACT_COLUMNS for column in file.columns)


def _maker(
    file: File,
    ending: Literal["csv", "xlsx"],
    zone: Calendar,
    reason: str | None,
) -> Callable[[], bytes]:
    """What the click calls: rights are looked up again, the audit line comes before the bytes."""
    filters_chosen = filters.chosen_words()

    def make(asker: Requester) -> bytes:
        asker.note(
            "export",
            what=file.what,
            period=file.period,
            filters=filters_chosen,
            rows=len(file.frame),
            format=ending,
            masked=reason is None,
            reason=reason,
        )
        rows = file.finish(file.frame)
        rows = masked(rows) if reason is None else rows
        if ending == "csv":
            return export.csv_bytes(rows, file.columns, zone)
        return export.xlsx_bytes(rows, file.columns, zone, file.what.capitalize())

    return later(file.right if reason is None else Right.EXPORT_UNMASKED, make)
