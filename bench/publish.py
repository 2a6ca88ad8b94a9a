"""`python -m bench.publish`: one version more in a chart repository of very many, by Headway and `helm repo index --merge`.

Headway's publication is whole: it asks S3 for the index, sees that the version is new, uploads package and index, the latter by
compare-and-swap. By a machine that knows the index, since it read or wrote it before, and by one that does not. Of helm it is the
index alone, from disk to disk.
"""

import argparse
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

import yaml

from headway.clients.chart_repository import Published, open_writable_repository
from headway.formats import chart_index, chart_package
from headway.formats.chart_index import Index
from headway.model.charts import Package
from headway.model.credentials import RepositoryCredentials, S3Credentials
from sandbox import address as sandbox_address
from sandbox.address import Address
from sandbox.seed import buckets
from sandbox.seed.commands import program

BUCKET = "bench-publish"
CHARTS = 20
HELM_SECONDS = 60
_BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.publish", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of each (5)")
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[10_000, 100_000], help="versions in the index"
    )
    parser.add_argument(
        "--helm", type=int, default=10_000, help="up to which size helm is asked as well (10,000)"
    )
    arguments = parser.parse_args()
    address = sandbox_address.load()
    s3 = buckets.client(address.s3)
    _empty(address)
    s3.create_bucket(Bucket=BUCKET)
    try:
        for versions in arguments.sizes:
            index = _index(versions)
            data = chart_index.serialise(index)
            s3.put_object(Bucket=BUCKET, Key="index.yaml", Body=data)
            took = _publications(address, versions, arguments.rounds)
            if versions <= arguments.helm:
                for form in ("YAML", "JSON"):
                    written = data if form == "JSON" else _yaml(index)
                    took[f"helm repo index --merge, {form}"] = _helm(address, written, form, arguments.rounds)
            _show(versions, len(data), took)
    finally:
        _empty(address)
    return 0


def _publications(address: Address, versions: int, rounds: int) -> dict[str, list[float]]:
    """Seconds of each, in turn."""
    knowing, new = list[float](), list[float]()
    with tempfile.TemporaryDirectory(prefix="bench-") as home:
        for number in range(rounds):
            with mock.patch.dict(os.environ, {"HOME": f"{home}/{number}"}):
                new.append(_publish(address, versions, 2 * number))
                knowing.append(_publish(address, versions, 2 * number + 1))
    return {"Headway, S3 and all": knowing, "the same, on a machine that is new to it": new}


def _publish(address: Address, versions: int, number: int) -> float:
    """By a process that has not looked at the repository yet."""
    package = _package(f"1.0.{number}")
    repository = open_writable_repository(f"s3://{BUCKET}", _credentials(address))
    begun = time.monotonic()
    done = repository.publish(package, created=datetime.now(UTC))
    took = time.monotonic() - begun
    seen = open_writable_repository(f"s3://{BUCKET}", _credentials(address))
    others = sum(len(seen.versions(_name(each))) for each in range(CHARTS)) if not number else versions + 1
    if (
        not isinstance(done, Published)
        or seen.versions(_name(0))[0] != package.version
        or others != versions + 1
    ):
        raise RuntimeError(f"{package.version} was not published as it should be")
    return took


def _helm(address: Address, index: bytes, form: str, rounds: int) -> list[float]:
    """Seconds of each; none where the first takes longer than HELM_SECONDS."""
    package, took = _package("1.0.0"), list[float]()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        old, new = Path(folder) / "old.yaml", Path(folder) / "new"
        old.write_bytes(index)
        new.mkdir()
        (new / package.file_name).write_bytes(package.data)
        options = ["--json"] if form == "JSON" else []
        helm = program(address.bin, "helm")
        for _ in range(rounds):
            begun = time.monotonic()
            argv = [helm, "repo", "index", *options, "--merge", str(old), str(new)]
            subprocess.run(argv, check=True, capture_output=True, timeout=HELM_SECONDS)
            took.append(time.monotonic() - begun)
    return took


def _show(versions: int, size: int, took: Mapping[str, list[float]]) -> None:
    print(f"\n## {versions:,} versions of {CHARTS} charts, index of {size / 1e6:.1f} MB\n")
    print("| | median s | min - max |\n| --- | ---: | ---: |")
    for what, seconds in took.items():
        print(f"| {what} | {median(seconds):.3f} | {min(seconds):.3f} - {max(seconds):.3f} |")
    ours, *others = took.items()
    for what, seconds in others[1:]:
        print(f"\n{what}, takes {median(seconds) / median(ours[1]):.0f} times as long.")
    sys.stdout.flush()


def _index(versions: int) -> Index:
    """Spread evenly, each entry as Headway writes it."""
    share = versions // CHARTS
    entries = {
        _name(chart): tuple(_entry(_name(chart), f"0.0.{number}", number) for number in range(share, 0, -1))
        for chart in range(CHARTS)
    }
    return Index(entries)


def _entry(chart: str, version: str, number: int) -> dict[str, Any]:
    digest = sha256(f"{chart} {version}".encode()).hexdigest()
    return {
        **_metadata(chart, version),
        "annotations": {
            "headway.dev/commit": digest[:40],
            "headway.dev/content-digest": f"sha256:{digest}",
            "headway.dev/source": f"https://git.example.com/shop/{chart}.git",
        },
        "urls": [f"{chart}-{version}.tgz"],
        "digest": digest,
        "created": (_BEGINNING + timedelta(hours=number)).isoformat().replace("+00:00", "Z"),
    }


def _metadata(chart: str, version: str) -> dict[str, Any]:
    return {
        "apiVersion": "v2",
        "name": chart,
        "version": version,
        "appVersion": "unreleased",
        "description": "What a customer wants to buy",
        "type": "application",
    }


def _name(number: int) -> str:
    return f"chart-{number:02}"


def _package(version: str) -> Package:
    data = io.BytesIO()
    text = yaml.safe_dump(_metadata(_name(0), version)).encode()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        member = tarfile.TarInfo(f"{_name(0)}/Chart.yaml")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
    return chart_package.read_package(data.getvalue())


def _yaml(index: Index) -> bytes:
    """As `helm repo index` writes it."""
    document = {**index.rest, "entries": {name: list(found) for name, found in index.entries.items()}}
    return yaml.dump(document, Dumper=yaml.CSafeDumper).encode()


def _credentials(address: Address) -> RepositoryCredentials:
    s3 = address.s3
    return RepositoryCredentials(
        s3=S3Credentials(
            access_key=s3.access_key,
            secret_key=s3.secret_key,
            endpoint_url=s3.endpoint,
            region=s3.region,
        )
    )


def _empty(address: Address) -> None:
    s3 = buckets.client(address.s3)
    if BUCKET not in {each["Name"] for each in s3.list_buckets()["Buckets"]}:
        return
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        for each in page.get("Contents", []):
            s3.delete_object(Bucket=BUCKET, Key=each["Key"])
    s3.delete_bucket(Bucket=BUCKET)


if __name__ == "__main__":
    sys.exit(main())
