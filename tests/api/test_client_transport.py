"""The wire: faults become sentences, nothing leaks, nothing is followed, nothing hangs."""

from __future__ import annotations

import contextlib
import gzip
import json
import logging
import re
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import urllib3

from ownli_api import http
from ownli_api.client import OwnliClient
from ownli_api.errors import (
    ClientClosed,
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

PHONE = "+12025550147"
EMAIL = "jane.doe@mail.example"


@pytest.fixture
def at_once(monkeypatch):
    """Retries as ever, without the pauses between them."""
    monkeypatch.setattr(http, "RETRY", http.RETRY.new(backoff_factor=0, backoff_jitter=0))


@pytest.fixture
def client(client_settings: Settings, at_once: None) -> Iterator[OwnliClient]:
    client = OwnliClient(client_settings)
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
        ("500", {}, ServerTrouble, 6),
        ("500", {"error_code": "ERROR_CLAIMING_REWARDS"}, Refused, 1),
        ("500", {"error_code": ""}, ServerTrouble, 6),
        ("502", {}, ServerTrouble, 6),
        ("503", {}, ServerTrouble, 6),
        ("504", {}, ServerTrouble, 6),
        ("429", {}, RateLimited, 6),
        ("drop", {}, Unreachable, 6),
        ("cut_short", {}, Unreachable, 6),
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


def test_a_429_is_waited_out_as_long_as_it_says(client, sandbox):
    sandbox.faults.add("429", "/api/users", times=2, retry_after=1)
    begun = time.monotonic()
    client.count_users()
    assert 2 <= time.monotonic() - begun < 4
    assert asked(sandbox) == 3
    assert client.stats().retries == 2


def test_a_429_that_asks_for_a_long_break_is_reported_at_once(client, sandbox):
    sandbox.faults.add("429", "/api/users", times=None, retry_after=3600)
    begun = time.monotonic()
    with pytest.raises(RateLimited) as caught:
        client.count_users()
    assert caught.value.retry_after_seconds == 3600
    assert time.monotonic() - begun < 2
    assert asked(sandbox) == 1


def test_waits_without_advice_grow_and_are_spread_by_chance():
    retry, waits = http.RETRY, []
    for _ in range(5):
        retry = retry.increment("GET", error=urllib3.exceptions.ProtocolError())
        waits.append(retry.get_backoff_time())
    assert waits[0] == 0
    assert waits == sorted(waits)
    assert 4.5 <= sum(waits) <= 5.5
    assert retry.get_backoff_time() != retry.get_backoff_time()
    with pytest.raises(urllib3.exceptions.MaxRetryError):
        retry.increment("GET", error=urllib3.exceptions.ProtocolError())


def test_a_server_that_limits_the_rate_is_read_whole_at_its_pace(client_settings, sandbox):
    sandbox.faults.set(page_cap=40, requests_per_second=20)
    client = OwnliClient(client_settings)
    assert set(client.rewards().frame["id"]) == set(sandbox.world.rewards)
    client.close()


def test_refused_credentials_name_the_settings_and_cause_no_storm(client_settings, sandbox):
    wrong = replace(client_settings, client_secret="wrong-secret")
    client = OwnliClient(wrong)
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
    client = OwnliClient(client_settings)
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


def test_a_token_that_is_about_to_end_is_renewed_before_it_is_refused(client_settings, sandbox):
    now = [time.time()]
    client = OwnliClient(client_settings, clock=lambda: now[0])
    client.count_users()
    now[0] += 3600 - 30
    client.count_users()
    assert [seen.status for seen in sandbox.requests] == [200] * 4
    assert [seen.method for seen in sandbox.requests] == ["POST", "GET"] * 2


def test_the_token_call_is_retried_like_a_get(client, sandbox):
    sandbox.faults.add("503", "/api/auth/token", times=2)
    assert client.count_users() == len(sandbox.world.users)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_nothing_but_reading_leaves_the_process(client, client_settings, sandbox, method):
    wire = client._http._session
    for path in ("/api/rewards/grant", "/api/users", "/api/auth/token/x", "/api/auth/token?a=b"):
        with pytest.raises(PermissionError):
            wire.request(method, client_settings.base_url + path)
    assert sandbox.requests == []


def test_nothing_leaves_for_another_host(client, client_settings):
    wire = client._http._session
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
    shapes = {re.sub(r" \d+ ms,", ",", line) for line in lines}
    assert shapes == {
        "POST /api/auth/token 200, retries 0",
        "GET /api/users/list 200, retries 1",
        "GET /api/users/by-phone/{phoneNumber} 404, retries 0",
        "GET /api/users/by-id/{id}/rewards 404, retries 0",
    }


def test_the_urllib3_of_others_still_logs(client, sandbox, caplog):
    caplog.set_level(logging.DEBUG)
    with http.sending(client):
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
def odd(at_once: None) -> Iterator[Callable[..., tuple[OwnliClient, Odd]]]:
    made: list[tuple[OwnliClient, Odd]] = []

    def make(answer: Answer, **limits: float) -> tuple[OwnliClient, Odd]:
        server = Odd(answer)
        settings = Settings(server.url, "partner", "client-id-1234", "s3cret", **limits)
        client = OwnliClient(settings)
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
    monkeypatch.setattr(http, "LARGEST_BODY", 100_000)
    body = b" " * 10_000_000
    answer = ok(gzip.compress(body), "Content-Encoding: gzip") if compressed else ok(body)
    client, _ = odd(answer)
    with pytest.raises(NotUnderstood, match="larger"):
        client.count_users()


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
    client = OwnliClient(settings)
    with pytest.raises(Unreachable, match=f"127.0.0.1:{port}") as caught:
        client.user_by_phone(PHONE)
    assert isinstance(caught.value, TryLater)
    assert_clean(caught.value, client)


def test_a_host_that_speaks_no_tls_has_no_valid_certificate(odd):
    _, server = odd(ok(USERS))
    settings = Settings(server.url.replace("http:", "https:"), "partner", "client-id", "s3cret")
    client = OwnliClient(settings)
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


def test_no_redirect_and_nothing_of_the_environment_is_used(client):
    session = client._http._session
    assert session.trust_env is False
    assert session.get_redirect_target(requests.Response()) is None


def test_a_closed_client_makes_no_other_try_after_its_pause(odd):
    refusal = b"HTTP/1.1 503 X\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    client, server = odd(refusal)
    threading.Timer(0.3, client.close).start()
    with pytest.raises(ClientClosed):
        client.count_users()
    assert len(server.heads) == 2  # the token and one try


@pytest.mark.parametrize("advice", ["soon", "0.5", "-3", "nan", "", "9" * 5000])
def test_an_odd_retry_after_does_not_stop_the_retries(odd, advice):
    head = f"HTTP/1.1 503 X\r\nRetry-After: {advice}\r\nContent-Length: 0\r\n"
    answers = [f"{head}Connection: close\r\n\r\n".encode()] * 2
    client, _ = odd(lambda connection: connection.sendall(answers.pop() if answers else ok(USERS)))
    assert client.count_users() == 1


def test_the_endless_body_of_a_failure_is_not_read(odd):
    sent = []

    def endless(connection: socket.socket) -> None:
        sent.append(0)
        connection.sendall(b"HTTP/1.1 503 X\r\nContent-Length: 1000000000\r\n\r\n")
        for _ in range(1000):
            connection.sendall(b" " * 100_000)
            sent[-1] += 100_000

    client, _ = odd(endless)
    with pytest.raises(OwnliError):
        client.count_users()
    assert len(sent) > 1
    assert all(amount < 100_000_000 for amount in sent[:-1])


def answer(status: int, code: str = "") -> bytes:
    body = json.dumps({"error_code": code, "error_message": EMAIL}).encode() if code else b""
    return ok(body).replace(b"200 OK", b"%d X" % status)


@pytest.mark.parametrize(
    ("status", "code", "kind", "group"),
    [
        (204, "", Refused, TellOwnli),
        (302, "", WrongHost, FixSettings),
        (400, "ERROR_INVALID_PARAMETERS", Refused, TellOwnli),
        (401, "", CredentialsRefused, FixSettings),
        (403, "INSUFFICIENT_SCOPE", NotPermitted, FixSettings),
        (404, "ERROR_USER_NOT_FOUND", NotFound, OwnliError),
        (405, "", Refused, TellOwnli),
        (429, "", RateLimited, TryLater),
        (500, "", ServerTrouble, TryLater),
        (500, "INTERNAL_SERVER_ERROR", ServerTrouble, TryLater),
        (500, "ERROR_NO_CONFIRMED_REWARDS", Refused, TellOwnli),
        (501, "", ServerTrouble, TryLater),
    ],
)
def test_an_answer_becomes_the_error_that_says_what_to_do(odd, status, code, kind, group):
    client, _ = odd(answer(status, code))
    with pytest.raises(OwnliError) as caught:
        client.count_users()
    error = caught.value
    assert type(error) is kind
    assert isinstance(error, group)
    assert getattr(error, "error_code", None) in (code or None, None)
    assert str(error) == error.sentence
    assert error.sentence.endswith(".")
    assert client.stats().last_error == error.sentence
    assert_clean(error, client)


@pytest.mark.parametrize("code", [EMAIL, "x" * 9, "A" * 99, "<b>", PHONE])
def test_what_only_looks_like_a_code_is_not_repeated(odd, code):
    client, _ = odd(answer(400, code))
    with pytest.raises(Refused) as caught:
        client.count_users()
    assert caught.value.error_code is None
    assert code not in str(caught.value)


@pytest.mark.parametrize("status", [301, 404, 405])
def test_a_host_without_a_token_path_is_the_wrong_host(client, sandbox, odd, status):
    class NoToken(Odd):
        def _talk(self, connection: socket.socket) -> None:
            with connection:
                connection.recv(65536)
                connection.sendall(answer(status))

    server = NoToken(b"")
    client = OwnliClient(Settings(server.url, "partner", "client-id-1234", "s3cret"))
    with pytest.raises(WrongHost):
        client.count_users()
    client.close()
    server.close()


# A list of many pages from a server that fails now and then, and counts who asks at once


class Failing:
    """Pages of rewards; one request in twenty fails as Ownli says its own failures."""

    def __init__(self, rows: int, share: float, seconds: float = 0.0) -> None:
        self.chance, self.lock = Random(5), threading.Lock()
        self.requests = self.failures = self.now = self.most = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.say(200, {"access_token": "t", "expires_in": 3600})

            def do_GET(self) -> None:
                with outer.lock:
                    outer.requests += 1
                    outer.now += 1
                    outer.most = max(outer.most, outer.now)
                    fails = outer.chance.random() < share
                    outer.failures += fails
                time.sleep(seconds)
                query = parse_qs(urlsplit(self.path).query)
                page, size = int(query["page"][0]), int(query["size"][0])
                found = [
                    {"id": f"r{at}"} for at in range(page * size, min((page + 1) * size, rows))
                ]
                with outer.lock:
                    outer.now -= 1
                if fails:
                    self.say(500, {"error_code": "INTERNAL_SERVER_ERROR", "error_message": "x"})
                else:
                    self.say(200, {"totalItems": rows, "rewards": found})

            def say(self, status: int, content: object) -> None:
                body = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                del args

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def settings(self, **limits: int) -> Settings:
        return Settings(self.url, "partner", "client-id-1234", "s3cret", **limits)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


@pytest.fixture
def failing() -> Iterator[Callable[..., Failing]]:
    made: list[Failing] = []

    def make(*args: float) -> Failing:
        made.append(Failing(*args))
        return made[-1]

    yield make
    for server in made:
        server.close()


def test_a_list_of_hundreds_of_pages_comes_whole_though_one_request_in_twenty_fails(failing):
    server = failing(3_000, 0.05)
    client = OwnliClient(server.settings(page_size=10))
    for _ in range(2):
        assert len(client.rewards().frame) == 3_000
    assert server.failures > 10
    assert client.stats().requests == server.requests + 1
    assert client.stats().retries == server.failures
    client.close()


def test_the_requests_of_all_clients_of_a_host_are_bounded_together(failing):
    server = failing(200, 0.0, 0.01)
    clients = [OwnliClient(server.settings(page_size=10, parallel_requests=3)) for _ in range(3)]
    threads = [threading.Thread(target=client.rewards) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert server.most == 3
    for client in clients:
        client.close()
