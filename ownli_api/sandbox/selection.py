"""Which records a list shows: filtered, searched, sorted, and cut into pages."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

from ownli_api.sandbox.facts import CheckIn, User, Vehicle
from ownli_api.sandbox.index import ALL, Shelf
from ownli_api.sandbox.world import World

KEPT_SELECTIONS = 32
OWNER_FIELDS = {
    "userFirstName": "first_name",
    "userLastName": "last_name",
    "userEmail": "email",
    "userPhone": "phone",
}
VEHICLE_FIELDS = {"license": "license", "vin": "vin", "state": "state"}
USER_FIELDS = {
    "id": "id",
    "firstName": "first_name",
    "lastName": "last_name",
    "email": "email",
    "phone": "phone",
}


@dataclass(frozen=True, slots=True)
class Ask:
    """A question to a list, without its page.

    ranges: (date field, start, end) in milliseconds, both inclusive. group: a name and value of the
    shelf's groups. equal: (field, value) pairs. search: (documented field name, text).
    """

    shelf: str
    sort: str
    descending: bool
    status: str = ALL
    ranges: tuple[tuple[str, int | None, int | None], ...] = ()
    group: tuple[str, str] | None = None
    equal: tuple[tuple[str, Any], ...] = ()
    search: tuple[str, str] | None = None


class Selections:
    """Answers questions about one world; remembers the last few that needed a scan."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._kept: OrderedDict[tuple[Any, ...], list[Any]] = OrderedDict()

    def page(self, ask: Ask, page: int, size: int) -> tuple[list[Any], int]:
        """The records of one page and how many there are in all."""
        shelf = self.shelf(ask.shelf)
        if self._is_a_slice(ask, shelf):
            start, end = next(
                ((start, end) for date, start, end in ask.ranges if date == ask.sort), (None, None)
            )
            order = shelf.order(ask.sort, ask.status)
            first, last = order.between(start, end)
            rows = order.rows
        else:
            rows = self._scanned(ask, shelf)
            first, last = 0, len(rows)
        if not ask.descending:
            return rows[min(first + page * size, last) : min(first + (page + 1) * size, last)], (
                last - first
            )
        stop = max(last - page * size, first)
        return rows[max(stop - size, first) : stop][::-1], last - first

    def shelf(self, name: str) -> Shelf[Any]:
        """The shelf of that name: a kind of check-in, users, vehicles, rewards or payouts."""
        world = self._world
        shelves: dict[str, Shelf[Any]] = {
            "users": world.user_shelf,
            "vehicles": world.vehicle_shelf,
            "rewards": world.reward_shelf,
            "payouts": world.payout_shelf,
        }
        # An empty shelf is falsy, so the name decides, not the shelf.
        return shelves[name] if name in shelves else world.check_in_shelves[name]

    @staticmethod
    def _is_a_slice(ask: Ask, shelf: Shelf[Any]) -> bool:
        """Whether the page lies side by side in an order that is kept anyway."""
        return (
            ask.sort in shelf.dates
            and all(date == ask.sort for date, _, _ in ask.ranges)
            and len(ask.ranges) <= 1
            and not (ask.group or ask.equal or ask.search)
        )

    def _scanned(self, ask: Ask, shelf: Shelf[Any]) -> list[Any]:
        """All matching records, ascending."""
        world = self._world
        versions = (shelf.version, world.user_shelf.version, world.vehicle_shelf.version)
        key = (replace(ask, descending=False), *versions)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        tests = [_within(*one) for one in ask.ranges]
        tests += [_equals(field, value) for field, value in ask.equal]
        if ask.status != ALL:
            tests.append(_equals("status", ask.status))
        found = [one for one in self._candidates(ask, shelf) if all(test(one) for test in tests)]
        found.sort(key=_sort_key(ask.sort, shelf))
        self._kept[key] = found
        if len(self._kept) > KEPT_SELECTIONS:
            self._kept.popitem(last=False)
        return found

    def _candidates(self, ask: Ask, shelf: Shelf[Any]) -> Iterable[Any]:
        """A small superset of the matches by the cheapest way in."""
        if ask.search is not None:
            found = self._searched(ask.shelf, shelf, *ask.search)
            if ask.group is None:
                return found
            ids = {one.id for one in found}
            return [one for one in shelf.group(*ask.group) if one.id in ids]
        if ask.group is not None:
            return shelf.group(*ask.group)
        spans = []
        for date, start, end in ask.ranges or ((shelf.dates[0], None, None),):
            order = shelf.order(date, ask.status)
            first, last = order.between(start, end)
            spans.append((last - first, first, last, order.rows))
        _, first, last, rows = min(spans, key=lambda span: span[0])
        return rows[first:last]

    def _searched(self, name: str, shelf: Shelf[Any], field: str, text: str) -> list[Any]:
        """Records in which the field holds the text, whatever the case."""
        text = text.casefold()
        if name == "users":
            if field == "licensePlate":
                owners = {one.owner_id for one in self._vehicles("license", text)}
                return [one for one in self._world.users.values() if one.id in owners]
            return [
                one for one in self._world.users.values() if _holds(one, USER_FIELDS[field], text)
            ]
        rows = shelf.order(shelf.dates[0]).rows
        if field == "id":
            return [one for one in rows if text in one.id.casefold()]
        if field in OWNER_FIELDS:
            people = self._world.users.values()
            owned = [
                shelf.group("owner", one.id)
                for one in people
                if _holds(one, OWNER_FIELDS[field], text)
            ]
            return [one for some in owned for one in some]
        if name == "vehicles":
            return self._vehicles(VEHICLE_FIELDS[field], text)
        if name == "proof_of_address":
            return [one for one in rows if self._home_holds(one, field, text)]
        cars = self._vehicles(VEHICLE_FIELDS[field], text)
        return [one for car in cars for one in shelf.group("vehicle", car.id)]

    def _vehicles(self, field: str, text: str) -> list[Vehicle]:
        return [one for one in self._world.vehicles.values() if _holds(one, field, text)]

    def _home_holds(self, check_in: CheckIn, field: str, text: str) -> bool:
        owner: User | None = self._world.users.get(check_in.owner_id)
        return owner is not None and _holds(owner.address, field, text)


def _holds(record: Any, field: str, text: str) -> bool:
    return text in str(getattr(record, field) or "").casefold()


def _within(date: str, start: int | None, end: int | None) -> Callable[[Any], bool]:
    value_of = attrgetter(date)
    low = float("-inf") if start is None else start
    high = float("inf") if end is None else end
    return lambda one: bool(low <= value_of(one) <= high)


def _equals(field: str, value: Any) -> Callable[[Any], bool]:
    value_of = attrgetter(field)
    return lambda one: bool(value_of(one) == value)


def _sort_key(sort: str, shelf: Shelf[Any]) -> Callable[[Any], tuple[Any, str]]:
    value_of = attrgetter(sort)
    if sort in shelf.dates or sort == "active":
        return lambda one: (value_of(one), one.id)
    return lambda one: (str(value_of(one) or "").casefold(), one.id)
