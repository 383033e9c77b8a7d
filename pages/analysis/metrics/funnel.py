"""The way from a submission to money in hand, with every loss named."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

from pages.analysis import wording
from pages.analysis.metrics.columns import (
    Ints,
    fractions,
    has_word,
    moments,
    texts,
    whole,
    within,
    words,
)
from pages.analysis.metrics.matching import CHECK_IN_FACTS, GRACE, REWARD_FACTS, matched
from pages.analysis.periods import Calendar, Period
from pages.analysis.terms import (
    CLAIMED,
    CONFIRMED,
    DECLINED,
    EARNED,
    NO_STATUS,
    ON_HOLD,
    PENDING,
    in_order,
)
from pages.analysis.zones import microseconds

STAGES = ("submitted", "decided", "confirmed", "rewarded", "claimed")
_WAITING = {PENDING: "still pending", ON_HOLD: "on hold"}
_UNREWARDED = {PENDING: "reward still pending", DECLINED: "reward declined"}
NO_REWARD = "confirmed without a reward"
NO_OWNER = "sent without an owner, so no reward can be matched"
NOT_CLAIMED = "reward not claimed yet"

Losses = list[tuple[str, int]]


def funnel(
    check_ins: pd.DataFrame, rewards: pd.DataFrame, period: Period, calendar: Calendar
) -> pd.DataFrame:
    """Of the check-ins submitted in a period: how many were decided, confirmed, rewarded, claimed.

    Columns: stage, count, share (of submitted, missing if there are none), lost (since the stage
    before), loss (that in words), losses (a tuple of (name, count)). Rewards are told from owner,
    kind and time by `matching.matched`.
    """
    kept = within(moments(check_ins["checked_in_at"]), calendar, period)
    statuses = _tally(check_ins["status"][kept])
    confirmed, submitted = statuses.get(CONFIRMED, 0), sum(statuses.values())
    reward_status = _rewards_of_confirmed(check_ins, rewards, period, calendar)
    mine = kept & has_word(check_ins["status"], (CONFIRMED,))
    nameless = int((mine & check_ins["owner_id"].isna().to_numpy(dtype=bool)).sum())
    counts = [
        submitted,
        confirmed + statuses.get(DECLINED, 0),
        confirmed,
        sum(reward_status.get(status, 0) for status in EARNED),
        reward_status.get(CLAIMED, 0),
    ]
    losses: list[Losses] = [
        [],
        [
            (_WAITING.get(word, _status(word)), statuses[word])
            for word in in_order(statuses)
            if word not in (CONFIRMED, DECLINED)
        ],
        [("declined", statuses.get(DECLINED, 0))],
        [
            (_UNREWARDED.get(word, f"reward {_status(word)}"), reward_status[word])
            for word in in_order(reward_status)
            if word not in EARNED
        ]
        + [
            (NO_REWARD, confirmed - nameless - sum(reward_status.values())),
            (NO_OWNER, nameless),
        ],
        [(NOT_CLAIMED, reward_status.get(CONFIRMED, 0))],
    ]
    named = [tuple(loss for loss in stage if loss[1]) for stage in losses]
    share = [count / submitted if submitted else None for count in counts]
    return pd.DataFrame(
        {
            "stage": texts(STAGES),
            "count": whole(counts),
            "share": fractions(share),
            "lost": whole([sum(count for _, count in stage) for stage in named]),
            "loss": texts([_words(stage) for stage in named]),
            "losses": named,
        }
    )


def _status(word: str) -> str:
    return "no status" if word == NO_STATUS else f"status {word}"


def _words(losses: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(f"{name} {wording.count(count)}" for name, count in losses)


def _tally(series: pd.Series) -> dict[str, int]:
    codes, known = words(series)
    counts = np.bincount(codes, minlength=len(known))
    return {word: int(n) for word, n in zip(known, counts, strict=True) if n}


def _rewards_of_confirmed(
    check_ins: pd.DataFrame, rewards: pd.DataFrame, period: Period, calendar: Calendar
) -> dict[str, int]:
    """How many confirmed check-ins of the period have a reward, by the reward's status.

    Every check-in that could claim one of these rewards takes part, whatever its status, so that
    a confirmed one does not get the reward of a declined one beside it.
    """
    at = moments(check_ins["checked_in_at"])
    mine = within(at, calendar, period) & has_word(check_ins["status"], (CONFIRMED,))
    if not mine.any():
        return {}
    start = microseconds(period.within(calendar)[0])
    last = max(int(at[mine].max()), int(moments(check_ins["updated_at"])[mine].max()))
    last += GRACE // timedelta(microseconds=1)
    dated = moments(rewards["rewarded_at"])
    near = rewards.loc[(dated >= start) & (dated <= last), [*REWARD_FACTS, "status"]]
    rivals = (at >= start) & (at <= last)
    found: Ints = matched(check_ins.loc[rivals, list(CHECK_IN_FACTS)], near)[mine[rivals]]
    return _tally(near["status"].iloc[found[found >= 0]])
