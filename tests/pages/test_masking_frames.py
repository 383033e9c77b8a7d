"""What a signed-in browser is sent, frame by frame: nothing that is masked, nothing that acts."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import quote

import pytest
from google.protobuf.message import Message

from ownli_api.sandbox import Sandbox, World, details
from ownli_api.sandbox.tokens import Mint
from pages.access import passwords
from pages.access.escaping import inert
from pages.access.rights import Role
from pages.access.staff_file import StaffRecord
from tests.staff import EditableStaffFile
from tests.websocket_client import Visitor, server

PASSWORD = "correct horse battery"
ACTIVE = (
    "![x](https://evil.example/x.png)",
    "[pay](https://evil.example/pay)",
    "<img src=https://evil.example/y.png onerror=alert(1)>",
    "<a href='https://evil.example'>ok</a><b>bold</b>",
    ":red[paid] :material/verified:",
    '=HYPERLINK("https://evil.example","x")',
    "see https://evil.example or www.evil.example",
)
SCREENS = (
    ("overview", ""),
    ("users", ""),
    ("users", "page=2"),
    ("users", "sort=email"),
    ("check_ins", "period=26w"),
    ("check_ins", "period=26w&status=Declined&by=day"),
    ("rewards", "period=26w"),
    ("payouts", "period=26w"),
    ("weekly_report", ""),
    ("health", ""),
    ("audit_log", ""),
    ("staff", ""),
)


@pytest.fixture(scope="module")
def partner():
    """A world in which every text that Ownli passes on tries to do something."""
    world = World.make(seed=5, users=60, weeks=12)
    for number, user in enumerate(list(world.users.values())[:14]):
        user.first_name = f"{ACTIVE[number % len(ACTIVE)]} Zed{number}"
        user.admin_note = user.address.city = ACTIVE[(number + 1) % len(ACTIVE)]
    for number, vehicle in enumerate(world.vehicles.values()):
        if number % 3 == 0:
            vehicle.make = ACTIVE[number % len(ACTIVE)]
    for number, check_in in enumerate(world.check_ins.values()):
        if check_in.status in ("Declined", "OnHold"):
            check_in.admin_note = ACTIVE[number % len(ACTIVE)]
    for number, reward in enumerate(world.rewards.values()):
        if number % 4 == 0:
            reward.description = ACTIVE[number % len(ACTIVE)]
        if number % 7 == 0:
            reward.action_code = ACTIVE[(number + 2) % len(ACTIVE)]
    with Sandbox(world) as sandbox:
        yield sandbox


@pytest.fixture(scope="module", autouse=True)
def tokens():
    """Every admin token the sandbox hands out."""
    handed: list[str] = []
    make = Mint.make

    def noted(*args, **kwargs):
        token = make(*args, **kwargs)
        handed.append(token.text)
        return token

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Mint, "make", noted)
        yield handed


@pytest.fixture(scope="module")
def base_url(partner, tmp_path_factory):
    place = tmp_path_factory.mktemp("masking")
    file = EditableStaffFile(place / "staff.yaml")
    hashed = passwords.hashed(PASSWORD, rounds=4)
    for role in Role:
        file.add(StaffRecord(role.value, f"{role.value.title()} Person", "", role, hashed))
    environment = {
        "OWNLI_BASE_URL": partner.base_url,
        "OWNLI_PARTNER_ID": partner.partner_id,
        "OWNLI_CLIENT_ID": partner.client_id,
        "OWNLI_CLIENT_SECRET": partner.client_secret,
        "STAFF_FILE": str(file.path),
        "STAFF_COOKIE_KEY": "abcdefghijklmnopqrstuvwxyz0123456789",
        "AUDIT_FILE": str(place / "audit.jsonl"),
        "PHOTOS_HOSTS": "photos.example.com",
    }
    with server(environment, place / "server.log") as url:
        yield url


def visited_users(partner) -> list[str]:
    """Users of every sort: awkward, with a payout, with a note to explain."""
    world = partner.world
    paid = [payout.owner_id for payout in world.payouts.values()][:2]
    noted = [c.owner_id for c in world.check_ins.values() if c.admin_note][:3]
    return list(dict.fromkeys([*list(world.users)[:7], *paid, *noted]))


def visit_everything(visitor, partner, role) -> None:
    visitor.open().sign_in(role, PASSWORD)
    for page, query in SCREENS:
        visitor.open(page, query)
    for user_id in visited_users(partner):
        visitor.open("user", f"id={user_id}")
    some = list(partner.world.users.values())[20]
    for text in (some.last_name, some.email, some.phone):
        visitor.open("users")
        field = next(e for e in visitor.elements("text_input")[::-1] if e.label == "Find a user")
        button = next(e for e in visitor.elements("button")[::-1] if e.label == "Find")
        visitor.run(page="users", values={field.id: text}, click=button.id)
        visitor._values.clear()


@pytest.fixture(scope="module", params=["viewer", "admin"])
def visitor(request, base_url, partner):
    """Who may least and who may most, after a visit to everything, nothing revealed."""
    with Visitor(base_url) as visitor:
        visit_everything(visitor, partner, request.param)
        yield visitor


def masked_values(partner) -> dict[str, str]:
    """Every value of the world that no element may hold, and what it is."""
    world = partner.world
    found: dict[str, str] = {}
    for user in world.users.values():
        found |= {user.email: "e-mail", user.phone: "phone", user.address.line_1: "street"}
        digits = re.sub(r"\D", "", user.phone)[-10:]
        found[digits] = "phone"
        found[f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"] = "phone"
        if user.policy is not None:
            found[user.policy.number] = "policy"
    for vehicle in world.vehicles.values():
        found |= {vehicle.vin: "VIN", vehicle.license: "plate"}
    for payout in world.payouts.values():
        found[details.payment_link(payout)] = "payment link"
    for check_in in world.check_ins.values():
        found[f"{details.PHOTO_HOST}/{check_in.id}"] = "photo"
    return {value: kind for value, kind in found.items() if value}


def spellings(value: str) -> set[bytes]:
    """The value as it would stand in a table, in JSON, in markdown and in an address."""
    plain = {value, json.dumps(value)[1:-1], inert(value), quote(value), quote(value, safe="")}
    return {text.lower().encode() for text in plain}


def seen(visitor) -> bytes:
    return visitor.bytes_seen().lower()


def test_the_visit_reached_the_data(visitor, partner):
    everything = seen(visitor)
    for user_id in visited_users(partner):
        assert user_id.lower().encode() in everything
    masked_plates = [vehicle.license[-3:].lower() for vehicle in partner.world.vehicles.values()]
    assert any(f"•••{tail}".encode() in everything for tail in masked_plates)


def test_no_frame_holds_a_contact_detail_in_full(visitor, partner):
    everything = seen(visitor)
    leaked = {
        (kind, value)
        for value, kind in masked_values(partner).items()
        for spelling in spellings(value)
        if spelling in everything
    }
    assert not leaked, sorted(leaked)[:10]


def test_no_frame_holds_the_secret_or_a_token(visitor, partner, tokens):
    everything = visitor.bytes_seen()
    assert tokens
    for hidden in (partner.client_secret, *tokens):
        assert hidden.encode() not in everything


def test_the_search_of_frames_finds_what_is_revealed(base_url, partner):
    """The proof above is worth something: a revealed person's e-mail is found the same way."""
    user = list(partner.world.users.values())[15]
    with Visitor(base_url) as visitor:
        visitor.open("user", f"id={user.id}").sign_in("analyst", PASSWORD)
        visitor.run(page="user", query=f"id={user.id}")
        assert user.email.lower().encode() not in seen(visitor)
        opener = next(e for e in visitor.elements("button")[::-1] if e.label == "Reveal")
        visitor.run(page="user", query=f"id={user.id}", click=opener.id)
        reason = next(e for e in visitor.elements("text_input")[::-1] if e.label == "Reason")
        sure = next(e for e in visitor.elements("button")[::-1] if e.label == "Reveal")
        assert sure.id != opener.id
        visitor.run(
            page="user",
            query=f"id={user.id}",
            fragment=visitor.fragments()[-1],
            values={reason.id: "asked for it by phone"},
            click=sure.id,
        )
        assert user.email.lower().encode() in seen(visitor)


# --- nothing acts


# Where the browser shows a text as it is: plain elements, the cells of a table, a text's code.
PLAIN = {
    ("text", "body"),
    ("code", "code_text"),
    ("metric", "body"),
    ("selectbox", "options"),
    ("multiselect", "options"),
    ("text_input", "value"),
}
# What acts unless a backslash stands before it, and what acts whatever stands before it.
TRICKS = re.compile(r"!\[|\]\(|<img|<a |<b>|:red\[|:material/verified", re.IGNORECASE)
LATE = re.compile(r"https?://evil|www\.evil", re.IGNORECASE)
IN_CHARTS = re.compile(r"<(?!/?(?:br|b|i|sup|sub|span|extra)\b)[a-z/]|<b>bold", re.IGNORECASE)


class Markup(HTMLParser):
    """What in a piece of HTML would act: tags that fetch or link, attributes that run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.acting: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Note a tag that does something with a text of Ownli's."""
        for name, value in attrs:
            fetches = name in ("src", "href", "srcset", "action", "style", "data", "xlink:href")
            if name.startswith("on") or (fetches and "evil" in (value or "")):
                self.acting.append(f"{tag} {name}={value}")
        if tag in ("script", "iframe", "object", "embed"):
            self.acting.append(tag)


def texts(message: Message, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text in a message, with the names of the fields that lead to it."""
    for field, value in message.ListFields():
        here = (*path, field.name)
        values = [value] if isinstance(value, Message | str | bytes) else value
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            values = list(value.values()) if field.message_type.fields_by_name else []
        if not isinstance(values, list) and not hasattr(values, "__iter__"):
            continue
        for one in values:
            if isinstance(one, Message):
                yield from texts(one, here)
            elif isinstance(one, str):
                yield here, one


def drawn(visitor) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text of every element, block, toast and title that was sent."""
    for frame in visitor.frames:
        kind = frame.WhichOneof("type")
        if kind in ("delta", "page_config_changed", "navigation", "logo"):
            yield from texts(getattr(frame, kind), (kind,))


def test_no_text_from_ownli_acts_in_any_element_label_title_or_toast(visitor):
    acting, looked_at = [], 0
    for path, text in drawn(visitor):
        element = path[-2:]
        if "plotly_chart" in path or element in PLAIN:
            continue
        looked_at += 1
        if "html" in path:
            acting += [(path, what) for what in Markup(text).acting]
        elif TRICKS.search(re.sub(r"\\.", "", text)) or LATE.search(re.sub(r"\\(.)", r"\1", text)):
            acting.append((path, text[:200]))
    assert looked_at > 500
    assert not acting, acting[:3]


def test_no_text_from_ownli_acts_in_a_chart_or_its_hover(visitor):
    specs = [text for path, text in drawn(visitor) if path[-2:] == ("plotly_chart", "spec")]
    assert len(specs) > 10
    for spec in specs:
        figure = json.loads(spec)
        found = [
            text
            for where, text in _strings(figure)
            if "customdata" not in where and IN_CHARTS.search(text)
        ]
        assert not found, found[:3]
        for trace in figure["data"]:
            template = json.dumps([trace.get("hovertemplate"), trace.get("texttemplate")])
            drawn_of_it = {int(place) for place in re.findall(r"customdata\[(\d+)\]", template)}
            assert "customdata" not in re.sub(r"customdata\[\d+\]", "", template)
            for row in trace.get("customdata", ()):
                texts_drawn = [str(row[place]) for place in drawn_of_it]
                assert not [text for text in texts_drawn if IN_CHARTS.search(text)]


def _strings(value, where=("",)) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _strings(one, (*where, name))
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one, where)


def test_no_column_of_a_table_turns_text_into_links_pictures_or_markup(visitor):
    configs = [
        text
        for frame in visitor.frames
        if frame.WhichOneof("type") == "delta"
        for path, text in texts(frame.delta)
        if path[-1] == "columns" and text[:1] == "{"
    ]
    assert configs
    for config in configs:
        kinds = set(re.findall(r'"type":\s*"([a-z_]+)"', config))
        assert not kinds & {"link", "image", "markdown", "html", "video", "audio"}, config
