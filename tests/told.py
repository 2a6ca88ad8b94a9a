"""Documents whose commands are run: what their `console` blocks say to do, and what they show of its output.

A line `$ command` begins a step, and a here-document belongs to it. The lines after it are shown of its output: each must be
said, in this order, while others may stand between. What differs from run to run is not compared: `...`, commits, digests, times,
and how wide a column is.
"""

import os
import re
import selectors
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HERE_DOCUMENT = re.compile(r"<<'?(\w+)'?")
_CHANGING = (
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\b"), "RUN"),
    (re.compile(r"\bsha256:[0-9a-f]{7,64}"), "DIGEST"),
    (re.compile(r"\bmain-[0-9a-f]{7}\b|\b(?=[0-9a-f]*\d)[0-9a-f]{7}\b"), "COMMIT"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ][\d:.]+Z?"), "TIME"),
    (re.compile(r"(?<!\S)\d+[smhd](?!\S)"), "AGE"),
    (re.compile(r"\b\d+\.\d s\b"), "SECONDS"),
    (re.compile(r"\s+"), " "),
)


@dataclass(frozen=True, slots=True)
class Step:
    line: int
    """In the document."""
    command: str
    shown: tuple[str, ...]


def steps(document: str) -> list[Step]:
    """Those of all `console` blocks, in their order."""
    found: list[Step] = []
    for block in _BLOCK.finditer(document):
        found += _steps(block[1].splitlines(), document.count("\n", 0, block.start(1)) + 1)
    return found


def _steps(lines: list[str], first: int) -> Iterator[Step]:
    at = 0
    while at < len(lines):
        begun, command = at, [lines[at].removeprefix("$ ")]
        assert lines[at].startswith("$ "), f"line {first + at}: a block begins with a command"
        at += 1
        if until := _HERE_DOCUMENT.search(command[0]):
            while command[-1] != until[1]:
                command.append(lines[at])
                at += 1
        end = next((each for each in range(at, len(lines)) if lines[each].startswith("$ ")), len(lines))
        yield Step(first + begun, "\n".join(command), tuple(filter(str.strip, lines[at:end])))
        at = end


def not_said(shown: tuple[str, ...], said: str) -> str:
    """The first line that is shown and was not said; empty where all were."""
    left = iter([_stable(line) for line in said.splitlines()])
    for line in shown:
        parts = [re.escape(part) for part in _stable(line).split("...")]
        pattern = re.compile(".*".join(parts))
        if not any(pattern.fullmatch(each) for each in left):
            return line
    return ""


def _stable(line: str) -> str:
    for pattern, name in _CHANGING:
        line = pattern.sub(name, line)
    return line.strip()


class Shell:
    """One bash for all steps, so that folders and variables stay; ended with all that it has started."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._bash = subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.group = self._bash.pid

    def run(self, command: str, patience_seconds: float) -> tuple[int, str]:
        """Exit code, and both outputs as one text."""
        assert self._bash.stdin
        assert self._bash.stdout
        self._bash.stdin.write(f"{{ {command}\n}} < /dev/null\nprintf '\\n\\001%s\\n' $?\n".encode())
        self._bash.stdin.flush()
        said, until = b"", time.monotonic() + patience_seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._bash.stdout, selectors.EVENT_READ)
            while not (end := re.search(rb"\n\x01(\d+)\n", said)):
                assert selector.select(until - time.monotonic()), f"no end of {command}: {said.decode()}"
                more = os.read(self._bash.stdout.fileno(), 65536)
                assert more, f"the shell has ended at {command}: {said.decode()}"
                said += more
        return int(end[1]), said[: end.start()].decode(errors="replace")

    def close(self) -> None:
        assert self._bash.stdin
        assert self._bash.stdout
        self._bash.stdin.close()
        self._bash.stdout.close()
        self._bash.wait(timeout=10)
