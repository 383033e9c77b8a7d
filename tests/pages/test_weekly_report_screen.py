"""The weekly report on screen: the job's numbers, any week, its links, and what is missing."""

import html
import io
import json
import re
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from ownli_api.sandbox import Sandbox, World
from pages import settings
from pages.analysis.periods import Calendar
from pages.analysis.report import as_html
from pages.jobs import weekly_report
from pages.jobs.weekly_report import Surroundings
from pages.ui import report as screen
from tests.pages.reading import MACHINE_WORDS, loaded, settled, shown
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


def numbers(at) -> dict[str, str]:
    """The tiles as they stand on the screen: label and number."""
    return {one.label: one.value.replace("\\", "") for one in at.metric}


def words(at) -> str:
    """Everything the screen says outside its tables and charts."""
    kinds = ("caption", "markdown", "text", "subheader", "info", "warning", "error")
    return "\n".join(str(one.value) for kind in kinds for one in at.get(kind))


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
def test_the_screen_shows_the_numbers_of_the_job(configured, partner, tmp_path, back):
    code = week(back).code
    at = settled(loaded("weekly_report", week=code))
    assert not at.exception
    job = from_the_job(partner, tmp_path, "--week", code)
    found = numbers(at)
    assert found["Users"] == f"{job['users']['total']:,}"
    assert found["New users"] == f"{job['users']['new']:,}"
    assert found["Active users"] == f"{job['users']['active']:,}"
    submitted = sum(sum(counts.values()) for counts in job["check_ins"].values())
    assert found["Check-ins submitted"] == f"{submitted:,}"
    assert found["On hold now"] == f"{job['on_hold_now']:,}"
    for label, key in (("Rewards earned", "earned"), ("Outstanding rewards", "outstanding")):
        assert found[label] == f"${float(job[key]['amount']):,.2f}"
    assert found["Payouts claimed"] == f"${float(job['payouts']['amount']):,.2f}"
    (by_kind,) = [one.value for one in at.dataframe if {"kind", "before"} <= set(one.value)]
    rows = job["tables"]["by_kind"]["rows"]
    assert list(by_kind["kind"]) == [row["kind"] for row in rows]
    assert list(by_kind["Confirmed"]) == [f"{row['Confirmed']:,}" for row in rows]


def links_of(page: str) -> dict[str, int]:
    """The address behind each number of the HTML file that counts rows, and the number."""
    found = re.findall(r'<a href="https://d\.example\.com([^"]*)">([\d,]+)</a>', page)
    return {html.unescape(address): int(said.replace(",", "")) for address, said in found}


@pytest.mark.parametrize("screen", ["check_ins", "rewards", "payouts"])
def test_a_number_leads_to_a_screen_that_shows_as_many_rows(configured, partner, screen):
    page = as_html(Lists(partner.world).report(week(), datetime.now(UTC)), "https://d.example.com")
    found = [one for one in links_of(page.decode()).items() if one[0].startswith(f"/{screen}?")]
    assert found
    for address, count in [*found[:3], *found[-2:]]:
        query = parse_qs(urlsplit(address).query)
        at = settled(loaded(screen, **query))
        assert not at.exception
        assert not [one.value for one in at.info], "the screen did not understand the address"
        said = f"of {count:,} rows"
        assert any(said in one.value for one in at.caption), (address, count)


def test_the_last_complete_week_is_shown_first_and_others_are_in_the_link(configured):
    at = loaded("weekly_report")
    assert at.selectbox(key="week").value == week().code
    assert f"{week().code}, Monday 00:00" in words(at).replace("\\", "")
    other = loaded("weekly_report", week=week(3).code)
    assert f"{week(3).code}, Monday 00:00" in words(other).replace("\\", "")


def test_the_running_week_is_there_on_request_and_marked(configured):
    at = loaded("weekly_report", week=week(-1).code)
    assert re.search(r"in progress, \d of 7 days", words(at).replace("\\", ""))
    assert not [one.delta for one in at.metric if one.delta]


def test_a_week_before_the_partners_first_is_one_sentence(configure):
    world = World(seed=1)
    world.submit_check_in(owner_id=world.register().id)
    with Sandbox(world) as young:
        configure(young)
        at = loaded("weekly_report", week=week(20).code)
    assert not at.exception
    assert any("is before the partner's first" in one.value for one in at.text)
    assert not at.metric


def test_a_list_that_fails_withholds_its_part_and_keeps_the_rest(configure):
    with Sandbox(World.make(seed=4, users=30, weeks=14)) as broken:
        broken.faults.add("403", "/api/rewards", times=None)
        configure(broken)
        at = loaded("weekly_report")
        assert not at.exception
        found = numbers(at)
        assert found["Check-ins submitted"] != "unavailable"
        assert found["Rewards earned"] == "unavailable"
        assert any(one.value == "Rewards ledger: unavailable." for one in at.text)
        assert "Incomplete" in " ".join(one.proto.title for one in at.warning)


def test_no_machine_word_and_no_contact_detail_stands_in_it(configured, partner):
    at = loaded("weekly_report")
    text = "\n".join(one.words for one in shown(at))
    assert not MACHINE_WORDS.search(text), MACHINE_WORDS.search(text)
    for user in partner.world.users.values():
        assert user.email not in text
        assert user.phone not in text


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
        ("<b>x</b>", "was not understood"),
    ],
)
def test_a_links_week_that_cannot_be_shown_is_named_with_the_reason(configured, asked, said):
    at = loaded("weekly_report", week=asked)
    assert not at.exception
    assert any(said in one.value for one in (*at.info, *at.warning, *at.caption, *at.text))
    assert numbers(at)


class Asker:
    """Stands for the sign-in behind a click."""

    def __init__(self) -> None:
        self.noted = []

    def note(self, event, **facts):
        self.noted.append((event, facts))


def test_a_clicked_file_is_audited_before_it_is_made(configured, partner):
    report = Lists(partner.world).report(week(), datetime.now(UTC))
    asker, made = Asker(), []
    make = screen._maker(report.week, "json", lambda: made.append(list(asker.noted)) or b"{}")
    assert make(asker) == b"{}"
    facts = {"what": "weekly report", "filter": week().code, "format": "json"}
    assert made == [[("export", facts)]]


def test_numbers_that_have_changed_since_they_were_reported_are_on_the_screen(configure, tmp_path):
    world = World.make(seed=4, users=60, weeks=14)
    archive = tmp_path / "archive"
    with Sandbox(world) as changing:
        from_the_job(changing, tmp_path, "--archive", str(archive))
        start = Calendar(ZONE).starts(week())
        world.decide(world.submit_check_in(at=start, reward_cents=None).id, "Confirmed", at=start)
        configure(changing, REPORT_ARCHIVE=str(archive), OWNLI_ENVIRONMENT="127.0.0.1")
        at = loaded("weekly_report")
        later = loaded("weekly_report", week=week(-1).code)
    for one in (at, later):
        assert not one.exception
        (grid,) = [table.value for table in one.dataframe if "now" in table.value]
        row = grid[grid["number"] == "Check-ins, mileage: Confirmed"].iloc[0]
        assert int(row["now"]) == int(row["was"]) + 1
