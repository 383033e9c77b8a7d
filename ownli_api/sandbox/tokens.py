"""Admin and user tokens: JSON Web Tokens signed with HS256, as the documentation's sample is."""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass

ADMIN = "admin"
USER = "user"
SCOPES = (ADMIN, USER)
HEADER = {"alg": "HS256", "typ": "JWT"}


@dataclass(frozen=True, slots=True)
class Token:
    """A token as its holder gets it; `lives` is in seconds."""

    text: str
    scope: str
    lives: float


class Mint:
    """Makes tokens and tells its own valid ones from all others; keeps none of them."""

    def __init__(self, partner_id: str) -> None:
        self._partner_id = partner_id
        self._key = secrets.token_bytes(32)

    def __repr__(self) -> str:
        return "Mint(hidden)"

    def make(self, scope: str, now: float, lives: float) -> Token:
        """A token of that scope, good for `lives` seconds from `now` (seconds since 1970)."""
        claims = {
            "sub": self._partner_id,
            "scope": scope,
            "iat": now,
            "exp": now + lives,
            "jti": secrets.token_hex(8),
        }
        signed = f"{_encoded(json.dumps(HEADER).encode())}.{_encoded(json.dumps(claims).encode())}"
        return Token(f"{signed}.{self._signature(signed)}", scope, lives)

    def scope_of(self, text: str, now: float) -> str | None:
        """The scope of a token; None when it is forged, expired or no token at all."""
        signed, _, signature = text.rpartition(".")
        if not hmac.compare_digest(self._signature(signed).encode(), signature.encode()):
            return None
        try:
            claims = json.loads(_decoded(signed.partition(".")[2]))
        except (ValueError, binascii.Error):
            return None
        return str(claims["scope"]) if claims["exp"] > now else None

    def forget(self) -> None:
        """From now on every token made so far is refused."""
        self._key = secrets.token_bytes(32)

    def _signature(self, signed: str) -> str:
        return _encoded(hmac.new(self._key, signed.encode(), hashlib.sha256).digest())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
