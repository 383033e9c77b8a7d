"""Guessing passwords gets slower, the same for names there are and are not, and never for ever."""

from __future__ import annotations

import json
import statistics
import time

from .attacker import PASSWORD, Attacker, together
from .conftest import attempt, exhaust


def reworded(words: str) -> str:
    """A message without its numbers."""
    return "".join("9" if c.isdigit() else c for c in words)


def test_after_five_failures_the_right_password_has_to_wait_on_any_device(place):
    words = exhaust(place, "leaver")
    assert len(set(words)) == 1, "the words told that a limit came near"
    guesser = place.visitor().open()
    told = attempt(guesser, "leaver", PASSWORD)
    assert told
    assert told != words[0], "nothing says that it is a matter of time"
    guesser.connect().run()
    assert reworded(attempt(guesser, "leaver", PASSWORD)) == reworded(told)
    assert not guesser.is_inside()


def test_names_there_are_and_are_not_get_the_same_words_and_the_same_delay(place):
    def tried(name: str) -> list[str]:
        visitor = place.visitor().open()
        return [reworded(attempt(visitor, name)) for _ in range(7)]

    known, unknown, strange = together(tried, ("changed", "nobody-at-all", "ADMIN'--\n{}"))
    assert known == unknown
    assert len(set(known)) == 2, "nobody was delayed"
    assert set(strange) <= {*known, ""}


def test_names_there_are_and_are_not_take_the_same_time(place):
    def seconds(name: str) -> float:
        visitor = place.visitor().open()
        fields = {e.label: e.id for e in visitor.elements("text_input")}
        button = visitor.id_of("button", "Sign in")
        values = {fields["Username"]: name, fields["Password"]: "wrong horse battery"}
        started = time.perf_counter()
        visitor.forget().run(values=values, click=button, quiet=0)
        return time.perf_counter() - started

    known = [seconds("timed") for _ in range(4)]
    unknown = [seconds(f"nobody-{n}") for n in range(4)]
    ratio = statistics.median(known) / statistics.median(unknown)
    assert 0.4 < ratio < 2.5, (known, unknown)
    assert min(*known, *unknown) > 0.05, "no password was checked at all"


def test_a_device_that_fails_on_many_names_has_to_wait_as_well(place):
    sprayer = place.visitor().open()
    for name in ("a-1", "b-2", "c-3", "d-4", "e-5"):
        attempt(sprayer, name)
    told = attempt(sprayer, "viewer", PASSWORD)
    assert not sprayer.is_inside()
    assert "name or the password is not right" not in told
    assert place.signed_in("viewer").is_inside(), "the name was punished instead of the device"


def test_a_browser_without_a_device_cookie_is_not_free_to_guess(place):
    def guess(password: str) -> Attacker:
        guesser = place.visitor()
        guesser.connect().run()
        attempt(guesser, "bare", password)
        return guesser

    together(guess, ["wrong horse battery"] * 5)
    assert not guess(PASSWORD).is_inside()


def test_wrong_passwords_and_hostile_names_leave_one_clean_line_each_in_the_audit_log(place):
    visitor = place.visitor().open()
    typed = 'nobody"}\n{"event": "sign_in", "person": "admin"}\x1b[31m'
    attempt(visitor, typed, "typed-secret-password")
    lines = (place.folder / "audit.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    assert any(event["event"] != "sign_in" for event in events)
    assert not [e for e in events if set(e) == {"event", "person"}]
    assert "typed-secret-password" not in place.written()
    assert "wrong horse battery" not in place.written()


def test_who_may_not_reveal_cannot_find_a_phone_by_trying_numbers(place):
    tab = place.signed_in("curious").go("users")

    def search(digits: str) -> str:
        field = tab.id_of("text_input", "Find a user")
        tab.forget().forge({field: ("string", f"+1555{digits}4567")}, page="users")
        return " ".join(text for _, text in tab.said())

    told = [search(f"{n:03d}") for n in range(23)]
    refused = [n for n, text in enumerate(told) if "Too many searches" in text]
    assert refused == [20, 21, 22]
    other = place.visitor(tab.cookies()).open("users")
    field = other.id_of("text_input", "Find a user")
    other.forget().forge({field: ("string", "+15550004567")}, page="users")
    assert "Too many searches" in " ".join(text for _, text in other.said())
    lines = (place.folder / "audit.jsonl").read_text().splitlines()
    events = [e["event"] for e in map(json.loads, lines) if e["person"] == "curious"]
    assert (events.count("search"), events.count("search_limited")) == (20, 1)


def test_the_delay_ends_by_itself(place, guessed):
    # The last of the tests above ran well after the guesses; what is left is seconds.
    until = guessed + 70
    visitor = place.visitor().open()
    while attempt(visitor, "victim", PASSWORD) and time.monotonic() < until:
        time.sleep(0.5)
    assert visitor.is_inside()
