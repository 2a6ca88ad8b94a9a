"""How many mutants of each package the tests killed, after `mutmut run`: `python -m tests.mutation_score`.

Ends with 1 where a package is below the mark. `mutmut results` lists the survivors, `mutmut show NAME` one of them.
"""

import json
import sys
from collections import Counter
from pathlib import Path

from mutmut.stats import status_by_exit_code

MARK = 0.85
PACKAGES = ("headway/decide/release", "headway/decide/supply")


def score(package: Path) -> tuple[int, int]:
    """Mutants killed (one that loops for ever is), and all."""
    status = Counter(
        status_by_exit_code[code]
        for meta in package.rglob("*.meta")
        for code in json.loads(meta.read_text())["exit_code_by_key"].values()
    )
    return status["killed"] + status["timeout"], status.total()


def main() -> int:
    scores = {package: score(Path("mutants", package)) for package in PACKAGES}
    for package, (killed, total) in scores.items():
        print(f"{package}: {killed} of {total} mutants killed, {killed / total:.1%}")
    return int(any(killed < MARK * total for killed, total in scores.values()))


if __name__ == "__main__":
    sys.exit(main())
