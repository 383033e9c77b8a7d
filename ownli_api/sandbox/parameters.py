"""Query parameters: the documented ones are read strictly, all others refused."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ownli_api.sandbox.facts import to_ms
from ownli_api.sandbox.refusals import invalid

INT32_MAX = 2**31 - 1
DEFAULT_SIZE = 10
DATE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One documented parameter; kind: page, size, text, date, flag, or word (one of `words`).

    inferred: a filter whose name was concluded from siblings and not read in the documentation.
    """

    name: str
    kind: str = "text"
    words: tuple[str, ...] = ()
    default: Any = None
    inferred: bool = False

    def read(self, text: str) -> Any:
        """The value a text stands for: int, str, bool, or milliseconds; Refusal if malformed."""
        match self.kind:
            case "page" | "size":
                return self._number(text, 0 if self.kind == "page" else 1)
            case "date":
                return self._date(text)
            case "flag":
                if text not in ("true", "false"):
                    raise invalid(f"{self.name} must be true or false")
                return text == "true"
            case "word":
                if text not in self.words:
                    raise invalid(f"{self.name} must be one of {', '.join(self.words)}")
        return text

    def _number(self, text: str, least: int) -> int:
        if not WHOLE_NUMBER.fullmatch(text) or not least <= int(text) <= INT32_MAX:
            raise invalid(f"{self.name} must be a whole number of at least {least}")
        return int(text)

    def _date(self, text: str) -> int:
        try:
            if not DATE.fullmatch(text):
                raise ValueError
            return to_ms(datetime.fromisoformat(text))
        except ValueError:
            raise invalid(f"{self.name} must look like 2024-01-01T00:00:00.000Z") from None


def read(
    known: tuple[Parameter, ...], given: Iterable[tuple[str, str]], *, refuse_inferred: bool
) -> dict[str, Any]:
    """Every known parameter with its value or default; Refusal for unknown, repeated, malformed."""
    by_name = {one.name: one for one in known}
    values = {one.name: one.default for one in known}
    seen: set[str] = set()
    for name, text in given:
        parameter = by_name.get(name)
        if parameter is None or (refuse_inferred and parameter.inferred):
            raise invalid(f"unknown parameter {name}")
        if name in seen:
            raise invalid(f"{name} is given twice")
        seen.add(name)
        values[name] = parameter.read(text)
    if values.get("searchValue") and values.get("searchBy") is None:
        raise invalid("searchValue needs searchBy")
    return values


def paging(sorts: tuple[str, ...], default: str) -> tuple[Parameter, ...]:
    """page, size, sortBy, sortDirection as every list has them."""
    return (
        Parameter("page", "page", default=0),
        Parameter("size", "size", default=DEFAULT_SIZE),
        Parameter("sortBy", "word", sorts, default),
        Parameter("sortDirection", "word", ("asc", "desc"), "desc"),
    )


def searching(*fields: str) -> tuple[Parameter, ...]:
    """searchBy, searchValue over these fields."""
    return (
        Parameter("searchBy", "word", fields),
        Parameter("searchValue"),
    )


def dates(*names: str) -> tuple[Parameter, ...]:
    """Date bounds, inclusive, ISO-8601 UTC with milliseconds."""
    return tuple(Parameter(name, "date") for name in names)
