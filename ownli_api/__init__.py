"""A small, cached, read-only wrapper of the Ownli partner API: whole lists as typed DataFrames."""

from ownli_api.client import Listing, OwnliClient, Span
from ownli_api.errors import (
    ClientClosed,
    CredentialsRefused,
    FixSettings,
    ListIncomplete,
    NotFound,
    NotPermitted,
    NotUnderstood,
    OwnliError,
    RateLimited,
    Refused,
    ServerTrouble,
    TellOwnli,
    TimedOut,
    TryLater,
    Unreachable,
    WrongHost,
)
from ownli_api.settings import Settings

__all__ = [
    "ClientClosed",
    "CredentialsRefused",
    "FixSettings",
    "ListIncomplete",
    "Listing",
    "NotFound",
    "NotPermitted",
    "NotUnderstood",
    "OwnliClient",
    "OwnliError",
    "RateLimited",
    "Refused",
    "ServerTrouble",
    "Settings",
    "Span",
    "TellOwnli",
    "TimedOut",
    "TryLater",
    "Unreachable",
    "WrongHost",
]
