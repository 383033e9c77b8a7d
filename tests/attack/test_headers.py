"""Headers, hosts, origins, methods and paths: what every answer says and what is refused."""

from __future__ import annotations

import http.client
import socket
import time
from contextlib import nullcontext

import pytest
import requests
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.websocket_client import ROOT

PATHS = (
    *(
        "/",
        "/payouts",
        "/user?id=x",
        "/static/no.js",
        "/favicon.png",
        "/nothing/here",
        "/media/x.csv",
    ),
    *("/_stcore/health", "/_stcore/host-config", "/_stcore/metrics", "/component/no/index.html"),
    "/_stcore/upload_file/a/b",
)
COOKIES_COMPONENT = "/component/extra_streamlit_components.CookieManager.cookie_manager/index.html"
# Enough of the files of the repository and the machine to know them by.
INSIDE_FILES = ("import streamlit", "root:x:", "st.App", "[server]", "def ", "OWNLI_CLIENT_SECRET")


def raw(place, method: str, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    """A request exactly as written: no tidying of paths, no headers of a library."""
    connection = http.client.HTTPConnection(place.base_url[7:], timeout=10)
    connection.putrequest(method, path, skip_host="Host" in headers, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    said = answer.read().decode(errors="replace")
    connection.close()
    return answer.status, {k.lower(): v for k, v in answer.getheaders()}, said


def directives(policy: str) -> dict[str, list[str]]:
    """A Content-Security-Policy, taken apart."""
    parts = [part.split() for part in policy.split(";") if part.strip()]
    return {name: sources for name, *sources in parts}


@pytest.mark.parametrize("path", PATHS)
def test_every_kind_of_answer_carries_the_headers(place, path):
    _, headers, _ = raw(place, "GET", path)
    policy = directives(headers["content-security-policy"])
    # The cookie component has an inline script; its folder holds no page of ours.
    assert ("'unsafe-inline'" in policy["script-src"]) <= path.startswith("/component/")
    assert "'unsafe-eval'" not in policy["script-src"]
    assert not {"*", "http:", "https:", "data:"} & set(policy["script-src"])
    assert policy["default-src"] == ["'self'"]
    assert policy["frame-ancestors"] in (["'self'"], ["'none'"])
    assert policy["object-src"] == ["'none'"]
    assert policy["base-uri"] == ["'none'"]
    assert policy["connect-src"] == ["'self'"]
    assert "strict-transport-security" not in headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] in ("no-referrer", "same-origin", "strict-origin")
    assert headers.get("access-control-allow-origin", "") != "*"
    if headers.get("content-type", "").startswith("text/html"):
        assert "no-store" in headers["cache-control"]


def test_pictures_come_from_this_server_and_the_hosts_of_the_setting_only(place):
    policy = directives(raw(place, "GET", "/")[1]["content-security-policy"])
    foreign = {source for source in policy["img-src"] if "." in source}
    assert foreign == {"https://photos.example.com", "https://files.example.com"}


def test_the_one_page_with_inline_scripts_can_be_framed_by_this_server_only(place):
    status, headers, _ = raw(place, "GET", COOKIES_COMPONENT)
    assert status == 200
    assert directives(headers["content-security-policy"])["frame-ancestors"] == ["'self'"]
    assert "no-store" in headers["cache-control"]
    for path in (f"/users/..{COOKIES_COMPONENT}", "/component/../", "/component/%2e%2e/payouts"):
        _, headers, said = raw(place, "GET", path)
        if '<div id="root">' in said:
            assert "'unsafe-inline'" not in headers["content-security-policy"].split("style-src")[0]


def test_a_request_for_a_host_that_is_not_ours_is_refused(place):
    for path in ("/", "/payouts", "/_stcore/host-config"):
        assert raw(place, "GET", path)[0] == 200
        for host in ("evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil.example"):
            status, _, said = raw(place, "GET", path, Host=host)
            assert status in (400, 403, 404, 421), (path, host)
            assert "<script" not in said


def websocket_status(place, **headers: str) -> int:
    """The status of opening the websocket; 101 if it opened."""
    url = place.base_url.replace("http", "ws", 1) + "/_stcore/stream"
    try:
        with connect(url, additional_headers=headers, subprotocols=["streamlit"], open_timeout=10):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


@pytest.mark.parametrize(
    "origin",
    [
        *("http://evil.example", "https://127.0.0.1.evil.example", "http://127.0.0.1@evil.example"),
        *("http://127.0.0.1", "http://127.0.0.1:9", "http://localhost:9", "http://localhost"),
        *("null", "file://", "http://127.0.0.1:99999", "", None),
    ],
)
def test_a_websocket_from_another_origin_is_refused_at_once(place, viewer, origin):
    cookies = "; ".join(f"{k}={v}" for k, v in viewer.cookies().items())
    assert websocket_status(place, Origin=place.base_url, Cookie=cookies) == 101
    given = {} if origin is None else {"Origin": origin}
    started = time.monotonic()
    assert websocket_status(place, Cookie=cookies, **given) == 403
    assert time.monotonic() - started < 1, "the server looked something up"


def test_pages_of_strangers_do_not_make_the_server_look_up_its_address(place):
    started = time.monotonic()
    for path in ("/_stcore/health", "/_stcore/host-config", "/component/no/index.html"):
        raw(place, "GET", path, Origin="http://evil.example")
    assert time.monotonic() - started < 1


def test_behind_a_proxy_the_name_that_the_browser_used_counts(place, viewer):
    cookies = "; ".join(f"{k}={v}" for k, v in viewer.cookies().items())

    def status(origin: str, forwarded: str) -> int:
        return websocket_status(
            place, **{"Origin": origin, "X-Forwarded-Host": forwarded, "Cookie": cookies}
        )

    assert status("https://localhost", "localhost") == 101
    assert status("https://localhost:8443", "localhost:8443, 127.0.0.1") == 101
    assert status("https://localhost:8443", "localhost") == 403
    assert status("https://evil.example", "evil.example") == 403


def test_over_tls_browsers_are_told_to_stay_there_and_cookies_belong_to_this_host(place):
    _, headers, _ = raw(place, "GET", "/", **{"X-Forwarded-Proto": "https"})
    assert int(headers["strict-transport-security"].split(";")[0].removeprefix("max-age=")) > 3e7
    name, _, flags = headers["set-cookie"].partition("=")
    assert name == "__Host-ownli_device"
    assert flags.endswith("; Secure")


def test_over_tls_a_cookie_that_any_other_server_of_the_domain_could_set_is_ignored(place, viewer):
    over_tls = {"X-Forwarded-Proto": "https", "Origin": place.base_url}
    for prefix, inside in (("__Host-", True), ("", False)):
        tab = place.visitor()
        cookies = "; ".join(f"{prefix}{k}={v}" for k, v in viewer.cookies().items())
        with connect(
            place.base_url.replace("http", "ws", 1) + "/_stcore/stream",
            additional_headers={**over_tls, "Cookie": cookies},
            subprotocols=["streamlit"],
        ) as tab._socket:
            tab.run(page="users")
        assert tab.is_inside() is inside


def test_a_websocket_for_a_host_that_is_not_ours_is_refused(place):
    port = int(place.base_url.rsplit(":", 1)[1])
    for host, opens in (("localhost", True), ("evil.example", False)):
        wire = socket.create_connection(("127.0.0.1", port), timeout=10)
        url = f"ws://{host}:{port}/_stcore/stream"
        expected = nullcontext() if opens else pytest.raises(InvalidStatus, match="403")
        origin = f"http://{host}:{port}"
        with expected, connect(url, sock=wire, open_timeout=10, origin=origin):
            pass


def test_an_upload_without_its_own_token_is_refused(place, viewer):
    url = f"{place.base_url}/_stcore/upload_file/{viewer.session_id}/1"
    for headers in ({}, {"Origin": "http://evil.example"}, {"X-Xsrftoken": "a"}):
        for method in ("PUT", "POST", "DELETE"):
            answer = requests.request(
                method, url, headers=headers, cookies=viewer.cookies(), data=b"x", timeout=10
            )
            assert answer.status_code in (400, 403, 404, 405)


@pytest.mark.parametrize("start", ["/static/", "/component/", "/app/static/", "/media/", "/"])
def test_no_path_leads_to_a_file_outside(place, start):
    component = COOKIES_COMPONENT.removeprefix("/component/").removesuffix("index.html")
    within = component if start == "/component/" else ""
    config = (ROOT / ".streamlit" / "config.toml").read_text()
    assert any(word in config for word in INSIDE_FILES), "the search is blind"
    for up in (
        "../",
        "..%2f",
        "%2e%2e/",
        "..\\",
        "%2e%2e%2f",
        "..%5c",
        "....//",
        "%252e%252e%252f",
    ):
        for target in ("app.py", "etc/passwd", ".streamlit/config.toml", "pages/main.py"):
            status, _, said = raw(place, "GET", start + within + up * 6 + target)
            assert status < 500
            assert not any(word in said for word in INSIDE_FILES)
    for path in (
        "app.py",
        ".streamlit/secrets.toml",
        "%2fetc/passwd",
        "/etc/passwd",
        "audit.jsonl",
    ):
        assert not any(word in raw(place, "GET", start + path)[2] for word in INSIDE_FILES)


def test_no_path_redirects_to_another_host(place):
    for path in (
        "//evil.example/",
        "/\\evil.example/",
        "/%2f%2fevil.example/",
        "/a//evil.example/..",
    ):
        status, headers, _ = raw(place, "GET", path)
        assert "evil" not in headers.get("location", "")
        assert status < 500
    for path in ("/auth/login", "/auth/logout", "/oauth2callback?code=1&state=//evil.example"):
        assert raw(place, "GET", path)[1].get("location", "/") in ("/", "/payouts")


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "POST", "PATCH", "CONNECT", "FOO"])
def test_other_methods_are_refused_and_echo_nothing(place, method):
    for path in ("/", "/payouts", "/media/x", "/_stcore/health", "/_stcore/host-config"):
        status, _, said = raw(place, method, path, Cookie="a=echo-me")
        assert status in (400, 403, 404, 405, 501), path
        assert "echo-me" not in said


def test_no_answer_allows_other_origins_to_read_it(place):
    for path in PATHS:
        _, headers, _ = raw(place, "GET", path, Origin="http://evil.example")
        assert headers.get("access-control-allow-origin") is None, path
