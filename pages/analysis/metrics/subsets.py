"""The rows behind a filter, a clicked bar or a table: the same rules everywhere."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pages.analysis.metrics.columns import (
    Bools,
    has_word,
    moments,
    texts,
    within,
)
from pages.analysis.metrics.values import Since
from pages.analysis.periods import Calendar, Period

_Words = tuple[str, Collection[str]]


def filtered_check_ins(
    check_ins: pd.DataFrame,
    *,
    period: Period | None = None,
    calendar: Calendar | None = None,
    kinds: Collection[str] = (),
    statuses: Collection[str] = (),
    states: Collection[str] = (),
) -> pd.DataFrame:
    """The rows submitted in the period that hold one of the words; no words, no restriction.

    `"No status"` asks for rows without one. Raises ValueError for a period without a calendar.
    """
    wanted: list[_Words] = [("kind", kinds), ("status", statuses)]
    kept = _dated(check_ins, "checked_in_at", period, calendar, wanted)
    if states:
        kept = kept[kept["state"].isin(list(states)).to_numpy(dtype=bool)]
    return kept


def filtered_rewards(
    rewards: pd.DataFrame,
    *,
    period: Period | None = None,
    calendar: Calendar | None = None,
    statuses: Collection[str] = (),
    types: Collection[str] = (),
    action_codes: Collection[str] = (),
) -> pd.DataFrame:
    """The rows rewarded in the period that hold one of the words; no words, no restriction."""
    wanted: list[_Words] = [("status", statuses), ("type", types)]
    kept = _dated(rewards, "rewarded_at", period, calendar, wanted)
    if action_codes:
        kept = kept[kept["action_code"].isin(list(action_codes)).to_numpy(dtype=bool)]
    return kept


def filtered_payouts(
    payouts: pd.DataFrame, *, period: Period | None = None, calendar: Calendar | None = None
) -> pd.DataFrame:
    """The rows claimed in the period; a period leaves out payouts that are not dated yet."""
    return _dated(payouts, "claimed_at", period, calendar, [])


def since(
    frame: pd.DataFrame, date_column: str, statuses: Collection[str], calendar: Calendar
) -> Since | None:
    """The dated rows that have one of the statuses; None if there are none."""
    dated = frame.loc[has_word(frame["status"], statuses), date_column].dropna()
    if dated.empty:
        return None
    return Since(calendar.today(dated.min().to_pydatetime()), len(dated))


def _dated(
    frame: pd.DataFrame,
    date_column: str,
    period: Period | None,
    calendar: Calendar | None,
    wanted: list[_Words],
) -> pd.DataFrame:
    keep: Bools = np.ones(len(frame), dtype=bool)
    if period is not None:
        if calendar is None:
            raise ValueError("A period needs a calendar to be read in.")
        keep &= within(moments(frame[date_column]), calendar, period)
    for column, options in wanted:
        if options:
            keep &= has_word(frame[column], options)
    return frame if keep.all() else frame[keep]


def with_states(check_ins: pd.DataFrame, vehicles: pd.DataFrame) -> pd.DataFrame:
    """The same rows with a missing `state` filled from the vehicle that has the check-in's plate.

    The same plate may exist in several states: the owner's own vehicle decides, and without one
    the plate only counts if all vehicles that bear it are of one state.
    """
    known = vehicles[["license", "owner_id", "state"]].dropna(subset=["license", "state"])
    own = known.drop_duplicates(["license", "owner_id"]).dropna(subset=["owner_id"])
    plates = known.drop_duplicates(["license", "state"])
    plates = plates[~plates["license"].duplicated(keep=False).to_numpy(dtype=bool)]
    by_owner = check_ins[["license", "owner_id"]].merge(own, how="left")["state"]
    by_plate = check_ins["license"].map(plates.set_index("license")["state"])
    state = _objects(check_ins["state"])
    for other in (by_owner, by_plate):
        state = np.where(pd.isna(state), _objects(other), state)
    return check_ins.assign(state=texts(state))


def _objects(column: pd.Series) -> NDArray[np.object_]:
    return np.array(column, dtype=object)
