"""Addresses of the screens with their filters set: how a filter is spelled is written here alone.

An address is relative to the dashboard's own root. Statuses, kinds and types are Ownli's words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from urllib.parse import parse_qs, urlencode, urlsplit

Words = str | Sequence[str] | None


def check_ins(first: date, last: date, *, status: Words = None, kind: Words = None) -> str:
    """Check-ins submitted on these days."""
    filters = {**_days(first, last), "kind": _words(kind), "status": _words(status)}
    return _address("check_ins", filters)


def rewards(first: date, last: date, *, status: Words = None, type: Words = None) -> str:
    """Rewards granted on these days."""
    filters = {**_days(first, last), "reward_status": _words(status), "type": _words(type)}
    return _address("rewards", filters)


def payouts(first: date, last: date) -> str:
    """Payouts claimed on these days."""
    return _address("payouts", _days(first, last))


def users(registered_first: date, registered_last: date) -> str:
    """Users who registered on these days."""
    ends = _ends(registered_first, registered_last)
    return _address("users", {"registered": ["between"], **ends})


def all_users() -> str:
    """The users list as it is without filters."""
    return _address("users", {})


def parts(address: str) -> tuple[str, dict[str, list[str]]]:
    """The screen an address leads to (the name of its file), and its filters."""
    split = urlsplit(address)
    return split.path.strip("/") or "overview", parse_qs(split.query)


def _days(first: date, last: date) -> dict[str, list[str]]:
    return {"period": ["custom"], **_ends(first, last)}


def _ends(first: date, last: date) -> dict[str, list[str]]:
    return {"from": [first.isoformat()], "to": [last.isoformat()]}


def _words(asked: Words) -> list[str]:
    return [] if asked is None else [asked] if isinstance(asked, str) else list(asked)


def _address(screen: str, filters: Mapping[str, Sequence[str]]) -> str:
    query = urlencode(filters, doseq=True)
    return f"/{screen}?{query}" if query else f"/{screen}"
