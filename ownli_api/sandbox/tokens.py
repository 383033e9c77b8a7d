"""Admin and user tokens, spelled like the documentation's sample: JSON Web Tokens."""

import base64
import json
import secrets
from dataclasses import dataclass

ADMIN = "admin"
SCOPES = (ADMIN, "user")
HEADER = {"alg": "HS256", "typ": "JWT"}


@dataclass(frozen=True, slots=True)
class Token:
    """A token as its holder gets it; `expires` is in seconds since 1970."""

    text: str
    scope: str
    expires: float


class Mint:
    """Makes tokens and knows those it made."""

    def __init__(self, partner_id: str) -> None:
        self._partner_id = partner_id
        self._made: dict[str, Token] = {}

    def __repr__(self) -> str:
        return "Mint(hidden)"

    def make(self, scope: str, now: float, lives: float) -> Token:
        """A token of that scope, good for `lives` seconds from `now` (seconds since 1970)."""
        claims = {"sub": self._partner_id, "scope": scope, "iat": now, "exp": now + lives}
        parts = [json.dumps(one).encode() for one in (HEADER, claims)] + [secrets.token_bytes(32)]
        text = ".".join(base64.urlsafe_b64encode(one).rstrip(b"=").decode() for one in parts)
        self._made[text] = Token(text, scope, now + lives)
        return self._made[text]

    def scope_of(self, text: str, now: float) -> str | None:
        """The scope of a token; None when it is forged, expired or no token at all."""
        token = self._made.get(text)
        return token.scope if token is not None and token.expires > now else None

    def forget(self) -> None:
        """From now on every token made so far is refused."""
        self._made.clear()
