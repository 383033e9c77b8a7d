"""How the client asks: a whole list, one page, a count, or what belongs to one user or vehicle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import pandas as pd

from ownli_api import endpoints, frames, models, reading
from ownli_api.capabilities import Capabilities
from ownli_api.errors import NotFound
from ownli_api.frames import Noun, Part
from ownli_api.paging import Page, PagedList
from ownli_api.paging import Progress as Progress
from ownli_api.settings import Settings
from ownli_api.transport import Transport


@dataclass(frozen=True)
class Listing:
    """Rows as a frame, with what Ownli says about them.

    `total_items` is Ownli's own count (None when it gives none), `problems` plain sentences about
    rows or fields that could not be read, `requests` what it took, `as_of` when the reading began.
    """

    frame: pd.DataFrame
    total_items: int | None
    problems: tuple[str, ...]
    requests: int
    as_of: datetime
    set_aside: int = 0


class Questions:
    """Asks through a transport and answers with listings."""

    def __init__(
        self,
        settings: Settings,
        transport: Transport,
        found_out: Capabilities,
        clock: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._transport = transport
        self._found_out = found_out
        self._clock = clock

    def whole(
        self,
        path: str,
        key: str,
        noun: Noun,
        where: Mapping[str, str],
        progress: Progress | None,
        constants: Mapping[str, str] | None = None,
    ) -> Listing:
        """A whole list, oldest first; its rows come under `key`. Raises `ListIncomplete`."""
        as_of = self._now()
        # Oldest first: what arrives while the list is read goes to its end.
        params = {**where, "sortDirection": "asc"}

        def ask(page: int, size: int) -> Page[Part]:
            return self._page(path, key, noun, {**params, "page": str(page), "size": str(size)})

        whole = PagedList(
            ask,
            frames.nothing(noun),
            path=path,
            many=noun.many,
            size=self._settings.page_size,
            parallel=self._settings.parallel_requests,
            capabilities=self._found_out,
            progress=progress,
        ).whole()
        frame, problems = frames.frame(noun, whole.pieces, constants)
        said = (*whole.notes, *problems)
        return Listing(frame, whole.total, said, whole.requests, as_of)

    def one_page(
        self, path: str, key: str, noun: Noun, where: Mapping[str, str], page: int, size: int
    ) -> Listing:
        """One page of a list as Ownli sorts it."""
        as_of = self._now()
        found = self._page(path, key, noun, {**where, "page": str(page), "size": str(size)})
        frame, problems = frames.frame(noun, [found.piece])
        return Listing(frame, found.total, problems, found.requests, as_of)

    def count(self, path: str, key: str, where: Mapping[str, str]) -> int | None:
        """Ownli's count of a list, by a request for one row."""
        reply = self._transport.get(path, params={**where, **endpoints.ONE_ROW})
        return reading.page(reply.body, key, models.Part).total

    def listing(
        self,
        path: str,
        ids: Mapping[str, str],
        noun: Noun,
        constants: Mapping[str, str] | None = None,
    ) -> Listing:
        """A bare array, or one object, of things that belong to the ids of the path."""
        return self._read(path, ids, noun, noun.model, constants)[0]

    def seen(
        self, path: str, ids: Mapping[str, str], constants: Mapping[str, str]
    ) -> tuple[Listing, pd.DataFrame]:
        """Check-ins of one vehicle or user, and their photos."""
        listing, answer = self._read(
            path, ids, frames.CHECK_IN, models.CheckInWithPhotos, constants
        )
        return listing, frames.photos(answer.rows)

    def paid(
        self, path: str, ids: Mapping[str, str], constants: Mapping[str, str]
    ) -> tuple[Listing, pd.DataFrame]:
        """Payouts of one user, and the rewards in them."""
        listing, answer = self._read(path, ids, frames.PAYOUT, models.Payout, constants)
        return listing, _rewards_in(answer)

    def paid_page(self, path: str, key: str, page: int, size: int) -> tuple[Listing, pd.DataFrame]:
        """One page of payouts as Ownli sorts them, and the rewards in them."""
        as_of, noun = self._now(), frames.PAYOUT
        reply = self._transport.get(path, params={"page": str(page), "size": str(size)})
        answer = reading.page(reply.body, key, noun.model)
        frame, problems = frames.frame(noun, [frames.part(noun, answer)])
        listing = Listing(frame, answer.total, problems, reply.requests, as_of)
        return listing, _rewards_in(answer)

    def first(self, path: str, ids: Mapping[str, str], model: type[msgspec.Struct]) -> Any:
        """The first of an array about one subject; raises `NotFound` if it is empty."""
        found = reading.many(self._transport.get(path, ids).body, model).rows
        if not found:
            raise NotFound("Ownli found nothing by that id.")
        return found[0]

    def nothing(self, noun: Noun, *, requests: int = 0) -> Listing:
        """A listing without rows."""
        frame, _ = frames.frame(noun, [])
        return Listing(frame, None, (), requests, self._now())

    def _read(
        self,
        path: str,
        ids: Mapping[str, str],
        noun: Noun,
        model: type[msgspec.Struct],
        constants: Mapping[str, str] | None,
    ) -> tuple[Listing, Any]:
        """The rows of a bare array as a listing, and as they were read."""
        as_of = self._now()
        reply = self._transport.get(path, ids)
        answer = reading.many(reply.body, model)
        frame, problems = frames.frame(noun, [frames.part(noun, answer)], constants)
        return Listing(frame, None, problems, reply.requests, as_of), answer

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    def _page(self, path: str, key: str, noun: Noun, params: Mapping[str, str]) -> Page[Part]:
        reply = self._transport.get(path, params=params)
        answer = reading.page(reply.body, key, noun.model)
        return Page(answer.total, answer.sent, frames.part(noun, answer), reply.requests)


def _rewards_in(payouts: reading.Answer) -> pd.DataFrame:
    frame, _ = frames.frame(frames.PAID_REWARD, [frames.part(frames.PAID_REWARD, payouts)])
    return frame
