"""The partner's world: its users, check-ins, rewards and payouts, and what can happen to them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from threading import RLock
from typing import Any, TypeVar

from ownli_api.sandbox import history, people, phrases
from ownli_api.sandbox.records import REWARD_TYPE, TIMES, CheckIn, Payout, Reward, User, Vehicle

Made = TypeVar("Made")

MINIMUM_CLAIM_CENTS = 100
SMALLEST_GRANT_CENTS, LARGEST_GRANT_CENTS = 100, 10_000
MILES_BETWEEN_CHECK_INS = 900
REMEMBERED = 64
ID_BITS = 40
ODD = 0x9E3779B97F  # an odd factor makes n -> n * ODD a bijection of the 40-bit numbers
SEED_STRIDE = 0x5851F42D4C

EVENTS = {
    **{"submitted": 34, "decided": 40, "returned": 6, "claimed": 10},
    **{"granted": 4, "registered": 4, "touched": 2},
}
NEW_KINDS = {"mileage": 70, "condition": 20, "proof_of_address": 10}
UNREWARDED_SHARE = 0.03
GRANTS = ((phrases.GOODWILL_CODE, 250), (phrases.REFERRAL_CODE, 1_000), (phrases.REVIEW_CODE, 300))


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    what: submitted, confirmed, declined, held, returned, claimed, granted, registered, touched.
    """

    what: str
    id: str
    at: datetime


class World:
    """Everything one partner has at Ownli; the truth that tests count from.

    `users`, `vehicles`, `check_ins`, `rewards`, `payouts`: dicts by id of the records in `records`.
    Hold `lock` to read them while a sandbox serves and changes them. Change them by the methods
    only, as these drop what was remembered of the old ones. `at` is the moment when something
    happens, a datetime with a zone, to the microsecond; without it things happen now.
    """

    def __init__(self, seed: int = 7, now: datetime | None = None) -> None:
        """A partner without any users."""
        self.users: dict[str, User] = {}
        self.vehicles: dict[str, Vehicle] = {}
        self.check_ins: dict[str, CheckIn] = {}
        self.rewards: dict[str, Reward] = {}
        self.payouts: dict[str, Payout] = {}
        self.seed = seed
        self.lock = RLock()
        self.made_at = datetime.now(UTC) if now is None else _utc(now)
        self.whole_milliseconds = False
        self.rng = Random(f"life {seed}")
        self._started = time.monotonic()
        self._ids = 0
        self._numbers = count()
        self._remembered: dict[Any, Any] = {}

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
        history.write(world, users, check_ins, weeks)
        return world

    def now(self) -> datetime:
        """The world's present, UTC: the `now` it was made with and the time passed since."""
        return self.made_at + timedelta(seconds=time.monotonic() - self._started)

    def tables(self) -> tuple[dict[str, Any], ...]:
        """The five dicts by id."""
        return self.check_ins, self.rewards, self.users, self.vehicles, self.payouts

    def new_id(self, prefix: str) -> str:
        """An opaque id in Ownli's spelling: unique, reproducible, in no order."""
        self._ids += 1
        number = (self._ids * ODD + self.seed * SEED_STRIDE) % (1 << ID_BITS)
        return f"{prefix}{number:010X}"

    def new_number(self) -> int:
        """The next of 0, 1, 2... for what must not be alike: phones, mail addresses, plates."""
        return next(self._numbers)

    def remembered(self, key: Any, make: Callable[[], Made]) -> Made:
        """What `make` returns, which is called once between two changes of the world."""
        if key not in self._remembered:
            if len(self._remembered) >= REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = make()
        found: Made = self._remembered[key]
        return found

    def sharing(self, table: str, field: str, value: object) -> list[Any]:
        """The records of a table (an attribute of the world) that share a value, in no order."""

        def grouped() -> dict[object, list[Any]]:
            groups: dict[object, list[Any]] = {}
            for one in getattr(self, table).values():
                groups.setdefault(getattr(one, field), []).append(one)
            return groups

        return self.remembered((table, field), grouped).get(value, [])

    def keep_milliseconds(self) -> None:
        """From now on every time in this world is of whole milliseconds, the past ones as well."""
        with self._changing():
            self.whole_milliseconds = True
            for table in self.tables():
                for record in table.values():
                    for name in TIMES:
                        if hasattr(record, name):
                            setattr(record, name, self._when(getattr(record, name)))

    def submit_check_in(
        self,
        kind: str = "mileage",
        *,
        owner_id: str | None = None,
        vehicle_id: str | None = None,
        at: datetime | None = None,
        reward_cents: int | None = 250,
    ) -> CheckIn:
        """A user submits a check-in (Pending), with a Pending reward unless `reward_cents` is None.

        Without `owner_id` and `vehicle_id` the world chooses one. ValueError if there is none.
        """
        with self._changing():
            when = self._when(at)
            vehicle = None
            if kind != "proof_of_address":
                vehicle = self._vehicle_for(owner_id, vehicle_id)
                owner_id = owner_id or vehicle.owner_id
            owner_id = owner_id or self._some(list(self.users))
            if owner_id not in self.users:
                raise ValueError("a check-in needs a user")
            id = self.new_id(f"XT_{kind[0].upper()}CHK")
            car_id = vehicle.id if vehicle else None
            check_in = CheckIn(id, kind, "Pending", owner_id, car_id, when, when)
            if kind == "mileage" and vehicle:
                vehicle.mileage += MILES_BETWEEN_CHECK_INS
                check_in.mileage = vehicle.mileage
            if kind == "proof_of_address":
                check_in.document_type = self.rng.choice(phrases.DOCUMENT_TYPES)
            self.check_ins[id] = check_in
            if reward_cents is not None:
                self.add_reward_for(check_in, reward_cents, when)
            return check_in

    def add_reward_for(self, check_in: CheckIn, cents: int, at: datetime) -> Reward:
        """The Pending reward that a check-in brings along."""
        type_ = REWARD_TYPE[check_in.kind]
        reward = Reward(
            id=self.new_id("XT_RWD"),
            type=type_,
            status="Pending",
            owner_id=check_in.owner_id,
            vehicle_id=check_in.vehicle_id,
            rewarded_at=at,
            cents=cents,
            description=phrases.REWARD_WORDS[type_],
            check_in_id=check_in.id,
        )
        check_in.reward_id = reward.id
        self.rewards[reward.id] = reward
        return reward

    def decide(
        self, id: str, status: str, note: str | None = None, at: datetime | None = None
    ) -> CheckIn:
        """Ownli confirms, declines or holds a Pending check-in; its reward follows.

        ValueError for any other check-in or word.
        """
        if status not in ("Confirmed", "Declined", "OnHold"):
            raise ValueError(f"a reviewer cannot decide {status!r}")
        with self._changing():
            check_in = self.check_ins[id]
            if check_in.status != "Pending":
                raise ValueError(f"a check-in that is {check_in.status} cannot be decided")
            check_in.status, check_in.admin_note = status, note
            check_in.updated_at = max(self._when(at), check_in.updated_at)
            reward = self.rewards.get(check_in.reward_id or "")
            if reward is not None and status != "OnHold":
                reward.status = status
            return check_in

    def send_again(self, id: str, at: datetime | None = None) -> CheckIn:
        """The user completes a held check-in: it is Pending again. ValueError for any other."""
        with self._changing():
            check_in = self.check_ins[id]
            if check_in.status != "OnHold":
                raise ValueError(f"a check-in that is {check_in.status} cannot be sent again")
            check_in.status = "Pending"
            check_in.updated_at = max(self._when(at), check_in.updated_at)
            return check_in

    def claim(self, user_id: str, at: datetime | None = None) -> Payout:
        """The user claims all Confirmed rewards, in one payout; ValueError below one dollar."""
        with self._changing():
            mine = self.sharing("rewards", "owner_id", user_id)
            confirmed = [one for one in mine if one.status == "Confirmed"]
            if sum(one.cents for one in confirmed) < MINIMUM_CLAIM_CENTS:
                raise ValueError("a claim needs at least one confirmed dollar")
            newest = max(one.rewarded_at for one in confirmed)
            return self.pay(confirmed, max(self._when(at), newest))

    def pay(self, rewards: list[Reward], at: datetime) -> Payout:
        """These rewards of one user are Claimed, in one payout."""
        payout = Payout(
            id=self.new_id("XT_PAY"),
            owner_id=rewards[0].owner_id,
            claimed_at=at,
            cents=sum(one.cents for one in rewards),
            payment_reference_id=self.new_id("REF-"),
            reward_ids=[one.id for one in rewards],
        )
        for reward in rewards:
            reward.status, reward.payout_id = "Claimed", payout.id
        self.payouts[payout.id] = payout
        return payout

    def undo_claim(self, payout_id: str) -> None:
        """The payout is gone; its rewards are Confirmed again and name no payout."""
        with self._changing():
            for id in self.payouts.pop(payout_id).reward_ids:
                if id in self.rewards:
                    self.amend(id, status="Confirmed", payout_id=None)

    def grant(
        self,
        user_id: str,
        cents: int,
        action_code: str,
        client_reference: str | None = None,
        at: datetime | None = None,
    ) -> Reward:
        """The partner's team grants a Custom reward of $1 to $100, Confirmed at once."""
        if not SMALLEST_GRANT_CENTS <= cents <= LARGEST_GRANT_CENTS:
            raise ValueError("a grant is 1 to 100 dollars")
        with self._changing():
            id, owner = self.new_id("XT_RWD"), self.users[user_id]
            words = phrases.GRANT_WORDS.get(action_code, phrases.OTHER_GRANT_WORDS)
            reward = Reward(id, "Custom", "Confirmed", owner.id, None, self._when(at), cents, words)
            reward.action_code = action_code
            reward.client_reference = client_reference or f"{action_code}-{id}"
            self.rewards[id] = reward
            return reward

    def register(self, at: datetime | None = None, **known: Any) -> User:
        """A new user with one vehicle registers; `known` fixes fields of `User`."""
        with self._changing():
            when = self._when(at)
            user = people.user(self.rng, self.new_id("XT_USR"), self.new_number(), when)
            for name, value in known.items():
                setattr(user, name, value)
            id, number = self.new_id("XT_IVEH"), self.new_number()
            self.users[user.id] = user
            self.vehicles[id] = people.vehicle(self.rng, id, number, user, when)
            return user

    def vanish(self, id: str) -> None:
        """The record of this id is gone from its list; what refers to it stays."""
        with self._changing():
            del self._table_of(id)[id]

    def amend(self, id: str, /, **fields: Any) -> None:
        """Set any fields of a record against all rules: an older `updated_at`, another `kind`...

        After `id=` answers show that id, also one of another record; the dict keeps the old one.
        """
        with self._changing():
            record = self._table_of(id)[id]
            for name, value in fields.items():
                setattr(record, name, value)

    def step(self, rng: Random, n: int = 1, at: datetime | None = None) -> list[Event]:
        """`n` things happen, chosen by `rng`, all at `at`."""
        with self.lock:
            when = self._when(at)
            return [Event(*self._happen(rng, when), when) for _ in range(n)]

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with self.lock:
            yield
            self._remembered.clear()

    def _happen(self, rng: Random, at: datetime) -> tuple[str, str]:
        """One thing happens; what cannot happen gives way to something that can."""
        while True:
            (what,) = rng.choices(list(EVENTS), weights=list(EVENTS.values()))
            match what:
                case "submitted" if self._active_cars():
                    (kind,) = rng.choices(list(NEW_KINDS), weights=list(NEW_KINDS.values()))
                    cents = (
                        history.CHECK_IN_CENTS[kind] if rng.random() > UNREWARDED_SHARE else None
                    )
                    return what, self.submit_check_in(kind, at=at, reward_cents=cents).id
                case "decided" if check_in := self._waiting(rng, at, "Pending"):
                    return self._decided(rng, check_in, at), check_in.id
                case "returned" if check_in := self._waiting(rng, at, "OnHold"):
                    return what, self.send_again(check_in.id, at).id
                case "claimed" if enough := self._enough_to_claim():
                    return what, self.claim(rng.choice(enough).owner_id, at).id
                case "granted" if self.users:
                    code, cents = rng.choice(GRANTS)
                    return what, self.grant(rng.choice(list(self.users)), cents, code, at=at).id
                case "registered":
                    return what, self.register(at).id
                case "touched" if check_in := self._waiting(rng, at, "Confirmed", "Declined"):
                    self.amend(check_in.id, updated_at=at)
                    return what, check_in.id

    def _decided(self, rng: Random, check_in: CheckIn, at: datetime) -> str:
        share, declined = rng.random(), history.DECLINE_SHARE[check_in.kind]
        if share < declined:
            self.decide(check_in.id, "Declined", phrases.decline_note(rng, check_in.kind), at)
            return "declined"
        if share < declined + history.HOLD_SHARE:
            self.decide(check_in.id, "OnHold", phrases.hold_note(rng, check_in.kind), at)
            return "held"
        self.decide(check_in.id, "Confirmed", None, at)
        return "confirmed"

    def _waiting(self, rng: Random, at: datetime, *statuses: str) -> CheckIn | None:
        """Some check-in of these statuses that has not changed after that moment."""
        known = self.check_ins.values()
        some = [one for one in known if one.status in statuses and one.updated_at <= at]
        return rng.choice(some) if some else None

    def _enough_to_claim(self) -> list[Reward]:
        confirmed = [one for one in self.rewards.values() if one.status == "Confirmed"]
        return [one for one in confirmed if one.cents >= MINIMUM_CLAIM_CENTS]

    def _vehicle_for(self, owner_id: str | None, vehicle_id: str | None) -> Vehicle:
        if vehicle_id is not None:
            return self.vehicles[vehicle_id]
        cars = self._active_cars()
        return self.vehicles[
            self._some([one.id for one in cars if owner_id in (None, one.owner_id)])
        ]

    def _active_cars(self) -> list[Vehicle]:
        cars = self.vehicles.values()
        return [one for one in cars if one.active and one.owner_id in self.users]

    def _table_of(self, id: str) -> dict[str, Any]:
        for table in self.tables():
            if id in table:
                return table
        raise KeyError(id)

    def _some(self, ids: list[str]) -> str:
        if not ids:
            raise ValueError("there is nobody in this world to do that")
        return self.rng.choice(ids)

    def _when(self, at: datetime | None) -> datetime:
        when = self.now() if at is None else _utc(at)
        if self.whole_milliseconds:
            return when.replace(microsecond=when.microsecond // 1_000 * 1_000)
        return when


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time needs a zone")
    return moment.astimezone(UTC)
