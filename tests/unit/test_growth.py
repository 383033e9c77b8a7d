"""The users of past weeks."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from pages.analysis.metrics.users import users_at_week_ends


@given(st.integers(0, 10**6), st.lists(st.integers(0, 1000), min_size=2, max_size=14))
def test_each_week_adds_its_new_users_up_to_those_of_today(before, registered):
    total = before + sum(registered)
    ends = users_at_week_ends(total, pd.Series(registered))
    assert len(ends) == len(registered) - 1
    assert ends[0] == before + registered[0]
    assert ends[-1] == total - registered[-1]


def test_an_unknown_count_makes_the_past_unknown():
    assert users_at_week_ends(None, pd.Series([1, 2])) == []
    assert users_at_week_ends(5, pd.Series([1, None], dtype="Int64")) == []
