"""Which values of a release are secret: those at the paths that its sops files name, for sops leaves keys in the clear."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml

from headway.errors import BadInput
from headway.formats import headway_yaml, yaml_limits
from headway.formats.manifests import Path, leaves
from headway.formats.secret_placeholders import is_encrypted


def of_file(clear: bytes) -> tuple[str, ...]:
    """Every scalar of a decrypted file, as it is written there."""
    return tuple(sorted({value for _, value in _written(clear)}))


def paths(file: bytes) -> frozenset[Path]:
    """Where the leaves of a secrets file stand, encrypted or not."""
    return frozenset(path for path, _ in _written(file))


def at(values: Mapping[str, Any], secret: Iterable[Path]) -> tuple[str, ...]:
    """The scalars of `values` at these paths and below."""
    wanted = frozenset(secret)
    found = {
        _text(value)
        for path, value in leaves(values)
        if any(path[:length] in wanted for length in range(len(path) + 1))
    }
    return tuple(sorted(found))


def of_revision(
    files: Mapping[str, bytes], values: Mapping[str, Any], *, namespace: str, release: str
) -> tuple[str, ...]:
    """The secrets of a revision as Helm stored it, which takes no key: its package's `files` name them, and `values`
    holds what was given, decrypted.

    Where headway.yaml does not tell which environment's files count, those of all environments do.
    """
    counting = _secret_files(files, namespace, release)
    return at(values, {path for file in counting for path in paths(files[file])})


def _secret_files(files: Mapping[str, bytes], namespace: str, release: str) -> list[str]:
    try:
        application = headway_yaml.read(files["headway.yaml"].decode("utf-8"))
    except (KeyError, UnicodeDecodeError, BadInput):
        environments = {}
    else:
        environments = {
            name: declared
            for name, declared in application.environments.items()
            if (application.namespace(name), application.release(name)) == (namespace, release)
        }
    if not environments:
        return [path for path, data in files.items() if b"sops" in data and is_encrypted(data)]
    named = {path for name, declared in environments.items() for path in declared.secret_files(name).paths}
    return sorted(named & files.keys())


def _written(file: bytes) -> Iterator[tuple[Path, str]]:
    """Leaves as the file writes them: a number that Python reads in another way than Helm is a secret as well."""
    try:
        document = yaml_limits.load(file, yaml_limits.TextLoader, yaml_limits.MANIFESTS)
    except yaml_limits.BeyondLimits as error:
        raise BadInput(f"a file of secrets cannot be read: {error.problem}") from error
    except yaml.YAMLError:
        return
    if isinstance(document, dict):
        own = {name: value for name, value in document.items() if name != "sops"}
        yield from ((path, value) for path, value in leaves(own) if isinstance(value, str))


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if isinstance(value, bool | None | dict | list) else str(value)
