"""Photos on the User page: on request, from allowed hosts, never an address before it is shown."""

import json
from types import SimpleNamespace

import pandas as pd
import pytest

from ownli_api.sandbox import Sandbox, World, details
from pages.access import reveal, sign_in
from pages.ui import photos as screen
from pages.ui.photos import refusal

HOST = "photos.example.com"
KINDS = ("condition", "mileage")


@pytest.fixture(scope="module")
def partner():
    with Sandbox(World.make(seed=7, users=40, weeks=6)) as sandbox:
        yield sandbox


@pytest.fixture
def user_page(configure, visit, partner):
    """One user's page, its photos' hosts allowed or not."""

    def user_page(role="viewer", allowed=HOST, kind="condition"):
        configure(partner, PHOTOS_HOSTS=allowed)
        check_in = [c for c in partner.world.check_ins.values() if c.kind == kind][-1]
        at = visit(role)
        at.switch_page("user.py")
        at.query_params["id"] = check_in.owner_id
        return at.run(), check_in

    return user_page


def click(at, check_in):
    key = f"photos-{check_in.kind}-{check_in.id}"
    return next(b for b in at.button if b.key == key).click().run()


def pictures(at) -> list[str]:
    return [image.url for element in at.get("image") for image in element.proto.imgs]


def captions(at) -> str:
    return " ".join(caption.value for caption in at.caption).replace("\\", "")


def events(tmp_path) -> list[dict]:
    lines = map(json.loads, (tmp_path / "audit.jsonl").read_text().splitlines())
    return [line for line in lines if line["event"] == "photos_shown"]


def test_no_address_of_a_photo_is_sent_before_it_is_asked_for(user_page):
    at, _ = user_page()
    assert pictures(at) == []
    assert HOST not in repr(at.main)


def test_a_click_shows_the_photos_of_that_check_in_only_and_is_recorded(user_page, tmp_path):
    at, check_in = user_page()
    click(at, check_in)
    shown = pictures(at)
    assert len(shown) >= len(details.REQUIRED_ANGLES)
    assert all(url.startswith(f"https://{HOST}/{check_in.id}/") for url in shown)
    at.run()
    assert [(e["subject"], e["check_in"]) for e in events(tmp_path)] == [
        (check_in.owner_id, check_in.id)
    ]
    click(at, check_in)
    assert pictures(at) == []


def test_check_ins_of_two_kinds_with_one_id_keep_their_own_photos(configure, visit):
    """All check-ins of the vehicles of one user come with the same id."""
    with Sandbox(World.make(seed=9, users=10, weeks=6)) as partner:
        configure(partner, PHOTOS_HOSTS=HOST)
        world = partner.world.check_ins.values()
        kinds = {kind: {c.owner_id for c in world if c.kind == kind} for kind in KINDS}
        at = visit("viewer")
        at.switch_page("user.py")
        at.query_params["id"] = min(kinds["mileage"] & kinds["condition"])
        partner.faults.add("wrong_type", "/api/vehicles/", times=None, field="id", value="XT_SAME")
        at.run()
    assert not at.exception
    keys = [f"photos-{kind}-XT_SAME" for kind in KINDS]
    buttons = {b.key: b for b in at.button if b.key in keys}
    assert sorted(buttons) == sorted(keys)
    buttons["photos-condition-XT_SAME"].click().run()
    assert pictures(at)
    assert not any("dometer" in url or "icense" in url for url in pictures(at))


@pytest.mark.parametrize("allowed", ["", "other.example.com", "example.com"])
def test_a_host_that_is_not_allowed_is_named_instead(user_page, allowed):
    at, check_in = user_page(allowed=allowed)
    click(at, check_in)
    assert pictures(at) == []
    assert f"Photos from {HOST} are not shown" in captions(at).replace("⁠", "")


def test_photos_are_forgotten_when_the_page_is_left(user_page):
    at, check_in = user_page()
    click(at, check_in)
    at.switch_page("users.py").run()
    at.switch_page("user.py")
    at.query_params["id"] = check_in.owner_id
    assert pictures(at.run()) == []


def test_photos_that_cannot_be_recorded_are_not_shown(user_page, monkeypatch):
    at, check_in = user_page()

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sign_in.configured().trail, "write", full)
    click(at, check_in)
    assert "audit log cannot be written" in at.error[0].value
    assert pictures(at) == []


@pytest.mark.parametrize(
    ("role", "sentence"), [("viewer", screen.ADDRESS_NEVER), ("analyst", screen.ADDRESS_FIRST)]
)
def test_a_proof_of_address_is_shown_to_nobody_who_has_not_revealed_its_person(
    user_page, tmp_path, role, sentence
):
    at, check_in = user_page(role, kind="proof_of_address")
    click(at, check_in)
    assert pictures(at) == []
    assert sentence in captions(at)
    assert events(tmp_path) == []


def test_a_proof_of_address_is_masked_again_with_its_person(user_page):
    at, check_in = user_page("analyst", kind="proof_of_address")
    until = sign_in.configured().clock() + reveal.SECONDS
    at.session_state["access.revealed"] = {check_in.owner_id: until}
    at.run()
    click(at, check_in)
    assert pictures(at)
    at.session_state["access.revealed"] = {check_in.owner_id: until - reveal.SECONDS - 1}
    at.run()
    assert pictures(at) == []


def test_the_photo_of_a_plate_waits_until_its_person_is_revealed(user_page):
    at, check_in = user_page("analyst", kind="mileage")
    click(at, check_in)
    assert [url.rsplit("/", 1)[1] for url in pictures(at)] == ["odometer.jpg"]
    assert screen.PLATE_FIRST in captions(at)
    until = sign_in.configured().clock() + reveal.SECONDS
    at.session_state["access.revealed"] = {check_in.owner_id: until}
    at.run()
    assert {url.rsplit("/", 1)[1] for url in pictures(at)} == {"plate.jpg", "odometer.jpg"}


# --- the setting


@pytest.mark.parametrize(
    "url",
    [
        "http://photos.example.com/a.jpg",
        "https://photos.example.com.evil.example/a.jpg",
        "https://evil.example/photos.example.com/a.jpg",
        "https://photos.example.com@evil.example/a.jpg",
        "https://user@photos.example.com/a.jpg",
        "https://photos.example.com:8443/a.jpg",
        "https://photos.example.com:port/a.jpg",
        "https:///a.jpg",
        "//photos.example.com/a.jpg",
        "javascript:alert(1)//photos.example.com",
        "data:image/png;base64,AAAA",
        "/component/a.jpg",
        "https://[::1/a.jpg",
        "",
    ],
)
def test_an_address_that_only_looks_allowed_is_refused(url):
    assert refusal(url, (HOST,))


def test_an_allowed_host_is_allowed_in_any_case():
    assert refusal("https://Photos.Example.com/a.jpg?x=1", (HOST,)) == ""


def test_a_wrong_host_setting_is_the_page(configure, visit):
    configure(PHOTOS_HOSTS="https://a.example.com")
    at = visit()
    assert "photos.hosts (PHOTOS_HOSTS)" in at.error[0].value.replace("\\", "")


def test_two_check_ins_of_one_id_each_have_their_own_photos(configure):
    configure()
    photos = {
        "condition V1": pd.DataFrame(
            {"kind": ["condition"], "check_in_id": "X1", "url": "https://a/1", "type": "Front"}
        ),
        "mileage V1": pd.DataFrame(
            {"kind": ["mileage"], "check_in_id": "X1", "url": "https://a/2", "type": "Odometer"}
        ),
    }
    held = {name: SimpleNamespace(value=(None, frame)) for name, frame in photos.items()}
    album = screen.album(SimpleNamespace(held=held), "U1")
    assert list(album.of("condition", "X1")["url"]) == ["https://a/1"]
    assert list(album.of("mileage", "X1")["url"]) == ["https://a/2"]
