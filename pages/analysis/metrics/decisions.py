"""How check-ins are decided: confirmation rate, time to decision, and Ownli's reasons."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from pages.analysis.metrics.columns import (
    Bools,
    Ints,
    Slots,
    crossed,
    fractions,
    has_word,
    moments,
    texts,
    whole,
    within,
    words,
)
from pages.analysis.metrics.durations import DECISION_STEPS, summary
from pages.analysis.metrics.values import Confirmation, Durations
from pages.analysis.periods import Calendar, Period, Week
from pages.analysis.terms import (
    DECIDED,
    DECLINED,
    KINDS,
    NO_KIND,
    ON_HOLD,
    in_order,
)

ALL_KINDS = "all"
EXAMPLES = 5


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
