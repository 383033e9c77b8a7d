"""Keeps addresses, parameters and identities out of logs: ours and those of the libraries below."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from ownli_api.errors import NotFound

log = logging.getLogger("ownli_api")
# Longer ids are no ids; Ownli's own have about twenty characters.
LONGEST_ID = 200
_PLACE = re.compile(r"{(\w+)}")
_here = threading.local()


class _NotOurs(logging.Filter):
    """Drops what urllib3 says while this package is asking: its lines hold whole addresses."""

    def filter(self, record: logging.LogRecord) -> bool:
        del record
        return not getattr(_here, "asking", False)


_not_ours = _NotOurs()


def _silence() -> None:
    # A filter works only on the very logger a record is made with, so each one needs it.
    for name in list(logging.Logger.manager.loggerDict):
        if name == "urllib3" or name.startswith("urllib3."):
            logging.getLogger(name).addFilter(_not_ours)


_silence()


@contextmanager
def quiet() -> Iterator[None]:
    """While it lasts, urllib3 logs nothing from this thread; its other users are untouched."""
    _here.asking = True
    try:
        yield
    finally:
        _here.asking = False


def fill(template: str, values: dict[str, str]) -> str:
    """A path from its template; ids are percent-encoded whole and can never change the path.

    Raises `NotFound` for what cannot be an id, such as "" or "..".
    """
    encoded = {}
    for name in _PLACE.findall(template):
        value = values[name]
        # Dots survive encoding and would climb up the path.
        if not value.strip(". ") or len(value) > LONGEST_ID or not value.isprintable():
            raise NotFound("Ownli knows nothing by that id.")
        encoded[name] = quote(value, safe="")
    return template.format(**encoded)
