"""What Ownli says, typed and frozen.

Unknown keys are ignored, only `id` is required, vocabularies are open: a new word is no error.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

# Dates come as text in a format nobody documented; a number would be epoch milliseconds.
Moment = str | int | float


class Record(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """A thing with an id; every other field may be missing."""

    id: str


class Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """A piece of a record; every field may be missing."""


class Owner(Part, frozen=True):
    """The user a vehicle, check-in or reward belongs to."""

    id: str | None = None
    first_name: str | None = None
    last_name: str | None = None


class Address(Part, frozen=True):
    """A US address; only the user list shows all of it."""

    address_line_1: str | None = None
    address_line_2: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None


class PolicyInfo(Part, frozen=True):
    """A user's policy. https://docs.ownli.co/docs/api/create-user-with-policy"""

    policy_number: str | None = None
    start_date: Moment | None = None
    end_date: Moment | None = None


class User(Record, frozen=True):
    """A user of the partner. https://docs.ownli.co/docs/api/get-users-1"""

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    admin_note: str | None = None
    custom_field_1: str | None = None
    custom_field_2: str | None = None
    custom_field_3: str | None = None
    custom_field_4: str | None = None
    custom_field_5: str | None = None
    address: Address | None = None
    policy_info: PolicyInfo | None = None
    tos_answer: str | None = None
    partner_code: str | None = None
    date_registered: Moment | None = None
    updated: Moment | None = None
    email_verified: bool | None = None
    phone_verified: bool | None = None
    fraud: bool | None = None


class Vehicle(Record, frozen=True):
    """A vehicle; lists name its owner, single answers its user. https://docs.ownli.co/docs/api/get-vehicles"""

    license: str | None = None
    make: str | None = None
    model: str | None = None
    vin: str | None = None
    state: str | None = None
    year: str | int | None = None
    date_added: Moment | None = None
    updated: Moment | None = None
    user_id: str | None = None
    owner: Owner | None = None
    active: bool | None = None


class CheckIn(Record, frozen=True):
    """A check-in of any kind, without its photos. https://docs.ownli.co/docs/api/get-condition-checkins-1"""

    license: str | None = None
    admin_note: str | None = None
    user_note: str | None = None
    checked_in_at: Moment | None = None
    check_in_status: str | None = None
    updated: Moment | None = None
    mileage: int | None = None
    next_check_in_date: Moment | None = None
    fraud: bool | None = None
    owner: Owner | None = None
    address: Address | None = None


class Photo(Part, frozen=True):
    """A picture or document of a check-in; photos say photoUrl, documents say url."""

    photo_url: str | None = None
    url: str | None = None
    type: str | None = None


class CheckInWithPhotos(CheckIn, frozen=True):
    """A check-in of one vehicle or user, with its pictures."""

    license_photos: tuple[Photo, ...] | None = None
    odometer_photos: tuple[Photo, ...] | None = None
    photos: tuple[Photo, ...] | None = None
    documents: tuple[Photo, ...] | None = None


class Buyer(Part, frozen=True):
    """The company that funds a reward."""

    name: str | None = None


class Reward(Record, frozen=True):
    """Money one user earned. https://docs.ownli.co/docs/api/get-rewards-1"""

    status: str | None = None
    type: str | None = None
    description: str | None = None
    action_code: str | None = None
    client_reference: str | None = None
    vehicle_id: str | None = None
    payout_id: str | None = None
    date_rewarded: Moment | None = None
    owner: Owner | None = None
    amount: Decimal | None = None
    buyer: Buyer | None = None


class PaidReward(Part, frozen=True):
    """A reward as a payout lists it; one without an id must not cost the whole payout."""

    id: str | None = None
    status: str | None = None
    type: str | None = None
    description: str | None = None
    vehicle_id: str | None = None
    payout_id: str | None = None
    date_rewarded: Moment | None = None
    amount: Decimal | None = None


class Payout(Record, frozen=True):
    """A claim. Its link leads to money and is never decoded. https://docs.ownli.co/docs/api/get-payouts-by-user-id"""

    date_claimed: Moment | None = None
    payment_reference_id: str | None = None
    amount: Decimal | None = None
    rewards: tuple[PaidReward, ...] | None = None
    owner: Owner | None = None
    user_id: str | None = None


class Product(Record, frozen=True):
    """What rewards can be redeemed for. https://docs.ownli.co/docs/api/get-products"""

    name: str | None = None
    category: str | None = None
    description: str | None = None
    currency_codes: tuple[str, ...] | None = None
    countries: tuple[str, ...] | None = None


class RewardStub(Part, frozen=True):
    """The reward a summary names beside a check-in."""

    id: str | None = None
    status: str | None = None
    date_rewarded: Moment | None = None
    amount: Decimal | None = None


class CheckInStub(Part, frozen=True):
    """A check-in as a summary shows it; the only documented link from a check-in to its reward."""

    id: str | None = None
    check_in_type: str | None = None
    status: str | None = None
    checkin_date: Moment | None = None
    admin_note: str | None = None
    reward: RewardStub | None = None


class CheckInSummary(Part, frozen=True):
    """Where a vehicle or user stands with one kind of check-in.

    `last_confirmed_ordinal` 0 means none was confirmed yet; `last_confirmed_mileage` only exists
    for mileage and its name is inferred, as is `photo_bonus_for_next_checkin` elsewhere than in
    proof of address.
    """

    checkins: tuple[CheckInStub, ...] = ()
    checkin_unlocked: bool | None = None
    unlock_date: Moment | None = None
    days_to_next_checkin: int | None = None
    reward_amount_for_next_checkin: Decimal | None = None
    last_confirmed_ordinal: int | None = None
    last_confirmed_mileage: int | None = None
    photo_bonus_for_next_checkin: Decimal | None = None


class VehicleSummary(Record, frozen=True):
    """A vehicle with its two check-in summaries."""

    license: str | None = None
    make: str | None = None
    model: str | None = None
    vin: str | None = None
    state: str | None = None
    mileage_checkin_summary: CheckInSummary | None = None
    condition_checkin_summary: CheckInSummary | None = None


class UserSummary(Part, frozen=True):
    """A user, the vehicles and where each check-in stands. https://docs.ownli.co/docs/api/get-user-summary"""

    user: User | None = None
    vehicles: tuple[VehicleSummary, ...] = ()
    proof_of_address_checkin_summary: CheckInSummary | None = None
