"""One tag in 238 kB of values: by Headway's editor, by ruamel.yaml's round trip, and by yq. No round has the bytes of another."""

import io
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from headway.formats import yaml_scalar

SIZE = 238_000
OURS = "Headway"
ROUNDS = 5
"""But one of ruamel.yaml's, which takes seconds."""
PATH = ("service-500", "image", "tag")
SERVICE = """\
# What {name} is, and why it has these settings: people write comments.
{name}:
  replicas: 2   # two nodes
  image: {{repository: registry.example.com/team/{name}, tag: "main-{number:07x}"}}
  resources:
    requests: {{cpu: 100m, memory: 128Mi}}
    limits:
      memory: 256Mi
  env:
    - name: LOG_LEVEL
      value: 'info'
"""


def measure(yq: str) -> dict[str, float | str]:
    """Median seconds from a file to the file, by whom; why, where one is not measured. `yq`: mikefarah's program, or empty.

    Raises RuntimeError where Headway's edit changes anything else.
    """
    text = _values()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "values.yaml"
        file.write_text(text)
        found: dict[str, float | str] = {OURS: _median(file, text, lambda: _headway(file))}
        found[f"{OURS}, where a look has read these bytes"] = _median(
            file, text, lambda: _headway(file), first=lambda: _read(file)
        )
        if file.read_text().partition("\n")[2] != text.replace(
            _line(text), _line(text).replace("main-00001f4", "main-new")
        ):
            raise RuntimeError("the edit has changed something else")
        found["ruamel.yaml, round trip"] = _ruamel(file, text)
        found["yq -i"] = (
            _median(file, text, lambda: _yq(yq, file)) if yq else "not measured: no yq of mikefarah's on PATH"
        )
    return found


def find_yq() -> str:
    """On PATH; empty where there is none, or another program of that name."""
    found = shutil.which("yq")
    if not found:
        return ""
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    return found if "mikefarah" in said else ""


def _values() -> str:
    parts, size, number = [], 0, 0
    while size < SIZE:
        parts.append(SERVICE.format(name=f"service-{number:03}", number=number))
        size, number = size + len(parts[-1]), number + 1
    return "".join(parts)


def _line(text: str) -> str:
    return next(line for line in text.splitlines() if "main-00001f4" in line)


def _headway(file: Path) -> None:
    edited = yaml_scalar.splice(file.read_text(), PATH, "main-new", str(file))
    file.write_text(edited)


def _read(file: Path) -> None:
    yaml_scalar.read_scalar(file.read_text(), PATH, str(file))


def _ruamel(file: Path, text: str) -> float | str:
    try:
        from ruamel.yaml import YAML
    except ImportError:
        return "not measured: it is not installed"

    def edit() -> None:
        yaml = YAML()
        document = yaml.load(file.read_text())
        document["service-500"]["image"]["tag"] = "main-new"
        buffer = io.StringIO()
        yaml.dump(document, buffer)
        file.write_text(buffer.getvalue())

    return _median(file, text, edit, 1)


def _yq(program: str, file: Path) -> None:
    subprocess.run([program, "-i", '."service-500".image.tag = "main-new"', str(file)], check=True)


def _median(
    file: Path,
    text: str,
    edit: Callable[[], None],
    rounds: int = ROUNDS,
    *,
    first: Callable[[], None] = lambda: None,
) -> float:
    """Seconds of the edit alone; `first` comes before it."""
    took = []
    for number in range(rounds):
        file.write_text(f"# {number}, {time.monotonic_ns()}\n{text}")
        first()
        began = time.perf_counter()
        edit()
        took.append(time.perf_counter() - began)
    return statistics.median(took)
