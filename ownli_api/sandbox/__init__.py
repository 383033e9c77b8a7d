"""A stand-in Ownli on loopback, written from its public documentation: the demo and the tests."""

from ownli_api.sandbox.facts import Address, CheckIn, Payout, Policy, Reward, User, Vehicle
from ownli_api.sandbox.faults import Faults, Rule
from ownli_api.sandbox.server import Sandbox, Seen
from ownli_api.sandbox.world import Event, World

__all__ = [
    "Address",
    "CheckIn",
    "Event",
    "Faults",
    "Payout",
    "Policy",
    "Reward",
    "Rule",
    "Sandbox",
    "Seen",
    "User",
    "Vehicle",
    "World",
]
