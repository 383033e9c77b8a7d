"""What to make of one answer of Ownli's: done, try again in a moment, or which error. Pure."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime

import msgspec

from ownli_api.errors import (
    CredentialsRefused,
    NotFound,
    NotPermitted,
    NotUnderstood,
    OwnliError,
    RateLimited,
    Refused,
    ServerTrouble,
    TimedOut,
    Unreachable,
    WrongHost,
)
from ownli_api.settings import Settings

OK = 200
REDIRECTS = range(300, 400)
BAD_REQUEST = 400
UNAUTHORIZED = 401
FORBIDDEN = 403
NOT_FOUND = 404
METHOD_NOT_ALLOWED = 405
TOO_MANY = 429
SERVER_ERRORS = range(500, 600)
WORTH_RETRYING = (502, 503, 504)

NO_CONNECTION = "no connection"
TOO_SLOW = "too slow"
BAD_CERTIFICATE = "bad certificate"
BAD_ADDRESS = "bad address"
TOO_LARGE = "too large"
UNREADABLE = "unreadable"

# Tries of one request, the first included.
TRIES = 4
# A time-out already took long; more than one retry would keep a person waiting for a minute.
TRIES_WHEN_SLOW = 2
# The deadline bounds these; the number only stops a clock that stands still.
TRIES_WHEN_LIMITED = 20
FIRST_WAIT_SECONDS = 0.25
FIRST_WAIT_WHEN_LIMITED_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 8.0

RATE_LIMITED = "Ownli limits how fast we may ask and needs a break; please try again in a minute."
# What Ownli calls its own failures; every other code of a 500 is a business rule.
OWN_FAILURE = "INTERNAL_SERVER_ERROR"
_CODE = re.compile(r"[A-Z][A-Z0-9_]{2,63}")


@dataclass(frozen=True)
class Heard:
    """What came of one request: a status with its body, or the kind of trouble (status 0)."""

    status: int = 0
    body: bytes = field(default=b"", repr=False)
    retry_after: float | None = None
    trouble: str = ""


class _ErrorBody(msgspec.Struct):
    error_code: str | None = None


def retry_after(header: str | None, now: float) -> float | None:
    """The seconds a Retry-After header asks for, whether it says seconds or a date."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            date = parsedate_to_datetime(header)
            seconds = date.replace(tzinfo=date.tzinfo or UTC).timestamp() - now
        except (ValueError, OverflowError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def retry_in(heard: Heard, tries: int, jitter: float) -> float | None:
    """Seconds to wait before the next try after `tries` of them; None if there should be none.

    Only 429, 502, 503, 504, broken connections and one time-out are worth it. `jitter` is a
    number from 0 to 1 that keeps threads from coming back all at once.
    """
    limited = heard.status == TOO_MANY
    if limited:
        allowed, first = TRIES_WHEN_LIMITED, FIRST_WAIT_WHEN_LIMITED_SECONDS
    elif heard.status in WORTH_RETRYING or heard.trouble == NO_CONNECTION:
        allowed, first = TRIES, FIRST_WAIT_SECONDS
    elif heard.trouble == TOO_SLOW:
        allowed, first = TRIES_WHEN_SLOW, FIRST_WAIT_SECONDS
    else:
        return None
    if tries >= allowed:
        return None
    backoff = min(first * 2.0 ** (tries - 1), LONGEST_WAIT_SECONDS) * (0.5 + jitter / 2)
    if heard.retry_after is not None:
        return heard.retry_after if limited else max(backoff, heard.retry_after)
    return backoff


def error_code(body: bytes) -> str | None:
    """Ownli's machine-readable code, if the body has one that looks like a code."""
    try:
        code = msgspec.json.decode(body, type=_ErrorBody).error_code or ""
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return code if _CODE.fullmatch(code) else None


def refused_credentials(settings: Settings) -> CredentialsRefused:
    """The sentence for refused credentials, naming the settings."""
    return CredentialsRefused(
        f"Ownli refused the credentials (client id {settings.client_hint}): check "
        "OWNLI_PARTNER_ID, OWNLI_CLIENT_ID and OWNLI_CLIENT_SECRET."
    )


def _no_answer(heard: Heard, settings: Settings) -> OwnliError:
    host = settings.host
    if heard.trouble == TOO_SLOW:
        return TimedOut(f"Ownli ({host}) took too long to answer; please try again in a minute.")
    if heard.trouble == BAD_CERTIFICATE:
        return WrongHost(f"The certificate of {host} is not valid: check OWNLI_BASE_URL.")
    if heard.trouble == BAD_ADDRESS:
        return WrongHost(f"The address {host} cannot be used: check OWNLI_BASE_URL.")
    if heard.trouble == TOO_LARGE:
        return NotUnderstood("Ownli's answer is far larger than any page of a list.")
    if heard.trouble == UNREADABLE:
        return NotUnderstood("Ownli's answer is not readable data.")
    return Unreachable(f"Ownli ({host}) cannot be reached; please try again in a minute.")


def error(heard: Heard, settings: Settings, *, is_token: bool) -> OwnliError:
    """The error that an answer other than 200 amounts to; of the body only a code is used."""
    status = heard.status
    if not status:
        return _no_answer(heard, settings)
    code = error_code(heard.body)
    said = f" ({code})" if code else ""
    if status in REDIRECTS:
        return WrongHost(f"{settings.host} points to another address: check OWNLI_BASE_URL.")
    if is_token and status in (BAD_REQUEST, UNAUTHORIZED, FORBIDDEN):
        return refused_credentials(settings)
    if is_token and status in (NOT_FOUND, METHOD_NOT_ALLOWED):
        return WrongHost(f"{settings.host} is not Ownli's API: check OWNLI_BASE_URL.")
    if status == UNAUTHORIZED:
        return CredentialsRefused(
            f"Ownli refused a token it had just issued (client id {settings.client_hint}): "
            "ask Ownli's support, and check OWNLI_CLIENT_ID and OWNLI_CLIENT_SECRET."
        )
    if status == FORBIDDEN:
        return NotPermitted(f"Ownli does not permit this with the partner's credentials{said}.")
    if status == NOT_FOUND:
        return NotFound(f"Ownli found nothing there{said}.", code, status)
    if status == TOO_MANY:
        return RateLimited(RATE_LIMITED, heard.retry_after)
    if status in SERVER_ERRORS and not (code and code != OWN_FAILURE and status == 500):
        return ServerTrouble(f"Ownli reports a failure of its own ({status}); try again later.")
    return Refused(f"Ownli turned the request down ({code or status}).", code, status)
