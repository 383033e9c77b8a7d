"""The guard, by rights, in runs, fragments and downloads; what fails; what is revealed."""

import ast
import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages import settings
from pages.access import sign_in
from pages.access.guard import CHANGE_FIRST, NOT_PERMITTED, Withheld
from pages.access.rights import Role
from pages.ui import entrance
from tests.pages.conftest import DEVICE

ROOT = Path(__file__).resolve().parents[2]
SCREENS = sorted(
    file
    for file in (ROOT / "pages").glob("*.py")
    if file.name not in ("main.py", "settings.py", "__init__.py")
)


@pytest.fixture
def script(configure):
    """Run a few lines as a page of somebody signed in."""

    def script(body, role="viewer"):
        entrance.prepare(settings.load())
        access = sign_in.configured()
        at = AppTest.from_function(body, default_timeout=30)
        if role:
            record = access.directory.people()[role]
            login = access.register.open(role, DEVICE, access.clock() + 3600, record.fingerprint)
            at.session_state[sign_in.LOGIN] = login.id
        return at.run()

    return script


def guarded_for_health():
    import streamlit as st

    from pages.access.guard import guard
    from pages.access.rights import Right

    person = guard(Right.HEALTH)
    st.write("inside", person.name)


def test_the_guard_lets_in_whoever_has_the_right_and_names_them(script):
    assert [text.value for text in script(guarded_for_health, "admin").markdown] == ["inside admin"]


@pytest.mark.parametrize("role", ["viewer", "analyst"])
def test_the_guard_shows_one_sentence_and_stops_without_the_right(script, role):
    at = script(guarded_for_health, role)
    assert [error.value for error in at.error] == [NOT_PERMITTED]
    assert not at.markdown


def test_the_guard_stops_whoever_is_not_signed_in(script):
    at = script(guarded_for_health, None)
    assert len(at.error) == 1
    assert not at.markdown


def test_the_guard_stops_whoever_lost_the_right_since_the_last_run(script, staff):
    at = script(guarded_for_health, "admin")
    staff.change("admin", role=Role.VIEWER)
    assert [error.value for error in at.run().error] == [NOT_PERMITTED]
    assert not at.markdown


def page_with_a_timer():
    import streamlit as st

    from pages.access.guard import guard

    guard(activity=st.session_state.get("typed", False))


def test_a_timer_does_not_keep_a_sign_in_alive_and_a_person_does(script):
    at = script(page_with_a_timer)
    login = sign_in.configured().register.find(at.session_state[sign_in.LOGIN])
    login.seen = before = login.seen - 60
    at.run()
    assert login.seen == before
    at.session_state["typed"] = True
    at.run()
    assert login.seen > before


def fragment_that_fails():
    import streamlit as st

    from pages.access.guard import guarded

    @st.fragment
    @guarded()
    def body():
        raise ValueError("client_secret=s3cr3t-value")

    body()
    st.write("the rest")


def test_a_fragment_that_fails_shows_a_reference_and_leaves_the_rest_of_the_page(script, caplog):
    at = script(fragment_that_fails)
    assert [text.value for text in at.markdown] == ["the rest"]
    reference = at.error[0].value.rsplit(" ", 1)[1].rstrip(".")
    assert f"Reference {reference}" in caplog.text
    assert "s3cr3t" not in caplog.text
    assert "s3cr3t" not in at.error[0].value


def page_that_offers_a_file():
    import streamlit as st

    from pages.access.guard import later
    from pages.access.rights import Right

    def make(taken):
        taken.note("export", what="rewards", rows=3, masked=True)
        return "a,b"

    st.session_state["made"] = later(Right.SEE, make)
    st.session_state["unmasked"] = later(Right.EXPORT_UNMASKED, make)


def test_a_file_made_on_click_is_audited_and_withheld_from_who_may_not_have_it(script, tmp_path):
    at = script(page_that_offers_a_file)
    assert at.session_state["made"]() == "a,b"
    last = json.loads((tmp_path / "audit.jsonl").read_text().splitlines()[-1])
    assert (last["event"], last["person"], last["rows"]) == ("export", "viewer", 3)
    with pytest.raises(Withheld):
        at.session_state["unmasked"]()


def test_a_file_is_withheld_from_who_was_disabled_since_the_page_was_drawn(script, staff):
    at = script(page_that_offers_a_file)
    staff.change("viewer", disabled=True)
    with pytest.raises(Withheld):
        at.session_state["made"]()


def page_that_reveals():
    import streamlit as st

    from pages.access import reveal

    if reason := st.session_state.get("reason"):
        try:
            reveal.reveal("XT_1", reason)
        except reveal.ReasonMissing as missing:
            st.warning(str(missing))
    st.text(f"{reveal.seconds_left('XT_1'):.0f} {reveal.seconds_left('XT_2'):.0f}")


def revealing(script, role, reason):
    at = script(page_that_reveals, role)
    at.session_state["reason"] = reason
    at.run()
    at.session_state["reason"] = ""
    return at


def shown(at) -> str:
    return at.text[0].value if at.text else ""


@pytest.mark.parametrize("role", ["analyst", "admin"])
def test_revealing_holds_for_one_person_five_minutes_and_is_audited(script, tmp_path, role):
    at = revealing(script, role, "she asked for it by phone")
    assert shown(at) == "300 0"
    last = json.loads((tmp_path / "audit.jsonl").read_text().splitlines()[-1])
    assert (last["event"], last["person"], last["subject"]) == ("reveal", role, "XT_1")
    assert last["reason"] == "she asked for it by phone"
    at.session_state["access.revealed"] = {"XT_1": sign_in.configured().clock() - 1}
    assert shown(at.run()) == "0 0"


def test_revealing_needs_the_right(script, tmp_path):
    at = revealing(script, "viewer", "a good reason")
    assert [error.value for error in at.error] == [NOT_PERMITTED]
    lines = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert [(line["event"], line["right"]) for line in lines] == [("not_permitted", "reveal")]
    assert shown(at.run()) == "0 0"


@pytest.mark.parametrize(
    "reason",
    ["   ", "abc", "x" * 201, "\u200b\u2060" * 9, "abc\u3164\u2800\u00ad\ufe0f", "\U000e0041" * 9],
)
def test_revealing_needs_a_reason(script, reason):
    at = revealing(script, "admin", reason)
    assert "Give a reason" in at.warning[0].value
    assert shown(at) == "0 0"


def test_who_loses_the_right_loses_sight_at_the_next_run(script, staff):
    at = revealing(script, "analyst", "she asked for it by phone")
    staff.change("analyst", role=Role.VIEWER)
    assert shown(at.run()) == "0 0"


def test_nothing_is_revealed_that_cannot_be_audited(script, monkeypatch, caplog):
    at = script(page_that_reveals, "admin")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sign_in.configured().trail, "write", full)
    at.session_state["reason"] = "she asked for it by phone"
    at.run()
    at.session_state["reason"] = ""
    assert shown(at.run()) == "0 0"


# --- every screen, fragment and dialog


def test_every_screen_begins_with_the_guard():
    assert SCREENS
    for file in SCREENS:
        statements = [
            node
            for node in ast.parse(file.read_text()).body
            if not isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef)
            and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        ]
        first = ast.unparse(statements[0])
        assert "guard(" in first, f"{file.name} begins with {first!r}"


PARTS = ("st.fragment", "st.dialog")


def parts_of(tree: ast.AST) -> set[str]:
    """Names of the functions that a module makes fragments or dialogs of, in either spelling."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names = [ast.unparse(decorator) for decorator in node.decorator_list]
            if any(name.startswith(PARTS) for name in names):
                found.add(node.name)
        if isinstance(node, ast.Call):  # st.fragment(body, ...) or st.dialog("title")(body)
            inner = node.func.func if isinstance(node.func, ast.Call) else None
            if ast.unparse(node.func) == "st.fragment" or (
                inner is not None and ast.unparse(inner) == "st.dialog"
            ):
                found |= {arg.id for arg in node.args if isinstance(arg, ast.Name)}
    return found


def test_every_fragment_and_dialog_is_guarded_inside():
    seen = 0
    for file in sorted((ROOT / "pages").rglob("*.py")):
        tree = ast.parse(file.read_text())
        functions = {
            node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
        }
        for name in parts_of(tree):
            seen += 1
            assert name in functions, f"{file.name}: {name} is not defined beside its fragment"
            innermost = ast.unparse((functions[name].decorator_list or [ast.Constant("")])[-1])
            assert innermost.startswith("guarded("), f"{file.name}: {name} is not guarded"
    assert seen


def test_who_signs_in_can_open_every_screen_and_the_menu_lists_what_they_may(visit):
    assert not visit("viewer").exception


def test_the_page_script_keeps_an_exception_to_itself(visit, monkeypatch, caplog):
    from pages.ui import chrome

    def fail(*_):
        raise RuntimeError("token=s3cr3t-value")

    monkeypatch.setattr(chrome, "header", fail)
    at = visit("viewer")
    assert not at.exception
    assert "reference" in at.error[0].value
    assert "s3cr3t" not in caplog.text


# --- a one-time password opens neither screens nor files, whatever the page script does


def one_time(staff, name):
    """Make a person's password a one-time one without ending their sign-in."""
    from datetime import UTC, datetime, timedelta

    staff.change(name, one_time_until=datetime.now(UTC) + timedelta(hours=1))


def test_the_guard_itself_stops_whoever_has_to_choose_a_password_first(script, staff):
    at = script(guarded_for_health, "admin")
    one_time(staff, "admin")
    assert [error.value for error in at.run().error] == [CHANGE_FIRST]
    assert not at.markdown


def test_a_file_is_withheld_from_whoever_has_to_choose_a_password_first(script, staff):
    at = script(page_that_offers_a_file)
    one_time(staff, "viewer")
    with pytest.raises(Withheld):
        at.session_state["made"]()
