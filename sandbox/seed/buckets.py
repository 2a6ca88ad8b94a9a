"""Makes and deletes a copy's buckets; publishes the third-party chart into one that all copies share."""

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.address import S3Address
from sandbox.seed.commands import program, run
from sandbox.seed.layout import THIRD_PARTY, THIRD_PARTY_BUCKET, Layout

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_EPOCH = "1700000000"  # the same chart gives the same bytes


def client(address: S3Address) -> "S3Client":
    return boto3.client(
        "s3",
        endpoint_url=address.endpoint,
        aws_access_key_id=address.access_key,
        aws_secret_access_key=address.secret_key,
        region_name=address.region,
        config=Config(s3={"addressing_style": "path"}),
    )


def create(layout: Layout) -> None:
    s3 = client(layout.address.s3)
    for bucket in layout.buckets:
        s3.create_bucket(Bucket=bucket)


def delete(layout: Layout) -> None:
    s3 = client(layout.address.s3)
    for bucket in set(layout.buckets) & _existing(s3):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for found in page.get("Contents", []):
                s3.delete_object(Bucket=bucket, Key=found["Key"])
        s3.delete_bucket(Bucket=bucket)


def publish_third_party(layout: Layout) -> None:
    """Publishes every chart of examples/thirdparty, if it is not there: a published version never changes."""
    s3 = client(layout.address.s3)
    if THIRD_PARTY_BUCKET not in _existing(s3):
        s3.create_bucket(Bucket=THIRD_PARTY_BUCKET)
    helm = program(layout.address.bin, "helm")
    with tempfile.TemporaryDirectory() as folder:
        charts = [str(file.parent) for file in sorted(THIRD_PARTY.glob("*/Chart.yaml"))]
        environment = _helm_environment(Path(folder) / "helm")
        packages = Path(folder) / "packages"
        run([helm, "package", "--destination", str(packages), "--", *charts], environment=environment)
        if all(_holds(s3, package.name) for package in packages.iterdir()) and _holds(s3, "index.yaml"):
            return
        run([helm, "repo", "index", "--", str(packages)], environment=environment)
        # The index names the packages, so it comes after them.
        for file in sorted(packages.iterdir(), key=lambda file: file.name == "index.yaml"):
            s3.put_object(Bucket=THIRD_PARTY_BUCKET, Key=file.name, Body=file.read_bytes())


def _helm_environment(folder: Path) -> dict[str, str]:
    homes = {f"HELM_{kind}_HOME": str(folder / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA")}
    return {**homes, "SOURCE_DATE_EPOCH": _EPOCH, "KUBECONFIG": os.devnull}


def _existing(s3: "S3Client") -> set[str]:
    return {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}


def _holds(s3: "S3Client", key: str) -> bool:
    try:
        s3.head_object(Bucket=THIRD_PARTY_BUCKET, Key=key)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return False
        raise
    return True
