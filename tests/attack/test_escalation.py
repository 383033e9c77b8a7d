"""A role gets what it may, and replaying what another role saw or sent does not get it more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .attacker import FOR_ADMINS, Attacker, together
from .world import unpacked

REASON = "asked by the person on the phone"
ONLY_ADMINS_READ = ("Accounts", "Open sign-ins", "Audit log", "Page size learned", "Versions")
ONLY_ADMINS_DRAW = ("dataframe", "metric", "download_button", "pagination")


# Buttons of everybody.
OWN = ("Sign out", "Change password", "Refresh")


def headings(tab: Attacker) -> set[str]:
    """What the headings and metrics of a tab say."""
    return {e.body for e in tab.elements("heading")} | {e.label for e in tab.elements("metric")}


@pytest.fixture(scope="module")
def admin_tabs(place, admin) -> dict[str, Attacker]:
    """An administrator's screens."""
    opened = together(lambda page: place.visitor(admin.cookies()).open(page), FOR_ADMINS)
    return dict(zip(FOR_ADMINS, opened, strict=True))


@pytest.fixture(scope="module")
def person(world) -> dict:
    """A user with an e-mail address, a phone and a street."""
    return next(u for u in world.users if u.get("email") and u.get("phone"))


@pytest.fixture(scope="module")
def revealing(place, analyst, person) -> tuple[Attacker, list[tuple[dict, str]]]:
    """An analyst reveals a person; the tab, and what it sent: widget states and a fragment."""
    tab, query = place.visitor(analyst.cookies()).open("user", f"id={person['id']}"), person["id"]
    asked: list[tuple[dict, str]] = [({tab.id_of("button", "Reveal"): True}, "")]
    tab.forge(*asked[0][:1], query=f"id={query}")
    reason, confirm = tab.id_of("text_input", "Reason"), tab.id_of("button", "Reveal")
    dialog = [
        frame.delta.fragment_id
        for frame in tab.frames
        if frame.WhichOneof("type") == "delta" and reason in str(frame.delta)
    ][-1]
    asked.append(({reason: ("string", REASON), confirm: True}, dialog))
    tab.forget().forge(asked[1][0], fragment=dialog, query=f"id={query}")
    tab.listen(2, 0.5)
    return tab, asked


def test_a_viewer_and_an_analyst_are_refused_the_screens_of_administrators(
    place, viewer, analyst, admin_tabs
):
    for page, tab in admin_tabs.items():
        assert headings(tab) & set(ONLY_ADMINS_READ), f"an administrator does not see {page}"
    for person in (viewer, analyst):
        for page in FOR_ADMINS:
            tab = place.visitor(person.cookies()).open(page)
            assert not headings(tab) & set(ONLY_ADMINS_READ)
            assert not any(tab.elements(kind) for kind in ONLY_ADMINS_DRAW)
            assert any("not permitted" in alert.body for alert in tab.elements("alert"))


def test_the_hashes_of_administrators_screens_open_nothing_for_a_viewer(place, viewer, admin_tabs):
    hashes = {tab._page_hash for tab in admin_tabs.values()}
    assert len(hashes) == len(FOR_ADMINS)
    tab = place.visitor(viewer.cookies()).open("users")
    for page_hash in hashes:
        tab.forget().run(page_hash=page_hash)
        assert not headings(tab) & set(ONLY_ADMINS_READ)


def test_buttons_and_fragments_of_administrators_do_nothing_for_others(
    place, viewer, analyst, admin_tabs
):
    staff = Path(place.environment["STAFF_FILE"])
    before = staff.read_text()

    def attacked(page: str) -> None:
        buttons = {e.id for e in admin_tabs[page].elements("button") if e.label not in OWN}
        for person in (viewer, analyst):
            tab = place.visitor(person.cookies()).open(page)
            tab.forget().forge(dict.fromkeys(buttons, True), page=page)
            for fragment in admin_tabs[page].fragments():
                tab.forge(dict.fromkeys(buttons, True), fragment=fragment)
            assert not headings(tab) & set(ONLY_ADMINS_READ)
            assert not [frame for frame in tab.frames if "dialog {" in str(frame.delta)]

    together(attacked, FOR_ADMINS)
    assert staff.read_text() == before
    assert place.visitor(viewer.cookies()).open().is_inside(), "somebody's sign-in was ended"


def test_a_viewer_does_not_get_the_audit_log_by_the_id_of_an_administrators_file(
    place, viewer, admin_tabs
):
    owner = admin_tabs["audit_log"]
    tab = place.visitor(viewer.cookies()).open("users")
    for download in owner.elements("download_button"):
        url = tab.operation("deferred_file", file_id=download.deferred_file_id).deferred_file.url
        assert not url or tab.fetch(place.base_url + url).status_code != 200
    assert owner.fetch(owner.export("CSV")).status_code == 200


def test_an_analyst_who_reveals_a_person_sees_that_person_and_nobody_else(
    place, world, analyst, person, revealing
):
    tab, _ = revealing
    own = {f.split(": ", 1)[1] for f in world.found_in(tab.bytes_seen())}
    assert person["email"] in own, "nothing was revealed"
    permitted = world.values_of(person)
    assert own <= permitted
    other = next(u for u in world.users if u["id"] != person["id"] and u.get("email"))
    tab.go("user", f"id={other['id']}")
    tab_elsewhere = place.visitor(analyst.cookies()).open("users")
    assert world.found_in(tab.bytes_seen(), allowed=permitted) == []
    assert other["email"] not in tab.bytes_seen().decode(errors="replace")
    assert world.found_in(tab_elsewhere.bytes_seen(), allowed=permitted) == []


def test_a_viewer_who_replays_a_reveal_sees_nothing_in_full(
    place, world, viewer, person, revealing
):
    _, asked = revealing
    query = f"id={person['id']}"
    everything = {key: value for states, _ in asked for key, value in states.items()}
    tab = place.visitor(viewer.cookies()).open("user", query)
    for states, fragment in [*asked, (everything, "")]:
        tab.forge(states, query=query)
        tab.forge(states, query=query, fragment=fragment or "0")
    for fragment in tab.fragments():
        tab.forge(everything, query=query, fragment=fragment)
    assert person["lastName"].encode() in tab.bytes_seen()
    assert world.found_in(tab.bytes_seen()) == []
    lines = (place.folder / "audit.jsonl").read_text().splitlines()
    revealers = {e["person"] for e in map(json.loads, lines) if "reveal" in e["event"]}
    assert revealers == {"analyst"}


def test_an_analyst_cannot_reveal_without_a_reason(place, world, analyst, revealing):
    _, asked = revealing
    other = [u for u in world.users if u.get("email")][7]
    query = f"id={other['id']}"
    for reason in ("", "   ", "\u200b\u2060"):
        tab = place.visitor(analyst.cookies()).open("user", query)
        tab.forge(asked[0][0], query=query)
        states = {k: ("string", reason) if v is not True else v for k, v in asked[1][0].items()}
        for fragment in (*tab.fragments(), ""):
            tab.forge(states, query=query, fragment=fragment)
        assert other["email"].encode() not in tab.bytes_seen(), repr(reason)


@pytest.mark.parametrize("address", ["check_ins", "rewards", "payouts"])
def test_a_viewers_export_stays_masked_whatever_states_are_sent(
    place, world, viewer, analyst, address
):
    states: dict = {}
    tab = place.visitor(analyst.cookies()).open(address)
    boxes = [e.id for e in tab.elements("checkbox") if "full" in e.label]
    if boxes:
        states[boxes[0]] = ("bool", True)
        tab.forge(states, page=address)
        states[tab.id_of("text_input", "Reason")] = ("string", REASON)
        tab.forget().forge(states, page=address)
        in_full = tab.fetch(tab.export("CSV")).content
        assert world.found_in(in_full), "the export in full holds nothing in full"
    forger = place.visitor(viewer.cookies()).open(address)
    forger.forge(states, page=address)
    for label in ("CSV", "XLSX"):
        file = forger.fetch(forger.export(label))
        assert file.status_code == 200
        assert world.found_in(unpacked(file.content)) == []
    assert world.found_in(forger.bytes_seen()) == []


def test_an_export_in_full_without_a_reason_is_not_made(place, world, analyst):
    tab = place.visitor(analyst.cookies()).open("check_ins")
    box = next(e.id for e in tab.elements("checkbox") if "full" in e.label)
    ready = [e.deferred_file_id for e in tab.elements("download_button")]
    tab.forge({box: ("bool", True)}, page="check_ins")
    reason = tab.id_of("text_input", "Reason")
    tab.forget().forge({box: ("bool", True), reason: ("string", "  ")}, page="check_ins")
    ready += [e.deferred_file_id for e in tab.elements("download_button")]
    for file_id in filter(None, ready):
        url = tab.operation("deferred_file", file_id=file_id).deferred_file.url
        content = tab.fetch(place.base_url + url).content if url else b""
        assert world.found_in(unpacked(content)) == []
