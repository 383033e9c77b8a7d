"""The identity provider of the setting `[auth]`, checked: Streamlit itself says little about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from pages.access import hosts, incidents
from pages.access.sign_on_routes import CALLBACK

SHORTEST_COOKIE_SECRET = 32
DEFAULT = "default"  # what Streamlit calls the provider that stands in [auth] itself
_OF_PROVIDER = ("client_id", "client_secret", "server_metadata_url")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,39}")
_SCOPES = {"openid", "email"}
_PORTS = {"http": 80, "https": 443}


class ProviderProblem(ValueError):  # noqa: N818 - says what is wrong with a setting
    """A setting of `[auth]` cannot be used: its dotted name, and what it needs."""

    def __init__(self, setting: str, need: str) -> None:
        super().__init__(f"{setting} {need}")
        self.setting = setting
        self.need = need


@dataclass(frozen=True)
class IdentityProvider:
    """Whom the sign-in page may send people to; `origin` is where they come back to."""

    name: str
    origin: str

    @property
    def label(self) -> str:
        """What the button says."""
        if self.name == DEFAULT:
            return "Sign in with single sign-on"
        return f"Sign in with {self.name[0].upper()}{self.name[1:].replace('-', ' ')}"


def configured(auth: Mapping[str, Any], answers_to: Callable[[str], bool]) -> IdentityProvider:
    """The provider of an `[auth]` section, which has to lead back to a host we answer to.

    Raises ProviderProblem, without any value in it. The secrets are kept out of the log.
    """
    name, place, of_provider = _provider(auth)
    for key in _OF_PROVIDER:
        _text(of_provider, f"{place}.{key}")
    incidents.keep_secret(of_provider["client_secret"])
    _https(of_provider["server_metadata_url"], f"{place}.server_metadata_url")
    _client_kwargs(of_provider, f"{place}.client_kwargs")
    secret = _text(auth, "auth.cookie_secret")
    incidents.keep_secret(secret)
    if len(secret) < SHORTEST_COOKIE_SECRET or len(set(secret)) < SHORTEST_COOKIE_SECRET // 4:
        raise ProviderProblem(
            "auth.cookie_secret",
            f"needs at least {SHORTEST_COOKIE_SECRET} random characters; make them with: "
            'python -c "import secrets; print(secrets.token_urlsafe(32))"',
        )
    if "expose_tokens" in auth or "expose_tokens" in of_provider:
        raise ProviderProblem("auth.expose_tokens", "is not allowed: nothing here needs tokens")
    return IdentityProvider(name, _origin(_text(auth, "auth.redirect_uri"), answers_to))


def _provider(auth: Mapping[str, Any]) -> tuple[str, str, Mapping[str, Any]]:
    """Name, place and settings of the one provider there is."""
    named = {key: value for key, value in auth.items() if isinstance(value, Mapping)}
    named.pop("client_kwargs", None)
    here = any(key in auth for key in _OF_PROVIDER)
    if len(named) + here > 1:  # the same e-mail could come from either
        raise ProviderProblem("auth", "holds more than one provider; keep one")
    for name, settings in named.items():
        if not _NAME.fullmatch(name):
            raise ProviderProblem(
                f"auth.{name}", "needs a name of letters, digits and “-”, as Streamlit asks for"
            )
        return name, f"auth.{name}", settings
    return DEFAULT, "auth", auth


def _text(section: Mapping[str, Any], setting: str) -> str:
    value = section.get(setting.rpartition(".")[2])
    if not isinstance(value, str) or not value.strip():
        raise ProviderProblem(setting, "needs a text: single sign-on does not work without it")
    return value


def _https(text: str, setting: str) -> SplitResult:
    """The parts of an address; plain http may stay within this machine."""
    try:
        parts = urlsplit(text)
        usable = parts.hostname and parts.port != 0 and not parts.username and not parts.fragment
    except ValueError:
        usable = False
    if not usable or parts.scheme not in ("http", "https"):
        raise ProviderProblem(setting, "needs an address such as https://login.example.com/...")
    if parts.scheme == "http" and not hosts.is_loopback(str(parts.hostname)):
        raise ProviderProblem(setting, "needs https")
    return parts


def _origin(text: str, answers_to: Callable[[str], bool]) -> str:
    """Where the provider leads back to, in a browser's spelling: Streamlit compares the texts."""
    parts = _https(text, "auth.redirect_uri")
    port = "" if parts.port in (None, _PORTS[parts.scheme]) else f":{parts.port}"
    origin = f"{parts.scheme}://{parts.hostname}{port}"
    if text != origin + CALLBACK:
        raise ProviderProblem(
            "auth.redirect_uri",
            f"needs the dashboard's address as browsers show it, with {CALLBACK} at its end",
        )
    if not answers_to(str(parts.hostname)):
        raise ProviderProblem(
            "auth.redirect_uri",
            "names a host that the dashboard does not answer to; add it to server.hosts "
            "(SERVER_HOSTS)",
        )
    return origin


def _client_kwargs(of_provider: Mapping[str, Any], setting: str) -> None:
    kwargs = of_provider.get("client_kwargs", {})
    if not isinstance(kwargs, Mapping):
        raise ProviderProblem(setting, 'needs a table such as { "prompt" = "login" }')
    if "scope" in kwargs and not set(str(kwargs["scope"]).split()) >= _SCOPES:
        raise ProviderProblem(f"{setting}.scope", "needs “openid” and “email” in it")
