"""Numbers computed once for each version of the lists, and shared by everybody who looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pandas as pd
import streamlit as st

from pages.analysis.checks import Check

T = TypeVar("T")
_MOST = 400


class Memory:
    """Calls pure functions, or answers from an earlier call with the same facts.

    The facts are the versions of the lists on the page, the filters of the page, and every
    argument that is not a frame: frames on a page follow from versions and filters. What it
    answers is shared, so it must not be changed.
    """

    def __init__(self, *facts: object) -> None:
        self._facts = tuple(repr(fact) for fact in facts)

    def __call__(self, function: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """`function(*arguments, **named)`, computed at most once for these facts."""
        told = [repr(value) for value in arguments if not _follows(value)]
        told += [f"{name}={value!r}" for name, value in sorted(named.items())]
        key = (f"{function.__module__}.{function.__qualname__}", *self._facts, *told)
        answer: T = _computed(key, lambda: function(*arguments, **named))
        return answer


def _follows(value: object) -> bool:
    """Whether a value follows from the versions of the lists: frames, and checks of them."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(item, Check) for item in value)
    return value is None or isinstance(value, pd.DataFrame)


@st.cache_resource(max_entries=_MOST, show_spinner=False)
def _computed(key: tuple[str, ...], _compute: Callable[[], Any]) -> Any:  # noqa: ARG001 - hashed
    """One answer a key; Streamlit lets one caller compute while others wait."""
    return _compute()
