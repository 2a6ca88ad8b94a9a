"""Google's registry by a push subscription of Pub/Sub (https://cloud.google.com/artifact-registry/docs/configure-notifications)."""

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from headway.formats import json_limits
from headway.formats.hints.generic import image_of
from headway.formats.hints.payload import mapping, text
from headway.model.hints import Named, NamedImage


def named(payload: Any, event: str = "", registry: str = "") -> Iterator[Named]:  # noqa: ARG001
    """`message.data` is the notification in base64."""
    data = mapping(payload, "message").get("data")
    if not isinstance(data, str):
        return
    try:
        said = json_limits.load(base64.b64decode(data, validate=True))
    except (ValueError, binascii.Error):
        return
    image = text(said, "tag") or text(said, "digest")
    if text(said, "action") == "INSERT" and image:
        found = image_of(image)
        rest = found.repository.partition("/")[2]
        yield NamedImage(f"{registry}/{rest}" if registry else found.repository, found.tag)
