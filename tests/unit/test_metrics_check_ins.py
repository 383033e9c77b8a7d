"""Check-in numbers equal what a person would count by hand, row by row."""

import statistics
from collections import Counter
from datetime import timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.analysis import metrics, terms
from pages.analysis.periods import Calendar, Period, Week
from tests.unit.analysis_frames import check_ins, utc

ZONES = ("America/New_York", "Europe/Berlin", "Asia/Kathmandu", "UTC")
WEEKS = [Week(2026, 43), Week(2026, 44), Week(2026, 45), Week(2026, 46)]
"""Holds the end of daylight saving in Europe (W43/44) and in New York (W44)."""
NOW = utc(2026, 11, 25, 17)

edges = [
    Calendar(zone).starts(week) + timedelta(microseconds=gap)
    for zone in ZONES
    for week in [*WEEKS, WEEKS[-1].plus(1)]
    for gap in (-1, 0, 1)
]
moments = st.one_of(
    st.sampled_from(edges),
    st.datetimes(
        utc(2026, 10, 15).replace(tzinfo=None), utc(2026, 11, 24).replace(tzinfo=None)
    ).map(lambda at: at.replace(tzinfo=utc(2026, 1, 1).tzinfo)),
)
rows = st.fixed_dictionaries(
    {
        "kind": st.sampled_from([*terms.KINDS, "service", None]),
        "status": st.sampled_from([*terms.CHECK_IN_STATUSES, "Archived", None]),
        "checked_in_at": st.none() | moments,
        "updated_at": st.none() | moments,
        "owner_id": st.sampled_from(["u1", "u2", "u3", None]),
        "note": st.sampled_from(["Plate unreadable", "plate unreadable", "Blurry", None]),
    }
)
many_rows = st.lists(rows, max_size=25)
zones = st.sampled_from(ZONES)


def wall_day(row, zone, column="checked_in_at"):
    return None if row[column] is None else Calendar(zone).local(row[column]).date()


def wall_week(row, zone, column="checked_in_at"):
    day = wall_day(row, zone, column)
    return None if day is None else Week.of(day).code


@settings(max_examples=40)
@given(many_rows, zones)
def test_check_ins_are_counted_in_the_local_week_they_were_submitted_in(facts, zone):
    by_hand = Counter(
        (wall_week(row, zone), row["status"] or terms.NO_STATUS)
        for row in facts
        if wall_week(row, zone) in {week.code for week in WEEKS}
    )
    found = metrics.submitted(check_ins(*facts), Calendar(zone), WEEKS)
    counted = {(row.key, row.status): row["count"] for _, row in found.iterrows()}
    assert {pair: n for pair, n in counted.items() if n} == dict(by_hand)
    assert list(found["key"].unique()) == [week.code for week in WEEKS]
    assert set(terms.CHECK_IN_STATUSES) <= set(found["status"])


@settings(max_examples=40)
@given(many_rows, zones)
def test_check_ins_are_counted_on_the_local_day_they_were_submitted_on(facts, zone):
    period = Period(WEEKS[0].sunday, WEEKS[2].monday)
    by_hand = Counter(
        wall_day(row, zone).isoformat()
        for row in facts
        if row["checked_in_at"] and period.first <= wall_day(row, zone) <= period.last
    )
    found = metrics.submitted(check_ins(*facts), Calendar(zone), period, by="day")
    assert found.groupby("key")["count"].sum().loc[lambda n: n > 0].to_dict() == dict(by_hand)
    assert found["key"].nunique() == period.days
    in_weeks = metrics.submitted(check_ins(*facts), Calendar(zone), period, by="week")
    assert in_weeks["count"].sum() == found["count"].sum()


@settings(max_examples=40)
@given(many_rows, zones)
def test_the_rows_behind_a_bar_are_exactly_as_many_as_it_counts(facts, zone):
    frame, calendar = check_ins(*facts), Calendar(zone)
    for _, bar in metrics.submitted(frame, calendar, WEEKS).iterrows():
        behind = metrics.filtered_check_ins(
            frame, period=Period.of_key(bar["key"]), calendar=calendar, statuses=[bar["status"]]
        )
        assert len(behind) == bar["count"]


@given(many_rows)
def test_every_given_row_stands_under_one_kind_and_one_status(facts):
    found = metrics.by_kind_and_status(check_ins(*facts))
    assert found["count"].sum() == len(facts)
    by_hand = Counter(
        (row["kind"] or terms.NO_KIND, row["status"] or terms.NO_STATUS) for row in facts
    )
    counted = {(row.kind, row.status): row["count"] for _, row in found.iterrows()}
    assert {pair: n for pair, n in counted.items() if n} == dict(by_hand)
    assert list(found["kind"].unique())[:3] == list(terms.KINDS)


@settings(max_examples=40)
@given(many_rows, zones)
def test_the_confirmation_rate_is_confirmed_among_decided_with_the_undecided_beside_it(facts, zone):
    found = metrics.confirmation_rate_per_week(check_ins(*facts), Calendar(zone), WEEKS)
    for _, said in found.iterrows():
        mine = [
            row["status"]
            for row in facts
            if wall_week(row, zone) == said["key"]
            and said["kind"] in ("all", row["kind"] or terms.NO_KIND)
        ]
        confirmed, declined = mine.count("Confirmed"), mine.count("Declined")
        assert (said["confirmed"], said["declined"]) == (confirmed, declined)
        assert said["decided"] == confirmed + declined
        assert said["undecided"] == len(mine) - confirmed - declined
        if confirmed + declined:
            assert said["rate"] == pytest.approx(confirmed / (confirmed + declined))
        else:
            assert pd.isna(said["rate"])


@given(many_rows)
def test_one_confirmation_holds_every_row(facts):
    found = metrics.confirmation(check_ins(*facts))
    assert found.decided + found.undecided == len(facts)
    assert (found.rate is None) == (found.decided == 0)


@settings(max_examples=40)
@given(many_rows, zones)
def test_the_time_to_decision_is_that_of_check_ins_decided_in_the_period(facts, zone):
    period = Period.of_weeks(WEEKS[1:3])
    decided = [
        row
        for row in facts
        if row["status"] in ("Confirmed", "Declined")
        and row["updated_at"]
        and period.first <= wall_day(row, zone, "updated_at") <= period.last
    ]
    hours = [
        (row["updated_at"] - row["checked_in_at"]) / timedelta(hours=1)
        for row in decided
        if row["checked_in_at"] and row["updated_at"] >= row["checked_in_at"]
    ]
    found = metrics.time_to_decision(check_ins(*facts), Calendar(zone), period)
    assert found.n == len(hours) == found.histogram["count"].sum()
    assert found.unusable == len(decided) - len(hours)
    if hours:
        assert found.median_hours == pytest.approx(statistics.median(hours))
        assert min(hours) <= found.p90_hours <= max(hours) + 1e-9
    else:
        assert found.median_hours is None
        assert found.p90_hours is None
    by_kind = metrics.time_to_decision_by_kind(check_ins(*facts), Calendar(zone), period)
    assert by_kind["kind"].iloc[0] == "all"
    assert by_kind["n"].iloc[0] == by_kind["n"].iloc[1:].sum() == found.n


def test_the_histogram_of_decisions_puts_each_length_on_its_step():
    at = utc(2026, 11, 2)
    lengths = [0, 0.99, 1, 4, 11.9, 12, 24, 48, 72, 167.9, 168, 9000]
    facts = [
        {"status": "Confirmed", "checked_in_at": at, "updated_at": at + timedelta(hours=hours)}
        for hours in lengths
    ]
    found = metrics.time_to_decision(check_ins(*facts))
    assert found.histogram["count"].tolist() == [2, 1, 2, 1, 1, 1, 2, 2]
    assert found.histogram["label"].iloc[-1] == "over 7 days"


@settings(max_examples=40)
@given(many_rows, zones)
def test_the_heat_map_is_read_on_the_clocks_of_the_report_zone(facts, zone):
    walls = [Calendar(zone).local(row["checked_in_at"]) for row in facts if row["checked_in_at"]]
    by_hand = Counter((wall.weekday(), wall.hour) for wall in walls)
    found = metrics.by_weekday_and_hour(check_ins(*facts), Calendar(zone))
    assert len(found) == 168
    counted = {(row.weekday, row.hour): row["count"] for _, row in found.iterrows()}
    assert {cell: n for cell, n in counted.items() if n} == dict(by_hand)


@given(many_rows)
def test_reasons_are_grouped_by_their_exact_text_and_share_their_own_status(facts):
    frame = check_ins(*facts)
    found = metrics.reasons(frame)
    shown = [row for row in facts if row["status"] in ("Declined", "OnHold")]
    by_hand = Counter((row["note"], row["status"]) for row in shown)
    status_total = Counter(row["status"] for row in shown)
    counted = {
        (None if pd.isna(row.note) else row.note, row.status): row["count"]
        for _, row in found.iterrows()
    }
    assert counted == dict(by_hand)
    for _, row in found.iterrows():
        assert row["share"] == pytest.approx(row["count"] / status_total[row["status"]])
        assert len(row["example_ids"]) == min(row["count"], 5)
        examples = frame[frame["id"].isin(row["example_ids"])]
        assert set(examples["status"]) == {row["status"]}
        assert examples["note"].isna().all() or set(examples["note"]) == {row["note"]}
    assert found["count"].tolist() == sorted(found["count"], reverse=True)


@pytest.mark.parametrize(
    ("back", "age"),
    [
        (timedelta(hours=-5), "under 1 day"),
        (timedelta(hours=23), "under 1 day"),
        (timedelta(days=1), "1–3 days"),
        (timedelta(days=4) - timedelta(microseconds=1), "1–3 days"),
        (timedelta(days=4), "4–7 days"),
        (timedelta(days=8), "8–30 days"),
        (timedelta(days=31), "over 30 days"),
        (None, "no date"),
    ],
)
def test_an_open_check_in_stands_under_its_age(back, age):
    facts = {"status": "OnHold", "checked_in_at": None if back is None else NOW - back}
    found = metrics.open_by_age(check_ins(facts, {"status": "Confirmed"}), NOW)
    shown = found[found["count"] > 0]
    assert shown[["age", "status", "count"]].to_numpy().tolist() == [[age, "OnHold", 1]]
    assert ("no date" in set(found["age"])) == (back is None)


@given(many_rows)
def test_on_hold_now_ignores_every_date_and_open_items_hold_each_of_them(facts):
    frame = check_ins(*facts)
    held = [row for row in facts if row["status"] == "OnHold"]
    assert metrics.on_hold_now(frame) == len(held)
    found = metrics.open_by_age(frame, NOW)
    assert found.loc[found["status"] == "OnHold", "count"].sum() == len(held)
    longest = metrics.longest_on_hold(frame, NOW, 3)
    assert len(longest) == min(3, len(held))
    ages = longest["held_days"].dropna().tolist()
    assert ages == sorted(ages, reverse=True)
    undated = [row for row in held if not row["updated_at"] and not row["checked_in_at"]]
    everything = metrics.longest_on_hold(frame, NOW, 100)["held_days"]
    assert everything.isna().sum() == len(undated)
    assert everything.iloc[: len(held) - len(undated)].notna().all()


@given(many_rows)
def test_active_users_are_distinct_owners_and_nameless_check_ins_are_counted_apart(facts):
    found = metrics.active_users(check_ins(*facts))
    assert found.count == len({row["owner_id"] for row in facts} - {None})
    assert found.check_ins_without_owner == sum(row["owner_id"] is None for row in facts)


@settings(max_examples=40)
@given(many_rows, zones)
def test_the_weekly_table_agrees_with_counting_by_hand(facts, zone):
    calendar = Calendar(zone)
    found = metrics.weekly(check_ins(*facts), None, None, None, calendar, WEEKS)
    assert list(found.index) == [week.code for week in WEEKS]
    for week in WEEKS:
        mine = [row for row in facts if wall_week(row, zone) == week.code]
        statuses = Counter(row["status"] for row in mine)
        said = found.loc[week.code]
        assert said["submitted"] == len(mine)
        owners = {row["owner_id"] for row in mine} - {None}
        if mine and not owners:
            assert pd.isna(said["active_users"]), "nobody can say"
        else:
            assert said["active_users"] == len(owners)
        nameless = [row for row in mine if row["owner_id"] is None]
        assert said["submitted_without_owner"] == len(nameless)
        assert said["confirmed"] == statuses["Confirmed"]
        assert said["declined"] == statuses["Declined"]
        assert said["pending"] == statuses["Pending"]
        assert said["on_hold"] == statuses["OnHold"]
        assert said["other"] == statuses["Archived"] + statuses[None]
        assert said["decided"] + said["undecided"] == len(mine)
        decided = metrics.time_to_decision(check_ins(*facts), calendar, Period.of_weeks([week]))
        assert said["decided_in_week"] == decided.n + decided.unusable
        if decided.n:
            assert said["median_hours_to_decision"] == pytest.approx(decided.median_hours)
        else:
            assert pd.isna(said["median_hours_to_decision"])


def test_a_list_that_is_not_loaded_leaves_its_numbers_missing_not_zero():
    found = metrics.weekly(None, None, None, None, Calendar("UTC"), WEEKS)
    assert found.drop(columns="bucket").isna().all(axis=None)
    found = metrics.weekly(check_ins(), None, None, None, Calendar("UTC"), WEEKS)
    assert found["submitted"].tolist() == [0] * 4
    assert found["earned_cents"].isna().all()


def test_unknown_words_keep_their_name_and_stand_after_the_known_ones():
    at = utc(2026, 11, 10)
    facts = [{"status": word, "checked_in_at": at} for word in ("Zapped", "Archived", None)]
    found = metrics.submitted(check_ins(*facts), Calendar("UTC"), WEEKS)
    assert list(found["status"].unique()) == [
        "Confirmed",
        "Pending",
        "OnHold",
        "Declined",
        "Archived",
        "Zapped",
        "No status",
    ]


def test_no_rows_no_weeks_and_no_known_words_are_still_tables():
    calendar, nothing = Calendar("America/New_York"), check_ins()
    assert metrics.submitted(nothing, calendar, WEEKS)["count"].sum() == 0
    assert len(metrics.submitted(nothing, calendar, [])) == 0
    assert len(metrics.confirmation_rate_per_week(nothing, calendar, [])) == 0
    assert len(metrics.weekly(nothing, None, None, None, calendar, [])) == 0
    assert metrics.time_to_decision(nothing).n == 0
    assert metrics.reasons(nothing).empty
    assert metrics.longest_on_hold(nothing, NOW).empty
    assert metrics.active_users(nothing).count == 0
    assert metrics.by_weekday_and_hour(nothing, calendar)["count"].sum() == 0
    assert metrics.filtered_check_ins(nothing, kinds=["mileage"]).empty


def test_weeks_that_do_not_follow_each_other_hold_only_their_own_rows():
    facts = [{"checked_in_at": utc(2026, 10, 28), "status": "Confirmed"}]
    apart = [Week(2026, 43), Week(2026, 46)]
    assert metrics.submitted(check_ins(*facts), Calendar("UTC"), apart)["count"].sum() == 0


def test_filters_take_words_periods_and_rows_without_a_word():
    calendar = Calendar("UTC")
    frame = check_ins(
        {
            "kind": "mileage",
            "status": "Confirmed",
            "checked_in_at": utc(2026, 11, 10),
            "state": "TX",
        },
        {"kind": "condition", "status": None, "checked_in_at": utc(2026, 11, 11), "state": "CA"},
        {"kind": "condition", "status": "OnHold", "checked_in_at": None},
    )

    def ids(**where):
        return metrics.filtered_check_ins(frame, **where)["id"].tolist()

    day = Period.of_key("2026-11-11")
    assert ids() == ["c0", "c1", "c2"]
    assert ids(kinds=["condition"]) == ["c1", "c2"]
    assert ids(statuses=["No status"]) == ["c1"]
    assert ids(statuses=["Nonsense"]) == []
    assert ids(states=["TX"]) == ["c0"]
    assert ids(period=day, calendar=calendar) == ["c1"]
    with pytest.raises(ValueError, match="calendar"):
        ids(period=day)


def test_a_state_is_taken_from_the_owners_vehicle_and_from_a_plate_only_if_it_is_unambiguous():
    from tests.unit.analysis_frames import VEHICLES, frame

    vehicles = frame(
        VEHICLES,
        [
            {"id": "v1", "license": "AAA", "state": "TX", "owner_id": "u1"},
            {"id": "v2", "license": "AAA", "state": "CA", "owner_id": "u2"},
            {"id": "v3", "license": "BBB", "state": "NV", "owner_id": None},
            {"id": "v4", "license": "CCC", "state": None, "owner_id": "u1"},
        ],
    )
    rows_ = check_ins(
        {"license": "AAA", "owner_id": "u2"},
        {"license": "AAA", "owner_id": "u9"},
        {"license": "BBB", "owner_id": "u9"},
        {"license": None, "owner_id": "u1", "state": "WA"},
        {"license": "CCC", "owner_id": "u1"},
    )
    found = metrics.with_states(rows_.iloc[::-1], vehicles).iloc[::-1]
    assert found["state"].fillna("-").tolist() == ["CA", "-", "NV", "WA", "-"]
    assert found["id"].tolist() == rows_["id"].tolist()
    assert metrics.with_states(rows_, vehicles.iloc[:0])["state"].notna().sum() == 1
