"""What needs a person: each thing with the way to it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.access.escaping import inert
from pages.analysis.metrics import Attention
from pages.ui import navigation


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
            navigation.link("Open", thing.address, key=f"attention-{place}")
