"""The front door: a noun a list, a method for each request; reads only.

Paths and parameters are those of https://docs.ownli.co/docs/api; inferred ones say so beside them.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NoReturn

import msgspec
import pandas as pd

from ownli_api import frames, models
from ownli_api.errors import FixSettings, NotFound, Refused
from ownli_api.frames import Noun
from ownli_api.http import Http, Stats, fill, host_of
from ownli_api.paging import Page, PagedList
from ownli_api.paging import Progress as Progress
from ownli_api.settings import Settings
from ownli_api.values import us_phone

MILEAGE = "mileage"
CONDITION = "condition"
PROOF_OF_ADDRESS = "proof_of_address"

# Ownli spells the kinds in its paths with hyphens.
_CHECK_INS = {
    MILEAGE: "/api/checkins/mileage",
    CONDITION: "/api/checkins/condition",
    PROOF_OF_ADDRESS: "/api/checkins/proof-of-address",
}
CHECK_IN_KINDS = tuple(_CHECK_INS)
_VEHICLE_CHECK_INS = {
    MILEAGE: "/api/vehicles/{vehicleId}/checkins/mileage",
    CONDITION: "/api/vehicles/{vehicleId}/checkins/condition",
}
_USERS = "/api/users/list"
_VEHICLES = "/api/vehicles"
_REWARDS = "/api/rewards"

# The smallest page that still tells the count.
_ONE_ROW = {"page": "0", "size": "1"}
# Rows of a page that shows what is newest, and of one that every server grants.
LONG_PAGE = 100
DEFAULT_SIZE = 10


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


@dataclass(frozen=True)
class Listing:
    """Rows as a frame, with what Ownli says about them.

    `total_items` is Ownli's own count (None when it gives none), `problems` plain sentences about
    rows or fields that could not be read, `requests` what it took, `as_of` when the reading began,
    `set_aside` how many rows Ownli sent that could not be read and are left out.
    """

    frame: pd.DataFrame
    total_items: int | None
    problems: tuple[str, ...]
    requests: int
    as_of: datetime
    set_aside: int = 0


class OwnliClient:
    """Reads a partner's users, vehicles, check-ins, rewards and payouts; can do nothing else.

    Every method raises the errors of `ownli_api.errors`, and may be called from any thread.
    """

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._clock = clock
        self._http = Http(settings, clock)

    @property
    def partner(self) -> str:
        """A fingerprint of the address and the partner: clients of the same data share it."""
        whole = f"{self._settings.base_url}|{self._settings.partner_id}".encode()
        return hashlib.sha256(whole).hexdigest()[:16]

    def close(self) -> None:
        """Forgets the token and closes the connections; later requests raise `ClientClosed`."""
        self._http.close()

    def stats(self) -> Stats:
        """Requests, retries, seconds, the last error and the page size learned."""
        return self._http.stats()

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
        path = _CHECK_INS[kind]
        where = _where(status=status, checkin=checked_in, updated=updated, sortBy="dateCheckedIn")
        return self._whole(path, frames.CHECK_IN, where, progress, {"kind": kind})

    def count_check_ins(self, kind: str, *, checked_in: Span | None = None) -> int | None:
        """How many check-ins there are, by a one-row request; None if Ownli does not say."""
        where = _where(status="All", checkin=checked_in)
        return self._count(_CHECK_INS[kind], frames.CHECK_IN, where)

    def vehicle_check_ins(self, vehicle_id: str, kind: str) -> tuple[Listing, pd.DataFrame]:
        """Mileage or condition check-ins of a vehicle, and their photos (`frames.PHOTOS`)."""
        path = _VEHICLE_CHECK_INS[kind]
        return self._with_photos(path, {"vehicleId": vehicle_id}, {"kind": kind})

    def user_check_ins(self, user_id: str) -> tuple[Listing, pd.DataFrame]:
        """Proof-of-address check-ins of a user, and their photos (`frames.PHOTOS`)."""
        path = "/api/users/{userId}/checkins/proof-of-address"
        constants = {"kind": PROOF_OF_ADDRESS, "owner_id": user_id}
        return self._with_photos(path, {"userId": user_id}, constants)

    # Rewards and payouts

    def rewards(
        self,
        *,
        rewarded: Span | None = None,
        status: str = "All",
        progress: Progress | None = None,
    ) -> Listing:
        """The whole list of rewards, oldest first: columns `frames.REWARDS`."""
        where = _where(status=status, reward=rewarded, sortBy="dateRewarded")
        return self._whole(_REWARDS, frames.REWARD, where, progress)

    def count_rewards(self, *, status: str = "All") -> int | None:
        """How many rewards there are, by a one-row request; None if Ownli does not say."""
        return self._count(_REWARDS, frames.REWARD, _where(status=status))

    def newest_rewards(self, status: str) -> Listing:
        """One page of the rewards of a status, newest first, with Ownli's count of all of them."""
        where = _where(status=status, sortBy="dateRewarded", sortDirection="desc")
        return self._newest_page(_REWARDS, frames.REWARD, where)

    def user_rewards(self, user_id: str) -> Listing:
        """All rewards of a user: columns `frames.REWARDS`."""
        path, constants = "/api/users/by-id/{id}/rewards", {"owner_id": user_id}
        return self._array(path, {"id": user_id}, frames.REWARD, constants)[0]

    @property
    def lists_payouts(self) -> bool:
        """Whether the path of the list of all payouts is known."""
        return self._settings.payouts_path is not None

    def payouts(self, *, progress: Progress | None = None) -> Listing:
        """The whole list of payouts; `FixSettings` unless `payouts_path` is set."""
        return self._whole(self._payouts_path(), frames.PAYOUT, {}, progress)

    def payouts_page(self, *, size: int = 25) -> tuple[Listing, pd.DataFrame]:
        """The first page of all payouts and the rewards in them: columns `frames.PAID`.

        As Ownli sorts them: every documented list begins with the newest. `FixSettings` unless
        `payouts_path` is set.
        """
        listing, decoded = self._page(self._payouts_path(), frames.PAYOUT, {}, 0, size)
        return listing, _rewards_in(decoded)

    def user_payouts(self, user_id: str) -> Listing:
        """All payouts of a user: columns `frames.PAYOUTS`."""
        return self.user_claims(user_id)[0]

    def user_claims(self, user_id: str) -> tuple[Listing, pd.DataFrame]:
        """All payouts of a user, and the rewards in them: columns `frames.PAID`."""
        path, constants = "/api/users/by-id/{id}/payouts", {"owner_id": user_id}
        listing, decoded = self._array(path, {"id": user_id}, frames.PAYOUT, constants)
        return listing, _rewards_in(decoded)

    # Vehicles

    def vehicles(self, *, progress: Progress | None = None) -> Listing:
        """The whole list of vehicles, oldest first: columns `frames.VEHICLES`."""
        # By when they were added, which is the order in which none is asked for: how this list's
        # parameters are spelled is inferred, and each that is left out is one fewer to be refused.
        return self._whole(_VEHICLES, frames.VEHICLE, {}, progress)

    def vehicles_page(self, *, search_by: str, search_value: str, size: int = 25) -> Listing:
        """The newest vehicles that a search finds: columns `frames.VEHICLES`."""
        where = _where(searchBy=search_by, searchValue=search_value)
        return self._page(_VEHICLES, frames.VEHICLE, where, 0, size)[0]

    def newest_vehicles(self) -> Listing:
        """One page of the vehicles added last, with Ownli's count of all."""
        return self._newest_page(_VEHICLES, frames.VEHICLE, {})

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
        where = _where(
            sortBy=sort_by,
            sortDirection=sort_direction,
            searchBy=search_by,
            searchValue=search_value,
            isFraud=is_fraud,
            registration=registered,
        )
        return self._page(_USERS, frames.USER, where, page, size)[0]

    def users(
        self,
        *,
        is_fraud: bool | None = None,
        registered: Span | None = None,
        progress: Progress | None = None,
    ) -> Listing:
        """The whole list of users that pass the filters, the first registered first."""
        where = _where(sortBy="dateRegistered", isFraud=is_fraud, registration=registered)
        return self._whole(_USERS, frames.USER, where, progress)

    def count_users(self, *, registered: Span | None = None) -> int | None:
        """How many users there are, by a one-row request; None if Ownli does not say."""
        return self._count(_USERS, frames.USER, _where(registration=registered))

    def user(self, id: str) -> Listing:
        """One user by id: one row of `frames.USERS`; raises `NotFound`."""
        fill("{id}", {"id": id})  # what cannot be an id is not searched for
        where = _where(searchBy="id", searchValue=id)
        # A server that matches parts of ids sends a few more.
        listing = self._newest_page(_USERS, frames.USER, where)
        exact = listing.frame[listing.frame["id"] == id].reset_index(drop=True)
        if exact.empty:
            raise NotFound("Ownli found nothing by that id.")
        return replace(listing, frame=exact, total_items=None)

    def user_by_phone(self, phone: str) -> Listing:
        """The users with a US phone number in any format: none, one or several."""
        number, path = us_phone(phone), "/api/users/by-phone/{phoneNumber}"
        if number is not None:
            try:
                return self._array(path, {"phoneNumber": number}, frames.USER)[0]
            except NotFound:
                pass  # nobody has this number
        frame, _ = frames.frame(frames.USER, [])
        return Listing(frame, None, (), 0 if number is None else 1, self._now())

    def user_summary(self, id: str) -> models.UserSummary:
        """A user's vehicles, as the summary of the user names them."""
        reply = self._http.get("/api/users/{userId}/summary", {"userId": id})
        found = models.many(reply.body, models.UserSummary).rows
        if not found:
            raise NotFound("Ownli found nothing by that id.")
        summary: models.UserSummary = found[0]
        return summary

    # How lists are read

    def _whole(
        self,
        path: str,
        noun: Noun,
        where: Mapping[str, str],
        progress: Progress | None,
        constants: Mapping[str, str] | None = None,
    ) -> Listing:
        """A whole list, oldest first. Raises `ListIncomplete`."""
        as_of = self._now()
        # Oldest first: what arrives while the list is read goes to its end.
        params = {**where, "sortDirection": "asc"}

        def fetch(page: int, size: int) -> Page:
            reply = self._http.get(path, params={**params, "page": str(page), "size": str(size)})
            decoded = models.page(reply.body, noun.key, noun.model)
            return Page(decoded.total, decoded.sent, frames.part(noun, decoded), reply.requests)

        whole = PagedList(
            fetch,
            frames.nothing(noun),
            many=noun.many,
            size=self._settings.page_size,
            parallel=self._settings.parallel_requests,
            host=host_of(self._settings),
            progress=progress,
        ).whole()
        frame, problems = frames.frame(noun, whole.pieces, constants)
        said = (*whole.notes, *problems)
        return Listing(frame, whole.total, said, whole.requests, as_of, whole.set_aside)

    def _page(
        self, path: str, noun: Noun, where: Mapping[str, str], page: int, size: int
    ) -> tuple[Listing, models.Decoded]:
        """One page of a list as Ownli sorts it, as a listing and as it was read."""
        as_of = self._now()
        reply = self._http.get(path, params={**where, "page": str(page), "size": str(size)})
        decoded = models.page(reply.body, noun.key, noun.model)
        return _listing(noun, decoded, reply.requests, as_of), decoded

    def _newest_page(self, path: str, noun: Noun, where: Mapping[str, str]) -> Listing:
        """The first page of a list, as large as Ownli grants one."""
        try:
            return self._page(path, noun, where, 0, min(self.stats().page_size, LONG_PAGE))[0]
        except Refused:
            return self._page(path, noun, where, 0, DEFAULT_SIZE)[0]

    def _count(self, path: str, noun: Noun, where: Mapping[str, str]) -> int | None:
        """Ownli's count of a list, by a request for one row."""
        reply = self._http.get(path, params={**where, **_ONE_ROW})
        return models.page(reply.body, noun.key, models.Part).total

    def _array(
        self,
        path: str,
        ids: Mapping[str, str],
        noun: Noun,
        constants: Mapping[str, str] | None = None,
        model: type[msgspec.Struct] | None = None,
    ) -> tuple[Listing, models.Decoded]:
        """A bare array of things that belong to the ids of the path, as `_page` returns a page."""
        as_of = self._now()
        reply = self._http.get(path, ids)
        decoded = models.many(reply.body, model or noun.model)
        return _listing(noun, decoded, reply.requests, as_of, constants), decoded

    def _with_photos(
        self, path: str, ids: Mapping[str, str], constants: Mapping[str, str]
    ) -> tuple[Listing, pd.DataFrame]:
        """Check-ins of one vehicle or user, and their photos."""
        model = models.CheckInWithPhotos
        listing, decoded = self._array(path, ids, frames.CHECK_IN, constants, model)
        return listing, frames.photos(decoded.rows, constants["kind"])

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    def _payouts_path(self) -> str:
        path = self._settings.payouts_path
        if path is None:
            raise FixSettings("Ownli's list of all payouts is not set up: see OWNLI_PAYOUTS_PATH.")
        return path

    def __repr__(self) -> str:
        return "OwnliClient(hidden)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client with a token does not leave the process")


def _listing(
    noun: Noun,
    decoded: models.Decoded,
    requests: int,
    as_of: datetime,
    constants: Mapping[str, str] | None = None,
) -> Listing:
    frame, problems = frames.frame(noun, [frames.part(noun, decoded)], constants)
    set_aside = decoded.sent - len(decoded.rows)
    return Listing(frame, decoded.total, problems, requests, as_of, set_aside)


def _rewards_in(payouts: models.Decoded) -> pd.DataFrame:
    paid = [
        models.Paid(id=reward.id, paid_by=payout.id)
        for payout in payouts.rows
        for reward in payout.rewards or ()
    ]
    decoded = models.Decoded(None, paid, len(paid), models.Problems())
    return frames.frame(frames.PAID_REWARD, [frames.part(frames.PAID_REWARD, decoded)])[0]


def _iso(moment: datetime) -> str:
    """An instant as Ownli's filters want it: UTC, milliseconds, Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _where(**given: str | bool | Span | None) -> dict[str, str]:
    """What is given as query parameters; a span `reward` as rewardStartDate and rewardEndDate."""
    params = {}
    for name, value in given.items():
        if isinstance(value, Span):
            params[f"{name}StartDate"] = _iso(value.start)
            params[f"{name}EndDate"] = _iso(value.end)
        elif value is not None:
            params[name] = str(value).lower() if isinstance(value, bool) else value
    return params
