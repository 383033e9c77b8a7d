"""The records of a world, each found by its id and kept in order for the lists."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ownli_api.sandbox import facts
from ownli_api.sandbox.facts import CheckIn, Payout, Reward, User, Vehicle
from ownli_api.sandbox.index import Shelf


class Records:
    """Users, vehicles, check-ins, rewards, payouts: a dict by id of each, and their shelves."""

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self.vehicles: dict[str, Vehicle] = {}
        self.check_ins: dict[str, CheckIn] = {}
        self.rewards: dict[str, Reward] = {}
        self.payouts: dict[str, Payout] = {}
        owned = {"owner": "owner_id"}
        self.user_shelf: Shelf[User] = Shelf(("registered_ms",), {"phone": "phone"})
        self.vehicle_shelf: Shelf[Vehicle] = Shelf(("added_ms",), owned | {"license": "license"})
        self.check_in_shelves: dict[str, Shelf[CheckIn]] = {
            kind: Shelf(
                ("checked_in_ms", "updated_ms"), owned | {"vehicle": "vehicle_id"}, by_status=True
            )
            for kind in facts.KINDS
        }
        self.reward_shelf: Shelf[Reward] = Shelf(
            ("rewarded_ms",),
            owned | {"vehicle": "vehicle_id", "payout": "payout_id"},
            by_status=True,
        )
        self.payout_shelf: Shelf[Payout] = Shelf(("claimed_ms",), owned)

    def arrange(self) -> None:
        """Put every list in order anew, after the records were written in bulk."""
        self.user_shelf.fill(self.users.values())
        self.vehicle_shelf.fill(self.vehicles.values())
        by_kind: dict[str, list[CheckIn]] = {kind: [] for kind in facts.KINDS}
        for check_in in self.check_ins.values():
            by_kind[check_in.kind].append(check_in)
        for kind, some in by_kind.items():
            self.check_in_shelves[kind].fill(some)
        self.reward_shelf.fill(self.rewards.values())
        self.payout_shelf.fill(self.payouts.values())

    @contextmanager
    def changing(self, record: Any) -> Iterator[None]:
        """Change a record's fields inside this, and it is found in its new place afterwards."""
        self.shelf_of(record).remove(record)
        try:
            yield
        finally:
            self.shelf_of(record).add(record)

    def shelf_of(self, record: Any) -> Shelf[Any]:
        """The shelf a record stands on."""
        match record:
            case CheckIn():
                return self.check_in_shelves[record.kind]
            case Reward():
                return self.reward_shelf
            case User():
                return self.user_shelf
            case Vehicle():
                return self.vehicle_shelf
        return self.payout_shelf

    def tables(self) -> tuple[dict[str, Any], ...]:
        """The five dicts by id."""
        return self.check_ins, self.rewards, self.users, self.vehicles, self.payouts

    def record(self, id: str) -> Any:
        """The record of any sort with that id; KeyError if there is none."""
        for records in self.tables():
            if id in records:
                return records[id]
        raise KeyError(id)
