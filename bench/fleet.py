"""`python -m bench.fleet`: many at once. Twenty applications, fifty environments, a hundred with nothing to do; and memory.

On the sandbox, in one run, beside plain helm where helm can do the same.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from bench.surroundings import of_the_worker
from sandbox import address as sandbox_address


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.fleet", description=__doc__)
    parser.add_argument("--parts", nargs="+", default=["a", "b", "c"], choices=["a", "b", "c"], help="(all)")
    parser.add_argument("--rounds", type=int, default=2, help="of each part (2)")
    parser.add_argument("--applications", type=int, default=20, help="(a) pushed at once (20)")
    parser.add_argument("--environments", type=int, default=50, help="(b) of one application (50)")
    parser.add_argument("--idle", type=int, default=100, help="(c) with nothing to do (100)")
    parser.add_argument(
        "--own-charts",
        action="store_true",
        help="(c): a chart repository of each one's own, in place of one for all",
    )
    parser.add_argument(
        "--processes", action="store_true", help="(a): whose the processor seconds are; needs root"
    )
    arguments = parser.parse_args()
    address = sandbox_address.load()
    of_the_worker(address)
    # Prefect reads its settings when it is imported.
    from bench.fleet_measured import Sizes, measure

    sizes = Sizes(
        arguments.rounds,
        arguments.applications,
        arguments.environments,
        arguments.idle,
        arguments.processes,
        arguments.own_charts,
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as home:
        measure(address, Path(home), "".join(arguments.parts), sizes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
