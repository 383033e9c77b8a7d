"""What recent weeks will come to, and what earlier reports said."""

from datetime import UTC, datetime, timedelta
from random import Random

import pandas as pd
import pytest

from ownli_api.sandbox import World
from pages.analysis.periods import Calendar, Week
from pages.analysis.report import as_html, contract, issues
from pages.jobs import archive
from tests.unit import analysis_frames as frames
from tests.unit.report_world import Lists, bounds

NOW = datetime(2026, 11, 24, 13, 41, tzinfo=UTC)
ZONE = "America/New_York"
DAY = timedelta(days=1)


def steady(weeks: int, now: datetime = NOW) -> Lists:
    """A partner whose every week has 20 check-ins on Friday.

    10 are confirmed at once, of the others 6 are confirmed and 4 declined after six days.
    """
    lists = Lists(World(seed=1, now=now))
    last = Calendar(ZONE).last_complete(now)
    rows = []
    for back in range(weeks):
        start, _ = bounds(ZONE, last.plus(-back))
        for n in range(20):
            at = start + 4 * DAY
            decided = at + (timedelta(hours=1) if n < 10 else 6 * DAY)
            status = "Confirmed" if n < 16 else "Declined"
            if decided > now:
                status, decided = "Pending", at
            rows.append(
                {"status": status, "checked_in_at": at, "updated_at": decided, "owner_id": f"u{n}"}
            )
    lists.check_ins = frames.check_ins(*rows)
    return lists


def test_an_unsettled_week_is_expected_to_end_as_settled_ones_of_its_age_did():
    found = steady(12).report(Week(2026, 47), NOW).settling
    assert found.reason is None
    (one,) = found.weeks
    assert (one.week, one.confirmed, one.undecided) == (Week(2026, 47), 10, 10)
    assert one.expected == pytest.approx(16)
    assert one.low == pytest.approx(16)
    assert one.high == pytest.approx(16)
    assert one.typical_miss == pytest.approx(0)
    assert one.learned_from == found.settled == 11


def test_with_fewer_than_eight_settled_weeks_nothing_is_expected_and_it_says_so():
    report = steady(8).report(Week(2026, 47), NOW)
    assert report.settling.weeks == ()
    table = report.tables["expected"]
    assert table.rows == ()
    assert table.note == "Expected results need 8 settled weeks; there are 7 so far."
    assert "still expected</h3>" not in as_html(report).decode()


def test_the_interval_holds_the_true_end_of_most_weeks_of_a_believable_world():
    """The world is looked at as it was, and then as it became."""
    held, told = 0, 0
    world = World.make(seed=5, users=500, weeks=40, now=NOW)
    lists = Lists(world)
    final = lists.check_ins.copy()
    for back in range(3, 15):
        then = NOW - timedelta(weeks=back)
        week = Calendar(ZONE).last_complete(then)
        lists.check_ins = as_it_was(final, then)
        found = lists.report(week, then, rewards=lists.rewards).settling
        start, end = bounds(ZONE, week)
        inside = (final["checked_in_at"] >= start) & (final["checked_in_at"] < end)
        truth = int((inside & (final["status"] == "Confirmed")).sum())
        for one in found.weeks:
            if one.week == week:
                told += 1
                held += one.low - 1 <= truth <= one.high + 1
                assert one.confirmed <= one.expected <= one.confirmed + one.undecided
    assert told >= 10
    assert held / told >= 0.7


def as_it_was(check_ins: pd.DataFrame, then: datetime) -> pd.DataFrame:
    """The check-ins as they stood at an earlier moment: later decisions undone."""
    known = check_ins[check_ins["checked_in_at"] <= then].copy()
    later = known["updated_at"] > then
    status = known["status"].astype("str")
    status[later] = "Pending"
    known["status"] = status.astype("category")
    known.loc[later, "updated_at"] = known.loc[later, "checked_in_at"]
    return known


@pytest.fixture
def world() -> World:
    return World.make(seed=9, users=250, weeks=16, now=NOW)


def test_an_issue_reads_back_as_it_was_written_and_holds_no_contact_data(world):
    issue = Lists(world).report(Week(2026, 47), NOW).issue
    text = issues.as_text(issue)
    assert issues.read(text) == issue
    for user in world.users.values():
        for contact in (user.email, user.phone, user.last_name, user.address.line_1):
            assert contact not in text
    for vehicle in world.vehicles.values():
        assert vehicle.license not in text
        assert vehicle.vin not in text


def test_late_decisions_restate_a_reported_week_in_a_sentence_with_its_rows(world):
    week, then = Week(2026, 47), Lists(world).report(Week(2026, 47), NOW)
    start, end = bounds(ZONE, week)
    open_ = [
        one.id
        for one in world.check_ins.values()
        if one.status == "Pending" and start <= one.checked_in_at < end
    ]
    assert len(open_) >= 2, "this world has too little to decide"
    later = NOW + timedelta(hours=30)
    for id_ in open_[:2]:
        world.decide(id_, "Confirmed", at=later - timedelta(hours=1))
    report = Lists(world).report(week, later, archived=[then.issue])
    (restated,) = report.memory.restated
    was, now = then.numbers.confirmed, report.numbers.confirmed
    assert now == was + 2
    assert (
        f"Week 2026-W47 was reported with {was} confirmed; 2 late decisions make it {now}"
        in restated.sentence
    )
    rows = {one.id: (one.was, one.now) for one in restated.changes if one.what == "check-in"}
    assert rows == dict.fromkeys(open_[:2], ("Pending", "Confirmed"))
    assert restated.sentence in as_html(report).decode().replace("&#x27;", "'")
    assert contract.content(report)["restated"][0]["sentence"] == restated.sentence
    seen = report.memory.seen
    waited = [
        (world.check_ins[id_].updated_at - world.check_ins[id_].checked_in_at) for id_ in open_[:2]
    ]
    assert seen.n == 2
    assert seen.median_hours == pytest.approx(sum(waited, timedelta()).total_seconds() / 7200)
    assert report.memory.seen_since == then.as_of


def test_a_week_reported_before_and_unchanged_says_nothing(world):
    lists = Lists(world)
    then = lists.report(Week(2026, 46), NOW).issue
    report = lists.report(Week(2026, 47), NOW + DAY, archived=[then])
    assert report.memory.restated == ()
    assert "restated" not in report.tables


def test_the_archive_keeps_each_different_issue_once(world, tmp_path):
    folder = tmp_path / "archive"
    first = Lists(world).report(Week(2026, 47), NOW).issue
    assert archive.keep(folder, first) is not None
    again = Lists(world).report(Week(2026, 47), NOW + timedelta(minutes=5)).issue
    assert archive.keep(folder, again) is None
    world.step(Random(3), 60, at=NOW + timedelta(minutes=6))
    changed = Lists(world).report(Week(2026, 47), NOW + timedelta(minutes=7)).issue
    if changed.content != first.content:
        assert archive.keep(folder, changed) is not None
    assert next(one.as_of for one in archive.read(folder)[0]) == NOW


def test_a_file_in_the_archive_that_is_no_report_is_left_alone(world, tmp_path):
    issue = Lists(world).report(Week(2026, 47), NOW).issue
    archive.keep(tmp_path, issue)
    (tmp_path / "broken.issue.json").write_text('{"schema": 1, "week"')
    (tmp_path / "other.issue.json").write_text("[]")
    (tmp_path / "notes.txt").write_text("mine")
    assert archive.read(tmp_path) == ([issue], ["broken.issue.json", "other.issue.json"])
    assert (tmp_path / "broken.issue.json").exists()


def test_an_archive_of_another_environment_or_zone_is_not_compared(world):
    then = Lists(world).report(Week(2026, 47), NOW, "Asia/Kolkata").issue
    world.step(Random(3), 60, at=NOW + timedelta(hours=6))
    report = Lists(world).report(Week(2026, 47), NOW + DAY, archived=[then])
    assert report.memory.restated == ()
    assert report.memory.seen is None
