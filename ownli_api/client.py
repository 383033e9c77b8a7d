"""The front door: a noun a list, a method a question; reads only."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NoReturn

import pandas as pd

from ownli_api import capabilities, endpoints, frames, models, pacing
from ownli_api.asking import Listing as Listing
from ownli_api.asking import Progress, Questions
from ownli_api.endpoints import Span as Span
from ownli_api.errors import FixSettings, NotFound, Refused
from ownli_api.redaction import fill
from ownli_api.settings import Settings
from ownli_api.transport import Pacing, Transport
from ownli_api.values import us_phone

CHECK_IN_KINDS = tuple(endpoints.CHECK_INS)
# Ids match one user; a server that matches parts of ids may send a few more.
SEARCH_ROWS = 100


@dataclass(frozen=True)
class Stats:
    """What a client has done so far; holds no token and no addresses.

    `page_size` is the size asked for, or the smaller one the host turned out to grant.
    """

    requests: int
    retries: int
    rate_limited: int
    seconds: float
    last_error: str | None
    last_error_at: datetime | None
    page_size: int
    token_age_seconds: float | None
    in_flight: int
    parallel_now: int
    parallel: int = 4


class OwnliClient:
    """Reads a partner's users, vehicles, check-ins, rewards and payouts; can do nothing else.

    Every method raises the errors of `ownli_api.errors`, and may be called from any thread.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        pacing: Pacing | None = None,
    ) -> None:
        self._settings = settings
        self._pacing = pacing or _pacing_of(settings)
        self._found_out = capabilities.of_process(settings.base_url)
        self._transport = Transport(settings, pacing=self._pacing, clock=clock, sleep=sleep)
        self._ask = Questions(settings, self._transport, self._found_out, clock)

    @property
    def partner(self) -> str:
        """A fingerprint of the address and partner: the same for every client of the same data."""
        return fingerprint(self._settings)

    def close(self) -> None:
        """Forgets the token and closes the connections; later questions raise `ClientClosed`."""
        self._transport.close()

    def stats(self) -> Stats:
        """Requests, retries, seconds, the last error and the page size learned."""
        tally = self._transport.tally
        at = tally.last_error_at
        return Stats(
            requests=tally.requests,
            retries=tally.retries,
            rate_limited=tally.rate_limited,
            seconds=tally.seconds,
            last_error=tally.last_error,
            last_error_at=None if at is None else datetime.fromtimestamp(at, UTC),
            page_size=self._found_out.page_size or self._settings.page_size,
            token_age_seconds=self._transport.token_age_seconds,
            in_flight=self._pacing.in_flight,
            parallel_now=self._pacing.allowed,
        )

    # Check-ins

    def check_ins(
        self,
        kind: str,
        *,
        checked_in: Span | None = None,
        updated: Span | None = None,
        status: str = "All",
        progress: Progress | None = None,
    ) -> Listing:
        """The whole list of one kind of check-ins, oldest first: columns `frames.CHECK_INS`."""
        path = _path(endpoints.CHECK_INS, kind)
        where = endpoints.check_in_filters(checked_in, updated, status)
        where["sortBy"] = "dateCheckedIn"
        return self._ask.whole(path, "checkins", frames.CHECK_IN, where, progress, {"kind": kind})

    def count_check_ins(
        self,
        kind: str,
        *,
        checked_in: Span | None = None,
        updated: Span | None = None,
        status: str = "All",
    ) -> int | None:
        """How many check-ins there are, by a one-row request; None if Ownli does not say."""
        where = endpoints.check_in_filters(checked_in, updated, status)
        return self._ask.count(_path(endpoints.CHECK_INS, kind), "checkins", where)

    def vehicle_check_ins(self, vehicle_id: str, kind: str) -> tuple[Listing, pd.DataFrame]:
        """Mileage or condition check-ins of a vehicle, and their photos (`frames.PHOTOS`)."""
        path = _path(endpoints.VEHICLE_CHECK_INS, kind)
        return self._ask.seen(path, {"vehicleId": vehicle_id}, {"kind": kind})

    def user_check_ins(self, user_id: str) -> tuple[Listing, pd.DataFrame]:
        """Proof-of-address check-ins of a user, and their photos (`frames.PHOTOS`)."""
        constants = {"kind": endpoints.PROOF_OF_ADDRESS, "owner_id": user_id}
        return self._ask.seen(endpoints.USER_CHECK_INS, {"userId": user_id}, constants)

    # Rewards and payouts

    def rewards(
        self,
        *,
        rewarded: Span | None = None,
        status: str = "All",
        payout_id: str | None = None,
        progress: Progress | None = None,
    ) -> Listing:
        """The whole list of rewards, oldest first: columns `frames.REWARDS`."""
        where = endpoints.reward_filters(rewarded, status, payout_id) | {"sortBy": "dateRewarded"}
        return self._ask.whole(endpoints.REWARDS, "rewards", frames.REWARD, where, progress)

    def count_rewards(self, *, rewarded: Span | None = None, status: str = "All") -> int | None:
        """How many rewards there are, by a one-row request; None if Ownli does not say."""
        where = endpoints.reward_filters(rewarded, status, None)
        return self._ask.count(endpoints.REWARDS, "rewards", where)

    def user_rewards(self, user_id: str) -> Listing:
        """All rewards of a user: columns `frames.REWARDS`."""
        ids, constants = {"id": user_id}, {"owner_id": user_id}
        return self._ask.listing(endpoints.USER_REWARDS, ids, frames.REWARD, constants)

    @property
    def lists_payouts(self) -> bool:
        """Whether the path of the list of all payouts is known."""
        return self._settings.payouts_path is not None

    def payouts(self, *, progress: Progress | None = None) -> Listing:
        """The whole list of payouts; `FixSettings` unless `payouts_path` is set."""
        return self._ask.whole(self._payouts_path(), "payouts", frames.PAYOUT, {}, progress)

    def payouts_page(self, *, page: int = 0, size: int = 25) -> tuple[Listing, pd.DataFrame]:
        """One page of all payouts and the rewards in them: columns `frames.PAID`.

        As Ownli sorts them: every documented list begins with the newest. `FixSettings` unless
        `payouts_path` is set.
        """
        return self._ask.paid_page(self._payouts_path(), "payouts", page, size)

    def user_payouts(self, user_id: str) -> Listing:
        """All payouts of a user: columns `frames.PAYOUTS`."""
        ids, constants = {"id": user_id}, {"owner_id": user_id}
        return self._ask.listing(endpoints.USER_PAYOUTS, ids, frames.PAYOUT, constants)

    def user_claims(self, user_id: str) -> tuple[Listing, pd.DataFrame]:
        """All payouts of a user, and the rewards in them: columns `frames.PAID`."""
        return self._ask.paid(endpoints.USER_PAYOUTS, {"id": user_id}, {"owner_id": user_id})

    def products(self) -> Listing:
        """What rewards can be redeemed for: columns `frames.PRODUCTS`."""
        return self._ask.listing(endpoints.PRODUCTS, {}, frames.PRODUCT)

    # Vehicles

    def vehicles(self, *, progress: Progress | None = None) -> Listing:
        """The whole list of vehicles, oldest first: columns `frames.VEHICLES`."""
        # By when they were added, which is the order in which none is asked for: how this list's
        # parameters are spelled is inferred, and each that is left out is one fewer to be refused.
        return self._ask.whole(endpoints.VEHICLES, "vehicles", frames.VEHICLE, {}, progress)

    def vehicles_page(
        self,
        *,
        page: int = 0,
        size: int = 25,
        search_by: str | None = None,
        search_value: str | None = None,
    ) -> Listing:
        """One page of vehicles, newest first: columns `frames.VEHICLES`."""
        where = endpoints.given(searchBy=search_by, searchValue=search_value)
        return self._ask.one_page(endpoints.VEHICLES, "vehicles", frames.VEHICLE, where, page, size)

    def vehicle(self, id: str) -> Listing:
        """One vehicle by id: one row of `frames.VEHICLES`; raises `NotFound`."""
        return _found(self._ask.listing(endpoints.VEHICLE, {"id": id}, frames.VEHICLE))

    def vehicle_by_license(self, state: str, plate: str) -> Listing:
        """The active vehicle with a plate: columns `frames.VEHICLES`; raises `NotFound`."""
        ids = {"state": state, "licensePlateNumber": plate}
        return _found(self._ask.listing(endpoints.VEHICLE_BY_LICENSE, ids, frames.VEHICLE))

    # Users

    def users_page(
        self,
        *,
        page: int = 0,
        size: int = 25,
        sort_by: str = "dateRegistered",
        sort_direction: str = "desc",
        search_by: str | None = None,
        search_value: str | None = None,
        is_fraud: bool | None = None,
        registered: Span | None = None,
    ) -> Listing:
        """One page of users as Ownli sorts, searches and filters them: columns `frames.USERS`."""
        where = {"sortBy": sort_by, "sortDirection": sort_direction}
        where |= endpoints.given(
            searchBy=search_by, searchValue=search_value, isFraud=is_fraud
        ) | endpoints.registered_filter(registered)
        return self._ask.one_page(endpoints.USERS, "users", frames.USER, where, page, size)

    def users(
        self,
        *,
        is_fraud: bool | None = None,
        registered: Span | None = None,
        progress: Progress | None = None,
    ) -> Listing:
        """The whole list of users that pass the filters, the first registered first."""
        where = {"sortBy": "dateRegistered"} | endpoints.given(isFraud=is_fraud)
        where |= endpoints.registered_filter(registered)
        return self._ask.whole(endpoints.USERS, "users", frames.USER, where, progress)

    def count_users(self, *, registered: Span | None = None) -> int | None:
        """How many users there are, by a one-row request; None if Ownli does not say."""
        return self._ask.count(endpoints.USERS, "users", endpoints.registered_filter(registered))

    def user(self, id: str) -> Listing:
        """One user by id: one row of `frames.USERS`; raises `NotFound`."""
        fill(endpoints.USER, {"id": id})
        if not self._found_out.lacks(endpoints.USER):
            try:
                return _found(self._ask.listing(endpoints.USER, {"id": id}, frames.USER))
            except (NotFound, Refused):
                pass  # the path is inferred: the documented search decides
        size = self._found_out.page_size or min(self._settings.page_size, SEARCH_ROWS)
        listing = self.users_page(size=size, search_by="id", search_value=id)
        exact = listing.frame[listing.frame["id"] == id].reset_index(drop=True)
        if not exact.empty:
            self._found_out.learn_lack(endpoints.USER)
        return _found(replace(listing, frame=exact, total_items=None))

    def user_by_phone(self, phone: str) -> Listing:
        """The users with a US phone number in any format: none, one or several."""
        number = us_phone(phone)
        if number is None:
            return self._ask.nothing(frames.USER)
        try:
            return self._ask.listing(endpoints.USER_BY_PHONE, {"phoneNumber": number}, frames.USER)
        except NotFound:
            return self._ask.nothing(frames.USER, requests=1)

    def user_summary(self, id: str) -> models.UserSummary:
        """A user with vehicles and check-in summaries: the only documented link to rewards."""
        summary: models.UserSummary = self._ask.first(
            endpoints.USER_SUMMARY, {"userId": id}, models.UserSummary
        )
        return summary

    def _payouts_path(self) -> str:
        path = self._settings.payouts_path
        if path is None:
            raise FixSettings("Ownli's list of all payouts is not set up: see OWNLI_PAYOUTS_PATH.")
        return path

    def __repr__(self) -> str:
        return "OwnliClient(hidden)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client with a token does not leave the process")


def _pacing_of(settings: Settings) -> Pacing:
    return pacing.of_process(
        settings.base_url, settings.parallel_requests, settings.deadline_seconds
    )


def _path(paths: Mapping[str, str], kind: str) -> str:
    if kind not in paths:
        raise ValueError(f"the kind of a check-in is one of {', '.join(paths)}")
    return paths[kind]


def _found(listing: Listing) -> Listing:
    if listing.frame.empty:
        raise NotFound("Ownli found nothing by that id.")
    return listing


def fingerprint(settings: Settings) -> str:
    """Tells apart whose data it is, without showing it."""
    whole = f"{settings.base_url}|{settings.partner_id}".encode()
    return hashlib.sha256(whole).hexdigest()[:16]
