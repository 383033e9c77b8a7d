"""Single sign-on without a server: whom claims open, what attempts are worth, what cookies pass."""

import asyncio

import pytest

from pages.access import device, hosts, sign_on_routes
from pages.access.identity_provider import ProviderProblem, configured
from pages.access.rights import Role
from pages.access.sign_on_attempts import LIFETIME_SECONDS, MOST_ATTEMPTS, Attempts
from pages.access.sign_on_routes import SignOnRoutes
from pages.access.single_sign_on import accepted
from pages.access.staff import StaffRecord
from pages.ui.settings import SECRETS, SettingsProblem, load
from tests.unit.clock import Clock

VALUE = "A" * 43
HERE = device.hashed(VALUE)
SECRET = "a-secret-nobody-may-see"
AUTH = {
    "redirect_uri": "https://dashboard.example.com/oauth2callback",
    "cookie_secret": "abcdefghijklmnopqrstuvwxyz0123456789",
    "client_id": "dashboard",
    "client_secret": SECRET,
    "server_metadata_url": "https://login.example.com/.well-known/openid-configuration",
}
ANSWERED = {"dashboard.example.com", "localhost"}.__contains__


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


# --- what an attempt is worth


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def attempts(clock):
    return Attempts(clock=clock)


def confirmed(attempts, nonce="nonce") -> None:
    attempts.ask(HERE, "/payouts")
    attempts.send(attempts.asked(HERE), "state", nonce)
    attempts.settle(attempts.sent("state"), confirmed=True)


def test_an_answer_is_good_once_for_its_device_and_its_nonce(attempts):
    confirmed(attempts)
    assert not attempts.redeem("another", "nonce")
    assert not attempts.redeem(HERE, "another")
    assert not attempts.redeem(HERE, None)
    assert attempts.redeem(HERE, "nonce")
    assert not attempts.redeem(HERE, "nonce")


def test_an_answer_that_comes_too_late_is_none(attempts, clock):
    confirmed(attempts)
    clock.now += LIFETIME_SECONDS
    assert not attempts.is_confirmed(HERE)
    assert not attempts.redeem(HERE, "nonce")


@pytest.mark.parametrize("stage", ["nothing", "asked", "sent", "failed"])
def test_before_the_provider_has_answered_nothing_is_redeemed(attempts, stage):
    if stage != "nothing":
        attempts.ask(HERE, "/")
    if stage in ("sent", "failed"):
        attempts.send(attempts.asked(HERE), "state", "nonce")
    if stage == "failed":
        attempts.settle(attempts.sent("state"), confirmed=False)
    assert not attempts.redeem(HERE, "nonce")
    assert not attempts.redeem(HERE, "")
    assert attempts.take_failure(HERE) is (stage == "failed")
    assert not attempts.take_failure(HERE)


@pytest.mark.parametrize(("state", "nonce"), [("", "nonce"), ("state", ""), ("", "")])
def test_a_request_without_state_or_nonce_proves_nothing(attempts, state, nonce):
    attempts.ask(HERE, "/")
    attempts.send(attempts.asked(HERE), state, nonce)
    assert attempts.sent(state) is None
    assert attempts.take_failure(HERE)


def test_asking_again_takes_the_place_of_what_was_asked_before(attempts):
    confirmed(attempts)
    attempts.ask(HERE, "/rewards")
    assert not attempts.redeem(HERE, "nonce")
    assert attempts.sent("state") is None


def test_attempts_are_bounded(attempts, clock):
    for number in range(MOST_ATTEMPTS + 5):
        attempts.ask(str(number), "/")
    assert len(attempts._by_device) == MOST_ATTEMPTS
    assert attempts.asked("0") is None
    clock.now += LIFETIME_SECONDS
    attempts.ask("late", "/")
    assert list(attempts._by_device) == ["late"]


# --- which cookies pass


@pytest.fixture
def waiting(attempts, monkeypatch):
    monkeypatch.setattr(sign_on_routes, "ATTEMPTS", attempts)
    return attempts


def answered(path, cookies, answer=(), *, kind="http", query=b"", sent=()):
    """Run one request through the middleware: the cookies Streamlit saw, and what was answered."""
    seen, messages = [], []

    async def streamlit(scope, receive, send):
        seen.extend(value for name, value in scope["headers"] if name == b"cookie")
        if kind == "websocket":
            await send({"type": "websocket.accept"})
            return
        await send({"type": "http.response.start", "status": 302, "headers": list(answer)})
        await send({"type": "http.response.body", "body": b"of Streamlit"})

    async def send(message):
        messages.append(message)

    headers = [(b"cookie", cookies.encode()), *sent]
    scope = {"type": kind, "path": path, "query_string": query, "headers": headers}
    asyncio.run(SignOnRoutes(streamlit)(scope, None, send))
    return b"; ".join(seen).decode(), messages


def set_cookies(messages) -> list[str]:
    return [v.decode() for k, v in messages[0].get("headers", []) if k == b"set-cookie"]


@pytest.mark.parametrize("path", ["/", "/payouts", "/_stcore/health", "/media/x.csv"])
def test_streamlits_sign_on_cookies_reach_no_other_address(path):
    held = "a=b; _streamlit_user=1; _streamlit_user_1=2; _streamlit_user_tokens=3; "
    seen, messages = answered(path, held + "_streamlit_session=4; _streamlit_xsrf=5")
    assert seen == "a=b; _streamlit_xsrf=5"
    assert messages[1]["body"] == b"of Streamlit"


def test_a_websocket_gets_the_answer_only_when_its_device_waits_for_one(waiting):
    held = f"ownli_device={VALUE}; _streamlit_user=1; _streamlit_user_1=2; _streamlit_user_tokens=3"
    seen, messages = answered("/_stcore/stream", held, kind="websocket")
    assert seen == f"ownli_device={VALUE}"
    confirmed(waiting)
    seen, messages = answered("/_stcore/stream", held, kind="websocket")
    assert seen == f"ownli_device={VALUE}; _streamlit_user=1; _streamlit_user_1=2"
    assert [one.partition("=")[0] for one in set_cookies(messages)] == [
        "_streamlit_user",
        "_streamlit_user_1",
        "_streamlit_user_tokens",
    ]
    assert all("Max-Age=0;" in one for one in set_cookies(messages))


@pytest.mark.parametrize(("scheme", "flag"), [(b"https", True), (b"http", False)])
def test_the_answers_cookie_is_for_our_pages_a_minute_long_and_its_tokens_are_dropped(
    waiting, scheme, flag
):
    waiting.ask(HERE, "/payouts?from=2026-11-02")
    waiting.send(waiting.asked(HERE), "state", "nonce")
    answer = [
        (b"location", b"/"),
        (b"set-cookie", b'_streamlit_user="chunks-2"; HttpOnly; Max-Age=2592000; Path=/'),
        (b"set-cookie", b"_streamlit_user_1=x; HttpOnly; Max-Age=2592000; SameSite=lax"),
        (b"set-cookie", b"_streamlit_user_tokens=secret; HttpOnly; Max-Age=2592000"),
        (b"set-cookie", b"_streamlit_session=left; path=/; Max-Age=1209600"),
    ]
    proxied = [(b"x-forwarded-proto", scheme)]
    _, messages = answered("/oauth2callback", "", answer, query=b"state=state", sent=proxied)
    assert (b"location", b"/payouts?from=2026-11-02") in messages[0]["headers"]
    flags = "; Path=/; Max-Age=60; HttpOnly; SameSite=Strict" + ("; Secure" if flag else "")
    assert set_cookies(messages) == [
        f'_streamlit_user="chunks-2"{flags}',
        f"_streamlit_user_1=x{flags}",
        "_streamlit_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax",
    ]
    assert waiting.is_confirmed(HERE)


@pytest.mark.parametrize("query", [b"", b"state=", b"state=other", b"state=state&state=other"])
def test_a_callback_nobody_asked_for_does_not_reach_streamlit(waiting, query):
    waiting.ask(HERE, "/payouts")
    waiting.send(waiting.asked(HERE), "state", "nonce")
    answer = [(b"set-cookie", b"_streamlit_user=somebody; Max-Age=2592000")]
    _, messages = answered("/oauth2callback", f"ownli_device={VALUE}", answer, query=query)
    assert (b"location", b"/") in messages[0]["headers"]
    assert "somebody" not in repr(messages)


def test_a_callback_without_a_person_is_a_failure(waiting):
    waiting.ask(HERE, "/payouts")
    waiting.send(waiting.asked(HERE), "state", "nonce")
    answer = [(b"location", b"/"), (b"set-cookie", b'_streamlit_user=""; Max-Age=0; Path=/')]
    _, messages = answered("/oauth2callback", "", answer, query=b"state=state")
    assert (b"location", b"/payouts") in messages[0]["headers"]
    assert waiting.take_failure(HERE)


def test_the_way_to_the_provider_begins_without_what_was_left_of_another(waiting):
    waiting.ask(HERE, "/")
    to = b"https://login.example.com/authorize?state=state&nonce=nonce"
    answer = [(b"location", to), (b"set-cookie", b"_streamlit_session=new; Max-Age=1209600")]
    held = f"ownli_device={VALUE}; _streamlit_session=old"
    seen, messages = answered("/auth/login", held, answer)
    assert seen == f"ownli_device={VALUE}"
    assert (b"location", to) in messages[0]["headers"]
    assert set_cookies(messages) == [
        "_streamlit_session=new; Path=/; Max-Age=600; HttpOnly; SameSite=Lax"
    ]
    assert waiting.sent("state") is not None


# --- the setting


def refused(**wrong) -> str:
    auth = {key: value for key, value in (AUTH | wrong).items() if value is not None}
    with pytest.raises(ProviderProblem) as raised:
        configured(auth, ANSWERED)
    assert SECRET not in str(raised.value)
    return str(raised.value)


def test_a_provider_without_a_name_and_one_with():
    plain = configured(AUTH, ANSWERED)
    assert (plain.name, plain.label) == ("default", "Sign in with single sign-on")
    assert plain.origin == "https://dashboard.example.com"
    shared = {key: AUTH[key] for key in ("redirect_uri", "cookie_secret")}
    own = {key: value for key, value in AUTH.items() if key not in shared}
    named = configured(shared | {"okta": own}, ANSWERED)
    assert (named.name, named.label) == ("okta", "Sign in with Okta")
    assert configured(shared | {"acme-id": own}, ANSWERED).label == "Sign in with Acme id"


@pytest.mark.parametrize("setting", AUTH)
@pytest.mark.parametrize("value", [None, "", 7, True, ["x"]])
def test_every_key_has_to_be_there_and_a_text(setting, value):
    assert refused(**{setting: value}).startswith(f"auth.{setting} needs a text")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"cookie_secret": "short"}, "auth.cookie_secret needs at least 32"),
        ({"cookie_secret": "x" * 40}, "auth.cookie_secret needs at least 32"),
        ({"server_metadata_url": "http://login.example.com/"}, "server_metadata_url needs https"),
        ({"server_metadata_url": "login.example.com"}, "server_metadata_url needs an address"),
        ({"redirect_uri": "http://dashboard.example.com/oauth2callback"}, "needs https"),
        ({"redirect_uri": "https://dashboard.example.com/"}, "with /oauth2callback at its end"),
        ({"redirect_uri": "https://dashboard.example.com:443/oauth2callback"}, "as browsers show"),
        ({"redirect_uri": "https://Dashboard.example.com/oauth2callback"}, "as browsers show"),
        ({"redirect_uri": "https://dashboard.example.com/oauth2callback?x=1"}, "as browsers show"),
        ({"redirect_uri": "https://evil.example/oauth2callback"}, "add it to server.hosts"),
        ({"expose_tokens": "id"}, "auth.expose_tokens is not allowed"),
        ({"client_kwargs": "openid"}, "auth.client_kwargs needs a table"),
        ({"client_kwargs": {"scope": "email"}}, "auth.client_kwargs.scope needs “openid”"),
        ({"okta": {"client_id": "x"}}, "auth holds more than one provider"),
        ({"client_id": None, "client_secret": None}, "auth.client_id needs a text"),
    ],
)
def test_a_wrong_value_is_named_with_what_it_needs(wrong, said):
    assert said in refused(**wrong)


def test_two_named_providers_or_a_name_streamlit_cannot_use_are_refused():
    own = {"client_id": None, "client_secret": None, "server_metadata_url": None}
    assert "more than one provider" in refused(**own, one={}, two={})
    assert "needs a name of letters" in refused(**own, my_id={})
    assert refused(**own, okta={"client_id": "x"}).startswith("auth.okta.client_secret")


def test_a_wrong_setting_stops_the_dashboard_with_file_line_and_key(tmp_path):
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit/staff.yaml").write_text("usernames: {}\n")
    environment = {
        "OWNLI_PARTNER_ID": "partner-1",
        "OWNLI_CLIENT_ID": "client-abcd",
        "OWNLI_CLIENT_SECRET": "the client secret",
        "STAFF_COOKIE_KEY": "abcdefghijklmnopqrstuvwxyz0123456789",
        "SERVER_HOSTS": "dashboard.example.com",
    }
    lines = [f'{key} = "{value}"\n' for key, value in AUTH.items()]
    file = tmp_path / SECRETS
    file.write_text("[auth]\n" + "".join(lines))
    assert load(environment, tmp_path).provider is not None
    assert SECRET not in repr(load(environment, tmp_path))
    file.write_text('[auth]\ncookie_secret = "short"\n' + "".join(lines[:1] + lines[2:]))
    with pytest.raises(SettingsProblem, match=r"line 2, auth\.cookie_secret needs at least"):
        load(environment, tmp_path)
    file.write_text('auth = "yes"\n')
    with pytest.raises(SettingsProblem, match=r"needs to be a section, \[auth\]"):
        load(environment, tmp_path)
    file.unlink()
    assert load(environment, tmp_path).provider is None


@pytest.mark.parametrize(
    ("allowed", "answers"),
    [
        (["localhost"], False),
        (["dashboard.example.com"], True),
        (["*.example.com"], True),
        (["*"], True),
        ([], True),
    ],
)
def test_the_names_answered_to_are_streamlits_with_its_patterns(monkeypatch, allowed, answers):
    monkeypatch.setattr(hosts.config, "get_option", lambda _: allowed)
    assert hosts.answers_to("dashboard.example.com") is answers
    assert hosts.answers_to("dashboard.example.com", ("dashboard.example.com",))
