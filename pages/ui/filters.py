"""The filters of the screens: all of them live in the URL, so that a view can be shared."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import pandas as pd
import streamlit as st

from pages.access.escaping import inert
from pages.analysis import metrics, terms, us_states, wording
from pages.analysis.periods import Calendar, Period
from pages.ui import address, sources, states

_SPANS = {
    "this_week": "This week",
    "last_week": "Last week",
    "4w": "4 weeks to date",
    "12w": "12 weeks to date",
    "26w": "26 weeks to date",
    "custom": "Custom",
}
# Ids are opaque; none of Ownli's has a character that means something in an address.
_ID = re.compile(r"(?!\.+$)[\w.:-]{1,128}", re.ASCII)
_EARLIEST = date(2015, 1, 1)
_PAGE_DIGITS = 6


def now() -> datetime:
    """This moment; the one place where the screens read the clock."""
    return datetime.now(UTC)


def this_minute() -> datetime:
    """The minute that has begun: for numbers that need no finer clock and are kept so long."""
    return now().replace(second=0, microsecond=0)


def period(default: str = "12w") -> Period:
    """The period of the page, in days of the report zone."""
    zone = sources.calendar()
    today = zone.local(now()).date()
    chosen = one("Period", "period", list(_SPANS), _SPANS.__getitem__, default=default, width=170)
    return _custom(today) if chosen == "custom" else _preset(chosen, today, zone)


def only_period() -> Period:
    """The filter bar of a page that is narrowed by its period alone."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        days = period()
    _say(days)
    return days


def _say(days: Period) -> None:
    """The exact days of the period, below the filters."""
    st.caption(f"{days.label}, days of {inert(sources.app().time_zone)}")


def _preset(name: str, today: date, zone: Calendar) -> Period:
    """A preset as days: `12w` is twelve complete weeks and the running one up to today."""
    monday = zone.week_at(now()).monday
    if name == "this_week":
        return Period(monday, today)
    if name == "last_week":
        return Period(monday - timedelta(weeks=1), monday - timedelta(days=1))
    weeks = int(name.removesuffix("w"))
    return Period(monday - timedelta(weeks=weeks), today)


def _custom(today: date) -> Period:
    """Two date fields; the wrong way round they are swapped, with a note."""
    first = _day("From", "from", today - timedelta(days=27), today)
    last = _day("To", "to", today, today)
    if first > last:
        address.note("The period ended before it began, so its two days were swapped.")
        first, last = last, first
    return Period(first, last)


def _day(label: str, key: str, default: date, latest: date) -> date:
    """One day, not after `latest`."""

    def accepts(text: str) -> bool:
        return _is_date(text) and _EARLIEST <= date.fromisoformat(text) <= latest

    address.read(key, accepts, lambda texts: date.fromisoformat(texts[0]) if texts else default)
    chosen = st.date_input(
        label,
        min_value=_EARLIEST,
        max_value=latest,
        key=key,
        required=True,
        format="YYYY-MM-DD",
        width=150,
    )
    address.write(key, [] if chosen == default else [chosen.isoformat()])
    return chosen


def several(
    label: str, key: str, options: Sequence[str], spoken: Callable[[str], str]
) -> list[str]:
    """Any number of words of one kind; none chosen means all of them."""
    address.read(key, set(options).__contains__, lambda texts: list(dict.fromkeys(texts)))
    chosen = st.multiselect(
        label, options, format_func=spoken, key=key, placeholder="All", width=185
    )
    address.write(key, chosen)
    return chosen


def one(
    label: str,
    key: str,
    options: Sequence[str],
    spoken: Callable[[str], str],
    *,
    default: str | None = None,
    width: int = 190,
    why: Callable[[str], str | None] = lambda text: None,  # noqa: ARG005
) -> str:
    """One word of a list; the first is the default unless another is named.

    `why`: what to say of another word in a link, if that is known.
    """
    usual = options[0] if default is None else default
    address.read(key, set(options).__contains__, lambda texts: texts[0] if texts else usual, why)
    chosen = st.selectbox(label, options, format_func=spoken, key=key, width=width)
    address.write(key, [] if chosen == usual else [chosen])
    return chosen


def switch(label: str, key: str) -> bool:
    """A yes or no that the address remembers."""
    address.read(key, {"true", "false"}.__contains__, lambda texts: texts == ["true"])
    chosen = st.toggle(label, key=key)
    address.write(key, ["true"] if chosen else [])
    return chosen


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def linked_user() -> str | None:
    """The id in `/user?id=`; None if there is none, or (with a note) if it cannot be one."""
    text = st.query_params.get("id", "")
    if text and not _ID.fullmatch(text):
        states.note("The link's user id was not understood, so no user was asked for.")
        return None
    return text or None


@dataclass(frozen=True)
class CheckInFilters:
    """What the Check-ins page is narrowed to; empty words mean everything."""

    period: Period
    by: Literal["day", "week"]
    kinds: list[str]
    statuses: list[str]
    state: str

    def narrowed(self, check_ins: pd.DataFrame, vehicles: pd.DataFrame) -> pd.DataFrame:
        """The check-ins of every date and status that pass the other filters."""
        if self.state:
            check_ins = metrics.with_states(check_ins, vehicles)
        return metrics.filtered_check_ins(
            check_ins,
            kinds=self.kinds,
            states=[self.state] if self.state else (),
        )


def check_ins() -> CheckInFilters:
    """The filter bar of the Check-ins page."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        days = period()
        by = _by("by")
        kinds = several("Kind", "kind", terms.KINDS, wording.kind)
        statuses = several("Status", "status", terms.CHECK_IN_STATUSES, wording.status)
        state = one("US state", "state", ["", *us_states.NAMES], us_states.name, width=150)
    _say(days)
    return CheckInFilters(days, by, kinds, statuses, state)


def _by(key: str) -> Literal["day", "week"]:
    """Bars by week or by day."""
    options = {"week": "By week", "day": "By day"}
    address.read(key, options.__contains__, lambda texts: texts[0] if texts else "week")
    chosen = st.segmented_control(
        "Bars", list(options), required=True, format_func=options.__getitem__, key=key
    )
    address.write(key, ["day"] if chosen == "day" else [])
    return "day" if chosen == "day" else "week"


@dataclass(frozen=True)
class RewardFilters:
    """What the Rewards page is narrowed to; empty words mean everything."""

    period: Period
    statuses: list[str]
    types: list[str]

    def narrowed(self, rewards: pd.DataFrame, zone: Calendar) -> pd.DataFrame:
        """The rewards of every status that pass the other filters."""
        return metrics.filtered_rewards(
            rewards, period=self.period, calendar=zone, types=self.types
        )


def rewards() -> RewardFilters:
    """The filter bar of the Rewards page."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        days = period()
        statuses = several("Status", "reward_status", terms.REWARD_STATUSES, wording.status)
        types = several("Type", "type", terms.REWARD_TYPES, wording.reward_type)
    _say(days)
    return RewardFilters(days, statuses, types)


@dataclass(frozen=True)
class UserFilters:
    """Which page of the users list is shown; `sort` is Ownli's own word."""

    registered: Period | None
    fraud_only: bool
    sort: str
    direction: Literal["asc", "desc"]
    page: int


_USER_SORTS = {
    "dateRegistered": "Registered",
    "firstName": "First name",
    "lastName": "Last name",
    "email": "E-mail",
    "phone": "Phone",
}


def users() -> UserFilters:
    """The filter bar of the users list; Ownli searches, sorts and pages it."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        ranged = one(
            "Registered",
            "registered",
            ["any", "between"],
            {"any": "Any time", "between": "Between"}.__getitem__,
        )
        registered = _custom(sources.calendar().today(now())) if ranged == "between" else None
        sort = one("Sort by", "sort", list(_USER_SORTS), _USER_SORTS.__getitem__, width=160)
        rising = one(
            "Order",
            "order",
            ["desc", "asc"],
            {"desc": "Descending", "asc": "Ascending"}.__getitem__,
            width=140,
        )
        fraud_only = switch("Fraud flag only", "fraud")
    direction: Literal["asc", "desc"] = "asc" if rising == "asc" else "desc"
    return UserFilters(registered, fraud_only, sort, direction, _page("page"))


def _page(key: str) -> int:
    """The page number of the link, from 0; the first one if it is not a number."""
    address.read(key, _is_page, lambda texts: int(texts[0]) if texts else 1)
    return int(st.session_state[key]) - 1


def _is_page(text: str) -> bool:
    return text.isdecimal() and len(text) <= _PAGE_DIGITS and int(text) > 0
