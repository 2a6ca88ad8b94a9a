"""The buckets that hold the chart repositories, read with S3's own client."""

import hashlib
from typing import Any

import yaml
from botocore.exceptions import ClientError

from sandbox.seed import buckets
from sandbox.seed.layout import Layout


class ChartTruth:
    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._s3 = buckets.client(layout.address.s3)

    def objects(self, environment: str) -> dict[str, str]:
        """ETags by key."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._layout.bucket(environment))
        return {found["Key"]: found["ETag"] for page in pages for found in page.get("Contents", [])}

    def index(self, environment: str) -> dict[str, list[dict[str, Any]]]:
        """Entries by chart, as Helm reads them; empty before the first publication."""
        try:
            body = self._s3.get_object(Bucket=self._layout.bucket(environment), Key="index.yaml")[
                "Body"
            ].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return {}
            raise
        entries: dict[str, list[dict[str, Any]]] = yaml.safe_load(body)["entries"]
        return entries

    def versions(self, environment: str, chart: str) -> list[str]:
        return [entry["version"] for entry in self.index(environment).get(chart, [])]

    def entry(self, environment: str, chart: str, version: str) -> dict[str, Any] | None:
        found = [e for e in self.index(environment).get(chart, []) if e["version"] == version]
        return found[0] if found else None

    def digest(self, environment: str, chart: str, version: str) -> str:
        """SHA-256 of the package's bytes in the bucket; empty where the index does not name it."""
        entry = self.entry(environment, chart, version)
        if entry is None:
            return ""
        key = entry["urls"][0].rsplit("/", 1)[-1]
        body = self._s3.get_object(Bucket=self._layout.bucket(environment), Key=key)["Body"].read()
        return hashlib.sha256(body).hexdigest()
