"""Which reward belongs to which check-in: Ownli's lists hold no link, so facts must tell."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

from pages.analysis.metrics.columns import Ints
from pages.analysis.terms import KINDS, REWARD_TYPE_OF_KIND

CHECK_IN_FACTS = ("owner_id", "kind", "checked_in_at", "updated_at")
REWARD_FACTS = ("owner_id", "type", "rewarded_at")
"""The columns that matching reads."""
GRACE = timedelta(days=1)
"""How long after the last update of its check-in a reward may still be dated."""
_ROUNDS = 16
"""More check-ins of one user and kind than this never wait for the same reward."""


def matched(check_ins: pd.DataFrame, rewards: pd.DataFrame) -> Ints:
    """For each check-in the position of its reward among the given ones, -1 for none.

    One to one: same owner, the type that goes with the kind, and dated between submission and
    `GRACE` after the last update. Where several check-ins could take a reward, the one submitted
    last before it gets it, so a reward dated exactly at a submission is that submission's.
    """
    result = np.full(len(check_ins), -1, dtype=np.int64)
    owners, _ = pd.factorize(pd.concat([check_ins["owner_id"], rewards["owner_id"]]))
    submitted, updated = check_ins["checked_in_at"], check_ins["updated_at"]
    last = updated.where(updated > submitted, submitted)
    types = [REWARD_TYPE_OF_KIND[kind] for kind in KINDS]
    waiting = _by_time(owners[: len(check_ins)], check_ins["kind"], list(KINDS), submitted)
    free = _by_time(owners[len(check_ins) :], rewards["type"], types, rewards["rewarded_at"])
    waiting["until"] = (last + GRACE).to_numpy("datetime64[us]")[waiting["place"]]
    free = free.rename(columns={"place": "reward"}).assign(dated=free["at"])
    for _ in range(_ROUNDS):
        if waiting.empty or free.empty:
            break
        pairs = pd.merge_asof(waiting, free, on="at", by="group", direction="forward")
        pairs = pairs[pairs["dated"] <= pairs["until"]]
        if pairs.empty:
            break
        # In order of submission, so the last of those at one reward was submitted nearest to it.
        loses = pairs.duplicated("reward", keep="last")
        won = pairs[~loses]
        result[won["place"]] = won["reward"].astype("int64")
        waiting = pairs.loc[loses, list(waiting.columns)]
        free = free[~free["reward"].isin(won["reward"])]
    return result


def _by_time(owners: Ints, words: pd.Series, known: list[str], at: pd.Series) -> pd.DataFrame:
    """Rows with an owner, a known word and a date, oldest first: place, group of the two, at."""
    codes = pd.Index(known).get_indexer(pd.Index(words.astype("str"))).astype(np.int64)
    frame = pd.DataFrame(
        {
            "place": np.arange(len(owners)),
            "group": owners * len(known) + codes,
            "at": at.to_numpy("datetime64[us]"),
        }
    )
    usable = (owners >= 0) & (codes >= 0) & at.notna().to_numpy(dtype=bool)
    return frame[usable].sort_values("at", kind="stable")
