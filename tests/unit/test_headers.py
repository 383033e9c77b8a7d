"""What every HTTP answer carries, and what the device cookie does."""

import asyncio
import base64
import hashlib
import re

import pytest

from pages.access import device_cookie, headers


def answer(app, path="/", kind="http", sent=(), scheme="http", content_type="text/html"):
    """Run one request through a middleware; the scope the app saw and all messages it sent."""
    seen, messages = {}, []

    async def inner(scope, receive, send):
        seen.update(scope)
        if kind == "websocket":
            await send({"type": "websocket.accept"})
            return
        start = [(b"content-type", content_type.encode()), (b"cache-control", b"max-age=9")]
        await send({"type": "http.response.start", "status": 200, "headers": start})
        await send({"type": "http.response.body", "body": b"secret file"})

    async def send(message):
        messages.append(message)

    scope = {"type": kind, "path": path, "scheme": scheme, "headers": list(sent)}
    asyncio.run(app(inner)(scope, None, send))
    return seen, messages


def fields(messages) -> dict[str, str]:
    return {name.decode().lower(): value.decode() for name, value in messages[0]["headers"]}


# --- headers

HTTP = ("http", "https")


def test_the_content_policy_allows_exactly_the_inline_scripts_of_streamlits_page():
    page = headers.PAGE.read_bytes()
    inline = re.findall(rb"<script>(.*?)</script>", page, re.DOTALL)
    expected = [
        f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"
        for script in inline
    ]
    assert headers.script_hashes(page) == expected
    assert expected, "Streamlit's page no longer holds an inline script: drop the hash"


@pytest.mark.parametrize("path", ["/", "/payouts", "/static/js/index.js", "/_stcore/health"])
def test_every_answer_refuses_inline_scripts_framing_and_sniffing(path):
    sent = fields(answer(headers.SecurityHeaders, path)[1])
    policy = dict(part.split(" ", 1) for part in sent["content-security-policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert "unsafe" not in policy["script-src"]
    assert policy["frame-ancestors"] == "'self'"
    assert policy["object-src"] == "'none'"
    assert "http" not in policy["img-src"]
    assert sent["x-content-type-options"] == "nosniff"
    assert sent["referrer-policy"] == "no-referrer"
    assert "geolocation=()" in sent["permissions-policy"]


def test_a_page_connects_to_this_server_only_and_over_tls_for_ever():
    plain, over_tls = (fields(answer(headers.SecurityHeaders, scheme=s)[1]) for s in HTTP)
    for sent in (plain, over_tls):
        assert "; connect-src 'self'; " in sent["content-security-policy"]
        assert "; base-uri 'none'; " in sent["content-security-policy"]
    assert "strict-transport-security" not in plain
    assert over_tls["strict-transport-security"] == "max-age=31536000; includeSubDomains"


def test_component_frames_alone_may_run_their_own_inline_scripts():
    component = fields(answer(headers.SecurityHeaders, "/component/x/index.html")[1])
    page = fields(answer(headers.SecurityHeaders, "/components/x")[1])
    assert "script-src 'self' 'unsafe-inline'" in component["content-security-policy"]
    assert "script-src 'self' 'unsafe-inline'" not in page["content-security-policy"]


def test_nothing_is_stored_but_the_scripts_that_everybody_gets():
    for path, kind in (
        ("/", "text/html"),
        ("/static/x.html", "text/html"),
        ("/media/x", "text/csv"),
    ):
        answered = answer(headers.SecurityHeaders, path, content_type=kind)[1]
        assert fields(answered)["cache-control"] == "no-store"
    script = answer(headers.SecurityHeaders, "/static/js/index.js", content_type="text/javascript")[
        1
    ]
    assert fields(script)["cache-control"] == "max-age=9"


def test_images_come_from_the_hosts_that_are_allowed_and_no_other():
    assert "img-src 'self' data: blob: https://photos.example;" in headers.content_policy(
        [], ("photos.example",)
    )


# --- the device cookie

VALUE = "A" * 43


def cookie(text: str) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"cookie", text.encode()),)


def test_a_browser_without_a_device_gets_one_no_script_can_read():
    flags = fields(answer(device_cookie.DeviceCookie)[1])["set-cookie"]
    assert re.match(r"ownli_device=[\w-]{43}; ", flags)
    assert "HttpOnly" in flags
    assert "SameSite=Strict" in flags
    assert "Secure" not in flags


@pytest.mark.parametrize(
    ("scheme", "sent"), [("https", ()), ("http", ((b"x-forwarded-proto", b"https"),))]
)
def test_over_tls_the_cookie_is_secure(scheme, sent):
    messages = answer(device_cookie.DeviceCookie, scheme=scheme, sent=sent)[1]
    assert fields(messages)["set-cookie"].endswith("; Secure")


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_over_tls_only_cookies_of_this_very_host_count(kind):
    both = f"ownli_device={'B' * 43}; ownli_login=b; __Host-ownli_login=a; x=y"
    sent = (*cookie(f"{both}; __Host-ownli_device={VALUE}"), (b"x-forwarded-proto", b"https"))
    seen, _ = answer(device_cookie.DeviceCookie, kind=kind, sent=sent)
    passed = dict(device_cookie.sent_cookies(seen))
    assert passed == {"ownli_device": VALUE, "ownli_login": "a", "x": "y"}
    seen, _ = answer(device_cookie.DeviceCookie, kind=kind, sent=(*cookie(both), sent[1]))
    assert dict(device_cookie.sent_cookies(seen)).get("ownli_device") != "B" * 43


def test_a_browser_keeps_the_device_it_has():
    messages = answer(device_cookie.DeviceCookie, sent=cookie(f"a=b; ownli_device={VALUE}"))[1]
    assert fields(messages)["set-cookie"].startswith(f"ownli_device={VALUE};")


def test_a_link_from_another_site_does_not_replace_the_device():
    messages = answer(device_cookie.DeviceCookie, sent=((b"sec-fetch-site", b"cross-site"),))[1]
    assert "set-cookie" not in fields(messages)


def test_a_websocket_without_a_device_gets_one_and_uses_it_at_once():
    seen, messages = answer(device_cookie.DeviceCookie, kind="websocket")
    given = re.match(r"ownli_device=([\w-]{43});", fields(messages)["set-cookie"]).group(1)
    assert f"ownli_device={given}" in dict(seen["headers"])[b"cookie"].decode()


def test_a_websocket_is_tied_to_its_cookie_whatever_header_it_claims():
    sent = (*cookie(f"ownli_device={VALUE}"), (device_cookie.HEADER, b"claimed"))
    seen, _ = answer(device_cookie.DeviceCookie, kind="websocket", sent=sent)
    values = [value for name, value in seen["headers"] if name == device_cookie.HEADER]
    assert values == [device_cookie.hashed(VALUE).encode()]


def of_cookies(header: str) -> str | None:
    return device_cookie.of_cookies(device_cookie.sent_cookies({"headers": cookie(header)}))


@pytest.mark.parametrize("odd", ["short", "A" * 44, "A" * 42 + "=", '"' + "A" * 41 + '"', ""])
def test_an_odd_device_cookie_counts_as_none(odd):
    assert of_cookies(f"ownli_device={odd}") is None


def test_of_two_device_cookies_the_last_counts_as_it_does_for_streamlit():
    assert of_cookies(f"ownli_device={VALUE}; ownli_device={'B' * 43}") == "B" * 43


def test_what_is_made_for_a_websocket_knows_whose_it_is_and_nobody_else_does():
    seen = []

    async def inner(scope, receive, send):
        seen.append(await asyncio.to_thread(device_cookie.ASKER.get))

    scope = {"type": "websocket", "headers": list(cookie(f"ownli_device={VALUE}"))}
    asyncio.run(device_cookie.DeviceCookie(inner)(scope, None, None))
    assert seen == [device_cookie.hashed(VALUE)]
    assert device_cookie.ASKER.get() == ""
