"""Many small applications on the sandbox's git server, each of one service with an image of its own in the sandbox's registry."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from headway.clients.chart_repository.s3_store import client
from headway.model.credentials import RepositoryCredentials, S3Credentials
from headway.workspace.systems import Access
from sandbox.address import Address

FOLDER = "bench-images"
"""Below the git server's root, in the registry, and as a bucket."""
_CONFIG = "application/vnd.oci.image.config.v1+json"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_WHO = "Ada Lovelace <ada@example.com> 1790000000 +0000"
BUILDS = 3
"""Commits of each service: what is in use at first, and what each round brings."""


@dataclass(frozen=True, slots=True)
class Images:
    """The sandbox's registry, written by its plain API; safe among threads."""

    host: str
    http: httpx.Client = field(default_factory=httpx.Client)

    def push(self, repository: str, tag: str, commit: str) -> None:
        """An image of nothing, labelled with its commit."""
        labels = {"org.opencontainers.image.revision": commit}
        config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Labels": labels}}).encode()
        self._blob(repository, config)
        named = {"mediaType": _CONFIG, "digest": _digest(config), "size": len(config)}
        manifest = {"schemaVersion": 2, "mediaType": _MANIFEST, "config": named, "layers": []}
        self.http.put(
            f"http://{self.host}/v2/{repository}/manifests/{tag}",
            content=json.dumps(manifest),
            headers={"Content-Type": _MANIFEST},
        ).raise_for_status()

    def _blob(self, repository: str, data: bytes) -> None:
        begun = self.http.post(f"http://{self.host}/v2/{repository}/blobs/uploads/")
        begun.raise_for_status()
        at = httpx.URL(begun.headers["Location"]).copy_add_param("digest", _digest(data))
        self.http.put(at, content=data).raise_for_status()


@dataclass(frozen=True, slots=True)
class Applications:
    """`names` of them; whoever works on them does so in a `group` of their repositories: a copy that nobody else touches."""

    address: Address
    names: tuple[str, ...]
    builds: tuple[str, ...]
    """Commits of every service, oldest first."""

    @property
    def root(self) -> Path:
        return self.address.git_root / FOLDER

    def url(self, group: str, name: str) -> str:
        return f"{self.address.git}/{FOLDER}/{group}/{name}.git"

    def tag(self, build: int) -> str:
        return f"main-{self.builds[build][:7]}"

    def committed(self, group: str, name: str) -> str:
        """The tag that stands in its values.yaml now."""
        text = _git(self.root / group / f"{name}.git", "show", "main:values.yaml")
        return text.partition("tag: ")[2].partition("}")[0].strip().strip('"')

    def access(self, group: str, name: str, cache: Path) -> Access:
        s3 = self.address.s3
        credentials = S3Credentials(s3.endpoint, s3.access_key, s3.secret_key, s3.region)
        return Access(self.url(group, name), cache=cache, repositories=RepositoryCredentials(s3=credentials))

    def push_images(self, build: int) -> None:
        images = Images(self.address.registry)
        for name in self.names:
            images.push(f"{FOLDER}/{name}", self.tag(build), self.builds[build])


@contextmanager
def many_applications(address: Address, count: int, groups: tuple[str, ...]) -> Iterator[Applications]:
    """Each group has the same repositories; all is taken away afterwards, but for what the registry holds, which gives nothing
    back until it is cleaned."""
    root = address.git_root / FOLDER
    s3 = client(
        S3Credentials(address.s3.endpoint, address.s3.access_key, address.s3.secret_key, address.s3.region)
    )
    _remove(root)
    try:
        with suppress(s3.exceptions.BucketAlreadyExists, s3.exceptions.BucketAlreadyOwnedByYou):
            s3.create_bucket(Bucket=FOLDER)
        names = tuple(f"app-{number:03}" for number in range(count))
        service, builds = _service(root / "service.git")
        made = Applications(address, names, builds)
        for name in names:
            shutil.copytree(service, root / "services" / f"{name}.git")
            _made(root / groups[0] / f"{name}.git", [_files(made, name)])
        for group in groups[1:]:
            shutil.copytree(root / groups[0], root / group)
        yield made
    finally:
        _remove(root)
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=FOLDER):
            for item in page.get("Contents", []):
                s3.delete_object(Bucket=FOLDER, Key=item["Key"])
        s3.delete_bucket(Bucket=FOLDER)


def _service(path: Path) -> tuple[Path, tuple[str, ...]]:
    """A repository that every service has a copy of."""
    chart = {"chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.1.0\n"}
    _made(path, [{**chart, "main.go": f"// build {number}\n"} for number in range(BUILDS)])
    commits = _git(path, "log", "--reverse", "--format=%H", "main").split()
    return path, tuple(commits)


def _files(made: Applications, name: str) -> Mapping[str, str]:
    address = made.address
    return {
        "headway.yaml": "\n".join(
            (
                f"application: {name}",
                "services:",
                f"  web: {{git: '{address.git}/{FOLDER}/services/{name}.git', "
                f"image: '{address.registry}/{FOLDER}/{name}'}}",
                f"environments: {{testing: {{charts: 's3://{FOLDER}/{name}'}}}}",
                "",
            )
        ),
        "Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: 0.1.0\ndependencies:\n"
        "- {name: web, version: '', repository: 'https://charts.example.com'}\n",
        "values.yaml": f'web:\n  replicas: 1\n  image: {{tag: "{made.tag(0)}"}}\n',
        "values/testing.yaml": "web: {replicas: 2}\n",
    }


def _made(path: Path, commits: list[Mapping[str, str]]) -> None:
    _run("init", "-q", "--bare", "--template=", "-b", "main", str(path))
    lines = []
    for files in commits:
        lines.append(f"commit refs/heads/main\ncommitter {_WHO}\ndata 6\nChange\n")
        lines += [f"M 100644 inline {each}\ndata {len(text)}\n{text}\n" for each, text in files.items()]
    _run("-C", str(path), "fast-import", "--quiet", "--date-format=raw", stdin="".join(lines))


def _git(path: Path, *arguments: str) -> str:
    return _run("-C", str(path), *arguments)


def _run(*arguments: str, stdin: str = "") -> str:
    argv = ["git", *arguments]
    return subprocess.run(argv, input=stdin, capture_output=True, text=True, check=True).stdout


def _remove(root: Path) -> None:
    shutil.rmtree(root, ignore_errors=True)


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
