"""What has not changed costs one question, also a process that never asked it before: the answer is "as before"."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from headway.clients import remembered
from headway.clients.chart_repository import ReadableChartRepository, last_indexes, open_repository
from headway.clients.git import GitRepository
from headway.clients.git.mirror import Mirror
from headway.clients.registry import Registry
from headway.errors import BadInput
from headway.model.credentials import RepositoryCredentials, S3Credentials
from tests.git_remote import GitRemote
from tests.local_server import Answering, LocalServer

DIGEST = "sha256:" + "a" * 64


def index(version: str) -> bytes:
    entry = f"{{apiVersion: v2, name: web, version: {version}, digest: '{'b' * 64}', urls: ['web.tgz']}}"
    return f"apiVersion: v1\nentries:\n  web:\n  - {entry}\n".encode()


class _Document(Answering):
    server: "Server"

    def respond(self) -> None:
        tag = f'"{hashlib.sha256(self.server.document).hexdigest()[:16]}"'
        as_before = self.server.has_tags and self.headers.get("If-None-Match") == tag
        status = (304 if as_before else 200) if self.server.lets_in else 403
        self.server.answered[status] += 1
        etag = {"ETag": tag} if self.server.has_tags else {}
        data = self.server.document if status == 200 else b""
        self.answer(status, data, {**etag, "Docker-Content-Digest": DIGEST})


class Server(LocalServer):
    """One document, under every name; counts what it answered."""

    answers = _Document

    def __init__(self) -> None:
        super().__init__()
        self.document, self.has_tags, self.lets_in = index("1.0.0"), True, True
        self.answered: Counter[int] = Counter()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("HOME", str(tmp_path))
    with Server().running() as server:
        yield server
    remembered.kept_in.cache_clear()


def opened(kind: str, server: Server) -> ReadableChartRepository:
    """As another process opens it: it knows the files alone."""
    remembered.kept_in.cache_clear()
    if kind == "http":
        return open_repository(f"http://{server.host}/charts")
    s3 = S3Credentials(f"http://{server.host}", "key", "secret")
    return open_repository("s3://charts/web", RepositoryCredentials(s3=s3))


def offered(repository: ReadableChartRepository) -> list[str]:
    return repository.versions("web")


@pytest.mark.parametrize("kind", ["http", "s3"])
def test_an_index_costs_one_condition_also_another_process(kind: str, server: Server) -> None:
    assert offered(opened(kind, server)) == ["1.0.0"]
    again = opened(kind, server)
    assert (offered(again), offered(again)) == (["1.0.0"], ["1.0.0"])
    assert server.answered == {200: 1, 304: 2}
    server.document = index("1.0.1")
    assert (offered(again), offered(opened(kind, server))) == (["1.0.1"], ["1.0.1"])
    assert server.answered == {200: 2, 304: 3}
    server.lets_in = False
    with pytest.raises(BadInput):
        offered(opened(kind, server))
    assert [file.stat().st_mode & 0o077 for file in Path.home().glob(".cache/headway/charts/*")] == [0]


@pytest.mark.parametrize("kind", ["http", "s3"])
def test_a_file_that_was_damaged_is_as_good_as_none(kind: str, server: Server) -> None:
    offered(opened(kind, server))
    for file in Path.home().glob(".cache/headway/charts/*"):
        file.write_bytes(file.read_bytes().replace(b"1.0.0", b"9.0.0"))
    assert offered(opened(kind, server)) == ["1.0.0"]
    assert server.answered == {200: 2}


@pytest.mark.parametrize(
    "content", [b"", b"x" * 30, b"[]\n" + b"0" * 20, b'[["a",1]]\n' + b"0" * 20, b"5\n" + b"0" * 20]
)
def test_a_file_of_another_version_of_headway_is_as_good_as_none(content: bytes, server: Server) -> None:
    offered(opened("http", server))
    (file,) = Path.home().glob(".cache/headway/charts/*")
    before = last_indexes.memory().of(file.name)
    assert before
    last_indexes.memory().keep(file.name, replace(before, content=content))
    assert offered(opened("http", server)) == ["1.0.0"]
    assert server.answered == {200: 2}


@pytest.mark.parametrize("document", [b"", b"<html>"], ids=["empty", "a page"])
@pytest.mark.parametrize("kind", ["http", "s3"])
def test_what_is_no_index_any_more_is_said_however_often_it_is_asked(
    kind: str, document: bytes, server: Server
) -> None:
    known = opened(kind, server)
    offered(known)
    server.document = document
    for repository in (known, known, opened(kind, server)):
        with pytest.raises(BadInput, match="not an index"):
            offered(repository)


def test_a_server_that_calls_nothing_by_a_tag_sends_it_again(server: Server) -> None:
    server.has_tags = False
    assert offered(opened("http", server)) == offered(opened("http", server)) == ["1.0.0"]
    assert server.answered == {200: 2}


def test_an_image_and_a_list_of_tags_cost_a_question_each(server: Server, tmp_path: Path) -> None:
    server.document = b'{"tags": ["main-0a1b2c3"]}'
    image = f"{server.host}/shop/web"
    Registry(cache=tmp_path).tags(image)
    server.answered.clear()
    another = Registry(cache=tmp_path)
    assert another.tags(image) == ["main-0a1b2c3"]
    assert server.answered == {304: 1}
    assert another.digest(image, "main-0a1b2c3") == DIGEST
    assert server.answered == {304: 1, 200: 1}, "one HEAD"


def test_what_a_branch_changed_is_listed_once_for_all_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = GitRemote.made(tmp_path / "shop.git", {"values.yaml": "a: 1\n"})
    asked: list[str] = []
    attempt = Mirror.attempt

    def counted(mirror: Mirror, *arguments: str, **keys: Any) -> tuple[int, bytes, str]:
        asked.append("log" if "log" in arguments else "")
        return attempt(mirror, *arguments, **keys)

    def changed() -> list[tuple[frozenset[str], ...]]:
        """By another process."""
        remembered.kept_in.cache_clear()
        asked.clear()
        repository = GitRepository(remote.url, "main", tmp_path / "cache")
        return [each.by_parent for each in repository.changes(repository.head(), 10)]

    monkeypatch.setattr(Mirror, "attempt", counted)
    first = changed()
    assert ("log" in asked, changed(), "log" in asked) == (True, first, False)
    remote.push({"chart/Chart.yaml": "name: web\n"})
    second = changed()
    assert ("log" in asked, second) == (True, [(frozenset({"chart/Chart.yaml"}),), *first])
    for file in (tmp_path / "cache" / "answers").iterdir():
        file.write_bytes(file.read_bytes()[:-5])
    assert (changed(), "log" in asked) == (second, True), "a damaged file is as good as none"


def test_a_branch_costs_one_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remote = GitRemote.made(tmp_path / "shop.git", {"values.yaml": "a: 1\n"})
    GitRepository(remote.url, "main", tmp_path / "cache").head()
    asked: list[str] = []
    ask = Mirror._attempt_remotely

    def counted(mirror: Mirror, host: str, *arguments: str, timeout: float) -> tuple[int, bytes, str]:
        asked.append(arguments[0])
        return ask(mirror, host, *arguments, timeout=timeout)

    monkeypatch.setattr(Mirror, "_attempt_remotely", counted)
    another = GitRepository(remote.url, "main", tmp_path / "cache")
    assert another.head() == remote.head
    assert another.read(remote.head, "values.yaml") == b"a: 1\n"
    assert asked == ["fetch"]
