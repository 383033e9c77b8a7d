"""Tiles: a number, its change against the week before, the weeks behind it, the way to its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import pandas as pd
import streamlit as st

from pages.analysis import definitions, links, metrics, wording
from pages.analysis.metrics.users import users_at_week_ends
from pages.analysis.periods import Calendar, Period, Week
from pages.analysis.terms import CONFIRMED, DECIDED, EARNED, ON_HOLD, REWARD_STATUSES
from pages.ui import navigation, sources
from pages.ui.memo import once
from pages.ui.sources import Loaded

# The sparkline's tip prints the plain number, so money is drawn in dollars.
_CENTS = 100
_AT_LEAST = "at least"
_CACHED_CHECK_INS = "All check-ins of this user's vehicles and addresses, whatever their date."
# The height of a tile with everything that one may have, at the width of a phone as well.
_HEIGHT = 208


@dataclass(frozen=True)
class Tile:
    """One number of a row of tiles; `change` is in words, `sign` says which way it went.

    address: where the rows are that the number stands for, "" if no screen shows just those.
    """

    label: str
    value: str
    help: str
    change: str = ""
    sign: int = 0
    address: str = ""
    note: str = ""
    trend: tuple[float, ...] = ()


def row(
    tiles: Sequence[Tile], columns: int = 5, height: int | Literal["stretch"] = "stretch"
) -> None:
    """Draw tiles in a grid that drops columns on a narrow screen."""
    with st.grid(columns, min_column_width=130, gap="small"):
        for tile in tiles:
            _draw(tile, height)


def coming(place: st.delta_generator.DeltaGenerator) -> None:
    """The tiles of the Overview while their numbers are on the way, as high as they will be."""
    with place.container(), st.grid(5, min_column_width=130, gap="small"):
        for _ in range(10):
            st.skeleton(_HEIGHT)


def _draw(tile: Tile, height: int | Literal["stretch"]) -> None:
    """One tile; a change of nothing is grey and has no arrow."""
    arrow: Literal["up", "down", "off"] = "off"
    if tile.sign:
        arrow = "up" if tile.sign > 0 else "down"
    with st.container(border=True, height=height, gap=None):
        st.metric(
            tile.label,
            _plain(tile.value),
            delta=_plain(tile.change) or None,
            delta_color="blue" if tile.sign else "off",
            delta_arrow=arrow,
            help=tile.help,
            chart_data=list(tile.trend) if len(tile.trend) > 1 else None,
            chart_type="bar",
        )
        if tile.note:
            st.caption(_plain(tile.note))
        if tile.address:
            # At the foot, so that the links of a row of tiles stand on one line.
            st.space("stretch")
            with st.container(horizontal=True, horizontal_alignment="right"):
                navigation.link("Show rows", tile.address, key=f"rows of {tile.label}")


def _plain(words: str) -> str:
    """Our own words; only the dollar would start a formula where Streamlit reads markdown."""
    return words.replace("$", "\\$")


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _sign(latest: Any, before: Any) -> int:
    if wording.is_missing(latest) or wording.is_missing(before) or latest == before:
        return 0
    return 1 if latest > before else -1


def _weekly(
    label: str,
    weekly: pd.DataFrame,
    column: str,
    write: Callable[[Any], str],
    definition: str,
    *,
    address: str = "",
    note: str = "",
    at_least: bool = False,
    per: int = 1,
) -> Tile:
    """A tile of the last of the weeks given, compared with the one before it."""
    values = weekly[column]
    latest, before = values.iloc[-1], values.iloc[-2]
    partial = at_least or wording.is_missing(latest)
    # Half a sum has no change: it would be one against a whole. "At least" stands in its place,
    # because before the number it would be cut off on a narrow tile.
    change = _AT_LEAST if at_least else ""
    return Tile(
        label=label,
        value=write(latest),
        help=definition,
        change=change if partial else wording.change(latest, before, write),
        sign=0 if partial else _sign(latest, before),
        address="" if wording.is_missing(latest) else address,
        note=note,
        trend=tuple(float(value) / per for value in values.dropna()),
    )


def overview(loaded: Loaded, weekly: pd.DataFrame, week: Week, now: datetime) -> None:
    """The ten numbers of the Overview; one whose list is missing says so.

    `weekly`: `metrics.weekly` of complete weeks, the last one `week`, and the running week.
    """
    zone = loaded.calendar
    # The zone stays beside its hour where the line is too short for both.
    stamps = {
        name: wording.clock(held.as_of, zone).replace(" ", "\u00a0")
        for name, held in loaded.held.items()
    }
    lacking = {name: loaded.lacking(name) for name in ("check_ins", "rewards", "payouts")}
    tiles = once(
        _overview,
        weekly,
        loaded.maybe("check_ins"),
        loaded.maybe("rewards"),
        loaded.maybe("payouts"),
        loaded.value("users_total"),
        week,
        zone,
        zone.today(now),
        stamps,
        lacking,
    )
    row(tiles, height=_HEIGHT)


def _overview(
    weekly_and_running: pd.DataFrame,
    check_ins: pd.DataFrame | None,
    rewards: pd.DataFrame | None,
    payouts: pd.DataFrame | None,
    users_total: int | None,
    week: Week,
    calendar: Calendar,
    today: date,
    stamps: dict[str, str],
    lacking: dict[str, str],
) -> tuple[Tile, ...]:
    weekly = weekly_and_running.iloc[:-1]
    days = Period.of_weeks([week])
    return (
        _users(users_total, weekly_and_running["new_users"]),
        _weekly(
            "New users",
            weekly,
            "new_users",
            wording.count,
            definitions.NEW_USERS,
            address=links.users(days.first, days.last),
        ),
        _active(weekly, lacking["check_ins"]),
        _weekly(
            "Check-ins submitted",
            weekly,
            "submitted",
            wording.count,
            definitions.SUBMITTED,
            address=links.check_ins(days.first, days.last),
            note=lacking["check_ins"],
            at_least=bool(lacking["check_ins"]),
        ),
        _confirmation(weekly, days, lacking["check_ins"]),
        _weekly(
            "Median decision time",
            weekly,
            "median_hours_to_decision",
            wording.hours,
            definitions.TIME_TO_DECISION,
            note=lacking["check_ins"],
        ),
        _on_hold(check_ins, calendar, today, stamps, lacking["check_ins"]),
        _earned(weekly, days, lacking["rewards"]),
        _outstanding(rewards, calendar, today, stamps, lacking["rewards"]),
        _claimed(weekly, payouts, days, lacking["payouts"]),
    )


def _users(total: int | None, registered: pd.Series[Any]) -> Tile:
    """The users of this moment; the trend is what registrations since then leave."""
    ends = users_at_week_ends(total, registered)
    latest, before = (ends[-1], ends[-2]) if len(ends) > 1 else (None, None)
    return Tile(
        "Users",
        wording.count(total),
        definitions.USERS,
        change="" if latest is None else wording.change(latest, before),
        sign=_sign(latest, before),
        address="" if total is None else links.all_users(),
        trend=tuple(float(end) for end in ends),
    )


def _active(weekly: pd.DataFrame, lacking: str) -> Tile:
    """Active users; those of check-ins without an owner cannot be counted."""
    nameless = weekly["submitted_without_owner"].iloc[-1]
    some = not wording.is_missing(nameless) and nameless > 0
    known = not wording.is_missing(weekly["active_users"].iloc[-1])
    ownerless = f"{wording.plural(nameless, 'check-in')} without an owner" if some else ""
    return _weekly(
        "Active users",
        weekly,
        "active_users",
        wording.count,
        definitions.ACTIVE_USERS,
        note=_joined(ownerless, lacking),
        at_least=(some or bool(lacking)) and known,
    )


def _confirmation(weekly: pd.DataFrame, days: Period, lacking: str) -> Tile:
    """The confirmation rate; counts instead of a percentage while few are decided."""
    latest, before = weekly.iloc[-1], weekly.iloc[-2]
    known = not wording.is_missing(latest["undecided"])
    undecided = f"{wording.count(latest['undecided'])} undecided" if known else ""
    decided = f"{wording.count(latest['submitted'] - latest['undecided'])} decided" if known else ""
    return Tile(
        "Confirmation rate",
        wording.confirmation(latest["confirmed"], latest["declined"]),
        definitions.CONFIRMATION_RATE,
        change=""
        if wording.is_missing(latest["confirmation_rate"])
        else wording.points(latest["confirmation_rate"], before["confirmation_rate"]),
        sign=_sign(latest["confirmation_rate"], before["confirmation_rate"]),
        address=links.check_ins(days.first, days.last, status=DECIDED) if known else "",
        note=_joined(decided, undecided, lacking),
        trend=tuple(float(value) for value in weekly["confirmation_rate"].dropna()),
    )


def _on_hold(
    check_ins: pd.DataFrame | None,
    calendar: Calendar,
    today: date,
    stamps: dict[str, str],
    lacking: str,
) -> Tile:
    if check_ins is None:
        return Tile("On hold now", wording.UNKNOWN, definitions.ON_HOLD_NOW)
    since = metrics.since(check_ins, "checked_in_at", (ON_HOLD,), calendar)
    held = metrics.on_hold_now(check_ins)
    undated = held - (0 if since is None else since.count)
    return Tile(
        "On hold now",
        wording.count(held),
        definitions.ON_HOLD_NOW,
        change=_AT_LEAST if lacking else "",
        address="" if since is None else links.check_ins(since.first, today, status=ON_HOLD),
        note=_joined(
            f"as of {stamps['check_ins']}",
            f"{wording.count(undated)} without a date" if undated else "",
            lacking,
        ),
    )


def _earned(weekly: pd.DataFrame, days: Period, lacking: str) -> Tile:
    """Rewards earned; rewards without an amount make the sum a lower bound."""
    without = weekly["earned_without_amount"].iloc[-1]
    some = not wording.is_missing(without) and without > 0
    return _weekly(
        "Rewards earned",
        weekly,
        "earned_cents",
        wording.money,
        definitions.EARNED,
        address=links.rewards(days.first, days.last, status=EARNED),
        note=_joined(
            _counted(weekly, "earned_count", "reward"),
            f"{wording.count(without)} without an amount" if some else "",
            lacking,
        ),
        at_least=some or bool(lacking),
        per=_CENTS,
    )


def _outstanding(
    rewards: pd.DataFrame | None,
    calendar: Calendar,
    today: date,
    stamps: dict[str, str],
    lacking: str,
) -> Tile:
    if rewards is None:
        return Tile("Outstanding rewards", wording.UNKNOWN, definitions.OUTSTANDING)
    return outstanding(
        "Outstanding rewards",
        rewards,
        calendar,
        today,
        note=_joined(f"as of {stamps['rewards']}", lacking),
        lacking=lacking,
    )


def outstanding(
    label: str, rewards: pd.DataFrame, calendar: Calendar, today: date, *, note: str, lacking: str
) -> Tile:
    """All rewards that are Confirmed now, whatever their date."""
    since = metrics.since(rewards, "rewarded_at", (CONFIRMED,), calendar)
    return money(
        label,
        metrics.outstanding(rewards),
        definitions.OUTSTANDING,
        note=note,
        lacking=lacking,
        address="" if since is None else links.rewards(since.first, today, status=CONFIRMED),
    )


def _claimed(
    weekly: pd.DataFrame, payouts: pd.DataFrame | None, days: Period, lacking: str
) -> Tile:
    missing = 0 if payouts is None else metrics.undated(payouts)
    return _weekly(
        "Payouts claimed",
        weekly,
        "claimed_cents",
        wording.money,
        definitions.CLAIMED,
        address=links.payouts(days.first, days.last),
        note=_joined(_undated(missing) or _counted(weekly, "claimed_count", "payout"), lacking),
        at_least=missing > 0 or bool(lacking),
        per=_CENTS,
    )


def _counted(weekly: pd.DataFrame, column: str, noun: str) -> str:
    latest = weekly[column].iloc[-1]
    return "" if wording.is_missing(latest) else wording.plural(latest, noun)


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
    lacking: str = "",
    address: str = "",
) -> Tile:
    """Dollars and how many; "at least" while a row, an amount or a date is missing.

    `address` shows the rows, if any does.
    """
    without = total.without_amount
    return Tile(
        label,
        wording.money(total.cents),
        definition,
        change=_AT_LEAST if undated or without or lacking else "",
        address=address,
        note=_joined(
            wording.plural(total.count, noun),
            _undated(undated),
            f"{wording.count(without)} without an amount" if without else "",
            note if lacking in note else _joined(note, lacking),
        ),
    )


def hours(label: str, value: float | None, definition: str) -> Tile:
    """A duration."""
    return Tile(label, wording.hours(value), definition)


def rewards(
    of_any_status: pd.DataFrame,
    shown: pd.DataFrame,
    everything: pd.DataFrame,
    days: Period,
    types: Sequence[str],
    calendar: Calendar,
    today: date,
    lacking: str,
) -> tuple[Tile, ...]:
    """The tiles of the Rewards page: earned, outstanding, and one for each status shown."""

    def address(status: str | Sequence[str]) -> str:
        return links.rewards(days.first, days.last, status=status, type=types)

    return (
        money(
            "Earned in the period",
            metrics.earned(of_any_status),
            definitions.in_period(definitions.EARNED),
            lacking=lacking,
            address=address(EARNED),
        ),
        outstanding(
            "Outstanding now",
            everything,
            calendar,
            today,
            note="all time, whatever the filters",
            lacking=lacking,
        ),
        *(
            money(
                wording.status(line["status"]),
                metrics.MoneyTotal(
                    int(line["count"]), int(line["amount_cents"]), int(line["without_amount"])
                ),
                definitions.REWARDS_BY,
                lacking=lacking,
                address=address(line["status"]) if line["status"] in REWARD_STATUSES else "",
            )
            for line in metrics.rewards_by(shown, "status").to_dict("records")
        ),
    )


def user(loaded: Loaded, totals: metrics.UserTotals) -> None:
    """The six numbers of one user; one whose list is missing shows a dash."""
    confirmation = totals.confirmation
    row(
        [
            Tile("Check-ins", wording.count(totals.check_ins), _CACHED_CHECK_INS),
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
    listing = loaded.value(name)
    if listing is None:
        return Tile(label, wording.UNKNOWN, definition)
    unread = f"some {name} could not be read" if listing.problems else ""
    return money(label, total, definition, noun=name.removesuffix("s"), lacking=unread)
