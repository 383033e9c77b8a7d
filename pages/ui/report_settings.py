"""Settings only the weekly report has: where it is archived, and how it is mailed."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pages.ui.settings import ROOT, SECRETS, SettingsProblem

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


@dataclass(frozen=True)
class ReportSettings:
    """`archive`: the folder of issued reports, None for none. `mail`: None if not configured."""

    archive: Path | None
    mail: Mail | None


def load(
    environment: Mapping[str, str] = os.environ,
    root: Path = ROOT,
    *,
    server: str | None = None,
    to: str | None = None,
    mail: bool = True,
) -> ReportSettings:
    """The settings of this moment; raises SettingsProblem with one sentence.

    `server` (HOST or HOST:PORT) and `to` (addresses, comma-separated) go before what is
    configured; without `mail` the mail settings are not even looked at.
    """
    found = _values(environment, root)
    archive = found.get("archive")
    return ReportSettings(
        None if archive is None else root / Path(archive).expanduser(),
        _mail({**found, **_given(server, to)}) if mail else None,
    )


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


def _values(environment: Mapping[str, str], root: Path) -> dict[str, str]:
    """The [report] section with REPORT_... variables over it; empty values count as none."""
    table: Any = {}
    file = root / SECRETS
    if file.exists():
        try:
            table = tomllib.loads(file.read_text(encoding="utf-8")).get("report", {})
        except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError):
            raise SettingsProblem(f"{SECRETS} cannot be read.") from None
    found = {
        name: str(value).strip()
        for name, value in (table.items() if isinstance(table, dict) else ())
        if not isinstance(value, dict | list) and str(value).strip()
    }
    for variable, value in environment.items():
        if variable.startswith("REPORT_") and value.strip():
            found[variable.removeprefix("REPORT_").lower()] = value.strip()
    return found
