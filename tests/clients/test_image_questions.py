"""What an image costs its registry: where requests for manifests are counted as pulls, only those that nobody has made before."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from headway.clients.registry import Registry
from headway.errors import BadInput, Unreachable

IMAGE = "registry.example.com/shop/web"


class Images:
    """A registry in memory: tags may move, and it is remembered what was asked."""

    def __init__(self) -> None:
        self.there: dict[str, bytes] = {}
        self.tags: dict[str, str] = {}
        self.asked: list[str] = []
        self.header: str | None = None
        """What it says that a digest is, where it lies."""

    def push(self, tag: str, commit: str, *, index: bool = False) -> None:
        config = self._kept({"config": {"Labels": {"org.opencontainers.image.revision": commit}}})
        manifest = self._kept({"config": {"digest": config}})
        self.tags[tag] = self._kept({"manifests": [{"digest": manifest}]}) if index else manifest

    def _kept(self, document: Mapping[str, object]) -> str:
        data = json.dumps(document).encode()
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        self.there[digest] = data
        return digest

    def __call__(self, request: httpx.Request) -> httpx.Response:
        kind, name = request.url.path.split("/")[-2:]
        is_tag = not name.startswith("sha256:")
        self.asked.append(f"{request.method} {name if is_tag else kind}")
        digest = self.tags.get(name, "") if is_tag else name
        if digest not in self.there:
            return httpx.Response(404)
        return httpx.Response(
            200, headers={"Docker-Content-Digest": self.header or digest}, content=self.there[digest]
        )

    def answered(self, cache: Path | None, tag: str = "main") -> tuple[str, list[str]]:
        """The commit that another process reads, and what it asks."""
        self.asked.clear()
        found = Registry(transport=httpx.MockTransport(self), cache=cache).found(IMAGE, tag)
        assert found is None or found.digest in {self.tags.get(tag), tag}
        return (found.revision if found else ""), [*self.asked]


@pytest.mark.parametrize(("index", "more"), [(False, []), (True, ["GET manifests"])])
def test_a_tag_that_nobody_knows_is_read_and_a_known_one_is_asked_for_its_digest(
    index: bool, more: list[str], tmp_path: Path
) -> None:
    images = Images()
    images.push("main", "one", index=index)
    assert images.answered(tmp_path) == ("one", ["GET main", *more, "GET blobs"])
    assert images.answered(tmp_path) == ("one", ["HEAD main"])
    images.push("main", "two", index=index)
    assert images.answered(tmp_path) == ("two", ["HEAD main", "GET manifests", *more, "GET blobs"])
    assert images.answered(tmp_path) == ("two", ["HEAD main"])
    images.push("main", "one", index=index)
    assert images.answered(tmp_path) == ("one", ["HEAD main"]), "it is back at what was read"
    images.tags.clear()
    assert images.answered(tmp_path) == ("", ["HEAD main"])


def test_what_is_not_there_is_asked_for_once() -> None:
    assert Images().answered(None) == ("", ["GET main"])


def test_what_has_a_digest_is_asked_for_by_it(tmp_path: Path) -> None:
    images = Images()
    images.push("main", "one")
    digest = images.tags["main"]
    assert images.answered(tmp_path, digest) == ("one", ["HEAD manifests", "GET manifests", "GET blobs"])
    assert images.answered(tmp_path, digest) == ("one", ["HEAD manifests"])


def test_facts_cost_no_more() -> None:
    images = Images()
    images.push("main", "one")
    assert Registry(transport=httpx.MockTransport(images)).facts(IMAGE, "main").revision == "one"
    assert images.asked == ["GET main", "GET blobs", "GET referrers"]


def test_other_bytes_than_the_registry_says_are_none(tmp_path: Path) -> None:
    images = Images()
    images.push("main", "one")
    images.header = f"sha256:{'0' * 64}"
    with pytest.raises(Unreachable, match="other bytes than sha256:000"):
        images.answered(tmp_path)
    images.header = "of some other kind"
    assert images.answered(tmp_path) == ("one", ["GET main", "GET blobs"])


def test_a_file_that_somebody_changed_is_no_image(tmp_path: Path) -> None:
    images = Images()
    images.push("main", "one")
    images.answered(tmp_path)
    images.push("other", "two")
    for file in tmp_path.iterdir():
        head, _, content = file.read_bytes().partition(b"\n")
        if json.loads(content).keys() == {"config"} and b"digest" in content:
            forged = images.there[images.tags["other"]]
            said = {**json.loads(head), "sha256": hashlib.sha256(forged).hexdigest()}
            file.write_bytes(json.dumps(said).encode() + b"\n" + forged)
    assert images.answered(tmp_path) == ("one", ["HEAD main", "GET manifests"])


def test_the_platforms_of_what_runs_are_no_pull_where_its_tag_was_read(tmp_path: Path) -> None:
    """A release asks about each image of its pods, in a process of its own."""
    images = Images()
    images.push("main", "a" * 40, index=True)
    images.answered(tmp_path)
    index = images.tags["main"]
    images.asked.clear()
    registry = Registry(transport=httpx.MockTransport(images), cache=tmp_path)
    (platform,) = json.loads(images.there[index])["manifests"]
    assert registry.platforms(IMAGE, index) == {platform["digest"]}
    assert images.asked == ["HEAD manifests"]
    del images.there[index]
    with pytest.raises(BadInput, match="not in the registry"):
        registry.platforms(IMAGE, index)
