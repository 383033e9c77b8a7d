"""A stand-in Ownli on loopback, written from its public documentation: the demo and the tests."""

from ownli_api.sandbox.faults import Faults
from ownli_api.sandbox.server import Sandbox
from ownli_api.sandbox.world import World

__all__ = ["Faults", "Sandbox", "World"]
