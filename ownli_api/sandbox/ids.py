"""Opaque ids in Ownli's spelling, `XT_` and letters: unique, reproducible, in no order."""

from ownli_api.sandbox.facts import CONDITION, MILEAGE, PROOF_OF_ADDRESS

BITS = 40
MASK = (1 << BITS) - 1
ODD = 0x9E3779B97F  # an odd factor makes n -> n * ODD a bijection of the 40-bit numbers
SEED_STRIDE = 0x5851F42D4C

CHECK_IN_PREFIX = {MILEAGE: "XT_MCHK", CONDITION: "XT_CCHK", PROOF_OF_ADDRESS: "XT_ACHK"}


class Ids:
    """Hands out ids; the same ones in the same order for the same seed."""

    def __init__(self, seed: int) -> None:
        self._offset = seed * SEED_STRIDE
        self.used = 0
        self.users = 0
        self.vehicles = 0
        self.grants = 0
        self.phones: dict[str, int] = {}  # by state: numbers handed out, less one

    def _next(self) -> int:
        self.used += 1
        return (self.used * ODD + self._offset) & MASK

    def user(self) -> str:
        """A new user id."""
        return f"XT_USR{self._next():010X}"

    def vehicle(self) -> str:
        """A new vehicle id, spelled like the documentation's `XT_IVEHABC123`."""
        return f"XT_IVEH{self._next():010X}"

    def check_in(self, kind: str) -> str:
        """A new check-in id."""
        return f"{CHECK_IN_PREFIX[kind]}{self._next():010X}"

    def reward(self) -> str:
        """A new reward id."""
        return f"XT_RWD{self._next():010X}"

    def payout(self) -> str:
        """A new payout id, spelled like the documentation's `XT_PAYABC123`."""
        return f"XT_PAY{self._next():010X}"

    def payment_reference(self) -> str:
        """The number a user quotes to support."""
        return f"REF-{self._next():010X}"
