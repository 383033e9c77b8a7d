"""The partner's world: users, vehicles, check-ins, rewards and payouts, and what can happen to them."""

from dataclasses import dataclass
from datetime import datetime
from random import Random
from threading import RLock
from typing import Any

from ownli_api.sandbox.facts import CheckIn, Payout, Reward, User, Vehicle


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: `what` is submitted, confirmed, declined, held, returned, claimed, granted, registered or touched."""

    what: str
    id: str
    at_ms: int


class World:
    """Everything one partner has at Ownli; the truth that tests count from.

    `users`, `vehicles`, `check_ins`, `rewards`, `payouts` are dicts by id of the records in `facts`.
    Read or change them under `lock` while a sandbox serves them; change them only by the methods.
    """

    lock: RLock
    users: dict[str, User]
    vehicles: dict[str, Vehicle]
    check_ins: dict[str, CheckIn]
    rewards: dict[str, Reward]
    payouts: dict[str, Payout]

    @classmethod
    def make(
        cls,
        seed: int = 7,
        users: int = 1200,
        check_ins: int | None = None,
        weeks: int = 26,
        now: datetime | None = None,
    ) -> "World":
        """A believable past of `weeks` weeks ending `now` (the clock); the same for the same arguments.

        check_ins: exactly so many, or None for a number that is natural for the users.
        """
        raise NotImplementedError

    def now(self) -> datetime:
        """The world's present, UTC: the `now` it was made with plus the time passed since."""
        raise NotImplementedError

    def submit_check_in(
        self,
        kind: str = "mileage",
        *,
        owner_id: str | None = None,
        vehicle_id: str | None = None,
        at: datetime | None = None,
        reward_cents: int | None = 250,
    ) -> CheckIn:
        """A user submits a check-in (Pending), with its Pending reward unless `reward_cents` is None."""
        raise NotImplementedError

    def decide(
        self, id: str, status: str, note: str | None = None, at: datetime | None = None
    ) -> CheckIn:
        """Ownli confirms, declines or holds a Pending check-in; its reward follows."""
        raise NotImplementedError

    def send_again(self, id: str, at: datetime | None = None) -> CheckIn:
        """The user completes a held check-in: it is Pending again."""
        raise NotImplementedError

    def claim(self, user_id: str, at: datetime | None = None) -> Payout:
        """The user claims the whole confirmed balance; refused (ValueError) below one dollar."""
        raise NotImplementedError

    def grant(
        self,
        user_id: str,
        cents: int,
        action_code: str,
        client_reference: str | None = None,
        at: datetime | None = None,
    ) -> Reward:
        """The partner's team grants a Custom reward, Confirmed at once."""
        raise NotImplementedError

    def register(self, at: datetime | None = None, **known: Any) -> User:
        """A new user with one vehicle registers; `known` fixes fields of `User`."""
        raise NotImplementedError

    def touch(self, id: str, at: datetime | None = None) -> None:
        """Something unseen changes in a check-in, user or vehicle: only `updated` moves."""
        raise NotImplementedError

    def vanish(self, id: str) -> None:
        """The record of this id is gone from every list."""
        raise NotImplementedError

    def amend(self, id: str, **fields: Any) -> None:
        """Set any fields of a record against all rules (older `updated_ms`, another `kind`, `cents`...)."""
        raise NotImplementedError

    def step(self, rng: Random, n: int = 1, at: datetime | None = None) -> list[Event]:
        """`n` things happen, chosen by `rng`, all at `at` (the present)."""
        raise NotImplementedError

    def live(self, now: datetime | None = None, pace: float = 1.0) -> list[Event]:
        """The world goes on until `now`, `pace` times as busy as its last weeks."""
        raise NotImplementedError
