"""One person's contact details in full: by right, with a reason, for five minutes, audited."""

from __future__ import annotations

import contextlib
import re

import streamlit as st

from pages.access import sign_in
from pages.access.audit_trail import NotRecorded
from pages.access.guard import guard
from pages.access.rights import Right
from pages.access.throttle import duration

SECONDS = 300.0
SHORTEST_REASON, LONGEST_REASON = 5, 200
_REVEALED = "access.revealed"
# Control characters, and what Unicode calls "default ignorable" or draws as a blank.
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0"
    r"\ufff0-\ufffb\U000e0000-\U000e0fff]"
)


class ReasonMissing(ValueError):  # noqa: N818 - says what the form lacks
    """No reason was given; the text is the sentence to show."""


def reveal(subject: str, reason: str) -> None:
    """Unmask one Ownli id for this session; raises ReasonMissing, stops without the right.

    The audit log gets the id and the reason, never a value; if it cannot, nothing is revealed.
    """
    guard(Right.REVEAL)
    given = stated(reason)
    if not SHORTEST_REASON <= len(given) <= LONGEST_REASON:
        raise ReasonMissing(
            f"Give a reason of {SHORTEST_REASON} to {LONGEST_REASON} characters; it is recorded."
        )
    sign_in.note("reveal", subject=subject, reason=given)
    until = sign_in.configured().clock() + SECONDS
    st.session_state[_REVEALED] = {**st.session_state.get(_REVEALED, {}), subject: until}


def stated(reason: str) -> str:
    """A reason on one line, without what nobody can see: only the rest of it is one."""
    return " ".join(_INVISIBLE.sub("", reason).split())


def search_refused() -> str:
    """Count a search for a contact; why it has to wait, "" if it may go on.

    Whoever may reveal contact details does not need to guess them, and is not counted. Of many
    refused searches the audit log gets one line.
    """
    person = guard()
    if person.may(Right.REVEAL):
        return ""
    limit = sign_in.configured().searches
    wait = limit.begin(person.name)
    if wait <= 0:
        return ""
    if limit.is_new_burst(person.name):
        with contextlib.suppress(NotRecorded):  # refused in any case
            sign_in.note("search_limited")
    return f"Too many searches. Try again in {duration(wait)}."


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
