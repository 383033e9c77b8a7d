"""Receipts on screen: what any number of the report means, and the rows it was counted from."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd
import streamlit as st

from pages.access.escaping import inert
from pages.analysis.report import Receipt, Report, Table, cells, receipts
from pages.analysis.report.tables import NUMBERS
from pages.ui import filters, states, tables

_TILES = "tiles"
# Where columns can be chosen they cannot be sorted: these stand in the report's own order.
_CELLS: tuple[Literal["single-cell", "single-column"], ...] = ("single-cell", "single-column")
# The clicked cell in the address.
_CELL = "cell"
# Tables of so many rows are shown without a bar to scroll them by: the twelve weeks and a sum.
_WHOLE_ROWS = 13


def behind(report: Report) -> None:
    """The receipt of one number, and the rows it was counted from, masked as everywhere."""
    tiles = {one.key: one.receipt for one in report.tiles if one.withheld is None}
    traced = {key: one for key, one in report.tables.items() if cells.can_be_traced(one)}
    parts = [*([_TILES] if tiles else []), *traced]
    if not parts:
        return
    titles = {key: one.title for key, one in traced.items()} | {_TILES: "The week in numbers"}
    st.subheader("Rows behind a number", anchor=False, help="Exactly the rows that were counted")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        part = filters.one("Part of the report", "part", parts, titles.__getitem__, width=330)
        if part == _TILES:
            number = filters.one(
                "Number", "number", list(tiles), lambda key: tiles[key].label, width=260
            )
    if part == _TILES:
        lists = receipts.BEHIND[number].lists
        rows = receipts.rows_behind(report.inputs, number)
        _show(report, tiles[number], lists[0] if lists else None, rows, number)
    else:
        _cell(report, traced[part])


def _cell(report: Report, table: Table) -> None:
    """One table of the report; the number that is clicked in it opens its receipt."""
    chosen = _chosen(table, _grid(table))
    if chosen is None:
        st.caption("Click a number to see the rows it was counted from.")
        return
    found = cells.behind(report.inputs, table, *chosen)
    receipt = cells.receipt(report.inputs, table, *chosen)
    name = f"{table.key} {cells.name(table, *chosen)}"
    if found is None:
        _show(report, receipt, None, None, name)
    else:
        _show(report, receipt, found.list, found.rows, name)


def _grid(table: Table) -> Any:
    """A table as the report prints it; returns the selection."""
    shown = pd.DataFrame(
        {
            column.name: pd.Series([table.said(row, column) for row in table.rows], dtype="str")
            for column in table.columns
        }
    )
    config = {
        column.name: (
            st.column_config.TextColumn(column.label, alignment="right")
            if column.kind in NUMBERS
            else st.column_config.TextColumn(column.label, width="medium")
        )
        for column in table.columns
    }
    linked = cells.place(table, st.query_params.get(_CELL, ""))
    return st.dataframe(
        shown,
        hide_index=True,
        column_config=config,
        height="content" if len(table.rows) <= _WHOLE_ROWS else "auto",
        key=f"cells-{table.key}",
        on_select="rerun",
        selection_mode=_CELLS,
        selection_default=None if linked is None else {"selection": {"cells": [linked]}},
        alt=table.title,
    )


def _chosen(table: Table, selection: Any) -> tuple[int, str] | None:
    """The number that was clicked; a browser may name anything."""
    for cell in selection["selection"]["cells"]:
        match tuple(cell):
            case (int(at), str(column)) if cells.is_number(table, at, column):
                return at, column
    return None


def _show(
    report: Report, receipt: Receipt, of: str | None, rows: pd.DataFrame | None, name: str
) -> None:
    """A receipt in words, and its rows, which are `of` one list; `name` is for their files."""
    st.text(f"{receipt.label}: {receipt.value}")
    st.caption(inert(receipt.definition))
    st.caption(inert(f"{receipt.filter}. {receipt.sources}."))
    st.caption(inert(f"{receipt.stamp}. Content hash {receipt.hash}"))
    if rows is not None and of is not None:
        _rows(report, of, rows, f"{report.week.code} {name}")
    elif not receipt.lists:
        states.nothing("Ownli counted this number, so there are no rows to show.")
    else:
        states.nothing("This number is worked out from others, not counted from rows.")


def _rows(report: Report, of: str, rows: pd.DataFrame, name: str) -> None:
    """The rows as the screen of their list shows them."""
    if rows.empty:
        states.nothing("No row was counted.")
    elif of == "check_ins":
        tables.check_ins(rows, name, report.inputs.vehicles)
    elif of == "rewards":
        tables.rewards(rows, name)
    else:
        everything: Any = report.inputs.rewards
        tables.payouts(rows, everything if everything is not None else rows.iloc[:0], name)
