"""Who is not signed in gets the sign-in page and nothing else, whatever is asked for."""

from __future__ import annotations

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from .attacker import ADDRESSES, PASSWORD, Attacker, together
from .conftest import attempt, exhaust


@pytest.fixture(scope="module")
def inside(place, admin) -> dict[str, Attacker]:
    """An administrator's tab at each address: what a stranger could have seen over a shoulder."""

    def opened(address: str) -> Attacker:
        return place.visitor(admin.cookies()).open(address)

    return dict(zip(ADDRESSES, together(opened, ADDRESSES), strict=True))


def test_the_very_first_request_of_a_fresh_server_gets_the_sign_in_page(place, hostile, inside):
    assert "Accounts" in [e.body for e in inside["staff"].elements("heading")]
    assert inside["payouts"].elements("metric")
    assert place.first.is_at_the_sign_in()
    assert hostile.first.is_at_the_sign_in()


def test_every_address_gives_a_stranger_the_sign_in_page_and_nothing_of_the_inside(place, inside):
    def opened(address: str) -> Attacker:
        return place.visitor().open(address, "id=XT_USR1&period=all&embed=true")

    for stranger in together(opened, (*ADDRESSES, "guard", "main", "access/guard", "ui/settings")):
        assert stranger.is_at_the_sign_in()
        assert not stranger.elements("dataframe")
        assert not stranger.elements("metric")
    for address, tab in inside.items():
        assert tab.is_inside(), f"an administrator does not see /{address} either"


def test_page_hashes_seen_inside_open_nothing_for_a_stranger(place, inside):
    hashes = {
        page.page_script_hash
        for frame in inside["staff"].frames
        if frame.WhichOneof("type") == "navigation"
        for page in frame.navigation.app_pages
    }
    assert len(hashes) >= len(ADDRESSES)
    stranger = place.visitor().open()
    for page_hash in hashes:
        stranger.forget().run(page_hash=page_hash, quiet=0.1)
        assert stranger.is_at_the_sign_in()


def test_fragments_and_widgets_seen_inside_do_nothing_for_a_stranger(place, inside):
    def attacked(address: str) -> None:
        tab = inside[address]
        ids = {e.id for kind in ("button", "download_button") for e in tab.elements(kind)}
        assert ids
        stranger = place.visitor().open(address)
        stranger.forget().forge(dict.fromkeys(ids, True), page=address)
        assert stranger.is_at_the_sign_in()
        for fragment in tab.fragments()[:6]:
            stranger.forget().forge(dict.fromkeys(ids, True), fragment=fragment)
            assert not stranger.is_inside()

    together(attacked, ("", "staff", "user", "rewards"))
    assert place.visitor(inside["staff"].cookies()).open("staff").is_inside()


def test_names_of_the_servers_own_state_sent_as_widget_states_sign_nobody_in(place):
    names = ("authentication_status", "username", "name", "role", "roles", "login", "access.login")
    stranger = place.visitor().open()
    for value in (("bool", True), ("string", "admin"), ("json", '"admin"'), ["admin"]):
        stranger.forget().forge(dict.fromkeys(names, value), page="staff")
        assert "Sign in" in [e.body for e in stranger.elements("heading")]
        assert not stranger.is_inside()
        assert "Traceback" not in str(list(stranger.said()))


def test_the_servers_own_endpoints_tell_a_stranger_nothing_of_the_inside(get, viewer):
    for path in (
        *("/_stcore/metrics", "/_stcore/host-config", "/_stcore/health"),
        *("/_stcore/script-health-check", "/media/anything.csv", "/_stcore/upload_file/a/b"),
    ):
        told = get(path).text
        for word in ("pages.", "ownli_api", "site-packages", "Traceback", viewer.session_id):
            assert word not in told, f"{path} names {word}"


def test_a_stranger_can_neither_upload_nor_delete_a_file(place, viewer):
    stranger = place.visitor().open()
    stranger.fetch(f"{place.base_url}/_stcore/health")
    token = stranger.cookies().get("_streamlit_xsrf", "")
    for session_id in (stranger.session_id, viewer.session_id, "x"):
        url = f"{place.base_url}/_stcore/upload_file/{session_id}/1"
        file = {"file": ("a.html", b"<script>alert(1)</script>")}
        for headers in ({}, {"X-Xsrftoken": "guessed"}, {"X-Xsrftoken": token}):
            put = stranger.http.put(url, files=file, headers=headers, timeout=10)
            assert put.status_code in (400, 403, 404, 405), (session_id, headers)
            assert stranger.http.delete(url, headers=headers, timeout=10).status_code >= 400


def test_what_only_developers_may_ask_of_a_server_changes_nothing_for_anybody(place, admin):
    exhaust(place, "demoted")
    stranger = place.visitor().open()
    stranger.forget()
    for kind in (
        *("clear_cache", "set_run_on_save", "load_git_info", "debug_shutdown_runtime"),
        *("debug_disconnect_websocket", "stop_script"),
    ):
        message = BackMsg()
        setattr(message, kind, True)
        stranger.send(message)
    for payload in ("install_skills", "dismiss_skills_nudge", "dataframe_chunk"):
        assert stranger.operation(payload).error_msg
    told = [frame.WhichOneof("type") for frame in stranger.frames]
    assert "git_info_changed" not in told
    assert place.visitor(admin.cookies()).open("staff").is_inside(), "a sign-in was forgotten"
    visitor = place.visitor().open()
    assert attempt(visitor, "demoted", PASSWORD)
    assert not visitor.is_inside(), "the failures were forgotten"
