"""The product's mark, and the page that says why it cannot start."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache

import streamlit as st
from PIL import Image, ImageDraw

from pages.access.escaping import inert

log = logging.getLogger(__name__)
WIDTH = 560
_SIZE = 128
_COLOUR = "#1f5fbf"  # as primaryColor in .streamlit/config.toml


@cache
def icon() -> Image.Image:
    """The browser tab's icon: a ring on a rounded square, drawn here so that nothing is fetched."""
    image = Image.new("RGBA", (_SIZE, _SIZE), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 0, _SIZE - 1, _SIZE - 1), radius=_SIZE // 5, fill=_COLOUR)
    edge = _SIZE // 4
    draw.ellipse((edge, edge, _SIZE - edge, _SIZE - edge), outline="white", width=_SIZE // 9)
    return image


def head(product: str, badge: Callable[[], None]) -> None:
    """The product's mark and name, and below them whatever `badge` draws."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.image(icon(), width=36)
        st.title(product, anchor=False)
    badge()


def problem_page(product: str, sentence: str) -> None:
    """The whole page when a setting or the staff file is wrong: one sentence, also in the log."""
    log.error("%s", sentence)
    with st.container(horizontal_alignment="center"), st.container(width=WIDTH):
        st.title(product, anchor=False)
        st.error(
            inert(sentence), icon=":material/settings_alert:", title="The dashboard is not set up"
        )
