"""The JSON of each record, spelled as Ownli's documentation shows it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from ownli_api.sandbox import details
from ownli_api.sandbox.history import CADENCE, CHECK_IN_CENTS, DAY, HOME_PHOTO_CENTS
from ownli_api.sandbox.records import (
    CONDITION,
    CONFIRMED,
    DECLINED,
    KINDS,
    MILEAGE,
    ON_HOLD,
    PROOF_OF_ADDRESS,
    Address,
    CheckIn,
    Payout,
    Reward,
    User,
    Vehicle,
)
from ownli_api.sandbox.world import World

Json = dict[str, Any]

CENTS = 100
# How times are shown, and how many decimals of a second that is, in `isoformat`'s words.
TIMES = {
    "cut": "milliseconds",
    "round": "milliseconds",
    "sec": "seconds",
    "us": "microseconds",
    "ms": "milliseconds",
}
HALF_A_MILLISECOND = timedelta(microseconds=500)
# The documentation prints no words for `checkInType`; these are spelled like the reward types.
CHECK_IN_TYPE = dict(
    zip(KINDS, ("MileageCheckIn", "ConditionCheckIn", "ProofOfAddressCheckIn"), strict=True)
)


def written(at: datetime, times: str) -> str:
    """A UTC moment as Ownli's examples write it, 2026-11-23T14:05:09.123Z; `times` of `TIMES`."""
    if times == "round":
        at += HALF_A_MILLISECOND
    return at.replace(tzinfo=None).isoformat(timespec=TIMES[times]) + "Z"


def dollars(cents: int) -> float:
    """An amount as the JSON double Ownli sends."""
    return cents / CENTS


def newest_first(records: Iterable[Any], time: str) -> list[Any]:
    """Records as the unsorted lists of one car or user show them."""
    return sorted(records, key=lambda one: (getattr(one, time), one.id), reverse=True)


class Answers:
    """Turns the records of one world into JSON objects; `nulls` sends absent values as null."""

    def __init__(self, world: World, times: str = "cut", *, nulls: bool = False) -> None:
        self.world = world
        self._times = times
        self._nulls = nulls

    def _iso(self, at: datetime) -> str:
        return written(at, self._times)

    def _sent(self, fields: Json) -> Json:
        if self._nulls:
            return fields
        return {name: value for name, value in fields.items() if value is not None}

    def user(self, user: User) -> Json:
        """A User."""
        policy = user.policy and {
            "policyNumber": user.policy.number,
            "startDate": self._iso(user.policy.starts_at),
            "endDate": self._iso(user.policy.ends_at),
        }
        return self._sent(
            {
                "id": user.id,
                "firstName": user.first_name,
                "lastName": user.last_name,
                "email": user.email,
                "phone": user.phone,
                "adminNote": user.admin_note,
                **{f"customField{at}": value for at, value in enumerate(user.custom_fields, 1)},
                "address": self._home(user.address),
                "policyInfo": policy,
                "tosAnswer": user.tos_answer,
                "partnerCode": user.partner_code,
                "dateRegistered": self._iso(user.registered_at),
                "updated": self._iso(user.updated_at),
                "emailVerified": user.email_verified,
                "phoneVerified": user.phone_verified,
                "fraud": user.fraud,
            }
        )

    def vehicle_item(self, vehicle: Vehicle) -> Json:
        """A vehicle of the list, with its owner."""
        return self._sent(self._car(vehicle) | {"owner": self._owner(vehicle.owner_id)})

    def vehicle(self, vehicle: Vehicle) -> Json:
        """One vehicle, with its owner's id and phone."""
        owner = self.world.users.get(vehicle.owner_id)
        whose = {"userId": vehicle.owner_id, "customerPhoneNumber": owner and owner.phone}
        return self._sent(self._car(vehicle) | whose)

    def check_in_item(self, check_in: CheckIn) -> Json:
        """A check-in of a list across users, with its owner."""
        return self._sent(self.check_in(check_in) | {"owner": self._owner(check_in.owner_id)})

    def check_in(self, check_in: CheckIn) -> Json:
        """A check-in of any kind."""
        owner = self.world.users.get(check_in.owner_id)
        car = self.world.vehicles.get(check_in.vehicle_id or "")
        sent: Json = {
            "id": check_in.id,
            "userNote": check_in.user_note,
            "adminNote": check_in.admin_note,
            "checkedInAt": self._iso(check_in.checked_in_at),
            "checkInStatus": check_in.status,
            "updated": self._iso(check_in.updated_at),
            "fraud": check_in.fraud,
            "license": car and car.license,
        }
        if check_in.kind == MILEAGE:
            sent |= {
                "mileage": check_in.mileage,
                "nextCheckInDate": self._iso(check_in.checked_in_at + CADENCE[MILEAGE]),
                "licensePhotos": [details.photo(check_in, "plate", owner)],
                "odometerPhotos": [details.photo(check_in, "odometer", owner)],
            }
        elif check_in.kind == CONDITION:
            sent["photos"] = details.angles(check_in, owner)
        else:
            sent |= self._proof_of_address(check_in, owner)
        return self._sent(sent)

    def reward_item(self, reward: Reward) -> Json:
        """A reward of the list across users, with its owner; grants with code and reference."""
        granted = {"actionCode": reward.action_code, "clientReference": reward.client_reference}
        return self._sent(self._reward(reward) | granted | {"owner": self._owner(reward.owner_id)})

    def reward(self, reward: Reward) -> Json:
        """A reward of one user, with the buyer who funds it (none for the partner's own grants)."""
        return self._sent(self._reward(reward) | {"buyer": details.buyer(reward)})

    def payout(self, payout: Payout) -> Json:
        """A payout with its rewards."""
        rewards = self.world.rewards
        return {
            "id": payout.id,
            "dateClaimed": self._iso(payout.claimed_at),
            "paymentReferenceId": payout.payment_reference_id,
            "paymentReferenceLink": details.payment_link(payout),
            "rewards": [self.reward(rewards[id]) for id in payout.reward_ids if id in rewards],
            "amount": dollars(payout.cents),
        }

    def payout_item(self, payout: Payout) -> Json:
        """A payout of the partner-wide list, with its owner."""
        return self._sent(self.payout(payout) | {"owner": self._owner(payout.owner_id)})

    def user_summary(self, user: User, now: datetime) -> Json:
        """A user with all cars and the home, and their check-ins with the rewards."""
        cars = self.world.sharing("vehicles", "owner_id", user.id)
        cars = sorted(cars, key=lambda one: (one.added_at, one.id))
        return {
            "user": self.user(user),
            "vehicles": [self.car_summary(one, now) for one in cars],
            "proofOfAddressCheckinSummary": self.home_summary(user, now),
        }

    def car_summary(self, vehicle: Vehicle, now: datetime) -> Json:
        """A car with its check-ins and their rewards."""
        mine = self.world.sharing("check_ins", "vehicle_id", vehicle.id)
        mileage = self._summary(MILEAGE, mine, vehicle.added_at, now)
        confirmed = [one for one in mine if one.kind == MILEAGE and one.status == CONFIRMED]
        last = max(confirmed, key=lambda one: one.checked_in_at, default=None)
        mileage["lastConfirmedMileage"] = last and last.mileage
        names = ("id", "license", "make", "model", "vin", "state")
        return {name: getattr(vehicle, name) for name in names} | {
            "mileageCheckinSummary": self._sent(mileage),
            "conditionCheckinSummary": self._summary(CONDITION, mine, vehicle.added_at, now),
        }

    def home_summary(self, user: User, now: datetime) -> Json:
        """A user's home with its check-ins and their rewards."""
        mine = self.world.sharing("check_ins", "owner_id", user.id)
        summary = self._summary(PROOF_OF_ADDRESS, mine, user.registered_at, now)
        return summary | {"photoBonusForNextCheckin": dollars(HOME_PHOTO_CENTS)}

    def _summary(self, kind: str, some: list[CheckIn], since: datetime, now: datetime) -> Json:
        """The summary of the check-ins of one kind; a declined one may be repeated at once."""
        check_ins = newest_first((one for one in some if one.kind == kind), "checked_in_at")
        unlocks_at = since
        if check_ins:
            last = check_ins[0]
            due = last.checked_in_at + CADENCE[kind]
            unlocks_at = last.updated_at if last.status == DECLINED else due
        wait = max(timedelta(0), unlocks_at - now)
        return {
            "checkins": [self._summary_item(one) for one in check_ins],
            "checkinUnlocked": not wait,
            "unlockDate": self._iso(unlocks_at),
            "daysToNextCheckin": -(-wait // DAY),
            "rewardAmountForNextCheckin": dollars(CHECK_IN_CENTS[kind]),
            "lastConfirmedOrdinal": sum(one.status == CONFIRMED for one in check_ins),
        }

    def _summary_item(self, check_in: CheckIn) -> Json:
        owner = self.world.users.get(check_in.owner_id)
        at_home = owner is not None and check_in.kind == PROOF_OF_ADDRESS
        reward = self.world.rewards.get(check_in.reward_id or "")
        return self._sent(
            {
                "id": check_in.id,
                "checkInType": CHECK_IN_TYPE[check_in.kind],
                "status": check_in.status,
                "checkinDate": self._iso(check_in.checked_in_at),
                "adminNote": check_in.admin_note,
                "reward": reward
                and {
                    "id": reward.id,
                    "status": reward.status,
                    "dateRewarded": self._iso(reward.rewarded_at),
                    "amount": dollars(reward.cents),
                },
                "address": self._place(owner.address) if owner and at_home else None,
            }
        )

    def _owner(self, id: str) -> Json | None:
        user = self.world.users.get(id)
        if user is None:
            return None
        return {"id": user.id, "firstName": user.first_name, "lastName": user.last_name}

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

    def _place(self, address: Address) -> Json:
        home = self._home(address)
        home.pop("addressLine2", None)
        return home | {"latitude": address.latitude, "longitude": address.longitude}

    def _car(self, vehicle: Vehicle) -> Json:
        return {
            "id": vehicle.id,
            "license": vehicle.license,
            "photoUrl": f"{details.PHOTO_HOST}/{vehicle.id}/car.jpg",
            "make": vehicle.make,
            "model": vehicle.model,
            "vin": vehicle.vin,
            "state": vehicle.state,
            "year": vehicle.year,
            "dateAdded": self._iso(vehicle.added_at),
            "updated": self._iso(vehicle.updated_at),
            "active": vehicle.active,
        }

    def _proof_of_address(self, check_in: CheckIn, owner: User | None) -> Json:
        if owner is None:
            return {"documentType": check_in.document_type}
        home = owner.address
        document = {
            "url": f"{details.FILE_HOST}/{check_in.id}/document.pdf",
            "type": "DOCUMENT",
            "markedInvalidByReview": check_in.status in (DECLINED, ON_HOLD),
        }
        front = {"type": "FrontView", "markedInvalidByReview": False}
        return {
            "latitude": home.latitude,
            "longitude": home.longitude,
            "address": self._place(home),
            "documentType": check_in.document_type,
            "insights": {
                "firstName": owner.first_name,
                "lastName": owner.last_name,
                "address": self._home(home),
            },
            "documents": [document],
            "photos": [details.photo(check_in, "home", owner) | front],
        }

    def _reward(self, reward: Reward) -> Json:
        return {
            "id": reward.id,
            "status": reward.status,
            "type": reward.type,
            "description": reward.description,
            "vehicleId": reward.vehicle_id,
            "payoutId": reward.payout_id,
            "dateRewarded": self._iso(reward.rewarded_at),
            "amount": dollars(reward.cents),
        }
