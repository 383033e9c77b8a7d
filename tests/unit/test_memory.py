"""Numbers are computed once a version, and never mixed up between versions, filters or calls."""

import pandas as pd

from pages.analysis.periods import Calendar, Period
from pages.ui.memory import Memory

FRAME = pd.DataFrame({"n": [1, 2, 3]})


class Counter:
    """Counts how often something is really computed."""

    def __init__(self):
        self.calls = 0

    def total(self, frame, *words, by="n"):
        self.calls += 1
        return (int(frame[by].sum()), *words)


def test_the_same_facts_are_computed_once():
    counter = Counter()
    for _ in range(3):
        assert Memory("host", {"rewards": (1, 3)})(counter.total, FRAME, "once") == (6, "once")
    assert counter.calls == 1


def test_another_version_filter_zone_or_argument_is_computed_anew():
    counter = Counter()
    zone, period = Calendar("UTC"), Period.of_key("2026-W47")
    Memory("h", {"rewards": (1, 3)}, zone, period)(counter.total, FRAME, "anew")
    Memory("h", {"rewards": (2, 3)}, zone, period)(counter.total, FRAME, "anew")
    Memory("h", {"rewards": (1, 3)}, Calendar("Asia/Kolkata"), period)(counter.total, FRAME, "anew")
    Memory("h", {"rewards": (1, 3)}, zone, Period.of_key("2026-W46"))(counter.total, FRAME, "anew")
    Memory("h", {"rewards": (1, 3)}, zone, period)(counter.total, FRAME, "other")
    Memory("h", {"rewards": (1, 3)}, zone, period)(counter.total, FRAME, "anew", by="n")
    Memory("other", {"rewards": (1, 3)}, zone, period)(counter.total, FRAME, "anew")
    assert counter.calls == 7
