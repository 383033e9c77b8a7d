"""The page script: who is signed in decides between the sign-in page and the page asked for."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages import settings
from pages.access import (
    expiry_warning,
    incidents,
    page_state,
    password_change,
    sign_in,
    sign_in_form,
    single_sign_on,
)
from pages.access.rights import Person, Right
from pages.access.staff_file import StaffProblem
from pages.ui import brand, chrome, entrance

SIDEBAR_PIXELS = 220
HERE = Path(__file__).parent
# file (and address), title, icon, who finds it in the menu; each screen guards itself
SCREENS = (
    ("overview", "Overview", "dashboard", Right.SEE),
    ("users", "Users", "group", Right.SEE),
    ("user", "User", "person", None),
    ("check_ins", "Check-ins", "fact_check", Right.SEE),
    ("rewards", "Rewards", "redeem", Right.SEE),
    ("payouts", "Payouts", "payments", Right.SEE),
    ("weekly_report", "Weekly report", "summarize", Right.SEE),
    ("health", "Health", "monitor_heart", Right.HEALTH),
    ("audit_log", "Audit log", "history", Right.AUDIT),
    ("staff", "Staff", "badge", Right.STAFF),
)


def main() -> None:
    """One run: the address is settled first, so that it survives the sign-in."""
    st.set_page_config(
        page_title=entrance.PRODUCT,
        page_icon=brand.icon(),
        layout="wide",
        initial_sidebar_state=SIDEBAR_PIXELS,
    )
    try:
        app = settings.load()
        entrance.prepare(app)
        single_sign_on.arrive()
        person = sign_in.signed_in()
    except (settings.SettingsProblem, StaffProblem) as problem:
        navigation(None)
        brand.problem_page(entrance.PRODUCT, str(problem))
        return
    must_change = person is not None and sign_in.must_change_password()
    page = navigation(None if must_change else person)
    if person is None:
        sign_in_form.sign_in_page(
            lambda: head(app), lambda: entrance.demo_accounts(app), app.provider, page.url_path
        )
        return
    if must_change:  # its sign-in lives in this tab only: no cookie is left behind
        password_change.page(person, lambda: head(app))
        return
    st.set_page_config(page_title=f"{page.title} · {entrance.PRODUCT}")
    sign_in_form.keep_cookie()
    page_state.arrive(page.url_path)
    chrome.header(person, app)
    expiry_warning.watch()
    page.run()


def head(app: settings.AppSettings) -> None:
    """What stands above a form: the product's name and environment."""
    brand.head(entrance.PRODUCT, lambda: chrome.environment_badge(app))


def navigation(person: Person | None) -> st.Page:
    """Register every screen there is, whoever asks; the menu holds what this person may open."""
    pages = [
        st.Page(
            f"{name}.py",
            title=title,
            icon=f":material/{icon}:",
            url_path=name,
            default=name == "overview",
            visibility="visible" if person and right and person.may(right) else "hidden",
        )
        for name, title, icon, right in SCREENS
        if (HERE / f"{name}.py").exists()
    ]
    return st.navigation(pages, position="sidebar" if person else "hidden")


try:
    main()
except Exception as problem:  # noqa: BLE001 - whatever it is, the browser gets a number
    incidents.show(problem)
