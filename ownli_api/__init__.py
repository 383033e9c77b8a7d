"""A small, cached, read-only wrapper of the Ownli partner API: whole lists as typed DataFrames."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ownli_api.errors import ClientClosed as ClientClosed
from ownli_api.errors import CredentialsRefused as CredentialsRefused
from ownli_api.errors import FixSettings as FixSettings
from ownli_api.errors import ListIncomplete as ListIncomplete
from ownli_api.errors import NotFound as NotFound
from ownli_api.errors import NotPermitted as NotPermitted
from ownli_api.errors import NotUnderstood as NotUnderstood
from ownli_api.errors import OwnliError as OwnliError
from ownli_api.errors import RateLimited as RateLimited
from ownli_api.errors import Refused as Refused
from ownli_api.errors import ServerTrouble as ServerTrouble
from ownli_api.errors import TellOwnli as TellOwnli
from ownli_api.errors import TimedOut as TimedOut
from ownli_api.errors import TryLater as TryLater
from ownli_api.errors import Unreachable as Unreachable
from ownli_api.errors import WrongHost as WrongHost
from ownli_api.settings import Settings as Settings

if TYPE_CHECKING:
    from ownli_api.client import Listing as Listing
    from ownli_api.client import OwnliClient as OwnliClient
    from ownli_api.client import Span as Span


def __getattr__(name: str) -> Any:
    # Imported when first used: the sandbox, which lives below, needs neither pandas nor requests.
    if name not in ("Listing", "OwnliClient", "Span"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.client"), name)
