"""Staff accounts: a YAML file read again whenever it changes, and replaced whole when edited."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from pages.access import atomic_file, passwords
from pages.access.audit_trail import NotRecorded
from pages.access.rights import Person, Role

HEADER = "# Staff accounts, edited with: python -m pages.jobs.staff (add, list, disable, ...)\n"
_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
_ROLES = ", ".join(Role)
_TIMES = ("sessions_since", "one_time_until")
_KEYS = ("full_name", "email", "role", "password", "disabled", *_TIMES)


class StaffProblem(Exception):  # noqa: N818 - not a fault of the program
    """The staff file cannot be used; the text is one sentence naming file, line and key."""


@dataclass(frozen=True)
class StaffRecord:
    """One account as the staff file holds it; `name` is the username, in lower case.

    `sessions_since`: sessions opened before this moment no longer count (UTC).
    `one_time_until`: the password was made for one sign-in, until then (UTC), and has to be
    changed at it; None for a password of the person's own.
    """

    name: str
    full_name: str
    email: str
    role: Role
    password: str
    disabled: bool = False
    sessions_since: datetime | None = None
    one_time_until: datetime | None = None

    def __repr__(self) -> str:
        return f"StaffRecord(name={self.name!r}, role={self.role.value!r})"

    @property
    def person(self) -> Person:
        """The account as the screens see it."""
        return Person(self.name, self.full_name or self.name, self.role)

    @property
    def must_change(self) -> bool:
        """Whether the password is a one-time one, which opens only the page that changes it."""
        return self.one_time_until is not None

    def is_one_time_over(self, now: float) -> bool:
        """Whether the time of a one-time password is over (seconds since 1970)."""
        return self.one_time_until is not None and now >= self.one_time_until.timestamp()

    @property
    def fingerprint(self) -> str:
        """What open sessions belong to: changes with the password and when they are to end."""
        since = self.sessions_since.timestamp() if self.sessions_since else ""
        return hashlib.sha256(f"{self.password} {since}".encode()).hexdigest()[:16]


People = dict[str, StaffRecord]


def _nothing() -> None:
    """Nothing comes before a change that nobody asked to record."""


class StaffList:
    """Accounts that live as long as the process, for the demo."""

    def __init__(self, records: Iterable[StaffRecord]) -> None:
        self._people = {record.name: record for record in records}
        self._lock = threading.Lock()

    def people(self) -> Mapping[str, StaffRecord]:
        """All accounts by username."""
        return self._people

    def edit(
        self, change: Callable[[People], None], before: Callable[[], None] = _nothing
    ) -> People:
        """Change the accounts while nobody else can; `before` runs when the change is allowed.

        What `change` or `before` raises leaves everything as it was.
        """
        with self._lock:
            people = dict(self._people)
            change(people)
            before()
            self._people = people
        return people


class StaffFile:
    """The staff file: read on every question, parsed only when it changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._people: Mapping[str, StaffRecord] = {}

    def people(self) -> Mapping[str, StaffRecord]:
        """All accounts by username, as of now; raises StaffProblem."""
        try:
            at = self.path.stat()
            seen = (at.st_mtime_ns, at.st_size, at.st_ino)
            with self._lock:
                if seen != self._seen:
                    self._people = parse(self.path.read_text(encoding="utf-8"), str(self.path))
                    self._seen = seen
                return self._people
        except FileNotFoundError:
            raise StaffProblem(
                f"The staff file {self.path} does not exist; create the first account with "
                "“python -m pages.jobs.staff add NAME --role admin”, or set STAFF_FILE."
            ) from None
        except (OSError, UnicodeDecodeError) as problem:
            raise StaffProblem(
                f"The staff file {self.path} cannot be read: {_why(problem)}."
            ) from None

    def edit(
        self, change: Callable[[People], None], before: Callable[[], None] = _nothing
    ) -> People:
        """As `StaffList.edit`: read, change and replace the file while no other writer can."""
        try:
            with atomic_file.locked(self.path):
                people = dict(self.people()) if self.path.exists() else {}
                change(people)
                before()
                atomic_file.replace(self.path, as_text(people))
        except NotRecorded:
            raise
        except OSError as problem:
            raise StaffProblem(
                f"The staff file {self.path} cannot be written: {_why(problem)}."
            ) from None
        return people


StaffDirectory = StaffList | StaffFile


def checked_name(name: str) -> str:
    """The username if it is one; raises StaffProblem."""
    if not _NAME.fullmatch(name):
        raise StaffProblem(
            f"“{name}” cannot be a username: use 1 to 64 lower-case letters, digits and . _ @ -"
        )
    return name


def as_text(people: Mapping[str, StaffRecord]) -> str:
    """The accounts as the YAML that `parse` reads."""
    usernames = {}
    for name in sorted(people):
        values = asdict(people[name])
        del values["name"]
        values["role"] = people[name].role.value
        for key in _TIMES:
            values[key] = values[key].isoformat() if values[key] else None
        usernames[name] = {key: values[key] for key in _KEYS if values[key] not in (None, "")}
    return HEADER + yaml.safe_dump({"usernames": usernames}, sort_keys=False, allow_unicode=True)


def parse(text: str, file: str) -> dict[str, StaffRecord]:
    """The accounts in a staff file's text; raises StaffProblem naming file, line and key."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        where = f" (line {mark.line + 1})" if mark else ""
        raise StaffProblem(f"{file}{where} is not valid YAML.") from None
    except yaml.YAMLError:
        raise StaffProblem(f"{file} is not valid YAML.") from None
    if root is None:
        return {}
    people: dict[str, StaffRecord] = {}
    for key, users in _pairs(root, file, "the file"):
        if key.value != "usernames":
            raise _problem(
                file, key, f"has an unknown key “{key.value}”; it holds “usernames” only"
            )
        if isinstance(users, yaml.ScalarNode) and not users.value:
            continue
        for name, fields in _pairs(users, file, "usernames"):
            record = _record(file, name, fields)
            if record.name in people:
                raise _problem(file, name, f"names “{record.name}” twice")
            people[record.name] = record
    return people


def _record(file: str, name: yaml.Node, fields: yaml.Node) -> StaffRecord:
    owner = name.value if isinstance(name.value, str) else ""
    if not _NAME.fullmatch(owner):
        raise _problem(
            file, name, "has a username that is not lower-case letters, digits and . _ @ -"
        )
    values: dict[str, Any] = {"full_name": "", "email": "", "disabled": False}
    for key, value in _pairs(fields, file, owner):
        if key.value not in _KEYS:
            raise _problem(file, key, f"has an unknown key “{key.value}” for {owner}")
        values[key.value] = _value(file, owner, key.value, value)
    for required in ("role", "password"):
        if required not in values:
            raise _problem(file, name, f"lacks the key “{required}” for {owner}")
    return StaffRecord(name=owner, **values)


def _value(file: str, owner: str, key: str, node: yaml.Node) -> Any:
    """One field, checked; a wrong value is never quoted, it may be a password."""
    text = node.value if isinstance(node, yaml.ScalarNode) else None
    if key == "disabled" and text is not None and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if key == "disabled":
        raise _problem(file, node, f"needs true or false as “disabled” of {owner}")
    if key == "role":
        if text not in list(Role):
            raise _problem(file, node, f"needs one of {_ROLES} as “role” of {owner}")
        return Role(text)
    if key == "password" and (text is None or not passwords.is_hash(text)):
        raise _problem(file, node, f"needs a bcrypt hash as “password” of {owner}, not plain text")
    if key in _TIMES:
        try:
            at = datetime.fromisoformat(str(text))
        except ValueError:
            raise _problem(file, node, f"needs a date and time as “{key}” of {owner}") from None
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    if text is None:
        raise _problem(file, node, f"needs text as “{key}” of {owner}")
    return text


def _pairs(node: yaml.Node, file: str, what: str) -> list[tuple[yaml.Node, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        raise _problem(file, node, f"needs keys and values in {what}")
    return list(node.value)


def _problem(file: str, node: yaml.Node, sentence: str) -> StaffProblem:
    return StaffProblem(f"{file}, line {node.start_mark.line + 1}, {sentence}.")


def _why(problem: Exception) -> str:
    if isinstance(problem, OSError):
        return (problem.strerror or "unknown reason").lower()
    return "it is not UTF-8 text"
