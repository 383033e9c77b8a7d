"""The weekly report against numbers counted one record at a time from the sandbox's world."""

import json
import re
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from ownli_api.sandbox import World
from pages.analysis.periods import Calendar, Week
from pages.analysis.report import as_html, as_json, build, first_check_in, question, receipts
from pages.analysis.workbook import as_xlsx
from tests.unit import analysis_frames as frames
from tests.unit.report_world import Lists, bounds, truth

NOW = datetime(2026, 11, 24, 13, 41, tzinfo=UTC)
ZONES = ("America/New_York", "Asia/Kolkata", "Pacific/Auckland")


@pytest.fixture(scope="module")
def lists() -> Lists:
    return Lists(World.make(seed=3, users=260, weeks=30, now=NOW))


def content(report) -> dict:
    return json.loads(as_json(report))


def close(got, wanted) -> None:
    """The same numbers; divisions may differ in the last bit."""
    for key, value in wanted.items():
        if isinstance(value, float):
            assert got[key] == pytest.approx(value, rel=1e-9), key
        else:
            assert got[key] == value, key


@pytest.mark.parametrize("zone", ZONES)
def test_the_json_of_26_weeks_equals_the_world_counted_by_hand(lists, zone):
    last = Calendar(zone).last_complete(NOW)
    for back in range(26):
        week = last.plus(-back)
        found = content(lists.report(week, NOW, zone))
        close(found, truth(lists.world, zone, week))
        close(found["previous_week"], truth(lists.world, zone, week.plus(-1)))
        assert found["week"] == week.code
        assert found["complete"] is True
        assert found["problems"] == []
        assert all(check["passed"] for check in found["checks"]), found["checks"]


def test_the_contract_names_its_version_bounds_zone_and_stamp(lists):
    found = content(lists.report(Week(2026, 47), NOW))
    head = ("schema", "week", "from", "to", "time_zone", "environment", "as_of")
    assert [found[key] for key in head] == [
        1,
        "2026-W47",
        "2026-11-16T00:00:00-05:00",
        "2026-11-23T00:00:00-05:00",
        "America/New_York",
        "Sandbox",
        "2026-11-24T08:41:00-05:00",
    ]


def test_the_week_after_the_clocks_change_holds_exactly_its_own_rows():
    zone = "America/New_York"
    week = Week(2026, 44)  # its Sunday, November 1, has 25 hours
    start, end = (at.astimezone(UTC) for at in bounds(zone, week))
    assert end - start == timedelta(days=7, hours=1)
    first = datetime(2026, 10, 26, 4, 0, tzinfo=UTC)
    after = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
    instant = timedelta(milliseconds=1)
    rows = [first - instant, first, after - instant, after]
    found = content(made(zone, week, rows))
    assert found["from"] == "2026-10-26T00:00:00-04:00"
    assert found["to"] == "2026-11-02T00:00:00-05:00"
    assert found["check_ins"]["mileage"]["Confirmed"] == 2
    assert found["previous_week"]["check_ins"]["mileage"]["Confirmed"] == 1


def test_the_53rd_week_runs_over_new_year_and_meets_the_first_without_a_gap():
    zone = "Europe/Berlin"
    edge = datetime(2027, 1, 3, 23, 0, tzinfo=UTC)  # Monday January 4, 00:00 in Berlin
    rows = [edge - timedelta(microseconds=1), edge]
    now = datetime(2027, 1, 20, tzinfo=UTC)
    last = content(made(zone, Week(2026, 53), rows, now))
    new = content(made(zone, Week(2027, 1), rows, now))
    assert (last["to"], new["from"]) == ("2027-01-04T00:00:00+01:00",) * 2
    assert last["check_ins"]["mileage"]["Confirmed"] == 1
    assert new["check_ins"]["mileage"]["Confirmed"] == 1
    assert new["previous_week"]["week"] == "2026-W53"


def made(zone: str, week: Week, moments, now: datetime = NOW):
    """The report of check-ins confirmed at these moments, and nothing else."""
    return build(
        check_ins=frames.check_ins(
            *(
                {"status": "Confirmed", "checked_in_at": at, "updated_at": at, "owner_id": "u"}
                for at in moments
            )
        ),
        rewards=frames.rewards(),
        payouts=frames.payouts(),
        new_users=frames.new_users(),
        users_total=1,
        calendar=Calendar(zone),
        week=week,
        now=now,
        environment="Sandbox",
        as_of=now,
    )


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("2026-W49", "Week 2026-W49 (Nov 30 – Dec 6) has not begun yet."),
        ("next week", "A week is written like 2026-W47."),
        ("2025-W53", "There is no week 53 in 2025."),
    ],
)
def test_a_week_that_cannot_be_reported_gets_one_sentence(asked, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        question(asked, Calendar("America/New_York"), NOW)


def test_without_a_week_the_last_complete_one_is_meant():
    assert question(None, Calendar("America/New_York"), NOW) == Week(2026, 47)


def test_a_week_before_the_partners_first_names_that_first_week(lists):
    with pytest.raises(
        ValueError, match=r"Week 2015-W01 is before the partner's first, which is 20"
    ):
        lists.report(Week(2015, 1), NOW)


def test_a_partner_without_anything_is_told_so():
    with pytest.raises(ValueError, match="no check-ins, rewards or payouts yet"):
        made("UTC", Week(2026, 47), [])


def test_the_running_week_is_marked_and_compared_with_nothing(lists):
    report = lists.report(Week(2026, 48), NOW)
    found = content(report)
    assert found["complete"] is False
    assert found["problems"] == ["Week 2026-W48 is in progress, 2 of 7 days."]
    assert found["in_progress"] == {"days": 2, "of": 7}
    assert report.movers == ()
    assert {tile.change for tile in report.tiles} == {""}
    assert not {"before", "change"} & {column.name for column in report.tables["by_kind"].columns}
    page = as_html(report).decode()
    assert "In progress, 2 of 7 days" in page
    assert "url(#hatch)" in page


@pytest.mark.parametrize(
    ("name", "withheld", "kept"),
    [
        ("check_ins", ("check_ins", "confirmation_rate", "on_hold_now"), ("rewards", "payouts")),
        ("rewards", ("rewards", "outstanding"), ("check_ins", "payouts")),
        ("payouts", ("payouts",), ("check_ins", "rewards", "outstanding")),
    ],
)
def test_a_list_that_is_missing_withholds_its_numbers_and_says_why(lists, name, withheld, kept):
    reason = "Ownli took too long to answer."
    report = lists.report(Week(2026, 47), NOW, **{name: None}, unavailable={name: reason})
    found = content(report)
    assert found["complete"] is False
    assert any(reason in problem for problem in found["problems"])
    assert found["unavailable"] == {name: reason}
    assert all(found[key] is None for key in withheld)
    assert all(found[key] is not None for key in kept)
    assert None in [check["passed"] for check in found["checks"]]
    page = as_html(report).decode()
    assert page.count("unavailable") > 1
    assert reason in page
    assert as_xlsx(report)[:2] == b"PK"


def test_with_nothing_there_at_all_the_report_still_says_why_everywhere():
    missing = ("check_ins", "rewards", "payouts", "new_users", "users_total")
    report = build(
        **dict.fromkeys(missing),
        calendar=Calendar("UTC"),
        week=Week(2026, 47),
        now=NOW,
        environment="Sandbox",
        as_of=NOW,
        unavailable=dict.fromkeys(missing, "Ownli cannot be reached."),
    )
    assert len(content(report)["problems"]) == len(missing)
    assert {tile.value for tile in report.tiles} == {"unavailable"}
    assert "nan" not in as_html(report).decode().lower().replace("unavailable", "")


def test_payouts_without_a_date_make_the_sum_at_least(lists):
    undated = lists.payouts.copy()
    undated.loc[undated.index[-3:], "claimed_at"] = pd.NaT
    report = lists.report(Week(2026, 47), NOW, payouts=undated)
    found = content(report)
    assert found["payouts"]["undated"] == 3
    assert found["complete"] is False
    tile = next(tile for tile in report.tiles if tile.key == "claimed")
    assert tile.value.startswith("at least $")
    assert "3 not dated" in tile.note


def test_a_first_week_has_no_base_and_moves_nothing():
    report = made("UTC", Week(2026, 47), [datetime(2026, 11, 18, tzinfo=UTC)] * 40)
    changes = {tile.change for tile in report.tiles if tile.change}
    assert changes == {"no base"}
    assert report.movers == ()


def test_a_week_after_a_quiet_one_has_no_base_either():
    old = datetime(2026, 11, 4, tzinfo=UTC)
    report = made("UTC", Week(2026, 47), [old] + [datetime(2026, 11, 18, tzinfo=UTC)] * 40)
    tile = next(tile for tile in report.tiles if tile.key == "submitted")
    assert tile.change == "+40 (no base)"


def test_a_check_that_fails_is_in_the_report_with_its_rows(lists):
    double = pd.concat([lists.rewards, lists.rewards.iloc[[5]]], ignore_index=True)
    found = content(lists.report(Week(2026, 47), NOW, rewards=double))
    failed = next(check for check in found["checks"] if check["name"] == "No id twice")
    assert failed["passed"] is False
    assert failed["rows"] == [{"list": "Rewards", "id": lists.rewards["id"][5], "times": 2}]


def test_the_hash_of_a_number_is_the_same_for_the_same_rows_and_no_others(lists):
    week = Week(2026, 47)
    report = lists.report(week, NOW)
    shuffled = lists.check_ins.sample(frac=1, random_state=5)
    later = NOW + timedelta(hours=3)
    again = lists.report(week, later, check_ins=shuffled)
    assert hashes(report) == hashes(again)
    changed = lists.check_ins.copy()
    at = receipts.rows_behind(report.inputs, "submitted").index[0]
    other = "Declined" if changed.loc[at, "status"] == "Confirmed" else "Confirmed"
    changed["status"] = changed["status"].astype("str")
    changed.loc[at, "status"] = other
    changed["status"] = changed["status"].astype("category")
    moved = hashes(lists.report(week, NOW, check_ins=changed))
    assert moved["submitted"] != hashes(report)["submitted"]
    assert moved["earned"] == hashes(report)["earned"]


def hashes(report) -> dict:
    return {key: receipt.hash for key, receipt in report.receipts.items()}


def test_a_receipt_counts_as_many_rows_as_its_number(lists):
    report = lists.report(Week(2026, 47), NOW)
    numbers = report.numbers
    counted = {key: receipt.rows for key, receipt in report.receipts.items()}
    assert counted["submitted"] == numbers.submitted
    assert counted["on_hold_now"] == numbers.on_hold_now
    assert counted["earned"] == numbers.earned.count
    assert counted["outstanding"] == numbers.outstanding.count
    assert counted["claimed"] == numbers.payouts.count
    assert counted["median_hours"] == numbers.decided_in_week
    assert counted["confirmation_rate"] == numbers.confirmed + numbers.declined


def test_a_longer_history_in_the_cache_changes_nothing(lists):
    """The screen may hold more weeks than the job asks for."""
    week = Week(2026, 47)
    since = first_check_in(Calendar("America/New_York"), week)
    recent = lists.check_ins["checked_in_at"] >= since
    open_ = lists.check_ins["status"].isin(["Pending", "OnHold"])
    short = lists.report(week, NOW, check_ins=lists.check_ins[recent | open_], fetched=[])
    assert as_json(short) == as_json(lists.report(week, NOW, fetched=[]))
