"""Which values of a release are secret: those at the paths that its sops files name, for sops leaves keys in the clear; and
those of its Secrets, wherever they come from: plain values, what a template made up, pull secrets.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml

from headway.errors import BadInput
from headway.formats import headway_yaml, yaml_limits
from headway.formats.manifests import Path, Resource, leaves
from headway.formats.secret_placeholders import is_encrypted
from headway.model.environment import Environment

_SECRET = re.compile(r"""kind["']?:\s*["']?(Secret|List)\b""")
_SHOWN = re.compile(r"^\s*(?:- )?(?:name|namespace|image): (.+)$", re.MULTILINE)


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
    files: Mapping[str, bytes],
    values: Mapping[str, Any],
    *,
    namespace: str,
    release: str,
    all_of_unknown: bool = False,
) -> tuple[str, ...]:
    """The secrets of a revision as Helm stored it, which takes no key: its package's `files` name them, and `values`
    holds what was given, decrypted.

    Where headway.yaml does not tell which environment's files count, as at a site, those of all environments do; with
    `all_of_unknown` all that was given.
    """
    environments = _environments(files, namespace, release)
    if all_of_unknown and not environments:
        return at(values, [()])
    counting = _secret_files(files, environments)
    return at(values, {path for file in counting for path in paths(files[file])})


def of_manifest(manifest: str, hooks: Iterable[Mapping[str, Any]] = ()) -> tuple[str, ...]:
    """What the Secrets among the resources of a manifest's text and of Helm's `hooks` hold, decoded.

    Without what is shown anyway, since names and images hold it (a user that is called as its database); what cannot be read
    is left out.
    """
    texts = [manifest, *(str(hook.get("manifest", "")) for hook in hooks)]
    parts = [part for text in texts for part in re.split(r"^---.*$", text, flags=re.MULTILINE)]
    found: set[str] = set()
    for part in filter(_SECRET.search, parts):
        try:
            document = yaml_limits.load(part, yaml_limits.TextLoader, yaml_limits.MANIFESTS)
        except yaml.YAMLError:
            continue
        for each in document.get("items") or () if _kind(document) == "List" else (document,):
            found.update(_of_secret(each))
    shown = "\n".join(name for text in texts for name in _SHOWN.findall(text)) if found else ""
    return _hidden(found, shown)


def of_resources(resources: Iterable[Resource]) -> tuple[str, ...]:
    """The same of resources."""
    every = list(resources)
    found = {secret for each in every for secret in _of_secret(each.document)}
    shown = "\n".join(
        str(value)
        for each in (every if found else ())
        for path, value in leaves(each.document)
        if path[-1] in ("name", "namespace", "image") and _kind(each.document) != "Secret"
    )
    names = "\n".join(each.key.name for each in every)
    return _hidden(found, f"{shown}\n{names}")


def _hidden(secrets: Iterable[str], shown: str) -> tuple[str, ...]:
    return tuple(sorted(each for each in secrets if each.strip() and each.strip() not in shown))


def _of_secret(document: Any) -> Iterator[str]:
    if _kind(document) != "Secret":
        return
    texts = [str(value) for _, value in leaves(document.get("stringData") or {})]
    for _, value in leaves(document.get("data") or {}):
        try:
            texts.append(base64.b64decode(str(value)).decode())
        except (binascii.Error, ValueError):
            continue
    for text in texts:
        yield text
        yield from _of_pull_secret(text)


def _of_pull_secret(text: str) -> Iterator[str]:
    """Passwords of a registry's configuration as Docker writes it."""
    try:
        registries = json.loads(text).get("auths")
    except (ValueError, AttributeError, RecursionError):
        return
    for path, value in leaves(registries):
        if path and path[-1] in ("password", "auth", "identitytoken", "registrytoken"):
            yield str(value)


def _kind(document: Any) -> str:
    return str(document.get("kind", "")) if isinstance(document, Mapping) else ""


def _environments(files: Mapping[str, bytes], namespace: str, release: str) -> dict[str, Environment]:
    try:
        application = headway_yaml.read_packaged(files["headway.yaml"].decode("utf-8"))
    except (KeyError, UnicodeDecodeError, BadInput):
        return {}
    return {
        name: declared
        for name, declared in application.environments.items()
        if (application.namespace(name), application.release(name)) == (namespace, release)
    }


def _secret_files(files: Mapping[str, bytes], environments: Mapping[str, Environment]) -> list[str]:
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
