"""Exports and the report's workbook, opened by a spreadsheet program: nothing in them computes."""

import csv
import io
from datetime import UTC, datetime

import pytest

from ownli_api import OwnliClient
from ownli_api.sandbox import World
from pages.access.masking import masked
from pages.analysis import columns, export
from pages.analysis.columns import Column
from pages.analysis.periods import Calendar, Week
from pages.analysis.report import as_xlsx
from tests.api.test_export_files import TRICKS, tricked
from tests.spreadsheet_program import opened
from tests.unit.report_world import Lists

ZONE = Calendar("America/New_York")
NOW = datetime(2026, 11, 24, 13, 41, tzinfo=UTC)
ROWS = 60
TYPES = {"time": {"date"}, "day": {"date"}, "money": {"currency", "float"}, "count": {"float"}}


@pytest.fixture(scope="module")
def profile(tmp_path_factory):
    return tmp_path_factory.mktemp("office")


@pytest.fixture
def tables(sandbox, client_settings):
    """What the screens export, every free text of it a trick."""
    tricked(sandbox.world)
    client = OwnliClient(client_settings)
    try:
        owner = client.rewards(status="Claimed").frame["owner_id"].iloc[0]
        yield {
            "check-ins": (client.check_ins("mileage").frame.head(ROWS), columns.CHECK_INS),
            "rewards": (client.rewards().frame.head(ROWS), columns.REWARDS),
            "users": (client.users().frame.head(ROWS), columns.USERS),
            "payouts": (
                client.user_payouts(owner).frame.assign(owner_name=TRICKS[0]),
                columns.PAYOUTS,
            ),
        }
    finally:
        client.close()


def expected(frame, column: Column) -> list[str]:
    """The values of a column as the text file says them."""
    text = export.csv_bytes(frame, [column], ZONE).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))[1:]
    return [row[0] for row in rows]


@pytest.mark.parametrize("full", [False, True])
def test_no_cell_of_a_workbook_computes_and_dates_and_amounts_are_typed(
    tables, tmp_path, profile, full
):
    typed = 0
    for name, (frame, layout) in tables.items():
        rows = frame if full else masked(frame)
        file = tmp_path / f"{name}.xlsx"
        file.write_bytes(export.xlsx_bytes(rows, layout, ZONE, name))
        (sheet,) = opened(file, profile).values()
        assert [cell.text for cell in sheet[0]][: len(layout)] == [
            f"{column.label} ({ZONE.zone})" if column.kind == "time" else column.label
            for column in layout
        ]
        cells = [cell for row in sheet for cell in row]
        assert not [cell for cell in cells if cell.formula is not None], name
        assert len(sheet) == len(rows) + 1
        for place, column in enumerate(layout):
            said = expected(rows, column)
            for line, value in zip(sheet[1:], said, strict=True):
                cell = line[place] if place < len(line) else None
                if value == "":
                    assert cell is None or cell.kind is None
                    continue
                wanted = TYPES.get(column.kind)
                if wanted is None:
                    assert cell.kind == "string", (name, column.label, cell)
                    continue
                typed += 1
                assert cell.kind in wanted, (name, column.label, cell)
                if column.kind == "time":
                    whole = datetime.fromisoformat(cell.value).replace(microsecond=0)
                    assert whole == datetime.fromisoformat(value)
                else:
                    assert float(cell.value) == float(value)
    assert typed > 100


def test_no_cell_of_a_text_file_computes_where_a_program_reads_it(tables, tmp_path, profile):
    for name, (frame, layout) in tables.items():
        file = tmp_path / f"{name}.csv"
        file.write_bytes(export.csv_bytes(frame, layout, ZONE))
        (sheet,) = opened(file, profile).values()
        cells = [cell for row in sheet for cell in row]
        assert len(cells) > len(layout)
        assert not [cell for cell in cells if cell.formula is not None], name
        assert not [cell for cell in cells if cell.text.startswith(("Err:", "#"))], name


def test_no_cell_of_the_weekly_report_computes_in_a_program(tmp_path, profile):
    world = World.make(seed=3, users=120, weeks=16, now=NOW)
    tricked(world)
    file = tmp_path / "report.xlsx"
    file.write_bytes(as_xlsx(Lists(world).report(Week(2026, 47), NOW)))
    sheets = opened(file, profile)
    assert {"Summary", "Ledger", "Definitions"} <= set(sheets)
    cells = [cell for rows in sheets.values() for row in rows for cell in row]
    assert not [cell for cell in cells if cell.formula is not None]
    assert not [cell for cell in cells if cell.text.startswith("Err:")]
    assert any(cell.text == TRICKS[2] for cell in cells), "the world has nothing to prove this with"
    stamps = {row[0].text: row[1] for row in sheets["Summary"] if len(row) > 1}
    assert stamps["From (America/New_York)"].kind == "date"
    assert stamps["Outstanding rewards"].kind in TYPES["money"]
