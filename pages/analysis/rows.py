"""Search and order of a long table, of which only one page will be shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd


def matching(frame: pd.DataFrame, text: str, search_in: Sequence[str]) -> pd.DataFrame:
    """The rows in which one of the columns holds the text, whatever its case; all for no text."""
    words = text.strip()
    if not words:
        return frame
    hit = np.zeros(len(frame), dtype=bool)
    for name in search_in:
        found = frame[name].astype("str").str.contains(words, case=False, regex=False)
        hit |= found.fillna(False).to_numpy(dtype=bool)
    return frame[hit]


def ordered(frame: pd.DataFrame, column: str, falling: bool) -> np.ndarray[Any, Any]:
    """The positions of the rows in order of a column; equal ones keep theirs, missing come last.

    Lists are held oldest first, so the usual order of time costs no sorting at all.
    """
    values = frame[column]
    missing = values.isna().to_numpy(dtype=bool)
    present = np.flatnonzero(~missing)
    known = values.iloc[present] if missing.any() else values
    if known.is_monotonic_increasing:
        order = present[::-1] if falling else present
    else:
        keys = known.rank(method="dense", ascending=not falling).to_numpy()
        order = present[np.argsort(keys, kind="stable")]
    return np.concatenate([order, np.flatnonzero(missing)])
