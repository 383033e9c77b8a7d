"""The first line of every screen, fragment and dialog."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from pages.access.rights import Person, Right

P = ParamSpec("P")
R = TypeVar("R")


def guard(right: Right = Right.SEE) -> Person:
    """The signed-in person, if the staff record of this moment gives them the right.

    Otherwise shows one sentence and stops the run (`st.stop`).
    """
    raise NotImplementedError


def guarded(right: Right = Right.SEE) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorator that runs the guard before a fragment or dialog body.

    Goes under `@st.fragment` or `@st.dialog`, so that it runs inside each of their reruns.
    """
    raise NotImplementedError
