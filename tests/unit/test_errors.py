"""Every answer is done, tried again or one plain sentence; no sentence holds what was asked."""

from __future__ import annotations

import inspect
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownli_api import errors, verdicts
from ownli_api.errors import (
    CredentialsRefused,
    FixSettings,
    NotFound,
    NotPermitted,
    NotUnderstood,
    OwnliError,
    RateLimited,
    Refused,
    ServerTrouble,
    TellOwnli,
    TimedOut,
    TryLater,
    Unreachable,
    WrongHost,
)
from ownli_api.settings import Settings
from ownli_api.verdicts import Heard

SETTINGS = Settings("https://api.example.com", "partner-1", "client-id-1234", "s3cret")


def body(code: str) -> bytes:
    return f'{{"error_code":"{code}","error_message":"jane@mail.com"}}'.encode()


@pytest.mark.parametrize(
    ("heard", "kind", "group"),
    [
        (Heard(trouble=verdicts.NO_CONNECTION), Unreachable, TryLater),
        (Heard(trouble=verdicts.TOO_SLOW), TimedOut, TryLater),
        (Heard(trouble=verdicts.BAD_CERTIFICATE), WrongHost, FixSettings),
        (Heard(trouble=verdicts.BAD_ADDRESS), WrongHost, FixSettings),
        (Heard(trouble=verdicts.TOO_LARGE), NotUnderstood, TellOwnli),
        (Heard(trouble=verdicts.UNREADABLE), NotUnderstood, TellOwnli),
        (Heard(302), WrongHost, FixSettings),
        (Heard(400, body("ERROR_INVALID_PARAMETERS")), Refused, TellOwnli),
        (Heard(401), CredentialsRefused, FixSettings),
        (Heard(403, body("INSUFFICIENT_SCOPE")), NotPermitted, FixSettings),
        (Heard(404, body("ERROR_USER_NOT_FOUND")), NotFound, OwnliError),
        (Heard(404, b"<html>"), NotFound, OwnliError),
        (Heard(405), Refused, TellOwnli),
        (Heard(409), Refused, TellOwnli),
        (Heard(429, retry_after=9), RateLimited, TryLater),
        (Heard(500), ServerTrouble, TryLater),
        (Heard(500, body("INTERNAL_SERVER_ERROR")), ServerTrouble, TryLater),
        (Heard(500, body("ERROR_NO_CONFIRMED_REWARDS")), Refused, TellOwnli),
        (Heard(501), ServerTrouble, TryLater),
        (Heard(503, b"<html>"), ServerTrouble, TryLater),
        (Heard(204), Refused, TellOwnli),
    ],
)
def test_an_answer_becomes_the_error_that_tells_what_to_do(heard, kind, group):
    error = verdicts.error(heard, SETTINGS, is_token=False)
    assert type(error) is kind
    assert isinstance(error, group)
    assert "jane" not in str(error)
    assert str(error) == error.sentence
    assert error.sentence.endswith(".")


@pytest.mark.parametrize("status", [400, 401, 403])
def test_refused_credentials_name_the_settings_and_four_characters_of_the_client(status):
    error = verdicts.error(Heard(status), SETTINGS, is_token=True)
    assert isinstance(error, CredentialsRefused)
    assert "Ownli refused the credentials (client id ...1234)" in str(error)
    assert "OWNLI_CLIENT_SECRET" in str(error)
    assert "client-id" not in str(error)
    assert "s3cret" not in str(error)


@pytest.mark.parametrize("status", [404, 405, 301])
def test_a_host_without_a_token_path_is_the_wrong_host(status):
    assert isinstance(verdicts.error(Heard(status), SETTINGS, is_token=True), WrongHost)


def test_codes_are_kept_and_what_only_looks_like_one_is_not():
    error = verdicts.error(Heard(404, body("ERROR_USER_NOT_FOUND")), SETTINGS, is_token=False)
    assert error.error_code == "ERROR_USER_NOT_FOUND"
    for code in ("jane@mail.com", "x" * 9, "", "A" * 99, "<b>", "+15556667777"):
        error = verdicts.error(Heard(400, body(code)), SETTINGS, is_token=False)
        assert error.error_code is None
        assert code not in str(error) or not code


def test_only_passing_troubles_are_tried_again():
    again = {
        status for status in range(200, 600) if verdicts.retry_in(Heard(status), 1, 0.5) is not None
    }
    assert again == {429, 502, 503, 504}
    assert verdicts.retry_in(Heard(500, body("ERROR_CLAIMING_REWARDS")), 1, 0.5) is None
    assert verdicts.retry_in(Heard(trouble=verdicts.NO_CONNECTION), 1, 0.5) is not None
    for trouble in (verdicts.BAD_CERTIFICATE, verdicts.TOO_LARGE, verdicts.UNREADABLE):
        assert verdicts.retry_in(Heard(trouble=trouble), 1, 0.5) is None


@given(
    st.sampled_from(
        [Heard(429), Heard(503), Heard(trouble="no connection"), Heard(trouble="too slow")]
    ),
    st.floats(0, 1),
)
def test_tries_are_bounded_and_waits_grow_but_not_for_ever(heard, jitter):
    waits = []
    while (wait := verdicts.retry_in(heard, len(waits) + 1, jitter)) is not None:
        waits.append(wait)
        assert len(waits) <= verdicts.TRIES_WHEN_LIMITED
    assert all(0 < wait <= verdicts.LONGEST_WAIT_SECONDS for wait in waits)
    assert waits == sorted(waits)


def test_retry_after_is_obeyed():
    assert verdicts.retry_in(Heard(429, retry_after=7), 1, 0.5) == 7
    assert verdicts.retry_in(Heard(503, retry_after=7), 1, 0.5) == 7
    assert verdicts.retry_in(Heard(429, retry_after=0), 1, 0.5) == 0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("5", 5),
        ("0.5", 0.5),
        ("-5", 0),
        ("Thu, 01 Jan 1970 00:16:50 GMT", 10),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("soon", None),
        ("", None),
        (None, None),
        ("inf", None),
        ("nan", None),
    ],
)
def test_retry_after_may_be_seconds_or_a_date(header, seconds):
    assert verdicts.retry_after(header, now=1000.0) == seconds


def test_every_error_can_be_raised_again_and_pickled_and_has_its_own_kind():
    kinds = [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, OwnliError) and not kind.__name__.startswith("_")
    ]
    slugs = [kind.kind for kind in kinds]
    assert len(set(slugs)) == len(slugs)
    for kind in kinds:
        error = kind("One sentence.")
        for same in (error.again(), pickle.loads(pickle.dumps(error))):
            assert type(same) is kind
            assert str(same) == same.sentence == "One sentence."
    limited = RateLimited("Slow.", 5).again()
    assert (limited.retry_after_seconds, str(limited)) == (5, "Slow.")
    assert NotFound("No.", "ERROR_X", 404).again().error_code == "ERROR_X"
