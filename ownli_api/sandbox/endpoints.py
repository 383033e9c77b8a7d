"""The documented paths that are read: lists across users for admins, records for all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ownli_api.sandbox import answers, details, lists
from ownli_api.sandbox.answers import newest_first
from ownli_api.sandbox.lists import PagedList
from ownli_api.sandbox.records import User, Vehicle
from ownli_api.sandbox.refusals import Refusal
from ownli_api.sandbox.world import World

TOKEN_PATH = "/api/auth/token"  # noqa: S105 - a path
BY_ID_PATH = "/api/users/by-id/{id}"


@dataclass(frozen=True)
class Call:
    """One accepted request for a record or its lists: the words in its path, what it looks at."""

    path: Mapping[str, str]
    world: World

    def user(self) -> User:
        """The user named in the path by id, or by phone if the path says so; Refusal if unknown."""
        if "phoneNumber" in self.path:
            same = self.world.sharing("users", "phone", self.path["phoneNumber"])
            found: User | None = min(same, key=lambda one: one.registered_at, default=None)
        else:
            found = self.world.users.get(self.path.get("userId") or self.path["id"])
        if found is None:
            raise Refusal(404, "ERROR_USER_NOT_FOUND", "User not found")
        return found

    def vehicle(self) -> Vehicle:
        """The vehicle named in the path; Refusal if unknown."""
        found = self.world.vehicles.get(self.path.get("vehicleId") or self.path["id"])
        if found is None:
            raise _no_vehicle()
        return found


def _no_vehicle() -> Refusal:
    return Refusal(404, "ERROR_VEHICLE_NOT_FOUND", "Vehicle not found")


def _vehicle_by_license(call: Call) -> Any:
    """Active vehicles only, as the page says; letters in any case."""
    plate, state = call.path["licensePlateNumber"].upper(), call.path["state"].upper()
    for one in call.world.sharing("vehicles", "license", plate):
        if one.active and one.state == state:
            return answers.vehicle(call.world, one)
    raise _no_vehicle()


def _check_ins_of_vehicle(kind: str, call: Call) -> Any:
    mine = call.world.sharing("check_ins", "vehicle_id", call.vehicle().id)
    some = newest_first((one for one in mine if one.kind == kind), "checked_in_at")
    return [answers.check_in_of(call.world, one) for one in some]


def _check_ins_of_user(call: Call) -> Any:
    mine = call.world.sharing("check_ins", "owner_id", call.user().id)
    some = newest_first((one for one in mine if one.kind == "proof_of_address"), "checked_in_at")
    return [answers.check_in_of(call.world, one) for one in some]


def _check_in(kind: str, call: Call) -> Any:
    for one in call.world.sharing("check_ins", "id", call.path["id"]):
        if one.kind == kind:
            return answers.check_in_of(call.world, one)
    raise Refusal(404, f"ERROR_{kind.upper()}_CHECKIN_NOT_FOUND", "Check-in not found")


def _rewards(call: Call) -> Any:
    mine = call.world.sharing("rewards", "owner_id", call.user().id)
    return [answers.reward(call.world, one) for one in newest_first(mine, "rewarded_at")]


def _payouts(call: Call) -> Any:
    mine = call.world.sharing("payouts", "owner_id", call.user().id)
    return [answers.payout(call.world, one) for one in newest_first(mine, "claimed_at")]


LISTS: Mapping[str, PagedList] = {
    "/api/users": lists.OLDER_USERS,
    "/api/users/list": lists.USERS,
    "/api/vehicles": lists.VEHICLES,
    "/api/checkins/mileage": lists.MILEAGES,
    "/api/checkins/condition": lists.CONDITIONS,
    "/api/checkins/proof-of-address": lists.PROOFS_OF_ADDRESS,
    "/api/rewards": lists.REWARDS,
}
RECORDS: Mapping[str, Callable[[Call], Any]] = {
    "/api/users/by-phone/{phoneNumber}": lambda call: answers.user(call.world, call.user()),
    BY_ID_PATH: lambda call: answers.user(call.world, call.user()),
    "/api/users/{userId}/summary": lambda call: [answers.user_summary(call.world, call.user())],
    "/api/users/{userId}/proof-of-address/checkin-summary": lambda call: [
        answers.home_summary(call.world, call.user())
    ],
    "/api/users/{userId}/checkins/proof-of-address": _check_ins_of_user,
    "/api/users/checkin/proof-of-address/{id}": partial(_check_in, "proof_of_address"),
    "/api/users/by-id/{id}/rewards": _rewards,
    "/api/users/by-phone/{phoneNumber}/rewards": _rewards,
    "/api/users/by-id/{id}/payouts": _payouts,
    "/api/users/by-phone/{phoneNumber}/payouts": _payouts,
    "/api/vehicles/by-id/{id}": lambda call: answers.vehicle(call.world, call.vehicle()),
    "/api/vehicles/by-license/{state}/{licensePlateNumber}": _vehicle_by_license,
    "/api/vehicles/{vehicleId}/checkin-summary": lambda call: [
        answers.car_summary(call.world, call.vehicle())
    ],
    "/api/vehicles/{vehicleId}/checkins/mileage": partial(_check_ins_of_vehicle, "mileage"),
    "/api/vehicles/{vehicleId}/checkins/condition": partial(_check_ins_of_vehicle, "condition"),
    "/api/vehicles/checkin/mileage/{id}": partial(_check_in, "mileage"),
    "/api/vehicles/checkin/condition/{id}": partial(_check_in, "condition"),
    "/api/rewards/products": lambda _call: details.products(),
}
