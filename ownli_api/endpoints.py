"""Paths of Ownli's read endpoints and the spelling of their parameters (`ownli-api.md` 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

MILEAGE = "mileage"
CONDITION = "condition"
PROOF_OF_ADDRESS = "proof_of_address"

# Ownli spells the kinds in its paths with hyphens.
CHECK_INS: Mapping[str, str] = {
    MILEAGE: "/api/checkins/mileage",
    CONDITION: "/api/checkins/condition",
    PROOF_OF_ADDRESS: "/api/checkins/proof-of-address",
}
VEHICLE_CHECK_INS: Mapping[str, str] = {
    MILEAGE: "/api/vehicles/{vehicleId}/checkins/mileage",
    CONDITION: "/api/vehicles/{vehicleId}/checkins/condition",
}
USER_CHECK_INS = "/api/users/{userId}/checkins/proof-of-address"
USERS = "/api/users/list"
# Inferred from its siblings; no page of the documentation shows it.
USER = "/api/users/by-id/{id}"
USER_BY_PHONE = "/api/users/by-phone/{phoneNumber}"
USER_SUMMARY = "/api/users/{userId}/summary"
USER_REWARDS = "/api/users/by-id/{id}/rewards"
USER_PAYOUTS = "/api/users/by-id/{id}/payouts"
VEHICLES = "/api/vehicles"
VEHICLE = "/api/vehicles/by-id/{id}"
VEHICLE_BY_LICENSE = "/api/vehicles/by-license/{state}/{licensePlateNumber}"
REWARDS = "/api/rewards"
PRODUCTS = "/api/rewards/products"

# The smallest page that still tells the count.
ONE_ROW = {"page": "0", "size": "1"}


@dataclass(frozen=True)
class Span:
    """A stretch of time in UTC; both ends are included, as in Ownli's filters (milliseconds)."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            moment = getattr(self, name)
            if moment.tzinfo is None:
                raise ValueError(f"the {name} of a span needs a time zone")
            object.__setattr__(self, name, moment.astimezone(UTC))


def iso(moment: datetime) -> str:
    """An instant as Ownli's filters want it: UTC, milliseconds, Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def between(span: Span | None, start: str, end: str) -> dict[str, str]:
    """A span as two date parameters; none for no span."""
    return {} if span is None else {start: iso(span.start), end: iso(span.end)}


def given(**params: str | bool | None) -> dict[str, str]:
    """The parameters that have a value, spelled for a query."""
    return {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in params.items()
        if value is not None
    }


def check_in_filters(checked_in: Span | None, updated: Span | None, status: str) -> dict[str, str]:
    """Filters of the three check-in lists. https://docs.ownli.co/docs/api/get-condition-checkins-1"""
    return (
        {"status": status}
        | between(checked_in, "checkinStartDate", "checkinEndDate")
        | between(updated, "updatedStartDate", "updatedEndDate")
    )


def reward_filters(rewarded: Span | None, status: str, payout_id: str | None) -> dict[str, str]:
    """Filters of the reward list. https://docs.ownli.co/docs/api/get-rewards-1"""
    return (
        {"status": status}
        | between(rewarded, "rewardStartDate", "rewardEndDate")
        | given(payoutId=payout_id)
    )


def registered_filter(registered: Span | None) -> dict[str, str]:
    """The registration filter of the user list. https://docs.ownli.co/docs/api/get-users-1"""
    return between(registered, "registrationStartDate", "registrationEndDate")
