"""An empty partner, wrong credentials, damaged addresses and awkward names."""

import re
from typing import Any

import pytest

from ownli_api.sandbox import Sandbox, World
from pages.ui import sources
from tests.pages.reading import (
    INERT,
    SCREENS,
    assert_calm,
    everything,
    loaded,
    opened,
    plain,
    sentences,
    settled,
    shown,
    value,
)

TOKEN_PATH = "/api/auth/token"
# Words for "there is nothing", said of users, check-ins, rewards, payouts.
NOTHING = r"\b(no|none|nothing|not (yet )?any|any)\b"
NOUNS = {
    "overview": "check-in",
    "users": "user",
    "check_ins": "check-in",
    "rewards": "reward",
    "payouts": "payout",
}
AWKWARD = {
    "formula": ('=HYPERLINK("http://evil.example","x")', "Formula"),
    "html": ("<img src=x onerror=alert(1)>", "Html"),
    "script": ("<script>alert(1)</script>", "Script"),
    "markdown image": ("![p](http://evil.example/pixel.png)", "Image"),
    "markdown link": ("[click](http://evil.example)", "Link"),
    "directive": (":red[danger] $x$ `code`", "Directive"),
    "apostrophe": ("D'Artagnan-Ünal", "Apostrophe"),
    "chinese": ("王小明", "Chinese"),
    "right to left": ("مريم", "Arabic"),
    "spaces": ("  two   spaces ", "Spaces"),
}
TAGS = ("html", "script")
ACTIVE = [name for name in AWKWARD if name in ("html", "script", "markdown image", "markdown link")]


@pytest.fixture(scope="module")
def nobody():
    """A partner without any users."""
    with Sandbox(World.make(users=0)) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def partner():
    """A small partner for what only reads."""
    with Sandbox(World.make(seed=14, users=40)) as sandbox:
        yield sandbox


@pytest.mark.parametrize("screen", SCREENS)
def test_a_partner_without_anything_is_told_so_in_words(configure, nobody, screen):
    configure(nobody)
    at = loaded(screen)
    assert_calm(at)
    words = [plain(one.words) for one in shown(at) if one.where not in ("header", "cell")]
    noun = NOUNS[screen]
    assert any(
        re.search(NOTHING, sentence, re.IGNORECASE) and noun in sentence.lower()
        for sentence in words
    ), words


def test_a_partner_without_anything_has_zeros_and_no_rate(configure, nobody):
    configure(nobody)
    at = loaded("overview")
    assert value(at, "Users") == "0"
    assert value(at, "Check-ins submitted") == "0"
    assert value(at, "Outstanding rewards") == "$0.00"
    assert value(at, "Payouts claimed") == "$0.00"
    assert "%" not in value(at, "Confirmation rate")
    assert not re.search(r"\d", value(at, "Median decision time"))
    assert not [words for words in sentences(at) if "could not" in words]


def test_a_user_that_is_not_there_is_not_found(configure, nobody):
    configure(nobody)
    at = loaded("user", id="XT_USR0000000000")
    assert_calm(at)
    words = everything(at)
    assert "No user has the id XT_USR0000000000" in words
    # Nothing found is a state of its own and not a failure of every section.
    assert "could not be loaded" not in words
    assert not at.error


def test_no_id_at_all_says_what_to_do(configure, partner):
    configure(partner)
    at = loaded("user")
    assert_calm(at)
    assert re.search(r"search|find|choose|open", everything(at), re.IGNORECASE)


@pytest.mark.parametrize(
    "wrong",
    [
        {"OWNLI_CLIENT_SECRET": "not-the-secret"},
        {"OWNLI_PARTNER_ID": "XT_SOMEBODYELSE"},
        {"OWNLI_CLIENT_ID": "sandbox-nobodyz9q7"},
    ],
    ids=lambda one: next(iter(one)),
)
def test_wrong_credentials_are_named_and_not_tried_again_and_again(configure, wrong):
    with Sandbox(World.make(users=5)) as sandbox:
        configure(sandbox, **wrong)
        last_four = wrong.get("OWNLI_CLIENT_ID", sandbox.client_id)[-4:]
        for page in (*SCREENS, "user"):
            at = opened(page, **({"id": "XT_USR0000000000"} if page == "user" else {}))
            settled(at)
            for _ in range(3):
                at.run()
            assert_calm(at)
            told = [words for words in sentences(at) if "Ownli refused the credentials" in words]
            assert told, page
            assert any(last_four in words for words in told), (page, told)
            assert any("OWNLI_CLIENT_SECRET" in words or "secret" in words for words in told)
            text = everything(at)
            assert sandbox.client_secret not in text
            assert "not-the-secret" not in text
            assert wrong.get("OWNLI_CLIENT_ID", sandbox.client_id) not in text
        asked = [one for one in sandbox.requests if one.path == TOKEN_PATH]
        assert 1 <= len(asked) <= len(SCREENS) + 1, len(asked)  # at most one for each sign-in
        assert all(one.path == TOKEN_PATH for one in sandbox.requests)


def test_one_session_asks_for_a_token_once_when_it_is_refused(configure):
    with Sandbox(World.make(users=5)) as sandbox:
        configure(sandbox, OWNLI_CLIENT_SECRET="not-the-secret")
        at = loaded("overview")
        for _ in range(5):
            at.run()
        assert len([one for one in sandbox.requests if one.path == TOKEN_PATH]) == 1


DAMAGED = [
    ("check_ins", {"period": "bogus"}, "period"),
    ("check_ins", {"from": "xx"}, "from"),
    ("check_ins", {"from": "2026-13-45", "to": "2026-10-31"}, "from"),
    ("check_ins", {"from": "2026-10-31", "to": "2026-10-01"}, "from"),
    ("check_ins", {"from": "0001-01-01", "to": "9999-12-31"}, "from"),
    ("check_ins", {"kind": "\x00"}, "kind"),
    ("check_ins", {"kind": "truck"}, "kind"),
    ("check_ins", {"status": "<b>Confirmed</b>"}, "status"),
    ("check_ins", {"state": "ZZ"}, "state"),
    ("rewards", {"period": "bogus"}, "period"),
    ("rewards", {"from": "xx", "to": "yy"}, "from"),
    ("rewards", {"reward_status": "Lost"}, "status"),
    ("payouts", {"period": "bogus"}, "period"),
    ("payouts", {"from": "xx"}, "from"),
    ("users", {"users_page": "-3"}, "page"),
    ("users", {"users_page": "x"}, "page"),
    ("users", {"sort": "password"}, "sort"),
    ("user", {"id": "../../x"}, "id"),
    ("user", {"id": "XT_" + "A" * 3000}, "id"),
    ("user", {"id": "<script>alert(1)</script>"}, "id"),
    ("user", {"id": "%2e%2e/admin?x=1"}, "id"),
]


@pytest.mark.parametrize(
    ("screen", "query", "name"), DAMAGED, ids=lambda one: str(one)[:40].encode("ascii", "replace")
)
def test_a_damaged_address_gets_the_default_and_a_note(configure, partner, screen, query, name):
    configure(partner)
    partner.forget()
    at = loaded(screen, **query)
    assert_calm(at)
    told = sentences(at)
    assert told, (screen, query)
    sent = list(query.values())[-1]
    assert not any(sent in words for words in told if len(sent) > 4), "the note repeats the value"
    if screen != "user":
        assert any(re.search(r"link|address|period", words, re.IGNORECASE) for words in told), told
        assert at.dataframe, "the default is shown all the same"
    paths = {one.path for one in partner.requests}
    assert not any(".." in path or "admin" in path or "script" in path for path in paths)


def test_the_note_about_a_link_stays_while_the_page_refreshes_and_goes_with_the_next_choice(
    configure, partner
):
    configure(partner)
    at = loaded("payouts", period="bogus")
    for _ in range(2):
        assert any("“period”" in words for words in sentences(at)), "a refresh took it away"
        at.run()
    next(one for one in at.selectbox if one.key == "period").set_value("4w").run()
    assert not any("“period”" in words for words in sentences(at))


def test_an_unknown_parameter_is_no_matter(configure, partner):
    configure(partner)
    at = loaded("rewards", utm_source="mail", x="")
    assert_calm(at)
    assert at.dataframe


@pytest.fixture(scope="module")
def awkward():
    """A partner whose users are called things that mean something to a machine."""
    world = World.make(seed=2, users=30)
    ids = {}
    for name, (first, last) in AWKWARD.items():
        user = world.register(first_name=first, last_name=last)
        ids[name] = user.id
        check_in = world.submit_check_in(owner_id=user.id, reward_cents=990)
        if name == "spaces":
            continue
        world.decide(check_in.id, "Declined" if name == "html" else "Confirmed", note=first)
        world.grant(user.id, 9_900, "awkward")
    held = world.submit_check_in(owner_id=ids["markdown image"])
    world.decide(held.id, "OnHold", note=AWKWARD["markdown image"][0])
    with Sandbox(world) as sandbox:
        yield sandbox, ids


def lively(at: Any) -> list[tuple[str, str]]:
    """Places that read markdown or HTML and hold a name unescaped."""
    found = []
    for one in shown(at):
        if one.where in INERT:
            continue
        # plotly reads tags and no markdown
        names = [name for name in ACTIVE if one.where != "plotly_chart" or name in TAGS]
        found += [(one.where, one.words[:200]) for name in names if AWKWARD[name][0] in one.words]
    return found


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("role", ["viewer", "admin"])
def test_awkward_names_stand_only_where_they_are_inert(configure, awkward, screen, role):
    sandbox, _ = awkward
    configure(sandbox)
    at = loaded(screen, role)
    assert_calm(at)
    assert lively(at) == []
    if screen in ("users", "rewards"):
        assert "王小明" in everything(at), "the names are not on this screen at all"


@pytest.mark.parametrize("name", AWKWARD)
def test_an_awkward_user_has_a_page_on_which_the_name_is_inert(configure, awkward, name):
    sandbox, ids = awkward
    configure(sandbox)
    at = loaded("user", id=ids[name])
    assert_calm(at)
    assert lively(at) == []
    first, last = AWKWARD[name]
    assert last in everything(at)
    assert " ".join(first.split()) in " ".join(everything(at).split())


def test_a_search_for_an_awkward_name_finds_it_inertly(configure, awkward):
    sandbox, ids = awkward
    configure(sandbox)
    for name in ("markdown image", "html", "formula"):
        at = loaded("users")
        box = next(one for one in at.text_input if one.label == "Find a user")
        box.set_value(AWKWARD[name][1])
        find = next(one for one in at.button if one.label == "Find")
        settled(find.click().run())
        assert_calm(at)
        assert lively(at) == []
        assert ids[name] in everything(at) or at.query_params.get("id") == ids[name]


def test_a_page_is_built_alike_whether_it_had_to_wait_or_not(configure, partner, monkeypatch):
    configure(partner)
    bars = []
    monkeypatch.setattr(
        sources,
        "_progress_words",
        lambda tickets, reached: (bars.append(len(tickets)), (0.5, "..."))[1],
    )

    def places(block, path=()):
        """Where each element stands: the browser draws anew what has moved."""
        for at, one in block.children.items():
            if getattr(one, "children", None):
                yield from places(one, (*path, at))
            elif one.type != "empty":
                yield (*path, at), one.type

    loaded("check_ins")
    partner.faults.set(latency_seconds=0.3)
    try:
        # Older weeks than are held have to be read first.
        at = opened("check_ins", period="custom", **{"from": "2020-01-01"})
        assert bars, "nothing was waited for"
        waited = list(places(at.main))
    finally:
        partner.faults.set(latency_seconds=0.0)
    assert len(waited) > 20
    bars.clear()
    assert list(places(at.run().main)) == waited
    assert not bars, "it waited again"
