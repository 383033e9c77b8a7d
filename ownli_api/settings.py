"""What the client must know to talk to Ownli: address, credentials, limits."""

from __future__ import annotations

import ipaddress
import math
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

_PATH = re.compile(r"(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+")
# Shorter ids are not shown at all: four characters would be most of them.
SHORTEST_ID_SHOWN = 8


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _address(base_url: str) -> SplitResult:
    try:
        parts = urlsplit(base_url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        raise ValueError("base_url is not an address such as https://api.example.com") from None
    if not parts.hostname or not port_is_fine or not base_url.isascii() or " " in base_url:
        raise ValueError("base_url is not an address such as https://api.example.com")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("base_url must hold nothing but scheme, host, port and path")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
        raise ValueError("base_url must begin with https:// (http:// only on this machine)")
    if parts.path.rstrip("/").endswith("/api"):
        raise ValueError("base_url must not end with /api: the client adds it")
    return parts


@dataclass(frozen=True)
class Settings:
    """Address, credentials and limits of one partner; refuses nonsense with the field's name."""

    base_url: str
    partner_id: str = field(repr=False)
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    page_size: int = 500
    parallel_requests: int = 4
    connect_seconds: float = 5
    read_seconds: float = 15
    payouts_path: str | None = None

    def __post_init__(self) -> None:
        parts = _address(self.base_url)
        object.__setattr__(
            self, "base_url", f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"
        )
        for name in ("partner_id", "client_id", "client_secret"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value.strip():
                raise ValueError(f"{name} is missing")
        for name in ("page_size", "parallel_requests"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ValueError(f"{name} must be a whole number above zero")
        for name in ("connect_seconds", "read_seconds"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"{name} must be a number of seconds above zero")
            if not math.isfinite(value) or value <= 0:
                raise ValueError(f"{name} must be a number of seconds above zero")
        path = self.payouts_path
        if path is not None and not _PATH.fullmatch(path):
            raise ValueError("payouts_path must be a path such as /api/payouts, without parameters")

    @property
    def host(self) -> str:
        """Host and port, for sentences and badges."""
        return urlsplit(self.base_url).netloc

    @property
    def client_hint(self) -> str:
        """The last four characters of the client id: enough to tell which one it is."""
        return "..." + (self.client_id[-4:] if len(self.client_id) >= SHORTEST_ID_SHOWN else "")

    def __repr__(self) -> str:
        return f"Settings({self.host}, client {self.client_hint})"
