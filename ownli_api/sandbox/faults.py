"""What can be made to go wrong in the stand-in: standing settings and rules for some requests."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, fields
from threading import RLock
from typing import Any

STATUSES = ("400", "401", "403", "404", "409", "429", "500", "502", "503", "504")
INSTEAD = (*STATUSES, "html", "not_json", "wrong_shape", "hang", "drop", "cut_short")
ALTERED = ("missing_field", "wrong_type", "unknown_word", "total_items")
BEFORE = ("slow", "repeat_page")
KINDS = (*INSTEAD, *ALTERED, *BEFORE)


@dataclass
class Rule:
    """One fault for requests whose path starts with `path` and whose query holds `query`.

    kind: one of `KINDS`. times: how many matching requests it hits, None for every one. after: how
    many matching requests pass unharmed first. The rest are options of some kinds.

    - "400" to "504": `error_code` (None: the documented one, or a gateway's HTML page for 502 to
      504; "": no body). 429: `retry_after` seconds for the header, None for no header.
    - "html", "not_json", "wrong_shape": answered with 200; `value` replaces the body.
    - "hang": no answer for `seconds`, then the connection is dropped. "drop": dropped at once.
      "cut_short": dropped after half of a right answer. "slow": a right answer after `seconds`.
    - "missing_field", "wrong_type", "unknown_word": `field` (dots lead inwards: "owner.id") of the
      first and every `every`-th item after it; `value` is what is sent instead.
    - "total_items": `value` is a number to send, a text such as "+3" or "-3" to shift the right one
      by, or None to leave it out. "repeat_page": a later page shows the rows of the one before it.
    """

    kind: str
    path: str = "/api"
    times: int | None = 1
    after: int = 0
    query: Mapping[str, str] = field(default_factory=dict)
    error_code: str | None = None
    retry_after: float | None = None
    seconds: float = 60.0
    field: str = "id"
    every: int = 1
    value: Any = None
    hits: int = 0

    def matches(self, path: str, query: Mapping[str, str]) -> bool:
        """Whether a request is one of those this rule is about."""
        return path.startswith(self.path) and all(
            query.get(name) == value for name, value in self.query.items()
        )

    def strikes(self) -> bool:
        """Count a matching request; whether the rule hits it."""
        if self.after > 0:
            self.after -= 1
            return False
        if self.times is not None and self.hits >= self.times:
            return False
        self.hits += 1
        return True


@dataclass(frozen=True)
class Harm:
    """What hits one request."""

    instead: Rule | None = None
    altered: tuple[Rule, ...] = ()
    wait_seconds: float = 0.0
    repeat_page: bool = False


@dataclass
class Faults:
    """The faults of one sandbox; may be changed while it runs. The defaults do no harm."""

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
    vanish_rows_while_paging: int = 0  # rows gone from a list's old end after each page of it
    drift_limit: int | None = None  # pages after which rows come and go no more; None: for ever
    rules: list[Rule] = field(default_factory=list)
    _lock: Any = field(default_factory=RLock, repr=False, compare=False)

    def add(
        self, kind: str, path: str = "/api", times: int | None = 1, after: int = 0, **options: Any
    ) -> Rule:
        """Plant a fault: `add("429", "/api/rewards", times=2, retry_after=1)`. See `Rule`."""
        if kind not in KINDS:
            raise ValueError(f"no such fault: {kind}; there are {', '.join(KINDS)}")
        rule = Rule(kind, path, times, after, **options)
        with self._lock:
            self.rules.append(rule)
        return rule

    def clear(self) -> None:
        """Back to a server that does no harm."""
        calm = Faults()
        with self._lock:
            for one in fields(self):
                if one.name != "_lock":
                    setattr(self, one.name, getattr(calm, one.name))

    def set(self, **settings: Any) -> None:
        """Change standing settings by name; ValueError for an unknown one."""
        known = {one.name for one in fields(self)} - {"rules", "_lock"}
        if unknown := sorted(set(settings) - known):
            raise ValueError(f"no such setting: {', '.join(unknown)}")
        with self._lock:
            for name, value in settings.items():
                setattr(self, name, value)

    def harm(self, path: str, query: Mapping[str, str]) -> Harm:
        """What hits this request; rules with a number of times are used up by it.

        A request that gets another answer instead uses up no rule about right answers.
        """
        with self._lock:
            matching = [rule for rule in self.rules if rule.matches(path, query)]
            replacing = (rule for rule in matching if rule.kind in INSTEAD and rule.strikes())
            instead = next(replacing, None)
            if instead is not None and instead.kind != "cut_short":
                return Harm(instead, wait_seconds=self.latency_seconds)
            others = [rule for rule in matching if rule.kind not in INSTEAD and rule.strikes()]
            return Harm(
                instead,
                tuple(rule for rule in others if rule.kind in ALTERED),
                self.latency_seconds + sum(one.seconds for one in others if one.kind == "slow"),
                any(rule.kind == "repeat_page" for rule in others),
            )

    def drift(self) -> bool:
        """Whether rows come and go after this page; counts it."""
        with self._lock:
            if not (self.insert_rows_while_paging or self.vanish_rows_while_paging):
                return False
            if self.drift_limit is None:
                return True
            self.drift_limit -= 1
            return self.drift_limit >= 0


def altered(answer: Any, rules: tuple[Rule, ...]) -> Any:
    """A right answer with its items or its total made wrong."""
    if not rules:
        return answer
    answer = deepcopy(answer)
    for rule in rules:
        if rule.kind == "total_items":
            _change_total(answer, rule.value)
            continue
        for item in items_of(answer)[:: rule.every]:
            _change_field(item, rule)
    return answer


def items_of(answer: Any) -> list[Any]:
    """The records an answer holds: of an envelope, of a bare array, or the one object itself."""
    if isinstance(answer, list):
        return answer
    if "totalItems" in answer:
        return next((value for value in answer.values() if isinstance(value, list)), [])
    return [answer]


def _change_total(answer: Any, value: int | str | None) -> None:
    if not isinstance(answer, dict) or "totalItems" not in answer:
        return
    if value is None:
        del answer["totalItems"]
    elif isinstance(value, str):
        answer["totalItems"] += int(value)
    else:
        answer["totalItems"] = value


def _change_field(item: dict[str, Any], rule: Rule) -> None:
    *outer, name = rule.field.split(".")
    for step in outer:
        inner = item.get(step)
        if not isinstance(inner, dict):
            return
        item = inner
    if rule.kind == "missing_field":
        item.pop(name, None)
    elif rule.value is not None:
        item[name] = rule.value
    else:
        item[name] = "Reconsidered" if rule.kind == "unknown_word" else {"not": ["expected"]}
