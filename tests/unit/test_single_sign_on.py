"""Single sign-on: whose account an answer opens, how often it counts, and its cookies."""

import asyncio
from datetime import UTC, datetime

import pytest

from pages.access import device_cookie, single_sign_on_routes
from pages.access.rights import Role
from pages.access.single_sign_on import (
    LIFETIME_SECONDS,
    MOST_REQUESTS,
    SignOnRequests,
    accepted,
)
from pages.access.single_sign_on_routes import SingleSignOnRoutes
from pages.access.staff_file import StaffRecord
from tests.unit.clock import Clock

VALUE = "A" * 43
HERE = device_cookie.hashed(VALUE)


# --- whose account the claims open


def record(name, email, **more) -> StaffRecord:
    return StaffRecord(name, "", email, Role.VIEWER, "hash", **more)


def opened(claims, *records) -> tuple[str, str]:
    return accepted({one.name: one for one in records}, claims)


@pytest.mark.parametrize("verified", [True, "true"])
@pytest.mark.parametrize("email", ["vera@example.com", " Vera@EXAMPLE.com "])
def test_a_verified_e_mail_opens_the_account_that_has_it_in_any_case(email, verified):
    claims = {"email": email, "email_verified": verified}
    assert opened(claims, record("vera", "vERA@example.com"), record("n", "")) == ("vera", "")


@pytest.mark.parametrize("verified", [False, None, "True", "yes", "false", 1, [True], {}])
def test_only_true_counts_as_verified(verified):
    claims = {"email": "vera@example.com", "email_verified": verified}
    assert opened(claims, record("vera", "vera@example.com")) == ("", "e-mail not verified")
    del claims["email_verified"]
    assert opened(claims, record("vera", "vera@example.com")) == ("", "e-mail not verified")


@pytest.mark.parametrize("email", ["", " ", None, 7, ["vera@example.com"]])
def test_without_an_e_mail_nothing_opens_not_even_an_account_without_one(email):
    claims = {"email": email, "email_verified": True, "preferred_username": "vera"}
    assert opened(claims, record("vera", "")) == ("", "no e-mail")


@pytest.mark.parametrize(
    ("claimed", "held"),
    [
        ("e\u212aa@example.com", "eka@example.com"),  # the sign for Kelvin: in lower case a k
        ("stra\u00dfe@example.com", "strasse@example.com"),
        ("\u0130a@example.com", "ia@example.com"),
        ("J\u00fcrgen@example.com", "j\u00fcrgen@example.com"),
        ("vera@example.com.evil.example", "vera@example.com"),
        ("vera", "vera@example.com"),
    ],
)
def test_an_e_mail_that_only_looks_the_same_opens_nothing(claimed, held):
    claims = {"email": claimed, "email_verified": True}
    assert opened(claims, record("vera", held)) == ("", "unknown e-mail")


@pytest.mark.parametrize("more", [{}, {"disabled": True}])
def test_an_e_mail_of_two_accounts_opens_neither(more):
    claims = {"email": "vera@example.com", "email_verified": True}
    twins = record("one", "vera@example.com"), record("two", "VERA@example.com", **more)
    assert opened(claims, *twins) == ("", "e-mail of two accounts")


def test_a_one_time_password_has_to_be_used_first_where_passwords_count():
    people = {"vera": record("vera", "vera@example.com", one_time_until=datetime.now(UTC))}
    claims = {"email": "vera@example.com", "email_verified": True}
    assert accepted(people, claims) == ("vera", "one-time password")
    assert accepted(people, claims, passwords=False) == ("vera", "")


# --- what an answer is worth


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def requests(clock):
    return SignOnRequests(clock=clock)


def sent(requests, address="/payouts", state="state", nonce="nonce"):
    """A request that went off to the provider."""
    requests.press(HERE, address)
    request = requests.of_device(HERE)
    request.state, request.nonce = state, nonce
    return request


def test_an_answer_is_good_once_for_its_device_and_its_nonce(requests):
    request = sent(requests)
    assert requests.of_device("another") is None
    assert not request.is_answered_by({"nonce": "another"})
    assert not request.is_answered_by({})
    assert requests.of_device(HERE).is_answered_by({"nonce": "nonce"})
    assert requests.use_up(request)
    assert not requests.use_up(request)
    assert requests.of_device(HERE) is None


def test_an_answer_that_comes_too_late_is_none(requests, clock):
    sent(requests)
    clock.now += LIFETIME_SECONDS
    assert requests.of_state("state") is None
    assert requests.of_device(HERE) is None


@pytest.mark.parametrize("claims", [{}, {"nonce": ""}, {"nonce": None}])
def test_before_the_provider_was_asked_nothing_is_an_answer(requests, claims):
    requests.press(HERE, "/")
    assert not requests.of_device(HERE).is_answered_by(claims)
    assert requests.of_state("") is None


def test_asking_again_takes_the_place_of_what_was_asked_before(requests):
    sent(requests)
    requests.press(HERE, "/rewards")
    assert not requests.of_device(HERE).is_answered_by({"nonce": "nonce"})
    assert requests.of_state("state") is None


def test_requests_are_bounded(requests):
    for number in range(MOST_REQUESTS + 5):
        requests.press(str(number), "/")
    assert len(requests._by_device) == MOST_REQUESTS
    assert requests.of_device("0") is None


# --- which cookies pass


@pytest.fixture
def waiting(requests, monkeypatch):
    monkeypatch.setattr(single_sign_on_routes, "REQUESTS", requests)
    return requests


def answered(path, cookies, answer=(), *, query=b"", scheme="http"):
    """Run one request through the middleware: what was answered, and whether by Streamlit."""
    messages, asked = [], []

    async def streamlit(scope, receive, send):
        asked.append(scope)
        await send({"type": "http.response.start", "status": 302, "headers": list(answer)})
        await send({"type": "http.response.body", "body": b"of Streamlit"})

    async def send(message):
        messages.append(message)

    headers = [(b"cookie", cookies.encode())]
    scope = {"type": "http", "scheme": scheme, "path": path, "query_string": query}
    asyncio.run(SingleSignOnRoutes(streamlit)({**scope, "headers": headers}, None, send))
    return messages, bool(asked)


def set_cookies(messages) -> list[str]:
    return [v.decode() for k, v in messages[0].get("headers", []) if k == b"set-cookie"]


@pytest.mark.parametrize(("scheme", "flag"), [("https", "; Secure"), ("http", "")])
def test_the_answers_cookie_is_for_our_pages_a_minute_long_and_its_tokens_are_dropped(
    waiting, scheme, flag
):
    sent(waiting, "/payouts?from=2026-11-02")
    answer = [
        (b"location", b"/"),
        (b"set-cookie", b'_streamlit_user="chunks-2"; HttpOnly; Max-Age=2592000; Path=/'),
        (b"set-cookie", b"_streamlit_user_1=x; HttpOnly; Max-Age=2592000; SameSite=lax"),
        (b"set-cookie", b"_streamlit_user_2=; Max-Age=0; Path=/"),
        (b"set-cookie", b"_streamlit_user_tokens=secret; HttpOnly; Max-Age=2592000"),
        (b"set-cookie", b"_streamlit_session=left; path=/; Max-Age=1209600"),
    ]
    messages, _ = answered("/oauth2callback", "", answer, query=b"state=state", scheme=scheme)
    assert (b"location", b"/payouts?from=2026-11-02") in messages[0]["headers"]
    flags = f"; Path=/; Max-Age=60; HttpOnly; SameSite=Strict{flag}"
    assert set_cookies(messages) == [
        f'_streamlit_user="chunks-2"{flags}',
        f"_streamlit_user_1=x{flags}",
        "_streamlit_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax",
    ]
    assert not waiting.of_device(HERE).failed


@pytest.mark.parametrize("query", [b"", b"state=", b"state=other", b"state=state&state=other"])
def test_a_callback_nobody_asked_for_does_not_reach_streamlit(waiting, query):
    sent(waiting)
    messages, reached = answered("/oauth2callback", f"ownli_device={VALUE}", query=query)
    assert (b"location", b"/") in messages[0]["headers"]
    assert not reached


def test_a_callback_counts_once(waiting):
    sent(waiting)
    assert answered("/oauth2callback", "", query=b"state=state")[1]
    assert not answered("/oauth2callback", "", query=b"state=state")[1]


def test_a_callback_without_a_person_is_a_failure(waiting):
    sent(waiting)
    answer = [(b"location", b"/"), (b"set-cookie", b'_streamlit_user=""; Max-Age=0; Path=/')]
    messages, _ = answered("/oauth2callback", "", answer, query=b"state=state")
    assert (b"location", b"/payouts") in messages[0]["headers"]
    assert waiting.of_device(HERE).failed


def test_the_way_to_the_provider_is_open_once_to_the_device_that_pressed_the_button(waiting):
    to = b"https://login.example.com/authorize?state=state&nonce=nonce"
    answer = [(b"location", to), (b"set-cookie", b"_streamlit_session=new")]
    held = f"ownli_device={VALUE}"
    assert not answered("/auth/login", held, answer)[1]
    waiting.press(HERE, "/")
    assert not answered("/auth/login", f"ownli_device={'B' * 43}", answer)[1]
    messages, _ = answered("/auth/login", held, answer, scheme="https")
    assert (b"location", to) in messages[0]["headers"]
    assert set_cookies(messages) == ["_streamlit_session=new; Secure"]
    assert waiting.of_state("state") is not None
    assert not answered("/auth/login", held, answer)[1]


@pytest.mark.parametrize("query", [b"state=state", b"nonce=nonce", b""])
def test_a_request_without_state_or_nonce_proves_nothing(waiting, query):
    waiting.press(HERE, "/payouts")
    answer = [(b"location", b"https://login.example.com/authorize?" + query)]
    messages, _ = answered("/auth/login", f"ownli_device={VALUE}", answer)
    assert (b"location", b"/payouts") in messages[0]["headers"]
    assert waiting.of_device(HERE).failed
