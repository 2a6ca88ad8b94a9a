"""The JSON schemas of Kubernetes' own types, as the package kubernetes-validate brings them: no network is needed."""

import functools
import json
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from headway.formats.manifest_schema import ManifestSchemas, Minor

_SETS = files("kubernetes_validate").joinpath("kubernetes-json-schema")
_SET = re.compile(r"^v(\d+)\.(\d+)\.\d+-local-strict\Z")


@functools.cache
def manifest_schemas() -> ManifestSchemas:
    """Every set that is here; each is read (some megabytes) when it is asked for."""
    return ManifestSchemas(_Sets())


class _Sets(Mapping[Minor, dict[str, Any]]):
    def __init__(self) -> None:
        matches = (_SET.match(folder.name) for folder in _SETS.iterdir())
        self._names = {(int(match[1]), int(match[2])): match[0] for match in matches if match}

    def __getitem__(self, minor: Minor) -> dict[str, Any]:
        return _read(self._names[minor])

    def __iter__(self) -> Iterator[Minor]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@functools.lru_cache(maxsize=2)
def _read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(_SETS.joinpath(name, "_definitions.json").read_bytes())
    return document
