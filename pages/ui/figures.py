"""A chart as a card: title, one-sentence summary, the picture, and its table one click away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from pages.access.escaping import inert
from pages.analysis import wording
from pages.analysis.charts import Palette
from pages.analysis.drill import Pick, spoken
from pages.ui import tables

_CONFIG = {
    "displayModeBar": False,
    "scrollZoom": False,
    "doubleClick": False,
    "showTips": False,
}


_GENERATION = "figures.generation"


def palette() -> Palette:
    """The chart colours of the theme this person looks at."""
    return Palette.dark() if st.context.theme.type == "dark" else Palette.light()


def card(
    title: str,
    figure: go.Figure,
    summary: str,
    table: pd.DataFrame,
    *,
    key: str,
    labels: Mapping[str, str],
    help: str = "",
    clickable: bool = False,
) -> list[dict[str, Any]]:
    """Draw a chart card; returns the points that are clicked, empty unless `clickable`.

    `table` are the numbers behind the figure, `labels` its columns in words, in order.
    """
    if clickable:
        key = f"{key}-{st.session_state.get(_GENERATION, 0)}"
    with st.container(border=True, height="stretch"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.subheader(title, anchor=False, help=help or None)
            st.space("stretch")
            with st.popover("Table", icon=":material/table:", type="tertiary", key=f"{key}-table"):
                tables.plain(table, labels, alt=f"{title}, as a table")
        st.caption(inert(summary))
        if not clickable:
            st.plotly_chart(figure, theme=None, key=key, config=_CONFIG, alt=f"{title}. {summary}")
            return []
        state = st.plotly_chart(
            figure,
            theme=None,
            key=key,
            config=_CONFIG,
            alt=f"{title}. {summary}",
            on_select="rerun",
            selection_mode="points",
        )
    return list(state["selection"]["points"])


def picked(clicked: Sequence[Pick], count: int) -> None:
    """Say which bars the rows below are narrowed to, and offer to take that back."""
    if not clicked:
        st.caption("Click a bar above to see exactly the rows behind it.")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.text(
            f"{wording.plural(count, 'row')} behind: {'; '.join(spoken(each) for each in clicked)}",
            width="content",
        )
        st.button("Show all", icon=":material/filter_alt_off:", on_click=_unpick, key="show-all")


def _unpick() -> None:
    """Draw the charts anew, with nothing chosen in them."""
    st.session_state[_GENERATION] = st.session_state.get(_GENERATION, 0) + 1
