"""The first numbers, told from counts alone."""

from datetime import UTC, datetime

import pandas as pd

from pages.analysis import glance

MONDAY = datetime(2026, 11, 16, 5, tzinfo=UTC)


def counts(*rows):
    frame = pd.DataFrame(rows, columns=["noun", "kind", "status", "start", "count"])
    return frame.assign(
        start=pd.to_datetime(frame["start"], utc=True), count=frame["count"].astype("Int64")
    )


def test_a_week_adds_its_kinds_and_leaves_other_weeks_out():
    seen = glance.of_week(
        counts(
            ("check_ins", "mileage", "Confirmed", MONDAY, 7),
            ("check_ins", "condition", "Confirmed", MONDAY, 2),
            ("check_ins", "mileage", "OnHold", MONDAY, 1),
            ("check_ins", "mileage", "Declined", MONDAY, 3),
            ("check_ins", "mileage", "Confirmed", datetime(2026, 11, 9, 5, tzinfo=UTC), 99),
            ("new_users", None, None, MONDAY, 5),
        ),
        MONDAY,
    )
    assert seen == glance.Glance(5, 13, 9, 3, 1)


def test_a_count_that_ownli_did_not_give_is_no_number_rather_than_a_smaller_one():
    seen = glance.of_week(
        counts(
            ("check_ins", "mileage", "Confirmed", MONDAY, 7),
            ("check_ins", "condition", "Confirmed", MONDAY, None),
        ),
        MONDAY,
    )
    assert seen.confirmed is None
    assert seen.submitted is None
    assert seen.new_users is None


def test_totals_have_no_week():
    seen = glance.totals(
        counts(("users", None, None, None, 1200), ("rewards", None, "Confirmed", None, 0))
    )
    assert seen == glance.Totals(1200, 0)
