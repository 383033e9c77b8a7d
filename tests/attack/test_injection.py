"""Words from Ownli and from the address take no effect, on screen or on the way to Ownli."""

from __future__ import annotations

import json
import re
from urllib.parse import quote, unquote

import pytest

from .attacker import ADDRESSES, HOSTILE, Attacker, active, together

OPENED = [address for address in ADDRESSES if address != "user"]


def assert_inert(tab: Attacker) -> int:
    """Nothing hostile takes effect in what came; how often it was there at all."""
    met = 0
    for path, text in tab.said():
        assert not active(path, text), (path, text[:300])
        met += "zq" in text or "evil" in text or "pixel" in text
    return met


@pytest.fixture(scope="module")
def tabs(hostile, world) -> list[Attacker]:
    """An administrator's visit to every screen of a partner with hostile words everywhere."""
    admin = hostile.signed_in("admin")
    ids = [user["id"] for user in world.users[:4]]
    targets = [(a, "period=all") for a in OPENED] + [("user", f"id={id_}") for id_ in ids]

    def opened(target: tuple[str, str]) -> Attacker:
        tab = hostile.visitor(admin.cookies()).open(*target)
        return tab.listen(1.0, 0.5)

    return together(opened, targets)


def test_the_detector_of_active_words_finds_every_kind_of_them():
    for path in (".delta.new_element.markdown.body", ".delta.new_element.heading.body"):
        for text in HOSTILE:
            assert active(path, text), text
            assert not active(path, re.sub(r"([^\w\s])", r"\\\1", text)), text
    link = "<a href='http://evil.example'>x</a>"
    for trace in (
        {"hovertext": [link]},
        {"customdata": [["", link]], "hovertemplate": "%{customdata[1]}"},
    ):
        assert active(".plotly_chart.spec", json.dumps({"data": [trace]}))
    assert active(".plotly_chart.spec", json.dumps({"layout": {"title": {"text": link}}}))
    assert active(".new_element.html.body", "<p><img src=http://evil.example/p.png></p>")


def test_hostile_words_of_ownli_take_no_effect_on_any_screen(tabs):
    met = [assert_inert(tab) for tab in tabs]
    assert sum(count > 0 for count in met) >= 5, met
    assert not any("Traceback" in text for tab in tabs for _, text in tab.said())


def test_no_table_or_picture_element_makes_a_link_or_loads_a_picture_of_ownlis_words(tabs):
    for tab in tabs:
        for table in tab.elements("dataframe"):
            assert not re.search(r'"type":\s*"(link|image|html)', table.columns), table.columns
        for pictures in tab.elements("imgs"):
            assert all(image.url.startswith("/media/") for image in pictures.imgs)
        for link in tab.elements("link_button"):
            assert re.match(r"https?://", link.url)


def test_the_worlds_own_names_of_markdown_html_and_formula_take_no_effect(place, world, analyst):
    odd = [u for u in world.users if re.search(r"[!<=*:$]", u["firstName"] + u["lastName"])]
    assert len(odd) >= 3
    for user in odd:
        tab = place.visitor(analyst.cookies()).open("user", f"id={user['id']}")
        assert_inert(tab)
        seen = "".join(text for path, text in tab.said() if path.endswith("heading.body"))
        assert user["lastName"][-4:] in seen, "the user was not shown"


QUERIES = [
    *(f"id={quote(text)}" for text in HOSTILE),
    *(
        f"{name}={quote(HOSTILE[0])}"
        for name in ("period", "status", "kind", "week", "sort", "page")
    ),
    "id=" + "A" * 20_000,
    "id=" + quote("XT_\u202eRSU\u2066\u200f\u0000\ufeff"),
    "id=a&id=b&id=c&period=1&period=2&week=2026-W99&page=-1&page=99999999999999999999",
    "%ff%fe=%00&=&&id[]=1&__proto__=1&id=%3D1%2B1",
    "week=2026-W47%0d%0aSet-Cookie:%20a=b&sort=__class__&order=drop",
]


def test_hostile_addresses_take_no_effect_and_show_no_traceback(place, viewer):
    def opened(query: str) -> list[Attacker]:
        tab = place.visitor(viewer.cookies())
        tab.connect()
        pages = ("user", "check_ins", "weekly_report", "users", "rewards")
        chosen = pages[:1] if query.startswith("id=") else pages[1:]
        for page in chosen:
            tab.run(page=page, query=query, page_hash="")
            assert tab.is_inside(), query
        return [tab]

    for (tab,), query in zip(together(opened, QUERIES), QUERIES, strict=True):
        assert_inert(tab)
        assert not any("Traceback" in text for _, text in tab.said()), query


TRAVERSALS = [
    "../../auth/token",
    "XT_1/../../../rewards/grant",
    "..%2f..%2frewards",
    "x?size=1&searchBy=email",
    "x#y",
    "x/rewards/claim?product=1",
    "//evil.example/x",
    "http://evil.example/",
    "%2e%2e/%2e%2e/users/list",
    "x\r\nX-Injected: 1",
    ".",
    "..",
]
TEMPLATES = re.compile(
    r"/api/(auth/token|users/list|vehicles|rewards|checkins/[a-z-]+"
    r"|users/(by-id/)?[^/?]+(/(payouts|rewards|summary|checkins/[a-z-]+|proof-of-address/[a-z-]+))?"
    r"|users/by-phone/[^/?]+(/(payouts|rewards))?"
    r"|vehicles/(by-id/[^/?]+|by-license/[^/?]+/[^/?]+|[^/?]+/(checkins/[a-z-]+|checkin-summary)))"
)


def test_an_id_in_the_address_reaches_no_other_path_of_ownli(place, viewer):
    before = len(place.ownli.calls)
    tab = place.visitor(viewer.cookies()).open("user", "id=XT_USRAAAAAAAAAA")
    assert len(place.ownli.calls) > before, "an id is not asked for at all"
    for id_ in TRAVERSALS:
        tab.go("user", f"id={quote(id_, safe='')}")
        assert tab.is_inside()
    for method, target in place.ownli.calls[before:]:
        path = target.split("?")[0]
        assert method == "GET" or path == "/api/auth/token"
        assert TEMPLATES.fullmatch(path), target
        assert not {".", ".."} & set(unquote(path).split("/")), target


def test_nothing_but_get_and_the_token_is_ever_sent_to_ownli(place, hostile, tabs):
    for server in (place, hostile):
        calls = {(method, path.split("?")[0]) for method, path in server.ownli.calls}
        assert calls
        others = {call for call in calls if call[0] != "GET"}
        assert others == {("POST", "/api/auth/token")}
