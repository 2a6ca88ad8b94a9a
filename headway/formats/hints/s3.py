"""Objects of a bucket, as Amazon S3, MinIO and others of its shape tell of them
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html), also by EventBridge."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

from headway.formats.hints.payload import mapping, mappings, text
from headway.model.hints import Named, NamedCharts

_WRITES = ("ObjectCreated", "ObjectRestore:Completed", "ObjectRemoved")


def named(payload: Any, event: str = "", registry: str = "") -> Iterator[Named]:  # noqa: ARG001
    """One address a record; MinIO's names begin with `s3:`."""
    for each in mappings(payload, "Records"):
        written = text(each, "eventName").removeprefix("s3:").startswith(_WRITES)
        bucket, key = text(each, "s3", "bucket", "name"), unquote_plus(text(each, "s3", "object", "key"))
        if written and bucket and key.isprintable():
            yield NamedCharts(f"s3://{bucket}/{key}")
    detail = mapping(payload, "detail")
    bucket, key = text(detail, "bucket", "name"), text(detail, "object", "key")
    if payload.get("detail-type") in ("Object Created", "Object Deleted") and bucket:
        yield NamedCharts(f"s3://{bucket}/{key}")
