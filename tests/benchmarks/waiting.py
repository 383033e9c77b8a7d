"""Waiting for lists as a page does."""

from __future__ import annotations

import time

from ownli_api.cache import Handle, Lists
from ownli_api.client import OwnliClient

PATIENCE_SECONDS = 3600.0


def arrived(*tickets: Handle) -> None:
    """Return when all tickets are done; raises what kept one of them."""
    for ticket in tickets:
        if not ticket.wait(PATIENCE_SECONDS):
            raise TimeoutError(f"{ticket.progress} after an hour")
        error = ticket.result().error
        if error is not None:
            raise error


def quiet(lists: Lists) -> None:
    """Return when no list is being loaded."""
    while lists.health()["refreshing"].any():
        time.sleep(0.005)


def refreshed(lists: Lists, client: OwnliClient) -> None:
    """Press Refresh and wait until everything is up to date."""
    lists.refresh(client)
    quiet(lists)
