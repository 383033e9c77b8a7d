"""The filters of the screens: Streamlit keeps them in the address, so that a view can be shared.

An address holds the words that people read, dates, and nothing of a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, NoReturn

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.access.escaping import inert
from pages.analysis import links, terms, us_states, wording
from pages.analysis.periods import Period
from pages.ui import sources, states

_PERIODS = {
    "this_week": "This week",
    "last_week": "Last week",
    "4w": "4 weeks to date",
    "12w": "12 weeks to date",
    "26w": "26 weeks to date",
    links.CUSTOM: "Custom",
}
_EARLIEST = date(2015, 1, 1)
# Ids are opaque; none of Ownli's has a character that means something in an address.
_ID = re.compile(r"(?!\.+$)[\w.:-]{1,128}", re.ASCII)
_PAGE_DIGITS = 6
# Pixels: two filters stand side by side at the width of a phone, 390.
_HALF = 174
_USER_SCREEN, _USER_KEY = "user", "id"

_SCREEN = "filters.screen"
_ARRIVED = "filters.arrived"
_NEXT = "filters.next"
"""The filters that this screen is to have next, as an address words them."""
_TEXTS = "filters.texts"
"""By filter: what the address of a new visit says; None while nobody followed a link."""
_NOTES = "filters.notes"
_WORDS = "filters.words"
"""By screen and filter: the words of the address, as far as they are not the default."""
_SAID = "filters.said"
"""By filter: why the text in the address was left out, until it is set or the page is left."""


def now() -> datetime:
    """This moment; the one place where the screens read the clock."""
    return datetime.now(UTC)


def this_minute() -> datetime:
    """The minute that has begun: for numbers that need no finer clock and are cached so long."""
    return now().replace(second=0, microsecond=0)


def arrive(title: str) -> None:
    """Note, at the head of each screen, whether one has just come to it.

    When a row opened a user, Streamlit first wrote the user's id into the address of the list;
    whoever goes back lands on that address, and gets the list as it was left.
    """
    screen = title.lower().replace(" ", "_").replace("-", "_")
    before = st.session_state.get(_SCREEN)
    came = before != screen
    if came and before == _USER_SCREEN and _USER_KEY in st.query_params:
        try:
            st.query_params.from_dict(st.session_state.get(_WORDS, {}).get(screen, {}))
        except StreamlitAPIException:  # the filters are still drawn, and with them their words
            del st.query_params[_USER_KEY]
        st.rerun()
    st.session_state[_SCREEN], st.session_state[_ARRIVED] = screen, came
    st.session_state[_TEXTS] = None
    if came:
        st.session_state.pop(_NEXT, None)
        st.session_state[_SAID] = {}
        st.session_state[_TEXTS] = {key: st.query_params.get_all(key) for key in st.query_params}
    elif _NEXT in st.session_state:
        st.session_state[_TEXTS] = st.session_state[_NEXT].texts
    with of_every_screen():
        st.session_state[_NOTES] = st.container()


@dataclass
class _Next:
    """Filters to set in the next two runs.

    Streamlit writes what a program sets into the address from the second time a widget is drawn.
    """

    texts: dict[str, list[str]]
    runs: int = 2


def set_next(filters: dict[str, list[str]]) -> NoReturn:
    """Run the screen again with these filters, as an address words them, and no others."""
    st.session_state[_NEXT] = _Next(filters)
    st.rerun()


def _drawn() -> None:
    """Call it when all filters of a screen are drawn."""
    coming = st.session_state.get(_NEXT)
    if coming is None:
        return
    coming.runs -= 1
    if coming.runs:
        st.rerun()
    del st.session_state[_NEXT]


def _linked() -> dict[str, list[str]]:
    """What is known of the address by filter: of a link that was followed, or as it is."""
    texts: dict[str, list[str]] | None = st.session_state[_TEXTS]
    return {key: [] for key in st.query_params} if texts is None else texts


def just_arrived() -> bool:
    """Whether this run is the first one of a visit to its screen."""
    return bool(st.session_state.get(_ARRIVED, True))


def note(sentence: str) -> None:
    """Say something about a filter: above them all, as beside one it would squeeze the others."""
    with st.session_state[_NOTES]:
        states.note(sentence)


def screen() -> str:
    """The screen that is shown, by the name of its file."""
    return str(st.session_state[_SCREEN])


def chosen() -> dict[str, list[str]]:
    """The filters of this screen that are not at their default, as the address words them."""
    words: dict[str, list[str]] = st.session_state.get(_WORDS, {}).get(screen(), {})
    return words


def chosen_words() -> list[str]:
    """The same as lines of text: `kind=Mileage`."""
    words = chosen()
    return [f"{key}={text}" for key, texts in words.items() for text in texts]


def linked_user() -> str | None:
    """The id in `/user?id=`; None if there is none, or (with a note) if it cannot be one."""
    text = st.query_params.get(_USER_KEY, "")
    if text and not _ID.fullmatch(text):
        states.note("The link's user id was not understood, so no user was asked for.")
        return None
    return text or None


def of_every_screen() -> AbstractContextManager[None]:
    """Widgets drawn within it belong to the main script, as those of the menu do.

    Streamlit strips from the address what is bound to one screen before it goes to another, as
    one more step of the browser's history. What the main script binds stays in the address, so
    that "back" leads to the filters one came from, and the period goes along from screen to screen.
    The head of a screen is drawn within it as well: what stands below must not move in between, or
    the browser takes a filter that is drawn anew for one that is gone.
    """
    context = get_script_run_ctx()
    if context is None:
        raise RuntimeError("Filters are drawn by a running script.")
    return context.run_with_active_hash(context.pages_manager.main_script_hash)


def bar() -> AbstractContextManager[Any]:
    """A row of filters; it stays with them while Streamlit clears one screen for another."""
    with of_every_screen():
        return st.container(horizontal=True, vertical_alignment="bottom", gap="small")


def _read(
    key: str,
    accepts: Callable[[str], bool],
    value_of: Callable[[list[str]], Any],
    default: Any,
    why: Callable[[str], str | None] = lambda text: None,  # noqa: ARG005
) -> None:
    """Before a widget is drawn: what a link that was followed says is the widget's value.

    A text that the widget does not accept is left out with a note: what `why` says, or that it
    was not understood. A filter that a link does not name has its default.
    """
    said = st.session_state[_TEXTS]
    if said is not None:
        texts = said.get(key, [])
        good = [text for text in texts if accepts(text)]
        bad = next((text for text in texts if not accepts(text)), None)
        if bad is not None:
            st.session_state[_SAID][key] = why(bad) or (
                f"The link's value for “{key}” was not understood, so it was ignored."
            )
        # A period alone is carried from screen to screen; more than that is somebody's link.
        if texts or set(said) - {links.PERIOD}:
            st.session_state[key] = value_of(good) if good else default
    if key in st.session_state[_SAID]:
        note(st.session_state[_SAID][key])


def _heard(key: str) -> None:
    """Somebody has chosen, so what a link said of it is no longer of interest."""
    st.session_state[_SAID].pop(key, None)


def _keep(key: str, texts: Sequence[str]) -> None:
    """Remember the words of a filter; none for the default."""
    words = st.session_state.setdefault(_WORDS, {}).setdefault(st.session_state[_SCREEN], {})
    words.pop(key, None)
    if texts:
        words[key] = list(texts)


def one(
    label: str,
    key: str,
    options: Sequence[str],
    spoken: Callable[[str], str] = str,
    *,
    default: str | None = None,
    width: int = _HALF,
    why: Callable[[str], str | None] = lambda text: None,  # noqa: ARG005
) -> str:
    """One of a list, the first unless a default is named; the address says it as `spoken` does.

    `why`: what to say of another word in a link, if that is known.
    """
    usual = options[0] if default is None else default
    by_words = {spoken(option): option for option in options}
    _read(key, by_words.__contains__, lambda texts: by_words[texts[-1]], usual, why)
    with of_every_screen():
        chosen = st.selectbox(
            label,
            options,
            index=list(options).index(usual),
            format_func=spoken,
            key=key,
            width=width,
            bind="query-params",
            on_change=_heard,
            args=(key,),
        )
    _keep(key, [] if chosen == usual else [spoken(chosen)])
    return chosen


def several(
    label: str, key: str, options: Sequence[str], spoken: Callable[[str], str] = str
) -> list[str]:
    """Any number of words of one kind; none chosen means all of them."""
    by_words = {spoken(option): option for option in options}
    _read(
        key,
        by_words.__contains__,
        lambda texts: [by_words[text] for text in dict.fromkeys(texts)],
        [],
    )
    with of_every_screen():
        chosen = st.multiselect(
            label,
            options,
            format_func=spoken,
            key=key,
            placeholder="All",
            width=_HALF,
            bind="query-params",
            on_change=_heard,
            args=(key,),
        )
    _keep(key, [spoken(option) for option in chosen])
    return chosen


def switch(label: str, key: str) -> bool:
    """A yes or no."""
    _read(key, {"true", "false"}.__contains__, lambda texts: texts[-1] == "true", False)
    with of_every_screen():
        chosen = st.toggle(label, key=key, bind="query-params", on_change=_heard, args=(key,))
    _keep(key, ["true"] if chosen else [])
    return chosen


def _by(key: str) -> Literal["day", "week"]:
    """Bars by week or by day."""
    options = {"week": "By week", "day": "By day"}
    by_words = {words: option for option, words in options.items()}
    _read(key, by_words.__contains__, lambda texts: by_words[texts[-1]], "week")
    with of_every_screen():
        chosen = st.segmented_control(
            "Bars",
            list(options),
            default="week",
            required=True,
            format_func=options.__getitem__,
            key=key,
            bind="query-params",
            on_change=_heard,
            args=(key,),
        )
    _keep(key, [options["day"]] if chosen == "day" else [])
    return "day" if chosen == "day" else "week"


def _day(label: str, key: str, default: date, latest: date) -> date:
    """One day, not after `latest`."""

    def accepts(text: str) -> bool:
        return _is_date(text) and _EARLIEST <= date.fromisoformat(text) <= latest

    _read(key, accepts, lambda texts: date.fromisoformat(texts[-1]), default)
    with of_every_screen():
        chosen = st.date_input(
            label,
            default,
            min_value=_EARLIEST,
            max_value=latest,
            key=key,
            required=True,
            format="YYYY-MM-DD",
            width=_HALF,
            bind="query-params",
            on_change=_heard,
            args=(key,),
        )
    _keep(key, [] if chosen == default else [chosen.isoformat()])
    return chosen


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def of_link(key: str, options: Sequence[str], default: str) -> None:
    """For other bound widgets, before they are drawn: a link that names none has the default."""
    _read(key, options.__contains__, lambda texts: texts[-1], default)


def page_number(key: str) -> int:
    """The page of a list, from 1, that a bound `st.pagination` of that key shows further down."""

    def accepts(text: str) -> bool:
        return text.isdecimal() and len(text) <= _PAGE_DIGITS and int(text) > 0

    _read(key, accepts, lambda texts: int(texts[-1]), 1)
    return int(st.session_state.get(key, 1))


def period(default: str = "12w") -> Period:
    """The period of the page, in days of the report zone; days in a link are a custom one."""
    zone = sources.calendar()
    today = zone.today(now())
    usual = links.CUSTOM if {links.FROM, links.TO} & set(_linked()) else default
    chosen = one(
        "Period", links.PERIOD, list(_PERIODS), _PERIODS.__getitem__, default=usual, width=_HALF
    )
    if chosen == links.CUSTOM:
        return _custom(links.FROM, links.TO, today)
    monday = zone.week_at(now()).monday
    if chosen == "this_week":
        return Period(monday, today)
    if chosen == "last_week":
        return Period(monday - timedelta(weeks=1), monday - timedelta(days=1))
    # Complete weeks, and the running one up to today.
    return Period(monday - timedelta(weeks=int(chosen.removesuffix("w"))), today)


def _custom(first_key: str, last_key: str, today: date) -> Period:
    """Two date fields; the wrong way round they are swapped, with a note."""
    first = _day("From", first_key, today - timedelta(days=27), today)
    last = _day("To", last_key, today, today)
    if first > last:
        note("The period ended before it began, so its two days were swapped.")
        first, last = last, first
    return Period(first, last)


def _say(days: Period) -> None:
    """The exact days of the period, below the filters, which are all drawn now."""
    _drawn()
    st.caption(f"{days.label}, days of {inert(sources.app().time_zone)}")


def only_period() -> Period:
    """The filter bar of a page that is narrowed by its period alone."""
    with bar():
        days = period()
    _say(days)
    return days


@dataclass(frozen=True)
class CheckInFilters:
    """What the Check-ins page is narrowed to; empty words mean everything."""

    period: Period
    by: Literal["day", "week"]
    kinds: tuple[str, ...]
    statuses: tuple[str, ...]
    state: str


def check_ins() -> CheckInFilters:
    """The filter bar of the Check-ins page."""
    with bar():
        days = period()
        by = _by("by")
        kinds = several("Kind", links.KIND, terms.KINDS, wording.kind)
        statuses = several("Status", links.STATUS, terms.CHECK_IN_STATUSES, wording.status)
        options = ["", *us_states.NAMES]
        state = one("US state", links.STATE, options, us_states.name, width=_HALF)
    _say(days)
    return CheckInFilters(days, by, tuple(kinds), tuple(statuses), state)


@dataclass(frozen=True)
class RewardFilters:
    """What the Rewards page is narrowed to; empty words mean everything."""

    period: Period
    statuses: tuple[str, ...]
    types: tuple[str, ...]


def rewards() -> RewardFilters:
    """The filter bar of the Rewards page."""
    with bar():
        days = period()
        statuses = several("Status", links.REWARD_STATUS, terms.REWARD_STATUSES, wording.status)
        types = several("Type", links.TYPE, terms.REWARD_TYPES, wording.reward_type)
    _say(days)
    return RewardFilters(days, tuple(statuses), tuple(types))


@dataclass(frozen=True)
class UserFilters:
    """Which page of the users list is shown; `sort` is Ownli's own word, pages count from 0."""

    registered: Period | None
    fraud_only: bool
    sort: str
    direction: Literal["asc", "desc"]
    page: int


_RANGES = {"any": "Any time", "between": "Between"}
_ORDERS = {"desc": "Descending", "asc": "Ascending"}
_USER_SORTS = {
    "dateRegistered": "Registered",
    "firstName": "First name",
    "lastName": "Last name",
    "email": "E-mail",
    "phone": "Phone",
}
USERS_PAGE = "users_page"


def users() -> UserFilters:
    """The filter bar of the users list; Ownli searches, sorts and pages it."""
    days = (links.REGISTERED_FROM, links.REGISTERED_TO)
    usual = "between" if set(days) & set(_linked()) else "any"
    with bar():
        ranged = one(
            "Registered", links.REGISTERED, list(_RANGES), _RANGES.__getitem__, default=usual
        )
        today = sources.calendar().today(now())
        registered = _custom(*days, today) if ranged == "between" else None
        sort = one("Sort by", "sort", list(_USER_SORTS), _USER_SORTS.__getitem__)
        order = one("Order", "order", list(_ORDERS), _ORDERS.__getitem__)
        fraud_only = switch("Fraud flag only", "fraud")
    _drawn()
    direction: Literal["asc", "desc"] = "asc" if order == "asc" else "desc"
    return UserFilters(registered, fraud_only, sort, direction, page_number(USERS_PAGE) - 1)


def first_users_page() -> None:
    """Go back to the first page of the users list; meant as a button's `on_click`."""
    st.session_state[USERS_PAGE] = 1
