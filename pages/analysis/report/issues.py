"""Issued reports as the archive keeps them: numbers, opaque ids and statuses, no contact data."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from pages.analysis import wording
from pages.analysis.metrics.columns import has_word
from pages.analysis.periods import Week
from pages.analysis.report.inputs import Inputs
from pages.analysis.terms import NO_STATUS, OPEN

SCHEMA = 1
SUFFIX = ".issue.json"
"""How the name of an archived report ends."""
_UNSAFE = re.compile(r"[^A-Za-z0-9]+")

Facts = Mapping[str, tuple[str, int | None]]
"""By id: the status then, and whole cents where there are any."""


@dataclass(frozen=True)
class Issue:
    """One issued report: its numbers and the rows behind them.

    `open`: ids of all check-ins that waited for a decision then, whatever their week.
    """

    week: Week
    time_zone: str
    environment: str
    as_of: datetime
    complete: bool
    numbers: Mapping[str, int | None]
    check_ins: Facts
    rewards: Facts
    payouts: Facts
    open: frozenset[str]

    @property
    def content(self) -> str:
        """The same text for reports that say the same."""
        facts = _content(self)
        facts.pop("as_of")
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def issue(inputs: Inputs, numbers: Mapping[str, int | None], complete: bool) -> Issue:
    """The report of these inputs as the archive keeps it."""
    week = inputs.week
    return Issue(
        week=week,
        time_zone=inputs.calendar.zone,
        environment=inputs.environment,
        as_of=inputs.as_of,
        complete=complete,
        numbers=dict(numbers),
        check_ins=facts_of(inputs.check_ins_of(week)),
        rewards=facts_of(inputs.rewards_of(week)),
        payouts=facts_of(inputs.payouts_of(week)),
        open=frozenset(_open_ids(inputs.check_ins)),
    )


def as_text(found: Issue) -> str:
    """An issue as the JSON text of its file."""
    return json.dumps(_content(found), ensure_ascii=True) + "\n"


def read(text: str) -> Issue:
    """The issue of a file's text; ValueError if it is none that this version knows."""
    try:
        facts = json.loads(text)
        if facts["schema"] != SCHEMA:
            raise ValueError("This archived report is of another version.")
        return Issue(
            week=Week.parse(facts["week"]),
            time_zone=str(facts["time_zone"]),
            environment=str(facts["environment"]),
            as_of=datetime.fromisoformat(facts["as_of"]),
            complete=bool(facts["complete"]),
            numbers=dict(facts["numbers"]),
            check_ins=_read_facts(facts["check_ins"]),
            rewards=_read_facts(facts["rewards"]),
            payouts=_read_facts(facts["payouts"]),
            open=frozenset(facts["open"]),
        )
    except (KeyError, TypeError, AttributeError) as problem:
        raise ValueError("This file is not an archived report.") from problem


def read_all(texts: Mapping[str, str]) -> tuple[list[Issue], list[str]]:
    """The issues of an archive's files by name, and the names of files that are none."""
    found, others = [], []
    for name, text in sorted(texts.items()):
        try:
            found.append(read(text))
        except ValueError:
            others.append(name)
    return found, others


def file_name(found: Issue) -> str:
    """What the file of an issue is called; no two issues share a name."""
    parts = (found.environment, found.time_zone, found.week.code)
    words = [_UNSAFE.sub("-", part).strip("-").lower() for part in parts]
    stamp = found.as_of.astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    return f"{'_'.join(words)}_{stamp}{SUFFIX}"


def is_news(found: Issue, archived: Sequence[Issue]) -> bool:
    """Whether the latest archived issue of the same week says something else, or there is none."""
    mine = [
        one
        for one in archived
        if (one.week, one.environment, one.time_zone)
        == (found.week, found.environment, found.time_zone)
    ]
    latest = max(mine, key=lambda one: one.as_of, default=None)
    return latest is None or latest.content != found.content


def facts_of(rows: pd.DataFrame | None) -> dict[str, tuple[str, int | None]]:
    if rows is None:
        return {}
    statuses = rows["status"].astype("object") if "status" in rows else [""] * len(rows)
    amounts = rows["amount_cents"] if "amount_cents" in rows else [None] * len(rows)
    return {
        str(id_): (
            NO_STATUS if wording.is_missing(status) else str(status),
            None if wording.is_missing(amount) else int(amount),
        )
        for id_, status, amount in zip(rows["id"], statuses, amounts, strict=True)
    }


def _open_ids(check_ins: pd.DataFrame | None) -> list[str]:
    if check_ins is None:
        return []
    return [str(id_) for id_ in check_ins["id"][has_word(check_ins["status"], OPEN)]]


def _content(found: Issue) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "week": found.week.code,
        "time_zone": found.time_zone,
        "environment": found.environment,
        "as_of": found.as_of.isoformat(),
        "complete": found.complete,
        "numbers": dict(found.numbers),
        "check_ins": {id_: list(fact) for id_, fact in sorted(found.check_ins.items())},
        "rewards": {id_: list(fact) for id_, fact in sorted(found.rewards.items())},
        "payouts": {id_: list(fact) for id_, fact in sorted(found.payouts.items())},
        "open": sorted(found.open),
    }


def _read_facts(facts: Mapping[str, Sequence[Any]]) -> dict[str, tuple[str, int | None]]:
    return {id_: (str(status), amount) for id_, (status, amount) in facts.items()}
