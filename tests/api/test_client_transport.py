"""The wire: faults become sentences, nothing leaks, nothing is followed, nothing hangs."""

from __future__ import annotations

import contextlib
import gzip
import json
import logging
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import requests
import urllib3

from ownli_api import transport as transport_module
from ownli_api.client import OwnliClient
from ownli_api.errors import (
    ClientClosed,
    CredentialsRefused,
    NotFound,
    NotPermitted,
    NotUnderstood,
    OwnliError,
    RateLimited,
    Refused,
    ServerTrouble,
    TimedOut,
    TryLater,
    Unreachable,
    WrongHost,
)
from ownli_api.pacing import Pacing
from ownli_api.redaction import quiet
from ownli_api.settings import Settings
from ownli_api.transport import Transport

PHONE = "+12025550147"
EMAIL = "jane.doe@mail.example"


class Clock:
    """A clock that sleeping moves on at once, for tests about waiting."""

    def __init__(self) -> None:
        self.now = time.time()
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(client_settings: Settings, clock: Clock) -> Iterator[OwnliClient]:
    """A client whose waits take no time."""
    paced = Pacing(4, clock=clock, sleep=clock.sleep)
    client = OwnliClient(client_settings, clock=clock, sleep=clock.sleep, pacing=paced)
    yield client
    client.close()


def asked(sandbox, template: str = "/api/users/list") -> int:
    return sum(seen.template == template for seen in sandbox.requests)


@pytest.mark.parametrize(
    ("kind", "options", "error", "requests_made"),
    [
        ("403", {}, NotPermitted, 1),
        ("404", {}, NotFound, 1),
        ("400", {}, Refused, 1),
        ("409", {}, Refused, 1),
        ("500", {}, ServerTrouble, 1),
        ("500", {"error_code": "ERROR_CLAIMING_REWARDS"}, Refused, 1),
        ("502", {}, ServerTrouble, 4),
        ("503", {}, ServerTrouble, 4),
        ("504", {}, ServerTrouble, 4),
        ("drop", {}, Unreachable, 4),
        ("cut_short", {}, Unreachable, 4),
        ("html", {}, NotUnderstood, 1),
        ("not_json", {}, NotUnderstood, 1),
        ("wrong_shape", {}, NotUnderstood, 1),
        ("401", {}, CredentialsRefused, 2),
    ],
)
def test_a_fault_that_stays_is_one_sentence_after_bounded_tries(
    client, sandbox, kind, options, error, requests_made
):
    sandbox.faults.add(kind, "/api/users", times=None, **options)
    with pytest.raises(error) as caught:
        client.users_page(search_by="email", search_value=EMAIL)
    assert type(caught.value) is error
    assert asked(sandbox) == requests_made
    assert_clean(caught.value, client)


def assert_clean(error: BaseException, client: OwnliClient) -> None:
    """No secret, token, parameter or address in an error or anything chained to it."""
    text = "".join(traceback.format_exception(error)) + repr(error)
    for chained in (error.__cause__, error.__context__):
        text += repr(chained)
    settings = client._settings
    for secret in (EMAIL, "jane.doe", PHONE, "%2B1", "2025550147", settings.client_secret):
        assert secret not in text
    assert settings.client_id not in text
    assert "t0p-t0ken" not in text
    assert "searchValue" not in text


def test_a_429_is_waited_out_as_long_as_it_says(client, sandbox, clock):
    sandbox.faults.add("429", "/api/users", times=2, retry_after=7)
    client.count_users()
    assert sum(clock.slept) == pytest.approx(14, abs=0.5)
    assert asked(sandbox) == 3
    assert client.stats().rate_limited == 2


def test_a_429_that_asks_for_more_than_the_deadline_is_given_up_at_once(client, sandbox, clock):
    sandbox.faults.add("429", "/api/users", times=None, retry_after=3600)
    with pytest.raises(RateLimited) as caught:
        client.count_users()
    assert caught.value.retry_after_seconds == 3600
    assert clock.slept == []
    assert asked(sandbox) == 1
    with pytest.raises(RateLimited):
        client.count_check_ins("mileage")  # the break is for everybody
    assert asked(sandbox, "/api/checkins/mileage") == 0
    clock.now += 61
    assert client.count_check_ins("mileage") is not None


def test_a_429_that_stays_ends_at_the_deadline(client, sandbox, clock):
    sandbox.faults.add("429", "/api/users", times=None, retry_after=10)
    begun = clock.now
    with pytest.raises(RateLimited):
        client.count_users()
    assert clock.now - begun <= 60
    assert asked(sandbox) <= 7


def test_waits_without_advice_grow_and_are_spread_by_chance(client_settings, sandbox, clock):
    sandbox.faults.add("503", "/api/users", times=None)
    chances = iter([0.0, 1.0, 0.5])
    asker = Transport(
        client_settings,
        pacing=Pacing(4, clock=clock, sleep=clock.sleep),
        clock=clock,
        sleep=clock.sleep,
        jitter=lambda: next(chances, 0.0),
    )
    with pytest.raises(ServerTrouble):
        asker.get("/api/users/list")
    assert clock.slept == [0.125, 0.5, 0.75]


def test_a_server_that_limits_the_rate_is_read_whole_at_its_pace(client_settings, sandbox):
    sandbox.faults.set(page_cap=40, requests_per_second=20)
    client = OwnliClient(client_settings, pacing=Pacing(4))
    assert set(client.rewards().frame["id"]) == set(sandbox.world.rewards)
    client.close()


def test_refused_credentials_name_the_settings_and_cause_no_storm(client_settings, sandbox):
    wrong = replace(client_settings, client_secret="wrong-secret")
    client = OwnliClient(wrong, pacing=Pacing(4))
    for _ in range(5):
        with pytest.raises(CredentialsRefused) as caught:
            client.rewards()
    assert str(caught.value) == (
        f"Ownli refused the credentials (client id ...{wrong.client_id[-4:]}): check "
        "OWNLI_PARTNER_ID, OWNLI_CLIENT_ID and OWNLI_CLIENT_SECRET."
    )
    assert [seen.method for seen in sandbox.requests] == ["POST"]
    assert_clean(caught.value, client)


def test_an_expired_token_is_renewed_once_for_eight_threads(client_settings, sandbox):
    client = OwnliClient(client_settings, pacing=Pacing(8))
    client.count_users()
    sandbox.expire_tokens()
    sandbox.forget()
    sandbox.faults.set(latency_seconds=0.02)
    threads = [threading.Thread(target=client.count_users) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    methods = [(seen.method, seen.status) for seen in sandbox.requests]
    assert methods.count(("POST", 200)) == 1
    assert methods.count(("GET", 200)) == 8
    client.close()


def test_a_token_that_is_about_to_end_is_renewed_before_it_is_refused(
    client_settings, sandbox, clock
):
    client = OwnliClient(client_settings, clock=clock, sleep=clock.sleep, pacing=Pacing(4))
    client.count_users()
    clock.now += 3600 - 30
    client.count_users()
    assert [seen.status for seen in sandbox.requests] == [200] * 4
    assert [seen.method for seen in sandbox.requests] == ["POST", "GET"] * 2


def test_the_token_call_is_retried_like_a_get(client, sandbox):
    sandbox.faults.add("503", "/api/auth/token", times=2)
    assert client.count_users() == len(sandbox.world.users)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_nothing_but_reading_leaves_the_process(client, client_settings, sandbox, method):
    wire = client._transport._wire
    for path in ("/api/rewards/grant", "/api/users", "/api/auth/token/x", "/api/auth/token?a=b"):
        with pytest.raises(PermissionError):
            wire.request(method, client_settings.base_url + path)
    assert sandbox.requests == []


def test_nothing_leaves_for_another_host(client, client_settings):
    wire = client._transport._wire
    for url in ("http://127.0.0.1:9/api", "https://ownli.example/api"):
        with pytest.raises(PermissionError):
            wire.get(url)


def test_logs_hold_method_template_status_and_time_and_nothing_else(client, sandbox, caplog):
    caplog.set_level(logging.DEBUG)
    sandbox.faults.add("drop", "/api/users", times=1)
    client.users_page(search_by="email", search_value=EMAIL)
    client.user_by_phone(PHONE)
    with contextlib.suppress(NotFound):
        client.user_rewards("XT_SECRETID")
    lines = [record.getMessage() for record in caplog.records if record.name != "asyncio"]
    shapes = {line.rsplit(" ", 2)[0] for line in lines}
    assert shapes == {
        "POST /api/auth/token 200",
        "GET /api/users/list no connection",
        "GET /api/users/list 200",
        "GET /api/users/by-phone/{phoneNumber} 404",
        "GET /api/users/by-id/{id}/rewards 404",
    }
    assert all(line.endswith(" ms") for line in lines)


def test_the_urllib3_of_others_still_logs(client, sandbox, caplog):
    caplog.set_level(logging.DEBUG)
    with quiet():
        urllib3.PoolManager().request("GET", sandbox.base_url + "/x?in")
    assert "/x?in" not in caplog.text
    urllib3.PoolManager().request("GET", sandbox.base_url + "/x?out")
    assert "/x?out" in caplog.text


# Odd servers: a socket that answers whatever the test says


TLS_HELLO = b"\x16"
Answer = bytes | Callable[[socket.socket], None]


class Odd:
    """Answers the token call properly and every other request as told."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.heads: list[str] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(0.1)
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while not self._over.is_set():
            with contextlib.suppress(OSError):
                connection, _ = self._listening.accept()
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(5)
            head = b""
            while b"\r\n\r\n" not in head and not head.startswith(TLS_HELLO):
                head += connection.recv(65536) or b"\r\n\r\n"
            self.heads.append(head.decode("latin-1"))
            if head.startswith(b"POST /api/auth/token"):
                connection.sendall(ok(b'{"access_token":"t0p-t0ken","expires_in":3600}'))
            elif callable(self.answer):
                self.answer(connection)
            else:
                connection.sendall(self.answer)

    def close(self) -> None:
        self._over.set()
        self._listening.close()
        self._thread.join(2)


def ok(body: bytes, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


USERS = json.dumps({"totalItems": 1, "users": [{"id": "XT_1"}]}).encode()


@pytest.fixture
def odd() -> Iterator[Callable[..., tuple[OwnliClient, Odd]]]:
    made: list[tuple[OwnliClient, Odd]] = []

    def make(answer: Answer, **limits: float) -> tuple[OwnliClient, Odd]:
        server = Odd(answer)
        settings = Settings(server.url, "partner", "client-id-1234", "s3cret", **limits)
        client = OwnliClient(settings, pacing=Pacing(4), sleep=lambda seconds: None)
        made.append((client, server))
        return client, server

    yield make
    for client, server in made:
        client.close()
        server.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_the_token_goes_nowhere(odd, status):
    _, other = odd(ok(USERS))
    where = f"{other.url}/api/users/list?{EMAIL}"
    client, _ = odd(f"HTTP/1.1 {status} Found\r\nLocation: {where}\r\n\r\n".encode())
    with pytest.raises(WrongHost) as caught:
        client.count_users()
    assert other.heads == []
    assert_clean(caught.value, client)


def test_the_token_and_the_right_headers_are_sent_and_the_old_ones_never(odd):
    client, server = odd(ok(USERS))
    client.count_users()
    head = server.heads[-1].lower()
    assert "authorization: bearer t0p-t0ken" in head
    assert "accept: application/json" in head
    for old in ("partnerid", "clientid", "clientsecret", "cookie"):
        assert old not in head
    assert "s3cret" not in "".join(server.heads[1:])


def test_cookies_are_not_kept(odd):
    client, server = odd(ok(USERS, "Set-Cookie: who=jane; Path=/"))
    client.count_users()
    client.count_users()
    assert "cookie" not in server.heads[-1].lower()


def test_proxies_and_netrc_of_the_environment_are_not_used(odd, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login jane password pw\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    client, server = odd(ok(USERS))
    assert client.count_users() == 1
    assert "Basic" not in "".join(server.heads)


def test_a_compressed_answer_is_read(odd):
    client, _ = odd(ok(gzip.compress(USERS), "Content-Encoding: gzip"))
    assert client.count_users() == 1


def test_a_chunked_answer_is_read(odd):
    chunks = b"".join(b"%x\r\n%s\r\n" % (1, USERS[at : at + 1]) for at in range(len(USERS)))
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    client, _ = odd(head + chunks + b"0\r\n\r\n")
    assert client.count_users() == 1


def test_an_answer_that_says_it_is_compressed_and_is_not_is_not_understood(odd):
    client, _ = odd(ok(USERS, "Content-Encoding: gzip"))
    with pytest.raises(NotUnderstood):
        client.count_users()


def test_an_answer_cut_short_is_not_taken_for_whole(odd):
    client, _ = odd(ok(USERS)[:-5])
    with pytest.raises(Unreachable):
        client.count_users()


@pytest.mark.parametrize("compressed", [False, True])
def test_an_answer_larger_than_any_page_is_not_read_to_its_end(odd, monkeypatch, compressed):
    monkeypatch.setattr(transport_module, "LARGEST_BODY", 100_000)
    body = b" " * 10_000_000
    answer = ok(gzip.compress(body), "Content-Encoding: gzip") if compressed else ok(body)
    client, _ = odd(answer)
    with pytest.raises(NotUnderstood, match="larger"):
        client.count_users()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_trickle_does_not_outlast_the_deadline(odd, chunked):
    def trickle(connection: socket.socket) -> None:
        kind = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: 1000"
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + kind + b"\r\n\r\n")
        for _ in range(100):
            connection.sendall(b"1\r\n \r\n" if chunked else b" ")
            time.sleep(0.05)

    client, _ = odd(trickle, deadline_seconds=0.5)
    begun = time.monotonic()
    with pytest.raises(TimedOut):
        client.count_users()
    assert time.monotonic() - begun < 2


def test_a_server_that_says_nothing_is_given_up_after_the_read_time_out(odd):
    client, server = odd(lambda connection: time.sleep(3), read_seconds=0.2)
    begun = time.monotonic()
    with pytest.raises(TimedOut) as caught:
        client.count_users()
    assert time.monotonic() - begun < 2
    assert len(server.heads) == 3  # the token and two tries
    assert_clean(caught.value, client)


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 99999 X\r\n\r\n"])
def test_what_is_no_http_is_a_broken_connection(odd, answer):
    client, _ = odd(answer)
    with pytest.raises(OwnliError) as caught:
        client.count_users()
    assert_clean(caught.value, client)


def test_a_kept_connection_that_the_server_closed_is_replaced_without_a_word(odd):
    client, _ = odd(ok(USERS).replace(b"Connection: close", b"Connection: keep-alive"))
    assert [client.count_users() for _ in range(3)] == [1, 1, 1]


def test_a_port_where_nobody_listens_is_unreachable():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings = Settings(f"http://127.0.0.1:{port}", "partner", "client-id-1234", "s3cret")
    client = OwnliClient(settings, pacing=Pacing(4), sleep=lambda seconds: None)
    with pytest.raises(Unreachable, match=f"127.0.0.1:{port}") as caught:
        client.user_by_phone(PHONE)
    assert isinstance(caught.value, TryLater)
    assert_clean(caught.value, client)


def test_a_host_that_speaks_no_tls_has_no_valid_certificate(odd):
    _, server = odd(ok(USERS))
    settings = Settings(server.url.replace("http:", "https:"), "partner", "client-id", "s3cret")
    client = OwnliClient(settings, pacing=Pacing(4), sleep=lambda seconds: None)
    with pytest.raises(WrongHost, match="certificate"):
        client.count_users()


def test_closing_while_a_question_is_open_ends_it_quietly(odd):
    def slow(connection: socket.socket) -> None:
        time.sleep(0.3)
        connection.sendall(b"HTTP/1.1 503 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    client, _ = odd(slow)
    found: list[BaseException] = []

    def ask() -> None:
        try:
            client.count_users()
        except OwnliError as error:
            found.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.1)
    client.close()
    thread.join(5)
    assert [type(error) for error in found] == [ClientClosed]


def test_requests_own_retries_and_redirects_are_off(client):
    wire = client._transport._wire
    assert wire.trust_env is False
    for adapter in wire.adapters.values():
        assert adapter.max_retries.total == 0
    assert wire.get_redirect_target(requests.Response()) is None
