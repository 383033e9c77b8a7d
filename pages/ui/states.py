"""The sentences a screen shows instead of numbers: nothing here, not available, still loading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages.access.escaping import inert
from pages.analysis import wording

if TYPE_CHECKING:
    from pages.ui.sources import Loaded, Older

# What a reader misses when a list is missing.
_WITHHELD = {
    "check_ins": "check-in numbers and the funnel",
    "rewards": "reward and outstanding numbers, the funnel",
    "payouts": "payout numbers",
    "vehicles": "the US state of mileage and condition check-ins",
    "new_users": "new users per week",
    "users_total": "the number of users",
    "users": "the users list",
    "user": "who this user is",
    "summary": "vehicles, and the mileage and condition check-ins",
    "proof_of_address": "proof of address check-ins",
}
_NOUN = {
    "check_ins": "Check-ins",
    "new_users": "New users per week",
    "users_total": "Number of users",
    "users": "The users list",
    "user": "The user",
    "summary": "The user's vehicles",
    "proof_of_address": "Proof of address check-ins",
    "glance": "First counts",
    "answers": "Single questions",
}


def noun(name: str) -> str:
    """A list's name as a person reads it: `check_ins` is `Check-ins`."""
    return _NOUN.get(name, name.replace("_", " ").capitalize())


def _withheld(name: str) -> str:
    return _WITHHELD.get(name, noun(name)[:1].lower() + noun(name)[1:])


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
                st.text(f"{noun(name)}: unavailable.", width="stretch")
                st.caption(inert(loaded.errors[name].sentence))


def banner(loaded: Loaded) -> None:
    """What could not be loaded, why, and what is withheld or older because of it.

    Lists that fail for one reason share one box.
    """
    by_reason: dict[str, list[str]] = {}
    for name, error in loaded.errors.items():
        by_reason.setdefault(error.sentence, []).append(name)
    for sentence, names in by_reason.items():
        withheld = [_withheld(name) for name in names]
        st.error(
            f"{inert(sentence)} Withheld because of it: {inert(wording.listing(withheld))}.",
            icon=":material/cloud_off:",
            title=f"Could not be loaded: {inert(', '.join(noun(name) for name in names))}",
        )
    by_age: dict[Older, list[str]] = {}
    for name, held in loaded.older.items():
        by_age.setdefault(held, []).append(noun(name))
    for held, nouns in by_age.items():
        st.warning(
            f"{inert(held.sentence)} Shown as of {inert(held.as_of)}.",
            icon=":material/history:",
            title=f"{inert(', '.join(nouns))} could not be refreshed",
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
