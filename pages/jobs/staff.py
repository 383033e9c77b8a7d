"""Staff accounts from a terminal: `python -m pages.jobs.staff add jane --role analyst`."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from pages.access import passwords
from pages.access.passwords import PasswordRefused
from pages.access.rights import Role
from pages.access.staff import StaffFile, StaffProblem, StaffRecord, checked_name
from pages.ui import settings
from pages.ui.settings import SettingsProblem

DONE, REFUSED = 0, 1


@dataclass(frozen=True)
class Terminal:
    """Where the password comes from: asked for twice by a person, else one line."""

    lines: TextIO
    ask: Callable[[str], str]
    interactive: bool

    def password(self) -> str:
        """A password that keeps the rules; raises PasswordRefused."""
        if not self.interactive:
            return passwords.checked(self.lines.readline().rstrip("\r\n"))
        password = passwords.checked(self.ask("Password: "))
        if self.ask("The same again: ") != password:
            raise PasswordRefused("The two passwords are not the same.")
        return password


class _Arguments(argparse.ArgumentParser):
    """Leaves with one sentence and exit code 1 instead of a page of usage."""

    def error(self, message: str) -> None:  # type: ignore[override]
        """Say what is wrong with the command line."""
        self.exit(REFUSED, f"{message[:1].upper()}{message[1:]}; see --help.\n")


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = _Arguments(prog="python -m pages.jobs.staff", description=__doc__)
    parser.add_argument("--file", type=Path, help="the staff file, instead of the configured one")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    add = verbs.add_parser("add", help="add an account and give it a password")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--role", required=True, choices=[role.value for role in Role])
    add.add_argument("--full-name", default="", metavar="TEXT")
    add.add_argument("--email", default="", metavar="TEXT")
    verbs.add_parser("list", help="list the accounts")
    for verb, purpose in (
        ("disable", "keep a person out, at once"),
        ("enable", "let a disabled person in again"),
        ("password", "give an account another password; ends its sign-ins"),
    ):
        verbs.add_parser(verb, help=purpose).add_argument("name", metavar="NAME")
    role = verbs.add_parser("role", help="give an account another role")
    role.add_argument("name", metavar="NAME")
    role.add_argument("role", metavar="ROLE", choices=[role.value for role in Role])
    return parser


def main(words: Sequence[str] | None = None, terminal: Terminal | None = None) -> int:
    """Do what the command line says; 0, or 1 with one sentence on standard error."""
    try:
        asked = arguments().parse_args(words)
    except SystemExit as leaving:  # --help leaves with 0, a wrong command line with 1
        return int(leaving.code or DONE)
    terminal = terminal or Terminal(sys.stdin, getpass.getpass, sys.stdin.isatty())
    try:
        print(_do(asked, StaffFile(asked.file or settings.staff_path()), terminal))
    except (StaffProblem, SettingsProblem, PasswordRefused) as problem:
        print(problem, file=sys.stderr)
        return REFUSED
    except (EOFError, KeyboardInterrupt):
        print("Nothing was changed.", file=sys.stderr)
        return REFUSED
    return DONE


def _do(asked: argparse.Namespace, staff: StaffFile, terminal: Terminal) -> str:
    """Do one verb and return what to print."""
    if asked.verb == "list":
        return _listed(staff)
    name = checked_name(asked.name.strip().lower())
    now = datetime.now(UTC).replace(microsecond=0)
    if asked.verb == "add":
        if staff.path.exists() and name in staff.people():  # before a password is asked for
            raise StaffProblem(f"There is already an account named “{name}”.")
        hashed = passwords.hashed(terminal.password())
        staff.add(StaffRecord(name, asked.full_name, asked.email, Role(asked.role), hashed))
        return f"Added {name} ({asked.role}) to {staff.path}."
    if name not in staff.people():
        raise StaffProblem(f"There is no account named “{name}”.")
    if asked.verb == "password":
        staff.change(name, password=passwords.hashed(terminal.password()), sessions_since=now)
        return f"{name} has a new password and is signed out everywhere."
    if asked.verb == "role":
        staff.change(name, role=Role(asked.role))
        return f"{name} is {asked.role} now."
    disabled = asked.verb == "disable"
    staff.change(name, disabled=disabled, **({"sessions_since": now} if disabled else {}))
    return f"{name} is disabled and signed out." if disabled else f"{name} is enabled."


def _listed(staff: StaffFile) -> str:
    people = staff.people()
    if not people:
        return f"{staff.path} holds no accounts."
    rows = [
        (
            record.name,
            record.role.value,
            "disabled" if record.disabled else "enabled",
            record.full_name,
            record.email,
        )
        for record in people.values()
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return os.linesep.join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


if __name__ == "__main__":
    sys.exit(main())
