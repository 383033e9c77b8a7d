"""The weekly report on screen: the job's numbers and hashes, any week, and what is missing."""

import html
import io
import json
import re
from datetime import UTC, datetime

import pytest

from ownli_api.sandbox import Sandbox, World
from pages.analysis.periods import Calendar
from pages.analysis.report import as_json
from pages.jobs import weekly_report
from pages.jobs.weekly_report import Surroundings
from pages.ui import receipts, settings
from pages.ui import report as screen
from tests.pages.reading import MACHINE_WORDS, loaded, settled
from tests.unit.report_world import Lists

ZONE = "America/New_York"


@pytest.fixture(scope="module")
def partner():
    with Sandbox(World.make(seed=4, users=90, weeks=16)) as server:
        yield server


@pytest.fixture
def configured(configure, partner) -> None:
    configure(partner)


def week(back: int = 0):
    return Calendar(ZONE).last_complete(datetime.now(UTC)).plus(-back)


def page(at) -> str:
    """The report as it stands on the screen."""
    (found,) = [one.proto.body for one in at.get("html") if "weekly-report" in one.proto.body]
    return found


def numbers(at) -> dict[str, str]:
    found = re.findall(r'data-number="(\w+)">([^<]*)<', page(at))
    return {key: html.unescape(value) for key, value in found}


def from_the_job(partner, tmp_path, *words: str) -> dict:
    out = io.BytesIO()
    environment = {
        "OWNLI_BASE_URL": partner.base_url,
        "OWNLI_PARTNER_ID": partner.partner_id,
        "OWNLI_CLIENT_ID": partner.client_id,
        "OWNLI_CLIENT_SECRET": partner.client_secret,
    }
    around = Surroundings(
        environment, tmp_path, out, False, io.StringIO(), lambda: datetime.now(UTC)
    )
    weekly_report.main(["--format", "json", *words], around)
    return json.loads(out.getvalue())


@pytest.mark.parametrize("back", [0, 5])
def test_the_screen_shows_the_numbers_and_hashes_of_the_job(configured, partner, tmp_path, back):
    code = week(back).code
    at = settled(loaded("weekly_report", week=code))
    assert not at.exception
    receipts = from_the_job(partner, tmp_path, "--week", code)["receipts"]
    assert numbers(at) == {key: one["value"] for key, one in receipts.items()}
    text = page(at)
    for one in receipts.values():
        assert one["hash"] in text


def test_the_last_complete_week_is_shown_first_and_others_are_in_the_link(configured):
    at = loaded("weekly_report")
    assert at.selectbox(key="week").value == week().code
    assert f"{week().code}, Monday 00:00" in page(at)
    other = loaded("weekly_report", week=week(3).code)
    assert f"{week(3).code}, Monday 00:00" in page(other)


def test_the_running_week_is_there_on_request_and_marked(configured):
    running = week(-1)
    at = loaded("weekly_report", week=running.code)
    text = page(at)
    assert re.search(r"In progress, \d of 7 days", text)
    assert 'class="change' not in text


@pytest.mark.parametrize("odd", ["2026-W99", "yesterday", "<b>x</b>"])
def test_a_week_in_the_link_that_is_none_gives_the_default_with_a_note(configured, odd):
    at = loaded("weekly_report", week=odd)
    assert not at.exception
    assert any("week" in one.value and "not understood" in one.value for one in at.info)
    assert f"{week().code}, Monday 00:00" in page(at)


def test_a_week_before_the_partners_first_is_one_sentence(configure):
    world = World(seed=1)
    world.submit_check_in(owner_id=world.register().id)
    with Sandbox(world) as young:
        configure(young)
        at = loaded("weekly_report", week=week(20).code)
    assert not at.exception
    assert any("is before the partner's first" in one.value for one in at.text)
    assert not [one for one in at.get("html") if "weekly-report" in one.proto.body]


def test_a_list_that_fails_withholds_its_part_and_keeps_the_rest(configure):
    with Sandbox(World.make(seed=4, users=30, weeks=14)) as broken:
        broken.faults.add("403", "/api/rewards", times=None)
        configure(broken)
        at = loaded("weekly_report")
        assert not at.exception
        text = page(at)
        shown = numbers(at)
        assert "submitted" in shown
        assert "earned" not in shown
        assert "unavailable" in text
        assert "Incomplete" in text


def test_no_machine_word_and_no_contact_detail_stands_in_it(configured, partner):
    at = loaded("weekly_report")
    text = re.sub(r"<style>.*?</style>|<[^>]*>", " ", page(at), flags=re.S)
    assert not MACHINE_WORDS.search(text), MACHINE_WORDS.search(text)
    for user in partner.world.users.values():
        assert user.email not in page(at)
        assert user.phone not in page(at)


def test_the_rows_behind_a_number_are_as_many_as_its_receipt_says(configured):
    at = loaded("weekly_report", number="Check-ins submitted")
    counted = int(numbers(at)["submitted"].replace(",", ""))
    said = [one.value for one in at.caption if f"of {counted:,} rows" in one.value]
    assert said, [one.value for one in at.caption]


def test_a_table_of_the_report_is_offered_with_its_numbers_to_click(configured):
    at = loaded("weekly_report", part="This week by kind")
    assert any("Click a number" in one.value for one in at.caption)
    assert "Number" not in [one.label for one in at.selectbox]
    (grid,) = at.dataframe
    assert list(grid.value["kind"]) == ["Mileage", "Condition", "Proof of address", "All kinds"]
    assert grid.value["total"].iloc[-1] == numbers(at)["submitted"]


def test_a_part_that_is_withheld_is_not_offered(configure):
    with Sandbox(World.make(seed=4, users=30, weeks=14)) as broken:
        broken.faults.add("403", "/api/rewards", times=None)
        configure(broken)
        at = loaded("weekly_report")
        (parts,) = [one.options for one in at.selectbox if one.label == "Part of the report"]
        assert "This week by kind" in parts
        assert "Rewards ledger" not in parts


@pytest.mark.parametrize(
    ("cells", "chosen"),
    [
        ([], None),
        ([(1, "Declined")], (1, "Declined")),
        ([(1, "kind")], None),
        ([(99, "Declined")], None),
        ([(-1, "Declined")], None),
        ([(1, "confirmed; drop")], None),
        ([(1, "confirmed")], None),
    ],
)
def test_a_browser_that_names_a_cell_that_is_not_there_opens_nothing(report, cells, chosen):
    selection = {"selection": {"cells": cells}}
    assert receipts._chosen(report.tables["by_kind"], selection) == chosen


def test_every_format_has_its_button_and_nothing_is_audited_before_a_click(configured):
    at = loaded("weekly_report")
    labels = {one.proto.label for one in at.get("download_button")}
    assert {"HTML", "XLSX", "JSON"} <= labels
    audit = settings.load().audit_file
    assert not audit.exists() or "weekly report" not in audit.read_text()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("2099-W05", "has not begun yet"),
        ("2020-W05", "is too long ago"),
        ("2026-W77", "was not understood"),
        ("monday", "was not understood"),
    ],
)
def test_a_links_week_that_cannot_be_shown_is_named_with_the_reason(configured, asked, said):
    at = loaded("weekly_report", week=asked)
    assert any(said in one.value for one in (*at.info, *at.warning, *at.caption, *at.text))
    assert numbers(at)


class Asker:
    """Stands for the sign-in behind a click."""

    def __init__(self) -> None:
        self.noted = []

    def note(self, event, **facts):
        self.noted.append((event, facts))


@pytest.fixture
def report(partner):
    now = datetime.now(UTC)
    return Lists(partner.world).report(week(), now)


def test_a_clicked_file_is_audited_and_archived_once(configured, report, tmp_path, monkeypatch):
    folder = tmp_path / "archive"
    monkeypatch.setenv("REPORT_ARCHIVE", str(folder))
    asker = Asker()
    make = screen._maker(report, "json", as_json, folder)
    assert make(asker) == make(asker) == as_json(report)
    facts = {"what": "weekly report", "filter": week().code, "format": "json"}
    assert asker.noted == [("export", facts)] * 2
    assert len(list(folder.iterdir())) == 1


def test_an_archive_that_takes_nothing_does_not_keep_the_file_from_its_reader(
    configured, report, tmp_path
):
    blocked = tmp_path / "a-file"
    blocked.write_text("not a folder")
    assert screen._maker(report, "json", as_json, blocked)(Asker()) == as_json(report)


def test_a_week_reported_before_is_told_with_a_link_to_its_restated_report(configure, tmp_path):
    world = World.make(seed=4, users=60, weeks=14)
    archive = tmp_path / "archive"
    with Sandbox(world) as changing:
        from_the_job(changing, tmp_path, "--archive", str(archive))
        start = Calendar(ZONE).starts(week())
        world.decide(world.submit_check_in(at=start, reward_cents=None).id, "Confirmed", at=start)
        configure(changing, REPORT_ARCHIVE=str(archive), OWNLI_ENVIRONMENT="127.0.0.1")
        at = loaded("weekly_report")
    assert not at.exception
    assert any("1 new check-in" in one.value and "was reported" in one.value for one in at.text)
    assert "What changed in weeks reported before" in page(at)
