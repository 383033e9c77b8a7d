"""Export buttons, by AppTest: made on click, looked up again, masked by right, recorded first."""

import csv
import io
import json

import pytest

from ownli_api.sandbox import Sandbox, World
from pages.access import device_cookie, sign_in
from pages.access.guard import Withheld
from pages.access.rights import Role
from pages.ui import exports


@pytest.fixture(scope="module")
def partner():
    with Sandbox(World.make(seed=7, users=60, weeks=8)) as sandbox:
        yield sandbox


@pytest.fixture
def offered(monkeypatch):
    """What the download buttons of the last run hold, by their key."""
    found = {}

    def button(label, *, data, key, disabled=False, **_):
        found[key] = (label, data, disabled)

    monkeypatch.setattr(exports.st, "download_button", button)
    return found


@pytest.fixture
def events(tmp_path):
    def events() -> list[dict]:
        lines = (tmp_path / "audit.jsonl").read_text().splitlines()
        return [line for line in map(json.loads, lines) if line["event"] == "export"]

    return events


@pytest.fixture
def check_ins(configure, visit, partner, offered):
    """The Check-ins page of a person of a role, with its export buttons kept."""
    configure(partner)

    def check_ins(role, **query):
        at = visit(role)
        at.switch_page("check_ins.py")
        for name, value in query.items():
            at.query_params[name] = value
        return at.run()

    return check_ins


def plates(data: bytes) -> set[str]:
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    return {row["Plate"] for row in rows if row["Plate"]}


def in_full(at, reason="ticket 4711"):
    next(one for one in at.toggle if one.key == "check-ins-full").set_value(True).run()
    if reason:
        next(one for one in at.text_input if one.key == "check-ins-reason").set_value(reason).run()
    return at


def test_nothing_is_made_before_the_click(check_ins, offered, monkeypatch):
    made = []
    monkeypatch.setattr(exports.export, "csv_bytes", lambda *a: made.append(a) or b"")
    check_ins("viewer")
    assert callable(offered["check-ins-csv"][1])
    assert not made
    offered["check-ins-csv"][1]()
    assert len(made) == 1


def test_nobody_elses_browser_gets_the_file_made(check_ins, offered, events):
    check_ins("viewer")
    make = offered["check-ins-csv"][1]
    for other in ("", "0" * 64):
        token = device_cookie.ASKER.set(other)
        with pytest.raises(Withheld, match="only for who opened"):
            make()
        device_cookie.ASKER.reset(token)
    assert make()
    assert len(events()) == 1


def test_the_file_has_all_rows_of_the_filter_and_the_button_says_how_many(
    check_ins, offered, events
):
    check_ins("viewer", kind="Mileage", period="4 weeks to date")
    label, make, _ = offered["check-ins-csv"]
    rows = list(csv.reader(io.StringIO(make().decode("utf-8-sig"), newline="")))
    count = len(rows) - 1
    assert count > 25  # more than the page of the table
    assert label == f"CSV ({count:,} rows)"
    assert {row[2] for row in rows[1:]} == {"Mileage"}
    line = events()[-1]
    assert (line["person"], line["what"], line["rows"]) == ("viewer", "check-ins", count)
    assert line["format"] == "csv"
    assert line["masked"] is True
    assert {"kind=Mileage", "period=4 weeks to date"} <= set(line["filters"])


def test_the_us_state_is_in_the_file_whether_or_not_it_is_filtered_by(check_ins, offered, partner):
    check_ins("viewer", kind="Mileage", period="12 weeks to date")
    rows = list(csv.DictReader(io.StringIO(offered["check-ins-csv"][1]().decode("utf-8-sig"))))
    states = {one.id: one.state for one in partner.world.vehicles.values()}
    cars = {one.id: one.vehicle_id for one in partner.world.check_ins.values()}
    told = [row for row in rows if row["US state"]]
    assert len(told) > 0.9 * len(rows)
    for row in told:
        assert row["US state"] == states[cars[row["Check-in id"]]]


def test_a_viewer_gets_masked_plates_and_no_switch_for_more(check_ins, offered, partner):
    at = check_ins("viewer")
    assert not [one for one in at.toggle if one.key == "check-ins-full"]
    found = plates(offered["check-ins-csv"][1]())
    assert found
    assert all(plate.startswith("•••") for plate in found)
    assert not found & {vehicle.license for vehicle in partner.world.vehicles.values()}


@pytest.mark.parametrize("role", ["analyst", "admin"])
def test_who_may_gets_it_in_full_with_a_reason_that_is_recorded(
    check_ins, offered, partner, events, role
):
    in_full(check_ins(role))
    found = plates(offered["check-ins-csv"][1]())
    assert found
    assert found <= {vehicle.license for vehicle in partner.world.vehicles.values()}
    line = events()[-1]
    assert (line["masked"], line["reason"], line["person"]) == (False, "ticket 4711", role)
    assert not any(plate in json.dumps(events()) for plate in found)


@pytest.mark.parametrize("reason", ["", "abc", "  a  b  "])
def test_without_a_reason_the_buttons_wait(check_ins, offered, reason):
    in_full(check_ins("analyst"), reason)
    assert offered["check-ins-csv"][2] is True


def test_who_lost_the_right_since_gets_nothing_in_full(check_ins, offered, staff, events):
    in_full(check_ins("analyst"))
    make = offered["check-ins-csv"][1]
    staff.change("analyst", role=Role.VIEWER)
    with pytest.raises(Withheld):
        make()
    assert not events_or_none(events)


def test_who_signed_out_gets_no_file(check_ins, offered):
    at = check_ins("viewer")
    make = offered["check-ins-csv"][1]
    next(one for one in at.button if one.key == "sign_out").click().run()
    with pytest.raises(Withheld):
        make()


def test_a_file_that_cannot_be_recorded_is_not_given_out(check_ins, offered, monkeypatch):
    check_ins("viewer")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sign_in.configured().trail, "write", full)
    with pytest.raises(Withheld, match="audit log cannot be written"):
        offered["check-ins-csv"][1]()


def test_what_somebody_writes_into_the_address_is_not_recorded(check_ins, offered, events):
    check_ins("viewer", period="4 weeks to date", note="jane@mail.com", status="jane@mail.com")
    offered["check-ins-csv"][1]()
    assert "jane" not in json.dumps(events())


def events_or_none(events) -> list[dict]:
    try:
        return events()
    except FileNotFoundError:
        return []


@pytest.fixture
def users(configure, visit, partner, offered):
    """The Users page of a person of a role, with its export opened."""
    configure(partner)

    def users(role, *, opened=True, **query):
        at = visit(role)
        at.switch_page("users.py")
        for name, value in query.items():
            at.query_params[name] = value
        if opened:
            at.session_state["users-export"] = True
        return at.run()

    return users


def test_all_users_are_read_only_once_the_export_is_opened(users, offered, partner):
    def sizes():
        return {one.query["size"] for one in partner.requests if one.path == "/api/users/list"}

    partner.forget()
    users("viewer", opened=False, sort="Phone")
    assert "users-csv" not in offered
    assert sizes() <= {"1", "25"}
    users("viewer", sort="Phone")
    assert "users-csv" in offered
    assert "500" in sizes()


def test_the_users_file_holds_every_user_masked_in_the_order_of_the_page(
    users, offered, partner, events
):
    users("viewer", sort="Last name", order="Ascending")
    label, make, _ = offered["users-csv"]
    everybody = partner.world.users
    assert len(everybody) > 25
    assert label == f"CSV ({len(everybody):,} rows)"
    rows = list(csv.DictReader(io.StringIO(make().decode("utf-8-sig"), newline="")))
    assert {row["User id"] for row in rows} == set(everybody)
    last_names = [everybody[row["User id"]].last_name for row in rows]
    assert last_names == sorted(last_names)
    shown = {row["E-mail"] for row in rows} | {row["Phone"] for row in rows}
    assert not shown & {user.email for user in everybody.values()}
    assert not shown & {user.phone for user in everybody.values()}
    line = events()[-1]
    assert (line["what"], line["rows"], line["masked"]) == ("users", len(everybody), True)


def test_the_users_file_holds_only_whom_the_filters_leave(users, offered, partner):
    for id in list(partner.world.users)[:3]:
        partner.world.amend(id, fraud=True)
    users("viewer", fraud="true")
    flagged = {id for id, user in partner.world.users.items() if user.fraud}
    rows = list(
        csv.DictReader(io.StringIO(offered["users-csv"][1]().decode("utf-8-sig"), newline=""))
    )
    assert {row["User id"] for row in rows} == flagged


def test_a_users_list_that_cannot_be_read_offers_no_file(users, offered, partner):
    nobody_read_before = {"registered_from": "2020-02-02"}
    users("viewer", opened=False, **nobody_read_before)
    partner.faults.add("500", "/api/users/list", times=None)
    try:
        at = users("viewer", **nobody_read_before)
    finally:
        partner.faults.clear()
    assert not at.exception
    assert "users-csv" not in offered
