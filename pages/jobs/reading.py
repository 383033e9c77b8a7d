"""Fetches from Ownli what a weekly report needs, saying on the way how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from ownli_api import OwnliClient, OwnliError, Span
from ownli_api import Settings as OwnliSettings
from ownli_api.cache import Lists
from pages.analysis.report import LISTS_READ, Question
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


def fetched(
    settings: OwnliSettings,
    folder: Path | None,
    asked: Question,
    say: Callable[[str], None],
) -> tuple[dict[str, Any], dict[str, str]]:
    """The snapshots of the lists by name, and in a sentence why others did not come.

    folder: where the lists of an earlier run or of the dashboard are, None for nowhere.
    Raises the OwnliError if nothing could be read at all.
    """
    zone = asked.calendar
    spans = [Span(zone.starts(week), zone.ends(week) - _MILLISECOND) for week in asked.weeks]
    client = OwnliClient(settings)
    try:
        lists = Lists(folder=folder)
        handles: dict[str, Any] = {
            name: lists.check_ins(client, asked.since)
            if name == "check_ins"
            else getattr(lists, name)(client)
            for name in LISTS_READ
        }
        handles["new_users"] = lists.new_users(client, spans)
        handles["users_total"] = lists.briefly(client, ("users_total",), lambda c: c.count_users())
        _wait(handles, say)
        held: dict[str, Any] = {}
        errors: dict[str, OwnliError] = {}
        for name, handle in handles.items():
            try:
                held[name] = handle.result()
            except OwnliError as error:
                errors[name] = error
        if not held:
            raise next(iter(errors.values()))
        lists.save()
        return held, {name: error.sentence for name, error in errors.items()}
    finally:
        client.close()


def _wait(handles: Mapping[str, Any], say: Callable[[str], None]) -> None:
    """Wait for everything that was asked for, saying now and then how far it is."""
    last_said = time.monotonic()
    waiting = dict(handles)
    while waiting:
        waiting = {
            name: handle for name, handle in waiting.items() if not handle.wait(_POLL_SECONDS)
        }
        if waiting and time.monotonic() - last_said > _SAY_EVERY_SECONDS:
            say(_progress(waiting))
            last_said = time.monotonic()


def _progress(waiting: Mapping[str, Any]) -> str:
    parts = []
    for name, handle in waiting.items():
        done, known = handle.progress.done, handle.progress.known
        unit = "people" if name == "payouts" else "pages"
        far = f"{done:,} of {known:,} {unit}" if known else "starting"
        parts.append(f"{name.replace('_', ' ')}: {far}")
    return f"Reading. {' · '.join(parts)}"
