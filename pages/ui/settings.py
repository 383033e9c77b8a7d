"""What the operator configured: environment variables over `.streamlit/secrets.toml`."""

from __future__ import annotations

import os
import re
import secrets
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import ownli_api
from pages.access import hosts, identity_provider
from pages.access.identity_provider import IdentityProvider

ROOT = Path(__file__).resolve().parents[2]
SECRETS = Path(".streamlit/secrets.toml")
STAFF = ".streamlit/staff.yaml"
AUDIT = "audit.jsonl"
SANDBOX_URL = "https://api.sandbox.ownli.app"
SHORTEST_COOKIE_KEY = 32
_CREDENTIALS = ("ownli.partner_id", "ownli.client_id", "ownli.client_secret")
_DEFAULT_KEYS = frozenset({"some_key", "some_signature_key", "changeme", "change-me", "secret"})


class SettingsProblem(Exception):  # noqa: N818 - not a fault of the program
    """One sentence that names the setting (and file and line) and what to do; no secret in it."""


@dataclass(frozen=True)
class AppSettings:
    """Everything that can be configured, checked; `ownli` is None in the demo."""

    ownli: ownli_api.Settings | None
    environment: str  # "Demo data", "Sandbox", "Production" or the host
    time_zone: str
    history_weeks: int
    staff_file: Path | None  # None in the demo
    cookie_key: str = field(repr=False)
    idle_minutes: int
    session_hours: int
    audit_file: Path
    photo_hosts: tuple[str, ...] = ()
    provider: IdentityProvider | None = None  # of single sign-on, if it is configured

    @property
    def demo(self) -> bool:
        """Whether no credentials are configured and the embedded sandbox is used."""
        return self.ownli is None


@dataclass(frozen=True)
class _Setting:
    """One setting as found: its value as text, and where it came from, looked up if need be."""

    text: str | None
    find_place: Callable[[], str]

    @property
    def place(self) -> str:
        """How to call the place in a sentence."""
        return self.find_place()


def load(
    environment: Mapping[str, str] = os.environ, root: Path = ROOT, *, signing_in: bool = True
) -> AppSettings:
    """The settings of this moment; raises SettingsProblem with one sentence.

    `signing_in=False` for jobs: what only signing in needs is neither asked for nor there.
    """
    found = _Found(environment, root)
    missing = [name for name in _CREDENTIALS if found.get(name).text is None]
    demo = AppSettings(
        ownli=None,
        environment="Demo data",
        time_zone=_zone(found.get("report.time_zone", "America/New_York")),
        history_weeks=_whole(found.get("report.history_weeks", "26"), 1, 520),
        staff_file=None,
        cookie_key=_demo_key(),
        idle_minutes=_whole(found.get("staff.idle_minutes", "30"), 1, 24 * 60),
        session_hours=_whole(found.get("staff.session_hours", "8"), 1, 24 * 7),
        audit_file=_path(found.get("audit.file", AUDIT), root),
        photo_hosts=_photo_hosts(environment, root),
    )
    if len(missing) == len(_CREDENTIALS):
        return demo
    if missing:
        raise _missing(missing[0], "the other Ownli credentials are set")
    base_url = _url(found.get("ownli.base_url", SANDBOX_URL))
    reading = replace(
        demo,
        ownli=_ownli(found, base_url),
        environment=found.get("ownli.environment").text or environment_of(base_url),
    )
    if not signing_in:
        return replace(reading, cookie_key="")
    return replace(
        reading,
        staff_file=_staff_file(found, root),
        cookie_key=_cookie_key(found.get("staff.cookie_key")),
        provider=_provider(found, environment, root),
    )


def text(name: str, environment: Mapping[str, str] = os.environ, root: Path = ROOT) -> str | None:
    """One setting such as `report.archive` as it is written, None if it is not set."""
    return _Found(environment, root).get(name).text


def staff_path(environment: Mapping[str, str] = os.environ, root: Path = ROOT) -> Path:
    """Where the staff file is or will be, whatever else is configured."""
    return _path(_Found(environment, root).get("staff.file", STAFF), root)


def audit_path(environment: Mapping[str, str] = os.environ, root: Path = ROOT) -> Path:
    """Where the audit log is or will be, whatever else is configured."""
    return _path(_Found(environment, root).get("audit.file", AUDIT), root)


def environment_name(environment: Mapping[str, str] = os.environ, root: Path = ROOT) -> str:
    """What the environment is called, also before everything that a server needs is set."""
    found = _Found(environment, root)
    url = str(found.get("ownli.base_url", SANDBOX_URL).text)
    return found.get("ownli.environment").text or environment_of(url)


def environment_of(base_url: str) -> str:
    """What to call the Ownli behind a base URL: the sandbox by name, any other by its host.

    Ownli does not document its production host, so none is guessed to be it.
    """
    host = urlsplit(base_url).hostname or base_url
    return "Sandbox" if host == urlsplit(SANDBOX_URL).hostname else host


@cache
def _demo_key() -> str:
    """The demo's cookie key: another one every time the server starts."""
    return secrets.token_urlsafe(SHORTEST_COOKIE_KEY)


@lru_cache(maxsize=1)
def _read(file: Path, *_: int) -> tuple[str, dict[str, Any]]:
    """The secrets file, parsed once for each of its versions (time, size, inode)."""
    text = file.read_text(encoding="utf-8")
    return text, tomllib.loads(text)


class _Found:
    """The settings by name, from the environment or else from the secrets file."""

    def __init__(self, environment: Mapping[str, str], root: Path) -> None:
        self._environment = environment
        self._text = ""
        self._values: dict[str, Any] = {}
        file = root / SECRETS
        if not file.exists():
            return
        try:
            at = file.stat()
            self._text, self._values = _read(file, at.st_mtime_ns, at.st_size, at.st_ino)
        except tomllib.TOMLDecodeError as problem:
            where = re.search(r"line \d+", str(problem))
            line = f", {where.group()}," if where else ""
            raise SettingsProblem(f"{SECRETS}{line} is not valid TOML.") from None
        except (OSError, UnicodeDecodeError):
            raise SettingsProblem(f"{SECRETS} cannot be read; check its permissions.") from None

    def get(self, name: str, default: str | None = None) -> _Setting:
        """A setting such as `ownli.base_url`; an empty value counts as none."""
        variable = name.replace(".", "_").upper()
        if text := self._environment.get(variable, "").strip():
            return _Setting(text, lambda: f"the environment variable {variable}")
        section, key = name.split(".")
        value = (self.section(section) or {}).get(key)
        if isinstance(value, dict | list | bool):
            raise SettingsProblem(f"{self.place(section, key)} needs a text or a number.")
        if value is not None and str(value).strip():
            return _Setting(str(value).strip(), lambda: self.place(section, key))
        return _Setting(default, lambda: f"{name} ({variable})")

    def section(self, name: str) -> dict[str, Any] | None:
        """A whole section of the secrets file, None if there is none."""
        table = self._values.get(name)
        if table is not None and not isinstance(table, dict):
            raise SettingsProblem(f"{SECRETS}: “{name}” needs to be a section, [{name}].")
        return table

    def place(self, section: str, key: str) -> str:
        """File, line and key, as far as the line can be told."""
        inside = ""
        for number, line in enumerate(self._text.splitlines(), start=1):
            if header := re.match(r"\s*\[\s*([\w.-]+)\s*\]", line):
                inside = header.group(1)
            elif (inside == section and re.match(rf"\s*\"?{key}\"?\s*=", line)) or (
                not inside and re.match(rf"\s*{section}\s*\.\s*{key}\s*=", line)
            ):
                return f"{SECRETS}, line {number}, {section}.{key}"
        return f"{SECRETS}, {section}.{key}"


def _ownli(found: _Found, base_url: str) -> ownli_api.Settings:
    try:
        return ownli_api.Settings(
            base_url=base_url,
            partner_id=str(found.get("ownli.partner_id").text),
            client_id=str(found.get("ownli.client_id").text),
            client_secret=str(found.get("ownli.client_secret").text),
            page_size=_whole(found.get("ownli.page_size", "500"), 1, 10_000),
            parallel_requests=_whole(found.get("ownli.parallel_requests", "4"), 1, 32),
            read_seconds=_number(found.get("ownli.timeout_seconds", "15")),
            payouts_path=found.get("ownli.payouts_path").text,
        )
    except ValueError as problem:  # begins with the field's name, never quotes the value
        sentence = str(problem).replace("read_seconds", "timeout_seconds", 1)
        raise SettingsProblem(f"The setting ownli.{sentence}.") from None


def _photo_hosts(environment: Mapping[str, str], root: Path) -> tuple[str, ...]:
    try:
        return hosts.configured(environment, root).photos
    except hosts.HostsProblem as problem:
        raise SettingsProblem(str(problem)) from None


def _provider(found: _Found, environment: Mapping[str, str], root: Path) -> IdentityProvider | None:
    auth = found.section("auth")
    if auth is None:
        return None
    try:
        served = hosts.configured(environment, root).served
        return identity_provider.configured(auth, lambda host: hosts.answers_to(host, served))
    except hosts.HostsProblem as problem:
        raise SettingsProblem(str(problem)) from None
    except identity_provider.ProviderProblem as problem:
        section, _, key = problem.setting.rpartition(".")
        place = found.place(section, key) if section else f"{SECRETS}, [{key}]"
        raise SettingsProblem(f"{_upper(place)} {problem.need}.") from None


def _missing(name: str, why: str) -> SettingsProblem:
    variable = name.replace(".", "_").upper()
    return SettingsProblem(
        f"The setting {name} is missing though {why}: set it in {SECRETS} or as the environment "
        f"variable {variable}."
    )


def _whole(setting: _Setting, least: int, most: int) -> int:
    try:
        value = int(str(setting.text))
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise SettingsProblem(
            f"{_upper(setting.place)} needs a whole number from {least:,} to {most:,}."
        )
    return value


def _number(setting: _Setting) -> float:
    try:
        value = float(str(setting.text))
    except ValueError:
        value = 0.0
    if not 0 < value <= 600:
        raise SettingsProblem(f"{_upper(setting.place)} needs a number of seconds up to 600.")
    return value


def _zone(setting: _Setting) -> str:
    try:
        return ZoneInfo(str(setting.text)).key
    except (KeyError, ValueError, OSError):  # unknown, a path out of the folder, a folder
        raise SettingsProblem(
            f"{_upper(setting.place)} needs a time zone such as America/New_York or UTC."
        ) from None


def _url(setting: _Setting) -> str:
    text = str(setting.text).rstrip("/")
    try:
        parts = urlsplit(text)
        port_is_one = parts.port is None or parts.port > 0
    except ValueError:
        raise SettingsProblem(f"{_upper(setting.place)} is not an address.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_one:
        raise SettingsProblem(f"{_upper(setting.place)} needs an address such as {SANDBOX_URL}.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise SettingsProblem(
            f"{_upper(setting.place)} needs an address without credentials, “?” or “#”."
        )
    if parts.scheme == "http" and not hosts.is_loopback(parts.hostname):
        raise SettingsProblem(f"{_upper(setting.place)} needs https, as the token travels over it.")
    return text


def _cookie_key(setting: _Setting) -> str:
    if setting.text is None:
        raise _missing("staff.cookie_key", "the Ownli credentials are set")
    if len(setting.text) < SHORTEST_COOKIE_KEY or setting.text.lower() in _DEFAULT_KEYS:
        raise SettingsProblem(
            f"{_upper(setting.place)} needs at least {SHORTEST_COOKIE_KEY} random characters; make "
            'them with: python -c "import secrets; print(secrets.token_urlsafe(32))"'
        )
    if len(set(setting.text)) < SHORTEST_COOKIE_KEY // 4:
        raise SettingsProblem(f"{_upper(setting.place)} repeats itself; use random characters.")
    return setting.text


def _staff_file(found: _Found, root: Path) -> Path:
    setting = found.get("staff.file", STAFF)
    path = _path(setting, root)
    if not path.is_file():
        raise SettingsProblem(
            f"The staff file {setting.text} ({setting.place}) does not exist; create the first "
            "account with: python -m pages.jobs.staff add NAME --role admin"
        )
    return path


def _path(setting: _Setting, root: Path) -> Path:
    return root / Path(str(setting.text)).expanduser()


def _upper(place: str) -> str:
    return place[0].upper() + place[1:]
