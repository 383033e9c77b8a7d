"""A stand-in Ownli for the tests that talk HTTP."""

from collections.abc import Iterator

import pytest

from ownli_api.sandbox import Sandbox, World


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A small world of about sixty users, without faults, for one test."""
    with Sandbox(World.make(seed=7, users=60)) as server:
        yield server


@pytest.fixture(scope="session")
def busy_sandbox() -> Iterator[Sandbox]:
    """The default world, shared: look, do not change."""
    with Sandbox(World.make()) as server:
        yield server


@pytest.fixture
def client_settings(sandbox: Sandbox):
    """The client's settings for `sandbox`."""
    from ownli_api.settings import Settings

    return Settings(
        base_url=sandbox.base_url,
        partner_id=sandbox.partner_id,
        client_id=sandbox.client_id,
        client_secret=sandbox.client_secret,
    )
