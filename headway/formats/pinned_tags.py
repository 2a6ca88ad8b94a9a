"""`pin: digest`: the tags of services as `<tag>@<digest>`, in a values layer above all others.

A chart that renders `<repository>:<tag>` needs no change for it: a runtime pulls by the digest, and the tag is for people.
Git and the package keep the plain tag, so that nothing else has to read it in two ways.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from headway.formats import image_reference, image_values
from headway.model.application import Application
from headway.model.images import RecordedImage

VALUES_YAML = "values.yaml"
NOTHING: Mapping[str, str] = {}


def layer(
    application: Application,
    values: str,
    digests: Mapping[str, str | None],
    own: Mapping[str, str] = NOTHING,
) -> bytes:
    """Of an umbrella's values.yaml; `digests` by image and tag. A tag that somebody has pinned, or that is not known, stays.
    `own`: the text of an environment's value file by key of the images whose tags it keeps there."""
    found: dict[str, Any] = {}
    for image in application.images_in_values.values():
        text = own.get(image.key, values)
        tag = image_values.read(text, image, VALUES_YAML)
        digest = digests.get(f"{image.repository}:{tag}")
        if not digest or "@" in tag:
            continue
        for path, pinned in image_values.layer(text, image, digest, VALUES_YAML).items():
            if any(key.isdecimal() for key in path):
                continue  # a layer replaces a list as a whole
            place = found
            for key in path[:-1]:
                place = place.setdefault(key, {})
            place[path[-1]] = pinned
    return json.dumps(found).encode()


def by_tag(recorded: Iterable[RecordedImage]) -> dict[str, str]:
    """Digests by image and tag, whether or not it was recorded as pinned."""
    references = ((image_reference.parse(each.reference), each.digest) for each in recorded)
    return {f"{each.repository}:{each.tag}": digest for each, digest in references if each.tag}
