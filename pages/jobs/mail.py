"""The weekly report by e-mail: the sentences and totals as text, the file attached."""

from __future__ import annotations

import mimetypes
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from pages.analysis.report import Report
from pages.settings import Mail

_TIMEOUT_SECONDS = 30


class MailProblem(Exception):  # noqa: N818 - not a fault of the program
    """Why the mail was not sent, in one sentence; holds no password."""


def message(report: Report, mail: Mail, name: str, content: bytes) -> EmailMessage:
    """The mail: aggregates only, no names, no contact details."""
    made = EmailMessage()
    state = "" if report.complete else " (incomplete)"
    made["Subject"] = f"{report.title}, {report.environment}{state}"
    made["From"] = mail.sender
    made["To"] = ", ".join(mail.to)
    made["Date"] = formatdate()
    made["Message-ID"] = make_msgid(domain=mail.sender.rpartition("@")[2].strip("> ") or None)
    made.set_content(text(report))
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    main, _, sub = kind.partition("/")
    parameters = {"charset": "utf-8"} if main == "text" else {}
    made.add_attachment(content, maintype=main, subtype=sub, filename=name, params=parameters)
    return made


def text(report: Report) -> str:
    """The body: what is missing, what changed, and every number beside its change."""
    lines = [report.title, report.environment, ""]
    if report.problems:
        lines += ["To know before reading:", *(f"- {one}" for one in report.problems), ""]
    if report.contributions:
        changes = [f"- {one.sentence}" for one in report.contributions]
        lines += ["What changed most:", *changes, ""]
    for one in report.key_numbers:
        said = f"{one.label}: {one.value}"
        more = ", ".join(part for part in (one.change, one.usual, one.note) if part)
        lines.append(f"{said} ({more})" if more else said)
    return "\n".join([*lines, "", "The report is attached.", ""])


def send(made: EmailMessage, mail: Mail) -> None:
    """Hand the mail to the server; raises MailProblem with one sentence."""
    context = ssl.create_default_context()
    try:
        with _server(mail, context) as server:
            if mail.security == "starttls":
                server.starttls(context=context)
            if mail.user is not None:
                server.login(mail.user, mail.password or "")
            refused = server.send_message(made)
    except smtplib.SMTPAuthenticationError:
        raise MailProblem(f"{mail.host} refused the mail user or password.") from None
    except smtplib.SMTPException as problem:
        raise MailProblem(f"{mail.host} did not take the mail ({_kind(problem)}).") from None
    except OSError as problem:
        why = problem.strerror or type(problem).__name__
        where = f"{mail.host}:{mail.port}"
        raise MailProblem(f"The mail server {where} did not answer: {why}.") from None
    if refused:
        raise MailProblem(f"{mail.host} refused {len(refused)} of {len(mail.to)} recipients.")


def _server(mail: Mail, context: ssl.SSLContext) -> smtplib.SMTP:
    if mail.security == "tls":
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=_TIMEOUT_SECONDS, context=context)
    return smtplib.SMTP(mail.host, mail.port, timeout=_TIMEOUT_SECONDS)


def _kind(problem: smtplib.SMTPException) -> str:
    """The answer's number if there is one, else what kind of trouble it was."""
    code = getattr(problem, "smtp_code", None)
    return f"answer {code}" if code else type(problem).__name__
