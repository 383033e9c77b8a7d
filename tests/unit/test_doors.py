"""What of Streamlit's own server stays shut: foreign names, uploads, metrics, developers' knobs."""

import asyncio

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from pages.access import doors, hosts


@pytest.fixture(autouse=True)
def names(monkeypatch):
    """The names the server was started with."""
    served = ["localhost", "127.0.0.1", "::1", "dashboard.example.com"]
    monkeypatch.setattr(hosts.config, "get_option", lambda _: served)


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
    asyncio.run(doors.Doors(inner)(scope, None, send))
    return messages[0]["status"], messages[1]["body"]


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:8501", "127.0.0.1:80", "[::1]:8501", "dashboard.example.com"],
)
def test_our_own_names_are_answered_to_whatever_the_port(host):
    assert asked(host=host) == (200, b"the page")


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "localhost.", "", None],
)
@pytest.mark.parametrize("path", ["/", "/payouts", "/_stcore/host-config", "/media/x.csv"])
def test_any_other_name_gets_a_sentence_and_not_the_page(host, path):
    status, said = asked(path, host)
    assert status == 421
    assert b"SERVER_HOSTS" in said


def test_a_setting_of_names_that_cannot_be_used_shuts_nobody_out_who_has_a_good_one(monkeypatch):
    monkeypatch.setenv("SERVER_HOSTS", "https://dashboard.example.com")
    assert asked(host="localhost") == (200, b"the page")
    assert asked(host="other.example.com")[0] == 421


def test_two_names_at_once_are_no_name():
    assert asked(extra=[(b"host", b"localhost")])[0] == 421


def test_a_load_balancer_may_ask_for_the_health_by_any_name():
    assert asked("/_stcore/health", "10.0.0.7:8501")[0] == 200


@pytest.mark.parametrize(
    "path",
    ["/_stcore/metrics", "/_stcore/metrics/", "/_stcore/upload_file/a/b", "/base/_stcore/metrics"],
)
def test_doors_that_no_page_of_ours_uses_are_shut(path):
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

    asyncio.run(doors.Doors(inner)({"type": "websocket", "headers": []}, receive, None))
    return taken


def test_developers_knobs_do_not_turn_over_the_websocket():
    knobs = [field.name for field in BackMsg.DESCRIPTOR.fields if field.type == field.TYPE_BOOL]
    knobs = [name for name in knobs if name not in doors.SPOKEN]
    assert {"clear_cache", "debug_shutdown_runtime", "load_git_info"} <= set(knobs)
    assert heard(*(BackMsg(**{name: True}).SerializeToString() for name in knobs)) == []


def test_what_a_page_says_is_heard_and_so_is_what_cannot_be_read():
    rerun = BackMsg()
    rerun.rerun_script.query_string = "period=4w"
    stop = BackMsg(stop_script=True)
    spoken = [rerun.SerializeToString(), stop.SerializeToString(), b"\xff\xff"]
    assert heard(spoken[0], BackMsg(clear_cache=True).SerializeToString(), *spoken[1:]) == spoken
