"""What becomes of a check-in: how long reviewers take, what they decide and what they write."""

from itertools import accumulate
from math import exp
from random import Random

from ownli_api.sandbox import phrases
from ownli_api.sandbox.facts import (
    CONDITION,
    CONFIRMED,
    DECLINED,
    HOUR,
    MILEAGE,
    MINUTE,
    ON_HOLD,
    PENDING,
    PROOF_OF_ADDRESS,
)

HOLD_SHARE = 0.06
RETURN_SHARE = 0.85
DECLINE_SHARE = {MILEAGE: 0.075, CONDITION: 0.11, PROOF_OF_ADDRESS: 0.13}
SECOND_TRY_DECLINE_SHARE = 0.2
FRAUD_SHARE = 0.006
AWKWARD_NOTE_SHARE = 0.01
MEDIAN_REVIEW_MS = 11.5 * HOUR
REVIEW_SPREAD = 0.85  # sigma of the logarithm: one in ten takes about three times the median
MEDIAN_RETURN_MS = 30 * HOUR
RETURN_SPREAD = 0.9
SHORTEST_MS = 3 * MINUTE

Change = tuple[int, str, str | None]  # when (ms), the new status, the admin note from then on
Weighted = tuple[tuple[str | None, ...], tuple[int, ...]]


def _weighted(notes: tuple[tuple[str | None, int], ...]) -> Weighted:
    return tuple(text for text, _ in notes), tuple(accumulate(weight for _, weight in notes))


DECLINES = {kind: _weighted(notes) for kind, notes in phrases.DECLINE_NOTES.items()}
HOLDS = {kind: _weighted(notes) for kind, notes in phrases.HOLD_NOTES.items()}


def decline_note(rng: Random, kind: str) -> str | None:
    """What a reviewer writes when declining, None for nothing; now and then something awkward."""
    if rng.random() < AWKWARD_NOTE_SHARE:
        return rng.choice(phrases.AWKWARD_NOTES)
    texts, weights = DECLINES[kind]
    return rng.choices(texts, cum_weights=weights)[0]


def hold_note(rng: Random, kind: str) -> str | None:
    """What a reviewer asks for when putting a check-in on hold."""
    texts, weights = HOLDS[kind]
    return rng.choices(texts, cum_weights=weights)[0]


def wait_ms(rng: Random, median_ms: float = MEDIAN_REVIEW_MS, spread: float = REVIEW_SPREAD) -> int:
    """How long something takes: log-normal, so half within the median and a long tail."""
    return max(SHORTEST_MS, int(median_ms * exp(rng.gauss(0.0, spread))))


def fate(
    rng: Random, kind: str, submitted_ms: int, *, fraud: bool = False, harsher: float = 1.0
) -> list[Change]:
    """Every change of a check-in submitted then, in order; some may lie in the future.

    harsher: factor on the share of declined ones.
    """
    at = submitted_ms + wait_ms(rng)
    if fraud:
        return [(at, DECLINED, rng.choice(phrases.FRAUD_NOTES))]
    if rng.random() >= HOLD_SHARE:
        return [(at, *_verdict(rng, kind, DECLINE_SHARE[kind] * harsher))]
    note = hold_note(rng, kind)
    changes: list[Change] = [(at, ON_HOLD, note)]
    if rng.random() < RETURN_SHARE:
        at += wait_ms(rng, MEDIAN_RETURN_MS, RETURN_SPREAD)
        changes.append((at, PENDING, note))
        at += wait_ms(rng)
        changes.append((at, *_verdict(rng, kind, SECOND_TRY_DECLINE_SHARE)))
    return changes


def _verdict(rng: Random, kind: str, decline_share: float) -> tuple[str, str | None]:
    if rng.random() < decline_share:
        return DECLINED, decline_note(rng, kind)
    return CONFIRMED, None
