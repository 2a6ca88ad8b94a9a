"""`python -m bench.fleet_first [--supply] NAME...`: deliver small applications for the first time, before anything is measured.

One process and one flow run for all of them; with `--supply` to the chart repository alone.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence

from bench.fleet_applications import ENVIRONMENT
from bench.surroundings import of_the_worker
from headway.model.report import StageResult
from sandbox import address as sandbox_address


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.fleet_first", description=__doc__)
    parser.add_argument("--supply", action="store_true", help="to the chart repository alone")
    parser.add_argument("names", nargs="+", help="names of Application blocks")
    arguments = parser.parse_args()
    of_the_worker(sandbox_address.load())
    _deliver(arguments.names, supply=arguments.supply)
    return 0


def _deliver(names: Sequence[str], *, supply: bool) -> None:
    from prefect import flow

    from bench.fleet_registered import OWN_RUNS
    from blocks.opening import open_workspace
    from flows.release import release_to
    from flows.stages import SUPPLY
    from headway.workspace.release_context import ReleaseContext

    @flow(name="bench-fleet-first", flow_run_name=f"{OWN_RUNS}: first deliveries")
    def first() -> None:
        for name in names:
            workspace = open_workspace(name)
            for stage in SUPPLY:
                _sound(stage.run(workspace))
            if not supply:
                state = release_to(ReleaseContext(open_workspace(name), ENVIRONMENT))
                if state.name != "Released":
                    raise RuntimeError(f"{name}: the release ended as {state.name!r}: {state.message}")

    first()


def _sound(lines: Iterable[StageResult]) -> None:
    for line in lines:
        if line.failed:
            raise RuntimeError(str(line))


if __name__ == "__main__":
    sys.exit(main())
