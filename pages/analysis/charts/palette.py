"""The colours of the light and the dark theme: one status palette, safe with colour blindness."""

from __future__ import annotations

from dataclasses import dataclass

from pages.analysis.terms import CLAIMED, CONFIRMED, DECLINED, KINDS, ON_HOLD, PENDING


@dataclass(frozen=True)
class Palette:
    """One theme. Every fill has a contrast of 3:1 with `background`, every text one of 4.5:1.

    Any two of the status colours and `other` stay apart for readers with protanopia,
    deuteranopia or tritanopia. `sequential` runs from nothing to most.
    """

    name: str
    confirmed: str
    pending: str
    on_hold: str
    declined: str
    claimed: str
    other: str
    accent: str
    kinds: tuple[str, str, str]
    sequential: tuple[str, ...]
    text: str
    muted: str
    grid: str
    background: str
    surface: str

    @classmethod
    def light(cls) -> Palette:
        """For white pages."""
        return _LIGHT

    @classmethod
    def dark(cls) -> Palette:
        """For dark pages."""
        return _DARK

    def status(self, word: str) -> str:
        """The colour of a status; words Ownli may add are grey."""
        return {
            CONFIRMED: self.confirmed,
            PENDING: self.pending,
            ON_HOLD: self.on_hold,
            DECLINED: self.declined,
            CLAIMED: self.claimed,
        }.get(word, self.other)

    def kind(self, word: str) -> str:
        """The colour of a kind of check-in in a line chart; all kinds together take the text's."""
        if word == "all":
            return self.text
        return self.kinds[KINDS.index(word)] if word in KINDS else self.other


_LIGHT = Palette(
    name="light",
    confirmed="#2BA08F",
    pending="#1D4F80",
    on_hold="#C08600",
    declined="#97220F",
    claimed="#8F79E6",
    other="#57534E",
    accent="#4A6583",
    kinds=("#2F6DB0", "#A8620A", "#A0417F"),
    sequential=("#EEF2F6", "#C3D3E2", "#8FB0CC", "#5A8AB2", "#2C6594", "#143F66"),
    text="#262730",
    muted="#5C6270",
    grid="#E4E7EB",
    background="#FFFFFF",
    surface="#FFFFFF",
)
_DARK = Palette(
    name="dark",
    confirmed="#45CFB7",
    pending="#3678B5",
    on_hold="#E3B341",
    declined="#D9503C",
    claimed="#C9A8FF",
    other="#7C828A",
    accent="#9DB4CC",
    kinds=("#6CA8E8", "#E0A458", "#E08BC4"),
    sequential=("#1A212B", "#21405E", "#2C608C", "#4687BC", "#7BB1DE", "#C4E0F7"),
    text="#F0F2F6",
    muted="#A3A9B5",
    grid="#2A303A",
    background="#0E1117",
    surface="#1B212B",
)
