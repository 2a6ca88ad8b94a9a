"""Would Kubernetes take these manifests? Asked before anything reaches a cluster, for its version."""

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema_rs
import yaml

from headway.errors import BadInput
from headway.formats import yaml_limits
from headway.formats.go_yaml import GoLoader
from headway.formats.manifests import leaves, mapping

Minor = tuple[int, int]
"""(major, minor) of a version of Kubernetes."""
_VERSION = re.compile(r"^v?(\d+)\.(\d+)")
_SOURCE = re.compile(r"^# Source: (\S+)$", re.MULTILINE)
_LABEL = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?\Z", re.ASCII)
_NAME_PART = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z){_NAME_PART}(?:\.{_NAME_PART})*\Z", re.ASCII)
_NAMED_FREELY = re.compile(
    r"(?:rbac\.authorization|certificates)\.k8s\.io/|networking\.k8s\.io/\w+ IPAddress\Z"
)
"""Kinds that Kubernetes names by other rules: roles as users are named, bundles of trust by their signer (example.com:roots:v1),
requests for certificates in any way, addresses by themselves."""
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
    images: Mapping[str, tuple[str, ...]]
    """Images of all containers, as written, by template; also of templates that have none."""


class ManifestSchemas:
    """The JSON schemas of Kubernetes' own types, one set of definitions for each minor version."""

    def __init__(self, definitions: Mapping[Minor, dict[str, Any]]) -> None:
        """`definitions` may read a set when it is asked for; each is a JSON schema with `$id` and `$defs`."""
        self._definitions = definitions
        self._kinds = functools.cache(self._kinds_of)
        self._registry = functools.cache(self._registry_of)
        self._validator = functools.cache(self._validator_of)

    @functools.cached_property
    def known_versions(self) -> tuple[Minor, ...]:
        """Oldest first."""
        return tuple(sorted(self._definitions))

    def schema_version(self, version: str) -> Minor:
        """The known minor version that `version` is checked as: itself, or the newest for a newer one.

        BadInput where it is older than all that are known.
        """
        known = self.known_versions
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

    def check(self, manifests: bytes, version: str = "") -> Checked:
        """Check helm's YAML documents for a Kubernetes `version` such as "1.37" (empty: the newest known)."""
        minor = self.schema_version(version)
        findings: list[ManifestFinding] = []
        unknown: set[str] = set()
        images: dict[str, set[str]] = {}
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
            findings += _naming(document, kind, source, where, seen)
            findings += (ManifestFinding(where, what) for what in _labelling(document, kind))
            if kind in self._kinds(minor):
                findings += (ManifestFinding(where, what) for what in _misnamed(document, kind))
                findings += (ManifestFinding(where, what) for what in self._violations(minor, kind, document))
            elif absent := self._not_served(minor, *kind):
                findings.append(ManifestFinding(where, absent))
            else:
                unknown.add(" ".join(kind))
            images.setdefault(source, set()).update(_images(document))
        by_template = {source: tuple(sorted(found)) for source, found in images.items()}
        return Checked(tuple(findings), tuple(sorted(unknown)), by_template)

    def _violations(self, minor: Minor, kind: tuple[str, str], document: Mapping[str, Any]) -> Iterator[str]:
        validator = self._validator(minor, kind, kind[1] == "Secret")
        for error in validator.iter_errors(document):
            path = ".".join(str(step) for step in error.instance_path)
            yield f"{path}: {error.message}" if path else error.message

    def _validator_of(
        self, minor: Minor, kind: tuple[str, str], secret: bool
    ) -> jsonschema_rs.Draft202012Validator:
        address = f"{self._definitions[minor]['$id']}#/$defs/{self._kinds(minor)[kind]}"
        return jsonschema_rs.Draft202012Validator(
            {"$ref": address}, registry=self._registry(minor), mask=_HIDDEN if secret else None
        )

    def _registry_of(self, minor: Minor) -> jsonschema_rs.Registry:
        definitions = self._definitions[minor]
        return jsonschema_rs.Registry([(definitions["$id"], definitions)])

    def _kinds_of(self, minor: Minor) -> Mapping[tuple[str, str], str]:
        """Name of the definition by (apiVersion, kind)."""
        found = {}
        for name, definition in self._definitions[minor]["$defs"].items():
            properties = definition.get("properties", {})
            kinds = properties.get("kind", {}).get("enum", ())
            for api_version in properties.get("apiVersion", {}).get("enum", ()):
                found.update({(api_version, kind): name for kind in kinds})
        return found

    def _not_served(self, minor: Minor, api_version: str, kind: str) -> str:
        """Why this version does not know the kind; empty for a custom resource."""
        own_groups = {known.rpartition("/")[0] for known, _ in self._kinds(minor)} | {"extensions"}
        group = api_version.rpartition("/")[0]
        others = sorted({known for known, other in self._kinds(minor) if other == kind})
        instead = f"; use {' or '.join(others)}" if others else ""
        had = [other for other in self.known_versions if (api_version, kind) in self._kinds(other)]
        if had and had[-1] < minor:
            return f"{api_version} {kind} was removed after Kubernetes {_text(had[-1])}{instead}"
        if had:
            came = _text(had[0])
            return f"{api_version} {kind} comes with Kubernetes {came}, the target is {_text(minor)}{instead}"
        if group in own_groups:
            return f"Kubernetes {_text(minor)} has no {api_version} {kind}{instead}"
        return ""


def _naming(
    document: Mapping[str, Any],
    kind: tuple[str, str],
    source: str,
    where: str,
    seen: dict[tuple[str, str, str, str], str],
) -> Iterator[ManifestFinding]:
    """An object without a name, or rendered twice; `seen` (group, kind, namespace, name -> template) is added to."""
    name = _name(document)
    if not name:
        yield ManifestFinding(where, "`metadata.name` is missing")
    metadata = mapping(document, "metadata")
    key = (kind[0].rpartition("/")[0], kind[1], str(metadata.get("namespace", "")), name)
    if key in seen:
        yield ManifestFinding(where, f"the same object is rendered twice, first by {seen[key]}")
    seen.setdefault(key, source)


def _misnamed(document: Mapping[str, Any], kind: tuple[str, str]) -> Iterator[str]:
    """A name that no schema refuses and every API server does."""
    metadata = document.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if isinstance(name, str) and name and not _NAMED_FREELY.match(" ".join(kind)) and not _NAME.match(name):
        yield f"metadata.name: {name!r} is not a name: at most 253 lower-case letters, digits, '-', '.'"


def _labelling(document: Mapping[str, Any], kind: tuple[str, str]) -> Iterator[str]:
    """Labels, also those of what the object is a template of, that no schema refuses and every API server does."""
    for path, value in leaves(document):
        if path[-3:-1] == ("metadata", "labels") and isinstance(value, str) and not _LABEL.match(value):
            shown = _HIDDEN if kind[1] == "Secret" else f"{value!r}"
            yield f"{'.'.join(path)}: {shown} is not the value of a label: at most 63 letters, digits, '-', '_', '.'"


def _documents(manifests: bytes) -> Iterator[tuple[str, dict[str, Any] | str]]:
    """(template, object) of every object; a sentence in the place of one that cannot be read."""
    source = "manifests"
    for text in re.split(r"^---.*$", manifests.decode(errors="replace"), flags=re.MULTILINE):
        match = _SOURCE.search(text)
        source = match[1] if match else source
        try:
            document = yaml_limits.load(text, GoLoader, yaml_limits.MANIFESTS)
        except yaml.YAMLError as error:
            yield source, f"not YAML: {' '.join(str(error).split())[:300]}"
            continue
        if document is None:
            continue
        if not isinstance(document, dict):
            yield source, "not an object of Kubernetes"
        else:
            yield from ((source, each) for each in _taken_apart(document))


def _taken_apart(document: Any) -> Iterator[dict[str, Any] | str]:
    """A List's items, also of one in another; a sentence for what is no object."""
    if not isinstance(document, dict):
        yield "not an object of Kubernetes"
    elif document.get("kind") != "List":
        yield document
    elif isinstance(items := document.get("items") or [], list):
        for item in items:
            yield from _taken_apart(item)
    else:
        yield "`items` of a List is no list"


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


def _text(minor: Minor) -> str:
    return f"{minor[0]}.{minor[1]}"
