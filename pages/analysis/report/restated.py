"""Numbers that an earlier report gave and that have changed since: the archive of JSON reports."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from pages.analysis import wording
from pages.analysis.columns import Column
from pages.analysis.periods import Calendar
from pages.analysis.report.table import Table

SUFFIX = ".report.json"
"""How the name of an archived report ends."""
_SINCE = (
    ("users.new", "New users"),
    ("users.active", "Active users"),
    ("confirmation_rate", "Confirmation rate"),
    ("median_hours_to_decision", "Median time to decision"),
    ("payouts.count", "Payouts claimed"),
    ("payouts.amount", "Payouts claimed, dollars"),
)
_COLUMNS = (
    Column("week", "Week"),
    Column("number", "Number"),
    Column("was", "As reported"),
    Column("now", "Now"),
    Column("reported", "Reported as of"),
)


def archive_name(content: Mapping[str, Any]) -> str:
    """What the file of a report (as its JSON says it) is called in the archive."""
    parts = [content["environment"], content["time_zone"], content["week"]]
    words = ["".join(c if c.isalnum() else "-" for c in part).strip("-").lower() for part in parts]
    stamp = datetime.fromisoformat(content["as_of"]).astimezone(UTC)
    return f"{'_'.join(words)}_{stamp:%Y%m%dT%H%M%S%fZ}{SUFFIX}"


def archived(texts: Mapping[str, str]) -> tuple[list[Mapping[str, Any]], list[str]]:
    """The reports among an archive's files by name, and the names of files that are none."""
    found: list[Mapping[str, Any]] = []
    others = []
    for name, text in sorted(texts.items()):
        try:
            content = json.loads(text)
            datetime.fromisoformat(content["as_of"])
            _numbers(content)
            found.append(content)
        except (ValueError, KeyError, TypeError, AttributeError):
            others.append(name)
    return found, others


def restated(
    content: Mapping[str, Any], reports: Iterable[Mapping[str, Any]], calendar: Calendar
) -> Table | None:
    """The numbers of this week and of the one before that an earlier report gave otherwise.

    content: this report as its JSON says it. Each week is compared with the latest report of it
    of the same environment and zone; numbers of this moment, such as what is outstanding, belong
    XX no rows if nothing has changed.
    """
    rows = []
    for week in (content["previous_week"], content):
        then = _latest(content, week["week"], reports)
        if then is None:
            continue
        was, now = _numbers(then), _numbers(week)
        reported = wording.moment(datetime.fromisoformat(then["as_of"]), calendar)
        for name in now:
            # One that either report withholds has not changed as far as anybody knows.
            if name in was and was[name] != now[name]:
                ends = {"was": _said(name, was[name]), "now": _said(name, now[name])}
                facts = {"week": week["week"], "number": name, **ends, "reported": reported}
                rows.append(facts)
    if not rows:
        return None
    note = "The report of such a week, made again, gives the numbers of now."
    return Table("restated", "What has changed in reported numbers", _COLUMNS, tuple(rows), note)


def _latest(
    content: Mapping[str, Any], week: str, reports: Iterable[Mapping[str, Any]]
) -> Mapping[str, Any] | None:
    """The latest earlier report of a week, of the same environment and zone."""
    same = [
        one
        for one in reports
        if one["week"] == week
        and all(one[key] == content[key] for key in ("environment", "time_zone"))
        and _as_of(one) < _as_of(content)
    ]
    return max(same, key=_as_of, default=None)


def _as_of(content: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(content["as_of"])


def _numbers(content: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of a report's week by what they are called; those withheld are left out."""
    return {name: value for name, value in _named(content) if value is not None}


def _named(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for kind, counts in (content["check_ins"] or {}).items():
        for status, count in counts.items():
            yield f"Check-ins, {wording.kind(kind).lower()}: {wording.status(status)}", count
    for status, money in (content["rewards"] or {}).items():
        yield f"Rewards: {wording.status(status)}", money["count"]
        yield f"Rewards: {wording.status(status)}, dollars", money["amount"]
    for path, name in _SINCE:
        head, _, key = path.partition(".")
        value = content[head]
        yield name, (value or {}).get(key) if key else value


def _said(name: str, value: Any) -> str:
    """A number as it reads; the JSON holds dollars as text."""
    if isinstance(value, str):
        return wording.money(round(float(value) * 100))
    if name == "Confirmation rate":
        return wording.percent(value)
    return wording.hours(value) if name.startswith("Median") else wording.count(value)
