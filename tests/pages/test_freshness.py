"""What a screen says of the lists behind it: refreshed at most so often, and never half a sum."""

import time
from dataclasses import replace

import pytest

from ownli_api.sandbox import Sandbox, World
from pages.ui import sources
from tests.pages.reading import everything, loaded, note, opened, plain


@pytest.fixture(scope="module")
def partner():
    with Sandbox(World.make(seed=31, users=40, weeks=14)) as sandbox:
        yield sandbox


def test_refresh_asks_ownli_once_however_fast_it_is_pressed(configure, partner, monkeypatch):
    configure(partner)
    monkeypatch.setattr(sources, "REFRESH_PAUSE_SECONDS", 60.0)
    at = loaded("overview")
    for presses in (1, 2, 3):
        next(one for one in at.button if one.label == "Refresh").click().run()
        if presses == 1:
            until_quiet()
            partner.forget()
        assert bool(at.toast) == (presses > 1)
    assert partner.requests == []
    assert "asked a moment ago" in at.toast[0].value
    monkeypatch.setattr(sources, "REFRESH_PAUSE_SECONDS", 0.0)
    next(one for one in at.button if one.label == "Refresh").click().run()
    until_quiet()
    assert partner.requests


def until_quiet() -> None:
    deadline = time.monotonic() + 20
    while sources.refreshing():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("name", "screen", "tiles"),
    [
        ("check_ins", "overview", ["Check-ins submitted", "Active users", "On hold now"]),
        ("rewards", "overview", ["Rewards earned", "Outstanding rewards"]),
        ("payouts", "overview", ["Payouts claimed"]),
        ("rewards", "rewards", ["Earned in the period", "Outstanding now", "Confirmed"]),
        ("payouts", "payouts", ["Claimed in the period"]),
    ],
)
def test_a_sum_over_a_list_that_is_not_whole_says_so(
    configure, partner, monkeypatch, name, screen, tiles
):
    configure(partner)
    loaded("overview")
    shared = sources._shared
    monkeypatch.setattr(
        sources,
        "_shared",
        lambda of, held: replace(shared(of, held), complete=of != name, undated=0),
    )
    at = opened(screen)
    words = f"not all {name.replace('_', '-')} are read"
    for tile in tiles:
        assert "at least" in note(at, tile), tile
        assert words in note(at, tile), tile
    captions = [plain(one.value).lower() for one in at.caption]
    assert sum(words in one for one in captions) > len(tiles), "no figure says so"
    assert everything(at)
