"""A chart repository that helm-s3, ChartMuseum or `helm repo index` wrote goes on without loss.

In taken_over/ are packages that Helm made, two of them signed, and what its `helm repo index` wrote of them, byte by byte:
plainly, with `--url`, and with `--json`. helm-s3 and ChartMuseum have Helm's own library write theirs; what they add is written
by hand below.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from headway.clients.chart_repository import AlreadyThere, WritableChartRepository, open_writable_repository
from headway.clients.chart_repository.s3_store import client
from headway.errors import BadInput
from headway.formats.go_yaml import GoLoader
from headway.model.credentials import RepositoryCredentials, S3Credentials
from sandbox.address import Address
from tests.clients.packages import package
from tests.oracles.asked import answers

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
OLD = package(version="1.0.0", text="old")
TAKEN_OVER = Path(__file__).parent / "taken_over"
INDEXES = sorted(each.name for each in TAKEN_OVER.glob("helm-*"))
NEW = {"web": "1.11.0", "old": "0.11.0", "zero": "1.3.0"}
"""What Headway publishes beside what was there."""
OF_HELM = {
    "web": ["1.10.0", "1.1.0", "1.1.0-rc.1+build.7", "1.0.0"],
    "old": ["0.10.0", "0.9.0"],
    "zero": ["v1.2", "0.0.1"],
}
INDEX = """\
apiVersion: v1
entries:
  web:
  - annotations:
      category: Shop
    apiVersion: v2
    appVersion: "1.10"
    created: "2021-03-04T05:06:07.123456789Z"
    dependencies:
    - {name: common, repository: "https://charts.example.com", version: 1.x.x}
    digest: DIGEST
    icon: https://example.com/icon.svg
    keywords: [web]
    maintainers:
    - {email: ada@example.com, name: ada}
    name: web
    urls:
    - ADDRESS
    - https://mirror.example.com/web-1.0.0.tgz
    version: 1.0.0
  other:
  - created: 2020-02-02T02:02:02.000000002+01:00
    digest: 00ff
    name: other
    urls: [other-0.1.0.tgz]
    version: 0.1.0
  nothing: null
generated: "2021-03-04T05:06:07.123456789Z"
serverInfo: {contextPath: /charts}
unknown: [kept, as, it, 8080]
"""


@dataclass(frozen=True)
class Place:
    url: str
    put: Callable[[str, bytes], None]
    get: Callable[[str], bytes]
    open: Callable[[], WritableChartRepository]


@pytest.fixture(params=["directory", pytest.param("s3", marks=pytest.mark.sandbox)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "directory":
        url = f"file://{tmp_path}"
        return Place(
            url,
            lambda name, data: (tmp_path / name).write_bytes(data) and None,
            lambda name: (tmp_path / name).read_bytes(),
            lambda: open_writable_repository(url),
        )
    s3: S3Credentials = request.getfixturevalue("s3")
    bucket, api = request.getfixturevalue("bucket"), client(s3)
    url = f"s3://{bucket}/some/prefix"
    return Place(
        url,
        lambda name, data: api.put_object(Bucket=bucket, Key=f"some/prefix/{name}", Body=data) and None,
        lambda name: api.get_object(Bucket=bucket, Key=f"some/prefix/{name}")["Body"].read(),
        lambda: open_writable_repository(url, RepositoryCredentials(s3=s3)),
    )


def _document(data: bytes) -> dict[str, Any]:
    """As Go reads it, which leaves each moment the text that it is."""
    read: dict[str, Any] = yaml.load(data, GoLoader)
    return read


@pytest.mark.parametrize(
    ("file", "address"),
    [
        pytest.param("index.yaml", "web-1.0.0.tgz", id="helm-s3 --relative, helm repo index"),
        pytest.param("index.yaml", "REPOSITORY/web-1.0.0.tgz", id="helm-s3"),
        pytest.param("index.yaml", "https://charts.example.com/web-1.0.0.tgz", id="behind a web server"),
        pytest.param("index-cache.yaml", "charts/web-1.0.0.tgz", id="ChartMuseum"),
        pytest.param(
            "index-cache.yaml",
            "https://museum.example.com/charts/web-1.0.0.tgz",
            id="ChartMuseum with --chart-url",
        ),
    ],
)
def test_what_others_wrote_goes_on_without_loss(file: str, address: str, place: Place) -> None:
    written = INDEX.replace("ADDRESS", address.replace("REPOSITORY", place.url))
    written = written.replace("DIGEST", OLD.digest.removeprefix("sha256:"))
    place.put(file, written.encode())
    place.put("web-1.0.0.tgz", OLD.data)
    place.put("web-1.0.0.tgz.prov", b"-----BEGIN PGP SIGNED MESSAGE-----")
    repository = place.open()
    (entry,) = repository.entries("web")
    assert repository.read(entry) == OLD.data
    assert entry.created == datetime(2021, 3, 4, 5, 6, 7, 123456, UTC)
    assert repository.uploaded_versions("web") == {"1.0.0"}

    repository.publish(package(version="1.1.0"), created=NOW)

    before, after = _document(written.encode()), _document(place.get("index.yaml"))
    new, *kept = after["entries"].pop("web")
    assert new["version"] == "1.1.0"
    assert kept == before["entries"].pop("web"), "every key, address and nanosecond"
    assert after["entries"]["other"] == before["entries"]["other"]
    own = ("entries", "generated")
    assert {key: value for key, value in after.items() if key not in own} == {
        key: value for key, value in before.items() if key not in own
    }
    assert place.get("web-1.0.0.tgz.prov").startswith(b"-----BEGIN")
    assert [place.open().read(each) for each in place.open().entries("web")] == [
        package(version="1.1.0").data,
        OLD.data,
    ]


def test_a_version_of_others_is_not_overwritten_and_may_be_withdrawn(place: Place) -> None:
    written = INDEX.replace("ADDRESS", "charts/web-1.0.0.tgz")
    place.put("index.yaml", written.replace("DIGEST", OLD.digest.removeprefix("sha256:")).encode())
    place.put("web-1.0.0.tgz", OLD.data)
    assert place.open().publish(OLD, created=NOW).entry.digest == OLD.digest
    assert place.open().withdraw("web", "1.0.0", OLD.digest)
    assert place.open().entries("web") == []
    assert place.get("web-1.0.0.tgz") == OLD.data


def test_a_name_that_lies_here_by_chance_must_have_the_digest(place: Place) -> None:
    """An address elsewhere is not followed, and what has its name here is not taken for it unseen."""
    index = {"entries": {"web": [{"version": "1.0.0", "digest": "00", "urls": ["https://a/web-1.0.0.tgz"]}]}}
    place.put("index.yaml", json.dumps(index).encode())
    (entry,) = place.open().entries("web")
    with pytest.raises(BadInput, match="is missing"):
        place.open().read(entry)
    place.put("web-1.0.0.tgz", OLD.data)
    with pytest.raises(Exception, match="the index says sha256:00"):
        place.open().read(entry)


@pytest.mark.parametrize("file", INDEXES)
def test_what_helm_indexed_goes_on_without_loss(file: str, place: Place) -> None:
    written = _put_what_helm_wrote(file, place)
    repository = place.open()
    for name, versions in OF_HELM.items():
        entries = repository.entries(name)
        assert [entry.version for entry in entries] == versions
        for entry in entries:
            package_of_helm = TAKEN_OVER / "packages" / f"{name}-{entry.version}.tgz"
            assert repository.read(entry) == package_of_helm.read_bytes()
            signed = package_of_helm.with_name(f"{package_of_helm.name}.prov")
            assert repository.provenance(entry) == (signed.read_bytes() if signed.exists() else None)

    for name, version in NEW.items():
        place.open().publish(package(name, version), created=NOW)

    before, after = _document(written), _document(place.get("index.yaml"))
    for name, version in NEW.items():
        (new,) = (each for each in after["entries"][name] if each["version"] == version)
        after["entries"][name].remove(new)
    assert after["entries"] == before["entries"], "every key, address and nanosecond"
    assert _rest(after) == _rest(before)
    for name, versions in OF_HELM.items():
        assert [each.version for each in place.open().entries(name)] == [NEW[name], *versions]


@pytest.mark.parametrize(
    ("file", "address"),
    [
        pytest.param("index.yaml", "web-1.0.0%2B102.tgz", id="helm-s3 --relative"),
        pytest.param("index.yaml", "REPOSITORY/web-1.0.0+102.tgz", id="helm-s3"),
        pytest.param("index-cache.yaml", "charts/web-1.0.0+102.tgz", id="ChartMuseum"),
    ],
)
def test_what_comes_with_a_build_number_is_found(file: str, address: str, place: Place) -> None:
    """helm-s3 escapes the plus of a relative address, and of no other."""
    built = package(version="1.0.0+102")
    entry = {
        "name": "web",
        "version": "1.0.0+102",
        "digest": built.digest.removeprefix("sha256:"),
        "urls": [address.replace("REPOSITORY", place.url)],
    }
    place.put(file, json.dumps({"apiVersion": "v1", "entries": {"web": [entry]}}).encode())
    place.put("web-1.0.0+102.tgz", built.data)
    (found,) = place.open().entries("web")
    assert place.open().read(found) == built.data
    assert isinstance(place.open().publish(built, created=NOW), AlreadyThere)


def _rest(index: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in index.items() if key not in ("entries", "generated")}


@pytest.mark.sandbox
@pytest.mark.parametrize("file", INDEXES)
def test_helm_finds_what_it_indexed_and_what_headway_published(
    file: str, sandbox: Address, tmp_path: Path
) -> None:
    url = f"file://{tmp_path}"
    place = Place(
        url,
        lambda name, data: (tmp_path / name).write_bytes(data) and None,
        lambda name: (tmp_path / name).read_bytes(),
        lambda: open_writable_repository(url),
    )
    _put_what_helm_wrote(file, place)
    (before,) = answers(sandbox, "index", [{"text": place.get("index.yaml").decode(), "name": "web"}])
    for name, version in NEW.items():
        place.open().publish(package(name, version), created=NOW)
    (after,) = answers(sandbox, "index", [{"text": place.get("index.yaml").decode(), "name": "web"}])
    expected = {name: {*versions, NEW[name]} for name, versions in before["entries"].items()}
    assert {name: {*versions} for name, versions in after["entries"].items()} == expected
    assert "v1.2" in expected["zero"]


def _put_what_helm_wrote(file: str, place: Place) -> bytes:
    """Its index, with its packages."""
    for each in (TAKEN_OVER / "packages").iterdir():
        place.put(each.name, each.read_bytes())
    written = (TAKEN_OVER / file).read_bytes()
    place.put("index.yaml", written)
    return written
