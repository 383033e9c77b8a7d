"""Frames have exactly the declared columns and types, whatever came."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from ownli_api import frames, models
from ownli_api.frames import Noun

NOUNS = {
    "checkins": frames.CHECK_IN,
    "rewards": frames.REWARD,
    "payouts": frames.PAYOUT,
    "users": frames.USER,
    "vehicles": frames.VEHICLE,
}


def made(noun: Noun, rows: list[object], **constants: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    answer = models.many(json.dumps(rows).encode(), noun.model)
    return frames.frame(noun, [frames.part(noun, answer)], constants)


def assert_declared(frame: pd.DataFrame, noun: Noun) -> None:
    assert list(frame.columns) == list(noun.columns)
    for name, dtype in noun.columns.items():
        assert str(frame[name].dtype) == dtype, name


@pytest.mark.parametrize("noun", NOUNS.values(), ids=NOUNS)
@pytest.mark.parametrize("rows", [[], [{"id": "a"}], [{"id": "a"}, {"id": "b"}]])
def test_every_frame_has_its_columns_and_types_with_and_without_rows(noun, rows):
    frame, problems = made(noun, rows)
    assert_declared(frame, noun)
    assert len(frame) == len(rows)
    assert frame.drop(columns="id").isna().all(axis=None)
    assert problems == ()
    assert_declared(frames.frame(noun, [])[0], noun)
    assert_declared(frames.frame(noun, [frames.nothing(noun)] * 3)[0], noun)


def test_a_check_in_is_a_row_of_its_own_words():
    row = {
        "id": "XT_1",
        "license": "ABC123",
        "adminNote": "Photo is *blurred*",
        "checkedInAt": "2024-03-01T12:00:00.250Z",
        "checkInStatus": "OnHold",
        "updated": "2024-03-02T12:00:00Z",
        "mileage": 12_000,
        "nextCheckInDate": "2024-04-01",
        "owner": {"id": "XT_U", "firstName": "José", "lastName": None},
        "address": {"state": "NY", "addressLine1": "1 Main St"},
    }
    frame, problems = made(frames.CHECK_IN, [row], kind="mileage")
    assert problems == ()
    found = frame.iloc[0].dropna().to_dict()
    assert found == {
        "id": "XT_1",
        "kind": "mileage",
        "status": "OnHold",
        "checked_in_at": pd.Timestamp("2024-03-01T12:00:00.250Z"),
        "updated_at": pd.Timestamp("2024-03-02T12:00:00Z"),
        "owner_id": "XT_U",
        "owner_name": "José",
        "license": "ABC123",
        "state": "NY",
        "note": "Photo is *blurred*",
        "mileage": 12_000,
        "next_check_in_at": pd.Timestamp("2024-04-01", tz="UTC"),
    }


def test_words_are_categories_of_exactly_the_words_present_sorted():
    rows = [{"id": str(at), "status": word} for at, word in enumerate(["b", "z", "a", "b", None])]
    statuses = made(frames.REWARD, rows)[0]["status"]
    assert list(statuses.cat.categories) == ["a", "b", "z"]
    assert statuses.isna().tolist() == [False] * 4 + [True]


def test_ten_cents_ten_times_sum_to_one_dollar_and_odd_amounts_are_named():
    rows: list[object] = [{"id": f"r{at}", "amount": 0.1} for at in range(10)]
    rows += [{"id": "half", "amount": 1.005}, {"id": "huge", "amount": 1e30}]
    rows += [{"id": "nan", "amount": "NaN"}, {"id": "snan", "amount": "sNaN"}, {"id": "none"}]
    frame, problems = made(frames.REWARD, rows)
    cents = frame.set_index("id")["amount_cents"]
    assert cents.iloc[:10].sum() == 100
    assert cents["half"] == 100
    assert cents[["huge", "nan", "snan", "none"]].isna().all()
    assert problems == (
        "1 reward came with parts of a cent (half), which were rounded.",
        "3 rewards came with an unreadable amount (huge, nan, snan); it counts as missing.",
    )


def test_a_date_that_cannot_be_read_is_missing_and_named_and_the_row_stays():
    rows = [{"id": "a", "checkedInAt": "soon"}, {"id": "b", "checkedInAt": 1709294400250}]
    frame, problems = made(frames.CHECK_IN, rows)
    assert frame["checked_in_at"].isna().tolist() == [True, False]
    assert problems == (
        "1 check-in came with an unreadable check-in time (a); it counts as missing.",
    )


def test_a_mileage_beyond_64_bits_is_missing_and_named():
    frame, problems = made(frames.CHECK_IN, [{"id": "a", "mileage": 10**30}, {"id": "b"}])
    assert frame["mileage"].isna().all()
    assert "unreadable mileage (a)" in problems[0]


def test_a_payout_counts_and_sums_the_rewards_it_lists_unless_one_lacks_its_amount():
    rows = [
        {"id": "a", "amount": 3, "rewards": [{"amount": 1}, {"amount": 2, "id": 7}]},
        {"id": "b", "rewards": [{"amount": 1}, {}]},
        {"id": "c", "rewards": []},
        {"id": "d"},
    ]
    frame, _ = made(frames.PAYOUT, rows, owner_id="XT_U")
    assert frame["rewards_count"].tolist() == [2, 2, 0, pd.NA]
    assert frame["rewards_cents"].tolist() == [300, pd.NA, 0, pd.NA]
    assert set(frame["owner_id"]) == {"XT_U"}


def test_a_users_address_and_policy_are_columns():
    row = {
        "id": "U",
        "firstName": " ",
        "lastName": "王",
        "address": {"addressLine1": "1 Main St", "addressLine2": "Apt 2", "state": "MA"},
        "policyInfo": {"policyNumber": "P1"},
    }
    found = made(frames.USER, [row])[0].iloc[0].dropna().to_dict()
    assert found["name"] == "王"
    assert found["street"] == "1 Main St, Apt 2"
    assert found["state"] == "MA"
    assert found["policy_number"] == "P1"


def test_a_vehicle_names_its_user_as_its_owner():
    rows = [{"id": "a", "userId": "U1"}, {"id": "b", "owner": {"id": "U2"}}]
    frame, _ = made(frames.VEHICLE, rows)
    assert frame["owner_id"].tolist() == ["U1", "U2"]


def test_photos_of_every_kind_are_rows():
    body = json.dumps(
        [
            {
                "id": "a",
                "licensePhotos": [{"photoUrl": "l"}],
                "odometerPhotos": [{"photoUrl": "o"}, {"photoUrl": None}],
                "photos": [{"photoUrl": "f", "type": "Front"}],
                "documents": [{"url": "d", "type": "CAMERA"}, {"url": "e"}],
            },
            {"id": "b"},
        ]
    ).encode()
    answer = models.many(body, models.CheckInWithPhotos)
    found = frames.photos(answer.rows, "condition")
    assert list(found.itertuples(index=False, name=None))[:3] == [
        ("condition", "a", "l", "License"),
        ("condition", "a", "o", "Odometer"),
        ("condition", "a", "f", "Front"),
    ]
    assert found["type"].tolist()[3:] == ["CAMERA", "DOCUMENT"]
    assert list(frames.photos([], "mileage").columns) == list(frames.PHOTOS)
    assert {str(dtype) for dtype in frames.photos([], "mileage").dtypes} == {"str"}


def test_many_pages_make_the_same_frame_as_one():
    rows = [
        {"id": str(at), "status": "A" if at % 3 else None, "amount": at / 10, "dateRewarded": at}
        for at in range(200)
    ]
    whole, problems = made(frames.REWARD, rows)
    pages = [
        frames.part(
            frames.REWARD, models.many(json.dumps(rows[at : at + 7]).encode(), frames.REWARD.model)
        )
        for at in range(0, 200, 7)
    ]
    joined, same_problems = frames.frame(frames.REWARD, pages)
    pd.testing.assert_frame_equal(whole, joined)
    assert problems == same_problems


def test_a_part_can_be_cut_to_some_of_its_rows():
    rows = [{"id": str(at), "amount": at} for at in range(5)]
    part = frames.part(frames.REWARD, models.many(json.dumps(rows).encode(), frames.REWARD.model))
    frame, _ = frames.frame(frames.REWARD, [part.take([3, 1], with_problems=True)])
    assert frame["id"].tolist() == ["3", "1"]
    assert frame["amount_cents"].tolist() == [300, 100]


def test_the_problems_of_a_page_go_with_it_when_it_was_read_again():
    rows = [{"id": "a", "amount": "much"}, {"id": "b", "amount": 1}]
    part = frames.part(frames.REWARD, models.many(json.dumps(rows).encode(), frames.REWARD.model))
    assert len(frames.frame(frames.REWARD, [part.take([0, 1], with_problems=True)])[1]) == 1
    assert frames.frame(frames.REWARD, [part.take([0], with_problems=False)])[1] == ()


@pytest.mark.parametrize("noun", NOUNS.values(), ids=NOUNS)
def test_no_sentence_about_a_field_holds_the_name_of_a_column(noun):
    dates = ("checkedInAt", "updated", "nextCheckInDate", "dateRewarded", "dateClaimed")
    dates += ("dateRegistered", "dateAdded")
    odd = dict.fromkeys(dates, "soon") | {"amount": "much", "mileage": 10**30, "owner": "Bob"}
    odd |= {"checkInStatus": {}, "fraud": 7, "adminNote": {}, "policyInfo": {"policyNumber": {}}}
    frame, problems = made(noun, [{"id": "XT-1"} | odd])
    assert len(frame) == 1
    assert problems
    for sentence in problems:
        assert "_" not in sentence
        words = sentence.split(" unreadable ")[1].split(" (")[0]
        assert words == words.lower()
        assert words not in noun.columns or words in ("amount", "mileage", "owner", "status")
