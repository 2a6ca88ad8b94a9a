"""Which modules a command loads, each asked in a process of its own that nothing else has loaded anything into.

They are forks of one interpreter, which has only what every one of them would load: starting anew for each costs seconds.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
Row = tuple[str, ...]
"""A command line without the program's name."""

_PROGRAM = """
import importlib, io, json, os, sys
rows, before = json.loads(sys.argv[1])
for each in before:
    importlib.import_module(each)
for row in rows:
    there, back = os.pipe()
    if os.fork() == 0:
        sys.stdout = sys.stderr = said = io.StringIO()
        from headway.cli import main
        main(row)
        loader = sys.modules.get("pydantic.plugin._loader")
        told = [[*sys.modules], said.getvalue(), loader is not None and loader._plugins is not None]
        with open(back, "w") as pipe:
            json.dump(told, pipe)
        os._exit(0)
    os.close(back)
    with open(there) as pipe:
        print(pipe.read(), flush=True)
    os.wait()
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    modules: frozenset[str]
    said: str
    """On standard output or standard error."""
    has_looked_for_plugins: bool
    """Pydantic then reads what every installed package says of itself, a tenth of a second."""


def loaded_by(rows: Sequence[Row], before: Sequence[str] = ()) -> dict[Row, Loaded]:
    """`before`: modules that are loaded already; what these load counts as loaded."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, json.dumps([rows, before])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return {
        row: Loaded(frozenset(modules), said, has_looked)
        for row, (modules, said, has_looked) in zip(rows, told, strict=True)
    }
