"""Would Kubernetes take these manifests? Asked before anything reaches a cluster, for its version.

The schemas come with the package kubernetes-validate, one set for each minor version: no network is needed.
"""

import functools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import jsonschema_rs
import yaml

from headway.decide.go_yaml import GoLoader
from headway.errors import BadInput

_SETS = files("kubernetes_validate").joinpath("kubernetes-json-schema")
_SET = re.compile(r"^v(\d+)\.(\d+)\.\d+-local-strict$")
_VERSION = re.compile(r"^v?(\d+)\.(\d+)")
_SOURCE = re.compile(r"^# Source: (\S+)$", re.MULTILINE)
_HIDDEN = "the value"


@dataclass(frozen=True, slots=True)
class ManifestFinding:
    where: str
    """Template and object, such as "shop/templates/web.yaml Deployment/web"."""
    what: str


@dataclass(frozen=True, slots=True)
class Checked:
    findings: tuple[ManifestFinding, ...]
    unknown: tuple[str, ...]
    """Custom resources, which have no schema here: "apiVersion Kind"."""
    images: tuple[str, ...]
    """Images of all containers, as written."""


def check(manifests: bytes, version: str = "") -> Checked:
    """Check helm's YAML documents for a Kubernetes `version` such as "1.37" (empty: the newest known)."""
    minor = schema_version(version)
    findings: list[ManifestFinding] = []
    unknown: set[str] = set()
    images: set[str] = set()
    seen: dict[tuple[str, str, str, str], str] = {}
    for source, document in _documents(manifests):
        if isinstance(document, str):
            findings.append(ManifestFinding(source, document))
            continue
        where = f"{source} {document.get('kind', '?')}/{_name(document) or '?'}"
        kind = _kind(document)
        if kind is None:
            findings.append(ManifestFinding(where, "`apiVersion` or `kind` is missing"))
            continue
        if not _name(document):
            findings.append(ManifestFinding(where, "`metadata.name` is missing"))
        metadata = document.get("metadata") or {}
        key = (kind[0].rpartition("/")[0], kind[1], str(metadata.get("namespace", "")), _name(document))
        if key in seen:
            findings.append(
                ManifestFinding(where, f"the same object is rendered twice, first by {seen[key]}")
            )
        seen.setdefault(key, source)
        if kind in _kinds(minor):
            findings += (ManifestFinding(where, what) for what in _violations(minor, kind, document))
        elif absent := _not_served(minor, *kind):
            findings.append(ManifestFinding(where, absent))
        else:
            unknown.add(" ".join(kind))
        images.update(_images(document))
    return Checked(tuple(findings), tuple(sorted(unknown)), tuple(sorted(images)))


def schema_version(version: str) -> tuple[int, int]:
    """The known minor version that `version` is checked as: itself, or the newest for a newer one.

    BadInput where it is older than all that are known.
    """
    known = known_versions()
    if not version:
        return known[-1]
    match = _VERSION.match(version)
    if not match or (int(match[1]), int(match[2])) < known[0]:
        raise BadInput(
            f"there are no schemas of Kubernetes {version!r}",
            where="Kubernetes version",
            next_step=f"Name one from {_text(known[0])} on.",
        )
    return min((int(match[1]), int(match[2])), known[-1])


@functools.cache
def known_versions() -> tuple[tuple[int, int], ...]:
    """(major, minor) of the schemas that are here, oldest first."""
    matches = (_SET.match(folder.name) for folder in _SETS.iterdir())
    return tuple(sorted((int(match[1]), int(match[2])) for match in matches if match))


def _violations(minor: tuple[int, int], kind: tuple[str, str], document: Mapping[str, Any]) -> Iterator[str]:
    validator = _validator(minor, kind, kind[1] == "Secret")
    for error in validator.iter_errors(document):
        path = ".".join(str(step) for step in error.instance_path)
        yield f"{path}: {error.message}" if path else error.message


@functools.cache
def _validator(
    minor: tuple[int, int], kind: tuple[str, str], secret: bool
) -> jsonschema_rs.Draft202012Validator:
    definitions = _definitions(minor)
    address = f"{definitions['$id']}#/$defs/{_kinds(minor)[kind]}"
    return jsonschema_rs.Draft202012Validator(
        {"$ref": address}, registry=_registry(minor), mask=_HIDDEN if secret else None
    )


@functools.cache
def _registry(minor: tuple[int, int]) -> jsonschema_rs.Registry:
    definitions = _definitions(minor)
    return jsonschema_rs.Registry([(definitions["$id"], definitions)])


@functools.cache
def _kinds(minor: tuple[int, int]) -> Mapping[tuple[str, str], str]:
    """Name of the definition by (apiVersion, kind)."""
    found = {}
    for name, definition in _definitions(minor)["$defs"].items():
        properties = definition.get("properties", {})
        kinds = properties.get("kind", {}).get("enum", ())
        for api_version in properties.get("apiVersion", {}).get("enum", ()):
            found.update({(api_version, kind): name for kind in kinds})
    return found


@functools.lru_cache(maxsize=2)
def _definitions(minor: tuple[int, int]) -> dict[str, Any]:
    folder = next(
        folder
        for folder in _SETS.iterdir()
        if (match := _SET.match(folder.name)) and (int(match[1]), int(match[2])) == minor
    )
    document: dict[str, Any] = json.loads(folder.joinpath("_definitions.json").read_bytes())
    return document


def _not_served(minor: tuple[int, int], api_version: str, kind: str) -> str:
    """Why this version does not know the kind; empty for a custom resource."""
    own_groups = {known.rpartition("/")[0] for known, _ in _kinds(minor)} | {"extensions"}
    group = api_version.rpartition("/")[0]
    others = sorted({known for known, other in _kinds(minor) if other == kind})
    instead = f"; use {' or '.join(others)}" if others else ""
    had = [other for other in known_versions() if (api_version, kind) in _kinds(other)]
    if had and had[-1] < minor:
        return f"{api_version} {kind} was removed after Kubernetes {_text(had[-1])}{instead}"
    if had:
        came = _text(had[0])
        return f"{api_version} {kind} comes with Kubernetes {came}, the target is {_text(minor)}{instead}"
    if group in own_groups:
        return f"Kubernetes {_text(minor)} has no {api_version} {kind}{instead}"
    return ""


def _documents(manifests: bytes) -> Iterator[tuple[str, dict[str, Any] | str]]:
    """(template, object) of every object; a sentence in the place of one that cannot be read."""
    source = "manifests"
    for text in re.split(r"^---.*$", manifests.decode(errors="replace"), flags=re.MULTILINE):
        match = _SOURCE.search(text)
        source = match[1] if match else source
        try:
            document = yaml.load(text, Loader=GoLoader)
        except yaml.YAMLError as error:
            yield source, f"not YAML: {' '.join(str(error).split())[:300]}"
            continue
        if document is None:
            continue
        if not isinstance(document, dict):
            yield source, "not an object of Kubernetes"
        elif document.get("kind") == "List":
            yield from ((source, item) for item in document.get("items") or () if isinstance(item, dict))
        else:
            yield source, document


def _kind(document: Mapping[str, Any]) -> tuple[str, str] | None:
    api_version, kind = document.get("apiVersion"), document.get("kind")
    return (api_version, kind) if isinstance(api_version, str) and isinstance(kind, str) else None


def _name(document: Mapping[str, Any]) -> str:
    metadata = document.get("metadata")
    return (
        str(metadata.get("name") or metadata.get("generateName") or "") if isinstance(metadata, dict) else ""
    )


def _images(value: Any) -> Iterator[str]:
    """`image` of every item of a list called containers, initContainers or ephemeralContainers."""
    if isinstance(value, list):
        for item in value:
            yield from _images(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key.lower().endswith("containers") and isinstance(item, list):
                yield from (
                    part["image"]
                    for part in item
                    if isinstance(part, dict) and isinstance(part.get("image"), str)
                )
            yield from _images(item)


def _text(minor: tuple[int, int]) -> str:
    return f"{minor[0]}.{minor[1]}"
