"""The sentences a screen shows instead of numbers: nothing here, not available, still loading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages.access.escaping import inert

if TYPE_CHECKING:
    from pages.ui.sources import Loaded

# What a reader misses when a list is missing.
_WITHHELD = {
    "check_ins": "check-in numbers",
    "rewards": "reward, outstanding and funnel numbers",
    "payouts": "payout numbers",
    "vehicles": "the US state of mileage and condition check-ins",
    "new_users": "new users a week",
    "users_total": "the number of users",
}
_NOUN = {
    "check_ins": "Check-ins",
    "rewards": "Rewards",
    "payouts": "Payouts",
    "vehicles": "Vehicles",
    "new_users": "New users a week",
    "users_total": "The users list",
}


def noun(name: str) -> str:
    """A list's name as a person reads it: `check_ins` is `Check-ins`."""
    return _NOUN.get(name, name.replace("_", " ").capitalize())


def nothing(sentence: str, hint: str = "") -> None:
    """An empty state: what is not there and, if it helps, what to do about it."""
    with st.container(border=True):
        st.text(sentence)
        if hint:
            st.caption(inert(hint))


def unavailable(loaded: Loaded, names: Sequence[str]) -> None:
    """Why a part of the page is not shown: one sentence for each list that it needs."""
    for name in names:
        if name in loaded.errors:
            with st.container(border=True):
                st.text(f"{noun(name)} are unavailable.", width="stretch")
                st.caption(inert(loaded.errors[name].sentence))


def banner(loaded: Loaded) -> None:
    """What could not be loaded, why, and what is withheld or older because of it."""
    for name, error in loaded.errors.items():
        withheld = _WITHHELD.get(name, noun(name).lower())
        st.error(
            f"{inert(error.sentence)} Withheld because of it: {withheld}.",
            icon=":material/cloud_off:",
            title=f"{noun(name)} could not be loaded",
        )
    for name, held in loaded.older.items():
        st.warning(
            f"{inert(held.sentence)} Shown as of {inert(held.as_of)}.",
            icon=":material/history:",
            title=f"{noun(name)} could not be refreshed",
        )
    if loaded.problems:
        shown = loaded.problems[:5]
        more = len(loaded.problems) - len(shown)
        lines = [f"- {inert(problem)}" for problem in shown]
        if more:
            lines.append(f"- and {more} more")
        st.warning("\n".join(lines), icon=":material/rule:", title="Some data needs a second look")


def note(sentence: str) -> None:
    """A remark about this view, such as a filter in the link that was not understood."""
    st.info(inert(sentence), icon=":material/info:")
