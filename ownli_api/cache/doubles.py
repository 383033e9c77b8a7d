"""One id in two lists: which of the rows readers get."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ownli_api.cache import tables


def without_doubles(rows: pd.DataFrame, changed: str) -> pd.DataFrame:
    """The rows with every id once: the one that changed last, by the time column `changed`.

    Equal times: the first in the order of the rows. The same frame if no id is there twice.
    """
    doubled = np.flatnonzero(rows["id"].duplicated(keep=False).to_numpy())
    if not len(doubled):
        return rows
    stamps = tables.instants(rows.iloc[doubled], changed)
    stamps = np.where(stamps == tables.NEVER_US, -1, stamps)
    ids = rows["id"].iloc[doubled].to_numpy(dtype=object)
    best = doubled[np.lexsort((doubled, -stamps, ids))]
    first = ~pd.Series(rows["id"].iloc[best].to_numpy(dtype=object)).duplicated().to_numpy()
    keep = np.ones(len(rows), dtype=bool)
    keep[best[~first]] = False
    return tables.kept(rows, keep)
