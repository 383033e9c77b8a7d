"""What can be made to go wrong in the stand-in: standing settings, and rules that hit chosen requests."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from threading import RLock
from typing import Any

STATUSES = ("400", "401", "403", "404", "409", "429", "500", "502", "503", "504")
INSTEAD = (*STATUSES, "html", "not_json", "wrong_shape", "hang", "drop", "cut_short")
ALTERED = ("missing_field", "wrong_type", "unknown_word", "repeat_page", "total_items")
BESIDE = ("slow",)
KINDS = (*INSTEAD, *ALTERED, *BESIDE)


@dataclass
class Rule:
    """One fault for requests whose path starts with `path` and whose query holds `query`.

    kind: one of `KINDS`. times: how many matching requests it hits, None for every one. after: how
    many matching requests pass unharmed first. The rest are options of some kinds:
    429: `retry_after` seconds (None: no header). 4xx/5xx: `error_code` (None: a fitting one; "": no body).
    hang: `seconds` until the connection is dropped; slow: `seconds` waited before a right answer.
    missing_field, wrong_type, unknown_word: `field` of each item and every `every`-th item of it;
    `value` is what is sent instead (wrong_type, unknown_word). total_items: `value` is a number to send,
    a text such as "+3" or "-3" to shift the right one by, or None to leave the key out.
    """

    kind: str
    path: str = "/api"
    times: int | None = 1
    after: int = 0
    query: Mapping[str, str] = field(default_factory=dict)
    retry_after: float | None = None
    error_code: str | None = None
    seconds: float = 60.0
    field: str = "id"
    every: int = 1
    value: Any = None
    hits: int = 0


@dataclass
class Faults:
    """The faults of one sandbox; may be changed while it runs. The defaults are a server without any."""

    latency_seconds: float = 0.0
    page_cap: int | None = None  # a larger `size` is cut silently
    refuse_size_over: int | None = None  # a larger `size` is answered 400
    token_seconds: float = 3600.0  # how long a token really lives
    token_says_seconds: int | None = None  # `expires_in`; None tells the truth
    clock_offset_seconds: float = 0.0  # the server's clock minus the real one
    requests_per_second: float | None = None  # more are answered 429 with Retry-After
    by_id: bool = True  # whether the inferred GET /api/users/by-id/{id} exists
    refuse_inferred: bool = False  # whether parameters with inferred names are answered 400
    total_pages_is_size: bool = False  # the other reading of the documentation's totalPages
    nulls: bool = False  # absent values are sent as null and not left out
    default_status: str = "All"  # what a list without `status` shows; the documentation is silent
    insert_rows_while_paging: int = 0  # new rows in a list after each page of it
    insert_rows_dated: str = "now"  # "now", or "oldest" to shift every later page
    vanish_rows_while_paging: int = (
        0  # rows that disappear from a list's old end after each page of it
    )
    drift_limit: int | None = None  # rows inserted or vanished in all; None: for ever
    rules: list[Rule] = field(default_factory=list)
    _lock: Any = field(default_factory=RLock, repr=False, compare=False)

    def add(
        self, kind: str, path: str = "/api", times: int | None = 1, after: int = 0, **options: Any
    ) -> Rule:
        """Plant a fault: `add("429", "/api/rewards", times=2, retry_after=1)`. See `Rule`."""
        raise NotImplementedError

    def clear(self) -> None:
        """Back to a server without faults."""
        raise NotImplementedError
