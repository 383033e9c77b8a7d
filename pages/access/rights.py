"""The three roles and what each of them may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """A member of staff has exactly one."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    ADMIN = "admin"


class Right(StrEnum):
    """One thing a role allows; `SEE` is every screen of data with contact details masked."""

    SEE = "see"
    REVEAL = "reveal"
    EXPORT_UNMASKED = "export_unmasked"
    HEALTH = "health"
    AUDIT = "audit"
    STAFF = "staff"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.SEE}),
    Role.ANALYST: frozenset({Right.SEE, Right.REVEAL, Right.EXPORT_UNMASKED}),
    Role.ADMIN: frozenset(Right),
}


@dataclass(frozen=True)
class Person:
    """Who is signed in, as the staff file says at this moment; `name` is the username."""

    name: str
    full_name: str
    role: Role

    def may(self, right: Right) -> bool:
        """Whether this person's role includes the right."""
        return right in RIGHTS[self.role]
