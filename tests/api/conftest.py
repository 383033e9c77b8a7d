"""A stand-in Ownli for the tests that talk HTTP."""

from collections.abc import Iterator

import pytest

from ownli_api import http
from ownli_api.cache import Lists
from ownli_api.client import OwnliClient
from ownli_api.sandbox import Sandbox, World
from ownli_api.settings import Settings
from tests.api.cache_tools import MADE_AT, Hand, lists_at, read


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries follow at once: what is tested is what they ask, not how long they wait."""
    monkeypatch.setattr(http, "RETRY", http.RETRY.new(backoff_factor=0, backoff_jitter=0))


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A small world of about sixty users, without faults, for one test."""
    with Sandbox(World.make(seed=7, users=60, now=MADE_AT)) as server:
        yield server


@pytest.fixture(scope="session")
def busy_sandbox() -> Iterator[Sandbox]:
    """The default world, shared: look, do not change."""
    with Sandbox(World.make(now=MADE_AT)) as server:
        yield server


@pytest.fixture
def client_settings(sandbox: Sandbox) -> Settings:
    """The client's settings for `sandbox`."""
    return Settings(
        base_url=sandbox.base_url,
        partner_id=sandbox.partner_id,
        client_id=sandbox.client_id,
        client_secret=sandbox.client_secret,
    )


@pytest.fixture
def client(client_settings: Settings) -> Iterator[OwnliClient]:
    """A client of `sandbox` with a pace of its own."""
    client = OwnliClient(client_settings)
    yield client
    client.close()


@pytest.fixture
def hand(sandbox: Sandbox) -> Hand:
    """The clock of `sandbox`'s world, moved by hand."""
    return Hand(sandbox.world.now())


@pytest.fixture
def lists(sandbox: Sandbox, client: OwnliClient, hand: Hand) -> Lists:
    """Lists that hold everything, two minutes ago; requests are counted from here on."""
    lists = lists_at(hand)
    read(lists, client)
    hand.forward(minutes=2)
    sandbox.forget()
    return lists
