"""The JSON of each record, spelled as Ownli's documentation shows it.

Times are left as datetimes and absent values as None; `present` and `written` have the last word.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from ownli_api.sandbox import details
from ownli_api.sandbox.history import CADENCE, CHECK_IN_CENTS, DAY, HOME_PHOTO_CENTS
from ownli_api.sandbox.records import KINDS, Address, CheckIn, Payout, Reward, User, Vehicle
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


def present(answer: Any) -> Any:
    """An answer without its absent values."""
    if isinstance(answer, dict):
        return {name: present(value) for name, value in answer.items() if value is not None}
    if isinstance(answer, list):
        return [present(one) for one in answer]
    return answer


def dollars(cents: int) -> float:
    """An amount as the JSON double Ownli sends."""
    return cents / CENTS


def newest_first(records: Iterable[Any], time: str) -> list[Any]:
    """Records as the unsorted lists of one car or user show them."""
    return sorted(records, key=lambda one: (getattr(one, time), one.id), reverse=True)


def user(_world: World, user: User) -> Json:
    """A User."""
    policy = user.policy and {
        "policyNumber": user.policy.number,
        "startDate": user.policy.starts_at,
        "endDate": user.policy.ends_at,
    }
    return {
        "id": user.id,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "email": user.email,
        "phone": user.phone,
        "adminNote": user.admin_note,
        **{f"customField{at}": value for at, value in enumerate(user.custom_fields, 1)},
        "address": _home(user.address),
        "policyInfo": policy,
        "tosAnswer": user.tos_answer,
        "partnerCode": user.partner_code,
        "dateRegistered": user.registered_at,
        "updated": user.updated_at,
        "emailVerified": user.email_verified,
        "phoneVerified": user.phone_verified,
        "fraud": user.fraud,
    }


def vehicle_item(world: World, vehicle: Vehicle) -> Json:
    """A vehicle of the list, with its owner."""
    return _car(vehicle) | _owner(world, vehicle)


def vehicle(world: World, vehicle: Vehicle) -> Json:
    """One vehicle, with its owner's id and phone."""
    owner = world.users.get(vehicle.owner_id)
    phone = owner and owner.phone
    return _car(vehicle) | {"userId": vehicle.owner_id, "customerPhoneNumber": phone}


def check_in_item(world: World, check_in: CheckIn) -> Json:
    """A check-in of a list across users, with its owner."""
    return check_in_of(world, check_in) | _owner(world, check_in)


def check_in_of(world: World, check_in: CheckIn) -> Json:
    """A check-in of any kind."""
    owner = world.users.get(check_in.owner_id)
    car = world.vehicles.get(check_in.vehicle_id or "")
    sent: Json = {
        "id": check_in.id,
        "userNote": check_in.user_note,
        "adminNote": check_in.admin_note,
        "checkedInAt": check_in.checked_in_at,
        "checkInStatus": check_in.status,
        "updated": check_in.updated_at,
        "fraud": check_in.fraud,
        "license": car and car.license,
    }
    if check_in.kind == "mileage":
        return sent | {
            "mileage": check_in.mileage,
            "nextCheckInDate": check_in.checked_in_at + CADENCE["mileage"],
            "licensePhotos": [details.photo(check_in, "plate", owner)],
            "odometerPhotos": [details.photo(check_in, "odometer", owner)],
        }
    if check_in.kind == "condition":
        return sent | {"photos": details.angles(check_in, owner)}
    sent["documentType"] = check_in.document_type
    if owner is None:
        return sent
    document = {
        "url": f"{details.FILE_HOST}/{check_in.id}/document.pdf",
        "type": "DOCUMENT",
        "markedInvalidByReview": check_in.status in ("Declined", "OnHold"),
    }
    front = {"type": "FrontView", "markedInvalidByReview": False}
    named = {"firstName": owner.first_name, "lastName": owner.last_name}
    return sent | {
        "latitude": owner.address.latitude,
        "longitude": owner.address.longitude,
        "address": _place(owner.address),
        "insights": named | {"address": _home(owner.address)},
        "documents": [document],
        "photos": [details.photo(check_in, "home", owner) | front],
    }


def reward_item(world: World, reward: Reward) -> Json:
    """A reward of the list across users, with its owner; grants with code and reference."""
    granted = {"actionCode": reward.action_code, "clientReference": reward.client_reference}
    return _reward(reward) | granted | _owner(world, reward)


def reward(_world: World, reward: Reward) -> Json:
    """A reward of one user, with the buyer who funds it (none for the partner's own grants)."""
    return _reward(reward) | {"buyer": details.buyer(reward)}


def payout(world: World, payout: Payout) -> Json:
    """A payout with its rewards."""
    rewards = (world.rewards.get(id) for id in payout.reward_ids)
    return {
        "id": payout.id,
        "dateClaimed": payout.claimed_at,
        "paymentReferenceId": payout.payment_reference_id,
        "paymentReferenceLink": details.payment_link(payout),
        "rewards": [reward(world, one) for one in rewards if one is not None],
        "amount": dollars(payout.cents),
    }


def payout_item(world: World, some: Payout) -> Json:
    """A payout of the partner-wide list, with its owner."""
    return payout(world, some) | _owner(world, some)


def user_summary(world: World, one: User) -> Json:
    """A user with all cars and the home, and their check-ins with the rewards."""
    cars = world.sharing("vehicles", "owner_id", one.id)
    return {
        "user": user(world, one),
        "vehicles": [car_summary(world, car) for car in cars],
        "proofOfAddressCheckinSummary": home_summary(world, one),
    }


def car_summary(world: World, vehicle: Vehicle) -> Json:
    """A car with its check-ins and their rewards."""
    mine = world.sharing("check_ins", "vehicle_id", vehicle.id)
    confirmed = [one for one in mine if one.kind == "mileage" and one.status == "Confirmed"]
    last = max(confirmed, key=lambda one: one.checked_in_at, default=None)
    mileage = {"lastConfirmedMileage": last and last.mileage}
    names = ("id", "license", "make", "model", "vin", "state")
    return {name: getattr(vehicle, name) for name in names} | {
        "mileageCheckinSummary": _summary(world, "mileage", mine, vehicle.added_at) | mileage,
        "conditionCheckinSummary": _summary(world, "condition", mine, vehicle.added_at),
    }


def home_summary(world: World, user: User) -> Json:
    """A user's home with its check-ins and their rewards."""
    mine = world.sharing("check_ins", "owner_id", user.id)
    summary = _summary(world, "proof_of_address", mine, user.registered_at)
    return summary | {"photoBonusForNextCheckin": dollars(HOME_PHOTO_CENTS)}


def _summary(world: World, kind: str, some: list[CheckIn], since: datetime) -> Json:
    """The summary of the check-ins of one kind; a declined one may be repeated at once."""
    check_ins = newest_first((one for one in some if one.kind == kind), "checked_in_at")
    unlocks_at = since
    if check_ins:
        last = check_ins[0]
        due = last.checked_in_at + CADENCE[kind]
        unlocks_at = last.updated_at if last.status == "Declined" else due
    wait = max(timedelta(0), unlocks_at - world.now())
    return {
        "checkins": [_summary_item(world, one) for one in check_ins],
        "checkinUnlocked": not wait,
        "unlockDate": unlocks_at,
        "daysToNextCheckin": -(-wait // DAY),
        "rewardAmountForNextCheckin": dollars(CHECK_IN_CENTS[kind]),
        "lastConfirmedOrdinal": sum(one.status == "Confirmed" for one in check_ins),
    }


def _summary_item(world: World, check_in: CheckIn) -> Json:
    owner = world.users.get(check_in.owner_id)
    at_home = owner is not None and check_in.kind == "proof_of_address"
    reward = world.rewards.get(check_in.reward_id or "")
    names = ("id", "status", "dateRewarded", "amount")
    return {
        "id": check_in.id,
        "checkInType": CHECK_IN_TYPE[check_in.kind],
        "status": check_in.status,
        "checkinDate": check_in.checked_in_at,
        "adminNote": check_in.admin_note,
        "reward": reward and {name: _reward(reward)[name] for name in names},
        "address": _place(owner.address) if owner and at_home else None,
    }


def _owner(world: World, record: CheckIn | Reward | Payout | Vehicle) -> Json:
    user = world.users.get(record.owner_id)
    if user is None:
        return {}
    named = {"firstName": user.first_name, "lastName": user.last_name}
    return {"owner": {"id": user.id} | named}


def _home(address: Address) -> Json:
    return {
        "addressLine1": address.line_1,
        "addressLine2": address.line_2,
        "city": address.city,
        "state": address.state,
        "country": "US",
        "zip": address.zip,
    }


def _place(address: Address) -> Json:
    where = {"latitude": address.latitude, "longitude": address.longitude}
    return _home(address) | where | {"addressLine2": None}


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
        "dateAdded": vehicle.added_at,
        "updated": vehicle.updated_at,
        "active": vehicle.active,
    }


def _reward(reward: Reward) -> Json:
    return {
        "id": reward.id,
        "status": reward.status,
        "type": reward.type,
        "description": reward.description,
        "vehicleId": reward.vehicle_id,
        "payoutId": reward.payout_id,
        "dateRewarded": reward.rewarded_at,
        "amount": dollars(reward.cents),
    }
