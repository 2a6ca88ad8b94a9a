"""Many images in the sandbox's registry, and the small applications that use them on its git server (git://)."""

import hashlib
import json
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from headway.clients.chart_repository.s3_store import client
from headway.model.charts import COMMIT_ANNOTATION
from headway.model.credentials import RepositoryCredentials, S3Credentials
from headway.workspace.systems import Access
from sandbox.address import Address

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FOLDER = "bench-images"
"""Below the git server's root, and in the registry."""
BUCKET = f"{FOLDER}-{uuid.uuid4().hex[:8]}"
"""Of this run: one of the same name that was deleted a moment ago may not be listed."""
_CONFIG = "application/vnd.oci.image.config.v1+json"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_WHO = "Ada Lovelace <ada@example.com>"
_CHART = {"chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.1.0\n"}
SIZE = 238_000
"""Bytes of an aged application's values."""
BUILDS = 2
"""Commits of each service: the one in use at first, and the one that is pushed."""


@dataclass(frozen=True, slots=True)
class Images:
    """The sandbox's registry, written by its plain API; safe among threads."""

    host: str
    http: httpx.Client = field(default_factory=httpx.Client)
    pushed: list[str] = field(default_factory=list)
    """Addresses of manifests."""

    def push(self, repository: str, tag: str, commit: str) -> None:
        """An image of nothing, labelled with its commit."""
        labels = {"org.opencontainers.image.revision": commit}
        config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Labels": labels}}).encode()
        self._blob(repository, config)
        named = {"mediaType": _CONFIG, "digest": _digest(config), "size": len(config)}
        manifest = {"schemaVersion": 2, "mediaType": _MANIFEST, "config": named, "layers": []}
        at, data = f"http://{self.host}/v2/{repository}/manifests", json.dumps(manifest).encode()
        self.http.put(f"{at}/{tag}", content=data, headers={"Content-Type": _MANIFEST}).raise_for_status()
        self.pushed.append(f"{at}/{_digest(data)}")

    def delete_all(self) -> None:
        """What was pushed, as far as the registry deletes."""
        for each in self.pushed:
            self.http.delete(each)

    def _blob(self, repository: str, data: bytes) -> None:
        begun = self.http.post(f"http://{self.host}/v2/{repository}/blobs/uploads/")
        begun.raise_for_status()
        at = httpx.URL(begun.headers["Location"]).copy_add_param("digest", _digest(data))
        self.http.put(at, content=data).raise_for_status()


@dataclass(frozen=True, slots=True)
class Layout:
    """`names` of images, each of a service of its own: of an application each, in a repository each (`apart`), or all of one.

    Whoever works on them does so in a `group` of the repositories: a copy that nobody else touches.
    """

    address: Address
    names: tuple[str, ...]
    builds: tuple[str, ...]
    """Commits of every service, oldest first."""
    apart: bool
    images: Images
    age: int = 0
    """Commits that each application has behind it, each with another tag in a large values.yaml; 0: three small files."""

    @property
    def root(self) -> Path:
        return self.address.git_root / FOLDER

    @property
    def repositories(self) -> tuple[str, ...]:
        return self.names if self.apart else ("all",)

    def services_of(self, repository: str) -> tuple[str, ...]:
        return (repository,) if self.apart else self.names

    def base(self, group: str) -> str:
        return f"{self.address.git}/{FOLDER}/{group}"

    def tag(self, build: int) -> str:
        return f"main-{self.builds[build][:7]}"

    def commits(self, group: str) -> int:
        """In all repositories of the group, but for those that they came with."""
        found = (
            _git(self.root / group / f"{each}.git", "rev-list", "--count", "main")
            for each in self.repositories
        )
        return sum(int(each) - self.age - 1 for each in found)

    def require_written(self, group: str, build: int, count: int) -> None:
        """Raises RuntimeError unless the files values.yaml hold the tag of that build so often."""
        found = (
            _git(self.root / group / f"{each}.git", "show", "main:values.yaml") for each in self.repositories
        )
        if (there := sum(text.count(f'tag: "{self.tag(build)}"') for text in found)) != count:
            raise RuntimeError(f"{group}: {there} of {count} tags are {self.tag(build)}")

    def access(self, group: str, repository: str, cache: Path) -> Access:
        return Access(
            f"{self.base(group)}/{repository}.git",
            cache=cache,
            repositories=RepositoryCredentials(s3=_s3(self.address)),
        )

    def push_images(self, build: int) -> None:
        for name in self.names:
            self.images.push(f"{FOLDER}/{name}", self.tag(build), self.builds[build])


@contextmanager
def many_applications(
    address: Address,
    count: int,
    groups: tuple[str, ...],
    *,
    apart: bool,
    age: int = 0,
    near: Address | None = None,
) -> Iterator[Layout]:
    """Each group has the same repositories, with the images of build 0 pushed and in use. All is taken away afterwards.

    `near`: by which it is made, where `address` is slow.
    """
    near = near or address
    root, s3 = address.git_root / FOLDER, client(_s3(near))
    images = Images(near.registry)
    shutil.rmtree(root, ignore_errors=True)
    try:
        s3.create_bucket(Bucket=BUCKET)
        service = root / "services" / "service.git"
        _made(service, [{**_CHART, "main.go": f"// build {number}\n"} for number in range(BUILDS)])
        builds = tuple(_git(service, "log", "--reverse", "--format=%H", "main").split())
        made = Layout(
            address, tuple(f"app-{number:03}" for number in range(count)), builds, apart, images, age
        )
        for name in made.names if apart else ():
            shutil.copytree(service, root / "services" / f"{name}.git")
        for repository in made.repositories:
            _made(root / groups[0] / f"{repository}.git", _aged(made, repository))
            _offer(made, repository, s3)
        for group in groups[1:]:
            shutil.copytree(root / groups[0], root / group)
        made.push_images(0)
        yield made
    finally:
        images.delete_all()
        shutil.rmtree(root, ignore_errors=True)
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
            for item in page.get("Contents", []):
                s3.delete_object(Bucket=BUCKET, Key=item["Key"])
        s3.delete_bucket(Bucket=BUCKET)


def _s3(address: Address) -> S3Credentials:
    s3 = address.s3
    return S3Credentials(s3.endpoint, s3.access_key, s3.secret_key, s3.region)


def _offer(made: Layout, repository: str, s3: "S3Client") -> None:
    """The charts of its services, as published from their first commit; the packages themselves nobody reads."""
    entries = {
        name: [
            {
                "name": name,
                "version": "0.1.0",
                "digest": hashlib.sha256(name.encode()).hexdigest(),
                "urls": [f"{name}-0.1.0.tgz"],
                "annotations": {COMMIT_ANNOTATION: made.builds[0]},
                "created": "2026-01-01T00:00:00Z",
            }
        ]
        for name in made.services_of(repository)
    }
    index = json.dumps({"apiVersion": "v1", "entries": entries}).encode()
    s3.put_object(Bucket=BUCKET, Key=f"{repository}/index.yaml", Body=index)


def _aged(made: Layout, repository: str) -> Iterator[Mapping[str, str]]:
    """The files of each commit, the last one as they are now."""
    now = _files(made, repository)
    names = made.services_of(repository)
    tags = dict.fromkeys(names, "main-0000000")
    filler = "".join(FILLER.format(number=number) for number in range(SIZE // len(FILLER)))
    for number in range(made.age):
        tags[names[number % len(names)]] = f"main-{number:07x}"
        if number == 0:
            yield {**now, "values.yaml": _values(tags) + filler}
        else:
            yield {"values.yaml": _values(tags) + filler}
    yield {**now, "values.yaml": now["values.yaml"] + filler} if made.age else now


FILLER = """\
# What setting {number} is, and why it is so: people write comments.
setting-{number}:
  host: service-{number}.example.com
  limits: {{cpu: 100m, memory: 128Mi}}
  level: 'info'
"""


def _values(tags: Mapping[str, str]) -> str:
    return "".join(f'{name}: {{replicas: 1, image: {{tag: "{tag}"}}}}\n' for name, tag in tags.items())


def _files(made: Layout, repository: str) -> Mapping[str, str]:
    names, base = made.services_of(repository), made.base("services")
    declared = [
        f"  {name}: {{git: '{base}/{name if made.apart else 'service'}.git', "
        f"image: '{made.address.registry}/{FOLDER}/{name}'}}\n"
        for name in names
    ]
    dependencies = [
        f"- {{name: {name}, version: 0.1.0, repository: 's3://{BUCKET}/{repository}'}}\n" for name in names
    ]
    return {
        "headway.yaml": f"application: {repository}\nservices:\n{''.join(declared)}"
        f"environments: {{testing: {{charts: 's3://{BUCKET}/{repository}'}}}}\n",
        "Chart.yaml": f"apiVersion: v2\nname: {repository}\nversion: 0.1.0\ndependencies:\n{''.join(dependencies)}",
        "values.yaml": _values(dict.fromkeys(names, made.tag(0))),
        "values/testing.yaml": "{}\n",
    }


def _made(path: Path, commits: Iterable[Mapping[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _run("init", "-q", "--bare", "--template=", "-b", "main", str(path))
    argv = ["git", "-C", str(path), "fast-import", "--quiet", "--date-format=raw"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, text=True) as git:
        assert git.stdin
        for files in commits:
            git.stdin.write(
                f"commit refs/heads/main\ncommitter {_WHO} {int(time.time())} +0000\ndata 6\nChange\n"
            )
            for each, text in files.items():
                git.stdin.write(f"M 100644 inline {each}\ndata {len(text)}\n{text}\n")
    if git.returncode:
        raise RuntimeError(f"git fast-import failed in {path}")


def _git(path: Path, *arguments: str) -> str:
    return _run("-C", str(path), *arguments)


def _run(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
