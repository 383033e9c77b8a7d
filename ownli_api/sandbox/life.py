"""How the world goes on: what happens next, and how often."""

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from ownli_api.sandbox import phrases, reviews
from ownli_api.sandbox.facts import (
    CONDITION,
    CONFIRMED,
    DAY,
    DECLINED,
    KINDS,
    MILEAGE,
    MINIMUM_CLAIM_CENTS,
    ON_HOLD,
    PENDING,
    PROOF_OF_ADDRESS,
    CheckIn,
    Reward,
    to_datetime,
)

if TYPE_CHECKING:
    from ownli_api.sandbox.world import World

MILES_BETWEEN_CHECK_INS = 900
KIND_WEIGHTS = {MILEAGE: 70, CONDITION: 20, PROOF_OF_ADDRESS: 10}
NEW_CENTS = {MILEAGE: 210, CONDITION: 475, PROOF_OF_ADDRESS: 350}
GRANTS = (
    (phrases.GOODWILL_CODE, 250),
    (phrases.REFERRAL_CODE, 1_000),
    (phrases.REVIEW_CODE, 300),
)
RECENT_DAYS = 28
EVENTS_PER_CHECK_IN = 2.6  # the submission, its decision, and its share of everything else
FEWEST_EVENTS_PER_DAY = 20.0
TRIES = 8

Happening = tuple[str, str, int]  # what, id, when (ms)


def happen(world: "World", rng: Random, at_ms: int) -> Happening:
    """One thing happens at that moment; what cannot happen gives way to something that can."""
    for _ in range(TRIES):
        (attempt,) = rng.choices(ATTEMPTS, weights=ATTEMPT_WEIGHTS)
        done = attempt(world, rng, at_ms)
        if done is not None:
            return (*done, at_ms)
    return "registered", world.register(to_datetime(at_ms)).id, at_ms


def moments(world: "World", now_ms: int, pace: float) -> list[int]:
    """When things happen between the last call and now, at `pace` times the recent business."""
    elapsed = max(0, now_ms - world.lived_ms)
    recent = 0
    for shelf in world.check_in_shelves.values():
        first, last = shelf.order("checked_in_ms").between(now_ms - RECENT_DAYS * DAY, None)
        recent += last - first
    per_day = max(FEWEST_EVENTS_PER_DAY, EVENTS_PER_CHECK_IN * recent / RECENT_DAYS)
    world.owed_events += pace * per_day * elapsed / DAY
    due = int(world.owed_events)
    world.owed_events -= due
    start, world.lived_ms = world.lived_ms, max(world.lived_ms, now_ms)
    return sorted(start + 1 + int(world.rng.random() * elapsed) for _ in range(due))


def _submit(world: "World", rng: Random, at_ms: int) -> tuple[str, str] | None:
    (kind,) = rng.choices(KINDS, weights=[KIND_WEIGHTS[one] for one in KINDS])
    owners = world.vehicle_shelf if kind != PROOF_OF_ADDRESS else world.user_shelf
    if not len(owners):
        return None
    chosen: dict[str, str] = {}
    if kind == PROOF_OF_ADDRESS:
        people = world.user_shelf.order("registered_ms").rows
        chosen["owner_id"] = people[int(rng.random() * len(people))].id
    else:
        cars = world.vehicle_shelf.order("added_ms").rows
        car = cars[int(rng.random() * len(cars))]
        if not car.active or car.owner_id not in world.users:
            return None
        chosen["vehicle_id"] = car.id
    cents = None if rng.random() < 0.03 else NEW_CENTS[kind]
    made = world.submit_check_in(kind, at=to_datetime(at_ms), reward_cents=cents, **chosen)
    return "submitted", made.id


def _decide(world: "World", rng: Random, at_ms: int) -> tuple[str, str] | None:
    check_in = _waiting(world, rng, PENDING, at_ms)
    if check_in is None:
        return None
    share, at = rng.random(), to_datetime(at_ms)
    declined = reviews.DECLINE_SHARE[check_in.kind]
    if share < declined:
        note = reviews.decline_note(rng, check_in.kind)
        return "declined", world.decide(check_in.id, DECLINED, note, at).id
    if share < declined + reviews.HOLD_SHARE and not check_in.held:
        note = reviews.hold_note(rng, check_in.kind)
        return "held", world.decide(check_in.id, ON_HOLD, note, at).id
    return "confirmed", world.decide(check_in.id, CONFIRMED, None, at).id


def _send_again(world: "World", rng: Random, at_ms: int) -> tuple[str, str] | None:
    check_in = _waiting(world, rng, ON_HOLD, at_ms)
    if check_in is None:
        return None
    return "returned", world.send_again(check_in.id, to_datetime(at_ms)).id


def _waiting(world: "World", rng: Random, status: str, at_ms: int) -> CheckIn | None:
    """Somebody's check-in of that status, the longest waiting ones first as a rule."""
    orders = [world.check_in_shelves[kind].order("updated_ms", status).rows for kind in KINDS]
    waiting = [len(rows) for rows in orders]
    if not any(waiting):
        return None
    (rows,) = rng.choices(orders, weights=waiting)
    check_in = rows[int(rng.random() ** 2 * len(rows))]
    return check_in if check_in.updated_ms <= at_ms else None


def _claim(world: "World", rng: Random, at_ms: int) -> tuple[str, str] | None:
    open_: list[Reward] = world.reward_shelf.order("rewarded_ms", CONFIRMED).rows
    if not open_:
        return None
    owner = open_[int(rng.random() * len(open_))].owner_id
    if world.confirmed_cents(owner) < MINIMUM_CLAIM_CENTS:
        return None
    return "claimed", world.claim(owner, to_datetime(at_ms)).id


def _grant(world: "World", rng: Random, at_ms: int) -> tuple[str, str] | None:
    people = world.user_shelf.order("registered_ms").rows
    if not people:
        return None
    user = people[int(rng.random() * len(people))]
    code, cents = rng.choice(GRANTS)
    return "granted", world.grant(user.id, cents, code, at=to_datetime(at_ms)).id


def _register(world: "World", _rng: Random, at_ms: int) -> tuple[str, str]:
    return "registered", world.register(to_datetime(at_ms)).id


def _touch(world: "World", rng: Random, at_ms: int) -> tuple[str, str] | None:
    check_in = _waiting(world, rng, rng.choice((PENDING, CONFIRMED, DECLINED)), at_ms)
    if check_in is None:
        return None
    world.touch(check_in.id, to_datetime(at_ms))
    return "touched", check_in.id


Attempt = Callable[["World", Random, int], tuple[str, str] | None]
CHANCES: tuple[tuple[Attempt, int], ...] = (
    (_submit, 34),
    (_decide, 40),
    (_send_again, 6),
    (_claim, 10),
    (_grant, 4),
    (_register, 4),
    (_touch, 2),
)
ATTEMPTS = tuple(attempt for attempt, _ in CHANCES)
ATTEMPT_WEIGHTS = tuple(weight for _, weight in CHANCES)
