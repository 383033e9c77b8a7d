"""Run the stand-in Ownli from a terminal: `python -m ownli_api.sandbox --port 8750`."""

import argparse
import signal
from collections.abc import Sequence

from ownli_api.sandbox.answers import TIMES
from ownli_api.sandbox.faults import Faults
from ownli_api.sandbox.lists import TIES
from ownli_api.sandbox.server import Sandbox
from ownli_api.sandbox.world import World

DEFAULT_PORT = 8750
STOP = (signal.SIGINT, signal.SIGTERM)
MILLISECONDS = 1_000
HANDED_ON = (
    *("times", "ties", "port", "payouts_path", "hooks"),
    *("partner_id", "client_id", "client_secret"),
)


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line, read."""
    parser = argparse.ArgumentParser(
        prog="python -m ownli_api.sandbox",
        description="A stand-in Ownli on 127.0.0.1 with a believable partner in it.",
    )
    add = parser.add_argument
    add("--port", type=int, default=DEFAULT_PORT, help="0 for any free one (default %(default)s)")
    add("--users", type=int, default=1200)
    add("--check-ins", type=int, help="exactly so many (default: natural for the users)")
    add("--weeks", type=int, default=26)
    add("--seed", type=int, default=7)
    shown = "how times are shown: milliseconds cut or rounded, whole seconds, or microseconds"
    kept = "; they are kept in microseconds, but with ms in milliseconds (default %(default)s)"
    add("--times", choices=tuple(TIMES), default="cut", help=shown + kept)
    add("--ties", choices=TIES, default="id", help="the order of rows with the same sort value")
    add("--latency", type=float, default=0.0, metavar="MS", help="wait before every answer")
    add("--page-cap", type=int, metavar="N", help="cut a larger page size silently")
    add("--refuse-size-over", type=int, metavar="N", help="answer a larger page size with 400")
    add("--payouts-path", metavar="PATH", help="where to list the payouts of all users")
    add("--partner-id")
    add("--client-id")
    add("--client-secret")
    add("--hooks", action="store_true", help="answer /_sandbox/... (faults, counts, the world)")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; prints the base URL and the credentials it accepts."""
    chosen = options(arguments)
    world = World.make(chosen.seed, chosen.users, chosen.check_ins, chosen.weeks)
    sandbox = Sandbox(
        world,
        faults=Faults(
            latency_seconds=chosen.latency / MILLISECONDS,
            page_cap=chosen.page_cap,
            refuse_size_over=chosen.refuse_size_over,
        ),
        **{name: getattr(chosen, name) for name in HANDED_ON},
    )
    # Before the server's thread starts, which takes this over.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP)
    with sandbox:
        print(f"OWNLI_BASE_URL={sandbox.base_url}")
        print(f"OWNLI_PARTNER_ID={sandbox.partner_id}")
        print(f"OWNLI_CLIENT_ID={sandbox.client_id}")
        print(f"OWNLI_CLIENT_SECRET={sandbox.client_secret}", flush=True)
        signal.sigwait(STOP)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
