"""Run the stand-in Ownli from a terminal: `python -m ownli_api.sandbox --port 8750`."""

import argparse
import signal
import threading
from collections.abc import Sequence
from types import FrameType

from ownli_api.sandbox.faults import Faults
from ownli_api.sandbox.server import Sandbox
from ownli_api.sandbox.world import World

DEFAULT_PORT = 8750
MILLISECONDS = 1_000


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
    add("--live", type=float, metavar="PACE", help="go on, PACE times as busy as the last weeks")
    add("--latency", type=float, default=0.0, metavar="MS", help="wait before every answer")
    add("--page-cap", type=int, metavar="N", help="cut a larger page size silently")
    add("--refuse-size-over", type=int, metavar="N", help="answer a larger page size with 400")
    add("--requests-per-second", type=float, metavar="N", help="answer more with 429")
    add("--token-seconds", type=float, default=3600.0, help="how long a token lives")
    add("--token-says-seconds", type=int, help="what expires_in says (default: the truth)")
    add("--no-by-id", action="store_true", help="without the inferred GET /api/users/by-id/{id}")
    add("--refuse-inferred", action="store_true", help="refuse filters whose name is inferred")
    add("--payouts-path", metavar="PATH", help="where to list the payouts of all users")
    add("--partner-id")
    add("--client-id")
    add("--client-secret")
    add("--hooks", action="store_true", help="answer /_sandbox/... (faults, counts, the world)")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; prints the base URL and the credentials it accepts."""
    chosen = options(arguments)
    sandbox = Sandbox(
        World.make(
            seed=chosen.seed, users=chosen.users, check_ins=chosen.check_ins, weeks=chosen.weeks
        ),
        faults=Faults(
            latency_seconds=chosen.latency / MILLISECONDS,
            page_cap=chosen.page_cap,
            refuse_size_over=chosen.refuse_size_over,
            requests_per_second=chosen.requests_per_second,
            token_seconds=chosen.token_seconds,
            token_says_seconds=chosen.token_says_seconds,
            by_id=not chosen.no_by_id,
            refuse_inferred=chosen.refuse_inferred,
        ),
        port=chosen.port,
        partner_id=chosen.partner_id,
        client_id=chosen.client_id,
        client_secret=chosen.client_secret,
        payouts_path=chosen.payouts_path,
        hooks=chosen.hooks,
        live=chosen.live,
    )
    over = threading.Event()

    def interrupted(_signal: int, _frame: FrameType | None) -> None:
        over.set()

    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, interrupted)
    with sandbox:
        print(f"OWNLI_BASE_URL={sandbox.base_url}")
        print(f"OWNLI_PARTNER_ID={sandbox.partner_id}")
        print(f"OWNLI_CLIENT_ID={sandbox.client_id}")
        print(f"OWNLI_CLIENT_SECRET={sandbox.client_secret}", flush=True)
        over.wait()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
