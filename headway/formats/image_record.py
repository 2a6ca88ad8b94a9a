"""The images of a package with their digests, as one annotation of its Chart.yaml: JSON, a list of
{"image", "digest", "in": [environments]}, without "in" for an image that is used in all.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from headway.errors import BadInput
from headway.formats import image_reference, json_limits
from headway.formats.image_reference import DIGEST
from headway.model.charts import IMAGES_ANNOTATION
from headway.model.images import RecordedImage


def annotations(images: Iterable[RecordedImage]) -> dict[str, str]:
    """Empty where there are none."""
    entries = [
        {"image": each.reference, "digest": each.digest}
        | ({"in": list(each.environments)} if each.environments else {})
        for each in sorted(images, key=lambda each: each.reference)
    ]
    return {IMAGES_ANNOTATION: json.dumps(entries, separators=(",", ":"))} if entries else {}


def read(metadata: Mapping[str, Any]) -> tuple[RecordedImage, ...]:
    """Of a Chart.yaml. A package of before holds none; what Headway did not write so is not known either."""
    try:
        entries = json_limits.load(metadata["annotations"][IMAGES_ANNOTATION])
        found = [RecordedImage(each["image"], each["digest"], tuple(each.get("in", ()))) for each in entries]
    except (KeyError, TypeError, ValueError, AttributeError):
        return ()
    return tuple(filter(_is_sound, found))


def _is_sound(image: RecordedImage) -> bool:
    try:
        image_reference.parse(image.reference)
        return bool(DIGEST.match(image.digest))
    except (BadInput, AttributeError, TypeError):
        return False
