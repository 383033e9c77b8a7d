"""Every number on the Overview is the one counted from the world behind it."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from ownli_api.sandbox import Sandbox, World
from tests.pages.reading import (
    assert_calm,
    everything,
    figures,
    loaded,
    note,
    numbers,
    plain,
    sentences,
    tile,
    value,
)
from tests.pages.truth import Money, Rate, Truth, Week, count, money

USERS = 300
WEEKS_OF_A_SPARKLINE = 12
CASES = [
    (3, "America/New_York"),
    (3, "Asia/Kolkata"),
    (19, "Asia/Kolkata"),
]
MEDIAN = "Median decision time"
TILES = (
    "Users",
    "New users",
    "Active users",
    "Check-ins submitted",
    "Confirmation rate",
    MEDIAN,
    "On hold now",
    "Rewards earned",
    "Outstanding rewards",
    "Payouts claimed",
)
CHANGING = {
    "New users": lambda truth, span: truth.new_users(span),
    "Active users": lambda truth, span: truth.active_users(span),
    "Check-ins submitted": lambda truth, span: len(truth.submitted(span)),
}
CHANGING_MONEY = {
    "Rewards earned": lambda truth, span: truth.earned(span),
    "Payouts claimed": lambda truth, span: truth.claimed(span),
}
STATUS_WORDS = {"On hold": "OnHold"}
FUNNEL = ("submitted", "decided", "confirmed", "rewarded", "claimed")


@dataclass
class Seen:
    """One Overview as it was shown, and the truth of the same moment."""

    truth: Truth
    week: Week
    values: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    tiles: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    at: Any = None

    @property
    def weeks(self) -> list[Week]:
        """The twelve complete weeks, oldest first."""
        weeks = [self.week]
        while len(weeks) < WEEKS_OF_A_SPARKLINE:
            weeks.append(weeks[-1].before)
        return weeks[::-1]


_sandboxes: dict[int, Sandbox] = {}
_seen: dict[tuple[int, str], Seen] = {}


@pytest.fixture(scope="module")
def sandboxes():
    """One running sandbox a seed, for all tests of this file."""
    yield _sandboxes
    for sandbox in _sandboxes.values():
        sandbox.stop()
    _sandboxes.clear()
    _seen.clear()


def partner(seed: int) -> Sandbox:
    if seed not in _sandboxes:
        _sandboxes[seed] = Sandbox(World.make(seed=seed, users=USERS)).start()
    return _sandboxes[seed]


@pytest.fixture(params=CASES, ids=lambda case: f"seed {case[0]}, {case[1]}")
def seen(request, sandboxes, configure) -> Seen:
    """The Overview of a world in a zone, opened once for all tests of this file."""
    seed, zone = request.param
    if request.param not in _seen:
        sandbox = partner(seed)
        configure(sandbox, REPORT_TIME_ZONE=zone)
        week = Week.last_complete(datetime.now(UTC), zone)
        at = loaded("overview")
        found = Seen(Truth(sandbox.world), week, text=everything(at), at=at)
        for label in TILES:
            if label not in [plain(one.label) for one in at.metric]:
                continue  # the first test below names it
            found.values[label] = value(at, label)
            found.notes[label] = note(at, label)
            found.tiles[label] = tile(at, label)
        _seen[request.param] = found
    return _seen[request.param]


def change(words: str) -> tuple[str, str]:
    """(absolute change as written, percent or whatever stands for it) of a tile's small type."""
    found = re.match(r"\s*([+\-−]?\$?[\d,.]+)[^(]*\(([^)]*)\)", words)
    assert found, words
    return found[1].replace("−", "-"), found[2].replace("−", "-")


def signed(text: str) -> str:
    """A change as the dashboard writes it: a plus before what grew."""
    return text if text.startswith(("-", "0", "$0.00")) else f"+{text}"


def assert_percent(words: str, now: int, before: int) -> None:
    """The percentage is right to the digits shown; on a base of 0 it says so."""
    if before == 0:
        assert "no base" in words
        return
    exact = Decimal(100 * (now - before)) / Decimal(before)
    assert abs(Decimal(re.sub(r"[%+,\s]", "", words)) - exact) <= half_a_digit(words)


def half_a_digit(words: str) -> Decimal:
    """Half of the last digit shown, and a little for the way halves are rounded."""
    shown = re.search(r"\d+(?:\.(\d+))?", words)
    assert shown, words
    return Decimal("0.500001").scaleb(-len(shown[1] or ""))


def hours_in(words: str) -> tuple[float, float]:
    """(hours, half of the smallest unit shown) of 13.2 h, 2 d 4 h or 35 min."""
    units = {"d": 24.0, "h": 1.0, "min": 1 / 60, "s": 1 / 3600}
    parts = re.findall(r"([\d.]+) ?(d|h|min|s)\b", words)
    assert parts, words
    last, unit = parts[-1]
    decimals = len(last.partition(".")[2])
    return (
        sum(float(number) * units[name] for number, name in parts),
        0.5001 * units[unit] * 10**-decimals,
    )


def test_the_overview_opens_with_every_tile(seen):
    assert_calm(seen.at)
    assert set(seen.values) == set(TILES)


def assert_change(words: str, difference: str, now: int, before: int) -> None:
    """The small type names the absolute change and the percentage, or that there is none."""
    if now == before:
        assert words.startswith("no change")
        return
    absolute, percent = change(words)
    assert absolute == signed(difference)
    assert_percent(percent, now, before)


def test_the_week_shown_is_the_last_complete_one(seen):
    assert seen.week.label in seen.text.replace("–", "-")


def test_users_are_all_there_are(seen):
    assert seen.values["Users"] == count(seen.truth.users())


@pytest.mark.parametrize("label", CHANGING)
def test_a_count_of_the_week_and_its_change_are_the_worlds(seen, label):
    now = CHANGING[label](seen.truth, seen.week.span)
    before = CHANGING[label](seen.truth, seen.week.before.span)
    assert seen.values[label] == count(now)
    assert_change(seen.notes[label], count(now - before), now, before)


@pytest.mark.parametrize("label", CHANGING_MONEY)
def test_dollars_of_the_week_and_their_change_are_the_worlds(seen, label):
    now: Money = CHANGING_MONEY[label](seen.truth, seen.week.span)
    before: Money = CHANGING_MONEY[label](seen.truth, seen.week.before.span)
    assert seen.values[label] == money(now.cents)
    difference = money(now.cents - before.cents)
    assert_change(seen.notes[label], difference, now.cents, before.cents)
    assert re.search(rf"\b{count(now.count)}\b", seen.notes[label].partition(")")[2])


def test_the_confirmation_rate_is_of_those_submitted_in_the_week(seen):
    rate = seen.truth.rate(seen.week.span)
    assert rate.enough, "the world is too small for this test"
    shown = seen.values["Confirmation rate"]
    assert shown.endswith("%")
    assert abs(Decimal(shown.rstrip("%")) - rate.percent) <= half_a_digit(shown)
    assert re.search(rf"\b{rate.undecided} undecided", seen.notes["Confirmation rate"])


def test_the_confirmation_rate_names_its_change(seen):
    rate, before = seen.truth.rate(seen.week.span), seen.truth.rate(seen.week.before.span)
    assert before.enough, "the world is too small for this test"
    points = rate.percent - before.percent
    said = seen.notes["Confirmation rate"].strip().removeprefix("no change")
    written = "0.0"
    if said == seen.notes["Confirmation rate"].strip():
        shown = re.match(r"([+\-−]?[\d.]+)", said)
        assert shown, said
        written = shown[1].replace("−", "-")
    assert abs(Decimal(written) - points) <= half_a_digit(written)


def test_the_median_time_is_of_those_decided_in_the_week(seen):
    median = seen.truth.median_hours(seen.week.span)
    assert median is not None, "the world is too small for this test"
    hours, half = hours_in(seen.values[MEDIAN])
    assert abs(hours - median) <= half
    help_text = seen.tiles[MEDIAN].proto.help
    assert "estimated from the last update" in help_text + seen.notes[MEDIAN]


def test_the_median_time_names_its_change(seen):
    now, before = (seen.truth.median_hours(week.span) for week in (seen.week, seen.week.before))
    assert now is not None
    assert before is not None
    words, percent = seen.notes[MEDIAN].rstrip(")").split(" (")
    hours, half = hours_in(words)
    assert abs(hours - abs(now - before)) <= half
    assert words.startswith("-") == (now < before)
    exact = Decimal(100 * (now - before) / before)
    assert abs(Decimal(percent.strip("+%")) - exact) <= half_a_digit(percent)


def test_every_lost_one_of_the_funnel_has_a_name(seen):
    [table] = [one.value for one in seen.at.dataframe if "stage" in one.value.columns]
    rows = table.to_dict("records")
    for before, row in pairwise(rows):
        assert row["lost"] == before["count"] - row["count"]
        named = [int(number) for number in re.findall(r"\d+", str(row["loss"]))]
        assert sum(named) == row["lost"], row
    submitted = seen.truth.by_status(seen.week.span)
    words = str(rows[1]["loss"])
    assert (f"still pending {submitted['Pending']}" in words) == (submitted["Pending"] > 0)
    assert (f"on hold {submitted['OnHold']}" in words) == (submitted["OnHold"] > 0)


def test_money_earned_and_claimed_a_week_is_the_worlds(seen):
    [table] = [one.value for one in seen.at.dataframe if "what" in one.value.columns]
    rows = table.to_dict("records")
    shown = {(row["bucket"], row["what"]): (row["count"], row["amount_cents"]) for row in rows}
    for week in seen.weeks:
        day = f"{week.monday:%b} {week.monday.day}, {week.monday.year}"
        for what, truth in (("earned", seen.truth.earned), ("claimed", seen.truth.claimed)):
            expected = truth(week.span)
            count_shown, dollars = shown[day, what]
            assert (count_shown, round(dollars * 100)) == (expected.count, expected.cents)


def test_on_hold_is_of_all_time(seen):
    assert seen.values["On hold now"] == count(seen.truth.on_hold())


def test_outstanding_is_of_all_time_and_says_as_of_when(seen):
    outstanding = seen.truth.outstanding()
    assert seen.values["Outstanding rewards"] == money(outstanding.cents)
    words = f"{seen.notes['Outstanding rewards']} {seen.tiles['Outstanding rewards'].proto.help}"
    assert re.search(rf"\b{count(outstanding.count)}\b", words)
    assert "as of" in words.lower()


def test_every_tile_explains_itself(seen):
    assert all(len(seen.tiles[label].proto.help) > 20 for label in TILES)


@pytest.mark.parametrize(
    ("label", "number"),
    [
        ("New users", lambda truth, span: truth.new_users(span)),
        ("Active users", lambda truth, span: truth.active_users(span)),
        ("Check-ins submitted", lambda truth, span: len(truth.submitted(span))),
        ("Rewards earned", lambda truth, span: truth.earned(span).cents / 100),
        ("Payouts claimed", lambda truth, span: truth.claimed(span).cents / 100),
    ],
)
def test_a_sparkline_holds_the_twelve_complete_weeks(seen, label, number):
    shown = list(seen.tiles[label].proto.chart_data)
    assert shown == pytest.approx([number(seen.truth, week.span) for week in seen.weeks])


def test_the_stacked_weeks_add_up_to_the_world_status_by_status(seen):
    start = seen.weeks[0].span[0]
    end = seen.week.span[1] + 7 * 24 * 3_600_000  # nothing lies behind the present
    truth = dict(seen.truth.by_status((start, end)))
    stacked = [one for one in figures(seen.at) if is_by_status(one)]
    assert len(stacked) == 1
    sums: dict[str, float] = {}
    for trace in stacked[0]["data"]:
        if trace["type"] != "bar":
            continue
        name = STATUS_WORDS.get(trace["name"], trace["name"])
        sums[name] = sums.get(name, 0) + sum(numbers(trace["y"]))
    assert {name: total for name, total in sums.items() if total} == truth


def is_by_status(figure: dict[str, Any]) -> bool:
    names = {trace.get("name") for trace in figure["data"]}
    return {"Confirmed", "Pending"} <= names


def test_nothing_fails_and_nothing_is_withheld_while_the_books_balance(seen):
    assert not [words for words in sentences(seen.at) if "could not" in words.lower()]


def test_the_funnel_holds_the_worlds_own_links(seen):
    submitted = seen.truth.submitted(seen.week.span)
    decided = [one for one in submitted if one.status in ("Confirmed", "Declined")]
    confirmed = [one for one in submitted if one.status == "Confirmed"]
    rewards = seen.truth.world.rewards
    linked = [rewards[one.reward_id] for one in confirmed if one.reward_id in rewards]
    rewarded = [one for one in linked if one.status in ("Confirmed", "Claimed")]
    claimed = [one for one in rewarded if one.status == "Claimed"]
    expected = dict(
        zip(FUNNEL, map(len, (submitted, decided, confirmed, rewarded, claimed)), strict=True)
    )
    assert funnel_of(seen) == expected


def funnel_of(seen: Seen) -> dict[str, int]:
    """Stage and count of the funnel, from the table beside its figure."""
    [table] = [one.value for one in seen.at.dataframe if "stage" in one.value.columns]
    rows = table.to_dict("records")
    drawn = [
        numbers(trace["x"])
        for figure in figures(seen.at)
        for trace in figure["data"]
        if trace.get("orientation") == "h"
    ]
    assert [row["count"] for row in rows] in drawn, "the figure and its table differ"
    return {row["stage"]: row["count"] for row in rows}


def test_the_longest_on_hold_is_named(seen):
    held = [one for one in seen.truth.world.check_ins.values() if one.status == "OnHold"]
    if not held:
        pytest.skip("nothing is on hold in this world")
    assert "on hold" in seen.text.lower()


def few(world: World) -> Rate:
    """The rate of the last complete week of New York in a world."""
    week = Week.last_complete(datetime.now(UTC), "America/New_York")
    return Truth(world).rate(week.span)


def test_below_thirty_decided_there_are_counts_and_no_percentage(configure):
    with Sandbox(World.make(seed=5, users=25)) as sandbox:
        configure(sandbox)
        rate = few(sandbox.world)
        assert 0 < rate.decided < 30, "the world does not suit this test"
        at = loaded("overview")
        shown = f"{value(at, 'Confirmation rate')} {note(at, 'Confirmation rate')}"
        assert "%" not in shown
        assert re.search(rf"\b{rate.confirmed}\b", shown)
        assert re.search(rf"\b({rate.decided}|{rate.declined})\b", shown)


def test_a_growth_from_nothing_has_no_base(configure):
    world = World(seed=1)
    world.register(at=datetime.now(UTC))
    week = Week.last_complete(datetime.now(UTC), "America/New_York")
    middle = datetime.fromtimestamp(sum(week.span) / 2 / 1000, UTC)
    for _ in range(3):
        world.submit_check_in(at=middle)
    with Sandbox(world) as sandbox:
        configure(sandbox)
        at = loaded("overview")
        assert_calm(at)
        assert value(at, "Check-ins submitted") == "3"
        assert "+3" in note(at, "Check-ins submitted")
        assert "no base" in note(at, "Check-ins submitted")
