"""The audit log read back: newest first, over all files it was set aside in."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

_OWN = ("at", "event", "person", "session", "environment")
_STAMP = "%Y%m%dT%H%M%S"
_MOST_FILES_HELD = 12
LOOK_BACK = timedelta(days=90)


@dataclass(frozen=True)
class AuditEvent:
    """One line of the log; `at` is UTC, `facts` what the event says besides."""

    at: datetime
    event: str
    person: str
    session: str
    environment: str
    facts: Mapping[str, Any]


@dataclass
class _File:
    """What was read of one file so far; files are appended to only."""

    offset: int = 0
    events: list[AuditEvent] = field(default_factory=list)
    unreadable: int = 0


@dataclass(frozen=True)
class FoundEvents:
    """Events newest first, and how many lines of their files could not be read."""

    events: list[AuditEvent]
    unreadable: int


_lock = threading.Lock()
_held: dict[int, _File] = {}


def read(path: Path, start: datetime, end: datetime) -> FoundEvents:
    """The events from `start` until before `end` (UTC); raises OSError if a file is refused."""
    events: list[AuditEvent] = []
    unreadable = 0
    for file in reversed(list(_files(path, start))):
        part = _read(file)
        events += [event for event in part.events if start <= event.at < end]
        unreadable += part.unreadable
    events.sort(key=lambda event: event.at)  # of one moment: as they were written
    return FoundEvents(events[::-1], unreadable)


def last_sign_ins(path: Path, now: datetime) -> dict[str, datetime]:
    """When each person signed in last, as far as `LOOK_BACK` before now."""
    found: dict[str, datetime] = {}
    for event in read(path, now - LOOK_BACK, now + timedelta(days=1)).events:
        if event.event == "sign_in":
            found.setdefault(event.person, event.at)
    return found


def _files(path: Path, start: datetime) -> Iterator[Path]:
    """The file written to now, and those set aside that may hold something since `start`."""
    if path.exists():
        yield path
    for aside in sorted(path.parent.glob(f"{path.name}.*-*"), reverse=True):
        stamp = aside.name.removeprefix(f"{path.name}.").rpartition("-")[0]
        try:
            set_aside = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
        except ValueError:
            continue
        if set_aside + timedelta(seconds=1) >= start:
            yield aside


def _read(file: Path) -> _File:
    """Everything in a file, reading only what was appended since the last time."""
    with _lock, file.open("rb") as source:
        key = file.stat().st_ino
        held = _held.pop(key, None) or _File()
        if held.offset > file.stat().st_size:  # another file with the number of a deleted one
            held = _File()
        source.seek(held.offset)
        text = source.read()
        whole = text[: text.rfind(b"\n") + 1]
        for line in whole.splitlines():
            event = _event(line)
            if event is not None:
                held.events.append(event)
            elif line.strip():
                held.unreadable += 1
        held.offset += len(whole)
        _held[key] = held
        while len(_held) > _MOST_FILES_HELD:
            del _held[next(iter(_held))]
        return _File(held.offset, list(held.events), held.unreadable)


def _event(line: bytes) -> AuditEvent | None:
    """The event on a line; None for one that is no event, such as one cut off by a kill."""
    try:
        values = json.loads(line)
        at = datetime.fromisoformat(values["at"])
        event, person, session, environment = (str(values[name]) for name in _OWN[1:])
    except (ValueError, KeyError, TypeError):
        return None
    if at.tzinfo is None:
        return None
    facts = {name: value for name, value in values.items() if name not in _OWN}
    return AuditEvent(at, event, person, session, environment, facts)
