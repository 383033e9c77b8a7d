"""Ownli's counts against ours: what is explained, what is not, and the sentence for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self


class Balance:
    """By how many rows Ownli counts more than it lists, for each part of a list.

    A difference that was looked into in vain is excused: it is named, and not searched for again
    until it changes. words: what the rows of each part are called.
    """

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = words
        self._excused: dict[str, int] = {}
        self._left_out: dict[str, int] = {}
        self._sentences: dict[str, str] = {}
        self._uncounted: set[str] = set(words)

    def copy(self) -> Self:
        """One that can be changed without changing this one."""
        other = type(self)(self._words)
        other._excused = dict(self._excused)
        other._left_out = dict(self._left_out)
        other._sentences = dict(self._sentences)
        other._uncounted = set(self._uncounted)
        return other

    @property
    def sentences(self) -> tuple[str, ...]:
        """What does not add up, for a person."""
        return tuple(self._sentences.values())

    def explains(self, part: str, counted: int, ours: int) -> bool:
        """Whether a count differs from ours by just as much as was looked into before."""
        return counted - ours == self._excused.get(part, 0)

    def differs(self, part: str) -> bool:
        """Whether a difference of this part is excused."""
        return self._excused.get(part, 0) != 0

    def leave_out(self, part: str, rows: int) -> None:
        """Note how many of our rows Ownli counts in no period, since they have no date."""
        self._left_out[part] = rows

    def settle(self, part: str, counted: int | None, ours: int) -> None:
        """Take what differs now for what cannot be explained."""
        if counted is not None:
            self._excused[part] = counted - ours
        self.doubt(part, counted, ours)

    def doubt(self, part: str, counted: int | None, ours: int) -> None:
        """Say what differs now, without excusing it."""
        self._sentences.pop(part, None)
        self._uncounted.discard(part)
        if counted is None:
            self._uncounted.add(part)
            self._sentences[part] = (
                f"Ownli gives no total for {self._words[part]}, so the number of rows is unchecked."
            )
        elif counted != (listed := ours - self._left_out.get(part, 0)):
            self._sentences[part] = (
                f"Ownli counts {counted:,} {self._words[part]} where its list has {listed:,} "
                "readable rows."
            )

    def extend(self, part: str, counted: int | None, ours: int) -> None:
        """Add what differs in more rows of a part."""
        if counted is None:
            self._uncounted.add(part)
        else:
            self._excused[part] = self._excused.get(part, 0) + counted - ours

    def counted(self, rows: int) -> int | None:
        """How many rows Ownli counts where we have so many; None where it does not say."""
        if self._uncounted:
            return None
        return rows + sum(self._excused.values()) + sum(self._left_out.values())
