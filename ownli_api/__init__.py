"""A small, cached, read-only wrapper of the Ownli partner API: whole lists as typed DataFrames."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ownli_api.errors import NotFound as NotFound
from ownli_api.errors import OwnliError as OwnliError
from ownli_api.settings import Settings as Settings

if TYPE_CHECKING:
    from ownli_api.client import OwnliClient as OwnliClient
    from ownli_api.client import Span as Span


def __getattr__(name: str) -> Any:
    # Imported when first used: the sandbox, which lives below, needs neither pandas nor requests.
    if name not in ("OwnliClient", "Span"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.client"), name)
