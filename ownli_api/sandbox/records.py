"""What the stand-in's world consists of: plain records, times in UTC, money in cents.

Times are datetimes to the microsecond. Field names are ours; `answers` turns a record into the JSON
that Ownli's documentation shows.
"""

from dataclasses import dataclass, field
from datetime import datetime

KINDS = ("mileage", "condition", "proof_of_address")
REWARD_TYPE = dict(
    zip(KINDS, ("MileageCheckIn", "ConditionCheckIn", "GaragingCheckIn"), strict=True)
)
# The fields of all records that hold a time.
TIMES = (
    *("registered_at", "added_at", "checked_in_at", "updated_at", "rewarded_at", "claimed_at"),
)


@dataclass(slots=True)
class Address:
    """A home; `latitude` and `longitude` are degrees."""

    line_1: str
    line_2: str | None
    city: str
    state: str
    zip: str
    latitude: float
    longitude: float


@dataclass(slots=True)
class Policy:
    """An insurance policy a user brings along."""

    number: str
    starts_at: datetime
    ends_at: datetime


@dataclass(slots=True)
class User:
    """One customer of the partner."""

    id: str
    first_name: str
    last_name: str
    email: str
    phone: str
    address: Address
    registered_at: datetime
    updated_at: datetime
    email_verified: bool
    phone_verified: bool
    fraud: bool
    tos_answer: str
    partner_code: str | None
    admin_note: str | None
    custom_fields: tuple[str | None, ...]
    policy: Policy | None


@dataclass(slots=True)
class Vehicle:
    """One car of one user; `mileage` is its newest reading."""

    id: str
    owner_id: str
    license: str
    vin: str
    state: str
    make: str
    model: str
    year: str
    added_at: datetime
    updated_at: datetime
    active: bool
    mileage: int


@dataclass(slots=True)
class CheckIn:
    """One submission; proof of address has no vehicle, only mileage has a reading."""

    id: str
    kind: str
    status: str  # Pending, Confirmed, Declined or OnHold
    owner_id: str
    vehicle_id: str | None
    checked_in_at: datetime
    updated_at: datetime
    admin_note: str | None = None
    user_note: str | None = None
    fraud: bool = False
    mileage: int | None = None
    document_type: str | None = None
    reward_id: str | None = None


@dataclass(slots=True)
class Reward:
    """Money one user earned; `check_in_id` is the world's own truth and in no list answer."""

    id: str
    type: str
    status: str  # Pending, Confirmed, Declined or Claimed
    owner_id: str
    vehicle_id: str | None
    rewarded_at: datetime
    cents: int
    description: str
    check_in_id: str | None = None
    payout_id: str | None = None
    action_code: str | None = None
    client_reference: str | None = None


@dataclass(slots=True)
class Payout:
    """One claim of a user's whole confirmed balance; `cents` is the sum of its rewards."""

    id: str
    owner_id: str
    claimed_at: datetime
    cents: int
    payment_reference_id: str
    reward_ids: list[str] = field(default_factory=list)
