"""How long the server takes to rerun each screen, with long lists held; no browser involved."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import bcrypt
import yaml

from tests.benchmarks.partner import Partner, partner
from tests.websocket_client import Visitor, server

PASSWORD = "a long enough password"
SCREENS = {
    "overview": "Overview",
    "users": "Users",
    "check_ins": "Check-ins",
    "rewards": "Rewards",
    "payouts": "Payouts",
    "weekly_report": "Weekly report",
}
SECONDS_TO_LOAD = 900
SECONDS_OF_QUIET = 4
ROWS = 50_000
MEGABYTE = 1_000_000
RERUNS = 40
CHANGES = 30
LARGE_PAGES = 500


def environment(address: dict[str, str], place: Path) -> dict[str, str]:
    """The settings of a partner behind the address, with one admin whose password is known."""
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    staff = place / "staff.yaml"
    person = {"full_name": "Ms Admin", "email": "", "role": "admin", "password": hashed}
    staff.write_text(yaml.safe_dump({"usernames": {"admin": person}}))
    staff.chmod(0o600)
    return {
        **address,
        "STAFF_FILE": str(staff),
        "STAFF_COOKIE_KEY": os.urandom(24).hex(),
        "AUDIT_FILE": str(place / "audit.jsonl"),
    }


def seconds_of_one(visitor: Visitor) -> float:
    """From the request to `script_finished` of one whole rerun of the page that is open."""
    started = time.perf_counter()
    visitor.forget().run(quiet=0.0)
    return time.perf_counter() - started


def go_to(visitor: Visitor, screen: str, title: str) -> None:
    """Open a screen and wait until it stands; raises RuntimeError if another one came."""
    page = "" if screen == "overview" else screen
    visitor.forget().run(page=page, page_hash="", seconds=SECONDS_TO_LOAD, quiet=1.0)
    titles = [heading.body for heading in visitor.elements("heading")]
    if title not in titles:
        raise RuntimeError(f"{screen} shows {titles}")


def quiet(requests: Callable[[], int]) -> None:
    """Wait until Ownli gets no more requests: every list is read, every payout is dated."""
    until = time.monotonic() + SECONDS_TO_LOAD
    count, since = requests(), time.monotonic()
    while time.monotonic() - since < SECONDS_OF_QUIET and time.monotonic() < until:
        time.sleep(0.5)
        if requests() != count:
            count, since = requests(), time.monotonic()


def process(base_url: str) -> Path:
    """The folder in /proc of the server behind a loopback address."""
    port = f"--server.port={base_url.rsplit(':', 1)[1]}".encode()
    for found in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended in this moment
            if port in (found / "cmdline").read_bytes().split(b"\0"):
                return found
    raise LookupError(base_url)


def resident(server_process: Path) -> float:
    """Megabytes of memory the server holds now."""
    pages = int((server_process / "statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE


def cpu_seconds(server_process: Path) -> float:
    """Processor time the server has used up to now, in user and system mode."""
    after_name = (server_process / "stat").read_text().rsplit(")", 1)[1].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Reruns:
    """What the reruns of one screen took: wall-clock seconds of each, processor seconds of one.

    first: processor seconds of the first rerun after the lists have changed.
    """

    seconds: Sequence[float]
    cpu: float
    first: float


def rerun(visitor: Visitor, server_process: Path, times: int, change: Callable[[], None]) -> Reruns:
    """Run the open page again and again, first when the lists have just changed."""
    change()
    before = cpu_seconds(server_process)
    seconds_of_one(visitor)
    first = cpu_seconds(server_process) - before
    seconds_of_one(visitor)
    before = cpu_seconds(server_process)
    seconds = [seconds_of_one(visitor) for _ in range(times)]
    return Reruns(seconds, (cpu_seconds(server_process) - before) / times, first)


def measured(address: dict[str, str], reruns: int, ownli: Partner) -> tuple[dict[str, Reruns], str]:
    """Each screen's reruns once everything is held.

    Also says what loading took: time and memory.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with server(environment(address, place), place / "server.log") as base_url:
            visitor = Visitor(base_url).open()
            started = time.perf_counter()
            visitor.sign_in("admin", PASSWORD)
            running = process(base_url)
            found: dict[str, Reruns] = {}
            go_to(visitor, "overview", SCREENS["overview"])
            shown = time.perf_counter() - started
            quiet(ownli.requests)
            dated = time.perf_counter() - started - SECONDS_OF_QUIET
            for screen, title in SCREENS.items():
                go_to(visitor, screen, title)

                def change(seed: int = len(found)) -> None:
                    ownli.go_on(CHANGES, seed)
                    visitor.press("Refresh")
                    quiet(ownli.requests)

                quiet(ownli.requests)
                found[screen] = rerun(visitor, running, reruns, change)
            loaded = f"{shown:.0f} s, every payout dated {dated:.0f} s"
            return found, f"{loaded}, {resident(running):,.0f} MB resident"


def run(rows: int = ROWS) -> Iterator[tuple[str, str]]:
    """Lines of the table: p50 and p95 of a whole rerun of each screen with so many check-ins."""
    with partner(rows, latency_ms=0, page_cap=LARGE_PAGES) as ownli:
        found, loaded = measured(ownli.address, RERUNS, ownli)
        yield f"cold Overview of {rows:,} + {rows:,} rows, no latency, pages of 500", loaded
        for screen, reruns in found.items():
            p50, p95 = percentiles(reruns.seconds)
            yield (
                f"rerun of {screen}, {rows:,} check-ins held",
                f"{reruns.cpu * 1000:.0f} ms of the server's processor time "
                f"({reruns.first * 1000:.0f} ms when the lists have just changed); "
                f"p50 {p50:.0f} ms, p95 {p95:.0f} ms",
            )


def percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds."""
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return statistics.median(ordered) * 1000, p95 * 1000
