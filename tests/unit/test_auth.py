"""The token is fetched once for all, renewed in time, forgotten on request and never shown."""

from __future__ import annotations

import copy
import pickle
import threading
import time
import traceback

import pytest
from requests import PreparedRequest

from ownli_api.errors import ClientClosed, CredentialsRefused, NotUnderstood, Unreachable
from ownli_api.token import FAILED_SECONDS, AdminToken, Grant, grant


class Issuer:
    """Issues numbered tokens."""

    def __init__(self, life: float | None = 3600) -> None:
        self.life = life
        self.asked = 0
        self.now = 0.0
        self.fails: Exception | None = None
        self.takes = 0.0
        self.token = AdminToken(self.ask, lambda: self.now)

    def ask(self) -> Grant:
        self.asked += 1
        time.sleep(self.takes)
        if self.fails:
            raise self.fails
        return Grant(f"secret-{self.asked}", self.life)

    def request(self) -> PreparedRequest:
        request = PreparedRequest()
        request.headers = {}
        return self.token(request)

    def header(self) -> str:
        return self.request().headers["Authorization"]


def together(count: int, what: object) -> list[object]:
    found: list[object] = []

    def run() -> None:
        try:
            found.append(what())
        except Exception as error:  # noqa: BLE001 - the test looks at whatever it is
            found.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    return found


def test_a_token_is_used_until_shortly_before_its_end():
    issuer = Issuer(life=3600)
    assert issuer.header() == "Bearer secret-1"
    issuer.now = 3539
    assert issuer.header() == "Bearer secret-1"
    issuer.now = 3541
    assert issuer.header() == "Bearer secret-2"
    assert issuer.asked == 2


def test_a_short_lived_token_is_used_for_most_of_its_life():
    issuer = Issuer(life=10)
    issuer.header()
    issuer.now = 8.9
    issuer.header()
    assert issuer.asked == 1
    issuer.now = 9.1
    issuer.header()
    assert issuer.asked == 2


@pytest.mark.parametrize("life", [None, 0, -5])
def test_a_token_without_a_sensible_life_is_used_until_it_is_refused(life):
    issuer = Issuer(life=life)
    first = issuer.request()
    issuer.now = 1e9
    assert issuer.header() == "Bearer secret-1"
    issuer.token.refused(first)
    assert issuer.header() == "Bearer secret-2"


def test_eight_threads_without_a_token_ask_for_one():
    issuer = Issuer()
    issuer.takes = 0.05
    assert together(8, issuer.header) == ["Bearer secret-1"] * 8
    assert issuer.asked == 1


def test_eight_threads_that_meet_a_refused_token_ask_for_one_new_one():
    issuer = Issuer()
    issuer.takes = 0.05
    old = [issuer.request() for _ in range(8)]

    def meet() -> object:
        issuer.token.refused(old.pop())
        return issuer.header()

    assert together(8, meet) == ["Bearer secret-2"] * 8
    assert issuer.asked == 2


def test_refused_credentials_are_not_tried_again_by_every_thread():
    issuer = Issuer()
    issuer.takes = 0.02
    issuer.fails = CredentialsRefused("no")
    errors = together(8, issuer.header)
    assert {type(error) for error in errors} == {CredentialsRefused}
    assert len({id(error) for error in errors}) == 8
    assert issuer.asked == 1
    issuer.now += FAILED_SECONDS + 1
    with pytest.raises(CredentialsRefused):
        issuer.header()
    assert issuer.asked == 2


def test_another_failure_is_shared_by_the_threads_that_waited_and_soon_forgotten():
    issuer = Issuer()
    issuer.takes = 0.02
    issuer.fails = Unreachable("gone")
    assert {type(error) for error in together(8, issuer.header)} == {Unreachable}
    assert issuer.asked == 1
    issuer.fails = None
    issuer.now += FAILED_SECONDS + 1
    assert issuer.header() == "Bearer secret-2"


def test_a_clock_set_back_does_not_keep_a_failure_for_ever():
    issuer = Issuer()
    issuer.now = 1e6
    issuer.fails = Unreachable("gone")
    with pytest.raises(Unreachable):
        issuer.header()
    issuer.fails, issuer.now = None, 0.0
    assert issuer.header() == "Bearer secret-2"


def test_a_forgotten_token_is_gone_for_good():
    issuer = Issuer()
    issuer.header()
    assert issuer.token.age_seconds == 0
    issuer.token.forget()
    assert issuer.token.age_seconds is None
    with pytest.raises(ClientClosed):
        issuer.header()
    assert "secret-1" not in repr(vars(issuer.token))


def test_a_token_that_arrives_after_the_sign_out_is_not_kept():
    issuer = Issuer()
    issuer.takes = 0.1
    thread = threading.Thread(target=lambda: together(1, issuer.header))
    thread.start()
    time.sleep(0.03)
    begun = time.monotonic()
    issuer.token.forget()
    assert time.monotonic() - begun < 0.05
    thread.join(5)
    assert issuer.token.age_seconds is None


def test_the_token_shows_in_no_repr_no_pickle_no_copy_and_no_traceback():
    issuer = Issuer()
    issuer.header()
    assert repr(issuer.token) == "AdminToken(hidden)"
    assert "secret" not in repr(Grant("secret", 1)) + str(Grant("secret", 1))
    for spill in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError) as caught:
            spill(issuer.token)
        assert "secret-1" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "body",
    [
        b'{"access_token":"a b"}',
        b'{"access_token":"a\\r\\nX: y"}',
        b'{"access_token":"caf\\u00e9"}',
        b'{"access_token":""}',
        b'{"access_token":null}',
        b'{"access_token":["t0ken"]}',
        b"{}",
        b"[]",
        b"<html>t0ken</html>",
    ],
)
def test_an_answer_without_a_token_that_fits_a_header_is_not_understood(body):
    with pytest.raises(NotUnderstood) as caught:
        grant(body)
    assert "t0ken" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "life"),
    [
        (b'{"access_token":"t","expires_in":3600}', 3600),
        (b'{"access_token":"t","expires_in":"60"}', 60),
        (b'{"access_token":"t","expires_in":"soon","scope":7}', None),
        (b'{"access_token":"t"}', None),
    ],
)
def test_an_odd_life_does_not_spoil_the_token(body, life):
    found = grant(body)
    assert (found.access_token, found.expires_in) == ("t", life)
