"""The lists across all users: their parameters, and how a query becomes a page."""

import random
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from ownli_api.sandbox import answers, phrases
from ownli_api.sandbox.faults import Faults
from ownli_api.sandbox.refusals import invalid
from ownli_api.sandbox.world import World

ALL = "All"
TIES = ("id", "reverse", "shuffle")
INT32_MAX = 2**31 - 1
DEFAULT_SIZE = 10
DATE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")
REWARD_TYPES = ("MileageCheckIn", "ServiceCheckIn", "ConditionCheckIn")
DRIFT_CENTS = 210
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One documented parameter; `field` is what it filters by, if it does.

    kind: page, size, text, flag, word (one of `words`); from and until are dates, both inclusive.
    """

    name: str
    kind: str = "text"
    field: str = ""
    words: tuple[str, ...] = ()
    default: Any = None

    def read(self, text: str) -> Any:
        """The value a text stands for: int, str, bool or datetime; Refusal if malformed."""
        match self.kind:
            case "page" | "size":
                least = 0 if self.kind == "page" else 1
                if not WHOLE_NUMBER.fullmatch(text) or not least <= int(text) <= INT32_MAX:
                    raise invalid(f"{self.name} must be a whole number of at least {least}")
                return int(text)
            case "from" | "until":
                try:
                    if not DATE.fullmatch(text):
                        raise ValueError
                    return datetime.fromisoformat(text)
                except ValueError:
                    raise invalid(f"{self.name} must look like 2024-01-01T00:00:00.000Z") from None
            case "flag":
                if text not in ("true", "false"):
                    raise invalid(f"{self.name} must be true or false")
                return text == "true"
            case "word" if text not in self.words:
                raise invalid(f"{self.name} must be one of {', '.join(self.words)}")
        return text

    def kept(self, records: Iterable[Any], value: Any) -> list[Any]:
        """The records that pass this filter."""
        of = attrgetter(self.field)
        match self.kind:
            case "from":
                return [one for one in records if of(one) >= value]
            case "until":
                return [one for one in records if of(one) <= value]
        return [one for one in records if of(one) == value]


def read(known: tuple[Parameter, ...], given: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Every known parameter with its value or default; Refusal for unknown, repeated, malformed."""
    by_name = {one.name: one for one in known}
    values: dict[str, Any] = {}
    for name, text in given:
        if name not in by_name:
            raise invalid(f"unknown parameter {name}")
        if name in values:
            raise invalid(f"{name} is given twice")
        values[name] = by_name[name].read(text)
    if values.get("searchValue") and "searchBy" not in values:
        raise invalid("searchValue needs searchBy")
    return {one.name: one.default for one in known} | values


@dataclass(frozen=True)
class PagedList:
    """One list: a table of the world, its envelope key (None: a bare array), what asks for what.

    sorts: word to field, the default first. searches: word to whose field is searched, of the
    "record" itself, its "owner", "car" or "home", or the "cars" of a user. kind: of check-ins.
    """

    table: str
    key: str | None
    item: Callable[[World, Any], dict[str, Any]]
    sorts: Mapping[str, str]
    searches: Mapping[str, tuple[str, str]]
    filters: tuple[Parameter, ...] = ()
    kind: str | None = None
    known: tuple[Parameter, ...] = field(init=False)

    def __post_init__(self) -> None:
        """The parameters that every list has come before its filters."""
        paging = (
            Parameter("page", "page", default=0),
            Parameter("size", "size", default=DEFAULT_SIZE),
            Parameter("sortBy", "word", words=tuple(self.sorts), default=next(iter(self.sorts))),
            Parameter("sortDirection", "word", words=("asc", "desc"), default="desc"),
            Parameter("searchBy", "word", words=tuple(self.searches)),
            Parameter("searchValue"),
        )
        object.__setattr__(self, "known", paging + self.filters)

    def rows(self, world: World, query: Mapping[str, Any], ties: str = "id") -> list[Any]:
        """All records that a query asks for, in its order.

        ties: how records of the same value are ordered, by "id", in "reverse", or "shuffle",
        another way at each request.
        """
        question = [value for name, value in query.items() if name not in ("page", "size")]
        descending = query["sortDirection"] == "desc"
        value_of = _comparable(self.sorts[query["sortBy"]])

        def ordered() -> list[Any]:
            records = self._matching(world, query)
            records.sort(key=attrgetter("id"), reverse=ties == "reverse")
            records.sort(key=value_of)
            return records[::-1] if descending else records

        rows = world.remembered((self.table, self.kind, self.key, ties, *question), ordered)
        if ties == "shuffle":
            rows = sorted(random.sample(rows, len(rows)), key=value_of, reverse=descending)
        return rows

    def _matching(self, world: World, query: Mapping[str, Any]) -> list[Any]:
        records = list(getattr(world, self.table).values())
        if self.kind is not None:
            records = [one for one in records if one.kind == self.kind]
        for one in self.filters:
            value = query[one.name]
            if value is not None and not (one.name == "status" and value == ALL):
                records = one.kept(records, value)
        if text := query["searchValue"]:
            whose, name = self.searches[query["searchBy"]]
            sought = text.casefold()
            records = [
                record
                for record in records
                if any(
                    sought in getattr(one, name).casefold()
                    for one in _related(world, record, whose)
                )
            ]
        return records

    def page(
        self,
        world: World,
        query: Mapping[str, Any],
        faults: Faults,
        ties: str,
        *,
        repeat: bool,
    ) -> Any:
        """The answer to a query: the documented envelope, or a bare array.

        repeat: show the rows of the page before.
        """
        page, size = query["page"], query["size"]
        if faults.refuse_size_over is not None and size > faults.refuse_size_over:
            raise invalid(f"size must not be greater than {faults.refuse_size_over}")
        size = min(size, faults.page_cap or size)
        rows = self.rows(world, query, ties)
        first = size * (max(0, page - 1) if repeat else page)
        items = [self.item(world, one) for one in rows[first : first + size]]
        if self.key is None:
            return items
        return {
            "totalItems": len(rows),
            "currentPage": page,
            "totalPages": -(-len(rows) // size),
            "itemsOnPage": len(items),
            self.key: items,
        }

    def drift(self, world: World, faults: Faults) -> None:
        """Rows come and go behind the back of somebody who pages through this list."""
        if not faults.drifts():
            return
        time = next(iter(self.sorts.values()))
        records = getattr(world, self.table).values()
        oldest = sorted(
            (one for one in records if self.kind in (None, getattr(one, "kind", None))),
            key=attrgetter(time, "id"),
        )
        for one in oldest[: faults.vanish_rows_while_paging]:
            world.vanish(one.id)
        at = world.now()
        for back in range(1, faults.insert_rows_while_paging + 1):
            if faults.insert_rows_dated == "oldest" and oldest:
                at = getattr(oldest[0], time) - timedelta(milliseconds=back)
            if self.kind is not None:
                world.submit_check_in(self.kind, at=at, reward_cents=None)
            elif self.table == "rewards":
                owner = world.rng.choice(list(world.users))
                world.grant(owner, DRIFT_CENTS, phrases.GOODWILL_CODE, at=at)
            else:
                world.register(at)


def _comparable(field: str) -> Callable[[Any], Any]:
    def value_of(record: Any) -> Any:
        value = getattr(record, field)
        return value.casefold() if isinstance(value, str) else value

    return value_of


def _related(world: World, record: Any, whose: str) -> list[Any]:
    """What a search of a record looks at."""
    match whose:
        case "record":
            return [record]
        case "cars":
            return world.sharing("vehicles", "owner_id", record.id)
        case "car":
            found = world.vehicles.get(record.vehicle_id or "")
            return [] if found is None else [found]
    owner = world.users.get(record.owner_id)
    if owner is None:
        return []
    return [owner.address if whose == "home" else owner]


OWNERS = {
    "userFirstName": ("owner", "first_name"),
    "userLastName": ("owner", "last_name"),
    "userEmail": ("owner", "email"),
    "userPhone": ("owner", "phone"),
}
OWN = {
    "firstName": ("record", "first_name"),
    "lastName": ("record", "last_name"),
    "email": ("record", "email"),
    "phone": ("record", "phone"),
    "licensePlate": ("cars", "license"),
}
BY_ID = {"id": ("record", "id")}
CAR_NAMES = ("license", "vin", "state")
CARS = {name: ("car", name) for name in CAR_NAMES}
USER_SORTS = {
    "dateRegistered": "registered_at",
    "firstName": "first_name",
    "lastName": "last_name",
    "email": "email",
    "phone": "phone",
}
REGISTERED = (
    Parameter("registrationStartDate", "from", "registered_at"),
    Parameter("registrationEndDate", "until", "registered_at"),
)
OF_VEHICLE = Parameter("vehicleId", field="vehicle_id")
FRAUD = Parameter("isFraud", "flag", "fraud")


def _check_ins(
    kind: str,
    searches: Mapping[str, tuple[str, str]],
    *more: Parameter,
    statuses: tuple[str, ...] = ("Pending", "Confirmed", "Declined", "OnHold", ALL),
) -> PagedList:
    filters = (
        Parameter("status", "word", "status", statuses),
        Parameter("checkinStartDate", "from", "checked_in_at"),
        Parameter("checkinEndDate", "until", "checked_in_at"),
        Parameter("updatedStartDate", "from", "updated_at"),
        Parameter("updatedEndDate", "until", "updated_at"),
        *more,
    )
    sorts = {"dateCheckedIn": "checked_in_at", "dateUpdated": "updated_at"}
    item = answers.check_in_item
    return PagedList("check_ins", "checkins", item, sorts, searches, filters, kind)


NEWER_STATUSES = ("Pending", "Confirmed", "Declined", "OnHold", ALL, "Archived")
MILEAGES = _check_ins("mileage", CARS | OWNERS, OF_VEHICLE, FRAUD)
CONDITIONS = _check_ins(
    "condition", BY_ID | CARS | OWNERS, OF_VEHICLE, FRAUD, statuses=NEWER_STATUSES
)
HOMES = {"city": ("home", "city"), "state": ("home", "state")}
PROOFS_OF_ADDRESS = _check_ins(
    "proof_of_address", BY_ID | HOMES | OWNERS, FRAUD, statuses=NEWER_STATUSES
)
USERS = PagedList("users", "users", answers.user, USER_SORTS, BY_ID | OWN, (FRAUD, *REGISTERED))
OLDER_USERS = PagedList("users", None, answers.user, USER_SORTS, OWN, REGISTERED)
VEHICLES = PagedList(
    "vehicles",
    "vehicles",
    answers.vehicle_item,
    {"dateAdded": "added_at", **{name: name for name in (*CAR_NAMES, "active")}},
    {name: ("record", name) for name in CAR_NAMES} | OWNERS,
    (Parameter("active", "flag", "active"),),
)
REWARDS = PagedList(
    "rewards",
    "rewards",
    answers.reward_item,
    {"dateRewarded": "rewarded_at"},
    OWNERS,
    (
        Parameter("rewardType", "word", "type", REWARD_TYPES),
        Parameter("status", "word", "status", ("Pending", "Confirmed", "Declined", "Claimed", ALL)),
        OF_VEHICLE,
        Parameter("payoutId", field="payout_id"),
        Parameter("actionCode", field="action_code"),
        Parameter("rewardStartDate", "from", "rewarded_at"),
        Parameter("rewardEndDate", "until", "rewarded_at"),
    ),
)
PAYOUTS = PagedList(
    "payouts", "payouts", answers.payout_item, {"dateClaimed": "claimed_at"}, OWNERS
)
