"""One user's page: who it is, their vehicles, and one timeline of everything that happened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

import pandas as pd
import streamlit as st

from ownli_api import NotFound, frames
from ownli_api.cache import Handle
from pages.access import masking, page_state, reveal
from pages.access.escaping import inert
from pages.access.guard import guard, guarded, rerun_by_timer
from pages.access.rights import Right
from pages.analysis import wording
from pages.ui import photos, sources, states, tables
from pages.ui.sources import Loaded

_PER_PAGE = 20
# How often a revealed person's page looks whether it is time to mask them again.
_LOOK_SECONDS = 10.0
# Statuses of a check-in that leave its user with a question.
_EXPLAINED = ("Declined", "OnHold")
_FACTS = (
    ("E-mail", "email"),
    ("Phone", "phone"),
    ("Street", "street"),
    ("Policy", "policy_number"),
)
_MASKS: dict[str, Callable[[Any], Any]] = {
    "email": masking.email,
    "phone": masking.phone,
    "street": masking.street,
    "policy_number": masking.policy_number,
}
_KINDS_OF_VEHICLE = ("mileage", "condition")
_ICON = {
    "check_in": ":material/fact_check:",
    "reward": ":material/redeem:",
    "payout": ":material/payments:",
}
_COLOUR: dict[str, Literal["green", "blue", "gray", "orange", "red"]] = {
    "Confirmed": "green",
    "Claimed": "blue",
    "Pending": "gray",
    "OnHold": "orange",
    "Declined": "red",
}


def load(user_id: str) -> Loaded:
    """Everything about one user, section by section side by side; each may fail alone."""
    first: dict[str, Handle] = {
        "user": sources.briefly(("user", user_id), lambda c: c.user(user_id)),
        "summary": sources.briefly(("summary", user_id), lambda c: c.user_summary(user_id)),
        "rewards": sources.briefly(("rewards", user_id), lambda c: c.user_rewards(user_id)),
        "payouts": sources.briefly(("payouts", user_id), lambda c: c.user_payouts(user_id)),
        "proof_of_address": sources.briefly(
            ("proof_of_address", user_id), lambda c: c.user_check_ins(user_id)
        ),
    }
    loaded = sources.wait(first)
    second: dict[str, Handle] = {}
    for vehicle in _vehicles(loaded):
        for kind in _KINDS_OF_VEHICLE:
            second[f"{kind} {vehicle.id}"] = _check_ins_of(vehicle.id, kind)
    more = sources.wait(second)
    loaded.held |= more.held
    loaded.errors |= more.errors
    return loaded


def _check_ins_of(vehicle_id: str, kind: str) -> Handle:
    """The question for one vehicle's check-ins of one kind."""
    return sources.briefly(
        ("check_ins", vehicle_id, kind), lambda c: c.vehicle_check_ins(vehicle_id, kind)
    )


def _vehicles(loaded: Loaded) -> list[Any]:
    summary = loaded.value("summary")
    return list(summary.vehicles or ()) if summary is not None else []


def unknown(loaded: Loaded, user_id: str) -> bool:
    """Whether Ownli has no such user; says so in place."""
    if not isinstance(loaded.errors.get("user"), NotFound):
        return False
    states.nothing(f"No user has the id {user_id}.", "Check the link, or search in Users.")
    return True


def head(loaded: Loaded) -> None:
    """Name, id with a copy button, registration, flags, and masked contact details."""
    user = loaded.value("user").frame.iloc[0]
    page_state.opened(str(user["id"]))
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.header(inert(wording.name(user["name"])), anchor=False)
            if user["fraud"] is not pd.NA and bool(user["fraud"]):
                st.badge("Fraud flag", icon=":material/flag:", color="red")
            st.space("stretch")
            st.code(str(user["id"]), language=None, width="content")
        shown = reveal.seconds_left(str(user["id"])) > 0
        st.fragment(_contact, run_every=_LOOK_SECONDS if shown else None)(user, shown)


@guarded(activity=False)
def _contact(user: pd.Series[Any], was_shown: bool) -> None:
    """Contact details: masked, or in full for as long as they are revealed to this session."""
    user_id = str(user["id"])
    shown = reveal.seconds_left(user_id) > 0
    if was_shown and not shown:
        rerun_by_timer()
    read = {} if shown else _MASKS
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        for label, name in _FACTS:
            _fact(label, read.get(name, _as_it_is)(user[name]))
        _fact("City", _place(user))
        _fact("Registered", wording.moment(user["registered_at"], sources.calendar()))
        st.space("stretch")
        _reveal_button(user_id, shown)


def _as_it_is(value: object) -> object:
    return value


def _reveal_button(user_id: str, shown: bool) -> None:
    """For those who may: show this person's contact details, or hide them again."""
    if not guard(activity=False).may(Right.REVEAL):
        return
    if shown:
        st.button(
            "Hide contact details",
            icon=":material/visibility_off:",
            on_click=reveal.hide,
            args=(user_id,),
            key="hide-contact",
        )
    elif st.button("Reveal", icon=":material/visibility:", key="reveal-contact"):
        _reveal_dialog(user_id)


@st.dialog("Reveal contact details")
@guarded(Right.REVEAL)
def _reveal_dialog(user_id: str) -> None:
    """Asks for the reason that the audit log keeps."""
    st.text("E-mail, phone, street and policy number are shown to you for five minutes.")
    with st.form("reveal-reason", border=False):
        reason = st.text_input("Reason", placeholder="For example the number of the ticket")
        if st.form_submit_button("Reveal", type="primary"):
            try:
                reveal.reveal(user_id, reason or "")
            except reveal.ReasonMissing as missing:
                st.error(inert(str(missing)))
            else:
                st.rerun()


def _fact(label: str, value: object) -> None:
    """A small label over a value, both as plain text."""
    with st.container(width="content", gap=None):
        st.caption(label)
        st.text(wording.text(value))


def _place(user: pd.Series[Any]) -> str:
    known = [str(user[name]) for name in ("city", "state") if pd.notna(user[name])]
    return ", ".join(known) or wording.UNKNOWN


def lists(loaded: Loaded) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """This user's check-ins, rewards and payouts; an unavailable one is empty and named above."""
    parts = [
        held.value[0].frame
        for name, held in loaded.held.items()
        if name == "proof_of_address" or name.split()[0] in _KINDS_OF_VEHICLE
    ]
    # A category column keeps its type only among equals, so it is set again after joining.
    check_ins = pd.concat([sources.empty("check_ins"), *parts]).astype(frames.CHECK_INS)
    # One that two vehicles list is one; those of two kinds with one id are two.
    check_ins = check_ins.drop_duplicates(["kind", "id"], keep="last")
    rewards, payouts = loaded.value("rewards"), loaded.value("payouts")
    return (
        check_ins.reset_index(drop=True),
        sources.empty("rewards") if rewards is None else rewards.frame,
        sources.empty("payouts") if payouts is None else payouts.frame,
    )


def vehicles(loaded: Loaded) -> None:
    """The user's vehicles with plate and VIN masked."""
    st.subheader("Vehicles", anchor=False)
    if not loaded.has("summary"):
        return
    owned = _vehicles(loaded)
    if not owned:
        states.nothing("This user has no vehicle.")
        return
    rows = [
        {
            "id": vehicle.id,
            "name": " ".join(filter(None, (vehicle.make, vehicle.model))) or None,
            "state": vehicle.state,
            "license": vehicle.license,
            "vin": vehicle.vin,
        }
        for vehicle in owned
    ]
    tables.vehicles(pd.DataFrame(rows))


def timeline(loaded: Loaded, events: pd.DataFrame, now: datetime) -> None:
    """Everything newest first; a declined or held check-in says why and what comes next."""
    st.subheader("Timeline", anchor=False)
    failed = [name for name in loaded.errors if name not in ("user", "summary")]
    if failed:
        states.note(
            "Not everything is on this timeline: "
            + "; ".join(f"{states.noun(name)} could not be loaded" for name in failed)
            + "."
        )
    if events.empty:
        states.nothing("Nothing has happened yet.", "No check-in, reward or payout is known.")
        return
    pages = max(1, -(-len(events) // _PER_PAGE))
    number = min(st.pagination(pages, key="timeline-page"), pages) if pages > 1 else 1
    start = (number - 1) * _PER_PAGE
    pictures = photos.album(loaded, str(loaded.value("user").frame["id"].iloc[0]))
    with st.container(border=True):
        for event in events.iloc[start : start + _PER_PAGE].itertuples():
            _event(event, now, pictures)


def _event(event: Any, now: datetime, pictures: photos.Album) -> None:
    """One line of the timeline, and for a check-in that needs it, the note and the next step."""
    zone = sources.calendar()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(_ICON[event.what], width="content")
        st.text(event.title, width="content")
        if pd.notna(event.status):
            st.badge(inert(wording.status(event.status)), color=_COLOUR.get(event.status, "gray"))
        if pd.notna(event.amount_cents):
            st.text(wording.money(int(event.amount_cents)), width="content")
        st.space("stretch")
        if event.what == "check_in":
            pictures.button(str(event.kind), str(event.id))
        st.caption(inert(_when(event.at, now, zone)), width="content")
    if event.what == "check_in":
        pictures.show(str(event.kind), str(event.id))
    if event.what == "check_in" and event.status in _EXPLAINED:
        with st.container(border=True, gap="xxsmall"):
            st.text(wording.note(event.note))
            meaning = " ".join(str(w) for w in (event.meaning, event.next_step) if pd.notna(w))
            if meaning:
                st.caption(inert(meaning))


def _when(at: object, now: datetime, zone: Any) -> str:
    if wording.is_missing(at):
        return "no date"
    return f"{wording.moment(at, zone)} ({wording.ago(at, now)})"
