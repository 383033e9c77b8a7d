"""A chart as a card: title, one-sentence summary, the picture, and its table one click away."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from pages.access.escaping import inert
from pages.analysis import wording
from pages.analysis.charts import Palette
from pages.analysis.drill import Pick, picks, spoken
from pages.ui import navigation, tables
from pages.ui.memo import once

_CONFIG = {
    "displayModeBar": False,
    "scrollZoom": False,
    "doubleClick": False,
    "showTips": False,
}
_GENERATION = "figures.generation"


class _Ready(go.Figure):  # type: ignore[misc] # plotly ships no types
    """A figure in JSON's own types, valid since it was drawn: Streamlit need not build it again."""

    def __init__(self, specification: dict[str, Any]) -> None:  # not the base's, which validates
        self._specification = specification

    def to_dict(self) -> dict[str, Any]:
        """What plotly.js is given."""
        return self._specification


def palette() -> Palette:
    """The chart colours of the theme this person looks at."""
    return Palette.dark() if st.context.theme.type == "dark" else Palette.light()


def card(
    title: str,
    numbers: Any,
    draw: Callable[..., go.Figure],
    summarize: Callable[..., str],
    *,
    key: str,
    labels: Mapping[str, str],
    table: pd.DataFrame | None = None,
    help: str = "",
    lacking: str = "",
    clickable: bool = False,
    opens: Callable[[Pick], str | None] | None = None,
    **facts: Any,
) -> list[Pick]:
    """Draw a chart card; returns the bars that are clicked, empty unless `clickable`.

    numbers: what `draw` and `summarize` take, with `facts` by name. table: the rows behind the
    figure, unless the numbers are those; `labels`: its columns in words, in order. lacking: what
    is missing from the rows. opens: the address behind a bar, to which a click leads.
    """
    rows = numbers if table is None else table
    figure = _Ready(once(_specification, draw, numbers, palette(), **facts))
    summary = once(summarize, numbers, **facts)
    if lacking:
        summary = f"{summary} {lacking[:1].upper()}{lacking[1:]}."
    key = f"{key}-{st.session_state.get(_GENERATION, 0)}"
    with st.container(border=True, height="stretch"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.subheader(title, anchor=False, help=help or None)
            st.space("stretch")
            with st.popover("Table", icon=":material/table:", type="tertiary", key=f"{key}-table"):
                tables.small(rows, labels, alt=f"{title}, as a table")
        st.caption(inert(summary))
        alt = f"{title}. {summary}"
        if opens is None and not clickable:
            st.plotly_chart(figure, theme=None, key=key, config=_CONFIG, alt=alt)
            return []
        state = st.plotly_chart(
            figure,
            theme=None,
            key=key,
            config=_CONFIG,
            alt=alt,
            on_select="rerun",
            selection_mode="points",
        )
    clicked = picks(draw.__name__, state["selection"]["points"])
    if opens is None:
        return clicked
    address = next((found for each in clicked if (found := opens(each)) is not None), None)
    if address is not None:
        _unpick()
        navigation.go(address)
    return []


def _specification(draw: Callable[..., go.Figure], *arguments: Any, **facts: Any) -> dict[str, Any]:
    """A figure as plotly.js is given it, drawn and validated once."""
    specification: dict[str, Any] = json.loads(draw(*arguments, **facts).to_json())
    return specification


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
