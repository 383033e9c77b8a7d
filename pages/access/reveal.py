"""One person's contact details in full: by right, with a reason, for five minutes, audited."""

from __future__ import annotations

import streamlit as st

from pages.access import sign_in
from pages.access.guard import guard
from pages.access.rights import Right

SECONDS = 300.0
SHORTEST_REASON, LONGEST_REASON = 5, 200
_REVEALED = "access.revealed"


class ReasonMissing(ValueError):  # noqa: N818 - says what the form lacks
    """No reason was given; the text is the sentence to show."""


def reveal(subject: str, reason: str) -> None:
    """Unmask one Ownli id for this session; raises ReasonMissing, stops without the right.

    The audit log gets the id and the reason, never a value; if it cannot, nothing is revealed.
    """
    guard(Right.REVEAL)
    given = " ".join(reason.split())
    if not SHORTEST_REASON <= len(given) <= LONGEST_REASON:
        raise ReasonMissing(
            f"Give a reason of {SHORTEST_REASON} to {LONGEST_REASON} characters; it is recorded."
        )
    sign_in.note("reveal", subject=subject, reason=given)
    until = sign_in.configured().clock() + SECONDS
    st.session_state[_REVEALED] = {**st.session_state.get(_REVEALED, {}), subject: until}


def seconds_left(subject: str) -> float:
    """How long this session still sees the subject in full; 0 when it is masked.

    The right is looked up again each time: who loses it, loses sight at the next run.
    """
    if not guard().may(Right.REVEAL):
        return 0.0
    until = float(st.session_state.get(_REVEALED, {}).get(subject, 0.0))
    return max(0.0, until - sign_in.configured().clock())


def hide(subject: str) -> None:
    """Mask the subject again before its time."""
    st.session_state.get(_REVEALED, {}).pop(subject, None)
