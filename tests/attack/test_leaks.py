"""What a visit brings to the browser: nobody's contact details, and no way to pay a payout out."""

from __future__ import annotations

import json
import re

import pytest

from .attacker import ADDRESSES, Attacker, together
from .world import spellings, unpacked


def visit(place, visitor: Attacker, targets: list[tuple[str, str]]) -> bytes:
    """Open addresses in one tab, fetch the files offered there; all that came back."""
    tab, seen = place.visitor(visitor.cookies()).open(*targets[0]), []
    for address, query in targets:
        tab.run(page=address, query=query, page_hash="", quiet=0.4)
        for button in tab.elements("download_button") if address != "audit_log" else []:
            file = tab.fetch(tab.export(button.label))
            if file.status_code == 404:  # another session's same file was just cleared away
                file = tab.fetch(tab.export(button.label))
            assert file.status_code == 200, (address, button.label, file.url)
            seen.append(unpacked(file.content) + str(file.headers).encode())
        seen.append(tab.bytes_seen())
        tab.forget()
    return b"\n".join(seen)


@pytest.fixture(scope="module")
def seen(place, world, viewer, analyst, admin) -> dict[str, bytes]:
    """What each role's visit to every screen and to several users brought."""
    odd = [u for u in world.users if re.search(r"[!<=*]", u["firstName"])]
    users = [("user", f"id={user['id']}") for user in [*odd[:3], *world.users[:5]]]
    screens = [(address, "period=all") for address in ADDRESSES if address != "user"]
    parts = {
        "viewer": [screens[:5], screens[5:], users],
        "analyst": [[*screens[:4], *users[:2]]],
        "admin": [[*screens[4:], *users[:2]]],
    }
    who = {"viewer": viewer, "analyst": analyst, "admin": admin}
    jobs = [(role, part) for role in parts for part in parts[role]]
    came = together(lambda job: (job[0], visit(place, who[job[0]], job[1])), jobs)
    return {role: b"\n".join(data for name, data in came if name == role) for role in parts}


def test_the_search_for_leaks_finds_what_is_there(seen, world):
    shown = {user["lastName"] for user in world.users if user["lastName"].isascii()}
    met = {name for name in shown if name.encode() in seen["viewer"]}
    assert len(met) > 20, "the visit saw hardly anybody"
    for kind, values in {**world.contact, "payment link": world.links}.items():
        assert len(values) > 10, kind
        value = max(values)
        assert world.found_in(b"\x0a\xff" + value.encode() + b"\x12") == [f"{kind}: {value}"]


def test_a_viewers_visit_to_every_screen_holds_nobodys_contact_details(seen, world):
    assert world.found_in(seen["viewer"]) == []


def test_nobody_sees_contact_details_before_revealing_them(seen, world):
    assert world.found_in(seen["analyst"]) == []
    assert world.found_in(seen["admin"]) == []


def test_no_role_sees_a_link_that_pays_a_payout_out(seen, world):
    for role, came in seen.items():
        assert b"paymentReferenceLink" not in came, role
        assert b"pay.example.com" not in came, role
        assert not [link for link in world.links if link.encode() in came], role


def test_pictures_of_plates_homes_and_documents_wait_for_a_reveal(place, world, viewer):
    shown: list[str] = []
    for user in world.users[:4]:
        query = f"id={user['id']}"
        tab = place.visitor(viewer.cookies()).open("user", query)
        for button in [e for e in tab.elements("button") if e.label.endswith("photos")][:4]:
            tab.forge({button.id: True}, query=query)
            for fragment in tab.fragments():
                if button.id in str([f for f in tab.frames if fragment in str(f)][:40]):
                    tab.forge({button.id: True}, query=query, fragment=fragment)
                    break
        shown += re.findall(r"[\w-]+\.(?:jpg|pdf)", tab.bytes_seen().decode(errors="replace"))
        assert world.found_in(tab.bytes_seen()) == []
    assert "odometer.jpg" in shown or "Front.jpg" in shown, "no photo was shown at all"
    assert not {"plate.jpg", "home.jpg", "document.pdf"} & set(shown)


def found(place, visitor: Attacker, what: str) -> Attacker:
    """Type something into the search for a user."""
    tab = place.visitor(visitor.cookies()).open("users")
    box, button = tab.id_of("text_input", "Find a user"), tab.id_of("button", "Find")
    tab.forget().forge({box: ("string", what), button: True}, page="users")
    return tab.listen(1.5, 0.5)


def test_a_search_finds_a_person_but_shows_and_records_no_contact_details(place, world, viewer):
    car = next(v for v in world.vehicles if len(v["license"]) > 5)
    owner = next(u for u in world.users if u["id"] == car["owner"]["id"])
    phone = sorted(spellings(owner["phone"]))
    keys = [owner["email"], owner["phone"], phone[0], car["vin"], car["license"]]
    for key, tab in zip(keys, together(lambda k: found(place, viewer, k), keys), strict=True):
        came = tab.bytes_seen()
        assert owner["id"].encode() in came, f"{key} finds nobody"
        typed = {key, *(spellings(key) if "@" not in key and key not in car.values() else ())}
        assert world.found_in(came, allowed=typed) == []
        for frame in tab.frames:
            if frame.WhichOneof("type") == "page_info_changed":
                assert key not in str(frame), "the address holds what was searched"
        for line in (place.folder / "audit.jsonl").read_text().splitlines():
            event = json.loads(line)
            assert not world.found_in(json.dumps(event).encode()), event
    assert '"search' in (place.folder / "audit.jsonl").read_text()
