"""Addresses of the screens with their filters set: how a filter is spelled is written here alone.

An address is relative (`/check_ins?from=2026-11-16&to=2026-11-22&status=Declined`) and holds the
words that people read, as Streamlit binds them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from urllib.parse import parse_qs, urlencode, urlsplit

from pages.analysis import us_states, wording

PERIOD, CUSTOM = "period", "custom"
FROM, TO = "from", "to"
KIND, STATUS, STATE = "kind", "status", "state"
REWARD_STATUS, TYPE = "reward_status", "type"
REGISTERED, REGISTERED_FROM, REGISTERED_TO = "registered", "registered_from", "registered_to"


def check_ins(
    first: date,
    last: date,
    *,
    status: str | Sequence[str] | None = None,
    kind: str | Sequence[str] | None = None,
    state: str | None = None,
) -> str:
    """Check-ins submitted on these days; status, kind and state are Ownli's own words."""
    return _address(
        "check_ins",
        {
            **_days(first, last),
            KIND: _words(kind, wording.kind),
            STATUS: _words(status, wording.status),
            STATE: _words(state, us_states.name),
        },
    )


def rewards(
    first: date,
    last: date,
    *,
    status: str | Sequence[str] | None = None,
    type: str | Sequence[str] | None = None,
) -> str:
    """Rewards granted on these days; status and type are Ownli's own words."""
    return _address(
        "rewards",
        {
            **_days(first, last),
            REWARD_STATUS: _words(status, wording.status),
            TYPE: _words(type, wording.reward_type),
        },
    )


def payouts(first: date, last: date) -> str:
    """Payouts claimed on these days."""
    return _address("payouts", _days(first, last))


def users(registered_first: date, registered_last: date) -> str:
    """Users who registered on these days."""
    return _address(
        "users",
        {
            REGISTERED_FROM: [registered_first.isoformat()],
            REGISTERED_TO: [registered_last.isoformat()],
        },
    )


def user(user_id: str) -> str:
    """One user."""
    return _address("user", {"id": [user_id]})


def all_users() -> str:
    """The users list as it is without filters."""
    return _address("users", {})


def parts(address: str) -> tuple[str, dict[str, list[str]]]:
    """The screen an address leads to (the name of its file), and its filters."""
    split = urlsplit(address)
    return split.path.strip("/") or "overview", parse_qs(split.query)


def _days(first: date, last: date) -> dict[str, list[str]]:
    return {FROM: [first.isoformat()], TO: [last.isoformat()]}


def _words(asked: str | Sequence[str] | None, spoken: Callable[[str], str]) -> list[str]:
    """Ownli's words as people read them; none for no filter."""
    if asked is None:
        return []
    return [spoken(word) for word in ([asked] if isinstance(asked, str) else asked)]


def _address(screen: str, filters: Mapping[str, Sequence[str]]) -> str:
    query = urlencode(filters, doseq=True)
    return f"/{screen}?{query}" if query else f"/{screen}"
