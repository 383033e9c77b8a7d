"""streamlit-authenticator's cookie, read strictly: anything odd about it counts as no cookie."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

import jwt
import streamlit as st

from pages.access import device_cookie

ALGORITHM = "HS256"


@dataclass(frozen=True)
class LoginClaim:
    """A genuine cookie says: this username, valid until then (seconds since 1970)."""

    name: str
    expires: float


def key_for(device: str, master: str) -> str:
    """The key that signs the cookies of one device, so that a copy is worthless on any other."""
    return hmac.new(master.encode(), b"sign-in " + device.encode(), hashlib.sha256).hexdigest()


def made(name: str, expires: float, key: str) -> str:
    """A cookie for a username, valid until then, signed with the key of its device."""
    return jwt.encode({"username": name, "exp_date": expires}, key, algorithm=ALGORITHM)


def sent() -> str | None:
    """The cookie this session's browser sent, unread."""
    token = st.context.cookies.get(device_cookie.LOGIN_COOKIE)
    return token if isinstance(token, str) else None


def read(token: str | None, key: str) -> LoginClaim | None:
    """What the cookie claims, if it was signed with the key.

    Whether it is over is the session's to say: a claim opens nothing without its session.
    """
    if not token:
        return None
    try:
        claims = jwt.decode(token, key, algorithms=[ALGORITHM])
    except (jwt.PyJWTError, ValueError):
        return None
    name, expires = claims.get("username"), claims.get("exp_date")
    if not isinstance(name, str) or isinstance(expires, bool):
        return None
    return LoginClaim(name, float(expires)) if isinstance(expires, int | float) else None
