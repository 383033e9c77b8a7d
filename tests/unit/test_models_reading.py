"""One bad row, one bad field or one odd envelope never costs more than itself."""

from __future__ import annotations

import json
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownli_api import models
from ownli_api.errors import NotUnderstood
from ownli_api.models import Problems


def page(rows: object, total: object = 1, key: str = "checkins", **more: object) -> bytes:
    return json.dumps({"totalItems": total, key: rows, **more}).encode()


def check_ins(rows: object, **more: object) -> models.Decoded:
    return models.page(page(rows, **more), "checkins", models.CheckIn)


GOOD = {"id": "XT_1", "checkInStatus": "Confirmed", "mileage": 12, "owner": {"id": "XT_U"}}


def test_unknown_keys_and_unknown_words_are_no_problem():
    answer = check_ins([GOOD | {"brandNew": {"deep": [1]}, "checkInStatus": "Reviewed"}])
    assert answer.rows[0].status == "Reviewed"
    assert not answer.problems.counts


def test_a_row_that_is_no_row_is_set_aside_and_the_others_stay():
    answer = check_ins([GOOD, 7, None, [], "x", {"id": ""}, {"id": None}, {}, GOOD | {"id": "b"}])
    assert [row.id for row in answer.rows] == ["XT_1", "b"]
    assert answer.sent == 9
    assert answer.problems.sentences("check-in", "check-ins") == (
        "7 check-ins could not be read (no id) and had to be left out.",
    )


@pytest.mark.parametrize(
    ("field", "value", "attribute", "words"),
    [
        ("mileage", "many", "mileage", "mileage"),
        ("mileage", 1.5, "mileage", "mileage"),
        ("updated", True, "updated_at", "time of the last update"),
        ("owner", "Bob", "owner", "owner"),
        ("checkedInAt", [2024, 1, 1], "checked_in_at", "check-in time"),
        ("license", {"plate": "A"}, "license", "license"),
    ],
)
def test_a_row_with_one_mistyped_field_keeps_its_good_ones(field, value, attribute, words):
    answer = check_ins([GOOD | {field: value, "adminNote": "kept"}])
    row = answer.rows[0]
    assert (row.id, row.note) == ("XT_1", "kept")
    assert getattr(row, attribute) is None
    assert answer.problems.sentences("check-in", "check-ins") == (
        f"1 check-in came with an unreadable {words} (XT_1); it counts as missing.",
    )


def test_one_mistyped_name_of_an_owner_leaves_the_owners_id():
    row = check_ins([GOOD | {"owner": {"id": "XT_U", "firstName": {"a": 1}}}]).rows[0]
    assert row.owner == models.Owner(id="XT_U")


def test_what_is_right_but_for_its_json_type_is_read_without_a_word():
    answer = check_ins([{"id": 5, "mileage": "12", "license": 123}])
    assert answer.rows[0] == models.CheckIn(id="5", mileage=12, license="123")
    assert check_ins([{"id": "a", "mileage": 12.0}]).rows[0].mileage == 12
    assert not answer.problems.counts


def test_nulls_are_absent_values_and_no_problem():
    rows = [GOOD | {"owner": None, "mileage": None, "address": None, "adminNote": None}, 7]
    answer = check_ins(rows)
    assert answer.problems.counts == {("unusable", ""): 1}


def test_amounts_are_the_digits_that_were_sent():
    body = b'{"totalItems":2,"rewards":[{"id":"a","amount":0.1},{"id":"b","amount":"2.50"}]}'
    rows = models.page(body, "rewards", models.Reward).rows
    assert [row.amount for row in rows] == [Decimal("0.1"), Decimal("2.50")]


def test_a_number_that_is_not_json_costs_only_itself():
    body = b'{"totalItems":2,"rewards":[{"id":"a","amount":NaN},{"id":"b","amount":0.1}]}'
    rows = models.page(body, "rewards", models.Reward).rows
    assert not rows[0].amount.is_finite()
    assert rows[1].amount == Decimal("0.1")


@pytest.mark.parametrize(
    "note", [b'"\\ud800 ok"', b'"ok \\udc00"', b'"\xff\xfe ok"', b'"\\ud83d\\ude00 ok"']
)
def test_half_characters_and_broken_bytes_cost_only_themselves(note):
    body = b'\xef\xbb\xbf{"totalItems":1,"checkins":[{"id":"a","adminNote":' + note + b"}]}"
    row = models.page(body, "checkins", models.CheckIn).rows[0]
    assert row.id == "a"
    assert "ok" in row.note


@pytest.mark.parametrize(
    ("total", "expected"),
    [
        (0, 0),
        (17, 17),
        ("17", 17),
        (17.0, 17),
        (-1, None),
        (None, None),
        ("many", None),
        (1.5, None),
        (True, None),
        ([3], None),
        (10**30, None),
        ("1e999999999", None),
    ],
)
def test_a_count_is_a_whole_number_or_missing(total, expected):
    assert check_ins([GOOD], total=total).total == expected


def test_a_missing_count_is_missing():
    body = json.dumps({"checkins": [GOOD]}).encode()
    assert models.page(body, "checkins", models.CheckIn).total is None


def test_total_pages_and_the_rest_of_the_envelope_may_be_anything():
    assert check_ins([GOOD], totalPages="x", currentPage=None, itemsOnPage=[]).sent == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"<html><body>secret jane@mail.com</body></html>",
        b"not json jane@mail.com",
        b'{"totalItems":1}',
        b'{"totalItems":1,"checkins":null}',
        b'{"totalItems":1,"checkins":{"id":"jane@mail.com"}}',
        b'{"totalItems":1,"checkins":"jane@mail.com"}',
        b'[{"id":"jane@mail.com"}]',
        b"null",
        b'{"totalItems":1,"checkins":[{"id":"a"',
        b"[" * 100_000,
        b'{"checkins":' + b"[" * 100_000,
    ],
)
def test_what_is_no_page_is_not_understood_and_not_repeated(body):
    with pytest.raises(NotUnderstood) as caught:
        models.page(body, "checkins", models.CheckIn)
    assert "jane" not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_an_empty_list_may_be_null_when_the_count_is_zero():
    body = b'{"totalItems":0,"checkins":null}'
    assert models.page(body, "checkins", models.CheckIn).rows == []


def test_an_array_may_come_as_one_object_and_one_object_as_an_array():
    for body in (b'{"id":"a"}', b'[{"id":"a"}]', b' [ {"id":"a"} ]'):
        assert [row.id for row in models.many(body, models.User).rows] == ["a"]
    assert models.many(b"[]", models.User).rows == []


@pytest.mark.parametrize("body", [b"", b"<p>", b"7", b"null", b'"x"', b"{"])
def test_what_is_no_array_is_not_understood(body):
    with pytest.raises(NotUnderstood):
        models.many(body, models.User)


def test_a_summary_with_odd_parts_keeps_the_good_ones():
    body = json.dumps(
        [
            {
                "user": 7,
                "vehicles": [{"id": "V", "make": {}, "vin": "W"}, {"license": "no id"}],
            }
        ]
    ).encode()
    answer = models.many(body, models.UserSummary)
    summary = answer.rows[0]
    assert summary.vehicles == (models.VehicleSummary(id="V", vin="W"),)


def test_a_payouts_link_is_never_decoded():
    body = b'[{"id":"P","paymentReferenceLink":"https://pay.example/secret"}]'
    payout = models.many(body, models.Payout).rows[0]
    assert "pay.example" not in repr(payout)
    assert "payment_reference_link" not in {
        part.name for part in msgspec.structs.fields(models.Payout)
    }


def test_models_are_frozen():
    with pytest.raises(AttributeError):
        models.User(id="a").email = "b"


def test_examples_in_sentences_are_few_and_only_what_looks_like_an_id():
    problems = Problems()
    for row_id in ("XT_1", "<b>", "jane@mail.com", "XT_2", "XT_3", "XT_4", "XT_5"):
        problems.note("unreadable", "updated_at", row_id)
    more = Problems()
    more.add(problems)
    more.add(problems)
    assert more.sentences("reward", "rewards") == (
        "14 rewards came with an unreadable time of the last update (such as XT_1, XT_2, XT_3); "
        "it counts as missing.",
    )


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.lists(
        st.fixed_dictionaries(
            {"id": st.text(min_size=1, max_size=5)},
            optional=dict.fromkeys(
                ("mileage", "owner", "address", "updated", "adminNote"), anything
            ),
        )
        | anything,
        max_size=6,
    )
)
def test_no_row_of_any_shape_takes_another_one_with_it(rows):
    body = json.dumps({"totalItems": 1, "checkins": [*rows, {"id": "last one"}]}).encode()
    answer = models.page(body, "checkins", models.CheckIn)
    assert answer.rows[-1].id == "last one"
    assert answer.sent == len(rows) + 1
    usable = [
        row["id"]
        for row in rows
        if isinstance(row, dict) and isinstance(row.get("id"), str) and row["id"]
    ]
    readable = [row_id for row_id in usable if row_id.isascii()]
    assert set(readable) <= {row.id for row in answer.rows}
