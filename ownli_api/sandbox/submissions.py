"""Who checks in and when: each car and home on its own cadence, more during the promotion."""

from dataclasses import dataclass
from random import Random

from ownli_api.sandbox import places
from ownli_api.sandbox.facts import (
    CONDITION,
    DAY,
    MILEAGE,
    MINUTE,
    PROOF_OF_ADDRESS,
    User,
    Vehicle,
)
from ownli_api.sandbox.rhythm import Rhythm, Window

CADENCE_DAYS = {MILEAGE: 30.0, CONDITION: 91.0, PROOF_OF_ADDRESS: 182.0}
SHOW_UP_SHARE = 0.82
PROMOTION_SHOW_UP_SHARE = 0.97
PROMOTION_EXTRA_SHARE = 0.4
EARLIEST_SHARE, LATEST_SHARE = 0.85, 1.15  # of the cadence until the next one
FIRST_WITHIN_DAYS = 3.0  # newcomers check in soon
SURPLUS = 1.04  # aim above the number asked for, then draw exactly so many
SHORTER = 0.9  # how much the cadence shrinks when a try still gave too few

Submission = tuple[int, str, User, Vehicle | None]  # when (ms), kind, who, with which car


@dataclass(frozen=True, slots=True)
class Subject:
    """A car or a home that is checked in: from `since` to `until`, in milliseconds."""

    kind: str
    user: User
    vehicle: Vehicle | None
    since: int
    until: int


def of(
    rng: Random, rhythm: Rhythm, window: Window, subjects: list[Subject], exactly: int | None
) -> list[Submission]:
    """All submissions of the window in order of time; `exactly` so many, or a natural number."""
    if exactly is None:
        return sorted(_tried(rng, rhythm, window, subjects, 1.0), key=_order)
    if exactly == 0:
        return []
    shrink = _expected(subjects) / (exactly * SURPLUS)
    found = _tried(rng, rhythm, window, subjects, shrink)
    while len(found) < exactly:
        shrink *= SHORTER * len(found) / exactly if found else SHORTER
        found = _tried(rng, rhythm, window, subjects, shrink)
    return sorted(rng.sample(found, exactly), key=_order)


def _order(submission: Submission) -> tuple[int, str, str]:
    return submission[0], submission[1], submission[2].id


def _expected(subjects: list[Subject]) -> float:
    days = dict.fromkeys(CADENCE_DAYS, 0)
    for one in subjects:
        days[one.kind] += one.until - one.since
    return sum(SHOW_UP_SHARE * days[kind] / (DAY * CADENCE_DAYS[kind]) for kind in days)


def _tried(
    rng: Random, rhythm: Rhythm, window: Window, subjects: list[Subject], shrink: float
) -> list[Submission]:
    """One try with the cadence times `shrink`."""
    chance = rng.random
    moment = rhythm.moment
    found: list[Submission] = []
    for one in subjects:
        zone = places.BY_CODE[one.user.address.state].zone
        gap = CADENCE_DAYS[one.kind] * DAY * shrink
        newcomer = one.since > window.start
        within = min(gap, FIRST_WITHIN_DAYS * DAY) if newcomer else gap
        due = one.since + within * chance()
        latest = one.until - MINUTE
        while due < latest:
            promoted = window.promoted(due)
            if chance() < (PROMOTION_SHOW_UP_SHARE if promoted else SHOW_UP_SHARE):
                at = moment(due, zone)
                if one.since <= at < latest:
                    found.append((at, one.kind, one.user, one.vehicle))
            if promoted and chance() < PROMOTION_EXTRA_SHARE:
                at = moment(due + min(gap, DAY) * chance(), zone)
                if one.since <= at < latest:
                    found.append((at, one.kind, one.user, one.vehicle))
            due += gap * (EARLIEST_SHARE + (LATEST_SHARE - EARLIEST_SHARE) * chance())
    return found
