"""Tables: masked before they leave the server, sorted and paged there, a row opens its user."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import streamlit as st

from pages.access.guard import guarded
from pages.access.masking import masked
from pages.analysis import columns as layouts
from pages.analysis import links, metrics, wording
from pages.analysis.columns import Column, Kind
from pages.analysis.periods import Calendar, Period
from pages.analysis.rows import matching, ordered
from pages.ui import exports, filters, navigation, sources, states
from pages.ui.memo import once

if TYPE_CHECKING:
    from pages.ui.filters import UserFilters

# Columns of chart tables that hold Ownli's words.
_SPOKEN: dict[str, Kind] = {"status": "status", "kind": "kind", "type": "reward_type"}
# Where the values stand that Ownli sorts users by.
_USER_COLUMNS = {
    "dateRegistered": "registered_at",
    "firstName": "first_name",
    "lastName": "last_name",
    "email": "email",
    "phone": "phone",
}
_NOTHING = "—"
_OPEN_PAYOUT = "tables.open_payout"
_ROW_HEIGHT = 35
_PER_PAGE = 25
_ORDERS = ("Descending", "Ascending")
# A click anywhere in a row opens it, not only one on its box.
_BY_ROW_OR_CELL: tuple[Literal["single-row", "single-cell"], ...] = ("single-row", "single-cell")
# Beside other things a pager of its own width is squeezed to its current page.
_PAGER = 330


def small(frame: pd.DataFrame, labels: Mapping[str, str], *, alt: str) -> None:
    """The few numbers behind a chart, as they are."""
    table, columns = once(_small, frame, labels, sources.calendar())
    st.dataframe(
        table,
        hide_index=True,
        column_config=_config(columns),
        placeholder=_NOTHING,
        alt=alt,
    )


def _small(
    frame: pd.DataFrame, labels: Mapping[str, str], zone: Calendar
) -> tuple[pa.Table, tuple[Column, ...]]:
    shown = frame.reset_index()[list(labels)]
    columns = tuple(
        Column(name, label, _guess(shown[name], name)) for name, label in labels.items()
    )
    return _arrow(shown, columns, zone), columns


def _guess(values: pd.Series[Any], name: str) -> Kind:
    """How a chart's column reads, from its name and type."""
    if name.endswith("_cents"):
        return "money"
    if name.endswith(("rate", "share")):
        return "percent"
    if "hours" in name:
        return "hours"
    if name in _SPOKEN:
        return _SPOKEN[name]
    if pd.api.types.is_datetime64_any_dtype(values):
        return "day"
    return "count" if pd.api.types.is_numeric_dtype(values) else "text"


def rows(
    frame: pd.DataFrame,
    columns: Sequence[Column],
    *,
    key: str,
    alt: str,
    search_in: Sequence[str] = (),
    default_sort: str,
    period: str,
    opens: Literal["user", "payout"] = "user",
    finish: Callable[[pd.DataFrame], pd.DataFrame] | None = None,
) -> str | None:
    """A long table: search, sort and page on the server; a chosen row opens its user.

    Only the page that is shown is sent, with contact details masked. With `opens="payout"` the id
    of the chosen row is returned instead. `period` names the rows in files and in the audit log;
    `finish` adds to them what only files hold.
    """
    found, order = _controls(frame, columns, key, search_in, default_sort)
    if found.empty:
        states.nothing("No row matches.", "Change the search text or the filters.")
        return None
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        start = _page_start(len(found), key)
        st.space("stretch")
        in_file = (*columns, *layouts.ONLY_IN_FILES[key])
        file = exports.File(found, in_file, key, period)
        exports.buttons(file if finish is None else replace(file, finish=finish), key=key)
    page = once(_page, found, order, start, tuple(columns), sources.calendar())
    # A choice belongs to the rows it was made in: once it is acted upon, the table is a new one.
    acted = st.session_state.get(f"{key}.acted", 0)
    selection = _draw(page.table, columns, key=f"{key}-rows-{start}-{acted}", alt=alt)
    if opens == "user":
        _open(selection, page.owners)
        return None
    place = _chosen(selection, len(page.ids))
    if place is None:
        return None
    st.session_state[f"{key}.acted"] = acted + 1
    return str(page.ids[place])


@dataclass(frozen=True)
class _Rows:
    """The rows of one page as the browser gets them, masked, and the ids that stay here."""

    table: pa.Table
    ids: tuple[Any, ...]
    owners: tuple[Any, ...]


def _page(
    found: pd.DataFrame,
    order: np.ndarray[Any, Any],
    start: int,
    columns: tuple[Column, ...],
    zone: Calendar,
) -> _Rows:
    page = masked(found.iloc[order[start : start + _PER_PAGE]])
    return _Rows(_arrow(page, columns, zone), tuple(page["id"]), tuple(page["owner_id"]))


def _chosen(selection: Any, count: int) -> int | None:
    """The row that was chosen, by its box or by a click on one of its cells."""
    state = selection["selection"]
    places = [*state["rows"], *(cell[0] for cell in state["cells"])]
    return places[0] if places and 0 <= places[0] < count else None


def _open(selection: Any, ids: Sequence[Any]) -> None:
    """Go to the user of the chosen row."""
    place = _chosen(selection, len(ids))
    if place is not None:
        user_id = ids[place]
        if pd.isna(user_id):
            states.note("Ownli sent this row without its owner, so there is no user to open.")
            return
        navigation.go(links.user(str(user_id)))


def _controls(
    frame: pd.DataFrame,
    columns: Sequence[Column],
    key: str,
    search_in: Sequence[str],
    default_sort: str,
) -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    """Search box and order; returns the rows that match and the positions of their order."""
    by_label = {column.label: column.name for column in columns}
    label_of = {column.name: column.label for column in columns}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        text = ""
        if search_in:
            # Not in the address: what people search for is often a name.
            text = (
                st.text_input(
                    "Search these rows",
                    key=f"{key}-search",
                    placeholder=", ".join(label_of.get(name, name) for name in search_in),
                    type="search",
                    width=260,
                )
                or ""
            )
        name = f"{_name(key)}_sort"
        filters.of_link(name, tuple(by_label), label_of[default_sort])
        order = st.selectbox(
            "Sort by",
            list(by_label),
            index=list(by_label).index(label_of[default_sort]),
            key=name,
            width=170,
            help="Sorts all rows. A click on a heading sorts only those of the page shown.",
            bind="query-params",
        )
        name = f"{_name(key)}_order"
        filters.of_link(name, _ORDERS, _ORDERS[0])
        falling = (
            st.segmented_control(
                "Order",
                _ORDERS,
                default=_ORDERS[0],
                required=True,
                key=name,
                label_visibility="collapsed",
                bind="query-params",
            )
            == _ORDERS[0]
        )
    found = once(matching, frame, text, tuple(search_in))
    return found, once(ordered, found, by_label[order], falling)


def _name(key: str) -> str:
    """A table's name in the address, as the screens' own are spelled."""
    return key.replace("-", "_")


def _page_start(count: int, key: str) -> int:
    """The pages of a table; returns the position of the first row shown."""
    pages = max(1, -(-count // _PER_PAGE))
    number = 1
    if pages > 1:
        name = f"{_name(key)}_page"
        filters.page_number(name)
        number = min(st.pagination(pages, key=name, width=_PAGER, bind="query-params"), pages)
    start = (number - 1) * _PER_PAGE
    last = min(start + _PER_PAGE, count)
    st.caption(f"{start + 1:,} to {last:,} of {wording.count(count)} rows", width="content")
    return start


def _arrow(frame: pd.DataFrame, columns: Sequence[Column], zone: Calendar) -> pa.Table:
    """Rows as the browser gets them, which costs as much as all the rest of drawing them."""
    return pa.Table.from_pandas(_spoken(frame, columns, zone), preserve_index=False)


def _spoken(frame: pd.DataFrame, columns: Sequence[Column], zone: Calendar) -> pd.DataFrame:
    """The page with every value as it reads: local times, dollars, words for statuses."""
    shown: dict[str, pd.Series[Any]] = {}
    for column in columns:
        values = frame[column.name]
        if column.kind == "money":
            shown[column.name] = values.astype("Float64") / 100
        elif column.kind == "percent":
            shown[column.name] = values.astype("Float64")
        elif column.kind == "time":
            shown[column.name] = values.map(lambda at: wording.moment(at, zone), na_action="ignore")
        elif column.kind == "day":
            shown[column.name] = values.map(wording.day, na_action="ignore")
        elif column.kind in layouts.WORDS:
            shown[column.name] = values.astype("object").map(
                layouts.WORDS[column.kind], na_action="ignore"
            )
        elif column.kind == "text":
            shown[column.name] = values.astype("str")
        else:
            shown[column.name] = values
    return pd.DataFrame(shown)


def _config(columns: Sequence[Column]) -> dict[str, Any]:
    """Streamlit's settings of each column."""
    made: dict[str, Any] = {}
    for column in columns:
        if column.kind == "money":
            made[column.name] = st.column_config.NumberColumn(
                column.label, format="dollar", width=column.width
            )
        elif column.kind == "percent":
            made[column.name] = st.column_config.NumberColumn(
                column.label, format="percent", width=column.width
            )
        elif column.kind == "count":
            made[column.name] = st.column_config.NumberColumn(
                column.label, format="localized", width=column.width
            )
        else:
            made[column.name] = st.column_config.TextColumn(column.label, width=column.width)
    return made


def check_ins(frame: pd.DataFrame, period: Period | str, vehicles: pd.DataFrame | None) -> None:
    """The check-ins of a view; a row opens its user. `vehicles` tell files the US state."""
    rows(
        frame,
        layouts.CHECK_INS,
        key="check-ins",
        alt="Check-ins, one a row",
        search_in=("owner_name", "note", "id"),
        default_sort="checked_in_at",
        period=_days(period),
        finish=None if vehicles is None else lambda rows: metrics.with_states(rows, vehicles),
    )


def _days(period: Period | str) -> str:
    """A period as file names and audit lines say it: `2026-11-02 2026-11-24`; words stay."""
    return period if isinstance(period, str) else f"{period.first} {period.last}"


def rewards(frame: pd.DataFrame, period: Period | str) -> None:
    """The rewards of a view; a row opens its user."""
    rows(
        frame,
        layouts.REWARDS,
        key="rewards",
        alt="Rewards, one a row",
        search_in=("owner_name", "action_code", "description", "id"),
        default_sort="rewarded_at",
        period=_days(period),
    )


def payouts(frame: pd.DataFrame, all_rewards: pd.DataFrame, period: Period | str) -> None:
    """The payouts of a view; a row opens the rewards behind it."""
    payout_id = rows(
        once(_named, frame, all_rewards),
        layouts.PAYOUTS,
        key="payouts",
        alt="Payouts, one a row",
        search_in=("owner_name", "payment_reference_id", "id"),
        default_sort="claimed_at",
        period=_days(period),
        opens="payout",
    )
    if filters.just_arrived():
        _close_payout()
    if payout_id is not None:
        st.session_state[_OPEN_PAYOUT] = payout_id
    # Open until it is closed, though the page runs again in the meantime.
    opened = st.session_state.get(_OPEN_PAYOUT)
    if opened is not None and (frame["id"] == opened).any():
        _payout(opened, frame, all_rewards)


def _named(payouts: pd.DataFrame, rewards: pd.DataFrame) -> pd.DataFrame:
    """The payouts with the names that their owners have in the rewards."""
    known = rewards.dropna(subset=["owner_id"]).drop_duplicates("owner_id")
    names = known.set_index("owner_id")["owner_name"]
    return payouts.assign(owner_name=payouts["owner_id"].map(names))


def _close_payout() -> None:
    st.session_state.pop(_OPEN_PAYOUT, None)


@st.dialog("Payout", width="large", on_dismiss=_close_payout)
@guarded()
def _payout(payout_id: str, frame: pd.DataFrame, all_rewards: pd.DataFrame) -> None:
    """The rewards one payout consists of, and the way to its user."""
    behind = all_rewards[all_rewards["payout_id"] == payout_id]
    payout = frame[frame["id"] == payout_id].iloc[0]
    total = wording.money(payout["amount_cents"])
    name = behind["owner_name"].dropna()
    of = f" of {name.iloc[0]}" if len(name) else ""
    st.text(f"{payout_id}{of}: {total} for {wording.plural(len(behind), 'reward')}")
    if pd.notna(payout["claimed_at"]):
        st.text(f"Claimed {wording.moment(payout['claimed_at'], sources.calendar())}")
    columns = [column for column in layouts.REWARDS if column.name != "owner_name"]
    st.dataframe(
        _spoken(behind[[column.name for column in columns]], columns, sources.calendar()),
        hide_index=True,
        column_config=_config(columns),
        placeholder=_NOTHING,
        alt="Rewards of this payout",
    )
    if pd.notna(payout["owner_id"]) and st.button("Open the user", icon=":material/person:"):
        navigation.go(links.user(str(payout["owner_id"])))


def users(listing: Any, chosen: UserFilters) -> None:
    """One page of Ownli's users list; a row opens the user."""
    total = listing.total_items
    if listing.frame.empty and chosen.page:
        states.nothing(f"The list has no page {chosen.page + 1}.")
        st.button("Show the first page", on_click=filters.first_users_page)
        return
    if listing.frame.empty:
        states.nothing("No user is in this list.", "Change the filters.")
        return
    page = masked(listing.frame)
    selection = _table(page, layouts.USERS, key=f"users-rows-{chosen.page}", alt="Users, one a row")
    size = sources.USERS_PER_PAGE
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        pages = max(1, -(-total // size)) if total is not None else chosen.page + 2
        if pages > 1:
            st.pagination(pages, key=filters.USERS_PAGE, width=_PAGER, bind="query-params")
        first = chosen.page * size + 1
        of = f" of {wording.count(total)}" if total is not None else ""
        st.caption(f"{first:,} to {first + len(page) - 1:,}{of} users")
        st.space("stretch")
        exports.buttons_once_read(lambda: _users_file(chosen), key="users")
    _open(selection, tuple(page["id"]))


def _users_file(chosen: UserFilters) -> exports.File | None:
    """All users that pass the filters, read now; None (with the reason drawn) if they cannot be."""
    loaded = sources.wait({"users": sources.ask_users_whole(chosen)})
    if not loaded.has("users"):
        return None
    frame = loaded.frame("users")
    sort = _USER_COLUMNS.get(chosen.sort, "registered_at")
    order = ordered(frame, sort, falling=chosen.direction == "desc")
    period = "" if chosen.registered is None else _days(chosen.registered)
    return exports.File(frame.iloc[order], layouts.USERS, "users", period)


def people(frame: pd.DataFrame) -> None:
    """Who a search found and why; a row opens the user."""
    st.caption(f"{wording.plural(len(frame), 'user')} found. A row opens the user.")
    page = masked(frame)
    selection = _table(page, layouts.PEOPLE, key="people-rows", alt="Users found, one a row")
    _open(selection, tuple(page["id"]))


def vehicles(frame: pd.DataFrame) -> None:
    """The vehicles of one user."""
    _table(
        masked(frame), layouts.VEHICLES, key="vehicles", alt="Vehicles, one a row", selectable=False
    )


def _table(
    page: pd.DataFrame,
    columns: Sequence[Column],
    *,
    key: str,
    alt: str,
    selectable: bool = True,
) -> Any:
    """Draw one masked page of rows; returns the selection."""
    table = _arrow(page, columns, sources.calendar())
    return _draw(table, columns, key=key, alt=alt, selectable=selectable)


def _draw(
    table: pa.Table, columns: Sequence[Column], *, key: str, alt: str, selectable: bool = True
) -> Any:
    return st.dataframe(
        table,
        hide_index=True,
        column_config=_config(columns),
        placeholder=_NOTHING,
        row_height=_ROW_HEIGHT,
        height="content",
        key=key,
        on_select="rerun" if selectable else "ignore",
        selection_mode=_BY_ROW_OR_CELL,
        alt=alt,
    )
