"""What a search text is taken for."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.analysis.lookup import BY_PLATE, Guess, Key, e164, guesses, people, spoken


@pytest.mark.parametrize(
    "spelling",
    [
        "+15556667777",
        "5556667777",
        "(555) 666-7777",
        "555.666.7777",
        "1 555 666 7777",
        " 555-666-7777 ",
    ],
)
def test_a_phone_in_any_usual_spelling_is_one_phone(spelling):
    assert guesses(spelling) == [Guess(Key.PHONE, "+15556667777")]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("XT_IVEHABC123", [Key.ID]),
        ("ann@mail.com", [Key.EMAIL]),
        ("1HGCM82633A004352", [Key.VIN]),
        ("1hgcm82633a004352", [Key.VIN]),
        ("004352", [Key.PLATE, Key.VIN]),
        ("a04352", [Key.PLATE, Key.VIN]),
        ("7ABC123", [Key.PLATE]),
        ("ABC 1234", [Key.PLATE]),
        ("Ann", [Key.NAME]),
        ("LEE", [Key.PLATE, Key.NAME]),
        ("Ann O'Neil", [Key.NAME]),
        ("李小龍", [Key.NAME]),
        ("4567", [Key.PLATE]),
        ("6667777", [Key.PLATE]),
        ("   ", []),
    ],
)
def test_a_text_is_read_as_what_it_looks_like(text, keys):
    assert [guess.key for guess in guesses(text)] == keys


@given(st.text(min_size=1))
def test_any_text_that_is_not_blank_has_a_reading_and_can_be_spoken(text):
    found = guesses(text)
    assert bool(found) == bool(text.split())
    if found:
        assert spoken(found)


@given(st.from_regex(r"[2-9]\d{9}", fullmatch=True))
def test_ten_digits_always_become_the_form_ownli_uses(digits):
    assert e164(digits) == f"+1{digits}"
    assert e164(f"+1 {digits[:3]}-{digits[3:6]}-{digits[6:]}") == f"+1{digits}"


def test_readings_are_spoken_as_a_person_would():
    assert spoken(guesses("004352")) == "a plate or a VIN"
    assert spoken(guesses("XT_1")) == "an id"


def users(**columns):
    return pd.DataFrame({"email": None, "phone": None, "state": None, **columns})


def test_a_person_found_for_two_reasons_is_listed_once_with_both():
    cars = pd.DataFrame({"id": ["V1"], "owner_id": ["U1"], "owner_name": ["Ann Lee"]})
    found = people([("plate", cars), ("name", users(id=["U1", "U2"], name=["Ann Lee", "Bo"]))])
    assert list(found["id"]) == ["U1", "U2"]
    assert list(found["matched"]) == ["plate, name", "name"]


MASKED = {
    "e-mail": ("email", "ann@mail.com", ["ANN@mail.com "], ["n@mail.com", "ann@mail.co"]),
    "phone": ("phone", "+15556667777", ["(555) 666-7777", "1 555 666 7777"], ["5566677770"]),
    "plate": ("license", "7ABC-123", ["7abc 123"], ["7ABC12", "ABC123"]),
    "VIN": ("vin", "1HGCM82633A004352", ["1hgcm82633a004352", "004352"], ["1HGCM82633A00435"]),
}


@pytest.mark.parametrize("key", MASKED)
def test_whoever_types_a_part_of_what_is_masked_finds_nobody_by_it(key):
    """Ownli may match parts: by trying them one after the other the whole would be found out."""
    column, value, wholes, parts = MASKED[key]
    frame = users(id=["U1"], name=["Ann Lee"], **{column: [value]})
    for typed in wholes:
        assert list(people([(key, frame)], typed)["id"]) == ["U1"]
    for typed in parts:
        assert people([(key, frame)], typed).empty


def test_users_of_whom_only_a_part_of_the_plate_may_have_matched_are_left_out():
    cars = pd.DataFrame({"owner_id": ["U1"], "owner_name": ["Ann"], "license": ["7ABC123"]})
    by_plate = users(id=["U1", "U2"], name=["Ann", "Bo"])
    assert list(people([("plate", cars), (BY_PLATE, by_plate)], "7ABC123")["id"]) == ["U1"]
    assert list(people([(BY_PLATE, by_plate)], "7ABC123")["id"]) == ["U1", "U2"]


def test_a_name_of_two_words_that_fits_somebody_whole_hides_the_half_matches():
    first = users(id=["U1", "U2"], name=["Ann Lee", "Ann Fox"])
    last = users(id=["U1", "U3"], name=["Ann Lee", "Bo Lee"])
    assert list(people([("first name", first), ("last name", last)])["id"]) == ["U1"]


def test_half_matches_are_listed_when_nobody_fits_whole():
    first = users(id=["U2"], name=["Ann Fox"])
    last = users(id=["U3"], name=["Bo Lee"])
    assert list(people([("first name", first), ("last name", last)])["id"]) == ["U2", "U3"]


def test_a_vehicle_without_an_owner_finds_nobody():
    cars = pd.DataFrame({"id": ["V1"], "owner_id": [None], "owner_name": [None]})
    assert people([("plate", cars)]).empty


def test_a_whole_name_that_is_typed_hides_those_who_share_half_of_it():
    first = users(id=["U1", "U2"], name=["Bob Smith", "Bob Fox"])
    assert list(people([("first name", first)], "bob  smith")["id"]) == ["U1"]
    assert list(people([("first name", first)], "Bob")["id"]) == ["U1", "U2"]


def test_a_name_with_its_halves_swapped_at_a_comma_is_that_name():
    assert guesses("O'Neil ,  Ann") == guesses("Ann O'Neil")
    first = users(id=["U1", "U2"], name=["Bob Smith", "Bob Fox"])
    assert list(people([("first name", first)], "Smith, Bob")["id"]) == ["U1"]


def test_an_id_in_small_letters_is_asked_for_in_capitals_too():
    found = guesses("xt_usr1c9f")
    assert found == [Guess(Key.ID, "xt_usr1c9f"), Guess(Key.ID, "XT_USR1C9F")]
    assert spoken(found) == "an id"


def test_one_long_word_with_a_digit_may_be_an_id_of_any_shape():
    text = "0b6f7c1e-41d2-4d4e-9d1e-2f6f1f0c7a55"
    assert Guess(Key.ID, text) in guesses(text)
    assert all(guess.key is not Key.ID for guess in guesses("7ABC123"))
