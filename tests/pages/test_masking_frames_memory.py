"""The admin token leaves memory with the sign-in: nothing of the session's client holds it."""

import gc
import time
import types

import pytest

from ownli_api.sandbox import Sandbox, World
from ownli_api.sandbox.tokens import Mint
from pages.access import sign_in
from pages.ui import sources

MODULES = (types.ModuleType, type, types.FunctionType, types.BuiltinFunctionType, types.CodeType)


@pytest.fixture
def tokens(monkeypatch):
    handed: list[str] = []
    make = Mint.make

    def noted(*args, **kwargs):
        token = make(*args, **kwargs)
        handed.append(token.text)
        return token

    monkeypatch.setattr(Mint, "make", noted)
    return handed


def holds(root: object, text: str) -> bool:
    """Whether a text is anywhere in what an object holds, however deep."""
    seen, waiting = {id(root)}, [root]
    while waiting:
        for one in gc.get_referents(waiting.pop()):
            if id(one) in seen or isinstance(one, MODULES):
                continue
            seen.add(id(one))
            if isinstance(one, str | bytes | bytearray):
                if text.encode() in (one.encode() if isinstance(one, str) else bytes(one)):
                    return True
            else:
                waiting.append(one)
    return False


@pytest.mark.parametrize("ending", ["sign_out", "idle", "disabled"])
def test_when_a_sign_in_ends_its_client_holds_no_token(configure, visit, staff, tokens, ending):
    with Sandbox(World.make(seed=7, users=20, weeks=3)) as partner:
        configure(partner)
        at = visit("admin", "users")
        client = at.session_state[sources._CLIENT]
        assert any(holds(client, token) for token in tokens), "the search finds no token at all"
        if ending == "sign_out":
            next(one for one in at.button if one.key == "sign_out").click()
        elif ending == "idle":
            sign_in.configured().register.find(at.session_state[sign_in.LOGIN]).seen -= 3600
        else:
            staff.change("admin", disabled=True)
        at.run()
        assert sources._CLIENT not in at.session_state
        until = time.monotonic() + 10
        while any(holds(client, token) for token in tokens) and time.monotonic() < until:
            time.sleep(0.2)  # a question that was under way may still be using it
        assert not any(holds(client, token) for token in tokens)
