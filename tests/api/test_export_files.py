"""Exports of a whole awkward world: typed cells, no formula, every row, masked unless full."""

import csv
import io
import re
import zipfile
from datetime import datetime
from xml.etree import ElementTree

import pandas as pd
import pytest

from ownli_api import OwnliClient
from ownli_api.sandbox import World
from pages.access.masking import masked
from pages.analysis import columns, export
from pages.analysis.periods import Calendar

ZONE = Calendar("America/New_York")
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
TRICKS = (
    '=HYPERLINK("https://evil.example","x")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1;2)",
    "\t=1+1",
    "a\r\n=1+1",
    'quote " and, comma',
)


def tricked(world: World) -> None:
    """Make every free text of a world one that tries to be a formula."""
    for number, user in enumerate(world.users.values()):
        user.first_name = TRICKS[number % len(TRICKS)]
    for number, check_in in enumerate(world.check_ins.values()):
        check_in.admin_note = TRICKS[number % len(TRICKS)]
    for number, reward in enumerate(world.rewards.values()):
        reward.action_code = TRICKS[number % len(TRICKS)]


@pytest.fixture
def lists(sandbox, client_settings):
    """The lists as the screens export them, with texts that try to be formulas."""
    tricked(sandbox.world)
    client = OwnliClient(client_settings)
    try:
        yield {
            "check-ins": (client.check_ins("mileage").frame, columns.CHECK_INS),
            "rewards": (client.rewards().frame, columns.REWARDS),
            "users": (client.users_page(size=60).frame, columns.USERS),
        }
    finally:
        client.close()


class Sheet:
    """The first sheet of a workbook, read from its XML with nothing but the standard library."""

    def __init__(self, data: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            self.names = book.namelist()
            self.xml = book.read("xl/worksheets/sheet1.xml").decode()
            strings = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
            styles = ElementTree.fromstring(book.read("xl/styles.xml"))
        self._strings = ["".join(item.itertext()) for item in strings.iter(f"{MAIN}si")]
        formats = {
            one.get("numFmtId"): one.get("formatCode") for one in styles.iter(f"{MAIN}numFmt")
        }
        self._formats = [
            formats.get(one.get("numFmtId"), "General")
            for one in next(styles.iter(f"{MAIN}cellXfs"))
        ]
        rows = ElementTree.fromstring(self.xml).iter(f"{MAIN}row")
        self.rows = [{re.sub(r"\d", "", c.get("r")): self._cell(c) for c in row} for row in rows]

    def _cell(self, cell) -> tuple[str, str, str]:
        """Type (s: text, n: number), number format, value."""
        value = cell.findtext(f"{MAIN}v", "")
        kind = cell.get("t", "n")
        if kind == "s":
            value = self._strings[int(value)]
        return kind, self._formats[int(cell.get("s", "0"))], value

    def column(self, number: int) -> list[tuple[str, str, str] | None]:
        """The cells below the header."""
        return [row.get(chr(ord("A") + number)) for row in self.rows[1:]]


@pytest.mark.parametrize("what", ["check-ins", "rewards", "users"])
def test_a_workbook_has_every_row_typed_and_no_formula_or_link(lists, what):
    frame, layout = lists[what]
    assert len(frame) > 10
    sheet = Sheet(export.xlsx_bytes(frame, layout, ZONE, what.capitalize()))
    assert len(sheet.rows) == len(frame) + 1
    assert "<f>" not in sheet.xml
    assert "<f " not in sheet.xml
    assert "hyperlink" not in sheet.xml.lower()
    assert not [name for name in sheet.names if "externalLink" in name or "vba" in name.lower()]
    for number, column in enumerate(layout):
        cells = [cell for cell in sheet.column(number) if cell is not None]
        if column.kind == "time":
            assert f"({ZONE.zone})" in sheet.rows[0][chr(ord("A") + number)][2]
            assert {cell[:2] for cell in cells} == {("n", "yyyy-mm-dd hh:mm:ss")}
        elif column.kind == "money":
            assert {kind for kind, _, _ in cells} == {"n"}
            assert all("#,##0.00" in shape for _, shape, _ in cells)
        else:
            assert {kind for kind, _, _ in cells} <= {"s"}


def test_amounts_and_times_of_a_workbook_are_the_worlds_to_the_cent_and_second(lists):
    frame, layout = lists["rewards"]
    sheet = Sheet(export.xlsx_bytes(frame, layout, ZONE, "Rewards"))
    names = [column.name for column in layout]
    amounts = sheet.column(names.index("amount_cents"))
    assert sum(round(float(cell[2]) * 100) for cell in amounts if cell) == int(
        frame["amount_cents"].sum()
    )
    serials = sheet.column(names.index("rewarded_at"))
    local = frame["rewarded_at"].dt.tz_convert(ZONE.zone).dt.tz_localize(None)
    for cell, at in zip(serials, local, strict=True):
        said = pd.Timestamp("1899-12-30") + pd.Timedelta(days=float(cell[2]))
        assert abs(said - at) < pd.Timedelta(seconds=1)


@pytest.mark.parametrize("what", ["check-ins", "rewards", "users"])
def test_a_csv_has_every_row_and_no_cell_that_a_spreadsheet_would_calculate(lists, what):
    frame, layout = lists[what]
    text = export.csv_bytes(frame, layout, ZONE).decode("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(text, newline=""))
    assert len(rows) == len(frame)
    assert {len(row) for row in rows} == {len(head)}
    for column, cells in zip(layout, zip(*rows, strict=True), strict=True):
        for cell in filter(None, cells):
            if column.kind == "time":
                datetime.strptime(cell, "%Y-%m-%d %H:%M:%S")
            elif column.kind == "money":
                assert re.fullmatch(r"-?\d+(\.\d{1,2})?", cell)
            else:
                assert not cell.lstrip(" ").startswith(FORMULA), cell


def test_phones_stay_readable(lists):
    frame, layout = lists["users"]
    text = export.csv_bytes(frame, layout, ZONE).decode("utf-8-sig")
    place = [column.name for column in layout].index("phone")
    phones = [row[place] for row in list(csv.reader(io.StringIO(text, newline="")))[1:]]
    assert all(re.fullmatch(r"\(\d{3}\) \d{3}-\d{4}", phone) for phone in phones if phone)


def test_a_masked_file_holds_no_contact_detail_in_full(lists, sandbox):
    frame, layout = lists["users"]
    hidden = masked(frame)
    text = export.csv_bytes(hidden, layout, ZONE).decode("utf-8-sig").lower()
    sheet = Sheet(export.xlsx_bytes(hidden, layout, ZONE, "Users"))
    cells = " ".join(cell[2] for row in sheet.rows for cell in row.values()).lower()
    for user in sandbox.world.users.values():
        digits = re.sub(r"\D", "", user.phone)[-10:]
        shown = f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"
        for secret in (user.email.lower(), user.phone, digits, shown):
            assert secret not in text
            assert secret not in cells


def test_no_column_of_any_export_can_hold_the_link_to_a_payment():
    for layout in (columns.CHECK_INS, columns.REWARDS, columns.PAYOUTS, columns.USERS):
        assert not [column for column in layout if "link" in column.name.lower()]
