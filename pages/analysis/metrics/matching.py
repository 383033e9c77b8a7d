"""Which reward belongs to which check-in: Ownli's lists hold no link, so facts must tell."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

from pages.analysis.metrics.columns import (
    MISSING_MOMENT,
    Ints,
    moments,
    ordered,
    words,
)
from pages.analysis.periods import DAY_US
from pages.analysis.terms import KINDS, REWARD_TYPE_OF_KIND

CHECK_IN_FACTS = ("owner_id", "kind", "checked_in_at", "updated_at")
REWARD_FACTS = ("owner_id", "type", "rewarded_at")
"""The columns that matching reads."""
GRACE = timedelta(days=1)
"""How long after the last update of its check-in a reward may still be dated."""
_GRACE_US = GRACE.days * DAY_US
_LARGEST = np.iinfo(np.int64).max
_ROUNDS = 16
"""More check-ins of one user and kind than this never wait for the same reward."""


def matched(check_ins: pd.DataFrame, rewards: pd.DataFrame) -> Ints:
    """For each check-in the position of its reward among the given ones, -1 for none.

    One to one: same owner, the type that goes with the kind, and dated between submission and
    `GRACE` after the last update. Where several check-ins could take a reward, the one submitted
    last before it gets it, so a reward dated exactly at a submission is that submission's.
    """
    result = np.full(len(check_ins), -1, dtype=np.int64)
    submitted, updated = moments(check_ins["checked_in_at"]), moments(check_ins["updated_at"])
    dated = moments(rewards["rewarded_at"])
    until = np.maximum(submitted, updated) + _GRACE_US
    kind = _kinds(check_ins["kind"], {name: name for name in KINDS})
    type_ = _kinds(rewards["type"], {name: kind for kind, name in REWARD_TYPE_OF_KIND.items()})
    mine = np.flatnonzero((kind >= 0) & (submitted != MISSING_MOMENT))
    theirs = np.flatnonzero((type_ >= 0) & (dated != MISSING_MOMENT))
    if not len(mine) or not len(theirs):
        return result
    owners, _ = pd.factorize(
        pd.concat([check_ins["owner_id"].iloc[mine], rewards["owner_id"].iloc[theirs]])
    )
    named_mine, named_theirs = owners[: len(mine)] >= 0, owners[len(mine) :] >= 0
    owner_mine, owner_theirs = owners[: len(mine)][named_mine], owners[len(mine) :][named_theirs]
    mine, theirs = mine[named_mine], theirs[named_theirs]
    if not len(mine) or not len(theirs):
        return result
    group_mine = owner_mine * len(KINDS) + kind[mine]
    group_theirs = owner_theirs * len(KINDS) + type_[theirs]

    # Rewards in order of group and date; a check-in looks for the first at or after its submission.
    key_mine, key_theirs = _keys(group_mine, submitted[mine], group_theirs, dated[theirs])
    order = ordered(key_theirs)
    theirs, group_theirs, key_theirs = theirs[order], group_theirs[order], key_theirs[order]
    waiting = ordered(key_mine)
    for _ in range(_ROUNDS):
        place = np.searchsorted(key_theirs, key_mine[waiting], side="left")
        fits = place < len(theirs)
        place = np.where(fits, place, 0)
        fits &= group_theirs[place] == group_mine[waiting]
        fits &= dated[theirs[place]] <= until[mine[waiting]]
        waiting, place = waiting[fits], place[fits]
        if not len(waiting):
            break
        # Both are in order, so the last of those at one reward was submitted nearest to it.
        wins = np.append(place[1:] != place[:-1], True)
        result[mine[waiting[wins]]] = theirs[place[wins]]
        waiting = waiting[~wins]
        free = np.ones(len(theirs), dtype=bool)
        free[place[wins]] = False
        theirs, group_theirs, key_theirs = theirs[free], group_theirs[free], key_theirs[free]
        if not len(waiting) or not len(theirs):
            break
    return result


def _kinds(series: pd.Series, kind_of: dict[str, str]) -> Ints:
    """The place of each row's kind in `KINDS`, -1 for words that go with none."""
    codes, known = words(series)
    table = [KINDS.index(kind_of[word]) if word in kind_of else -1 for word in known]
    kinds: Ints = np.array(table, dtype=np.int64)[codes]
    return kinds


def _keys(group_mine: Ints, submitted: Ints, group_theirs: Ints, dated: Ints) -> tuple[Ints, Ints]:
    """Group and moment of each row of both lists as one number that sorts by both."""
    first = int(min(submitted.min(), dated.min()))
    range_ = int(max(submitted.max(), dated.max())) - first + 1
    groups = int(max(group_mine.max(), group_theirs.max())) + 1
    if groups * range_ < _LARGEST:
        return group_mine * range_ + (submitted - first), group_theirs * range_ + (dated - first)
    # Too long a time for that: the rank of a moment among all of them does as well.
    distinct, ranks = np.unique(np.concatenate([submitted, dated]), return_inverse=True)
    mine, theirs = ranks[: len(submitted)], ranks[len(submitted) :]
    return group_mine * len(distinct) + mine, group_theirs * len(distinct) + theirs
