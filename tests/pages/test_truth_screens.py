"""The numbers of the Check-ins, Rewards, Payouts and User screens, for a period in the address."""

import os
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ownli_api.sandbox import Sandbox, World
from tests.pages.reading import (
    assert_calm,
    everything,
    figures,
    loaded,
    note,
    numbers,
    plain,
    sentences,
    tile,
    value,
)
from tests.pages.truth import Truth, count, days, money

ZONES = ["America/New_York", "Asia/Kolkata"]
STATUS_WORDS = {"On hold": "OnHold"}
KIND_WORDS = {
    "Mileage": "mileage",
    "Condition": "condition",
    "Proof of address": "proof_of_address",
}
ENTRIES_OF_A_PAGE = 20
KIND_COLUMNS = ["kind", "status"]
DAYS_BACK = (54, 24)  # a month of days that is not made of whole weeks


@pytest.fixture(scope="module")
def sandbox():
    """One partner for all tests of this file."""
    with Sandbox(World.make(seed=23, users=250)) as sandbox:
        yield sandbox
    _opened.clear()


@pytest.fixture(scope="module")
def truth(sandbox) -> Truth:
    return Truth(sandbox.world)


@pytest.fixture(params=ZONES)
def zone(request, configure, sandbox) -> str:
    configure(sandbox, REPORT_TIME_ZONE=request.param)
    return request.param


@pytest.fixture(scope="module")
def month() -> tuple[date, date]:
    """First and last day of a custom period inside the history."""
    today = datetime.now(UTC).date()
    first, last = (today - timedelta(days=back) for back in DAYS_BACK)
    return first, last


@pytest.fixture
def link(month) -> dict[str, str]:
    """The query of an address that asks for the custom period."""
    return {"from": month[0].isoformat(), "to": month[1].isoformat()}


@pytest.fixture
def span(month, zone) -> tuple[int, int]:
    return days(*month, zone)


_opened: dict[tuple[str, ...], Any] = {}


def open_calmly(page: str, link: dict[str, str]) -> Any:
    """A screen as `opened_by`, once for all tests that only read it."""
    key = (os.environ.get("REPORT_TIME_ZONE", ""), page, *link.values())
    if key not in _opened:
        _opened[key] = opened_by(page, link)
    assert_calm(_opened[key])
    return _opened[key]


def opened_by(page: str, link: dict[str, str]) -> Any:
    """The screen an address leads to, which has understood all of it."""
    at = loaded(page, **link)
    assert not [words for words in sentences(at) if "not understood" in words], page
    return at


def rows_said(at: Any) -> int:
    """How many rows the table has, as its export button says."""
    labels = [plain(button.label) for button in at.get("download_button")]
    labels += [plain(one.proto.label) for one in at.get("download_button")]
    found = [re.search(r"\(([\d,]+) rows?\)", label) for label in labels]
    said = {int(one[1].replace(",", "")) for one in found if one}
    assert len(said) == 1, labels
    return said.pop()


def bars(at: Any, names: dict[str, str], expected: Counter[str]) -> list[dict[str, float]]:
    """Sums of every bar figure whose traces or bars carry these names."""
    found = []
    for figure in figures(at):
        for sums in (by_trace(figure, names), by_bar(figure, names)):
            if set(sums) & set(expected):
                found.append({name: total for name, total in sums.items() if total})
    return found


def by_trace(figure: dict[str, Any], names: dict[str, str]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for trace in figure["data"]:
        if trace["type"] == "bar" and trace.get("name"):
            name = names.get(trace["name"], trace["name"])
            along = "x" if trace.get("orientation") == "h" else "y"
            sums[name] = sums.get(name, 0) + sum(numbers(trace[along]))
    return sums


def by_bar(figure: dict[str, Any], names: dict[str, str]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for trace in figure["data"]:
        if trace["type"] != "bar":
            continue
        words, amounts = trace["x"], trace["y"]
        if trace.get("orientation") == "h":
            words, amounts = amounts, words
        if isinstance(words, list) and all(isinstance(one, str) for one in words):
            for word, amount in zip(words, numbers(amounts), strict=True):
                name = names.get(word, word)
                sums[name] = sums.get(name, 0) + amount
    return sums


def test_the_address_sets_the_period(zone, month, link):
    for page in ("check_ins", "rewards", "payouts"):
        at = loaded(page, **link)
        assert_calm(at)
        assert [box.value for box in at.date_input] == list(month), page
        assert not [words for words in sentences(at) if "not understood" in words], page


@pytest.mark.parametrize(
    "words",
    ["This week", "Last week", "4 weeks to date", "12 weeks to date", "26 weeks to date"],
)
def test_a_period_in_the_address_survives_into_the_address(zone, words):
    at = loaded("rewards", period=words)
    assert not [said for said in sentences(at) if "not understood" in said]
    default = words == "12 weeks to date"  # the default need not be written out
    assert default or at.query_params.get("period") in (words, [words])


def test_check_ins_by_status_are_the_worlds(zone, truth, span, link):
    at = open_calmly("check_ins", link)
    expected = truth.by_status(span)
    found = bars(at, STATUS_WORDS, expected)
    assert dict(expected) in found, found


def test_check_ins_by_kind_are_the_worlds(zone, truth, span, link):
    at = open_calmly("check_ins", link)
    [table] = [one.value for one in at.dataframe if list(one.value.columns)[:2] == KIND_COLUMNS]
    shown = Counter()
    for row in table.to_dict("records"):
        status = STATUS_WORDS.get(row["status"], row["status"])
        shown[KIND_WORDS.get(row["kind"], row["kind"]), status] += row["count"]
    assert +shown == truth.by_kind_and_status(span)


def test_the_rate_a_week_is_of_whole_weeks_kind_by_kind(zone, truth, month, span, link):
    at = open_calmly("check_ins", link)
    first, last = (day - timedelta(days=day.weekday()) for day in month)
    weeks = days(first, last + timedelta(days=6), zone)
    [table] = [one.value for one in at.dataframe if "undecided" in one.value.columns]
    rows = table.to_dict("records")
    for kind in ("all", *KIND_WORDS.values()):
        words = {"All kinds": "all", **KIND_WORDS}
        mine = [row for row in rows if words.get(row["kind"], row["kind"]) == kind]
        rate = truth.rate(weeks, None if kind == "all" else kind)
        for name in ("confirmed", "declined", "undecided"):
            assert sum(row[name] for row in mine) == getattr(rate, name), (kind, name)


def test_the_table_of_check_ins_has_a_row_for_each_of_the_period(zone, truth, span, link):
    at = open_calmly("check_ins", link)
    assert rows_said(at) == len(truth.submitted(span))


@pytest.mark.parametrize(("words", "kind"), KIND_WORDS.items())
def test_a_kind_in_the_address_narrows_everything(zone, truth, span, link, words, kind):
    at = open_calmly("check_ins", link | {"kind": words})
    assert rows_said(at) == len(truth.submitted(span, kind))
    assert dict(truth.by_status(span, kind)) in bars(at, STATUS_WORDS, truth.by_status(span, kind))


@pytest.mark.parametrize("words", ["Confirmed", "Declined", "On hold"])
def test_a_status_in_the_address_narrows_the_table(zone, truth, span, link, words):
    at = open_calmly("check_ins", link | {"status": words})
    assert rows_said(at) == truth.by_status(span)[STATUS_WORDS.get(words, words)]


def test_time_to_decision_holds_those_decided_in_the_period(zone, truth, span, link):
    at = open_calmly("check_ins", link)
    tables = [one.value for one in at.dataframe if list(one.value.columns) == ["label", "count"]]
    totals = [sum(row["count"] for row in table.to_dict("records")) for table in tables]
    assert totals == [len(truth.hours_to_decision(span))]


def test_the_hours_of_the_week_hold_every_check_in(zone, truth, span, link):
    at = open_calmly("check_ins", link)
    maps = [
        trace for figure in figures(at) for trace in figure["data"] if trace["type"] == "heatmap"
    ]
    assert len(maps) == 1
    z = maps[0]["z"]
    total = sum(numbers(z)) if isinstance(z, dict) else sum(sum(numbers(row)) for row in z)
    assert total == len(truth.submitted(span))


def test_reasons_are_ownlis_notes_word_for_word(zone, truth, span, link):
    at = open_calmly("check_ins", link)
    notes = Counter(
        (one.admin_note, one.status)
        for one in truth.submitted(span)
        if one.status in ("Declined", "OnHold") and one.admin_note
    )
    [table] = [one.value for one in at.dataframe if {"note", "share"} <= set(one.value.columns)]
    shown = {
        (row["note"], STATUS_WORDS.get(row["status"], row["status"])): row["count"]
        for row in table.to_dict("records")
        if isinstance(row["note"], str)
    }
    assert shown == dict(notes)


def test_what_is_open_is_open_whenever_it_was_submitted(zone, truth, link):
    at = open_calmly("check_ins", link)
    [table] = [one.value for one in at.dataframe if {"age", "status"} <= set(one.value.columns)]
    shown = Counter()
    for row in table.to_dict("records"):
        shown[STATUS_WORDS.get(row["status"], row["status"])] += row["count"]
    world = truth.world.check_ins.values()
    assert shown == Counter(one.status for one in world if one.status in ("Pending", "OnHold"))


def test_rewards_of_the_period_and_outstanding_of_all_time(zone, truth, span, link):
    at = open_calmly("rewards", link)
    earned, outstanding = truth.earned(span), truth.outstanding()
    assert value(at, "Earned in the period") == money(earned.cents)
    assert re.search(rf"\b{count(earned.count)}\b", note(at, "Earned in the period"))
    assert value(at, "Outstanding now") == money(outstanding.cents)
    assert re.search(rf"\b{count(outstanding.count)}\b", note(at, "Outstanding now"))


@pytest.mark.parametrize("status", ["Confirmed", "Pending", "Declined", "Claimed"])
def test_rewards_by_status_are_the_worlds(zone, truth, span, link, status):
    at = open_calmly("rewards", link)
    expected = truth.rewards_with(status, span)
    assert value(at, status) == money(expected.cents)
    assert re.search(rf"\b{count(expected.count)}\b", note(at, status))


def test_the_table_of_rewards_has_a_row_for_each_of_the_period(zone, truth, span, link):
    at = open_calmly("rewards", link)
    assert rows_said(at) == len(truth.rewarded(span))


def test_outstanding_by_age_adds_up_to_the_tile(zone, truth, link):
    at = open_calmly("rewards", link)
    tables = [one.value for one in at.dataframe if "age" in one.value.columns]
    assert len(tables) == 1
    rows = tables[0].to_dict("records")
    assert len(rows) == 4
    assert sum(row["count"] for row in rows) == truth.outstanding().count
    assert round(sum(row["amount_cents"] for row in rows) * 100) == truth.outstanding().cents


def test_payouts_of_the_period_are_the_worlds(zone, truth, span, link):
    at = open_calmly("payouts", link)
    claimed = truth.claimed(span)
    assert value(at, "Claimed in the period") == money(claimed.cents)
    assert re.search(rf"\b{count(claimed.count)}\b", note(at, "Claimed in the period"))
    assert rows_said(at) == claimed.count
    words = value(at, "Claimed in the period") + note(at, "Claimed in the period")
    assert "at least" not in words.lower()


def test_the_weeks_of_payouts_add_up_to_the_period(zone, truth, span, link):
    at = open_calmly("payouts", link)
    [table] = [
        one.value for one in at.dataframe if {"bucket", "amount_cents"} <= set(one.value.columns)
    ]
    rows = table.to_dict("records")
    claimed = truth.claimed(span)
    assert sum(row["count"] for row in rows) == claimed.count
    assert round(sum(row["amount_cents"] for row in rows) * 100) == claimed.cents


def test_one_users_tiles_are_the_worlds(configure, sandbox, truth):
    configure(sandbox)
    world = sandbox.world
    entries = Counter(one.owner_id for one in world.check_ins.values())
    entries.update(one.owner_id for one in world.rewards.values())
    entries.update(one.owner_id for one in world.payouts.values())
    who = next(
        one.owner_id
        for one in world.check_ins.values()
        if one.status == "Declined"
        and entries[one.owner_id] <= ENTRIES_OF_A_PAGE
        and any(payout.owner_id == one.owner_id for payout in world.payouts.values())
    )
    at = open_calmly("user", {"id": who})
    check_ins = [one for one in world.check_ins.values() if one.owner_id == who]
    rewards = [one for one in world.rewards.values() if one.owner_id == who]
    earned = sum(one.cents for one in rewards if one.status in ("Confirmed", "Claimed"))
    owed = sum(one.cents for one in rewards if one.status == "Confirmed")
    paid = sum(one.cents for one in world.payouts.values() if one.owner_id == who)
    assert value(at, "Check-ins") == count(len(check_ins))
    assert value(at, "Earned") == money(earned)
    assert value(at, "Outstanding") == money(owed)
    assert value(at, "Paid out") == money(paid)
    assert tile(at, "Confirmation rate")
    words = everything(at)
    noted = [one for one in check_ins if one.status in ("Declined", "OnHold")]
    assert all((one.admin_note or "No note was given") in words for one in noted)
