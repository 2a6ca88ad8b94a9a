"""`python -m bench.delivery`: one new image, from the registry to a tested release, by Headway and by a plain script.

On the sandbox, in one run, alternating, for a chart repository of 10 and of 10,000 versions.
"""

import argparse
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bench.profile import written
from bench.surroundings import of_the_worker
from sandbox import address as sandbox_address

SIZES = (10, 10_000)
FIGURES = Path(__file__).with_name("README.md")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.delivery", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="deliveries by each, for each size (3)")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="versions in the index")
    parser.add_argument("--charts", type=int, default=20, help="charts that these versions are of (20)")
    parser.add_argument(
        "--plain-index",
        choices=("yaml", "json"),
        default="yaml",
        help="how the plain script writes its index",
    )
    parser.add_argument(
        "--deployed",
        type=int,
        default=1,
        help="deliveries for each size as flow runs that the worker starts at an event (1)",
    )
    parser.add_argument("--write", action="store_true", help="write figures and charts into bench/README.md")
    arguments = parser.parse_args()
    address = sandbox_address.load()
    of_the_worker(address)
    # Prefect reads its settings when it is imported.
    from bench.comparison import compare

    with tempfile.TemporaryDirectory(prefix="bench-") as home:
        said, charts = compare(
            address,
            Path(home),
            rounds=arguments.rounds,
            sizes=arguments.sizes,
            charts=arguments.charts,
            plain_json=arguments.plain_index == "json",
            deployed=arguments.deployed,
        )
    said = f"Taken on {datetime.now(UTC).date()}, {os.cpu_count()} cores.\n\n{said}"
    print(said)
    if arguments.write:
        FIGURES.write_text(written(FIGURES.read_text(), "bench.delivery", said))
        for name, chart in charts.items():
            FIGURES.with_name(name).write_text(chart)
    return 0


if __name__ == "__main__":
    sys.exit(main())
