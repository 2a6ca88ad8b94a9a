"""What should not stand in an application's values: tags by environment, plain secrets, requirements.yaml."""

import re
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from headway.errors import BadInput
from headway.formats import image_values, yaml_source
from headway.model.application import Application
from headway.model.service_images import DeclaredImage, KeyPath

_SECRET = re.compile(r"(password|passwd|passphrase|token|secret|api_?key|secret_?key|private_?key)$")
_REFERENCE = re.compile(r"^(existing|use|create|automount)")
_HARMLESS = re.compile(r"(|true|false|null|~|[0-9.]+|ENC\[.*\]|\{\{.*\}\}|ref\+.*|\$\{.*\})", re.DOTALL)
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")


@dataclass(frozen=True, slots=True)
class ValuesFinding:
    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


def tags_by_environment(
    application: Application, text: str, file: str, own: Collection[str] = ()
) -> tuple[ValuesFinding, ...]:
    """Image tags in an environment's value file: the tag of all environments stands in values.yaml alone. `own`: keys of the
    images whose tags it keeps itself in that file."""
    root = yaml_source.compose(text, file)
    found = []
    for image in application.images_in_values.values():
        if image.key in own:
            continue
        for path in _places(text, image, file):
            if node := yaml_source.find(root, path):
                what = f"{'.'.join(path)} is the image tag of {image.key}; it stands in values.yaml alone"
                found.append(ValuesFinding(file, yaml_source.line(node), f"{what}, remove it here"))
    return tuple(found)


def _places(text: str, image: DeclaredImage, file: str) -> Iterable[KeyPath]:
    """None where a marker marks nothing here."""
    with suppress(BadInput):
        return image_values.places(text, image, file)
    return ()


def missing_tags(
    images: Mapping[str, DeclaredImage], text: str, file: str, note: str = ""
) -> tuple[ValuesFinding, ...]:
    """Images whose tag in a value file is absent or still empty: such an application is not published. `note`: behind each."""
    root = yaml_source.compose(text, file)
    found = []
    for image in images.values():
        path = next(iter(_places(text, image, file)), None)
        node = yaml_source.find(root, path) if path else None
        if not yaml_source.text_of(node):
            line = yaml_source.line(node) if node else 1
            place = ".".join(path) if path else f"marker {image.marker}"
            found.append(ValuesFinding(file, line, f"{place} holds no image tag of {image.key} yet{note}"))
    return tuple(found)


def plain_secrets(text: str, file: str) -> tuple[ValuesFinding, ...]:
    """Values that look like a secret in the clear, by the name of their key or as a PEM private key."""
    return tuple(
        ValuesFinding(file, line, f"{'.'.join(path)} looks like a secret in the clear; put it into secrets/")
        for path, value, line in yaml_source.scalars(yaml_source.compose(text, file))
        if _looks_secret(path[-1] if path else "", value)
    )


def not_encrypted(text: str, file: str) -> tuple[ValuesFinding, ...]:
    """A secrets file without sops' own section, or with a leaf that is not encrypted."""
    root = yaml_source.compose(text, file)
    if root is None:
        return ()
    if "sops" not in yaml_source.children(root):
        return (ValuesFinding(file, 1, "this secrets file is not encrypted by sops"),)
    return tuple(
        ValuesFinding(file, line, f"{'.'.join(path)} is not encrypted")
        for path, value, line in yaml_source.scalars(root)
        if path[0] != "sops"
        and value
        and not value.startswith("ENC[")
        and not path[-1].endswith("_unencrypted")
    )


def requirements_file(tree: Mapping[str, bytes]) -> tuple[ValuesFinding, ...]:
    """Advice for a chart that keeps its dependencies in requirements.yaml: it works, and how to migrate."""
    if "requirements.yaml" not in tree:
        return ()
    what = (
        "dependencies are read from requirements.yaml, as Helm still does; move them into Chart.yaml, "
        "set apiVersion: v2 there, delete requirements.yaml and requirements.lock, and run helm dependency update"
    )
    return (ValuesFinding("requirements.yaml", 1, what),)


def _looks_secret(key: str, value: str) -> bool:
    if _PRIVATE_KEY.search(value):
        return True
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|-", "_", key).lower()
    return (
        bool(_SECRET.search(name)) and not _REFERENCE.match(name) and not _HARMLESS.fullmatch(value.strip())
    )
