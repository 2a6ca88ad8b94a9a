"""Values of a site's own, in a folder and in a folder of a real bucket: the same files say the same."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

import pytest

from headway.clients.chart_repository.s3_store import client
from headway.errors import BadInput, HeadwayError
from headway.model.credentials import RepositoryCredentials, S3Credentials
from headway.workspace import site_values
from headway.workspace.site_values import OwnFile


class Place(Protocol):
    url: str

    def put(self, files: Mapping[str, str]) -> None: ...

    def read(self) -> Mapping[str, OwnFile]: ...


def _no_cluster() -> None:
    raise AssertionError("no cluster is asked")


class Folder:
    def __init__(self, root: Path) -> None:
        self._root = root
        self.url = f"file://{root}/own"
        (root / "own").mkdir()

    def put(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self._root / "own" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def read(self) -> Mapping[str, OwnFile]:
        return site_values.read(self.url, RepositoryCredentials(), _no_cluster, "shop")  # type: ignore[arg-type]


class Bucket:
    def __init__(self, s3: S3Credentials, bucket: str) -> None:
        self._s3, self._bucket = s3, bucket
        self.url = f"s3://{bucket}/depot/own"

    def put(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            client(self._s3).put_object(Bucket=self._bucket, Key=f"depot/own/{name}", Body=text.encode())

    def read(self) -> Mapping[str, OwnFile]:
        return site_values.read(self.url, RepositoryCredentials(s3=self._s3), _no_cluster, "shop")  # type: ignore[arg-type]


@pytest.fixture(params=["folder", pytest.param("bucket", marks=pytest.mark.sandbox)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        return Folder(tmp_path)
    return Bucket(request.getfixturevalue("s3"), request.getfixturevalue("bucket"))


def test_files_are_read_in_the_order_of_their_names(place: Place) -> None:
    place.put(
        {
            "b.yaml": "replicas: 2\n",
            "a.yml": "{}\n",
            "secrets.yaml": "password: p\n",
            "notes.txt": "none of them",
            "deeper/c.yaml": "replicas: 3\n",
        }
    )
    found = place.read()
    assert [(name, file.data, file.secret) for name, file in found.items()] == [
        ("a.yml", b"{}\n", False),
        ("b.yaml", b"replicas: 2\n", False),
        ("secrets.yaml", b"password: p\n", True),
    ]
    place.put({"b.yaml": "replicas: 5\n"})
    assert place.read()["b.yaml"].data == b"replicas: 5\n", "each look reads them"


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        pytest.param({}, "there is no file of values, which may have been lost", id="none"),
        pytest.param({"notes.txt": ""}, "there is no file of values", id="none that ends so"),
        pytest.param({"a.yaml": "- 1\n"}, "mapping", id="no mapping"),
        pytest.param({f"{at}.yaml": "{}" for at in range(51)}, "more than 50 files", id="too many"),
    ],
)
def test_what_is_wrong_with_them_is_told(place: Place, files: Mapping[str, str], sentence: str) -> None:
    place.put(files)
    with pytest.raises(BadInput, match=sentence) as told:
        place.read()
    assert place.url in str(told.value)


def in_cluster(plain: dict[str, object] | None, secret: dict[str, object] | None) -> Mapping[str, OwnFile]:
    objects = {"configmaps": plain, "secrets": secret}
    api = SimpleNamespace(find=lambda path: objects[path.split("/")[-2]])
    cluster: Any = SimpleNamespace(api=api)
    return site_values.read("cluster:own", RepositoryCredentials(), lambda: cluster, "shop")


@pytest.mark.parametrize(
    ("plain", "secret", "names"),
    [
        pytest.param({}, None, [], id="empty: it says nothing"),
        pytest.param(
            {"data": {"b.yaml": "b: 1"}}, {"data": {"a.yml": "YTogMQ=="}}, ["a.yml", "b.yaml"], id="both"
        ),
        pytest.param({"data": {"b.yaml": "", "ca.crt": "x"}}, None, ["b.yaml"], id="something else beside"),
    ],
)
def test_what_a_cluster_holds(
    plain: dict[str, object] | None, secret: dict[str, object] | None, names: list[str]
) -> None:
    assert [*in_cluster(plain, secret)] == names


@pytest.mark.parametrize(
    ("plain", "secret", "sentence"),
    [
        pytest.param(None, None, "neither a ConfigMap nor a Secret", id="none"),
        pytest.param(
            {"data": {"values": "a: 1"}}, None, "none of its keys ends with .yaml or .yml: values", id="names"
        ),
        pytest.param(
            None, {"data": {"values": "YTogMQ=="}}, "none of its keys ends with", id="names in a Secret"
        ),
        pytest.param(
            {"binaryData": {"values.yaml": "/w=="}, "data": {"a.yaml": ""}},
            None,
            "values.yaml is no text in UTF-8",
            id="as kubectl puts what is no text",
        ),
    ],
)
def test_what_is_wrong_with_it_is_told(
    plain: dict[str, object] | None, secret: dict[str, object] | None, sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        in_cluster(plain, secret)


@pytest.mark.sandbox
def test_a_bucket_that_is_not_there_is_told_so(s3: S3Credentials) -> None:
    with pytest.raises(HeadwayError, match="no such bucket"):
        site_values.read(
            "s3://headway-no-such-bucket/own",
            RepositoryCredentials(s3=s3),
            _no_cluster,  # type: ignore[arg-type]
            "shop",
        )
