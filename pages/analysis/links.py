"""Addresses of the screens with their filters set: the one place that knows how they are written.

An address begins at the dashboard's own root. It is None where a screen's filter does not offer
the word that is asked for, so that no link shows other rows than its number counts.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from urllib.parse import urlencode

from pages.analysis.terms import CHECK_IN_STATUSES, KINDS, REWARD_STATUSES, REWARD_TYPES

Pairs = list[tuple[str, str]]


def check_ins(
    first: date, last: date, *, statuses: Sequence[str] = (), kinds: Sequence[str] = ()
) -> str | None:
    """The check-ins submitted from one day to another, of these statuses and kinds (none: all)."""
    filters = (("status", statuses, CHECK_IN_STATUSES), ("kind", kinds, KINDS))
    return _filtered("check_ins", _days(first, last), *filters)


def rewards(
    first: date, last: date, *, statuses: Sequence[str] = (), types: Sequence[str] = ()
) -> str | None:
    """The rewards granted from one day to another, of these statuses and types (none: all)."""
    filters = (("reward_status", statuses, REWARD_STATUSES), ("type", types, REWARD_TYPES))
    return _filtered("rewards", _days(first, last), *filters)


def payouts(first: date, last: date) -> str:
    """The payouts claimed from one day to another."""
    return _address("payouts", _days(first, last))


def users(first: date | None = None, last: date | None = None) -> str:
    """All users, or those who registered from one day to another."""
    if first is None or last is None:
        return _address("users", [])
    return _address("users", [("registered", "between"), *_ends(first, last)])


def weekly_report(week: str) -> str:
    """The report of a week, such as `2026-W47`."""
    return _address("weekly_report", [("week", week)])


def _days(first: date, last: date) -> Pairs:
    return [("period", "custom"), *_ends(first, last)]


def _ends(first: date, last: date) -> Pairs:
    return [("from", first.isoformat()), ("to", last.isoformat())]


def _filtered(
    screen: str, query: Pairs, *filters: tuple[str, Sequence[str], Collection[str]]
) -> str | None:
    """The address with the words of each filter; None if one of them is not offered there."""
    for name, words, offered in filters:
        if not set(words) <= set(offered):
            return None
        query += [(name, word) for word in words]
    return _address(screen, query)


def _address(screen: str, query: Pairs) -> str:
    return f"/{screen}?{urlencode(query)}" if query else f"/{screen}"
