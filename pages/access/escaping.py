"""Text from Ownli made harmless for places that read markdown."""

from __future__ import annotations

import re

import pandas as pd

_ACTIVE = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&@=/^\"'])")


def inert(text: object) -> str:
    """The text on one line, showing exactly its own characters wherever Streamlit reads markdown.

    No link, image, colour directive, icon, formula or HTML in it takes effect. Missing text
    (None, NaN, NA) is "". Use it for labels, captions, titles, toasts, help texts; `st.text` and
    table cells are inert by themselves and must not be escaped.
    """
    if text is None or text is pd.NA or text != text:  # NaN and NaT differ from themselves
        return ""
    return _ACTIVE.sub(r"\\\1", " ".join(str(text).split()))
