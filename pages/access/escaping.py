"""Text from Ownli made harmless for places that read markdown."""

from __future__ import annotations

import re

import pandas as pd

_ACTIVE = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&@=/^\"'])")
# What Streamlit's renderer turns into a link, a picture or an arrow after it has taken the
# backslashes away: an address, an e-mail address, `:streamlit:`, and `->`, `--`, `>=` and the like.
_LATE = re.compile(
    r"https?(?=:)|www(?=\.)|(?<=[\w.+-])@(?=[\w-])|:(?=streamlit:)|-(?=[->])|<(?=[-=])|[>~](?==)",
    re.IGNORECASE,
)
JOINER = "\u2060"  # invisible; keeps the two characters around it apart and on one line


def inert(text: object) -> str:
    """The text on one line, looking exactly as it is wherever Streamlit reads markdown.

    No link, image, colour directive, icon, formula or HTML in it takes effect. Missing text
    (None, NaN, NA) is "". Use it for labels, captions, titles, toasts, help texts; `st.text` and
    table cells are inert by themselves and must not be escaped.
    """
    if text is None or text is pd.NA or text != text:  # NaN and NaT differ from themselves
        return ""
    apart = _LATE.sub(rf"\g<0>{JOINER}", " ".join(str(text).split()))
    return _ACTIVE.sub(r"\\\1", apart)
