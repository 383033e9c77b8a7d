"""The weekly report against numbers counted one record at a time from the sandbox's world."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from ownli_api import OwnliError
from ownli_api.sandbox import World
from pages.analysis.checks import Fetched
from pages.analysis.periods import Calendar, Week
from pages.analysis.report import (
    Inputs,
    Question,
    as_html,
    as_json,
    as_xlsx,
    asked_week,
    build,
    from_lists,
)
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
        Inputs(
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
        asked_week(asked, Calendar("America/New_York"), NOW)


def test_without_a_week_the_last_complete_one_is_meant():
    assert asked_week(None, Calendar("America/New_York"), NOW) == Week(2026, 47)


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
    assert report.contributions == ()
    assert {one.change for one in report.key_numbers} == {""}
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
        Inputs(
            **dict.fromkeys(missing),
            calendar=Calendar("UTC"),
            week=Week(2026, 47),
            now=NOW,
            environment="Sandbox",
            as_of=NOW,
            unavailable=dict.fromkeys(missing, "Ownli cannot be reached."),
        )
    )
    assert len(content(report)["problems"]) == len(missing)
    assert {tile.value for tile in report.key_numbers} == {"unavailable"}
    assert "nan" not in as_html(report).decode().lower().replace("unavailable", "")
    reasons = {table.withheld for table in report.tables.values() if table.withheld is not None}
    assert reasons == {"Ownli cannot be reached."}


def test_a_week_of_which_nothing_is_decided_says_no_more_than_that():
    report = made("UTC", Week(2026, 47), [datetime(2026, 11, 4, tzinfo=UTC)])
    assert report.lead.startswith("0 check-ins were submitted by 0 users, none decided, ")


def test_payouts_without_a_date_make_the_sum_at_least(lists):
    undated = lists.payouts.copy()
    undated.loc[undated.index[-3:], "claimed_at"] = pd.NaT
    report = lists.report(Week(2026, 47), NOW, payouts=undated)
    found = content(report)
    assert found["payouts"]["undated"] == 3
    assert found["complete"] is False
    tile = next(tile for tile in report.key_numbers if tile.key == "claimed")
    assert tile.value.startswith("at least $")
    assert "3 not dated" in tile.note


def test_a_first_week_has_no_base_and_moves_nothing():
    report = made("UTC", Week(2026, 47), [datetime(2026, 11, 18, tzinfo=UTC)] * 40)
    changes = {tile.change for tile in report.key_numbers if tile.change}
    assert changes == {"no base"}
    assert report.contributions == ()


def test_a_week_after_a_quiet_one_has_no_base_either():
    old = datetime(2026, 11, 4, tzinfo=UTC)
    report = made("UTC", Week(2026, 47), [old] + [datetime(2026, 11, 18, tzinfo=UTC)] * 40)
    tile = next(tile for tile in report.key_numbers if tile.key == "submitted")
    assert tile.change == "+40 (no base)"


def test_a_check_that_fails_is_in_the_report_with_its_rows(lists):
    double = pd.concat([lists.rewards, lists.rewards.iloc[[5]]], ignore_index=True)
    found = content(lists.report(Week(2026, 47), NOW, rewards=double))
    failed = next(check for check in found["checks"] if check["name"] == "No id twice")
    assert failed["passed"] is False
    assert failed["rows"] == [{"list": "Rewards", "id": lists.rewards["id"][5], "times": 2}]


def test_a_list_that_does_not_hold_what_ownli_counts_makes_the_report_incomplete(lists):
    short = [Fetched("Check-ins", 9, 10), Fetched("Rewards", 5, 5, "rewards")]
    report = lists.report(Week(2026, 47), NOW, fetched=short)
    said = "Not all rows were fetched. Check-ins: 9 held, 10 at Ownli."
    assert content(report)["complete"] is False
    assert said in content(report)["problems"]
    page = as_html(report).decode()
    assert "Incomplete" in page
    assert said in page


@dataclass
class Snapshot:
    """A version of a list as a cache would hand it out."""

    frame: pd.DataFrame
    error: Exception | None = None
    complete: bool = True
    undated: int = 0
    counted: int | None = None
    value: object = None
    as_of: datetime = NOW
    problems: tuple = ()


@pytest.mark.parametrize(
    ("complete", "sentence"),
    [
        (True, "Check-ins could not be refreshed since Nov 24, 2026, 08:41 ET: Ownli is gone."),
        (False, "Check-ins could not be read whole: Ownli is gone."),
    ],
)
def test_rows_that_were_never_whole_are_not_called_older(lists, complete, sentence):
    asked = Question(Week(2026, 47), Calendar("America/New_York"), "Sandbox")
    error = OwnliError("Ownli is gone.")
    held = {
        "check_ins": Snapshot(lists.check_ins, error, complete, counted=len(lists.check_ins)),
        "rewards": Snapshot(lists.rewards, counted=len(lists.rewards)),
    }
    found = content(from_lists(asked, held, {}, NOW))
    assert sentence in found["problems"]
    assert found["complete"] is False


def test_the_rows_of_a_list_that_is_not_whole_are_compared_with_ownlis_count(lists):
    asked = Question(Week(2026, 47), Calendar("America/New_York"), "Sandbox")
    short = Snapshot(lists.check_ins, complete=False, counted=len(lists.check_ins) + 1)
    found = content(from_lists(asked, {"check_ins": short}, {}, NOW))
    assert any("Not all rows were fetched. Check-ins" in said for said in found["problems"])


def test_a_longer_history_in_the_cache_changes_nothing(lists):
    """The screen may hold more weeks than the job asks for."""
    week = Week(2026, 47)
    since = Question(week, Calendar("America/New_York"), "").since
    recent = lists.check_ins["checked_in_at"] >= since
    open_ = lists.check_ins["status"].isin(["Pending", "OnHold"])
    short = lists.report(week, NOW, check_ins=lists.check_ins[recent | open_], fetched=[])
    assert as_json(short) == as_json(lists.report(week, NOW, fetched=[]))


def test_a_number_that_is_withheld_now_or_then_is_not_said_to_have_changed(lists):
    week, later = Week(2026, 47), NOW + timedelta(hours=1)
    then = content(lists.report(week, NOW, payouts=None))
    assert content(lists.report(week, later, archived=[then]))["restated"] == []
    then = content(lists.report(week, NOW))
    now = content(lists.report(week, later, archived=[then], rewards=None, users_total=None))
    assert now["restated"] == []


def test_only_numbers_of_a_week_are_compared_with_what_was_reported(lists):
    then = content(lists.report(Week(2026, 46), NOW))
    then["check_ins"]["condition"]["Declined"] += 2
    then["outstanding"]["amount"] = "0.00"
    (one,) = content(lists.report(Week(2026, 47), NOW + timedelta(hours=1), archived=[then]))[
        "restated"
    ]
    assert (one["week"], one["number"]) == ("2026-W46", "Check-ins, condition: Declined")
    assert int(one["was"]) == int(one["now"]) + 2
    assert one["reported"] == "Nov 24, 2026, 08:41 ET"
