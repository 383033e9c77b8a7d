"""Passwords that would be guessed at once are refused, whatever they are made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from pages.access import passwords
from pages.access.passwords import PasswordRefused, checked

COMMON = [word for word in FREQUENCY_LISTS["passwords"] if len(word) >= passwords.MIN_CHARACTERS]


def test_there_are_common_passwords_of_the_length_that_is_asked_for():
    assert len(FREQUENCY_LISTS["passwords"]) > 3_000
    assert len(COMMON) > 20


@given(st.sampled_from(COMMON), st.sampled_from([str, str.capitalize, str.upper]))
def test_a_common_password_is_refused_in_any_capitals(word, spelled):
    with pytest.raises(PasswordRefused, match="first to be guessed"):
        checked(spelled(word))


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "Password123!",
        "123456789012",
        "aaaaaaaaaaaa",
        "qwertyuiop12",
        "abcabcabcabc",
    ],
)
def test_runs_and_repetitions_and_a_word_with_digits_are_refused(password):
    with pytest.raises(PasswordRefused, match="first to be guessed"):
        checked(password)


@pytest.mark.parametrize("password", ["ownlidashboard", "partnerpartner", "Marketing1234"])
def test_the_words_of_the_product_are_refused(password):
    with pytest.raises(PasswordRefused, match="first to be guessed"):
        checked(password)


def test_what_is_known_of_a_person_makes_no_password_of_theirs():
    about = ("mlopez", "Maximiliana Lopezdottir", "maxi@partner.example")
    for password in ("maximiliana1", "Lopezdottir1", "mlopezmlopez"):
        with pytest.raises(PasswordRefused, match="first to be guessed"):
            checked(password, about)
    assert checked("maximiliana1", ("tom",))


@given(st.integers(1, 9))
def test_generated_passwords_keep_the_rules(groups):
    password = passwords.generated(max(3, groups % 9))
    assert checked(password, ("viewer", "Ms Viewer")) == password


@pytest.mark.parametrize(
    "password",
    ["correct horse battery", "viewer-password-123", "kfj2-djk3-9dkl", "ein ganz langes"],
)
def test_no_mixture_of_characters_is_asked_for(password):
    assert checked(password, ("viewer",)) == password
