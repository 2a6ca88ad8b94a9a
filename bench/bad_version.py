"""`python -m bench.bad_version`: how long a bad version stands, by Headway and by `helm upgrade --rollback-on-failure`.

On the sandbox, in one run, alternating: from the start of the upgrade until last good runs again and its test has passed.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from bench.phases import Round, median_and_spread, table
from bench.surroundings import of_the_worker
from sandbox import address as sandbox_address
from sandbox.address import Address

KINDS = ("image", "crash", "probe", "hook", "test", "mount", "program")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.bad_version", description=__doc__)
    parser.add_argument("--rounds", type=int, default=2, help="of each kind, at the first timeout (2)")
    parser.add_argument(
        "--timeouts",
        type=int,
        nargs="+",
        default=(10, 300),
        help="seconds that helm may wait; at all but the first, Headway alone and once for each kind (10 300)",
    )
    parser.add_argument(
        "--kinds", nargs="+", choices=KINDS, default=KINDS[:5], help="in which a version is bad"
    )
    parser.add_argument(
        "--helm-long", action="store_true", help="helm once with the last timeout, for the first kind"
    )
    arguments = parser.parse_args()
    address = sandbox_address.load()
    of_the_worker(address)
    measure(address, arguments.rounds, arguments.timeouts, arguments.kinds, helm_long=arguments.helm_long)
    return 0


def measure(
    address: Address, rounds: int, timeouts: Sequence[int], kinds: Sequence[str], *, helm_long: bool
) -> None:
    """Prints a line for each kind, and the steps of Headway's. Raises RuntimeError where a version does not end as it must."""
    # Prefect reads its settings when it is imported.
    from bench.bad_rounds import Places
    from bench.bad_versions import HELM_NAMESPACE, NAMESPACE, bad_versions
    from bench.seen import Seen

    first, *others = timeouts
    ours: dict[tuple[str, int], list[Round]] = {}
    theirs: dict[tuple[str, int], list[Round]] = {}
    with (
        bad_versions(address) as versions,
        Seen(address.kubeconfig, NAMESPACE) as here,
        Seen(address.kubeconfig, HELM_NAMESPACE) as there,
    ):
        places = Places(versions, here, there)
        versions.set_timeout(first)
        places.install()
        for number in range(rounds):
            for kind in kinds:
                ours.setdefault((kind, first), []).append(places.by_headway(kind))
                theirs.setdefault((kind, first), []).append(places.by_helm(kind, first))
                _say(f"round {number + 1}, {kind}", ours[kind, first][-1], theirs[kind, first][-1])
        for timeout in others:
            versions.set_timeout(timeout)
            for kind in kinds:
                ours[kind, timeout] = [places.by_headway(kind)]
                _say(f"{kind}, {timeout} s", ours[kind, timeout][-1])
        if helm_long:
            theirs[kinds[0], timeouts[-1]] = [places.by_helm(kinds[0], timeouts[-1])]
    print("| bad version | timeout | Headway | helm |\n| --- | ---: | ---: | ---: |")
    for (kind, timeout), found in ours.items():
        helm = theirs.get((kind, timeout))
        said = median_and_spread(helm) if helm else ""
        print(f"| {kind} | {timeout} s | {median_and_spread(found)} | {said} |")
    for (kind, timeout), found in ours.items():
        print(f"\n{table(f'Headway, {kind}, {timeout} s', found)}")


def _say(what: str, *rounds: Round) -> None:
    seconds = ", ".join(f"{each.total:.2f} s" for each in rounds)
    print(f"{what}: {seconds}; load average {os.getloadavg()[0]:.2f}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
