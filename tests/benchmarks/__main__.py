"""Prints the speed table: `python -m tests.benchmarks [--only NAME,NAME]`."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable, Iterator

from tests.benchmarks import cold, folder, millions, refresh, reruns
from tests.benchmarks.partner import LATENCY_MS, PAGE_CAP, PARALLEL, Line

BENCHMARKS: dict[str, Callable[[], Iterator[Line]]] = {
    "cold": cold.run,
    "refresh": refresh.run,
    "folder": folder.run,
    "millions": millions.run,
    "reruns": reruns.run,
}


def main() -> None:
    """Run the benchmarks asked for and print their lines as they come."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", default=",".join(BENCHMARKS), help="names, with commas between")
    chosen = parser.parse_args().only.split(",")
    load = os.getloadavg()[0]
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} processors, load {load:.1f} at the "
        f"start; sandbox in its own process, latency {LATENCY_MS} ms, page cap {PAGE_CAP}, "
        f"{PARALLEL} requests in parallel\n"
    )
    print("| What | Measured |\n|---|---|", flush=True)
    for name in chosen:
        for what, much in BENCHMARKS[name]():
            print(f"| {what} | {much} |", flush=True)


if __name__ == "__main__":
    main()
