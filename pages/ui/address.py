"""Filters in the page's address: read from it, kept in it, carried from page to page.

Streamlit can bind a widget to the address by itself, but writes the label a person reads. A link
that is shared holds Ownli's own words, so that it outlives a change of wording.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from pages.ui import states

_KEPT = "address.kept"
_LAST_PAGE = "address.last_page"
_ARRIVED = "address.arrived"
_NOTES = "address.notes"
# Why the text of filters in the address was left out, until they are set or the page is left.
_IGNORED = "address.ignored"
# The page whose address holds one user's id.
_USER_PAGE, _USER_KEY = "User", "id"


def arrive(page: str) -> None:
    """Note, at the start of each page (by its title), whether one has just come to it from another.

    Going back from a user, the address of the page before it first holds the user's id and no
    filter: that is not a link with the filters cleared.
    """
    last = st.session_state.get(_LAST_PAGE)
    if last == _USER_PAGE != page and _USER_KEY in st.query_params:
        del st.query_params[_USER_KEY]
    if last != page:
        st.session_state[_IGNORED] = {}
    st.session_state[_ARRIVED] = last != page
    st.session_state[_LAST_PAGE] = page


def just_arrived() -> bool:
    """Whether this run is the first of a visit to its page."""
    return bool(st.session_state.get(_ARRIVED, True))


def notes_here() -> None:
    """Take this place of the page for what there is to say about its filters."""
    st.session_state[_NOTES] = st.container()


def note(sentence: str) -> None:
    """Say something about a filter: above them all, as beside one it would squeeze the others."""
    with st.session_state[_NOTES]:
        states.note(sentence)


def read(
    key: str,
    accepts: Callable[[str], bool],
    value_of: Callable[[list[str]], Any],
    why: Callable[[str], str | None] = lambda text: None,  # noqa: ARG005
) -> None:
    """Set a filter's widget (by its key) before it is drawn: from the address or from before.

    The address counts when somebody changed it (a link, back, forward). A text in it that the
    filter does not accept is left out, with a note: what `why` says, or that it was not
    understood. `value_of([])` is the default.
    """
    raw = st.query_params.get_all(key)
    before: list[str] = st.session_state.get(_KEPT, {}).get(key, [])
    arrived = just_arrived()
    if raw != before and (raw or not arrived):
        good = [text for text in raw if accepts(text)]
        bad = next((text for text in raw if text not in good), None)
        _ignore(key, None if bad is None else why(bad) or _not_understood(key))
        st.session_state[key] = value_of(good)
    elif arrived or key not in st.session_state:
        st.session_state[key] = value_of([text for text in before if accepts(text)])
    else:
        if st.session_state[key] != value_of([text for text in before if accepts(text)]):
            _ignore(key, None)  # somebody has chosen since
        # Said again in each run: a widget that is drawn anew would show its first option.
        st.session_state[key] = st.session_state[key]
    sentence = st.session_state.get(_IGNORED, {}).get(key)
    if sentence is not None:
        note(sentence)


def _not_understood(key: str) -> str:
    return f"The link's value for “{key}” was not understood, so it was ignored."


def write(key: str, texts: Sequence[str]) -> None:
    """Keep what the widget holds now in the address; no texts (the default) keep it clean."""
    wanted = list(texts)
    if wanted != st.query_params.get_all(key):
        if wanted:
            st.query_params[key] = wanted
        else:
            del st.query_params[key]
    st.session_state[_KEPT] = {**st.session_state.get(_KEPT, {}), key: wanted}


def _ignore(key: str, sentence: str | None) -> None:
    """Remember why a filter's text was left out: a page that refreshes itself says so again."""
    ignored = {**st.session_state.get(_IGNORED, {}), key: sentence}
    st.session_state[_IGNORED] = {name: said for name, said in ignored.items() if said is not None}


def start_anew() -> None:
    """Forget what filters were set to before: the next page shows what its link says alone."""
    st.session_state[_KEPT] = {}


def forget(key: str) -> None:
    """Set a filter back to its default; meant as a button's `on_click`."""
    st.session_state.pop(key, None)
    write(key, [])
