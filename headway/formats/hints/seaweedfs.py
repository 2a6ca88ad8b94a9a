"""SeaweedFS by its filer's webhook (`weed scaffold -config=notification`): files, of which those of buckets lie in /buckets."""

from collections.abc import Iterator
from typing import Any

from headway.formats.hints.payload import mapping, text
from headway.model.hints import Named, NamedCharts

_BUCKETS = "/buckets/"


def named(payload: Any, event: str = "", registry: str = "") -> Iterator[Named]:  # noqa: ARG001
    """A folder is no object."""
    key, entry = text(payload, "key"), mapping(payload, "message", "new_entry")
    bucket, slash, path = key.removeprefix(_BUCKETS).partition("/")
    if key.startswith(_BUCKETS) and slash and not bucket.startswith(".") and not entry.get("is_directory"):
        yield NamedCharts(f"s3://{bucket}/{path}")
