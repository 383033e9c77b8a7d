"""The lists across all users: their parameters, and how a query becomes a page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from ownli_api.sandbox import facts, parameters, phrases
from ownli_api.sandbox.answers import Answers
from ownli_api.sandbox.faults import Faults
from ownli_api.sandbox.index import ALL
from ownli_api.sandbox.parameters import Parameter
from ownli_api.sandbox.refusals import invalid
from ownli_api.sandbox.selection import Ask, Selections
from ownli_api.sandbox.world import World

OWNER_SEARCH = ("userFirstName", "userLastName", "userEmail", "userPhone")
VEHICLE_SEARCH = ("license", "vin", "state", *OWNER_SEARCH)
USER_SEARCH = ("firstName", "lastName", "email", "phone", "licensePlate")
CHECK_IN_STATUSES = (facts.PENDING, facts.CONFIRMED, facts.DECLINED, facts.ON_HOLD, ALL)
NEWER_STATUSES = (*CHECK_IN_STATUSES, facts.ARCHIVED)
REWARD_STATUSES = (facts.PENDING, facts.CONFIRMED, facts.DECLINED, facts.CLAIMED, ALL)
REWARD_TYPES = ("MileageCheckIn", "ServiceCheckIn", "ConditionCheckIn")
SORTS = {
    "dateCheckedIn": "checked_in_ms",
    "dateUpdated": "updated_ms",
    "dateRewarded": "rewarded_ms",
    "dateClaimed": "claimed_ms",
    "dateRegistered": "registered_ms",
    "dateAdded": "added_ms",
    "firstName": "first_name",
    "lastName": "last_name",
}
DRIFT_CENTS = 210


@dataclass(frozen=True)
class PagedList:
    """One list: the shelf it shows, its envelope key (None: a bare array) and what filters it.

    ranges: date field to the names of its two bounds. equal: parameter to the field it must equal.
    groups: parameter to the group of the shelf that finds its records fast.
    """

    shelf: str
    key: str | None
    item: Callable[[Answers, Any], dict[str, Any]]
    known: tuple[Parameter, ...]
    ranges: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    equal: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)

    def ask(self, query: Mapping[str, Any], default_status: str) -> Ask:
        """The question a query puts."""
        ranges = tuple(
            (date, query[start], query[end])
            for date, (start, end) in self.ranges.items()
            if query[start] is not None or query[end] is not None
        )
        text = query.get("searchValue")
        group = next(
            ((name, query[one]) for one, name in self.groups.items() if query[one] is not None),
            None,
        )
        return Ask(
            shelf=self.shelf,
            sort=SORTS.get(query["sortBy"], query["sortBy"]),
            descending=query["sortDirection"] == "desc",
            status=(query["status"] or default_status) if "status" in query else ALL,
            ranges=ranges,
            group=group,
            equal=tuple(
                (name, query[one]) for one, name in self.equal.items() if query[one] is not None
            ),
            search=(query["searchBy"], text) if text else None,
        )


CHECK_IN_DATES = {
    "checked_in_ms": ("checkinStartDate", "checkinEndDate"),
    "updated_ms": ("updatedStartDate", "updatedEndDate"),
}


def _check_ins(
    kind: str, search: tuple[str, ...], statuses: tuple[str, ...], more: tuple[Parameter, ...]
) -> PagedList:
    of_cars = kind != facts.PROOF_OF_ADDRESS
    bounds = [name for names in CHECK_IN_DATES.values() for name in names]
    return PagedList(
        kind,
        "checkins",
        Answers.check_in_item,
        (
            *parameters.paging(("dateCheckedIn", "dateUpdated"), "dateCheckedIn"),
            *parameters.searching(*search),
            Parameter("status", "word", statuses),
            *parameters.dates(*bounds),
            *more,
        ),
        CHECK_IN_DATES,
        {"isFraud": "fraud"} | ({"vehicleId": "vehicle_id"} if of_cars else {}),
        {"vehicleId": "vehicle"} if of_cars else {},
    )


VEHICLE_ID = Parameter("vehicleId")
FRAUD = Parameter("isFraud", "flag")
FRAUD_INFERRED = Parameter("isFraud", "flag", inferred=True)
REGISTRATION = ("registrationStartDate", "registrationEndDate")
USER_SORTS = ("firstName", "lastName", "email", "phone", "dateRegistered")

MILEAGE = _check_ins(facts.MILEAGE, VEHICLE_SEARCH, CHECK_IN_STATUSES, (VEHICLE_ID, FRAUD_INFERRED))
CONDITION = _check_ins(
    facts.CONDITION, ("id", *VEHICLE_SEARCH), NEWER_STATUSES, (VEHICLE_ID, FRAUD_INFERRED)
)
PROOF_OF_ADDRESS = _check_ins(
    facts.PROOF_OF_ADDRESS, ("id", "city", "state", *OWNER_SEARCH), NEWER_STATUSES, (FRAUD,)
)
USERS = PagedList(
    "users",
    "users",
    Answers.user,
    (
        *parameters.paging(USER_SORTS, "dateRegistered"),
        *parameters.searching("id", *USER_SEARCH),
        FRAUD,
        *parameters.dates(*REGISTRATION),
    ),
    {"registered_ms": REGISTRATION},
    {"isFraud": "fraud"},
)
OLDER_USERS = PagedList(
    "users",
    None,
    Answers.user,
    (
        *parameters.paging(USER_SORTS, "dateRegistered"),
        *parameters.searching(*USER_SEARCH),
        *parameters.dates(*REGISTRATION),
    ),
    {"registered_ms": REGISTRATION},
)
VEHICLES = PagedList(
    "vehicles",
    "vehicles",
    Answers.vehicle_item,
    (
        *parameters.paging(("license", "vin", "state", "dateAdded", "active"), "dateAdded"),
        *parameters.searching(*VEHICLE_SEARCH),
        Parameter("active", "flag", inferred=True),
    ),
    equal={"active": "active"},
)
REWARDS = PagedList(
    "rewards",
    "rewards",
    Answers.reward_item,
    (
        *parameters.paging(("dateRewarded",), "dateRewarded"),
        *parameters.searching(*OWNER_SEARCH),
        Parameter("rewardType", "word", REWARD_TYPES),
        Parameter("status", "word", REWARD_STATUSES),
        VEHICLE_ID,
        Parameter("payoutId"),
        Parameter("actionCode", inferred=True),
        *parameters.dates("rewardStartDate", "rewardEndDate"),
    ),
    {"rewarded_ms": ("rewardStartDate", "rewardEndDate")},
    {
        "rewardType": "type",
        "actionCode": "action_code",
        "payoutId": "payout_id",
        "vehicleId": "vehicle_id",
    },
    {"payoutId": "payout", "vehicleId": "vehicle"},
)
PAYOUTS = PagedList(
    "payouts",
    "payouts",
    Answers.payout_item,
    (
        *parameters.paging(("dateClaimed",), "dateClaimed"),
        *parameters.searching(*OWNER_SEARCH),
    ),
)


def page_of(
    some: PagedList,
    query: Mapping[str, Any],
    selections: Selections,
    answers: Answers,
    faults: Faults,
    *,
    repeat: bool = False,
) -> Any:
    """The answer to a query: the documented envelope, or the bare array of the older users list."""
    page, size = query["page"], query["size"]
    if faults.refuse_size_over is not None and size > faults.refuse_size_over:
        raise invalid(f"size must not be greater than {faults.refuse_size_over}")
    if faults.page_cap is not None:
        size = min(size, faults.page_cap)
    ask = some.ask(query, faults.default_status)
    rows, total = selections.page(ask, max(0, page - 1) if repeat else page, size)
    items = [some.item(answers, row) for row in rows]
    if some.key is None:
        return items
    return {
        "totalItems": total,
        "currentPage": page,
        "totalPages": size if faults.total_pages_is_size else -(-total // size),
        "itemsOnPage": len(items),
        some.key: items,
    }


def drift(some: PagedList, world: World, faults: Faults) -> None:
    """Rows come and go behind the back of somebody who pages through a list."""
    if not faults.drift():
        return
    order = Selections(world).shelf(some.shelf)
    dated = order.order(order.dates[0])
    for _ in range(faults.vanish_rows_while_paging):
        if dated.rows:
            world.vanish(dated.rows[0].id)
    for _ in range(faults.insert_rows_while_paging):
        at_ms = world.now_ms()
        if faults.insert_rows_dated == "oldest" and dated.rows:
            at_ms = getattr(dated.rows[0], order.dates[0]) - 1
        _insert(some.shelf, world, Random(world.ids.used), at_ms)


def _insert(shelf: str, world: World, rng: Random, at_ms: int) -> None:
    at = facts.to_datetime(at_ms)
    if shelf in facts.KINDS:
        world.submit_check_in(shelf, at=at, reward_cents=None)
    elif shelf == "rewards":
        world.grant(rng.choice(list(world.users)), DRIFT_CENTS, phrases.GOODWILL_CODE, at=at)
    else:
        world.register(at)
