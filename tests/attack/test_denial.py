"""Nonsense on the wire ends one connection at most, tells nothing, and leaves others alone."""

from __future__ import annotations

import os
import random
import socket

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import WebSocketException

from .attacker import Attacker, together

TOLD_TOO_MUCH = ("Traceback", "site-packages", 'File "/', ", line ", "KeyError", "ValueError")


def assert_serves(place, viewer) -> None:
    """Somebody who is signed in goes on working."""
    assert place.visitor(viewer.cookies()).open("rewards").elements("metric")


def frames_after(visitor: Attacker, message: bytes | str | BackMsg) -> str:
    """What came back after a message, be it a closed connection."""
    visitor.forget()
    try:
        visitor.send(message).listen(0.5)
    except WebSocketException as closed:
        return str(closed)
    return visitor.bytes_seen().decode(errors="replace")


@pytest.mark.parametrize(
    "message",
    [b"", b"\xff" * 40, b"\x0a\xff\xff\xff\xff\x0f", os.urandom(2000), "text, not bytes", b"\x00"],
    ids=["empty", "ones", "length", "random", "text", "zero"],
)
def test_a_malformed_frame_tells_nothing_and_disturbs_nobody(place, viewer, message):
    told = frames_after(place.visitor().open(), message)
    assert not any(word in told for word in TOLD_TOO_MUCH)
    assert_serves(place, viewer)


def test_messages_with_flipped_bytes_tell_nothing(place, viewer):
    message = BackMsg()
    message.rerun_script.query_string = "id=XT_USR1&period=all"
    message.rerun_script.page_name = "user"
    message.rerun_script.widget_states.widgets.add(id="$$ID-0-x", json_value='{"a": [1]}')
    whole, chance = bytearray(message.SerializeToString()), random.Random(7)
    for _ in range(8):
        flipped = bytearray(whole)
        flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
        told = frames_after(place.visitor(viewer.cookies()).connect(), bytes(flipped))
        assert not any(word in told for word in TOLD_TOO_MUCH), bytes(flipped)


def test_a_giant_message_tells_nothing_and_disturbs_nobody(place, viewer):
    giant = BackMsg()
    giant.rerun_script.widget_states.widgets.add(id="x" * 1000, string_value="x" * 12_000_000)
    for message in (giant, b"\x00" * 30_000_000):
        told = frames_after(place.visitor().open(), message)
        assert not any(word in told for word in TOLD_TOO_MUCH)
    assert_serves(place, viewer)


def test_widget_values_of_the_wrong_kind_tell_nothing(place, viewer):
    wrong = (("bool", True), ("string", "x\x00'"), ("json", "{not json"), ("int", -(2**53)), ["x"])
    for address in ("check_ins", "users"):
        tab = place.visitor(viewer.cookies()).open(address)
        ids = {
            element.id
            for kind in ("selectbox", "multiselect", "text_input", "pagination", "button_group")
            for element in tab.elements(kind)
        }
        assert ids
        for value in wrong:
            tab.forget().forge(dict.fromkeys(ids, value), page=address)
            told = " ".join(text for path, text in tab.said() if "script" not in path)
            assert not any(word in told for word in TOLD_TOO_MUCH), (address, value)
    assert_serves(place, viewer)


def test_many_connections_and_half_requests_disturb_nobody(place, viewer):
    port = int(place.base_url.rsplit(":", 1)[1])
    idle = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(100)]
    for one in idle:
        one.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
    crowd = [place.visitor() for _ in range(60)]
    together(lambda visitor: visitor.connect(), crowd)
    assert_serves(place, viewer)
    for one in idle:
        one.close()
    for visitor in crowd:
        visitor.close()


def test_headers_too_large_or_malformed_are_refused_without_details(place):
    port = int(place.base_url.rsplit(":", 1)[1])
    for request in (
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00" * 20 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", port), timeout=3) as wire:
            try:
                wire.sendall(request)
                wire.shutdown(socket.SHUT_WR)
                told = wire.recv(65536).decode(errors="replace")
            except OSError:
                told = ""
        assert not any(word in told for word in TOLD_TOO_MUCH)
