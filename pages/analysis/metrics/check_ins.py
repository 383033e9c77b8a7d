"""Check-ins counted: how many, when, of which kind, and which of them are still open."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import numpy as np
import pandas as pd

from pages.analysis.metrics.columns import (
    MISSING_MOMENT,
    Ints,
    Slots,
    counted,
    crossed,
    fractions,
    has_word,
    identities,
    moments,
    texts,
    whole,
    words,
)
from pages.analysis.metrics.values import ActiveUsers, Span
from pages.analysis.periods import DAY_US, Calendar
from pages.analysis.terms import CHECK_IN_STATUSES, KINDS, NO_KIND, ON_HOLD, OPEN, in_order
from pages.analysis.zones import microseconds

NO_DATE = "no date"
OPEN_AGES = ((0, "under 1 day"), (1, "1–3 days"), (4, "4–7 days"), (8, "8–30 days"))
OPEN_OLDEST = (31, "over 30 days")


def submitted(
    check_ins: pd.DataFrame,
    calendar: Calendar,
    span: Span,
    *,
    by: Literal["week", "day"] = "week",
) -> pd.DataFrame:
    """Check-ins by the local day or ISO week they were submitted in and their present status.

    Columns: key, bucket, status, count; every status in fixed order for every bucket, 0 included.
    """
    slots = (Slots.by_week if by == "week" else Slots.by_day)(calendar, span)
    place = slots.place(moments(check_ins["checked_in_at"]))
    codes, known = words(check_ins["status"])
    table = crossed(place, codes, len(slots), len(known))
    shown, columns = _shown(table.sum(axis=0), known, CHECK_IN_STATUSES)
    return _tidy(slots.frame(), "status", shown, _picked(table, columns))


def by_kind_and_status(check_ins: pd.DataFrame) -> pd.DataFrame:
    """The given check-ins by kind and present status.

    Columns: kind, status, count; the three kinds and four statuses always, other words if present.
    """
    kinds, kinds_known = words(check_ins["kind"], NO_KIND)
    codes, known = words(check_ins["status"])
    table = crossed(kinds, codes, len(kinds_known), len(known))
    shown, columns = _shown(table.sum(axis=0), known, CHECK_IN_STATUSES)
    kinds_shown, rows = _shown(table.sum(axis=1), kinds_known, KINDS, KINDS)
    counts = _picked(_picked(table, columns).T, rows).T
    left = pd.DataFrame({"kind": texts(kinds_shown)})
    return _tidy(left, "status", shown, counts)


def by_weekday_and_hour(check_ins: pd.DataFrame, calendar: Calendar) -> pd.DataFrame:
    """When check-ins are submitted, on the clocks of the report zone.

    Columns: weekday (0 is Monday), hour (0-23), count; 168 rows. Rows without a date are not in it.
    """
    hours = calendar.hours(check_ins["checked_in_at"])
    every = np.arange(7 * 24)
    return pd.DataFrame(
        {"weekday": every // 24, "hour": every % 24, "count": counted(hours, 7 * 24)}
    )


def open_by_age(check_ins: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """Check-ins that still wait for a decision, by whole days since they were submitted.

    Columns: age, status (Pending, OnHold), count. Rows without a date stand under "no date",
    which is there only if it holds any.
    """
    codes, known = words(check_ins["status"])
    place = ages(moments(check_ins["checked_in_at"]), now, (*OPEN_AGES, OPEN_OLDEST))
    labels = [label for _, label in (*OPEN_AGES, OPEN_OLDEST)]
    table = crossed(place, codes, len(labels) + 1, len(known))
    counts = _picked(table, [known.index(word) if word in known else -1 for word in OPEN])
    if counts[-1].any():
        labels = [*labels, NO_DATE]
    else:
        counts = counts[:-1]
    left = pd.DataFrame({"age": texts(labels)})
    return _tidy(left, "status", list(OPEN), counts)


def on_hold_now(check_ins: pd.DataFrame) -> int:
    """Check-ins whose status is OnHold, whatever their date."""
    return int(has_word(check_ins["status"], (ON_HOLD,)).sum())


def longest_on_hold(check_ins: pd.DataFrame, now: datetime, n: int = 10) -> pd.DataFrame:
    """The n check-ins on hold for longest, with `held_days` since their last update.

    Without a last update the submission counts; without both, `held_days` is missing and the
    row comes last.
    """
    held = check_ins[has_word(check_ins["status"], (ON_HOLD,))]
    since = held["updated_at"].fillna(held["checked_in_at"])
    at = moments(since)
    order = np.argsort(np.where(at == MISSING_MOMENT, np.iinfo(np.int64).max, at), kind="stable")
    days = (microseconds(now) - at) / DAY_US
    days[at == MISSING_MOMENT] = np.nan
    return held.assign(held_days=fractions(days)).iloc[order[:n]]


def active_users(check_ins: pd.DataFrame) -> ActiveUsers:
    """Distinct owners of the given check-ins."""
    codes, distinct = identities(check_ins["owner_id"])
    return ActiveUsers(distinct, int((codes < 0).sum()))


def ages(at: Ints, now: datetime, steps: tuple[tuple[int, str], ...]) -> Ints:
    """The step of whole days each moment lies back; a missing one is the slot after the last.

    A moment in the future counts as new.
    """
    missing = at == MISSING_MOMENT
    days = (microseconds(now) - np.where(missing, 0, at)) // DAY_US
    lower = np.array([day for day, _ in steps])
    place = np.searchsorted(lower, np.maximum(days, 0), side="right") - 1
    return np.where(missing, len(steps), place)


def _shown(
    totals: Ints,
    known: list[str],
    always: tuple[str, ...],
    order: tuple[str, ...] | None = None,
) -> tuple[list[str], list[int]]:
    """The words to show in order, and where each stands among the known ones (-1 nowhere)."""
    present = {word for word, total in zip(known, totals, strict=True) if total}
    names = {*always, *present}
    shown = in_order(names, order) if order else in_order(names)
    return shown, [known.index(word) if word in known else -1 for word in shown]


def _picked(table: Ints, columns: list[int]) -> Ints:
    """The columns of a matrix in a new order; -1 is a column of zeros."""
    padded = np.hstack([table, np.zeros((len(table), 1), dtype=table.dtype)])
    picked: Ints = padded[:, columns]
    return picked


def _tidy(left: pd.DataFrame, name: str, shown: list[str], counts: Ints) -> pd.DataFrame:
    """One row for each row of `left` and shown word."""
    frame = left.loc[np.repeat(np.arange(len(left)), len(shown))].reset_index(drop=True)
    frame[name] = texts(shown * len(left))
    frame["count"] = whole(counts.ravel())
    return frame
