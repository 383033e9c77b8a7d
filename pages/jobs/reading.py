"""Reads from Ownli what a weekly report needs, telling on the way how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from ownli_api import OwnliClient, OwnliError, Span
from ownli_api import Settings as OwnliSettings
from ownli_api.cache import Held, Lists, Ticket
from pages.analysis.report import ASKED, Issue, Question, Report, from_lists
from pages.settings import AppSettings

_POLL_SECONDS = 0.2
_SAY_EVERY_SECONDS = 2.0
# Ownli's filters include both ends and know milliseconds.
_MILLISECOND = timedelta(milliseconds=1)


@contextmanager
def ownli(app: AppSettings) -> Iterator[OwnliSettings]:
    """The Ownli to ask: the configured one, or in the demo a sandbox for as long as it takes."""
    if app.ownli is not None:
        yield app.ownli
        return
    from ownli_api.sandbox import Sandbox  # only the demo pays for loading it

    with Sandbox() as sandbox:
        yield OwnliSettings(
            base_url=sandbox.base_url,
            partner_id=sandbox.partner_id,
            client_id=sandbox.client_id,
            client_secret=sandbox.client_secret,
        )


def made(
    settings: OwnliSettings,
    asked: Question,
    archived: Sequence[Issue],
    now: Callable[[], datetime],
    say: Callable[[str], None],
) -> Report:
    """Read what the report needs and build it.

    Raises the OwnliError if nothing could be read at all, NoSuchWeek with one sentence for a week
    before the partner's first.
    """
    client = OwnliClient(settings)
    try:
        lists = Lists()
        held, errors = _wait(_ask(lists, client, asked), say)
        if not held:
            raise next(iter(errors.values()))
    finally:
        client.close()
    why = {name: error.sentence for name, error in errors.items()}
    return from_lists(asked, held, why, now(), archived)


def _ask(lists: Lists, client: OwnliClient, asked: Question) -> dict[str, Ticket[Any]]:
    """Ask for everything the report needs, without waiting."""
    zone = asked.calendar
    spans = [Span(zone.starts(week), zone.ends(week) - _MILLISECOND) for week in asked.weeks]
    tickets: dict[str, Ticket[Any]] = {
        name: lists.check_ins(client, asked.since)
        if name == "check_ins"
        else getattr(lists, name)(client)
        for name in ASKED
    }
    return {
        **tickets,
        "new_users": lists.new_users(client, spans),
        "users_total": lists.briefly(client, ("users_total",), lambda c: c.count_users()),
    }


def _wait(
    tickets: Mapping[str, Ticket[Any]], say: Callable[[str], None]
) -> tuple[dict[str, Held], dict[str, OwnliError]]:
    """Wait for everything asked for, telling how far it is; failures are kept, not raised."""
    last_said = time.monotonic()
    waiting = dict(tickets)
    while waiting:
        waiting = {
            name: ticket for name, ticket in waiting.items() if not ticket.wait(_POLL_SECONDS)
        }
        if waiting and time.monotonic() - last_said > _SAY_EVERY_SECONDS:
            say(_progress(waiting))
            last_said = time.monotonic()
    held: dict[str, Held] = {}
    errors: dict[str, OwnliError] = {}
    for name, ticket in tickets.items():
        try:
            held[name] = ticket.result()
        except OwnliError as error:
            errors[name] = error
    return held, errors


def _progress(waiting: Mapping[str, Ticket[Any]]) -> str:
    parts = []
    for name, ticket in waiting.items():
        progress = ticket.progress
        unit = "people" if name == "payouts" else "pages"
        far = f"{progress.done:,} of {progress.known:,} {unit}" if progress.known else "starting"
        parts.append(f"{name.replace('_', ' ')}: {far}")
    return f"Reading. {' · '.join(parts)}"
