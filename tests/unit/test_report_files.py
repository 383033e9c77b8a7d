"""The files of the report show the numbers of its JSON, and nothing in them can act."""

import io
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from ownli_api.sandbox import World
from pages.analysis import wording
from pages.analysis.periods import Week
from pages.analysis.report import as_html, as_json, as_xlsx
from tests.unit import analysis_frames as frames
from tests.unit.report_world import Lists

NOW = datetime(2026, 11, 24, 13, 41, tzinfo=UTC)
WEEK = Week(2026, 47)
EVIL = [
    '<script>alert(1)</script><img src="http://evil.example/x">',
    '=HYPERLINK("http://evil.example","click")',
    "@SUM(A1:A9)",
    "-2+3+cmd|' /C calc'!A0",
    "![x](http://evil.example/y.png) \u202e\x07",
    '"></td></table><svg onload="alert(2)">',
]


@pytest.fixture(scope="module")
def report():
    return Lists(World.make(seed=3, users=260, weeks=20, now=NOW)).report(WEEK, NOW)


@pytest.fixture(scope="module")
def content(report) -> dict:
    return json.loads(as_json(report))


class Page(HTMLParser):
    """What a browser would find: tags, numbers of the tiles, cells of the tables."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.numbers: dict[str, str] = {}
        self.tables: dict[str, list[list[str]]] = {}
        self._number = self._table = self._cell = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        facts = dict(attrs)
        self.tags.append((tag, facts))
        if "data-number" in facts:
            self._number = facts["data-number"]
            self.numbers[self._number] = ""
        if tag == "table":
            self._table = self.tables.setdefault(facts["data-table"], [])
        if tag == "tr" and self._table is not None:
            self._table.append([])
        if tag in ("td", "th") and self._table is not None:
            self._table[-1].append("")
            self._cell = True

    def handle_endtag(self, tag):
        if tag == "div":
            self._number = None
        if tag in ("td", "th"):
            self._cell = None

    def handle_data(self, data):
        if self._number:
            self.numbers[self._number] += data
        if self._cell:
            self._table[-1][-1] += data


def sheets(content: bytes) -> dict[str, list[list[tuple[str, object]]]]:
    """Every sheet of a workbook: rows of (type, value) as the file itself says."""
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    book = zipfile.ZipFile(io.BytesIO(content))
    shared = [
        "".join(part.text or "" for part in item.iter(f"{{{space['m']}}}t"))
        for item in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
    ]
    names = [
        one.get("name")
        for one in ElementTree.fromstring(book.read("xl/workbook.xml")).find("m:sheets", space)
    ]
    found = {}
    for number, name in enumerate(names, start=1):
        root = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
        rows = []
        for row in root.find("m:sheetData", space):
            cells = []
            for cell in row:
                assert cell.find("m:f", space) is None, f"a formula in {name}"
                value = cell.find("m:v", space).text
                if cell.get("t") == "s":
                    cells.append(("text", shared[int(value)]))
                else:
                    cells.append(("number", float(value)))
            rows.append(cells)
        assert root.find(".//m:pane[@state='frozen']", space) is not None, name
        found[name] = rows
    return found


def test_the_tiles_of_the_page_are_the_numbers_of_the_json(report, content):
    numbers = Page(as_html(report).decode()).numbers
    decided = content["decided"]
    assert numbers == {
        "users_total": wording.count(content["users"]["total"]),
        "new_users": wording.count(content["users"]["new"]),
        "active_users": wording.count(content["users"]["active"]),
        "submitted": wording.count(sum(sum(k.values()) for k in content["check_ins"].values())),
        "confirmation_rate": wording.confirmation(decided["confirmed"], decided["declined"]),
        "median_hours": wording.hours(content["median_hours_to_decision"]),
        "on_hold_now": wording.count(content["on_hold_now"]),
        "earned": f"${float(content['earned']['amount']):,.2f}",
        "outstanding": f"${float(content['outstanding']['amount']):,.2f}",
        "claimed": f"${float(content['payouts']['amount']):,.2f}",
    }


def said(value, kind: str, row: dict) -> str:
    """A cell of the JSON as a person would read it, by the rules of the wording alone."""
    if kind == "rate":
        confirmed = row.get("confirmed", row.get("Confirmed"))
        return wording.confirmation(confirmed, row.get("declined", row.get("Declined")))
    if value is None:
        return wording.UNKNOWN
    if kind in ("money", "money_change"):
        cents = round(float(value) * 100)
        sign = "+" if kind == "money_change" and cents > 0 else ""
        return sign + wording.money(cents)
    if kind == "change":
        return f"+{value:,}" if value > 0 else f"{value:,}"
    if kind == "result":
        return {True: "passed", False: "failed", None: "cannot tell"}[value]
    write = {"percent": wording.percent, "hours": wording.hours, "count": wording.count}
    return write.get(kind, str)(value)


def test_every_table_of_the_page_holds_the_rows_of_the_json(report, content):
    shown = Page(as_html(report).decode()).tables
    checked = 0
    for key, table in content["tables"].items():
        if not table["rows"]:
            continue
        columns = {column.name: column.kind for column in report.tables[key].columns}
        rows = shown[key]
        assert rows[0] == list(table["columns"].values())
        for cells, row in zip(rows[1:], table["rows"], strict=False):
            expected = [said(row[name], kind, row) for name, kind in columns.items()]
            assert cells == expected, key
            checked += 1
        few = report.tables[key].few
        assert len(rows) - 1 == min(len(table["rows"]), few or len(table["rows"]))
    assert checked > 100


def test_the_workbook_holds_the_numbers_of_the_json_in_typed_cells(report, content):
    found = sheets(as_xlsx(report))
    summary = {row[0][1]: row[1] for row in found["Summary"] if len(row) > 1}
    assert summary["Users"] == ("number", content["users"]["total"])
    assert summary["Rewards earned"] == ("number", float(content["earned"]["amount"]))
    assert summary["Payouts claimed"] == ("number", float(content["payouts"]["amount"]))
    assert summary["Confirmation rate"][1] == pytest.approx(content["confirmation_rate"])
    assert summary["Median time to decision"][1] == pytest.approx(
        content["median_hours_to_decision"]
    )
    zone = content["time_zone"]
    for name, key in (("From", "from"), ("To, not included", "to"), ("Data as of", "as_of")):
        local = datetime.fromisoformat(content[key]).replace(tzinfo=None)
        days = (local - datetime(1899, 12, 30)) / timedelta(days=1)
        assert summary[f"{name} ({zone})"] == ("number", pytest.approx(days))
    by_heading = {tuple(cell[1] for cell in rows[0]): rows[1:] for rows in found.values() if rows}
    for table in content["tables"].values():
        rows = by_heading.get(tuple(table["columns"].values()))
        assert rows is not None, table["title"]
        for cells, row in zip(rows, table["rows"], strict=True):
            expected = [value for value in row.values() if value is not None]
            for (kind, got), value in zip(cells, expected, strict=True):
                if isinstance(value, bool):
                    assert got == ("passed" if value else "failed")
                elif isinstance(value, int | float):
                    assert (kind, got) == ("number", pytest.approx(value))
                elif re.fullmatch(r"-?\d+\.\d\d", value) and kind == "number":
                    assert got == pytest.approx(float(value))
                else:
                    assert (kind, got) == ("text", value)
    assert {"Summary", "Ledger", "Checks", "Definitions"} <= set(found)


def test_the_page_is_one_small_file_that_fetches_and_runs_nothing(report):
    html = as_html(report).decode()
    assert len(html) < 3_000_000
    page = Page(html)
    for tag, facts in page.tags:
        assert tag not in ("script", "link", "iframe", "object", "embed", "base", "form"), tag
        assert not [name for name in facts if name.startswith("on")]
        for name in ("src", "href", "action", "srcset", "xlink:href"):
            assert name not in facts
    assert not re.search(r"url\((?!#hatch\))", html)
    assert "@import" not in html
    policies = [
        facts["content"] for tag, facts in page.tags if tag == "meta" and "content" in facts
    ]
    assert "default-src 'none'; style-src 'unsafe-inline'" in policies


@pytest.fixture
def hostile():
    """A report all of whose texts from Ownli are attacks."""
    lists = Lists(World(seed=1, now=NOW))
    at = datetime(2026, 11, 18, tzinfo=UTC)
    lists.check_ins = frames.check_ins(
        *(
            {
                "status": "Declined",
                "checked_in_at": at,
                "updated_at": at,
                "note": text,
                "owner_id": text,
                "state": text,
                "kind": text,
            }
            for text in EVIL
        ),
        *({"status": text, "checked_in_at": at, "updated_at": at} for text in EVIL),
    )
    lists.rewards = frames.rewards(
        *(
            {
                "status": "Confirmed",
                "rewarded_at": at,
                "amount_cents": 100,
                "action_code": text,
                "type": text,
            }
            for text in EVIL
        ),
        *({"status": text, "rewarded_at": at, "amount_cents": 1} for text in EVIL),
    )
    before = {"status": "Confirmed", "checked_in_at": datetime(2026, 11, 11, tzinfo=UTC)}
    lists.check_ins = frames.check_ins(
        *lists.check_ins.astype(object).where(lists.check_ins.notna(), None).to_dict("records"),
        before,
    )
    return lists.report(WEEK, NOW, environment=EVIL[0], problems=EVIL)


def test_text_from_ownli_stays_text_in_the_page(hostile, report):
    tame = {tag for tag, _ in Page(as_html(report).decode()).tags}
    html = as_html(hostile, EVIL[0]).decode()
    tags = Page(html).tags
    assert {tag for tag, _ in tags} <= tame
    for _, facts in tags:
        assert not [name for name in facts if name.startswith("on")]
    assert "<script" not in html
    assert "<img" not in html
    style = html[html.index("<style>") : html.index("</style>")]
    for said in re.findall(r"content: ([^;]*);", style):
        assert re.fullmatch(r'"[^"\\<>]*"|counter\(page\) " / " counter\(pages\)', said), said


def test_text_from_ownli_stays_text_in_the_workbook(hostile):
    found = sheets(as_xlsx(hostile))
    texts = {cell[1] for rows in found.values() for row in rows for cell in row}
    for text in EVIL:
        assert text.replace("\x07", "") in texts
    names = zipfile.ZipFile(io.BytesIO(as_xlsx(hostile))).namelist()
    assert not [name for name in names if "hyperlink" in name or "external" in name.lower()]


def test_no_technical_word_for_missing_stands_in_any_page(report, hostile):
    for one in (report, hostile):
        html = re.sub(r"<style>.*?</style>", "", as_html(one).decode(), flags=re.S)
        text = re.sub(r"<[^>]*>", " ", html)
        for word in ("nan", "None", "NaT", "<NA>", "inf"):
            assert not re.search(rf"(?<![\w-]){word}(?![\w-])", text), word


def test_every_chart_says_in_words_what_it_shows(report):
    pictures = [facts for tag, facts in Page(as_html(report).decode()).tags if tag == "svg"]
    drawn = [facts for facts in pictures if facts.get("role") == "img"]
    assert len(drawn) >= 8
    assert all(len(facts["aria-label"]) > 30 for facts in drawn)
    assert all(facts.get("aria-hidden") == "true" for facts in pictures if facts not in drawn)


def test_a_list_that_is_missing_is_not_drawn_as_if_it_were_empty(report):
    lists = Lists(World.make(seed=3, users=60, weeks=20, now=NOW))
    html = as_html(lists.report(WEEK, NOW, payouts=None)).decode()
    chart = html[html.index("<h3>Earned and claimed per week</h3>") :]
    chart = chart[: chart.index("</figure>")]
    assert "Rewards earned" in chart
    assert "Payouts claimed" not in chart


def test_the_rows_behind_a_failed_check_stand_on_the_page_and_in_the_workbook():
    lists = Lists(World.make(seed=3, users=60, weeks=20, now=NOW))
    lists.rewards.loc[lists.rewards["status"] == "Claimed", "payout_id"] = "XT_NOBODY"
    report = lists.report(WEEK, NOW)
    shown = Page(as_html(report).decode()).tables["rows_Claimed rewards have a payout"]
    failed = next(one for one in report.checks if one.name == "Claimed rewards have a payout")
    assert [row[0] for row in shown[1:]] == list(failed.rows["id"].head(5))
    rows = sheets(as_xlsx(report))["Rows claimed rewards have a pay"]
    assert len(rows) - 1 == len(failed.rows)
