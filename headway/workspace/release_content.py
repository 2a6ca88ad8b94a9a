"""A package as one environment gives it to Helm: value files in order, secrets decrypted, and a digest of the values."""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from headway.clients import sops
from headway.clients.helm.value_files import ValueFiles
from headway.decide.supply import own_tags
from headway.errors import BadInput
from headway.formats import (
    chart_definitions,
    chart_package,
    headway_yaml,
    image_record,
    manifests,
    pinned_tags,
    secret_leaves,
    utf8,
)
from headway.formats.chart_definitions import Definition
from headway.model.application import Application
from headway.model.charts import Package
from headway.model.credentials import NO_KEYS, SopsKeys
from headway.model.environment import Environment
from headway.workspace.environment_values import chosen
from headway.workspace.site_values import OwnFile

HEADWAY_YAML = "headway.yaml"
PINNED = "headway.yaml pin"
"""Stands for a value file that is in no package."""
OWN = "own:"
"""Before the name of a file that a site has of its own."""


@dataclass(frozen=True, slots=True)
class ReleaseContent:
    """What is read from the package itself: the order of its values travels with the version."""

    package: Package
    packaged: Mapping[str, bytes] = field(repr=False)
    """Its files, by path in the package."""
    values: Mapping[str, bytes] = field(repr=False)
    """Value files after the chart's own, by path in the package, in the order they are given; secrets decrypted."""
    secrets: tuple[str, ...] = field(repr=False)
    """Decrypted leaves: what must not be shown anywhere."""
    secret_paths: frozenset[manifests.Path]
    """Where they stand in the values."""
    own_secret_paths: frozenset[manifests.Path]
    """Those of them that no file of the package names: a site's own."""
    test_images: frozenset[str]
    """Of the tests that headway.yaml declares."""

    def values_digest(self, key: bytes) -> str:
        """sha256:<hex>, keyed: a changed secret is seen, and a weak one cannot be guessed from it."""
        digest = hmac.new(key, digestmod=hashlib.sha256)
        for path, data in self.values.items():
            digest.update(f"{path}\0{len(data)}\0".encode())
            digest.update(data)
        return f"sha256:{digest.hexdigest()}"

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """What its charts have in crds/. Raises BadInput, naming the file that cannot be read."""
        return chart_definitions.of_files(self.packaged, list(self.values.values()))

    @contextmanager
    def files(self) -> Iterator[ValueFiles]:
        """The value files, in memory-backed storage and readable by us alone, for as long as the block runs."""
        with sops.memory_files(list(self.values.values())) as paths:
            yield ValueFiles(tuple(paths), self.secrets)


def read(data: bytes, environment: str, where: str, keys: SopsKeys = NO_KEYS) -> ReleaseContent:
    """Content of a package's bytes for one environment. `keys`: see sops.

    Raises BadInput naming the file for a package without headway.yaml, for a value file that headway.yaml names and
    the package lacks, and for a secrets file whose key is missing here.
    """
    package, files = chart_package.unpack(data, where)
    application = _application(files, where)
    declared = application.environments.get(environment)
    if declared is None:
        raise BadInput(
            f"it does not know the environment {environment!r}",
            where=f"{where} {HEADWAY_YAML}",
            next_step="Release a version that was made after the environment was added.",
        )
    values, secret = _of_environment(files, declared, environment, keys)
    values |= _pinned(application, package, files, environment)
    return _content(package, files, values, secret, application)


def knows(data: bytes, environment: str, where: str) -> bool:
    """Whether a package's bytes were made when headway.yaml named the environment. Raises BadInput for one without, or one that
    cannot be read."""
    _, files = chart_package.unpack(data, where)
    return environment in _application(files, where).environments


def read_on_site(
    data: bytes, environment: str, where: str, own: Mapping[str, OwnFile], keys: SopsKeys = NO_KEYS
) -> ReleaseContent:
    """The same on a site: what the package brings for an environment of that name, if it knows one, and `own` above it.

    Raises BadInput for a secrets file whose key is missing here, and for a headway.yaml that cannot be read.
    """
    package, files = chart_package.unpack(data, where)
    application = _application(files, where) if HEADWAY_YAML in files else None
    declared = application.environments.get(environment) if application else None
    values, secret = _of_environment(files, declared, environment, keys) if declared else ({}, {})
    values |= _pinned(application, package, files, environment) if application else {}
    for name, file in own.items():
        place = f"{OWN}{name}"
        values[place] = sops.decrypt(file.data, place, keys)
        if file.secret:
            secret[place] = values[place]
    return _content(package, files, values, secret, application)


def _of_environment(
    files: Mapping[str, bytes], declared: Environment, name: str, keys: SopsKeys
) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Values in their order, and those of them that are secret."""
    plain = chosen(files, declared.value_files(name))
    encrypted = chosen(files, declared.secret_files(name))
    secret = {path: sops.decrypt(files[path], path, keys) for path in encrypted}
    return {path: files[path] for path in plain} | secret, secret


def _content(
    package: Package,
    files: Mapping[str, bytes],
    values: Mapping[str, bytes],
    secret: Mapping[str, bytes],
    application: Application | None,
) -> ReleaseContent:
    leaves = tuple(leaf for data in secret.values() for leaf in secret_leaves.of_file(data))
    paths = frozenset(path for data in secret.values() for path in secret_leaves.paths(data))
    test_images = frozenset(test.image for test in (application.tests if application else ()))
    own = frozenset(
        path for name, data in secret.items() if name.startswith(OWN) for path in secret_leaves.paths(data)
    )
    return ReleaseContent(package, files, values, leaves, paths, own, test_images)


def _pinned(
    application: Application, package: Package, files: Mapping[str, bytes], environment: str
) -> dict[str, bytes]:
    """One more layer of values, where images are held by digest."""
    if application.pin != "digest":
        return {}
    text = utf8.text(files.get(pinned_tags.VALUES_YAML, b""), pinned_tags.VALUES_YAML)
    digests = pinned_tags.by_tag(image_record.read(package.metadata))
    own = own_tags.texts(files, application, environment)
    return {PINNED: pinned_tags.layer(application, text, digests, own)}


def _application(files: Mapping[str, bytes], where: str) -> Application:
    if HEADWAY_YAML not in files:
        raise BadInput(
            "the package holds no headway.yaml",
            where=where,
            next_step="Keep it in the umbrella chart's folder, and out of .helmignore.",
        )
    return headway_yaml.read_packaged(
        utf8.text(files[HEADWAY_YAML], f"{where} {HEADWAY_YAML}"), f"{where} {HEADWAY_YAML}"
    )
