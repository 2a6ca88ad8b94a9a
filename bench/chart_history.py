"""Gives a chart repository a past: thousands of older versions in its index, of the umbrella chart and of its neighbours."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import yaml

from headway.formats import chart_index
from headway.formats.chart_index import Index
from sandbox.seed import buckets
from sandbox.seed.layout import Layout

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

INDEX = "index.yaml"
CHART = "shop"
NEIGHBOUR = "neighbour-"
_SYNTHETIC = "0.0."
_PREFIXES = (f"{CHART}-{_SYNTHETIC}", NEIGHBOUR)
_BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)


def fill(layout: Layout, environment: str, versions: int, charts: int, *, json: bool) -> None:
    """The index lists `versions`, as compact JSON or as YAML; each has an object in the bucket.

    They are spread evenly over `charts` charts, of which the umbrella is one. The versions that were really published stay
    the newest. What stands for the others is no package: nobody fetches them.
    """
    s3, bucket = buckets.client(layout.address.s3), layout.bucket(environment)
    index = chart_index.parse(s3.get_object(Bucket=bucket, Key=INDEX)["Body"].read(), bucket)
    real = [raw for raw in index.entries[CHART] if not str(raw["version"]).startswith(_SYNTHETIC)]
    share = versions // charts
    invented = {f"{NEIGHBOUR}{number}": share for number in range(1, charts) if share}
    older = {
        name: tuple(_entry(real[-1], name, number) for number in range(count, 0, -1))
        for name, count in {**invented, CHART: versions - sum(invented.values()) - len(real)}.items()
    }
    kept = {name: found for name, found in index.entries.items() if not name.startswith(NEIGHBOUR)}
    filled = Index({**kept, **older, CHART: (*real, *older[CHART])}, index.rest)
    _put_objects(s3, bucket, [raw["urls"][0] for entries in older.values() for raw in entries])
    s3.put_object(Bucket=bucket, Key=INDEX, Body=_json(filled) if json else _yaml(filled))


def size(layout: Layout, environment: str) -> int:
    """Bytes of the index."""
    s3 = buckets.client(layout.address.s3)
    return s3.head_object(Bucket=layout.bucket(environment), Key=INDEX)["ContentLength"]


def empty(layout: Layout, environment: str) -> None:
    """Delete the objects of the versions that never were, a thousand at a time."""
    s3, bucket = buckets.client(layout.address.s3), layout.bucket(environment)
    if bucket not in {found["Name"] for found in s3.list_buckets()["Buckets"]}:
        return
    for prefix in _PREFIXES:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            if keys := [{"Key": found["Key"]} for found in page.get("Contents", [])]:
                s3.delete_objects(Bucket=bucket, Delete={"Objects": keys})  # type: ignore[typeddict-item]


def _entry(like: Any, chart: str, number: int) -> dict[str, Any]:
    version = f"{_SYNTHETIC}{number}"
    return {
        **like,
        "name": chart,
        "version": version,
        "urls": [f"{chart}-{version}.tgz"],
        "digest": hashlib.sha256(f"{chart} {version}".encode()).hexdigest(),
        "created": (_BEGINNING + timedelta(hours=number)).isoformat().replace("+00:00", "Z"),
    }


def _put_objects(s3: "S3Client", bucket: str, names: list[str]) -> None:
    listing = s3.get_paginator("list_objects_v2")
    pages = [page for prefix in _PREFIXES for page in listing.paginate(Bucket=bucket, Prefix=prefix)]
    present = {found["Key"] for page in pages for found in page.get("Contents", [])}
    missing = [name for name in names if name not in present]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: s3.put_object(Bucket=bucket, Key=name, Body=b"x"), missing))


def _json(index: Index) -> bytes:
    return chart_index.serialise(index)


def _yaml(index: Index) -> bytes:
    """As `helm repo index` writes it."""
    document = {**index.rest, "entries": dict(index.entries)}
    return yaml.dump(_plain(document), Dumper=yaml.CSafeDumper).encode()


def _plain(value: Any) -> Any:
    """Without shared parts, which YAML would write as anchors."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
