"""The images that a manifest's text names, without reading it as YAML: a history has dozens of manifests, and each takes
a tenth of a second to read.

What Helm wrote is one document after another, each with the template that it comes from. A text that only looks like an
image, in a ConfigMap or a definition, is not taken: those kinds are passed over.
"""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from headway.errors import BadInput
from headway.formats import image_reference

_DOCUMENT = re.compile(r"^---[^\n]*$", re.MULTILINE)
_SOURCE = re.compile(r"^# Source: (\S+)$", re.MULTILINE)
_KIND = re.compile(r"^[\"']?kind[\"']?:[ \t]*[\"']?(\w+)", re.MULTILINE)
_IMAGE = re.compile(r"image[\"']?:[ \t]++[\"']?([^\s\"'#{\[]++)[\"']?[ \t]*+(?:#.*)?$", re.MULTILINE)
"""Without what stands before it on its line: a search for a word is ten times as quick."""
_BEFORE = " \t-\"'"
_PASSED_OVER = frozenset({"ConfigMap", "Secret", "CustomResourceDefinition"})
LIMIT = 500
"""Images of one manifest; more are left out."""


@dataclass(frozen=True, slots=True)
class UsedImage:
    reference: str
    chart: str
    """Name of the chart whose template names it, the innermost; empty where the text does not tell."""
    is_own: bool
    """That is the application's own chart."""


def used(manifest: str) -> tuple[UsedImage, ...]:
    """Each once, in the order of the text."""
    found: dict[str, UsedImage] = {}
    for image in _found(manifest):
        if len(found) == LIMIT:
            break
        found.setdefault(image.reference, image)
    return tuple(found.values())


def _found(manifest: str) -> Iterator[UsedImage]:
    for text in _DOCUMENT.split(manifest):
        kind = _KIND.search(text)
        if kind is None or kind[1] in _PASSED_OVER:
            continue
        source = _SOURCE.search(text)
        parts = source[1].split("/templates/")[0].split("/charts/") if source else [""]
        for match in _IMAGE.finditer(text):
            begin = text.rfind("\n", 0, match.start()) + 1
            if not text[begin : match.start()].strip(_BEFORE) and _is_sound(match[1]):
                yield UsedImage(match[1], parts[-1], len(parts) == 1)


@functools.lru_cache(maxsize=4096)
def _is_sound(reference: str) -> bool:
    try:
        image_reference.parse(reference)
    except BadInput:
        return False
    return True
