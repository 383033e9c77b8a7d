"""Hosts by setting: under which names the server answers, and from which pictures may come."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from streamlit import config

ROOT = Path(__file__).resolve().parents[2]
SECRETS = Path(".streamlit/secrets.toml")
# Streamlit's own option, set from ours so that one file and one set of variables hold everything.
ALLOWED = "server.allowedHosts"
_LOCAL = ("localhost", "127.0.0.1")
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


class HostsProblem(ValueError):  # noqa: N818 - says what is wrong with a setting
    """A host setting cannot be used; the text is the sentence to show."""


@dataclass(frozen=True)
class Hosts:
    """`photos`: where pictures of check-ins may be fetched from; `served`: our own names."""

    photos: tuple[str, ...] = ()
    served: tuple[str, ...] = ()


def configured(environment: Mapping[str, str] = os.environ, root: Path = ROOT) -> Hosts:
    """The host settings of this moment; raises HostsProblem with one sentence."""
    return Hosts(
        photos=_hosts(environment, root, "photos.hosts"),
        served=_hosts(environment, root, "server.hosts"),
    )


def at_start() -> Hosts:
    """The settings when the server starts, applied to Streamlit; a wrong one counts as none.

    The page names what is wrong: the same settings are checked there again.
    """
    try:
        hosts = configured()
    except HostsProblem:
        return Hosts()
    if hosts.served:
        config.set_option(ALLOWED, [*_LOCAL, *hosts.served])
    return hosts


def answers_to(host: str, also: Collection[str] = ()) -> bool:
    """Whether the server answers to this name; `also`: names it will have when started anew.

    Streamlit's option decides, as it does for websockets: it was set when the server started.
    """
    names = (*config.get_option(ALLOWED), *also)
    return not names or any(fnmatchcase(host, name.lower()) for name in names)


def is_loopback(host: str) -> bool:
    """Whether what goes to this host stays within this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def refusal(url: str, allowed: tuple[str, ...]) -> str:
    """Why a picture is not shown, "" if it may be."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        plain = parts.port is None and not parts.username and not parts.password
    except ValueError:
        return "The address of this photo cannot be read, so it is not shown."
    if parts.scheme != "https" or not host or not plain:
        return "The address of this photo is not a plain https one, so it is not shown."
    if host not in allowed:
        return (
            f"Photos from {host} are not shown: the host is not in the setting photos.hosts "
            "(PHOTOS_HOSTS)."
        )
    return ""


def _hosts(environment: Mapping[str, str], root: Path, name: str) -> tuple[str, ...]:
    variable = name.replace(".", "_").upper()
    text = environment.get(variable, "").strip() or _of_file(root, name)
    found = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    for host in found:
        if not _HOST.fullmatch(host):
            raise HostsProblem(
                f"The setting {name} ({variable}) needs host names such as photos.example.com, "
                "separated by commas, without https:// and paths."
            )
    return found


@lru_cache(maxsize=1)
def _read(file: Path, *_: int) -> dict[str, Any]:
    """The secrets file, parsed once for each of its versions (time, size, inode)."""
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _of_file(root: Path, name: str) -> str:
    """The setting as the secrets file has it; a file that cannot be read is told elsewhere."""
    section, key = name.split(".")
    file = root / SECRETS
    try:
        at = file.stat()
        values = _read(file, at.st_mtime_ns, at.st_size, at.st_ino)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return ""
    table = values.get(section)
    value = table.get(key) if isinstance(table, dict) else None
    if isinstance(value, list):
        return ",".join(str(part) for part in value)
    return "" if value is None else str(value)
