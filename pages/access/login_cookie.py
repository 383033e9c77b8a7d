"""streamlit-authenticator's cookie, read strictly: anything odd about it counts as no cookie."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import timedelta

import jwt
import streamlit as st

NAME = "ownli_login"
_SENT = re.compile(rf"(?:^|;)\s*{NAME}=([^;\s]*)")
ALGORITHM = "HS256"
# The authenticator adds its lifetime on the local clock, which may jump an hour on the way.
CLOCK_CHANGE_SECONDS = timedelta(hours=1).total_seconds()


@dataclass(frozen=True)
class Claim:
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
    try:
        token = st.context.cookies[NAME]
    except KeyError:
        return None
    return token if isinstance(token, str) else None


def of_cookies(cookies: bytes) -> str | None:
    """The cookie in a request's Cookie header, unread; the last one if there are several."""
    found = _SENT.findall(cookies.decode("latin-1"))
    return found[-1] if found else None


def read(token: str | None, key: str, *, now: float, longest_seconds: float) -> Claim | None:
    """What the cookie claims, if it was signed with the key, is not over and not too long."""
    if not token:
        return None
    try:
        claims = jwt.decode(token, key, algorithms=[ALGORITHM])
    except (jwt.PyJWTError, ValueError):
        return None
    name, expires = claims.get("username"), claims.get("exp_date")
    if not isinstance(name, str) or isinstance(expires, bool):
        return None
    if not isinstance(expires, int | float):
        return None
    if not now < expires <= now + longest_seconds + CLOCK_CHANGE_SECONDS:
        return None
    return Claim(name, float(expires))
