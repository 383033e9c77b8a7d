"""The words of Ownli that the definitions lean on, and their fixed order."""

from collections.abc import Iterable

CONFIRMED = "Confirmed"
PENDING = "Pending"
ON_HOLD = "OnHold"
DECLINED = "Declined"
CLAIMED = "Claimed"
NO_STATUS = "No status"
NO_KIND = "No kind"
NO_TYPE = "No type"
NO_ACTION_CODE = "No action code"
"""Stand for a word that Ownli left out; such rows are counted, never dropped."""
_ABSENT = (NO_STATUS, NO_KIND, NO_TYPE, NO_ACTION_CODE)

STATUS_ORDER = (CONFIRMED, PENDING, ON_HOLD, DECLINED, CLAIMED)
"""The order statuses have in every stack, legend and table; other words follow it."""

CHECK_IN_STATUSES = (CONFIRMED, PENDING, ON_HOLD, DECLINED)
REWARD_STATUSES = (CONFIRMED, PENDING, DECLINED, CLAIMED)
OPEN = (PENDING, ON_HOLD)
DECIDED = (CONFIRMED, DECLINED)
EARNED = (CONFIRMED, CLAIMED)
LIVE = (CONFIRMED, PENDING, CLAIMED)
"""Statuses of a reward that has been, or can still be, paid."""

KINDS = ("mileage", "condition", "proof_of_address")
REWARD_TYPE_OF_KIND = {
    "mileage": "MileageCheckIn",
    "condition": "ConditionCheckIn",
    "proof_of_address": "GaragingCheckIn",
}
REWARD_TYPES = (*REWARD_TYPE_OF_KIND.values(), "LowMileageBonus", "SurveyCompleted", "Custom")

MINIMUM_DECIDED = 30
"""Below this many decided check-ins a rate is shown as counts, not as a percentage."""


def in_order(words: Iterable[str], first: tuple[str, ...] = STATUS_ORDER) -> list[str]:
    """The words, known ones in their fixed order, then unknown ones by name, absent ones last."""
    rank = {word: place for place, word in enumerate(first)}
    last = len(rank)
    return sorted(set(words), key=lambda word: (rank.get(word, last), word in _ABSENT, word))
