"""Tiles: a number, its change against the week before, and the twelve weeks behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
import streamlit as st

from pages.analysis import definitions, metrics, wording
from pages.analysis.growth import users_at_week_ends
from pages.ui import sources
from pages.ui.sources import Loaded

# The sparkline's tip prints the plain number, so money is drawn in dollars.
_CENTS = 100
_HELD_CHECK_INS = "All check-ins of this user's vehicles and addresses, whatever their date."


@dataclass(frozen=True)
class Tile:
    """One number of a row of tiles; `change` is in words, `sign` says which way it went."""

    label: str
    value: str
    help: str
    change: str = ""
    sign: int = 0
    note: str = ""
    trend: Sequence[float] = ()


def row(tiles: Sequence[Tile], columns: int = 5) -> None:
    """Draw tiles in a grid that drops columns on a narrow screen."""
    with st.grid(columns, min_column_width=130, gap="small"):
        for tile in tiles:
            _draw(tile)


def _draw(tile: Tile) -> None:
    """One tile; a change of nothing is grey and has no arrow."""
    arrow: Literal["up", "down", "off"] = "off"
    if tile.sign:
        arrow = "up" if tile.sign > 0 else "down"
    dark = st.context.theme.type == "dark"
    with st.container(border=True, height="stretch", gap=None):
        st.metric(
            tile.label,
            _plain(tile.value),
            delta=_plain(tile.change) or None,
            # In the dark the primary colour is too dim for the words on it.
            delta_color="primary" if tile.sign and not dark else "off",
            delta_arrow=arrow,
            help=tile.help,
            chart_data=list(tile.trend) if len(tile.trend) > 1 else None,
            chart_type="bar",
        )
        if tile.note:
            st.caption(_plain(tile.note))


def _plain(words: str) -> str:
    """Our own words; only the dollar would start a formula where Streamlit reads markdown."""
    return words.replace("$", "\\$")


def _weekly(
    label: str,
    weekly: pd.DataFrame,
    column: str,
    write: Callable[[Any], str],
    definition: str,
    *,
    note: str = "",
    at_least: bool = False,
    per: int = 1,
) -> Tile:
    """A tile of the last of the weeks given, compared with the one before it."""
    values = weekly[column]
    latest, before = values.iloc[-1], values.iloc[-2]
    written = write(latest)
    partial = at_least or wording.is_missing(latest)
    return Tile(
        label=label,
        value=written,
        help=definition,
        # Half a sum has no change: it would be one against a whole.
        change=_lower_bound(at_least) if partial else wording.change(latest, before, write),
        sign=0 if partial else _sign(latest, before),
        note=note,
        trend=[float(value) / per for value in values.dropna()],
    )


def _lower_bound(at_least: bool) -> str:
    """Stands where a change would: before the number it would be cut off on a narrow tile."""
    return "at least" if at_least else ""


def _active(weekly: pd.DataFrame) -> Tile:
    """Active users; those of check-ins without an owner cannot be counted."""
    nameless = weekly["submitted_without_owner"].iloc[-1]
    lacking = not wording.is_missing(nameless) and nameless > 0
    known = not wording.is_missing(weekly["active_users"].iloc[-1])
    return _weekly(
        "Active users",
        weekly,
        "active_users",
        wording.count,
        definitions.ACTIVE_USERS,
        note=f"{wording.plural(nameless, 'check-in')} without an owner" if lacking else "",
        at_least=lacking and known,
    )


def _earned(weekly: pd.DataFrame) -> Tile:
    """Rewards earned; rewards without an amount make the sum a lower bound."""
    lacking = weekly["earned_without_amount"].iloc[-1]
    some = not wording.is_missing(lacking) and lacking > 0
    counted = _counted(weekly, "earned_count", "reward")
    return _weekly(
        "Rewards earned",
        weekly,
        "earned_cents",
        wording.money,
        definitions.EARNED,
        note=f"{counted}, {wording.count(lacking)} without an amount" if some else counted,
        at_least=some,
        per=_CENTS,
    )


def _sign(latest: Any, before: Any) -> int:
    if wording.is_missing(latest) or wording.is_missing(before) or latest == before:
        return 0
    return 1 if latest > before else -1


def overview(loaded: Loaded, weekly: pd.DataFrame, running: pd.DataFrame) -> None:
    """The ten numbers of the Monday glance; one whose list is missing says so.

    `weekly` are complete weeks (`metrics.weekly`), `running` the same of the week in progress.
    """
    registered = pd.concat([weekly["new_users"], running["new_users"]])
    row(
        [
            _users(loaded, registered),
            _weekly("New users", weekly, "new_users", wording.count, definitions.NEW_USERS),
            _active(weekly),
            _weekly(
                "Check-ins submitted", weekly, "submitted", wording.count, definitions.SUBMITTED
            ),
            _confirmation(weekly),
            _weekly(
                "Median decision time",
                weekly,
                "median_hours_to_decision",
                wording.hours,
                definitions.TIME_TO_DECISION,
            ),
            _on_hold(loaded),
            _earned(weekly),
            _outstanding(loaded),
            _claimed(loaded, weekly),
        ]
    )


def _counted(weekly: pd.DataFrame, column: str, noun: str) -> str:
    latest = weekly[column].iloc[-1]
    return "" if wording.is_missing(latest) else wording.plural(latest, noun)


def _users(loaded: Loaded, registered: pd.Series[Any]) -> Tile:
    """The users of this moment; the trend is what registrations since then leave."""
    total = loaded.value("users_total")
    ends = users_at_week_ends(total, registered)
    latest, before = (ends[-1], ends[-2]) if len(ends) > 1 else (None, None)
    return Tile(
        "Users",
        wording.count(total),
        definitions.USERS,
        change="" if latest is None else wording.change(latest, before),
        sign=_sign(latest, before),
        trend=[float(end) for end in ends],
    )


def _confirmation(weekly: pd.DataFrame) -> Tile:
    """The confirmation rate; counts instead of a percentage while few are decided."""
    latest, before = weekly.iloc[-1], weekly.iloc[-2]
    undecided = (
        "" if wording.is_missing(latest["undecided"]) else wording.count(latest["undecided"])
    )
    return Tile(
        "Confirmation rate",
        wording.confirmation(latest["confirmed"], latest["declined"]),
        definitions.CONFIRMATION_RATE,
        change=""
        if wording.is_missing(latest["confirmation_rate"])
        else wording.points(latest["confirmation_rate"], before["confirmation_rate"]),
        sign=_sign(latest["confirmation_rate"], before["confirmation_rate"]),
        note=f"{undecided} undecided" if undecided else "",
        trend=[float(value) for value in weekly["confirmation_rate"].dropna()],
    )


def _on_hold(loaded: Loaded) -> Tile:
    check_ins = loaded.maybe("check_ins")
    held = None if check_ins is None else metrics.on_hold_now(check_ins)
    return Tile(
        "On hold now", wording.count(held), definitions.ON_HOLD_NOW, note=_now(loaded, "check_ins")
    )


def _outstanding(loaded: Loaded) -> Tile:
    rewards = loaded.maybe("rewards")
    if rewards is None:
        return Tile("Outstanding rewards", wording.UNKNOWN, definitions.OUTSTANDING)
    return money(
        "Outstanding rewards",
        metrics.outstanding(rewards),
        definitions.OUTSTANDING,
        note=_now(loaded, "rewards"),
    )


def _now(loaded: Loaded, name: str) -> str:
    """`as of 08:41 ET`, for the numbers that no week bounds."""
    held = loaded.held.get(name)
    return "" if held is None else f"as of {wording.clock(held.as_of, loaded.calendar)}"


def _claimed(loaded: Loaded, weekly: pd.DataFrame) -> Tile:
    payouts = loaded.maybe("payouts")
    missing = 0 if payouts is None else metrics.undated(payouts)
    return _weekly(
        "Payouts claimed",
        weekly,
        "claimed_cents",
        wording.money,
        definitions.CLAIMED,
        note=_undated(missing) or _counted(weekly, "claimed_count", "payout"),
        at_least=missing > 0,
        per=_CENTS,
    )


def _undated(missing: int) -> str:
    return f"{wording.plural(missing, 'payout')} not dated yet" if missing else ""


def money(
    label: str,
    total: metrics.MoneyTotal,
    definition: str,
    *,
    noun: str = "reward",
    note: str = "",
    undated: int = 0,
) -> Tile:
    """Dollars and how many; "at least" while an amount or a date is missing."""
    incomplete = undated > 0 or total.without_amount > 0
    written = wording.money(total.cents)
    parts = [
        wording.plural(total.count, noun),
        _undated(undated),
        f"{wording.count(total.without_amount)} without an amount" if total.without_amount else "",
        note,
    ]
    return Tile(
        label,
        written,
        definition,
        change=_lower_bound(incomplete),
        note=", ".join(part for part in parts if part),
    )


def hours(label: str, value: float | None, definition: str) -> Tile:
    """A duration."""
    return Tile(label, wording.hours(value), definition)


def rewards_by_status(by_status: pd.DataFrame) -> list[Tile]:
    """A tile for each status that rewards of the period have."""
    return [
        Tile(
            wording.status(line.status),
            wording.money(line.amount_cents),
            definitions.REWARDS_BY,
            note=wording.plural(line.count, "reward"),
        )
        for line in by_status.itertuples(index=False)
    ]


def user(loaded: Loaded, totals: metrics.UserTotals) -> None:
    """The six numbers of one user; one whose list is missing shows a dash."""
    confirmation = totals.confirmation
    row(
        [
            Tile("Check-ins", wording.count(totals.check_ins), _HELD_CHECK_INS),
            Tile(
                "Confirmation rate",
                wording.confirmation(confirmation.confirmed, confirmation.declined),
                definitions.USER_CONFIRMATION_RATE,
                note=f"{wording.count(confirmation.undecided)} undecided",
            ),
            _of_user(loaded, "rewards", "Earned", totals.earned, definitions.EARNED),
            _of_user(loaded, "rewards", "Outstanding", totals.outstanding, definitions.OUTSTANDING),
            _of_user(loaded, "payouts", "Paid out", totals.paid_out, definitions.PAID_OUT),
            Tile(
                "Next check-in due",
                wording.day(totals.next_check_in_at, sources.calendar()),
                definitions.NEXT_CHECK_IN,
            ),
        ],
        columns=3,
    )


def _of_user(
    loaded: Loaded, name: str, label: str, total: metrics.MoneyTotal, definition: str
) -> Tile:
    if name not in loaded.held:
        return Tile(label, wording.UNKNOWN, definition)
    return money(label, total, definition, noun=name.removesuffix("s"))


def compared(label: str, latest: int | None, before: int | None, definition: str) -> Tile:
    """A count against the one before it, without a trend."""
    return Tile(
        label,
        wording.count(latest),
        definition,
        change="" if latest is None else wording.change(latest, before),
        sign=_sign(latest, before),
    )
