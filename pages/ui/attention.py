"""What needs a person: each thing with the way to it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.access.escaping import inert
from pages.analysis.metrics import Attention
from pages.ui import address


def show(things: Sequence[Attention]) -> None:
    """A short list under its own heading; says so when nothing needs attention."""
    st.subheader("Needs attention", anchor=False)
    if not things:
        st.text("Nothing needs attention.")
        return
    for place, thing in enumerate(things):
        with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
            with st.container(width="stretch", gap=None):
                st.markdown(f"**{inert(thing.title)}**")
                st.caption(inert(thing.detail))
            if st.button("Open", icon=":material/arrow_forward:", key=f"attention-{place}"):
                # Filters chosen before would hide some of what is to be seen.
                address.start_anew()
                st.switch_page(_page(thing.page), query_params=_params(thing))


def _params(thing: Attention) -> dict[str, str]:
    """The filters of the screen it leads to: days mean a period of its own."""
    return {**({"period": "custom"} if "from" in thing.params else {}), **thing.params}


def _page(address: str) -> str:
    """The screen behind an address such as `/check_ins`."""
    return f"{address.strip('/') or 'overview'}.py"
