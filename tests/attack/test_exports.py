"""A file belongs to whoever made it, is masked and recorded, and starts no formula."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
import requests

from .attacker import HOSTILE, Attacker
from .world import unpacked

REFUSED = (401, 403, 404)
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def exports_of(place, person: str) -> list[dict]:
    """What the audit log says a person exported."""
    lines = (place.folder / "audit.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    return [e for e in events if e["event"] == "export" and e["person"] == person]


def test_a_file_is_given_to_nobody_without_the_cookies_of_its_owner(place):
    owner = place.signed_in("analyst").go("rewards")
    url = owner.export("CSV")
    assert owner.fetch(url).status_code == 200, "not even to its owner"
    login = {name: value for name, value in owner.cookies().items() if value.startswith("eyJ")}
    for cookies in ({}, login, {"ownli_device": "A" * 43}, place.visitor().open().cookies()):
        for method in ("GET", "HEAD"):
            got = requests.request(method, url, cookies=cookies, timeout=10)
            assert got.status_code in REFUSED
    owner.press("Sign out")
    assert owner.fetch(url).status_code in REFUSED


def test_a_device_cookie_alone_opens_no_file(place):
    owner = place.signed_in("analyst").go("payouts")
    url = owner.export("CSV")
    device = {name: value for name, value in owner.cookies().items() if value[:3] != "eyJ"}
    assert requests.get(url, cookies=owner.cookies(), timeout=10).status_code == 200
    assert requests.get(url, cookies=device, timeout=10).status_code in REFUSED


def in_full(place, analyst: Attacker) -> Attacker:
    """An analyst's tab that offers the check-ins with contact details in full."""
    owner = place.visitor(analyst.cookies()).open("check_ins")
    box = next(e.id for e in owner.elements("checkbox") if "full" in e.label)
    states: dict = {box: ("bool", True)}
    owner.forge(states, page="check_ins")
    states[owner.id_of("text_input", "Reason")] = ("string", "monthly audit")
    return owner.forget().forge(states, page="check_ins")


def test_a_viewer_does_not_get_the_unmasked_file_of_an_analyst_by_its_id(
    place, world, viewer, analyst
):
    owner = in_full(place, analyst)
    file_id = owner.elements("download_button")[-1].deferred_file_id
    tab = place.visitor(viewer.cookies()).open("users")
    url = tab.operation("deferred_file", file_id=file_id).deferred_file.url
    got = tab.fetch(place.base_url + url).content if url else b""
    assert world.found_in(unpacked(got)) == []
    assert world.found_in(unpacked(owner.fetch(owner.export("XLSX")).content))


def test_a_file_is_kept_by_no_cache(place, viewer):
    tab = place.visitor(viewer.cookies()).open("payouts")
    file = tab.fetch(tab.export("CSV"))
    assert file.status_code == 200
    assert "no-store" in file.headers.get("Cache-Control", "")
    assert "attachment" in file.headers["Content-Disposition"]


WITH_FILES = ("check_ins", "rewards", "payouts", "weekly_report")


@pytest.mark.parametrize("page", WITH_FILES)
def test_nobody_who_knows_a_files_id_makes_an_export_in_somebodys_name(
    place, viewer, analyst, page
):
    owner = place.visitor(analyst.cookies()).open(page)
    file_id = owner.elements("download_button")[-1].deferred_file_id
    before = exports_of(place, "analyst")
    for other in (place.visitor().open(), place.visitor(viewer.cookies()).open()):
        answer = other.operation("deferred_file", file_id=file_id)
        assert not answer.deferred_file.url
    assert exports_of(place, "analyst") == before
    assert owner.operation("deferred_file", file_id=file_id).deferred_file.url
    assert len(exports_of(place, "analyst")) == len(before) + 1, "the owner's was not recorded"


def test_a_disabled_persons_open_tabs_make_no_export_and_fetch_no_file(place):
    person = place.signed_in("closed")
    tabs = [place.visitor(person.cookies()).open(page) for page in WITH_FILES]
    offered = [tab.elements("download_button")[-1] for tab in tabs]
    urls = [tab.export(one.label) for tab, one in zip(tabs, offered, strict=True)]
    assert {tab.fetch(url).status_code for tab, url in zip(tabs, urls, strict=True)} == {200}
    place.staff("disable", "closed")
    for tab, one, url in zip(tabs, offered, urls, strict=True):
        again = tab.operation("deferred_file", file_id=one.deferred_file_id)
        assert not again.deferred_file.url
        assert tab.fetch(url).status_code in REFUSED


@pytest.fixture(scope="module")
def files(hostile) -> dict[str, bytes]:
    """Every file of a partner whose names and notes are formulas and markup."""
    admin = hostile.signed_in("admin")
    made: dict[str, bytes] = {}
    for address in ("check_ins", "rewards", "payouts", "weekly_report", "audit_log"):
        admin.go(address, "period=all", quiet=0.5)
        for button in admin.elements("download_button"):
            label = button.label.split(" ")[0]
            made[f"{address} {label}"] = admin.fetch(admin.export(label)).content
    return made


def test_no_cell_of_a_csv_starts_what_a_spreadsheet_takes_for_a_formula(files):
    cells = [
        cell
        for name, content in files.items()
        if name.endswith("CSV")
        for row in csv.reader(io.StringIO(content.decode("utf-8-sig")))
        for cell in row
    ]
    assert any("1+1" in cell for cell in cells), "no formula came that far"
    bad = {c for c in cells if c.startswith(DANGEROUS) and not re.fullmatch(r"-?[\d.]+", c)}
    bad |= {c for c in cells if c.strip(" \u00a0\u200b\ufeff").startswith(("=", "@SUM", "+1"))}
    assert not bad


def test_no_cell_of_a_workbook_is_a_formula_or_a_link(files):
    books = {name: unpacked(content) for name, content in files.items() if name.endswith("XLSX")}
    assert any(b"1+1" in parts for parts in books.values()), "no formula came that far"
    for name, parts in books.items():
        assert not re.search(rb"<f[ >]|<hyperlink|externalLink|vbaProject|<ddeLink", parts), name


def test_an_html_report_holds_no_active_words_of_ownli_and_fetches_nothing(files):
    html = files["weekly_report HTML"].decode()
    assert "<h1" in html
    found = re.search(r"<(img|script|a|b|iframe)\b[^>]*(evil|tracker|alert)", html, re.IGNORECASE)
    assert not found
    assert not re.search(r"<[a-z][^>]*(src|href)\s*=\s*[\"']?(https?:)?//", html, re.IGNORECASE)
    assert all(word not in html for word in HOSTILE if "<" in word)


def test_every_export_is_recorded_with_who_what_and_whether_masked(place, viewer):
    tab: Attacker = place.visitor(viewer.cookies()).open("rewards")
    before = len(exports_of(place, "viewer"))
    tab.export("CSV")
    events = exports_of(place, "viewer")[before:]
    assert [(e["what"], e["masked"]) for e in events] == [("rewards", True)]
    assert events[0]["rows"] > 0
