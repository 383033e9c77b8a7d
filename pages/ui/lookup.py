"""The one search box: takes anything known of a user, asks Ownli, opens or lists who it is."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ownli_api import NotFound, OwnliClient
from pages.access import reveal, sign_in
from pages.access.guard import guard
from pages.analysis import links, lookup
from pages.analysis.lookup import Guess, Key
from pages.ui import navigation, sources, states, tables

_MOST = 100
_FIELD, _TEXT = "lookup-text", "lookup.text"
_SEARCHED = "lookup.searched"  # what the last recorded search was for
_VEHICLE_FIELD = {Key.VIN: "vin", Key.PLATE: "license"}


def box() -> None:
    """Draw the search box, and below it what the last search found."""
    guard()
    # Streamlit forgets a field when its page is left; whoever comes back goes on where they were.
    st.session_state.setdefault(_FIELD, st.session_state.get(_TEXT, ""))
    with (
        st.form("lookup", border=False),
        st.container(horizontal=True, vertical_alignment="bottom", gap="small"),
    ):
        text = st.text_input(
            "Find a user",
            key=_FIELD,
            placeholder="Id, e-mail, phone, VIN, plate or name",
            type="search",
            autocomplete="off",
            width=460,
        )
        sent = st.form_submit_button("Find", icon=":material/search:", type="primary")
    st.session_state[_TEXT] = text or ""
    found = lookup.guesses(text or "")
    if not found:
        return
    if refused := _record(text or "", found, sent):
        states.note(refused)
        return
    loaded = sources.wait(_questions(found))
    answers = {name: held.value for name, held in loaded.held.items() if held.value is not None}
    people = lookup.people([(name, answer.frame) for name, answer in answers.items()], text or "")
    cut = _cut(answers)
    failures = list(loaded.errors.values())
    if failures:
        states.note(f"The search is incomplete. {failures[0].sentence}")
    if people.empty:
        if not failures:
            states.nothing(
                "Nobody was found.",
                f"The text was searched as {lookup.spoken(found)}. "
                "Ownli may match whole values only, capitals included.",
            )
        return
    if cut:
        most = max(answer.total_items for answer in cut)
        states.note(
            f"Ownli found {most:,} users for one part of this search; the newest {_MOST} of them "
            "were looked at. More letters narrow it down."
        )
    if len(people) == 1 and sent and not failures and not cut:
        navigation.go(links.user(str(people["id"].iloc[0])))
    tables.people(people)


def _cut(answers: dict[str, Any]) -> list[Any]:
    """The answers that hold only the newest of many, and so may lack the one looked for.

    Of a name of several words one whole half is enough: it tells the other half of everybody.
    """
    cut = [name for name, each in answers.items() if (each.total_items or 0) > len(each.frame)]
    halves = [name for name in answers if name in ("first name", "last name")]
    if len(halves) == 2 and " " in st.session_state.get(_TEXT, "").strip():
        whole = [name for name in halves if name not in cut]
        cut = [name for name in cut if not whole or name not in halves]
    return [answers[name] for name in cut]


def _record(text: str, found: list[Guess], sent: bool) -> str:
    """Write to the audit log by which kinds of key somebody searched, never the key itself.

    The sentence that says why a search has to wait, "" if it may go on: digits that are masked
    could be found by guessing.
    """
    if not sent and st.session_state.get(_SEARCHED) == text:
        return ""
    kinds = list(dict.fromkeys(guess.key for guess in found))
    if any(key not in (Key.ID, Key.NAME) for key in kinds) and (why := reveal.search_refused()):
        return why
    sign_in.note("search", keys=[key.value for key in kinds])
    st.session_state[_SEARCHED] = text
    return ""


def _questions(found: list[Guess]) -> dict[str, Any]:
    """One ticket for each question worth asking, named by what a hit would mean."""
    asked: dict[str, Any] = {}
    for guess in found:
        value = guess.value
        if guess.key is Key.ID:
            asked[f"id, {value}"] = _ask(("id", value), lambda c, v=value: c.user(v))
        elif guess.key is Key.EMAIL:
            asked["e-mail"] = _users("email", value)
        elif guess.key is Key.PHONE:
            asked["phone"] = _users("phone", value)
            if value.startswith("+"):
                asked["phone, exactly"] = _ask(
                    ("phone", value), lambda c, v=value: c.user_by_phone(v)
                )
        elif guess.key in _VEHICLE_FIELD:
            asked[guess.key.value] = _vehicles(_VEHICLE_FIELD[guess.key], value)
            if guess.key is Key.PLATE:
                asked[lookup.BY_PLATE] = _users("licensePlate", value)
        else:
            words = value.split()
            asked["first name"] = _users("firstName", words[0])
            asked["last name"] = _users("lastName", words[-1])
            if len(words) > 2:
                asked["last name, whole"] = _users("lastName", " ".join(words[1:]))
    return asked


def _users(field: str, value: str) -> Any:
    return _ask(
        ("users", field, value),
        lambda c: c.users_page(size=_MOST, search_by=field, search_value=value),
    )


def _vehicles(field: str, value: str) -> Any:
    return _ask(
        ("vehicles", field, value),
        lambda c: c.vehicles_page(size=_MOST, search_by=field, search_value=value),
    )


def _ask(key: tuple[object, ...], question: Any) -> Any:
    """Ask, with "not found" as an answer like any other: nobody."""

    def call(client: OwnliClient) -> Any:
        try:
            return question(client)
        except NotFound:
            return None

    return sources.briefly(("lookup", *key), call)
