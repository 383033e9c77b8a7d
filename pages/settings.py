"""Every setting of the dashboard: environment variables over `.streamlit/secrets.toml`."""

from __future__ import annotations

import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

import ownli_api

ROOT = Path(__file__).resolve().parents[1]
SECRETS = Path(".streamlit/secrets.toml")
SANDBOX_URL = "https://api.sandbox.ownli.app"
CALLBACK = "/oauth2callback"  # Streamlit's, where an identity provider sends people back to
SHORTEST_KEY = 32
HOW_TO_MAKE_A_KEY = 'python -c "import secrets; print(secrets.token_urlsafe(32))"'
_CREDENTIALS = ("ownli.partner_id", "ownli.client_id", "ownli.client_secret")
_DEFAULTS = {
    "ownli.base_url": SANDBOX_URL,
    "ownli.page_size": "500",
    "ownli.parallel_requests": "4",
    "ownli.timeout_seconds": "15",
    "report.time_zone": "America/New_York",
    "report.history_weeks": "26",
    "report.smtp_security": "starttls",
    "staff.file": ".streamlit/staff.yaml",
    "staff.idle_minutes": "30",
    "staff.session_hours": "8",
    "staff.passwords": "on",
    "audit.file": "audit.jsonl",
}
_SMTP_PORTS = {"starttls": "587", "tls": "465", "none": "25"}
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_PROVIDER_KEYS = ("client_id", "client_secret", "server_metadata_url")
_PROVIDER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,39}")


class SettingsProblem(Exception):  # noqa: N818 - not a fault of the program
    """One sentence that names the setting (and file and line) and what to do; no secret in it."""


@dataclass(frozen=True)
class IdentityProvider:
    """Whom single sign-on sends people to; `origin` is where they come back to."""

    name: str
    origin: str
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def label(self) -> str:
        """What the button says."""
        if self.name == "default":  # what Streamlit calls the provider that stands in [auth] itself
            return "Sign in with single sign-on"
        return f"Sign in with {self.name[0].upper()}{self.name[1:].replace('-', ' ')}"


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
    cache_folder: Path | None = None  # None: nothing of Ownli's data is written to disk
    passwords: bool = True  # False: single sign-on only
    photo_hosts: tuple[str, ...] = ()  # where photos of check-ins may be fetched from
    provider: IdentityProvider | None = None  # of single sign-on, if it is configured

    @property
    def demo(self) -> bool:
        """Whether no credentials are configured and the embedded sandbox is used."""
        return self.ownli is None


def load(
    environment: Mapping[str, str] = os.environ, root: Path = ROOT, *, signing_in: bool = True
) -> AppSettings:
    """The settings of this moment; raises SettingsProblem with one sentence.

    `signing_in=False` for jobs: what only signing in needs is neither asked for nor there.
    """
    found = _Found(environment, root)
    missing = [name for name in _CREDENTIALS if found.get(name) is None]
    cache_folder = found.get("cache.folder")
    demo = AppSettings(
        ownli=None,
        environment="Demo data",
        time_zone=_zone(found, "report.time_zone"),
        history_weeks=_whole(found, "report.history_weeks", 1, 520),
        staff_file=None,
        cookie_key=_demo_key(),
        idle_minutes=_whole(found, "staff.idle_minutes", 1, 24 * 60),
        session_hours=_whole(found, "staff.session_hours", 1, 24 * 7),
        audit_file=found.path("audit.file"),
        cache_folder=found.path("cache.folder") if cache_folder else None,
        photo_hosts=_hosts(found, "photos.hosts"),
    )
    _hosts(found, "server.hosts")  # used when the server starts; a mistake in it is said here
    if len(missing) == len(_CREDENTIALS):
        return demo
    if missing:
        raise _missing(missing[0], "the other Ownli credentials are set")
    base_url = _ownli_url(found)
    reading = replace(
        demo,
        ownli=_ownli(found, base_url),
        environment=found.get("ownli.environment") or environment_of(base_url),
    )
    if not signing_in:
        return replace(reading, cookie_key="")
    provider = _provider(found)
    return replace(
        reading,
        staff_file=_staff_file(found),
        cookie_key=_cookie_key(found),
        provider=provider,
        passwords=_passwords(found, provider),
    )


def mail(
    environment: Mapping[str, str] = os.environ,
    root: Path = ROOT,
    *,
    server: str | None = None,
    to: str | None = None,
) -> Mail | None:
    """How the report is mailed, None if no server is given; raises SettingsProblem.

    `server` (HOST or HOST:PORT) and `to` (addresses, comma-separated) go before what is configured.
    """
    given: dict[str, str] = {}
    if server:
        host, _, port = server.rpartition(":") if ":" in server else (server, "", "")
        given = {"REPORT_SMTP_HOST": host, **({"REPORT_SMTP_PORT": port} if port else {})}
    if to:
        given["REPORT_SMTP_TO"] = to
    found = _Found({**environment, **given}, root)
    name = found.get("report.smtp_host")
    if name is None:
        return None
    security = str(found.get("report.smtp_security")).lower()
    if security not in _SMTP_PORTS:
        raise SettingsProblem("report.smtp_security needs to be starttls, tls or none.")
    addresses = _parts(found.get("report.smtp_to"))
    sender = found.get("report.smtp_from") or found.get("report.smtp_user") or ""
    for key, value in (("report.smtp_to", ",".join(addresses)), ("report.smtp_from", sender)):
        if not value:
            raise _missing(key, "a mail server is given")
        if any(character in value for character in "\r\n") or "@" not in value:
            raise SettingsProblem(f"{key} needs an e-mail address.")
    number = found.get("report.smtp_port") or _SMTP_PORTS[security]
    if not number.isdecimal() or not 0 < int(number) < 2**16:
        raise SettingsProblem("report.smtp_port needs a whole number from 1 to 65,535.")
    user, password = found.get("report.smtp_user"), found.get("report.smtp_password")
    return Mail(name, int(number), security, sender, addresses, user, password)


def text(name: str, environment: Mapping[str, str] = os.environ, root: Path = ROOT) -> str | None:
    """One setting such as `report.archive` as it is written, None if it is not set."""
    return _Found(environment, root).get(name)


def host_names(
    name: str, environment: Mapping[str, str] = os.environ, root: Path = ROOT
) -> tuple[str, ...]:
    """`server.hosts` or `photos.hosts` when the server starts; a wrong one counts as none here.

    The page says what is wrong with it: `load` checks the same settings again.
    """
    try:
        return _hosts(_Found(environment, root), name)
    except SettingsProblem:
        return ()


def staff_path(environment: Mapping[str, str] = os.environ, root: Path = ROOT) -> Path:
    """Where the staff file is or will be, whatever else is configured."""
    return _Found(environment, root).path("staff.file")


def audit_path(environment: Mapping[str, str] = os.environ, root: Path = ROOT) -> Path:
    """Where the audit log is or will be, whatever else is configured."""
    return _Found(environment, root).path("audit.file")


def environment_name(environment: Mapping[str, str] = os.environ, root: Path = ROOT) -> str:
    """What the environment is called, also before everything that a server needs is set."""
    found = _Found(environment, root)
    url = str(found.get("ownli.base_url"))
    return found.get("ownli.environment") or environment_of(url)


def environment_of(base_url: str) -> str:
    """What to call the Ownli behind a base URL: the sandbox by name, any other by its host.

    Ownli does not document its production host, so none is guessed to be it.
    """
    host = urlsplit(base_url).hostname or base_url
    return "Sandbox" if host == urlsplit(SANDBOX_URL).hostname else host


@cache
def _demo_key() -> str:
    """The demo's cookie key: another one every time the server starts."""
    return secrets.token_urlsafe(SHORTEST_KEY)


@lru_cache(maxsize=1)
def _read(file: Path, *_: int) -> tuple[str, dict[str, Any]]:
    """The secrets file, parsed once for each of its versions (time, size, inode)."""
    content = file.read_text(encoding="utf-8")
    return content, tomllib.loads(content)


class _Found:
    """The settings by name, from the environment or else from the secrets file."""

    def __init__(self, environment: Mapping[str, str], root: Path) -> None:
        self._environment = environment
        self._root = root
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

    def get(self, name: str) -> str | None:
        """A setting such as `ownli.base_url`, or its default; an empty value counts as none."""
        if given := self._environment.get(_variable(name), "").strip():
            return given
        section, _, key = name.partition(".")
        value = (self.section(section) or {}).get(key)
        if isinstance(value, list) and name.endswith(".hosts"):
            value = ",".join(str(part) for part in value)
        if isinstance(value, dict | list | bool):
            raise SettingsProblem(f"{self._line(name)} needs a text or a number.")
        if value is not None and str(value).strip():
            return str(value).strip()
        return _DEFAULTS.get(name)

    def path(self, name: str) -> Path:
        """A setting that names a file or folder, relative to the dashboard's own folder."""
        return self._root / Path(str(self.get(name))).expanduser()

    def section(self, name: str) -> dict[str, Any] | None:
        """A whole section of the secrets file, None if there is none."""
        table = self._values.get(name)
        if table is not None and not isinstance(table, dict):
            raise SettingsProblem(f"{SECRETS}: “{name}” needs to be a section, [{name}].")
        return table

    def problem(self, name: str, need: str) -> SettingsProblem:
        """The sentence for a wrong value: where it stands, and what it needs."""
        variable = _variable(name)
        section, _, key = name.rpartition(".")
        if section.partition(".")[0] == "auth":  # Streamlit's own, which has no variables
            place = self._line(name)
        elif self._environment.get(variable, "").strip():
            place = f"The environment variable {variable}"
        elif key in (self.section(section) or {}):
            place = self._line(name)
        else:
            place = f"{name} ({variable})"
        return SettingsProblem(f"{place[0].upper()}{place[1:]} {need}.")

    def _line(self, name: str) -> str:
        """File, line and key, as far as the line can be found."""
        section, _, key = map(re.escape, name.rpartition("."))
        inside = ""
        for number, line in enumerate(self._text.splitlines(), start=1):
            if header := re.match(r"\s*\[\s*([\w.-]+)\s*\]", line):
                inside = re.escape(header.group(1))
            elif (inside == section and re.match(rf"\s*\"?{key}\"?\s*=", line)) or (
                not inside and re.match(rf"\s*{section}\s*\.\s*{key}\s*=", line)
            ):
                return f"{SECRETS}, line {number}, {name}"
        return f"{SECRETS}, {name}"


def _ownli(found: _Found, base_url: str) -> ownli_api.Settings:
    try:
        return ownli_api.Settings(
            base_url=base_url,
            partner_id=str(found.get("ownli.partner_id")),
            client_id=str(found.get("ownli.client_id")),
            client_secret=str(found.get("ownli.client_secret")),
            page_size=_whole(found, "ownli.page_size", 1, 10_000),
            parallel_requests=_whole(found, "ownli.parallel_requests", 1, 32),
            read_seconds=_seconds(found, "ownli.timeout_seconds"),
            payouts_path=found.get("ownli.payouts_path"),
        )
    except ValueError as problem:  # begins with the field's name, never quotes the value
        sentence = str(problem).replace("read_seconds", "timeout_seconds", 1)
        raise SettingsProblem(f"The setting ownli.{sentence}.") from None


def _provider(found: _Found) -> IdentityProvider | None:
    """The provider of the section `[auth]`: checked here, as Streamlit says little about it."""
    auth = found.section("auth")
    if auth is None:
        return None
    named = {key: value for key, value in auth.items() if isinstance(value, dict)}
    named.pop("client_kwargs", None)
    if len(named) + any(key in auth for key in _PROVIDER_KEYS) > 1:  # whose e-mail would it be?
        raise SettingsProblem(f"{SECRETS}, [auth] holds more than one provider; keep one.")
    name, own = next(iter(named.items()), ("default", auth))
    place = f"auth.{name}" if named else "auth"
    if not _PROVIDER_NAME.fullmatch(name):
        raise found.problem(place, "needs a name of letters, digits and “-”, as Streamlit asks for")
    needed = {f"{place}.{key}": own.get(key) for key in _PROVIDER_KEYS}
    needed |= {f"auth.{key}": auth.get(key) for key in ("cookie_secret", "redirect_uri")}
    for setting, value in needed.items():
        if not isinstance(value, str) or not value.strip():
            raise found.problem(setting, "needs a text: single sign-on does not work without it")
    if "expose_tokens" in auth or "expose_tokens" in own:
        raise found.problem("auth.expose_tokens", "is not allowed: nothing here needs tokens")
    _key_of_random_characters(found, "auth.cookie_secret", auth["cookie_secret"])
    _url(found, f"{place}.server_metadata_url", own["server_metadata_url"])
    kwargs = own.get("client_kwargs", {})
    if not isinstance(kwargs, dict):
        raise found.problem(f"{place}.client_kwargs", 'needs a table: { "prompt" = "login" }')
    if not {"openid", "email"} <= set(str(kwargs.get("scope", "openid email")).split()):
        raise found.problem(f"{place}.client_kwargs.scope", "needs “openid” and “email” in it")
    back = _url(found, "auth.redirect_uri", auth["redirect_uri"])
    port = "" if back.port in (None, {"http": 80, "https": 443}[back.scheme]) else f":{back.port}"
    origin = f"{back.scheme}://{back.hostname}{port}"
    if auth["redirect_uri"] != origin + CALLBACK:  # Streamlit compares the texts
        raise found.problem(
            "auth.redirect_uri",
            f"needs the dashboard's address as browsers show it, with {CALLBACK} at its end",
        )
    return IdentityProvider(name, origin, (own["client_secret"], auth["cookie_secret"]))


def _passwords(found: _Found, provider: IdentityProvider | None) -> bool:
    given = str(found.get("staff.passwords")).lower()
    if given not in ("on", "off"):
        raise found.problem("staff.passwords", "needs to be on or off")
    if given == "off" and provider is None:
        raise found.problem(
            "staff.passwords", "is off, but without single sign-on ([auth]) nobody could sign in"
        )
    return given == "on"


def _hosts(found: _Found, name: str) -> tuple[str, ...]:
    hosts = tuple(dict.fromkeys(_parts((found.get(name) or "").lower())))
    if not all(_HOST.fullmatch(host) for host in hosts):
        raise SettingsProblem(
            f"The setting {name} ({_variable(name)}) needs host names such as photos.example.com, "
            "separated by commas, without https:// and paths."
        )
    return hosts


def _whole(found: _Found, name: str, least: int, most: int) -> int:
    try:
        value = int(str(found.get(name)))
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise found.problem(name, f"needs a whole number from {least:,} to {most:,}")
    return value


def _seconds(found: _Found, name: str) -> float:
    try:
        value = float(str(found.get(name)))
    except ValueError:
        value = 0.0
    if not 0 < value <= 600:
        raise found.problem(name, "needs a number of seconds up to 600")
    return value


def _zone(found: _Found, name: str) -> str:
    try:
        return ZoneInfo(str(found.get(name))).key
    except (KeyError, ValueError, OSError):  # unknown, a path out of the folder, a folder
        raise found.problem(name, "needs a time zone such as America/New_York or UTC") from None


def _ownli_url(found: _Found) -> str:
    given = str(found.get("ownli.base_url")).rstrip("/")
    if _url(found, "ownli.base_url", given).query:
        raise found.problem("ownli.base_url", "needs an address without credentials, “?” or “#”")
    return given


def _url(found: _Found, name: str, given: str) -> SplitResult:
    """The parts of an address; plain http may stay within this machine."""
    try:
        parts = urlsplit(given)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        raise found.problem(name, "is not an address") from None
    if not usable:
        raise found.problem(name, f"needs an address such as {SANDBOX_URL}")
    if parts.username or parts.password or parts.fragment:
        raise found.problem(name, "needs an address without credentials, “?” or “#”")
    if parts.scheme == "http" and not _is_loopback(str(parts.hostname)):
        raise found.problem(name, "needs https, as secrets travel over it")
    return parts


def _cookie_key(found: _Found) -> str:
    key = found.get("staff.cookie_key")
    if key is None:
        raise _missing("staff.cookie_key", "the Ownli credentials are set")
    return _key_of_random_characters(found, "staff.cookie_key", key)


def _key_of_random_characters(found: _Found, name: str, key: str) -> str:
    if len(key) < SHORTEST_KEY or len(set(key)) < SHORTEST_KEY // 4:
        raise found.problem(
            name,
            f"needs at least {SHORTEST_KEY} random characters that do not repeat themselves; make "
            f"them with: {HOW_TO_MAKE_A_KEY}",
        )
    return key


def _staff_file(found: _Found) -> Path:
    path = found.path("staff.file")
    if not path.is_file():
        raise SettingsProblem(
            f"The staff file {found.get('staff.file')} (staff.file, STAFF_FILE) does not exist; "
            "create the first account with: python -m pages.jobs.staff add NAME --role admin"
        )
    return path


def _missing(name: str, why: str) -> SettingsProblem:
    return SettingsProblem(
        f"The setting {name} is missing though {why}: set it in {SECRETS} or as the environment "
        f"variable {_variable(name)}."
    )


def _variable(name: str) -> str:
    return name.replace(".", "_").upper()


def _parts(given: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (given or "").split(",") if part.strip())


def _is_loopback(host: str) -> bool:
    """Whether what goes to this host stays within this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
