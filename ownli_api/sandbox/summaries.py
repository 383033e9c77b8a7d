"""The check-in summaries of a car, a home and a user: the only documented link to rewards."""

from typing import Any

from ownli_api.sandbox.answers import Answers, Json, dollars, iso, newest_first
from ownli_api.sandbox.facts import (
    CONDITION,
    CONFIRMED,
    DAY,
    DECLINED,
    KINDS,
    MILEAGE,
    PROOF_OF_ADDRESS,
    CheckIn,
    User,
    Vehicle,
)
from ownli_api.sandbox.history import CHECK_IN_CENTS, HOME_PHOTO_CENTS
from ownli_api.sandbox.submissions import CADENCE_DAYS
from ownli_api.sandbox.world import World

# The documentation prints no words for `checkInType`; these are spelled like the reward types.
CHECK_IN_TYPE = dict(
    zip(KINDS, ("MileageCheckIn", "ConditionCheckIn", "ProofOfAddressCheckIn"), strict=True)
)


class Summaries:
    """Summaries of one world as of `now_ms`."""

    def __init__(self, world: World, answers: Answers, now_ms: int) -> None:
        self._world = world
        self._answers = answers
        self._now_ms = now_ms

    def of_user(self, user: User) -> list[Json]:
        """A user with all cars and the home."""
        cars = sorted(
            self._world.vehicle_shelf.group("owner", user.id),
            key=lambda one: (one.added_ms, one.id),
        )
        return [
            {
                "user": self._answers.user(user),
                "vehicles": [self._car(one) for one in cars],
                "proofOfAddressCheckinSummary": self._home(user),
            }
        ]

    def of_vehicle(self, vehicle: Vehicle) -> list[Json]:
        """One car."""
        return [self._car(vehicle)]

    def of_home(self, user: User) -> list[Json]:
        """A user's home."""
        return [self._home(user)]

    def _car(self, vehicle: Vehicle) -> Json:
        mine = {
            kind: newest_first(self._world.check_in_shelves[kind].group("vehicle", vehicle.id))
            for kind in (MILEAGE, CONDITION)
        }
        mileage = self._summary(MILEAGE, mine[MILEAGE], vehicle.added_ms)
        confirmed = (one.mileage for one in mine[MILEAGE] if one.status == CONFIRMED)
        mileage["lastConfirmedMileage"] = next(confirmed, None)
        return self._answers.sent(
            {
                "id": vehicle.id,
                "license": vehicle.license,
                "make": vehicle.make,
                "model": vehicle.model,
                "vin": vehicle.vin,
                "state": vehicle.state,
                "mileageCheckinSummary": self._answers.sent(mileage),
                "conditionCheckinSummary": self._summary(
                    CONDITION, mine[CONDITION], vehicle.added_ms
                ),
            }
        )

    def _home(self, user: User) -> Json:
        shelf = self._world.check_in_shelves[PROOF_OF_ADDRESS]
        mine = newest_first(shelf.group("owner", user.id))
        summary = self._summary(PROOF_OF_ADDRESS, mine, user.registered_ms)
        return summary | {"photoBonusForNextCheckin": dollars(HOME_PHOTO_CENTS)}

    def _summary(self, kind: str, check_ins: list[CheckIn], since_ms: int) -> dict[str, Any]:
        """The summary of check-ins, newest first; a declined one may be repeated at once."""
        unlock_ms = since_ms
        if check_ins:
            last = check_ins[0]
            due_ms = last.checked_in_ms + int(CADENCE_DAYS[kind] * DAY)
            unlock_ms = last.updated_ms if last.status == DECLINED else due_ms
        wait = max(0, unlock_ms - self._now_ms)
        return {
            "checkins": [self._item(one) for one in check_ins],
            "checkinUnlocked": wait == 0,
            "unlockDate": iso(unlock_ms),
            "daysToNextCheckin": -(-wait // DAY),
            "rewardAmountForNextCheckin": dollars(CHECK_IN_CENTS[kind]),
            "lastConfirmedOrdinal": sum(one.status == CONFIRMED for one in check_ins),
        }

    def _item(self, check_in: CheckIn) -> Json:
        owner = self._world.users.get(check_in.owner_id)
        address = None
        if check_in.kind == PROOF_OF_ADDRESS and owner is not None:
            home = owner.address
            address = {
                "addressLine1": home.line_1,
                "city": home.city,
                "state": home.state,
                "country": "US",
                "zip": home.zip,
                "latitude": home.latitude,
                "longitude": home.longitude,
            }
        reward = self._world.rewards.get(check_in.reward_id or "")
        return self._answers.sent(
            {
                "id": check_in.id,
                "checkInType": CHECK_IN_TYPE[check_in.kind],
                "status": check_in.status,
                "checkinDate": iso(check_in.checked_in_ms),
                "adminNote": check_in.admin_note,
                "reward": self._answers.reward_stub(reward),
                "address": address,
            }
        )
