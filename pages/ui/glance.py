"""The first two seconds: tiles told from counts, while the lists are on their way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ownli_api import OwnliError, Span
from pages.analysis import definitions, glance, wording
from pages.analysis.periods import Week
from pages.ui import sources, tiles
from pages.ui.tiles import Tile

_PATIENCE_SECONDS = 2.0


def show(place: Any, week: Week) -> None:
    """Fill the place of the tiles with what counts can tell; nothing if Ownli does not answer."""
    zone = sources.calendar()
    starts = [zone.starts(each) for each in (week, week.plus(-1))]
    spans = [
        Span(zone.starts(each), zone.ends(each) - timedelta(milliseconds=1))
        for each in (week, week.plus(-1))
    ]
    ticket = sources.lists().glance(sources.client(), spans)
    if not ticket.wait(_PATIENCE_SECONDS):
        return
    try:
        counts = ticket.result().frame
    except OwnliError:
        # The lists ask the same Ownli and say on the page what is wrong with it.
        return
    with place.container():
        tiles.row(
            _tiles(
                glance.of_week(counts, starts[0]),
                glance.of_week(counts, starts[1]),
                glance.totals(counts),
            )
        )


def _tiles(latest: glance.Glance, before: glance.Glance, totals: glance.Totals) -> list[Tile]:
    """The tiles that need no list, and a dash where the list is still to come."""
    coming = "loading"
    return [
        Tile("Users", wording.count(totals.users), definitions.USERS),
        tiles.compared("New users", latest.new_users, before.new_users, definitions.NEW_USERS),
        Tile("Active users", wording.UNKNOWN, definitions.ACTIVE_USERS, note=coming),
        tiles.compared(
            "Check-ins submitted", latest.submitted, before.submitted, definitions.SUBMITTED
        ),
        Tile(
            "Confirmation rate",
            wording.confirmation(latest.confirmed, latest.declined),
            definitions.CONFIRMATION_RATE,
            note="" if latest.undecided is None else f"{latest.undecided:,} undecided",
        ),
        Tile("Median decision time", wording.UNKNOWN, definitions.TIME_TO_DECISION, note=coming),
        Tile("On hold now", wording.UNKNOWN, definitions.ON_HOLD_NOW, note=coming),
        Tile("Rewards earned", wording.UNKNOWN, definitions.EARNED, note=coming),
        Tile(
            "Outstanding rewards",
            wording.UNKNOWN,
            definitions.OUTSTANDING,
            note=""
            if totals.outstanding is None
            else f"{wording.plural(totals.outstanding, 'reward')}, dollars loading",
        ),
        Tile("Payouts claimed", wording.UNKNOWN, definitions.CLAIMED, note=coming),
    ]
