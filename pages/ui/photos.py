"""Photos of check-ins: fetched by the browser only when somebody asks, from allowed hosts only."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import pandas as pd
import streamlit as st

from pages.access import reveal, sign_in
from pages.access.escaping import inert
from pages.access.guard import guard
from pages.access.page_state import HERE
from pages.access.rights import Right
from pages.analysis import wording
from pages.ui import sources
from pages.ui.sources import Loaded

_SHOWN = f"{HERE}photos"  # (kind, id) of the check-ins whose photos are on show
_WIDTH = 160
_DOCUMENT, _PLATE = "DOCUMENT", "License"
_HOME = "proof_of_address"
ADDRESS_FIRST = (
    "A proof of address shows where the person lives. Reveal their contact details first; then "
    "its photos can be shown as well."
)
PLATE_FIRST = (
    "The photo of the license plate is shown while the person's contact details are revealed."
)
ADDRESS_NEVER = "A proof of address shows where the person lives. Your account may not see it."


@dataclass(frozen=True)
class Album:
    """The photos of one user's check-ins, as addresses that stay on the server until asked for.

    Check-ins of two kinds may have one id.
    """

    user_id: str
    photos: pd.DataFrame  # kind, check_in_id, url, type

    def of(self, kind: str, check_in_id: str) -> pd.DataFrame:
        """The photos of one check-in."""
        mine = (self.photos["kind"] == kind) & (self.photos["check_in_id"] == check_in_id)
        return self.photos[mine]

    def button(self, kind: str, check_in_id: str) -> None:
        """The way to a check-in's photos, if it has any; showing them is recorded first."""
        count = len(self.of(kind, check_in_id))
        if not count:
            return
        which = (kind, check_in_id)
        shown = st.session_state.get(_SHOWN, frozenset())
        if which in shown:
            if st.button("Hide photos", key=f"photos-{kind}-{check_in_id}", type="tertiary"):
                st.session_state[_SHOWN] = shown - {which}
                st.rerun()
        elif st.button(
            wording.plural(count, "photo"),
            key=f"photos-{kind}-{check_in_id}",
            icon=":material/photo_library:",
            type="tertiary",
        ):
            if not self._withheld(kind):
                sign_in.note("photos_shown", subject=self.user_id, check_in=check_in_id)
            st.session_state[_SHOWN] = shown | {which}
            st.rerun()

    def show(self, kind: str, check_in_id: str) -> None:
        """The thumbnails, or the sentence that says why there are none."""
        if (kind, check_in_id) not in st.session_state.get(_SHOWN, frozenset()):
            return
        withheld = self._withheld(kind)
        if withheld:
            st.caption(inert(withheld))
            return
        allowed = sources.app().photo_hosts
        revealed = reveal.seconds_left(self.user_id) > 0
        refused: dict[str, None] = {}
        with st.container(horizontal=True, gap="small"):
            for photo in self.of(kind, check_in_id).itertuples():
                why = _not_for_everybody(photo.type, revealed) or refusal(str(photo.url), allowed)
                if why:
                    refused[why] = None
                    continue
                what = wording.text(photo.type, "Photo")
                st.image(str(photo.url), caption=inert(what), alt=what, width=_WIDTH)
        for why in refused:
            st.caption(inert(why))

    def _withheld(self, kind: str) -> str:
        """Why this person does not see photos of a kind now, "" if they do."""
        if kind != _HOME or reveal.seconds_left(self.user_id) > 0:
            return ""
        return ADDRESS_FIRST if guard().may(Right.REVEAL) else ADDRESS_NEVER


def album(loaded: Loaded, user_id: str) -> Album:
    """The photos in what a user's page has loaded."""
    parts = [
        held.value[1]
        for name, held in loaded.held.items()
        if name == _HOME or name.split()[0] in ("mileage", "condition")
    ]
    empty = pd.DataFrame({"kind": [], "check_in_id": [], "url": [], "type": []}, dtype="str")
    return Album(user_id, pd.concat(parts).drop_duplicates() if parts else empty)


def refusal(url: str, allowed: tuple[str, ...]) -> str:
    """Why a photo of this address is not shown, "" if it may be."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        plain = parts.port is None and not parts.username and not parts.password
    except ValueError:
        return "The address of this photo cannot be read, so it is not shown."
    if parts.scheme != "https" or not host or not plain:
        return "The address of this photo is not a plain https one, so it is not shown."
    if host not in allowed:
        return (
            f"Photos from {host} are not shown: the host is not in the setting photos.hosts "
            "(PHOTOS_HOSTS)."
        )
    return ""


def _not_for_everybody(kind: object, revealed: bool) -> str:
    """Why a photo of a type is not shown, "" if it may be."""
    if kind == _DOCUMENT:
        return "A document is attached as well; documents are not shown."
    return PLATE_FIRST if kind == _PLATE and not revealed else ""
