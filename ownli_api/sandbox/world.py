"""The partner's world: its users, check-ins, rewards and payouts, and what can happen to them."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from random import Random
from threading import RLock
from typing import Any

from ownli_api.sandbox import facts, history, life, people, phrases
from ownli_api.sandbox.facts import CheckIn, Payout, Reward, User, Vehicle
from ownli_api.sandbox.ids import Ids
from ownli_api.sandbox.records import Records


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    what: submitted, confirmed, declined, held, returned, claimed, granted, registered, touched.
    """

    what: str
    id: str
    at_ms: int


class World(Records):
    """Everything one partner has at Ownli; the truth that tests count from.

    `users`, `vehicles`, `check_ins`, `rewards`, `payouts`: dicts by id of the records in `facts`.
    Hold `lock` to read them while a sandbox serves and changes them. Change them by the methods
    only: they keep the lists below in order.
    """

    def __init__(self, seed: int = 7, now: datetime | None = None) -> None:
        """A partner without any users."""
        super().__init__()
        self.seed = seed
        self.lock = RLock()
        self.made_ms = int(time.time() * facts.SECOND) if now is None else facts.to_ms(now)
        self._started = time.monotonic()
        self.clock_offset_seconds: Callable[[], float] = lambda: 0.0
        self.ids = Ids(seed)
        self.rng = Random(f"life {seed}")
        self.lived_ms = self.made_ms
        self.owed_events = 0.0

    @classmethod
    def make(
        cls,
        seed: int = 7,
        users: int = 1200,
        check_ins: int | None = None,
        weeks: int = 26,
        now: datetime | None = None,
    ) -> "World":
        """A believable past of `weeks` weeks ending `now` (the clock); same arguments, same world.

        check_ins: exactly so many, or None for a number that is natural for the users.
        """
        world = cls(seed, now)
        with _collector_paused():
            history.write(world, users, check_ins, weeks)
            world.arrange()
        return world

    def now(self) -> datetime:
        """The world's present, UTC: the `now` it was made with and the time passed since."""
        return facts.to_datetime(self.now_ms())

    def now_ms(self) -> int:
        """The world's present in milliseconds since 1970."""
        passed = time.monotonic() - self._started + self.clock_offset_seconds()
        return self.made_ms + int(passed * facts.SECOND)

    def submit_check_in(
        self,
        kind: str = facts.MILEAGE,
        *,
        owner_id: str | None = None,
        vehicle_id: str | None = None,
        at: datetime | None = None,
        reward_cents: int | None = 250,
    ) -> CheckIn:
        """A user submits a check-in (Pending), with a Pending reward unless `reward_cents` is None.

        Without `owner_id` and `vehicle_id` the world chooses one. ValueError if there is none.
        """
        with self.lock:
            at_ms = self._ms(at)
            vehicle = self._vehicle_for(kind, owner_id, vehicle_id)
            if owner_id is None:
                owner_id = vehicle.owner_id if vehicle else self._some(list(self.users))
            if owner_id not in self.users:
                raise ValueError("a check-in needs a user")
            check_in = CheckIn(
                id=self.ids.check_in(kind),
                kind=kind,
                status=facts.PENDING,
                owner_id=owner_id,
                vehicle_id=vehicle.id if vehicle else None,
                checked_in_ms=at_ms,
                updated_ms=at_ms,
            )
            if kind == facts.MILEAGE and vehicle:
                vehicle.mileage += life.MILES_BETWEEN_CHECK_INS
                check_in.mileage = vehicle.mileage
            if kind == facts.PROOF_OF_ADDRESS:
                check_in.document_type = self.rng.choice(phrases.DOCUMENT_TYPES)
            if reward_cents is not None:
                reward = Reward(
                    id=self.ids.reward(),
                    type=facts.REWARD_TYPE[kind],
                    status=facts.PENDING,
                    owner_id=owner_id,
                    vehicle_id=check_in.vehicle_id,
                    rewarded_ms=at_ms,
                    cents=reward_cents,
                    description=phrases.REWARD_WORDS[facts.REWARD_TYPE[kind]],
                    check_in_id=check_in.id,
                )
                check_in.reward_id = reward.id
                self.rewards[reward.id] = reward
                self.reward_shelf.add(reward)
            self.check_ins[check_in.id] = check_in
            self.check_in_shelves[kind].add(check_in)
            return check_in

    def decide(
        self, id: str, status: str, note: str | None = None, at: datetime | None = None
    ) -> CheckIn:
        """Ownli confirms, declines or holds a Pending check-in; its reward follows.

        ValueError for any other check-in or word.
        """
        if status not in (facts.CONFIRMED, facts.DECLINED, facts.ON_HOLD):
            raise ValueError(f"a reviewer cannot decide {status!r}")
        with self.lock:
            check_in = self.check_ins[id]
            if check_in.status != facts.PENDING:
                raise ValueError(f"a check-in that is {check_in.status} cannot be decided")
            with self.changing(check_in):
                check_in.status = status
                check_in.admin_note = note
                check_in.updated_ms = max(self._ms(at), check_in.updated_ms)
                check_in.held = check_in.held or status == facts.ON_HOLD
            reward = self.rewards.get(check_in.reward_id or "")
            if reward is not None and status != facts.ON_HOLD:
                with self.changing(reward):
                    reward.status = status
            return check_in

    def send_again(self, id: str, at: datetime | None = None) -> CheckIn:
        """The user completes a held check-in: it is Pending again. ValueError for any other."""
        with self.lock:
            check_in = self.check_ins[id]
            if check_in.status != facts.ON_HOLD:
                raise ValueError(f"a check-in that is {check_in.status} cannot be sent again")
            with self.changing(check_in):
                check_in.status = facts.PENDING
                check_in.updated_ms = max(self._ms(at), check_in.updated_ms)
            return check_in

    def confirmed_cents(self, user_id: str) -> int:
        """The balance a user could claim now."""
        with self.lock:
            return sum(one.cents for one in self._confirmed(user_id))

    def claim(self, user_id: str, at: datetime | None = None) -> Payout:
        """The user claims the whole confirmed balance; ValueError below one dollar."""
        with self.lock:
            rewards = self._confirmed(user_id)
            cents = sum(one.cents for one in rewards)
            if cents < facts.MINIMUM_CLAIM_CENTS:
                raise ValueError("a claim needs at least one confirmed dollar")
            id = self.ids.payout()
            payout = Payout(
                id=id,
                owner_id=user_id,
                claimed_ms=max(self._ms(at), max(one.rewarded_ms for one in rewards)),
                cents=cents,
                payment_reference_id=self.ids.payment_reference(),
                reward_ids=[one.id for one in rewards],
            )
            for reward in rewards:
                with self.changing(reward):
                    reward.status = facts.CLAIMED
                    reward.payout_id = id
            self.payouts[id] = payout
            self.payout_shelf.add(payout)
            return payout

    def grant(
        self,
        user_id: str,
        cents: int,
        action_code: str,
        client_reference: str | None = None,
        at: datetime | None = None,
    ) -> Reward:
        """The partner's team grants a Custom reward of $1 to $100, Confirmed at once."""
        if not facts.SMALLEST_GRANT_CENTS <= cents <= facts.LARGEST_GRANT_CENTS:
            raise ValueError("a grant is 1 to 100 dollars")
        with self.lock:
            id = self.ids.reward()
            reward = Reward(
                id=id,
                type=facts.CUSTOM,
                status=facts.CONFIRMED,
                owner_id=self.users[user_id].id,
                vehicle_id=None,
                rewarded_ms=self._ms(at),
                cents=cents,
                description=phrases.GRANT_WORDS.get(action_code, phrases.OTHER_GRANT_WORDS),
                action_code=action_code,
                client_reference=client_reference or f"{action_code}-{id}",
            )
            self.rewards[id] = reward
            self.reward_shelf.add(reward)
            return reward

    def register(self, at: datetime | None = None, **known: Any) -> User:
        """A new user with one vehicle registers; `known` fixes fields of `User`."""
        with self.lock:
            user = people.user(self.rng, self.ids, self._ms(at))
            for name, value in known.items():
                setattr(user, name, value)
            vehicle = people.vehicle(self.rng, self.ids, user, user.registered_ms)
            self.users[user.id] = user
            self.user_shelf.add(user)
            self.vehicles[vehicle.id] = vehicle
            self.vehicle_shelf.add(vehicle)
            return user

    def touch(self, id: str, at: datetime | None = None) -> None:
        """Something unseen changes in a check-in, user or vehicle: only `updated` moves."""
        with self.lock:
            self.amend(id, updated_ms=max(self._ms(at), self.record(id).updated_ms))

    def vanish(self, id: str) -> None:
        """The record of this id is gone from its list; what refers to it stays."""
        with self.lock:
            record = self.record(id)
            self.shelf_of(record).remove(record)
            for records in self.tables():
                records.pop(id, None)

    def amend(self, id: str, **fields: Any) -> None:
        """Set any fields of a record against all rules: an older `updated_ms`, another `kind`..."""
        with self.lock:
            record = self.record(id)
            with self.changing(record):
                for name, value in fields.items():
                    setattr(record, name, value)

    def step(self, rng: Random, n: int = 1, at: datetime | None = None) -> list[Event]:
        """`n` things happen, chosen by `rng`, all at `at` (the present)."""
        with self.lock:
            at_ms = self._ms(at)
            return [Event(*life.happen(self, rng, at_ms)) for _ in range(n)]

    def live(self, now: datetime | None = None, pace: float = 1.0) -> list[Event]:
        """The world goes on until `now`, `pace` times as busy as its last weeks."""
        with self.lock:
            moments = life.moments(self, self._ms(now), pace)
            return [Event(*life.happen(self, self.rng, at_ms)) for at_ms in moments]

    def _confirmed(self, user_id: str) -> list[Reward]:
        mine = self.reward_shelf.group("owner", user_id)
        return [one for one in mine if one.status == facts.CONFIRMED]

    def _vehicle_for(
        self, kind: str, owner_id: str | None, vehicle_id: str | None
    ) -> Vehicle | None:
        if kind == facts.PROOF_OF_ADDRESS:
            return None
        if vehicle_id is not None:
            return self.vehicles[vehicle_id]
        if owner_id is not None:
            mine = self.vehicle_shelf.group("owner", owner_id)
            return self.vehicles[self._some([one.id for one in mine if one.active])]
        return self.vehicles[self._some([one.id for one in self.vehicles.values() if one.active])]

    def _some(self, ids: list[str]) -> str:
        if not ids:
            raise ValueError("there is nobody in this world to do that")
        return self.rng.choice(ids)

    def _ms(self, at: datetime | None) -> int:
        return self.now_ms() if at is None else facts.to_ms(at)


@contextmanager
def _collector_paused() -> Iterator[None]:
    # A world is millions of records and no cycles: looking for cycles again and again while it
    # grows takes nearly as long as writing it.
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()
