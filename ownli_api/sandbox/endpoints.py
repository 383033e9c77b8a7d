"""The documented read endpoints: path, scope, parameters and answer of each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ownli_api.sandbox import lists, refusals
from ownli_api.sandbox.answers import Answers, newest_first
from ownli_api.sandbox.details import products
from ownli_api.sandbox.facts import CONDITION, MILEAGE, PROOF_OF_ADDRESS, User, Vehicle
from ownli_api.sandbox.faults import Faults
from ownli_api.sandbox.lists import PagedList
from ownli_api.sandbox.parameters import Parameter
from ownli_api.sandbox.refusals import Refusal
from ownli_api.sandbox.selection import Selections
from ownli_api.sandbox.summaries import Summaries
from ownli_api.sandbox.world import World

TOKEN_PATH = "/api/auth/token"  # noqa: S105 - a path
BY_ID_PATH = "/api/users/by-id/{id}"


@dataclass(frozen=True)
class Call:
    """One accepted request: the words in its path, its parameters, and what it may look at."""

    path: Mapping[str, str]
    query: Mapping[str, Any]
    world: World
    selections: Selections
    answers: Answers
    faults: Faults
    now_ms: int
    repeat_page: bool = False

    @property
    def summaries(self) -> Summaries:
        """The summaries as of this call."""
        return Summaries(self.world, self.answers, self.now_ms)

    def user(self, name: str = "id") -> User:
        """The user named in the path by id, or by phone if the path says so; Refusal if unknown."""
        if "phoneNumber" in self.path:
            same = self.world.user_shelf.group("phone", self.path["phoneNumber"])
            found = min(same, key=lambda one: (one.registered_ms, one.id), default=None)
        else:
            found = self.world.users.get(self.path[name])
        if found is None:
            raise Refusal(404, refusals.USER_NOT_FOUND, "User not found")
        return found

    def vehicle(self, name: str = "vehicleId") -> Vehicle:
        """The vehicle named in the path; Refusal if unknown."""
        found = self.world.vehicles.get(self.path[name])
        if found is None:
            raise _no_vehicle()
        return found


@dataclass(frozen=True)
class Endpoint:
    """One read endpoint. admin: whether a user token is refused. paged: its list, if it is one."""

    template: str
    answer: Callable[[Call], Any]
    admin: bool = False
    known: tuple[Parameter, ...] = ()
    paged: PagedList | None = None


def _no_vehicle() -> Refusal:
    return Refusal(404, refusals.VEHICLE_NOT_FOUND, "Vehicle not found")


def _list(some: PagedList, call: Call) -> Any:
    return lists.page_of(
        some,
        call.query,
        call.selections,
        call.answers,
        call.faults,
        repeat=call.repeat_page,
    )


def _user(call: Call) -> Any:
    return call.answers.user(call.user())


def _user_summary(call: Call) -> Any:
    return call.summaries.of_user(call.user("userId"))


def _home_summary(call: Call) -> Any:
    return call.summaries.of_home(call.user("userId"))


def _vehicle_summary(call: Call) -> Any:
    return call.summaries.of_vehicle(call.vehicle())


def _vehicle(call: Call) -> Any:
    return call.answers.vehicle(call.vehicle("id"))


def _vehicle_by_license(call: Call) -> Any:
    """Active vehicles only, as the page says; letters in any case."""
    plate, state = call.path["licensePlateNumber"].upper(), call.path["state"].upper()
    for one in call.world.vehicle_shelf.group("license", plate):
        if one.active and one.state == state:
            return call.answers.vehicle(one)
    raise _no_vehicle()


def _check_ins_of_vehicle(kind: str, call: Call) -> Any:
    mine = call.world.check_in_shelves[kind].group("vehicle", call.vehicle().id)
    return [call.answers.check_in(one) for one in newest_first(mine)]


def _check_ins_of_user(call: Call) -> Any:
    shelf = call.world.check_in_shelves[PROOF_OF_ADDRESS]
    mine = shelf.group("owner", call.user("userId").id)
    return [call.answers.check_in(one) for one in newest_first(mine)]


def _check_in(kind: str, call: Call) -> Any:
    found = call.world.check_ins.get(call.path["id"])
    if found is None or found.kind != kind:
        raise Refusal(404, refusals.CHECK_IN_NOT_FOUND[kind], "Check-in not found")
    return call.answers.check_in(found)


def _rewards(call: Call) -> Any:
    mine = call.world.reward_shelf.group("owner", call.user().id)
    newest = sorted(mine, key=lambda one: (one.rewarded_ms, one.id), reverse=True)
    return [call.answers.reward(one) for one in newest]


def _payouts(call: Call) -> Any:
    mine = call.world.payout_shelf.group("owner", call.user().id)
    newest = sorted(mine, key=lambda one: (one.claimed_ms, one.id), reverse=True)
    return [call.answers.payout(one) for one in newest]


def _products(_call: Call) -> Any:
    return products()


def _paged(template: str, some: PagedList) -> Endpoint:
    return Endpoint(template, partial(_list, some), admin=True, known=some.known, paged=some)


READ: tuple[Endpoint, ...] = (
    _paged("/api/users", lists.OLDER_USERS),
    _paged("/api/users/list", lists.USERS),
    Endpoint("/api/users/by-phone/{phoneNumber}", _user),
    Endpoint(BY_ID_PATH, _user),
    Endpoint("/api/users/{userId}/summary", _user_summary),
    Endpoint("/api/users/{userId}/proof-of-address/checkin-summary", _home_summary),
    Endpoint("/api/users/{userId}/checkins/proof-of-address", _check_ins_of_user),
    Endpoint("/api/users/checkin/proof-of-address/{id}", partial(_check_in, PROOF_OF_ADDRESS)),
    Endpoint("/api/users/by-id/{id}/rewards", _rewards),
    Endpoint("/api/users/by-phone/{phoneNumber}/rewards", _rewards),
    Endpoint("/api/users/by-id/{id}/payouts", _payouts),
    Endpoint("/api/users/by-phone/{phoneNumber}/payouts", _payouts),
    _paged("/api/vehicles", lists.VEHICLES),
    Endpoint("/api/vehicles/by-id/{id}", _vehicle),
    Endpoint("/api/vehicles/by-license/{state}/{licensePlateNumber}", _vehicle_by_license),
    Endpoint("/api/vehicles/{vehicleId}/checkin-summary", _vehicle_summary),
    Endpoint("/api/vehicles/{vehicleId}/checkins/mileage", partial(_check_ins_of_vehicle, MILEAGE)),
    Endpoint(
        "/api/vehicles/{vehicleId}/checkins/condition", partial(_check_ins_of_vehicle, CONDITION)
    ),
    Endpoint("/api/vehicles/checkin/mileage/{id}", partial(_check_in, MILEAGE)),
    Endpoint("/api/vehicles/checkin/condition/{id}", partial(_check_in, CONDITION)),
    _paged("/api/checkins/mileage", lists.MILEAGE),
    _paged("/api/checkins/condition", lists.CONDITION),
    _paged("/api/checkins/proof-of-address", lists.PROOF_OF_ADDRESS),
    _paged("/api/rewards", lists.REWARDS),
    Endpoint("/api/rewards/products", _products),
)
# Documented, and not for a stand-in that only reads: any method is answered 405 there.
WRITE_ONLY: tuple[str, ...] = (
    "/api/users/with-policy",
    "/api/users/{userId}",
    "/api/users/{userId}/update-policy",
    "/api/users/checkin/proof-of-address",
    "/api/users/by-id/{userId}/rewards/claim",
    "/api/vehicles/create/by-vin",
    "/api/vehicles/create/by-license",
    "/api/vehicles/update",
    "/api/vehicles/deactivate/{vehicleId}",
    "/api/vehicles/activate/{vehicleId}",
    "/api/vehicles/checkin/mileage",
    "/api/vehicles/checkin/condition",
    "/api/rewards/grant",
    "/api/photo/upload",
    "/api/file/upload",
    "/api/marketplace/links/{vendorSlug}",
)


def payouts_of_all_users(path: str) -> Endpoint:
    """The partner-wide payouts list, whose path the documentation does not show."""
    return _paged(path, lists.PAYOUTS)
