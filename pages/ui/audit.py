"""The Audit log page: who did what and when, filtered, paged and exported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from pages.access import audit_reader, audit_trail, sign_in
from pages.access.audit_reader import AuditEvent
from pages.access.guard import guard
from pages.access.rights import Right
from pages.analysis import wording
from pages.analysis.columns import Column
from pages.ui import exports, filters, sources, states

_PER_PAGE = 50
_ROW_HEIGHT = 35
COLUMNS = (
    Column("at", "When", "time"),
    Column("person", "Person"),
    Column("action", "Action"),
    Column("details", "Details", width="large"),
    Column("session", "Sign-in", width="small"),
    Column("environment", "Environment", width="small"),
)
# How the facts of an event are called; one that is missing here keeps its own name.
_FACTS = {
    "subject": "of",
    "keys": "by",
    "what": "what",
    "why": "why",
    "one_time": "one-time password",
    "check_in": "check-in",
}


def log() -> None:
    """The filters, the events that pass them, and their export."""
    guard(Right.AUDIT)
    zone = sources.calendar()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        days = filters.period("4w")
        start, end = days.within(zone)
        path = sources.app().audit_file
        found = audit_reader.read(path, start, end)
        people = sorted({event.person for event in found.events} | set(_staff()))
        persons = filters.several("Person", "person", people, str)
        actions = filters.several(
            "Action", "action", list(audit_trail.EVENTS), audit_trail.EVENTS.__getitem__
        )
    if found.unreadable:
        states.note(
            f"{wording.plural(found.unreadable, 'line')} of the log cannot be read; the file "
            "keeps them."
        )
    events = [
        event
        for event in found.events
        if (not persons or event.person in persons) and (not actions or event.event in actions)
    ]
    if not events:
        states.nothing(
            f"Nothing was recorded in this period ({days.label}).",
            "Choose a longer period or fewer filters.",
        )
        return
    frame = _frame(events)
    _page(
        frame,
        exports.File(frame, COLUMNS, "audit log", f"{days.first} {days.last}", Right.AUDIT),
    )


def _staff() -> list[str]:
    return list(sign_in.configured().directory.people())


def _page(frame: pd.DataFrame, file: exports.File) -> None:
    """One page of events, which it is, and the way to all of them as a file."""
    pages = max(1, -(-len(frame) // _PER_PAGE))
    number = 1
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if pages > 1:
            number = min(st.pagination(pages, key="page", bind="query-params"), pages)
        start = (number - 1) * _PER_PAGE
        last = min(start + _PER_PAGE, len(frame))
        st.caption(f"{start + 1:,} to {last:,} of {wording.plural(len(frame), 'event')}")
        st.space("stretch")
        exports.buttons(file, key="audit")
    shown = frame.iloc[start:last].copy()
    zone = sources.calendar()
    shown["at"] = shown["at"].map(lambda at: wording.moment(at, zone))
    st.dataframe(
        shown,
        hide_index=True,
        column_config={
            column.name: st.column_config.TextColumn(column.label, width=column.width)
            for column in COLUMNS
        },
        row_height=_ROW_HEIGHT,
        height="content",
        key=f"audit-rows-{number}",
        alt="Events, one a row, newest first",
    )


def _frame(events: list[AuditEvent]) -> pd.DataFrame:
    """The events as columns `COLUMNS`."""
    return pd.DataFrame(
        {
            "at": pd.to_datetime([event.at for event in events], utc=True),
            "person": [event.person for event in events],
            "action": [audit_trail.EVENTS.get(event.event, event.event) for event in events],
            "details": [_details(event.facts) for event in events],
            "session": [event.session for event in events],
            "environment": [event.environment for event in events],
        },
        columns=[column.name for column in COLUMNS],
    )


def _details(facts: Mapping[str, Any]) -> str:
    """The facts of an event in one line: `of: XT_1, reason: asked for it by phone`."""
    parts = [
        f"{_FACTS.get(name, name.replace('_', ' '))}: {_said(value)}"
        for name, value in facts.items()
        if value not in (None, "", [])
    ]
    return ", ".join(parts)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " and ".join(str(part) for part in value)
    return wording.count(value) if isinstance(value, int) else str(value)
