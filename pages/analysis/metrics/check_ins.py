"""Check-ins counted: how many, when, of which kind, how they are decided, and what is open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from pages.analysis.metrics.columns import (
    MISSING_MOMENT,
    Bools,
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
    within,
    words,
)
from pages.analysis.metrics.durations import DECISION_STEPS, summary
from pages.analysis.metrics.values import ActiveUsers, Confirmation, Durations, Span
from pages.analysis.periods import DAY_US, Calendar, Period, Week
from pages.analysis.terms import (
    CHECK_IN_STATUSES,
    DECIDED,
    DECLINED,
    KINDS,
    NO_KIND,
    ON_HOLD,
    OPEN,
    in_order,
)
from pages.analysis.zones import microseconds

NO_DATE = "no date"
ALL_KINDS = "all"
EXAMPLES = 5
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


def confirmation(check_ins: pd.DataFrame) -> Confirmation:
    """How the given check-ins were decided."""
    outcome = _outcome(check_ins)
    confirmed, declined, undecided = np.bincount(outcome, minlength=3)
    return Confirmation(int(confirmed), int(declined), int(undecided))


def confirmation_rate_per_week(
    check_ins: pd.DataFrame, calendar: Calendar, weeks: Sequence[Week]
) -> pd.DataFrame:
    """Confirmed / (confirmed + declined) among the check-ins submitted in each week, by kind.

    Columns: key, bucket, kind ("all" first), confirmed, declined, decided, undecided, rate
    (missing when nothing is decided; below 30 decided show counts instead).
    """
    slots = Slots.by_week(calendar, weeks)
    place = slots.place(moments(check_ins["checked_in_at"]))
    codes, known = words(check_ins["kind"], NO_KIND)
    outcome = _outcome(check_ins)
    cube = crossed(place, codes * 3 + outcome, len(slots), len(known) * 3)
    cube = cube.reshape(len(slots), len(known), 3)
    present = {word for n, word in enumerate(known) if cube[:, n].any()}
    parts = []
    for kind in (ALL_KINDS, *in_order({*KINDS, *present}, KINDS)):
        if kind == ALL_KINDS:
            counts = cube.sum(axis=1)
        elif kind in known:
            counts = cube[:, known.index(kind)]
        else:
            counts = np.zeros((len(slots), 3), dtype=np.int64)
        part = slots.frame()
        part["kind"] = texts([kind] * len(slots))
        part["confirmed"], part["declined"] = whole(counts[:, 0]), whole(counts[:, 1])
        part["decided"] = part["confirmed"] + part["declined"]
        part["undecided"] = whole(counts[:, 2])
        part["rate"] = rates(counts[:, 0], counts[:, 1])
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def rates(confirmed: Ints, declined: Ints) -> ExtensionArray:
    """Confirmed / (confirmed + declined) as a nullable column."""
    decided = confirmed + declined
    share = confirmed / np.where(decided == 0, 1, decided)
    return pd.arrays.FloatingArray(share.astype("float64"), decided == 0)


def time_to_decision(
    check_ins: pd.DataFrame, calendar: Calendar | None = None, period: Period | None = None
) -> Durations:
    """Last update - submission of the confirmed and declined ones last updated in the period.

    An estimate: a later correction by Ownli moves the last update. Without a period, of all given.
    """
    return _decision_time(_decided_in(check_ins, calendar, period))


def time_to_decision_by_kind(
    check_ins: pd.DataFrame, calendar: Calendar | None = None, period: Period | None = None
) -> pd.DataFrame:
    """The same by kind. Columns: kind ("all" first), n, median_hours, p90_hours."""
    decided = _decided_in(check_ins, calendar, period)
    codes, known = words(decided["kind"], NO_KIND)
    present = {known[code] for code in np.unique(codes)}
    kinds = in_order({*KINDS, *present}, KINDS)
    times = [_decision_time(decided)] + [
        _decision_time(decided[_of_kind(codes, known, kind)]) for kind in kinds
    ]
    return pd.DataFrame(
        {
            "kind": texts([ALL_KINDS, *kinds]),
            "n": whole([time.n for time in times]),
            "median_hours": fractions([time.median_hours for time in times]),
            "p90_hours": fractions([time.p90_hours for time in times]),
        }
    )


def reasons(check_ins: pd.DataFrame, statuses: Sequence[str] = (DECLINED, ON_HOLD)) -> pd.DataFrame:
    """Ownli's notes on declined and held check-ins, grouped by their exact text.

    Columns: note (missing where none was given), status, count, share (of all given rows with
    that status), example_ids (the newest few, a tuple). Most frequent first.
    """
    rows = check_ins[has_word(check_ins["status"], statuses)]
    notes, given = pd.factorize(rows["note"], use_na_sentinel=True)
    codes, known = words(rows["status"])
    group = (notes + 1) * len(known) + codes
    found, member, counts = np.unique(group, return_inverse=True, return_counts=True)
    order = np.argsort(member, kind="stable")
    ends = np.cumsum(counts)
    ids = rows["id"].to_numpy(dtype=object)[order]
    note = [None if n == 0 else given[n - 1] for n in found // len(known)]
    status = [known[n] for n in found % len(known)]
    totals = np.bincount(codes, minlength=len(known))[found % len(known)]
    frame = pd.DataFrame(
        {
            "note": texts(note),
            "status": texts(status),
            "count": whole(counts),
            "share": counts / np.maximum(totals, 1),
            "example_ids": [
                tuple(ids[max(end - EXAMPLES, end - count) : end][::-1])
                for end, count in zip(ends, counts, strict=True)
            ],
        }
    )
    ranked = frame.sort_values(
        ["count", "status", "note"], ascending=[False, True, True], kind="stable"
    )
    return ranked.reset_index(drop=True)


def _of_kind(codes: Ints, known: list[str], kind: str) -> Bools:
    found: Bools = codes == (known.index(kind) if kind in known else -1)
    return found


def _outcome(check_ins: pd.DataFrame) -> Ints:
    """0 confirmed, 1 declined, 2 anything else."""
    codes, known = words(check_ins["status"])
    table = np.array([DECIDED.index(word) if word in DECIDED else 2 for word in known])
    outcome: Ints = table[codes]
    return outcome


def _decided_in(
    check_ins: pd.DataFrame, calendar: Calendar | None, period: Period | None
) -> pd.DataFrame:
    keep = has_word(check_ins["status"], DECIDED)
    if period is not None:
        if calendar is None:
            raise ValueError("A period needs a calendar to be read in.")
        keep &= within(moments(check_ins["updated_at"]), calendar, period)
    return check_ins.loc[keep, ["kind", "status", "checked_in_at", "updated_at"]]


def _decision_time(decided: pd.DataFrame) -> Durations:
    return summary(
        moments(decided["checked_in_at"]), moments(decided["updated_at"]), DECISION_STEPS
    )
