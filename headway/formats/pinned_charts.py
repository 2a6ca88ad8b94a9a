"""Third parties' charts with the digest of their content: as one annotation of the package that holds them, JSON by address,
and from there in the index, once for each, so that a later package is held against it.
"""

import json
from collections.abc import Mapping
from typing import Any

from headway.formats import json_limits
from headway.formats.chart_lock import Locked
from headway.formats.image_reference import DIGEST
from headway.model.charts import CHARTS_ANNOTATION


def address(locked: Locked) -> str:
    """What a digest is of: a version of a chart as one repository has it."""
    return f"{locked.repository.rstrip('/')}/{locked.name}-{locked.version}"


def annotations(digests: Mapping[str, str]) -> dict[str, str]:
    """Empty where there are none."""
    text = json.dumps(dict(sorted(digests.items())), separators=(",", ":"))
    return {CHARTS_ANNOTATION: text} if digests else {}


def read(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Of a Chart.yaml; what Headway did not write so is not known."""
    try:
        found = json_limits.load(metadata["annotations"][CHARTS_ANNOTATION])
        return {str(key): value for key, value in found.items() if DIGEST.match(value)}
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}
