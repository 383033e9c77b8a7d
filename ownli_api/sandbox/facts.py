"""What the stand-in's world consists of: plain records, times in UTC milliseconds, money in cents.

Field names are ours; `answers` turns a record into the JSON that Ownli's documentation shows.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY

MILEAGE = "mileage"
CONDITION = "condition"
PROOF_OF_ADDRESS = "proof_of_address"
KINDS = (MILEAGE, CONDITION, PROOF_OF_ADDRESS)

PENDING = "Pending"
CONFIRMED = "Confirmed"
DECLINED = "Declined"
ON_HOLD = "OnHold"
ARCHIVED = "Archived"
CLAIMED = "Claimed"

REWARD_TYPE = {
    MILEAGE: "MileageCheckIn",
    CONDITION: "ConditionCheckIn",
    PROOF_OF_ADDRESS: "GaragingCheckIn",
}
LOW_MILEAGE_BONUS = "LowMileageBonus"
SURVEY_COMPLETED = "SurveyCompleted"
CUSTOM = "Custom"

MINIMUM_CLAIM_CENTS = 100
SMALLEST_GRANT_CENTS = 100
LARGEST_GRANT_CENTS = 10_000


def to_ms(moment: datetime) -> int:
    """The moment as whole milliseconds since 1970 UTC; a moment without a zone is refused."""
    if moment.tzinfo is None:
        raise ValueError("a time needs a zone")
    return (moment - EPOCH) // timedelta(milliseconds=1)


def to_datetime(ms: int) -> datetime:
    """The UTC datetime of a number of milliseconds since 1970."""
    return EPOCH + timedelta(milliseconds=ms)


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
    start_ms: int
    end_ms: int


@dataclass(slots=True)
class User:
    """One customer of the partner."""

    id: str
    first_name: str
    last_name: str
    email: str
    phone: str
    address: Address
    registered_ms: int
    updated_ms: int
    email_verified: bool
    phone_verified: bool
    fraud: bool
    tos_answer: str
    partner_code: str | None
    admin_note: str | None
    custom_fields: tuple[str | None, str | None, str | None, str | None, str | None]
    policy: Policy | None

    @property
    def registered_at(self) -> datetime:
        """When the user registered, UTC."""
        return to_datetime(self.registered_ms)

    @property
    def updated_at(self) -> datetime:
        """When the record last changed, UTC."""
        return to_datetime(self.updated_ms)


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
    added_ms: int
    updated_ms: int
    active: bool
    mileage: int

    @property
    def added_at(self) -> datetime:
        """When the vehicle was added, UTC."""
        return to_datetime(self.added_ms)

    @property
    def updated_at(self) -> datetime:
        """When the record last changed, UTC."""
        return to_datetime(self.updated_ms)


@dataclass(slots=True)
class CheckIn:
    """One submission; proof of address has no vehicle, only mileage has a reading."""

    id: str
    kind: str
    status: str
    owner_id: str
    vehicle_id: str | None
    checked_in_ms: int
    updated_ms: int
    admin_note: str | None = None
    user_note: str | None = None
    fraud: bool = False
    mileage: int | None = None
    document_type: str | None = None
    reward_id: str | None = None
    held: bool = False  # was on hold at least once

    @property
    def checked_in_at(self) -> datetime:
        """When it was submitted, UTC."""
        return to_datetime(self.checked_in_ms)

    @property
    def updated_at(self) -> datetime:
        """When it last changed (decided, held, sent again), UTC."""
        return to_datetime(self.updated_ms)


@dataclass(slots=True)
class Reward:
    """Money one user earned; `check_in_id` is the world's own truth and in no list answer."""

    id: str
    type: str
    status: str
    owner_id: str
    vehicle_id: str | None
    rewarded_ms: int
    cents: int
    description: str
    check_in_id: str | None = None
    payout_id: str | None = None
    action_code: str | None = None
    client_reference: str | None = None

    @property
    def rewarded_at(self) -> datetime:
        """When it was created, UTC."""
        return to_datetime(self.rewarded_ms)


@dataclass(slots=True)
class Payout:
    """One claim of a user's whole confirmed balance; `cents` is the sum of its rewards."""

    id: str
    owner_id: str
    claimed_ms: int
    cents: int
    payment_reference_id: str
    reward_ids: list[str] = field(default_factory=list)

    @property
    def claimed_at(self) -> datetime:
        """When it was claimed, UTC."""
        return to_datetime(self.claimed_ms)
