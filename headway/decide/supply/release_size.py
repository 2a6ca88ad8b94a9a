"""Whether Helm could store a release of an application: it keeps each revision in one Secret, which Kubernetes bounds.

What is published and cannot be stored would be found out by its release, and be rejected there.
"""

import base64
import gzip
import json
import re
from collections.abc import Iterable, Mapping

from headway.decide.supply.image_use import Render

LIMIT = 2**20
"""Bytes of a Secret's data: https://kubernetes.io/docs/concepts/configuration/secret/#restriction-on-data-size"""
_DEFINITION = re.compile(r"^# Source: [^\n/]+(?:/charts/[^\n/]+)*/crds/", re.MULTILINE)
"""A file of a chart's crds/, also of a dependency's; folders of templates and dependencies may be named so as well."""


def too_large(files: Mapping[str, bytes], renders: Iterable[Render]) -> tuple[str, ...]:
    """A sentence for each environment in which a revision would not fit. `files` of the umbrella's package by path.

    Not less is stored than what is counted here: values come on top.
    """
    chart = [
        {"name": path, "data": base64.b64encode(data).decode()}
        for path, data in files.items()
        # Helm renders dependencies, and stores what they gave; of values it stores what they say, without comments.
        if not path.startswith("charts/") and path != "values.yaml"
    ]
    found = ((each.environment, _stored(chart, _applied(each.text))) for each in renders)
    return tuple(
        f"{environment}: Helm would store {size // 1024} KiB for each revision, and a Secret holds {LIMIT // 1024}: take large "
        "files out of the chart (.helmignore), or what it renders apart"
        for environment, size in found
        if size > LIMIT
    )


def _stored(chart: list[dict[str, str]], manifest: str) -> int:
    # Go writes letters as they are.
    document = json.dumps({"chart": chart, "manifest": manifest}, ensure_ascii=False).encode(errors="replace")
    return len(base64.b64encode(gzip.compress(document)))


def _applied(rendered: str) -> str:
    """Without definitions of crds/, which are no part of a release."""
    return "\n---\n".join(
        each for each in re.split(r"^---$", rendered, flags=re.MULTILINE) if not _DEFINITION.search(each)
    )
