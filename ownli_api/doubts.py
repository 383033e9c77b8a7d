"""Whether the pages of a list add up to the list, and which of them to doubt. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, Self, TypeVar


class Piece(Protocol):
    """The readable rows of one page."""

    @property
    def ids(self) -> list[str]:
        """Their ids, in order."""

    def take(self, positions: list[int]) -> Self:
        """The rows at these positions."""


P = TypeVar("P", bound=Piece)


@dataclass(frozen=True)
class Page(Generic[P]):
    """One page as read: Ownli's count (None if it gave none), rows sent, the readable ones."""

    total: int | None
    sent: int
    piece: P
    requests: int = 1


Pages = Mapping[int, Page[P]]


def ids(pages: Pages[P]) -> set[str]:
    """All ids of the pages."""
    return {row_id for page in pages.values() for row_id in page.piece.ids}


def readable(pages: Pages[P]) -> int:
    """How many rows could be read, repeats included."""
    return sum(len(page.piece.ids) for page in pages.values())


def sent(pages: Pages[P]) -> int:
    """How many rows were sent, unreadable ones and repeats included."""
    return sum(page.sent for page in pages.values())


def with_repeats(pages: Pages[P]) -> set[int]:
    """The pages that hold an id which comes twice."""
    if len(ids(pages)) == readable(pages):
        return set()
    first_seen: dict[str, int] = {}
    found: set[int] = set()
    for number, page in pages.items():
        for row_id in page.piece.ids:
            if row_id in first_seen:
                found |= {number, first_seen[row_id]}
            first_seen[row_id] = number
    return found


def without_rows_of_their_own(pages: Pages[P]) -> set[int]:
    """The pages whose ids are all on other pages, too."""
    count: dict[str, int] = {}
    for page in pages.values():
        for row_id in set(page.piece.ids):
            count[row_id] = count.get(row_id, 0) + 1
    return {
        number
        for number, page in pages.items()
        if page.piece.ids and all(count[row_id] > 1 for row_id in page.piece.ids)
    }


def doubtful(pages: Pages[P], last: int, size: int, total: int, stale: set[int]) -> set[int]:
    """The pages to read again: none if the list adds up, all if nothing tells which.

    `total` is the latest count, `stale` the pages read before rows were seen to move.
    """
    odd = {number for number in pages if number < last and pages[number].sent != size}
    odd |= with_repeats(pages) | stale
    unreadable = sent(pages) - readable(pages)
    adds_up = len(ids(pages)) + unreadable == total
    if not adds_up:
        # A page that came with another count was read before the list changed.
        odd |= {number for number, page in pages.items() if page.total not in (None, total)}
    return odd if odd or adds_up else set(pages)


def lacks_nothing(pages: Pages[P], last: int, size: int, total: int, many: str) -> str | None:
    """Why a list that stays at odds with its count may be taken all the same; None if not.

    More rows than counted, or ids that come twice and were counted twice, are odd; fewer rows, a
    gap or a page that repeats another one are a list cut short.
    """
    gap = any(pages[number].sent != size for number in range(last))
    if gap or without_rows_of_their_own(pages):
        return None
    found = len(ids(pages)) + sent(pages) - readable(pages)
    if found > total:
        return f"Ownli counts {total:,} {many} but sent {found:,}; all are shown."
    if sent(pages) == total:
        return f"Ownli sent {total - found:,} {many} twice; each is shown once."
    return None


def in_order(pages: Pages[P], read_at: Mapping[int, int]) -> list[P]:
    """The pieces in page order; of an id that came twice, only the row that was read last."""
    if not with_repeats(pages):
        return [pages[number].piece for number in sorted(pages)]
    newest: dict[str, tuple[int, int, int]] = {}
    for number, page in pages.items():
        for at, row_id in enumerate(page.piece.ids):
            where = (read_at[number], number, at)
            newest[row_id] = max(newest.get(row_id, where), where)
    keep: dict[int, list[int]] = {number: [] for number in pages}
    for _, number, at in newest.values():
        keep[number].append(at)
    return [pages[number].piece.take(sorted(keep[number])) for number in sorted(keep)]
