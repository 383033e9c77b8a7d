"""Filters in the page's address: read from it, kept in it, carried from page to page.

Streamlit can bind a widget to the address by itself, but writes the label a person reads. A link
that is shared holds Ownli's own words, so that it outlives a change of wording.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from pages.ui import states

_KEPT = "address.kept"


@dataclass(frozen=True)
class _Kept:
    """What this session last wrote to the address for one filter, and on which page."""

    texts: list[str]
    page: str


def read(key: str, accepts: Callable[[str], bool], value_of: Callable[[list[str]], Any]) -> None:
    """Set a filter's widget (by its key) before it is drawn: from the address or from before.

    The address counts when somebody changed it (a link, back, forward). A text in it that the
    filter does not accept is left out, with a note. `value_of([])` is the default.
    """
    raw = st.query_params.get_all(key)
    kept: _Kept | None = st.session_state.get(_KEPT, {}).get(key)
    before = kept.texts if kept else []
    moved = kept is not None and kept.page != _page()
    if raw != before and (raw or not moved):
        good = [text for text in raw if accepts(text)]
        if len(good) < len(raw):
            states.note(f"The link's value for “{key}” was not understood, so it was ignored.")
        st.session_state[key] = value_of(good)
    elif key not in st.session_state:
        st.session_state[key] = value_of(before)


def write(key: str, texts: Sequence[str]) -> None:
    """Keep what the widget holds now in the address; no texts (the default) keep it clean."""
    wanted = list(texts)
    if wanted != st.query_params.get_all(key):
        if wanted:
            st.query_params[key] = wanted
        else:
            del st.query_params[key]
    st.session_state[_KEPT] = {**st.session_state.get(_KEPT, {}), key: _Kept(wanted, _page())}


def forget(key: str) -> None:
    """Set a filter back to its default; meant as a button's `on_click`."""
    st.session_state.pop(key, None)
    write(key, [])


def _page() -> str:
    """The path of the page this run is for."""
    return urlsplit(str(st.context.url or "")).path
