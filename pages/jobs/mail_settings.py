"""How the report is mailed: the settings `report.smtp_...`, which only the job has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pages.ui import settings
from pages.ui.settings import SECRETS, SettingsProblem

_NAMES = (
    "smtp_host",
    "smtp_port",
    "smtp_security",
    "smtp_user",
    "smtp_password",
    "smtp_from",
    "smtp_to",
)
_SECURITIES = ("starttls", "tls", "none")
_PORTS = {"starttls": 587, "tls": 465, "none": 25}


@dataclass(frozen=True)
class Mail:
    """A mail server and who writes to whom; security: starttls, tls or none."""

    host: str
    port: int
    security: str
    sender: str
    to: tuple[str, ...]
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def load(
    environment: Mapping[str, str],
    root: Path,
    *,
    server: str | None = None,
    to: str | None = None,
) -> Mail | None:
    """The mail settings of this moment, None if no server is given; raises SettingsProblem.

    `server` (HOST or HOST:PORT) and `to` (addresses, comma-separated) go before what is configured.
    """
    found = {name: settings.text(f"report.{name}", environment, root) for name in _NAMES}
    known = {name: text for name, text in found.items() if text is not None}
    return _mail({**known, **_given(server, to)})


def _given(server: str | None, to: str | None) -> dict[str, str]:
    given = {}
    if server:
        host, _, port = server.rpartition(":") if ":" in server else (server, "", "")
        given["smtp_host"] = host
        if port:
            given["smtp_port"] = port
    if to:
        given["smtp_to"] = to
    return given


def _mail(found: Mapping[str, str]) -> Mail | None:
    host = found.get("smtp_host")
    if host is None:
        return None
    security = found.get("smtp_security", "starttls").lower()
    if security not in _SECURITIES:
        raise SettingsProblem("report.smtp_security needs to be starttls, tls or none.")
    to = tuple(part.strip() for part in found.get("smtp_to", "").split(",") if part.strip())
    sender = found.get("smtp_from", found.get("smtp_user", ""))
    for name, value in (("smtp_to", ",".join(to)), ("smtp_from", sender)):
        if not value:
            raise SettingsProblem(
                f"The setting report.{name} is missing though a mail server is given: set it in "
                f"{SECRETS} or as the environment variable REPORT_{name.upper()}."
            )
        if any(character in value for character in "\r\n") or "@" not in value:
            raise SettingsProblem(f"report.{name} needs an e-mail address.")
    return Mail(
        host=host,
        port=_port(found.get("smtp_port"), security),
        security=security,
        sender=sender,
        to=to,
        user=found.get("smtp_user"),
        password=found.get("smtp_password"),
    )


def _port(text: str | None, security: str) -> int:
    if text is None:
        return _PORTS[security]
    if not text.isdecimal() or not 0 < int(text) < 2**16:
        raise SettingsProblem("report.smtp_port needs a whole number from 1 to 65,535.")
    return int(text)
