"""The JSON of each record, spelled as Ownli's documentation shows it."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from ownli_api.sandbox import details
from ownli_api.sandbox.facts import (
    CONDITION,
    DAY,
    DECLINED,
    HOUR,
    MILEAGE,
    MINUTE,
    ON_HOLD,
    PROOF_OF_ADDRESS,
    SECOND,
    Address,
    CheckIn,
    Payout,
    Reward,
    User,
    Vehicle,
    to_datetime,
)
from ownli_api.sandbox.submissions import CADENCE_DAYS
from ownli_api.sandbox.world import World

Json = dict[str, Any]

CENTS = 100


@lru_cache(maxsize=4096)
def _date(day: int) -> str:
    return to_datetime(day * DAY).strftime("%Y-%m-%d")


def iso(ms: int) -> str:
    """A moment as Ownli's examples write it: 2026-11-23T14:05:09.123Z."""
    day, rest = divmod(ms, DAY)
    hour, rest = divmod(rest, HOUR)
    minute, rest = divmod(rest, MINUTE)
    second, rest = divmod(rest, SECOND)
    return f"{_date(day)}T{hour:02d}:{minute:02d}:{second:02d}.{rest:03d}Z"


def dollars(cents: int) -> float:
    """An amount as the JSON double Ownli sends."""
    return cents / CENTS


class Answers:
    """Turns the records of one world into JSON objects; `nulls` sends absent values as null."""

    def __init__(self, world: World, *, nulls: bool = False) -> None:
        self._world = world
        self._sent: Callable[[Json], Json] = dict if nulls else _present

    def user(self, user: User) -> Json:
        """A User."""
        fields = {f"customField{at}": value for at, value in enumerate(user.custom_fields, 1)}
        policy = user.policy and {
            "policyNumber": user.policy.number,
            "startDate": iso(user.policy.start_ms),
            "endDate": iso(user.policy.end_ms),
        }
        return self._sent(
            {
                "id": user.id,
                "firstName": user.first_name,
                "lastName": user.last_name,
                "email": user.email,
                "phone": user.phone,
                "adminNote": user.admin_note,
                **fields,
                "address": self._home(user.address),
                "policyInfo": policy,
                "tosAnswer": user.tos_answer,
                "partnerCode": user.partner_code,
                "dateRegistered": iso(user.registered_ms),
                "updated": iso(user.updated_ms),
                "emailVerified": user.email_verified,
                "phoneVerified": user.phone_verified,
                "fraud": user.fraud,
            }
        )

    def owner(self, id: str) -> Json | None:
        """The owner object of list items."""
        user = self._world.users.get(id)
        if user is None:
            return None
        return {"id": user.id, "firstName": user.first_name, "lastName": user.last_name}

    def vehicle_item(self, vehicle: Vehicle) -> Json:
        """A vehicle of the list, with its owner."""
        return self._sent(self._car(vehicle) | {"owner": self.owner(vehicle.owner_id)})

    def vehicle(self, vehicle: Vehicle) -> Json:
        """One vehicle, with its owner's id and phone."""
        owner = self._world.users.get(vehicle.owner_id)
        return self._sent(
            self._car(vehicle)
            | {"userId": vehicle.owner_id, "customerPhoneNumber": owner and owner.phone}
        )

    def check_in_item(self, check_in: CheckIn) -> Json:
        """A check-in of a list across users, with its owner."""
        return self._sent(self.check_in(check_in) | {"owner": self.owner(check_in.owner_id)})

    def check_in(self, check_in: CheckIn) -> Json:
        """A check-in of any kind."""
        owner = self._world.users.get(check_in.owner_id)
        common: Json = {
            "id": check_in.id,
            "userNote": check_in.user_note,
            "adminNote": check_in.admin_note,
            "checkedInAt": iso(check_in.checked_in_ms),
            "checkInStatus": check_in.status,
            "updated": iso(check_in.updated_ms),
            "fraud": check_in.fraud,
        }
        if check_in.kind != PROOF_OF_ADDRESS:
            vehicle = self._world.vehicles.get(check_in.vehicle_id or "")
            common["license"] = vehicle.license if vehicle else None
        if check_in.kind == MILEAGE:
            return self._sent(common | self._mileage(check_in, owner))
        if check_in.kind == CONDITION:
            return self._sent(common | {"photos": details.angles(check_in, owner)})
        return self._sent(common | self._proof_of_address(check_in, owner))

    def reward_item(self, reward: Reward) -> Json:
        """A reward of the list across users, with its owner; grants with code and reference."""
        return self._sent(
            self._reward(reward)
            | {
                "actionCode": reward.action_code,
                "clientReference": reward.client_reference,
                "owner": self.owner(reward.owner_id),
            }
        )

    def reward(self, reward: Reward) -> Json:
        """A reward of one user, with the buyer who funds it (none for the partner's own grants)."""
        return self._sent(self._reward(reward) | {"buyer": details.buyer(reward)})

    def payout(self, payout: Payout) -> Json:
        """A payout with its rewards."""
        rewards = self._world.rewards
        return {
            "id": payout.id,
            "dateClaimed": iso(payout.claimed_ms),
            "paymentReferenceId": payout.payment_reference_id,
            "paymentReferenceLink": details.payment_link(payout),
            "rewards": [self.reward(rewards[id]) for id in payout.reward_ids if id in rewards],
            "amount": dollars(payout.cents),
        }

    def payout_item(self, payout: Payout) -> Json:
        """A payout of the partner-wide list, with its owner."""
        return self._sent(self.payout(payout) | {"owner": self.owner(payout.owner_id)})

    def reward_stub(self, reward: Reward | None) -> Json | None:
        """The reward inside a summary."""
        if reward is None:
            return None
        return {
            "id": reward.id,
            "status": reward.status,
            "dateRewarded": iso(reward.rewarded_ms),
            "amount": dollars(reward.cents),
        }

    def sent(self, fields: Json) -> Json:
        """An object without its absent values (or with nulls)."""
        return self._sent(fields)

    def _home(self, address: Address) -> Json:
        return self._sent(
            {
                "addressLine1": address.line_1,
                "addressLine2": address.line_2,
                "city": address.city,
                "state": address.state,
                "country": "US",
                "zip": address.zip,
            }
        )

    @staticmethod
    def _car(vehicle: Vehicle) -> Json:
        return {
            "id": vehicle.id,
            "license": vehicle.license,
            "photoUrl": f"{details.PHOTO_HOST}/{vehicle.id}/car.jpg",
            "make": vehicle.make,
            "model": vehicle.model,
            "vin": vehicle.vin,
            "state": vehicle.state,
            "year": vehicle.year,
            "dateAdded": iso(vehicle.added_ms),
            "updated": iso(vehicle.updated_ms),
            "active": vehicle.active,
        }

    @staticmethod
    def _mileage(check_in: CheckIn, owner: User | None) -> Json:
        next_ms = check_in.checked_in_ms + int(CADENCE_DAYS[MILEAGE] * DAY)
        return {
            "mileage": check_in.mileage,
            "nextCheckInDate": iso(next_ms),
            "licensePhotos": [details.photo(check_in, "plate", owner)],
            "odometerPhotos": [details.photo(check_in, "odometer", owner)],
        }

    def _proof_of_address(self, check_in: CheckIn, owner: User | None) -> Json:
        if owner is None:
            return {"documentType": check_in.document_type}
        home = owner.address
        place = {"latitude": home.latitude, "longitude": home.longitude}
        street = {
            "addressLine1": home.line_1,
            "city": home.city,
            "state": home.state,
            "country": "US",
            "zip": home.zip,
        }
        wrong = check_in.status in (DECLINED, ON_HOLD)
        front = details.photo(check_in, "home", owner)
        return place | {
            "address": street | place,
            "documentType": check_in.document_type,
            "insights": {
                "firstName": owner.first_name,
                "lastName": owner.last_name,
                "address": self._home(home),
            },
            "documents": [
                {
                    "url": f"{details.FILE_HOST}/{check_in.id}/document.pdf",
                    "type": "DOCUMENT",
                    "markedInvalidByReview": wrong,
                }
            ],
            "photos": [front | {"type": "FrontView", "markedInvalidByReview": False}],
        }

    @staticmethod
    def _reward(reward: Reward) -> Json:
        return {
            "id": reward.id,
            "status": reward.status,
            "type": reward.type,
            "description": reward.description,
            "vehicleId": reward.vehicle_id,
            "payoutId": reward.payout_id,
            "dateRewarded": iso(reward.rewarded_ms),
            "amount": dollars(reward.cents),
        }


def newest_first(check_ins: Iterable[CheckIn]) -> list[CheckIn]:
    """Check-ins as the unsorted lists of one car or user show them."""
    return sorted(check_ins, key=lambda one: (one.checked_in_ms, one.id), reverse=True)


def _present(fields: Json) -> Json:
    return {name: value for name, value in fields.items() if value is not None}
