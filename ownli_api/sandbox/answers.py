"""The JSON of each record, spelled as Ownli's documentation shows it."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from ownli_api.sandbox import phrases
from ownli_api.sandbox.facts import (
    CONDITION,
    DAY,
    DECLINED,
    HOUR,
    MILEAGE,
    MINUTE,
    ON_HOLD,
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

PHOTO_HOST = "https://photos.example.com"
FILE_HOST = "https://files.example.com"
PAYMENT_HOST = "https://pay.example.com"
CENTS = 100
REQUIRED_ANGLES = ("Front", "Back", "DriverSide", "PassengerSide")
EXTRA_ANGLES = ("DriverSideFront", "DriverSideBack", "PassengerSideFront", "PassengerSideBack")
DAMAGED_ONE_IN = 23
NEARBY_DEGREES = 0.02


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
        vehicle = self._world.vehicles.get(check_in.vehicle_id or "")
        common = {
            "id": check_in.id,
            "license": vehicle and vehicle.license,
            "userNote": check_in.user_note,
            "adminNote": check_in.admin_note,
            "checkedInAt": iso(check_in.checked_in_ms),
            "checkInStatus": check_in.status,
            "updated": iso(check_in.updated_ms),
            "fraud": check_in.fraud,
        }
        if check_in.kind == MILEAGE:
            return self._sent(common | self._mileage(check_in, owner))
        if check_in.kind == CONDITION:
            return self._sent(common | {"photos": _angles(check_in, owner)})
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
        return self._sent(self._reward(reward) | {"buyer": _buyer(reward)})

    def payout(self, payout: Payout) -> Json:
        """A payout with its rewards."""
        rewards = self._world.rewards
        return {
            "id": payout.id,
            "dateClaimed": iso(payout.claimed_ms),
            "paymentReferenceId": payout.payment_reference_id,
            "paymentReferenceLink": f"{PAYMENT_HOST}/redeem/{payout.payment_reference_id[::-1]}",
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
            "photoUrl": f"{PHOTO_HOST}/{vehicle.id}/car.jpg",
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
            "licensePhotos": [_photo(check_in, "plate", owner)],
            "odometerPhotos": [_photo(check_in, "odometer", owner)],
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
        front = _photo(check_in, "home", owner)
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
                    "url": f"{FILE_HOST}/{check_in.id}/document.pdf",
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


def products() -> list[Json]:
    """What a claim can be paid out as."""
    return [
        {
            "id": id,
            "name": name,
            "currencyCodes": ["USD"],
            "countries": ["US"],
            "description": description,
            "disclosure": phrases.DISCLOSURE,
            "category": category,
            "images": [{"src": f"{PHOTO_HOST}/products/{id}.png", "type": "card"}],
        }
        for id, name, category, description in phrases.PRODUCTS
    ]


def newest_first(check_ins: Iterable[CheckIn]) -> list[CheckIn]:
    """Check-ins as the unsorted lists of one car or user show them."""
    return sorted(check_ins, key=lambda one: (one.checked_in_ms, one.id), reverse=True)


def _present(fields: Json) -> Json:
    return {name: value for name, value in fields.items() if value is not None}


def _number(id: str) -> int:
    """A number that belongs to an id, for details nobody stores."""
    return int(id[-4:], 16)


def _photo(check_in: CheckIn, what: str, owner: User | None) -> Json:
    photo: Json = {"photoUrl": f"{PHOTO_HOST}/{check_in.id}/{what}.jpg"}
    if owner is not None:
        shift = NEARBY_DEGREES * (_number(check_in.id) / 0x10000 - 0.5)
        photo["latitude"] = round(owner.address.latitude + shift, 6)
        photo["longitude"] = round(owner.address.longitude - shift, 6)
    return photo


def _angles(check_in: CheckIn, owner: User | None) -> list[Json]:
    number = _number(check_in.id)
    angles = REQUIRED_ANGLES + EXTRA_ANGLES[: number % (len(EXTRA_ANGLES) + 1)]
    wrong = check_in.status in (DECLINED, ON_HOLD)
    return [
        _photo(check_in, angle, owner)
        | {
            "type": angle,
            "markedInvalidByReview": wrong and place == number % len(REQUIRED_ANGLES),
            "damageDetected": place == 0 and number % DAMAGED_ONE_IN == 0,
        }
        for place, angle in enumerate(angles)
    ]


def _buyer(reward: Reward) -> Json | None:
    if reward.action_code is not None:
        return None
    id, name, description = phrases.BUYERS[_number(reward.owner_id) % len(phrases.BUYERS)]
    return {
        "id": id,
        "name": name,
        "logo": f"{PHOTO_HOST}/buyers/{id}.png",
        "shortDescription": description,
        "featured": False,
    }
