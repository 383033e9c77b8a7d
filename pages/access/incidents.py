"""What went wrong unexpectedly: a reference number for the browser, the rest for the log."""

from __future__ import annotations

import logging
import re
import secrets
import traceback
from typing import Any

import streamlit as st

from pages.access.audit_trail import NotRecorded

log = logging.getLogger(__name__)

REDACTED = "[redacted]"
_SECRET_SHAPES = re.compile(
    r"eyJ[\w-]+\.[\w-]+\.[\w-]*"  # JSON web tokens
    r"|(?i:bearer\s+[^\s\"',;]+)"
    r"|(?i:\"?(?:client_?secret|password|authorization|cookie_?key|access_?token|token)\"?"
    r"\s*[=:]\s*(?:bearer\s+)?)(?:\"[^\"]*\"|'[^']*'|[^\s,;&})]+)"
    r"|\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}"
)
_known: set[str] = set()


def keep_secret(*values: str) -> None:
    """Never let these values into the log, whatever they appear in."""
    _known.update(value for value in values if len(value) >= 8)


def redacted(text: str) -> str:
    """The text without known secrets and without what looks like one."""
    for value in sorted(_known, key=len, reverse=True):
        text = text.replace(value, REDACTED)
    return _SECRET_SHAPES.sub(REDACTED, text)


def redact_logs() -> None:
    """From now on, cut secrets out of every record of every logger of this process.

    Streamlit logs what a callback raises by itself, before anybody else can look at it.
    """
    make = logging.getLogRecordFactory()

    def record(*args: Any, **kwargs: Any) -> logging.LogRecord:
        made = make(*args, **kwargs)
        try:
            message = made.getMessage()
        except (TypeError, ValueError):  # a call with the wrong arguments; logging says so itself
            return made
        if (clean := redacted(message)) != message:
            made.msg, made.args = clean, None
        if made.exc_info and made.exc_info[1] is not None:  # formatters print this text instead
            made.exc_text = redacted("".join(traceback.format_exception(made.exc_info[1])).rstrip())
        return made

    logging.setLogRecordFactory(record)


def report(problem: BaseException) -> str:
    """Write the whole story to the log and return the number it is filed under."""
    reference = secrets.token_hex(4).upper()
    story = "".join(traceback.format_exception(problem))
    log.error("Reference %s: %s", reference, story)
    return reference


def sentence(reference: str) -> str:
    """What a person reads about something that went wrong unexpectedly."""
    return (
        "Something went wrong on this page. Reload it, and if it happens again, give your "
        f"administrator this reference: {reference}."
    )


def show(problem: BaseException) -> bool:
    """Report a problem and say so on the page; True, as Streamlit's error hook wants it."""
    st.error(message(problem), icon=":material/error:")
    return True


def message(problem: BaseException) -> str:
    """The sentence for a problem: its own if it has one for people, else a reference number."""
    return str(problem) if isinstance(problem, NotRecorded) else sentence(report(problem))
