"""Whether the code on disk is what was imported: files of the packages, and what is installed beside them."""

import hashlib
import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

_NOT_CODE = "__pycache__"


def fingerprint(packages: Iterable[str], path: Iterable[str] | None = None) -> str:
    """Changes with each source file of these top-level packages, and with each distribution on `path` (sys.path) that comes,
    goes or is installed again. A millisecond or two; nothing is imported or read."""
    found = hashlib.sha256()
    for root in sorted(_roots(packages)):
        for line in _files(root):
            found.update(line.encode())
    for folder in sys.path if path is None else path:
        for line in _distributions(folder):
            found.update(line.encode())
    return found.hexdigest()


def _roots(packages: Iterable[str]) -> Iterator[Path]:
    importlib.invalidate_caches()
    for package in packages:
        spec = importlib.util.find_spec(package)
        if spec and spec.submodule_search_locations:
            yield from map(Path, spec.submodule_search_locations)
        elif spec and spec.origin:
            yield Path(spec.origin)


def _files(root: Path) -> Iterator[str]:
    if root.is_file():
        yield _line(root, root.stat())
        return
    folders = [os.fspath(root)]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.is_dir() and entry.name != _NOT_CODE:
                    folders.append(entry.path)
                elif entry.name.endswith((".py", ".so")):
                    yield _line(entry.path, entry.stat())


def _distributions(folder: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.name.endswith((".dist-info", ".pth")):
                    yield _line(entry.path, entry.stat())
    except OSError:
        return


def _line(path: str | Path, stat: os.stat_result) -> str:
    return f"{path} {stat.st_mtime_ns} {stat.st_size}\n"
