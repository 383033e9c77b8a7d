"""What masking promises about contact details."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.access import masking

ALNUM = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
# What Ownli sends: something readable, possibly with odd characters around it.
readable = st.builds(
    lambda a, b, c: a + b + c,
    st.text(max_size=6),
    st.text(alphabet=ALNUM, min_size=1, max_size=20),
    st.text(max_size=6),
)


@pytest.mark.parametrize(
    ("mask", "value", "shown"),
    [
        (masking.email, "jane@mail.com", "j•••@mail.com"),
        (masking.email, "a@mail.com", "•••@mail.com"),
        (masking.email, "no address", "•••"),
        (masking.email, "a@b@mail.com", "•••"),
        (masking.phone, "+1 (555) 123-4567", "•••• 4567"),
        (masking.phone, "5551234567", "•••• 4567"),
        (masking.phone, "4567", "••••"),
        (masking.street, "1 Main St, Apt 4", "hidden"),
        (masking.vin, "1HGCM82633A004352", "•••004352"),
        (masking.vin, "AB12", "•••12"),
        (masking.plate, "ABC1234", "•••234"),
        (masking.plate, "AB-1", "•••1"),
        (masking.plate, "A", "•••"),
        (masking.policy_number, "POL-0012345", "•••345"),
    ],
)
def test_each_kind_of_detail_shows_only_its_agreed_part(mask, value, shown):
    assert mask(value) == shown


@pytest.mark.parametrize(
    "mask", [masking.email, masking.phone, masking.vin, masking.plate, masking.policy_number]
)
@given(value=readable)
def test_a_masked_value_never_contains_the_original(mask, value):
    assert value not in mask(value)


@given(name=st.text(alphabet=ALNUM, min_size=2, max_size=20), domain=st.sampled_from(["mail.com"]))
def test_of_an_address_only_the_first_letter_of_the_name_is_left(name, domain):
    assert masking.email(f"{name}@{domain}") == f"{name[0]}•••@{domain}"


@given(digits=st.text(alphabet="0123456789", min_size=1, max_size=15))
def test_at_most_four_digits_of_a_phone_are_left_and_never_most_of_them(digits):
    left = [character for character in masking.phone(digits) if character.isdigit()]
    assert len(left) <= 4
    assert len(left) < len(digits)


@pytest.mark.parametrize("mask", list(masking.COLUMNS.values()))
def test_what_is_missing_stays_missing_and_a_column_stays_text(mask):
    column = mask(pd.Series(["ABC1234XYZ", None], dtype="str"))
    assert column.isna().tolist() == [False, True]
    assert column.dtype == "str"
    assert mask(None) is None


def test_a_frame_is_masked_in_every_contact_column_and_left_alone_itself():
    frame = pd.DataFrame(
        {
            "id": ["XT_1"],
            "name": ["Jane Doe"],
            "email": ["jane@mail.com"],
            "phone": ["+15551234567"],
            "street": ["1 Main St"],
            "zip": ["90210"],
            "vin": ["1HGCM82633A004352"],
            "license": ["ABC1234"],
            "policy_number": ["POL-0012345"],
        }
    )
    before = frame.copy()
    shown = masking.masked(frame)
    pd.testing.assert_frame_equal(frame, before)
    assert shown.loc[0, ["id", "name"]].tolist() == ["XT_1", "Jane Doe"]
    for column in masking.COLUMNS:
        assert frame.loc[0, column] not in shown.to_csv()


def test_a_frame_without_rows_keeps_its_columns():
    empty = pd.DataFrame({"email": pd.Series([], dtype="str"), "id": pd.Series([], dtype="str")})
    assert list(masking.masked(empty).columns) == ["email", "id"]
