"""Staff accounts from a terminal: `python -m pages.jobs.staff add jane --role analyst`."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from pages import settings
from pages.access import accounts, audit_trail, passwords
from pages.access.accounts import Accounts, Secret
from pages.access.passwords import PasswordRefused
from pages.access.rights import Role
from pages.access.staff_file import StaffFile, StaffProblem, checked_name
from pages.settings import SettingsProblem

DONE, REFUSED = 0, 1
COMMAND_LINE = "command line"  # whom the audit log names; who that was, the operating system knows


@dataclass(frozen=True)
class Terminal:
    """Where the password comes from: asked for twice by a person, else one line."""

    lines: TextIO
    ask: Callable[[str], str]
    interactive: bool

    def password(self, about: Collection[str]) -> str:
        """A password that keeps the rules; raises PasswordRefused. about: its owner's names."""
        if not self.interactive:
            return passwords.checked(self.lines.readline().rstrip("\r\n"), about)
        password = passwords.checked(self.ask("Password: "), about)
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
    add.add_argument("--email", default="", metavar="TEXT", help="what single sign-on goes by")
    _one_time(add)
    verbs.add_parser("list", help="list the accounts")
    for verb, purpose in (
        ("disable", "keep a person out, at once"),
        ("enable", "let a disabled person in again"),
        ("password", "give an account another password; ends its sign-ins"),
    ):
        of_one = verbs.add_parser(verb, help=purpose)
        of_one.add_argument("name", metavar="NAME")
        if verb == "password":
            _one_time(of_one)
    role = verbs.add_parser("role", help="give an account another role")
    role.add_argument("name", metavar="NAME")
    role.add_argument("role", metavar="ROLE", choices=[role.value for role in Role])
    email = verbs.add_parser("email", help="give an account another e-mail, for single sign-on")
    email.add_argument("name", metavar="NAME")
    email.add_argument("email", metavar="ADDRESS")
    return parser


def _one_time(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--one-time",
        action="store_true",
        help="print a generated password that has to be changed at the next sign-in",
    )


def main(words: Sequence[str] | None = None, terminal: Terminal | None = None) -> int:
    """Do what the command line says; 0, or 1 with one sentence on standard error."""
    try:
        asked = arguments().parse_args(words)
    except SystemExit as leaving:  # --help leaves with 0, a wrong command line with 1
        return int(leaving.code or DONE)
    terminal = terminal or Terminal(sys.stdin, getpass.getpass, sys.stdin.isatty())
    try:
        print(_do(asked, StaffFile(asked.file or settings.staff_path()), terminal))
    except audit_trail.NotRecorded:
        print(
            f"The audit log {settings.audit_path()} cannot be written, so nothing was changed.",
            file=sys.stderr,
        )
        return REFUSED
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
    book = Accounts(staff, _record, keeps_admin=False)
    if asked.verb == "add":
        if staff.path.exists() and name in staff.people():  # before a password is asked for
            raise StaffProblem(f"There is already an account named “{name}”.")
        about = (name, asked.full_name, asked.email)
        password, secret = _secret(asked, terminal, about, now)
        book.add(
            name, Role(asked.role), secret, full_name=asked.full_name, email=asked.email.strip()
        )
        return f"Added {name} ({asked.role}) to {staff.path}.{_told(password)}"
    if name not in staff.people():
        raise StaffProblem(f"There is no account named “{name}”.")
    if asked.verb == "password":
        before = staff.people()[name]
        about = (name, before.full_name, before.email)
        password, secret = _secret(asked, terminal, about, now)
        book.set_password(name, secret, now)
        return f"{name} has a new password and is signed out everywhere.{_told(password)}"
    if asked.verb == "role":
        book.give_role(name, Role(asked.role))
        return f"{name} is {asked.role} now."
    if asked.verb == "email":
        book.give_email(name, asked.email.strip())
        return f"{name} has another e-mail now."
    if asked.verb == "disable":
        book.disable(name, now)
        return f"{name} is disabled and signed out."
    book.enable(name)
    return f"{name} is enabled."


def _secret(
    asked: argparse.Namespace, terminal: Terminal, about: Collection[str], now: datetime
) -> tuple[str, Secret]:
    """The password to set; a generated one comes with its text, which is printed once."""
    if asked.one_time:
        return accounts.one_time(now)
    return "", Secret(passwords.hashed(terminal.password(about), about))


def _told(password: str) -> str:
    if not password:
        return ""
    return (
        f" One-time password, to be changed at the next sign-in within "
        f"{accounts.ONE_TIME_HOURS} hours: {password}"
    )


def _record(event: str, **facts: audit_trail.Fact) -> None:
    """Write a change to the audit log of the dashboard; raises NotRecorded."""
    trail = audit_trail.AuditFile(
        settings.audit_path(), settings.environment_name(), clock=time.time
    )
    try:
        trail.write(event, COMMAND_LINE, "", **facts)
    except OSError:
        raise audit_trail.NotRecorded from None


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
