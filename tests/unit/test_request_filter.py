"""What of Streamlit's own server is refused: foreign names and origins, spare routes, files."""

import asyncio

import pytest
from streamlit import config
from streamlit.proto.BackMsg_pb2 import BackMsg

from pages.access import device_cookie, request_filter, sign_in


@pytest.fixture(autouse=True)
def names(monkeypatch):
    """The names the server was started with."""
    served = ["localhost", "127.0.0.1", "::1", "dashboard.example.com"]
    monkeypatch.setattr(config, "get_option", lambda _: served)


def asked(path="/", host="localhost", kind="http", extra=()):
    """The status of an answer, and what it says."""
    messages = []

    async def inner(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"the page"})

    async def send(message):
        messages.append(message)

    named = [] if host is None else [(b"host", host.encode())]
    scope = {"type": kind, "path": path, "headers": [*named, *extra]}
    asyncio.run(request_filter.RequestFilter(inner)(scope, None, send))
    return messages[0]["status"], messages[1]["body"]


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:8501", "127.0.0.1:80", "[::1]:8501", "dashboard.example.com"],
)
def test_our_own_names_are_answered_to_whatever_the_port(host):
    assert asked(host=host) == (200, b"the page")


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "", None],
)
@pytest.mark.parametrize("path", ["/", "/payouts", "/_stcore/host-config", "/media/x.csv"])
def test_any_other_name_gets_a_sentence_and_not_the_page(host, path):
    status, said = asked(path, host)
    assert status == 421
    assert b"SERVER_HOSTS" in said


def test_two_names_at_once_are_no_name():
    assert asked(extra=[(b"host", b"localhost")])[0] == 421


def test_a_load_balancer_may_ask_for_the_health_by_any_name():
    assert asked("/_stcore/health", "10.0.0.7:8501")[0] == 200


@pytest.mark.parametrize(
    "path",
    ["/_stcore/metrics", "/_stcore/metrics/", "/_stcore/upload_file/a/b", "/base/_stcore/metrics"],
)
def test_routes_that_no_page_of_ours_uses_are_closed(path):
    assert asked(path) == (404, b"")


def heard(*messages):
    """Which of the messages that a browser sends reach the app."""
    queue = [{"type": "websocket.receive", "bytes": message} for message in messages]
    queue.append({"type": "websocket.disconnect", "code": 1000})
    taken = []

    async def inner(scope, receive, send):
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            taken.append(message["bytes"])

    async def receive():
        return queue.pop(0)

    ours = [(b"host", b"localhost:8501"), (b"origin", b"http://localhost:8501")]
    scope = {"type": "websocket", "headers": ours}
    asyncio.run(request_filter.RequestFilter(inner)(scope, receive, None))
    return taken


def test_messages_of_developers_are_not_heard_over_the_websocket():
    tools = [field.name for field in BackMsg.DESCRIPTOR.fields if field.type == field.TYPE_BOOL]
    tools = [name for name in tools if name not in request_filter.ALLOWED_MESSAGES]
    assert {"clear_cache", "debug_shutdown_runtime", "load_git_info"} <= set(tools)
    assert heard(*(BackMsg(**{name: True}).SerializeToString() for name in tools)) == []


def test_what_a_page_says_is_heard_and_so_is_what_cannot_be_read():
    rerun = BackMsg()
    rerun.rerun_script.query_string = "period=4w"
    stop = BackMsg(stop_script=True)
    spoken = [rerun.SerializeToString(), stop.SerializeToString(), b"\xff\xff"]
    assert heard(spoken[0], BackMsg(clear_cache=True).SerializeToString(), *spoken[1:]) == spoken


# --- origins


def origin_of(origin, host="localhost:8501", *, forwarded=None):
    """What a websocket from a page of this origin is taken for; None if it is refused."""
    given = (("host", host), ("origin", origin), ("x-forwarded-host", forwarded))
    headers = [(k.encode(), v.encode()) for k, v in given if v is not None]
    return request_filter.same_origin({"headers": headers})


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:8501", "localhost:8501"),
        ("https://dashboard.example.com", "dashboard.example.com"),
        ("https://dashboard.example.com", "dashboard.example.com:443"),
        ("http://dashboard.example.com", "Dashboard.example.com:80"),
        ("https://dashboard.example.com:8443", "dashboard.example.com:8443"),
        ("http://[::1]:8501", "[::1]:8501"),
    ],
)
def test_a_page_of_ours_may_open_the_websocket_and_streamlit_sees_one_name(origin, host):
    assert origin_of(origin, host) == origin.partition("//")[2]


@pytest.mark.parametrize(
    "origin",
    [
        *(
            "http://localhost:8502",
            "http://localhost",
            "https://localhost",
            "http://127.0.0.1:8501",
        ),
        *("null", "", None, "file://", "chrome-extension://localhost:8501", "http://evil.example"),
        *("http://localhost:8501.evil.example", "http://localhost:8501@evil.example"),
        *("localhost:8501", "http://localhost:99999", "http://[::1:8501"),
    ],
)
def test_any_other_page_may_not(origin):
    assert origin_of(origin) is None


def test_a_proxy_may_say_by_which_name_the_browser_came():
    origin, name = "https://dashboard.example.com", "dashboard.example.com"
    assert origin_of(origin, "localhost:8501", forwarded=name) == name
    assert origin_of(origin, "localhost:8501", forwarded=f"{name}, localhost") == name
    assert origin_of("https://evil.example", "localhost:8501", forwarded="evil.example") is None
    assert origin_of("http://evil.example", "evil.example") is None


# --- files

VALUE = "A" * 43
HERE = device_cookie.hashed(VALUE)
OWNER = f"ownli_device={VALUE}; ownli_login=token"


@pytest.fixture
def session_of_this_device(monkeypatch):
    """Only this device with this login cookie is signed in."""
    monkeypatch.setattr(
        sign_in, "is_open_with", lambda here, token: (here, token) == (HERE, "token")
    )


def fetched(path, cookies="", kind="text/csv"):
    """The status of a file, and what came of it."""
    messages = []

    async def inner(scope, receive, send):
        start = [(b"content-type", kind.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": start})
        await send({"type": "http.response.body", "body": b"secret file"})

    async def send(message):
        messages.append(message)

    headers = [(b"host", b"localhost"), (b"cookie", cookies.encode())]
    scope = {"type": "http", "path": path, "headers": headers}
    asyncio.run(request_filter.RequestFilter(inner)(scope, None, send))
    return messages[0]["status"], b"".join(message.get("body", b"") for message in messages)


@pytest.mark.usefixtures("session_of_this_device")
def test_a_file_is_given_only_to_a_browser_with_both_cookies_of_a_session():
    path = f"/media/{'ab' * 28}.csv"
    assert fetched(path, OWNER) == (200, b"secret file")
    alone, another = f"ownli_device={VALUE}", f"ownli_device={'B' * 43}; ownli_login=token"
    for cookies in (alone, another, "ownli_login=token", ""):
        assert fetched(path, cookies) == (403, b"")


@pytest.mark.usefixtures("session_of_this_device")
@pytest.mark.parametrize(
    ("path", "kind"), [("/media/icon.png", "image/png"), ("/static/media/font.woff2", "font/woff2")]
)
def test_pictures_and_streamlits_own_fonts_are_for_everybody(path, kind):
    assert fetched(path, kind=kind)[0] == 200
