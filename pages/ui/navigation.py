"""The ways from a number to its rows: links, and what a click on a row or a bar opens."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st

from pages.access.escaping import inert
from pages.analysis import links
from pages.ui import filters

_ICON = ":material/arrow_forward:"


def link(label: str, address: str, *, key: str) -> None:
    """A link to a screen with filters set; on that screen itself a button that sets them."""
    screen, words = links.parts(address)
    if screen != filters.screen():
        st.page_link(
            f"{screen}.py",
            label=inert(label),
            icon=_ICON,
            icon_position="right",
            query_params=words or None,
        )
    elif st.button(inert(label), icon=_ICON, icon_position="right", type="tertiary", key=key):
        filters.set_next(_with_others(words))


def go(address: str) -> NoReturn:
    """Show a screen with filters set, after a click that Streamlit makes no link of."""
    screen, words = links.parts(address)
    if screen == filters.screen():
        filters.set_next(_with_others(words))
    st.switch_page(f"{screen}.py", query_params=words)


def _with_others(words: dict[str, list[str]]) -> dict[str, list[str]]:
    """The filters of this screen with some of them replaced; days replace its period."""
    kept = filters.chosen()
    if links.FROM in words:
        kept = {key: texts for key, texts in kept.items() if key != links.PERIOD}
    return kept | words
