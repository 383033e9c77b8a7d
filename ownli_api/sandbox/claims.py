"""Users take their money: the whole confirmed balance, some at once, some late, some never."""

from random import Random
from typing import TYPE_CHECKING

from ownli_api.sandbox.facts import CLAIMED, DAY, HOUR, Payout, Reward
from ownli_api.sandbox.reviews import wait_ms
from ownli_api.sandbox.rhythm import Rhythm

if TYPE_CHECKING:
    from ownli_api.sandbox.world import World

NEVER_SHARE = 0.2
CLAIM_AT_CENTS = (100, 100, 500, 500, 1_000, 2_500)
MEDIAN_DELAY_MS = 40 * HOUR
DELAY_SPREAD = 1.2

Earned = tuple[int, str, Reward]  # when it became claimable (ms), its id to break ties, the reward


def write(
    world: "World", rng: Random, rhythm: Rhythm, zone: str, earned: list[Earned], end_ms: int
) -> None:
    """The claims of one user up to `end_ms`, from the moments the rewards became claimable."""
    if not earned or rng.random() < NEVER_SHARE:
        return
    enough = rng.choice(CLAIM_AT_CENTS)
    balance: list[Reward] = []
    claim_ms: int | None = None
    for at, _, reward in sorted(earned):
        if claim_ms is not None and at > claim_ms:
            _claim(world, balance, claim_ms)
            balance, claim_ms = [], None
        balance.append(reward)
        if claim_ms is None and sum(one.cents for one in balance) >= enough:
            later = at + wait_ms(rng, MEDIAN_DELAY_MS, DELAY_SPREAD)
            claim_ms = rhythm.on_day(later // DAY, zone)
            if claim_ms <= at:
                claim_ms = later
            if claim_ms > end_ms:
                return
    if claim_ms is not None:
        _claim(world, balance, claim_ms)


def _claim(world: "World", rewards: list[Reward], at_ms: int) -> None:
    payout = Payout(
        id=world.ids.payout(),
        owner_id=rewards[0].owner_id,
        claimed_ms=at_ms,
        cents=sum(one.cents for one in rewards),
        payment_reference_id=world.ids.payment_reference(),
        reward_ids=[one.id for one in rewards],
    )
    world.payouts[payout.id] = payout
    for reward in rewards:
        reward.status = CLAIMED
        reward.payout_id = payout.id
