"""Every error is one sentence that any thread can raise again."""

from __future__ import annotations

import inspect
import pickle

from ownli_api import errors
from ownli_api.errors import NotFound, OwnliError, RateLimited


def test_every_error_can_be_raised_again_and_pickled():
    kinds = [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, OwnliError) and not kind.__name__.startswith("_")
    ]
    assert len(kinds) > 10
    for kind in kinds:
        error = kind("One sentence.")
        for same in (error.again(), pickle.loads(pickle.dumps(error))):
            assert type(same) is kind
            assert str(same) == same.sentence == "One sentence."
    limited = RateLimited("Slow.", 5).again()
    assert (limited.retry_after_seconds, str(limited)) == (5, "Slow.")
    assert NotFound("No.", "ERROR_X", 404).again().error_code == "ERROR_X"
