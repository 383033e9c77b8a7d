"""The search for claims ends where Ownli stops counting, and after a bounded number of requests."""

from __future__ import annotations

import pandas as pd
import pytest

from ownli_api.cache.draft import Draft
from ownli_api.cache.given_up import GivenUp
from ownli_api.cache.guesses import Guesses
from ownli_api.cache.loading import Loading
from ownli_api.cache.questions import Questions
from ownli_api.cache.reward_changes import CLAIMED, CONFIRMED, TIME, RewardChanges
from tests.unit import cache_fakes as fakes
from tests.unit.cache_fakes import FakeClient, World

ROWS = 10_000


class Deaf:
    """Looks into whatever is guessed, and finds nothing."""

    refused = False

    def ask(self, owners) -> None:
        assert owners

    def absorb_confirmed(self, span, listing) -> None:
        assert len(listing.frame)

    def absorb_claimed(self, listing) -> None:
        del listing


class Counting(FakeClient):
    """Counts spans by a rule of the test's."""

    def __init__(self, world: World, of_span) -> None:
        super().__init__(world)
        self._of_span = of_span

    def count_rewards(self, *, rewarded=None, status="All"):
        return self._of_span(super().count_rewards(rewarded=rewarded, status=status))


def searched(of_span) -> tuple[Counting, Questions]:
    """A search for one claim among many users of one reward each, every other one Claimed."""
    ids = [f"R{number:05}" for number in range(2 * ROWS)]
    held = fakes.rewards(ids)
    held["status"] = pd.Categorical([CONFIRMED, CLAIMED] * ROWS)
    client = Counting(World(rewards=held), of_span)
    questions = Questions(client, Loading("rewards", client))
    draft = Draft(held, time=TIME, key=("id",), group="status")
    changes = RewardChanges(questions, draft, GivenUp(), None, lambda listing: None)
    Guesses(changes, questions, draft, Deaf(), confirmed=ROWS - 1, claimed=ROWS + 1).run()
    pd.testing.assert_frame_equal(draft.frame(), held)
    return client, questions


def test_a_count_that_is_missing_ends_the_search():
    client, _ = searched(lambda counted: None)
    assert client.asked["count_rewards"] == 1


@pytest.mark.parametrize("off", [0, 1, -1])
def test_counts_that_lead_nowhere_end_the_search_after_few_requests(off):
    _, questions = searched(lambda counted: max(0, counted + off))
    assert questions.requests < 100
