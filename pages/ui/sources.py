"""What the screens read: this session's client, the process's shared lists, progress on the way."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd
import streamlit as st

from ownli_api import OwnliClient, OwnliError, Span, frames
from ownli_api.cache import Handle, Lists, Snapshot, for_partner
from pages import settings
from pages.access import sign_in
from pages.access.audit_trail import NotRecorded
from pages.analysis import checks, wording
from pages.analysis.checks import Check, Fetched
from pages.analysis.periods import Calendar, Week
from pages.ui import demo, states
from pages.ui.memo import once

if TYPE_CHECKING:
    from pages.ui.filters import UserFilters

T = TypeVar("T")
USERS_PER_PAGE = 25
# So long the users read for a file serve the buttons that make it.
_WHOLE_SECONDS = 600.0

_CLIENT = "ownli_client"
_POLL_SECONDS = 0.1
# Two refreshes of everything lie at least so far apart, whoever presses the button.
REFRESH_PAUSE_SECONDS = 5.0
# How long a list that may come in part is waited for before the page is drawn without the rest:
# on a page that had to wait anyway, and on one whose other lists were there already.
_PATIENCE_SECONDS = 1.0
_PATIENCE_WHEN_HELD_SECONDS = 0.05
_LISTS = ("check_ins", "rewards", "payouts", "vehicles", "new_users")
_SMALL = 1_000
_FRAMES_OF_A_NAME = 4
_NOUNS = {
    "check_ins": frames.CHECK_IN,
    "rewards": frames.REWARD,
    "payouts": frames.PAYOUT,
    "vehicles": frames.VEHICLE,
    "users": frames.USER,
}


@dataclass(frozen=True)
class Older:
    """A list whose last refresh failed: why, and from when the rows shown are."""

    sentence: str
    as_of: str


@dataclass
class Loaded:
    """What a screen asked for: the lists that came, the reasons for those that did not."""

    held: dict[str, Snapshot] = field(default_factory=dict)
    errors: dict[str, OwnliError] = field(default_factory=dict)
    calendar: Calendar = field(default_factory=lambda: calendar())
    said: set[str] = field(default_factory=set)
    """The missing lists whose reason is on the screen."""

    def frame(self, name: str) -> pd.DataFrame:
        """The rows of a list; an empty frame with its columns if it is unavailable."""
        if name in self.held:
            return self.held[name].frame
        return empty(name)

    def maybe(self, name: str) -> pd.DataFrame | None:
        """The rows of a list; None if it is unavailable."""
        return self.held[name].frame if name in self.held else None

    def value(self, name: str) -> Any:
        """The answer to a question asked with `briefly`; None if it is unavailable."""
        return self.held[name].value if name in self.held else None

    def has(self, *names: str) -> bool:
        """Whether all these lists came; says of each that did not why, where it is first missed."""
        missing = [name for name in names if name not in self.held]
        states.unavailable(self, [name for name in missing if name not in self.said])
        self.said.update(missing)
        return not missing

    @property
    def as_of(self) -> datetime | None:
        """When the oldest of the lists was read."""
        stamps = [held.as_of for held in self.held.values() if held.as_of is not None]
        return min(stamps, default=None)

    @property
    def refreshing(self) -> bool:
        """Whether a newer version of something shown is on its way."""
        return any(held.refreshing for held in self.held.values())

    @property
    def older(self) -> dict[str, Older]:
        """The lists that are shown although their last refresh failed."""
        return {
            name: Older(held.error.sentence, wording.moment(held.as_of, self.calendar))
            for name, held in self.held.items()
            if held.error is not None
        }

    def lacking(self, *names: str) -> str:
        """That rows of one of these lists are known to be missing: `not all check-ins are read`.

        Payouts that are only undated are no missing rows; what lacks them says so itself.
        """
        short = [
            states.noun(name).lower()
            for name in names
            if name in self.held and not self.held[name].complete and not self.held[name].undated
        ]
        return f"not all {wording.listing(short)} are read" if short else ""

    @property
    def problems(self) -> list[str]:
        """Sentences about rows or counts that do not add up, each once."""
        every = [problem for held in self.held.values() for problem in held.problems]
        for held in self.held.values():
            answer = held.value[0] if isinstance(held.value, tuple) else held.value
            every += getattr(answer, "problems", ())
        return list(dict.fromkeys(every))


def empty(name: str) -> pd.DataFrame:
    """No rows of a list, with its columns."""
    return frames.frame(_NOUNS[name], [])[0]


def app() -> settings.AppSettings:
    """The settings of this moment."""
    return settings.load()


def calendar() -> Calendar:
    """Weeks and days of the report zone."""
    return Calendar(app().time_zone)


def client() -> OwnliClient:
    """This session's client, made at its first question; it alone holds the admin token."""
    found = st.session_state.get(_CLIENT)
    if isinstance(found, OwnliClient):
        return found
    made = OwnliClient(app().ownli or demo.ownli_settings())
    st.session_state[_CLIENT] = made
    sign_in.on_sign_out(forget_client)
    return made


def forget_client() -> None:
    """Close this session's client: its token is forgotten, its connections are closed."""
    found = st.session_state.pop(_CLIENT, None)
    if isinstance(found, OwnliClient):
        found.close()


# The frame of each list that all sessions are given, with its version.
_views: dict[str, tuple[int, pd.DataFrame]] = {}


def _shared(name: str, held: Snapshot) -> Snapshot:
    """The same snapshot with the one frame that all sessions get for its version.

    The lists hand every reader a view of its own; what is computed from a version is remembered
    by the frame it was computed from.
    """
    version, frame = _views.get(name, (0, held.frame))
    if version == held.version:
        return replace(held, frame=frame)
    _views[name] = (held.version, held.frame)
    return held


def lists() -> Lists:
    """The partner's lists, one set a process."""
    configured = app()
    ownli = configured.ownli or demo.ownli_settings()
    # A demo's partner is gone with the process: there is nothing to keep of it.
    folder = configured.cache_folder if configured.ownli else None
    return for_partner(
        ownli.base_url,
        ownli.partner_id,
        history_weeks=configured.history_weeks,
        folder=folder,
    )


def ask(*names: str, since: datetime | None = None) -> dict[str, Handle]:
    """Ask for lists by name (`check_ins`, `rewards`, `payouts`, `vehicles`) without waiting."""
    held, reader = lists(), client()
    asked: dict[str, Handle] = {}
    for name in names:
        if name == "check_ins":
            asked[name] = held.check_ins(reader, since)
        else:
            asked[name] = getattr(held, name)(reader)
    return asked


def ask_users(weeks: Sequence[Week]) -> dict[str, Handle]:
    """Ask how many users there are and how many registered in each week."""
    zone, held, reader = calendar(), lists(), client()
    spans = [Span(zone.starts(week), zone.ends(week) - timedelta(milliseconds=1)) for week in weeks]
    return {
        "new_users": held.new_users(reader, spans),
        "users_total": held.briefly(reader, ("users_total",), lambda c: c.count_users()),
    }


def ask_users_page(chosen: UserFilters) -> Handle:
    """Ask for one page of the users list as it is filtered and sorted."""
    registered = _registered(chosen)
    return briefly(
        ("users_page", chosen),
        lambda c: c.users_page(
            page=chosen.page,
            size=USERS_PER_PAGE,
            sort_by=chosen.sort,
            sort_direction=chosen.direction,
            is_fraud=True if chosen.fraud_only else None,
            registered=registered,
        ),
    )


def ask_users_whole(chosen: UserFilters) -> Handle:
    """Ask for the whole users list as it is filtered, for a file; page by page, with progress."""
    registered, fraud = _registered(chosen), True if chosen.fraud_only else None
    return lists().at_length(
        client(),
        ("users_whole", chosen.registered, chosen.fraud_only),
        lambda c, tell: c.users(is_fraud=fraud, registered=registered, progress=tell),
        _WHOLE_SECONDS,
    )


def _registered(chosen: UserFilters) -> Span | None:
    """The days of a registration filter as Ownli's own filter takes them."""
    if chosen.registered is None:
        return None
    start, end = chosen.registered.within(calendar())
    return Span(start, end - timedelta(milliseconds=1))


def wait(
    tickets: dict[str, Handle],
    partly: Collection[str] = (),
    meanwhile: Callable[[], None] = lambda: None,
) -> Loaded:
    """Wait for what was asked, showing one progress bar; failures are kept, not raised.

    Of the lists named in `partly` the rows that are there once all others have come are enough.
    `meanwhile` draws what stands on the page until everything is there, if that takes a while.
    """
    # There in every run: what follows keeps its place whether anything is waited for or not.
    place = st.empty()
    needed = [name for name in tickets if name not in partly]
    waited = _show_progress(place, tickets, needed, meanwhile=meanwhile)
    patience = _PATIENCE_SECONDS if waited else _PATIENCE_WHEN_HELD_SECONDS
    _show_progress(place, tickets, [name for name in partly if name in tickets], patience)
    loaded = Loaded()
    for name, ticket in tickets.items():
        held = ticket.now() if name in partly and not ticket.done() else None
        try:
            found = held or ticket.result()
            loaded.held[name] = _shared(name, found) if name in _LISTS else found
        except OwnliError as error:
            loaded.errors[name] = error
    return loaded


def load(*names: str, since: datetime | None = None) -> Loaded:
    """Ask for lists by name and wait for them, showing progress."""
    return wait(ask(*names, since=since))


def briefly(key: tuple[object, ...], call: Callable[[OwnliClient], T], seconds: int = 60) -> Handle:
    """Ask Ownli one question whose answer is kept for a minute and shared by equal questions."""
    return lists().briefly(client(), key, call, seconds)


def books(loaded: Loaded) -> list[Check]:
    """The checks of the books over what is loaded; none while a list they need is missing."""
    if not {"check_ins", "rewards"} <= set(loaded.held):
        return []
    fetched = [
        Fetched(states.noun(name), len(held.frame), held.counted, name)
        for name in ("check_ins", "rewards")
        if (held := loaded.held[name]).complete
    ]
    return once(
        checks.books,
        loaded.frame("check_ins"),
        loaded.frame("rewards"),
        loaded.maybe("payouts"),
        fetched,
    )


def refreshing() -> bool:
    """Whether a newer version of any list is on its way; lookups of colleagues are none."""
    return lists().refreshing()


def refresh() -> None:
    """Ask Ownli now what has changed in everything held; recorded, for whoever is signed in."""
    if sign_in.signed_in() is None:  # a button's callback runs before any guard
        return
    try:
        sign_in.note("refresh")
    except NotRecorded as problem:
        st.toast(str(problem), icon=":material/error:")
        return
    if not lists().refresh(client(), pause_seconds=REFRESH_PAUSE_SECONDS):
        st.toast("Ownli was asked a moment ago; what has changed is on its way.")


def _show_progress(
    place: Any,
    tickets: dict[str, Handle],
    needed: Collection[str],
    seconds: float = math.inf,
    meanwhile: Callable[[], None] = lambda: None,
) -> bool:
    """A bar over all lists asked for, gone when the needed ones are there or time is up.

    Returns whether anything had to be waited for; `meanwhile` is called if so.
    """
    until = time.monotonic() + seconds
    at_once = min(_POLL_SECONDS, seconds)
    waiting = [tickets[name] for name in needed if not tickets[name].wait(at_once)]
    if not waiting:
        return False
    meanwhile()
    reached: dict[str, tuple[int, int]] = {}
    while waiting and time.monotonic() < until:
        share, words = _progress_words(tickets, reached)
        place.progress(share, text=words)
        waiting = [ticket for ticket in waiting if not ticket.wait(_POLL_SECONDS)]
    place.empty()
    return True


def _progress_words(
    tickets: dict[str, Handle], reached: dict[str, tuple[int, int]]
) -> tuple[float, str]:
    """How far the loading is (0 to 1) and the sentence that says so.

    `reached` keeps done and known of each list: one that has arrived still counts.
    """
    parts: list[str] = []
    for name, ticket in tickets.items():
        progress = ticket.progress
        if ticket.done():
            known = reached.get(name, (0, 0))[1]
            reached[name] = (known, known)
            continue
        reached[name] = (progress.done, progress.known)
        unit = "people" if name == "payouts" else "pages"
        parts.append(
            f"{states.noun(name)}: {progress.done:,} of {progress.known:,} {unit}"
            if progress.known
            else f"{states.noun(name)}: starting"
        )
    done, known = (sum(each) for each in zip(*reached.values(), strict=True))
    return min(done / known, 1.0) if known else 0.0, "Loading. " + " · ".join(parts)
