"""The weekly report without a browser: `python -m pages.jobs.weekly_report --week 2026-W47`.

Exit code 0: written and complete. 3: written, but incomplete (it says what is missing). 1: nothing
written. 4: written, but the mail could not be sent.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from ownli_api import OwnliError
from pages import settings
from pages.access import atomic_file
from pages.analysis.periods import Calendar
from pages.analysis.report import (
    NoSuchWeek,
    Question,
    Report,
    as_html,
    as_json,
    as_xlsx,
    asked_week,
    from_lists,
    restated,
)
from pages.jobs import mail, reading
from pages.jobs.mail import MailProblem
from pages.settings import SettingsProblem

COMPLETE, NOTHING_WRITTEN, INCOMPLETE, NOT_MAILED = 0, 1, 3, 4
STANDARD_OUTPUT = "-"


class JobProblem(Exception):  # noqa: N818 - not a fault of the program
    """Why nothing is written, in one sentence."""


class _Arguments(argparse.ArgumentParser):
    """Leaves with one sentence and exit code 1 instead of a page of usage."""

    def error(self, message: str) -> None:  # type: ignore[override]
        """Say what is wrong with the command line."""
        self.exit(NOTHING_WRITTEN, f"{message[:1].upper()}{message[1:]}; see --help.\n")


@dataclass(frozen=True)
class Surroundings:
    """What the job reads and writes besides Ownli and files; tests hand in their own."""

    environment: Mapping[str, str]
    root: Path
    out: BinaryIO
    terminal: bool
    says: TextIO
    now: Callable[[], datetime]

    @classmethod
    def real(cls) -> Surroundings:
        """Those of this process."""
        return cls(
            os.environ,
            settings.ROOT,
            sys.stdout.buffer,
            sys.stdout.isatty(),
            sys.stderr,
            lambda: datetime.now(UTC),
        )

    def say(self, sentence: str) -> None:
        """One line on standard error."""
        print(sentence, file=self.says, flush=True)


FORMATS = ("html", "json", "xlsx")
_ORDINARY = 0o666


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = _Arguments(
        prog="python -m pages.jobs.weekly_report", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--week", metavar="2026-W47", help="default: the last complete week")
    parser.add_argument("--format", choices=FORMATS, default="html")
    parser.add_argument(
        "--output",
        metavar="FILE",
        help="a file, a folder, or - for standard output (the default; on a terminal a file)",
    )
    parser.add_argument(
        "--archive",
        type=Path,
        metavar="DIR",
        help="keep the JSON of this report there, and say which reported numbers have changed "
        "(default: the setting report.archive)",
    )
    parser.add_argument(
        "--dashboard",
        metavar="URL",
        help="where the dashboard is: the numbers of the HTML file become links to their rows",
    )
    parser.add_argument(
        "--smtp",
        metavar="HOST[:PORT]",
        help="mail the report through this server (default: the setting report.smtp_host)",
    )
    parser.add_argument(
        "--mail-to", metavar="ADDRESSES", help="comma-separated (default: report.smtp_to)"
    )
    parser.add_argument("--no-mail", action="store_true", help="mail nothing, whatever is set")
    return parser


def main(words: Sequence[str] | None = None, around: Surroundings | None = None) -> int:
    """Make the report the command line asks for; returns the exit code."""
    around = around or Surroundings.real()
    try:
        asked = arguments().parse_args(words)
    except SystemExit as leaving:  # --help leaves with 0, a wrong command line with 1
        return int(leaving.code or COMPLETE)
    try:
        return _run(asked, around)
    except (JobProblem, SettingsProblem, OwnliError) as problem:
        around.say(str(problem))
        return NOTHING_WRITTEN
    except KeyboardInterrupt:
        around.say("Stopped. A file that was there before is whole, or replaced whole.")
        return NOTHING_WRITTEN


def _run(asked: argparse.Namespace, around: Surroundings) -> int:
    app = settings.load(around.environment, around.root, signing_in=False)
    post = None
    if not asked.no_mail:
        post = settings.mail(around.environment, around.root, server=asked.smtp, to=asked.mail_to)
    folder = asked.archive or _archive(around)
    calendar = Calendar(app.time_zone)
    try:
        week = asked_week(asked.week, calendar, around.now())
        question = Question(week, calendar, app.environment)
        # A demo's partner is gone with the process: there is nothing to keep of it.
        folder_of_lists = app.cache_folder if app.ownli else None
        with reading.ownli(app) as partner:
            held, errors = reading.fetched(partner, folder_of_lists, question, around.say)
        report = from_lists(question, held, errors, around.now(), _archived(folder, around))
    except NoSuchWeek as problem:
        raise JobProblem(str(problem)) from None
    content = _content(report, asked)
    _write(_place(asked, report, around), content, around)
    code = COMPLETE
    if not report.complete:
        around.say(f"The report is incomplete. {' '.join(report.problems)}")
        code = INCOMPLETE
    if folder is not None and not _kept(folder, report, around):
        code = INCOMPLETE
    if post is not None:
        name = file_name(report, asked.format)
        try:
            mail.send(mail.message(report, post, name, content), post)
        except MailProblem as problem:
            around.say(f"The report is written, but was not mailed. {problem}")
            return NOT_MAILED
        around.say(f"Mailed to {len(post.to)}.")
    return code


def _content(report: Report, asked: argparse.Namespace) -> bytes:
    """The bytes of the file that was asked for."""
    if asked.format == "html":
        return as_html(report, asked.dashboard)
    return as_json(report) if asked.format == "json" else as_xlsx(report)


def _archive(around: Surroundings) -> Path | None:
    """The configured folder of reports, if there is one."""
    text = settings.text("report.archive", around.environment, around.root)
    return None if text is None else around.root / Path(text).expanduser()


def _archived(folder: Path | None, around: Surroundings) -> list[Mapping[str, Any]]:
    """The archived reports; a file that is none is named and left alone."""
    if folder is None:
        return []
    try:
        paths = folder.glob(f"*{restated.SUFFIX}")
        found, others = restated.archived({one.name: one.read_text("utf-8") for one in paths})
    except (OSError, UnicodeError) as problem:
        around.say(f"The archive {folder} could not be read: {_why(problem)}.")
        return []
    for name in others:
        around.say(f"{name} in the archive is no archived report.")
    return found


def _kept(folder: Path, report: Report, around: Surroundings) -> bool:
    """Keep the report's JSON in the archive; False (said so) if the folder takes nothing."""
    if report.running is not None:
        around.say("A week in progress is not archived.")
        return True
    text = as_json(report)
    try:
        atomic_file.replace(folder / restated.archive_name(json.loads(text)), text)
    except OSError as problem:
        around.say(f"The report could not be archived in {folder}: {_why(problem)}.")
        return False
    return True


def _why(problem: OSError | UnicodeError) -> str:
    return getattr(problem, "strerror", None) or str(problem)


def _place(asked: argparse.Namespace, report: Report, around: Surroundings) -> Path | None:
    """Where the report goes; None is standard output."""
    name = file_name(report, asked.format)
    if asked.output is None:
        return Path(name) if around.terminal and asked.format != "json" else None
    if asked.output == STANDARD_OUTPUT:
        return None
    path = Path(asked.output).expanduser()
    return path / name if path.is_dir() else path


def file_name(report: Report, ending: str) -> str:
    """`sandbox_weekly-report_2026-W47.html`: the same for the same week, whenever it is made."""
    slug = "".join(letter if letter.isalnum() else "-" for letter in report.environment.lower())
    return f"{slug.strip('-')}_weekly-report_{report.week.code}.{ending}"


def _write(place: Path | None, content: bytes, around: Surroundings) -> None:
    try:
        if place is None:
            around.out.write(content)
            around.out.flush()
            return
        if not place.parent.is_dir():
            raise FileNotFoundError(2, "there is no such folder")
        # A link stays a link to the new content, and a file keeps its permissions.
        path = place.resolve()
        mode = path.stat().st_mode & 0o777 if path.exists() else _ordinary_mode()
        atomic_file.replace(path, content, mode)
    except OSError as problem:
        where = "standard output" if place is None else str(place)
        raise JobProblem(f"The report could not be written to {where}: {_why(problem)}.") from None
    around.say(f"Written to {place}.")


def _ordinary_mode() -> int:
    """The permissions that any new file of this process gets."""
    mask = os.umask(0)
    os.umask(mask)
    return _ORDINARY & ~mask


if __name__ == "__main__":
    sys.exit(main())
