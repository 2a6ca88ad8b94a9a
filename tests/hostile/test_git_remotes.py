"""What whoever writes a repository, or answers in its place, cannot make a worker do."""

import contextlib
import hashlib
import http.server
import os
import shutil
import stat
import subprocess
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from headway.clients import git_command
from headway.clients.git import GitCredentials, GitRepository, mirror, objects
from headway.clients.git import remote as git_remote
from headway.errors import BadInput, TimedOut
from headway.model.edits import Author, Edit
from headway.workspace import local_folders, named_repositories
from headway.workspace.chart_source import ChartSource
from headway.workspace.systems import Access, Systems
from tests.git_remote import GitRemote

CREDENTIALS = GitCredentials("u", "p4ssw0rd")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> GitRemote:
    files = {"chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n"}
    return GitRemote.made(tmp_path_factory.mktemp("made") / "shop.git", files)


@pytest.fixture
def remote(made: GitRemote, tmp_path: Path) -> GitRemote:
    return GitRemote(shutil.copytree(made.path, tmp_path / "shop.git"))


def crafted(remote: GitRemote, *names: str, mode: str = "40000") -> str:
    """A commit whose tree leads over `names` to one blob; written as bytes, since no git command makes such trees."""
    sha, at = written(remote, "blob", b"owned"), "100644"
    for name in reversed(names):
        sha = written(remote, "tree", f"{at} {name}\0".encode() + bytes.fromhex(sha))
        at = mode
    said = f"tree {sha}\nauthor A <a@x> 1 +0000\ncommitter A <a@x> 1 +0000\n\nCrafted\n"
    commit = written(remote, "commit", said.encode())
    (remote.path / "refs" / "heads" / "main").write_text(commit)
    return commit


def written(remote: GitRemote, kind: str, data: bytes) -> str:
    whole = f"{kind} {len(data)}\0".encode() + data
    sha = hashlib.sha1(whole).hexdigest()
    file = remote.path / "objects" / sha[:2] / sha[2:]
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(zlib.compress(whole))
    return sha


CRAFTED = [
    pytest.param(("..", "outside"), id="parent"),
    pytest.param(("chart", "..", "..", "outside"), id="parents below a folder"),
    pytest.param((".", "here"), id="the folder itself"),
    pytest.param(("chart", "/tmp/owned"), id="absolute"),
    pytest.param((".git", "config"), id="git's own"),
    pytest.param((".GiT", "config"), id="git's own elsewhere"),
]


@pytest.mark.parametrize("names", CRAFTED)
def test_a_crafted_tree_is_not_even_fetched(
    names: tuple[str, ...], remote: GitRemote, tmp_path: Path
) -> None:
    crafted(remote, *names)
    with pytest.raises(BadInput, match=r"git refuses what is in it.*fsck"):
        GitRepository(remote.url, "main", tmp_path / "cache").head()


@pytest.mark.parametrize("names", CRAFTED)
def test_a_crafted_tree_that_is_in_the_mirror_is_not_read(
    names: tuple[str, ...], remote: GitRemote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = git_remote.remote_environment

    def careless(url: str, credentials: GitCredentials | None) -> dict[str, str]:
        environment = real(url, credentials)
        (key,) = [name for name, value in environment.items() if value == "fetch.fsckObjects"]
        return {**environment, key.replace("KEY", "VALUE"): "false"}

    monkeypatch.setattr("headway.clients.git.mirror.remote_environment", careless)
    commit = crafted(remote, *names)
    repository = GitRepository(remote.url, "main", tmp_path / "cache")
    assert repository.head() == commit
    with pytest.raises(BadInput, match="leads out of it"):
        repository.tree(commit, ".")


def test_histories_of_old_tools_are_still_fetched(remote: GitRemote, tmp_path: Path) -> None:
    """zeroPaddedFilemode and a bad time zone stand in many old histories; neither is a path."""
    blob = written(remote, "blob", b"x")
    folder = written(remote, "tree", b"100644 file\0" + bytes.fromhex(blob))
    tree = written(remote, "tree", b"040000 folder\0" + bytes.fromhex(folder))
    said = f"tree {tree}\nauthor A <a@x> 1 +051800\ncommitter A <a@x> 1 +0000\n\nOld\n"
    commit = written(remote, "commit", said.encode())
    (remote.path / "refs" / "heads" / "main").write_text(commit)
    assert GitRepository(remote.url, "main", tmp_path / "cache").head() == commit


def test_a_submodule_in_a_chart_is_said(remote: GitRemote, tmp_path: Path) -> None:
    remote.git(
        "fast-import",
        "--quiet",
        stdin=(
            "commit refs/heads/main\ncommitter A <a@x> 1 +0000\ndata 0\n"
            f"from {remote.head}\nM 160000 {'1' * 40} chart/charts/other\n"
        ).encode(),
    )
    repository = GitRepository(remote.url, "main", tmp_path / "cache")
    head = repository.head()
    assert objects.submodules(repository._mirror, head, "chart") == ["charts/other"]
    source = ChartSource(repository, "chart", head, head, "patch")
    with pytest.raises(BadInput, match=r"charts/other is a submodule.*helmignore"):
        source.write(tmp_path / "chart")
    ignored = remote.push({"chart/.helmignore": "charts/\n"})
    repository.head()
    ChartSource(repository, "chart", ignored, ignored, "patch").write(tmp_path / "chart")


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """Leads to another host, which remembers what it is shown."""

    def do_GET(self) -> None:
        assert isinstance(self.server, Answering)
        self.server.shown.append(self.headers.get("Authorization", ""))
        self.send_response(301 if self.server.to else 404)
        if self.server.to:
            self.send_header("Location", f"{self.server.to}{self.path}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Answering(http.server.ThreadingHTTPServer):
    def __init__(self, to: str = "") -> None:
        self.to, self.shown = to, list[str]()
        super().__init__(("127.0.0.1", 0), Elsewhere)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def stranger() -> Iterator[Answering]:
    with Answering() as server:
        yield server
        server.shutdown()


@pytest.fixture
def forge(stranger: Answering) -> Iterator[Answering]:
    """Leads on to the stranger."""
    with Answering(stranger.url) as server:
        yield server
        server.shutdown()


def test_credentials_follow_no_redirect(forge: Answering, stranger: Answering, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="Write the address that it leads to"):
        GitRepository(f"{forge.url}/x.git", "main", tmp_path, CREDENTIALS).head()
    assert forge.shown[0].startswith("Basic ")
    assert stranger.shown == []


def test_without_credentials_a_redirect_is_followed(
    forge: Answering, stranger: Answering, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="no such repository"):
        GitRepository(f"{forge.url}/x.git", "main", tmp_path).head()
    assert stranger.shown == [""]


@pytest.mark.parametrize(
    ("url", "followed"),
    [
        ("https://git.example.com/x", "https"),
        ("http://git.example.com/x", "http:https"),
        ("git://git.example.com/x", "git"),
        ("ssh://git@git.example.com/x", "ssh"),
        ("git@git.example.com:x", "ssh"),
        ("file:///srv/x", "file"),
        ("/srv/x", "file"),
    ],
)
def test_where_an_address_may_lead(url: str, followed: str) -> None:
    assert git_remote.remote_environment(url, None)["GIT_ALLOW_PROTOCOL"] == followed


def test_git_sees_nothing_of_the_worker(
    remote: GitRemote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """git runs the hooks of a repository in a folder: they are somebody else's program."""
    monkeypatch.setenv("VAULT_TOKEN", "s.secret")
    monkeypatch.setenv("PREFECT_API_KEY", "pnu_secret")
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "trace"))
    seen = tmp_path / "seen"
    hook = remote.path / "hooks" / "pre-receive"
    hook.parent.mkdir()
    hook.write_text(f"#!/bin/sh\nenv > {seen}\n")
    hook.chmod(0o755)
    repository = GitRepository(remote.url, "main", tmp_path / "cache", CREDENTIALS)
    repository.commit(Edit({"x": b"y"}, "Change"), on=repository.head(), author=Author("A", "a@example.com"))
    names = {line.partition("=")[0] for line in seen.read_text().splitlines()}
    assert {"PATH", "HOME"} <= names
    assert names.isdisjoint({"VAULT_TOKEN", "PREFECT_API_KEY", "GIT_TRACE"})
    assert not (tmp_path / "trace").exists()


def test_mirrors_are_for_the_worker_alone(remote: GitRemote, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir(mode=0o755)
    former = os.umask(0o022)
    try:
        GitRepository(remote.url, "main", cache).head()
    finally:
        os.umask(former)
    assert {stat.S_IMODE(each.stat().st_mode) for each in (cache, *cache.glob("*.git"))} == {0o700}


FOLDERS = ("/srv/git", "/srv/charts/shop")


@pytest.mark.parametrize(
    ("url", "application", "allowed"),
    [
        pytest.param("https://git.example.com/x", "https://git.example.com/a", True, id="elsewhere"),
        pytest.param("git@git.example.com:x", "https://git.example.com/a", True, id="elsewhere by ssh"),
        pytest.param("s3://charts/x", "https://git.example.com/a", True, id="a bucket"),
        pytest.param("/srv/git/cart.git", "https://git.example.com/a", True, id="below a named folder"),
        pytest.param("file:///srv/charts/shop", "https://git.example.com/a", True, id="a named folder"),
        pytest.param("file:///srv/charts/shopping", "https://git.example.com/a", False, id="a longer name"),
        pytest.param("/srv/git/../../etc", "https://git.example.com/a", False, id="out of it"),
        pytest.param(
            "file:///srv/git/%2e%2e/private", "https://git.example.com/a", False, id="out of it, escaped"
        ),
        pytest.param("/var/private", "https://git.example.com/a", False, id="a folder"),
        pytest.param("FILE:///var/private", "https://git.example.com/a", False, id="in capitals"),
        pytest.param(
            "file:///apps/cart.git", "file:///apps/shop.git", True, id="beside an application in a folder"
        ),
        pytest.param("/apps/shop.git", "/apps/shop.git", True, id="the application itself"),
        pytest.param("file:///private/x.git", "file:///apps/shop.git", False, id="not beside it"),
    ],
)
def test_local_folders_are_those_that_an_operator_named(url: str, application: str, allowed: bool) -> None:
    if allowed:
        local_folders.require_allowed(url, application, FOLDERS)
        return
    with pytest.raises(BadInput, match=r"no operator has named.*local_folders"):
        local_folders.require_allowed(url, application, FOLDERS)


def test_a_link_leads_to_no_other_folder(tmp_path: Path) -> None:
    (tmp_path / "allowed").mkdir()
    (tmp_path / "allowed" / "link").symlink_to("/etc")
    with pytest.raises(BadInput, match="no operator has named"):
        local_folders.require_allowed(
            f"file://{tmp_path}/allowed/link", "https://x/a", [f"{tmp_path}/allowed"]
        )


def test_a_few_kilobytes_that_are_a_large_file_are_not_read(
    remote: GitRemote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_command, "GIT_LIMIT", 100_000)
    remote.push({"chart/values.yaml": bytes(200_000)})
    repository = GitRepository(remote.url, "main", tmp_path / "cache")
    head = repository.head()
    for read in (lambda: repository.tree(head, "chart"), lambda: repository.read(head, "chart/values.yaml")):
        with pytest.raises(BadInput, match=r"there is more in it than is read"):
            read()
    assert repository.read(head, "chart/Chart.yaml")


def test_a_tree_that_repeats_itself_is_not_listed_without_end(
    remote: GitRemote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten levels of ten of the same folders are ten milliard files, and one kilobyte."""
    monkeypatch.setattr(git_command, "GIT_LIMIT", 100_000)
    repeating(remote, levels=4)
    repository = GitRepository(remote.url, "main", tmp_path / "cache")
    with pytest.raises(BadInput, match=r"there is more in it than is read"):
        repository.tree(repository.head(), ".")


@pytest.mark.parametrize(
    ("path", "says"),
    [
        pytest.param("x" * 256, "File name too long", id="a long name"),
        pytest.param("x/" * 600 + "x", "its path is too long", id="a long path"),
        pytest.param("headway.yaml/x", "Is a directory", id="a folder in the place of what is added"),
    ],
)
def test_a_file_that_cannot_be_written_is_an_error_of_its_chart_alone(
    path: str, says: str, remote: GitRemote, tmp_path: Path
) -> None:
    """Any other would end the delivery of all services of the application."""
    remote.push({f"chart/{path}": "x"})
    repository = GitRepository(remote.url, "main", tmp_path / "cache")
    source = ChartSource(
        repository, "chart", repository.head(), None, "patch", added={"headway.yaml": b"application: shop"}
    )
    (tmp_path / "written").mkdir()
    with pytest.raises(BadInput, match=says):
        source.write(tmp_path / "written")


def test_beside_a_tree_that_repeats_itself_a_file_is_changed(remote: GitRemote, tmp_path: Path) -> None:
    """An index of its ten thousand milliard files would fill the memory of git, and the machine with it."""
    repeating(remote, levels=13)
    repository = GitRepository(remote.url, "main", tmp_path / "cache")
    edit = Edit({"values.yaml": b"a: 1\n", "a/new": b"", "a/b/c/d": None}, "Change")
    repository.commit(edit, on=repository.head(), author=Author("Headway", "headway@example.com"))
    assert remote.git("cat-file", "-p", "main:values.yaml") == "a: 1\n"
    assert remote.git("ls-tree", "--name-only", "main:a").split() == [*"abcdefghij", "new"]
    assert remote.git("ls-tree", "--name-only", "main:a/b/c").split() == [*"abcdefghij"], "a folder, no file"


def repeating(remote: GitRemote, *, levels: int) -> None:
    """Levels of ten times the same folder, which are few objects and many files."""
    sha, mode = written(remote, "blob", b"x"), "100644"
    for _ in range(levels):
        entries = [f"{mode} {name}\0".encode() + bytes.fromhex(sha) for name in "abcdefghij"]
        sha, mode = written(remote, "tree", b"".join(entries)), "40000"
    said = f"tree {sha}\nauthor A <a@x> 1 +0000\ncommitter A <a@x> 1 +0000\n\nRepeat\n"
    (remote.path / "refs" / "heads" / "main").write_text(written(remote, "commit", said.encode()))


def test_no_git_process_lasts_for_ever(
    remote: GitRemote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[object] = []
    real = git_command.run
    monkeypatch.setattr(git_command, "run", lambda *a, **k: (limits.append(k["timeout"]), real(*a, **k))[1])
    repository = GitRepository(remote.url, "main", tmp_path)
    head = repository.head()
    repository.tree(head, ".")
    assert len(limits) == 3
    assert None not in limits
    monkeypatch.setattr(git_command, "kept_open", lambda *_: silent())
    monkeypatch.setattr(mirror, "LOCAL_SECONDS", 0.2)
    with pytest.raises(TimedOut, match=r"git cat-file did not answer within 0\.2 s"):
        GitRepository(remote.url, "main", tmp_path).read(head, "headway.yaml")


def silent() -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    return subprocess.Popen(["sleep", "60"], stdin=pipe, stdout=pipe, stderr=pipe)


@pytest.mark.parametrize(
    ("url", "named"),
    [
        pytest.param("https://git.example.com/shop/cart.git", True, id="below"),
        pytest.param("https://git.example.com/shop", True, id="the very address"),
        pytest.param("https://git.example.com/shopping/x.git", False, id="a longer name"),
        pytest.param("https://git.example.com/bank/x.git", False, id="another team's"),
        pytest.param("https://git.example.com/shop/../bank/x.git", False, id="out of it"),
        pytest.param("https://git.example.com/shop/%2e%2e/bank/x.git", False, id="out of it, escaped"),
        pytest.param("https://git.example.com/shop/%252e%252e/bank/x.git", False, id="escaped twice"),
        pytest.param("https://git.example.com/shop/..?x", False, id="out of it, at the path's end"),
        pytest.param("https://git.example.com/shop/%2e%2e#x", False, id="and before a fragment"),
        pytest.param("https://git.example.com/shop/..;x/bank.git", False, id="with a parameter"),
        pytest.param("https://git.example.com/shop/..\\bank.git", False, id="as on Windows"),
        pytest.param("https://git.example.com/shop/a..b.git", True, id="dots that lead nowhere"),
        pytest.param("https://git.example.com.evil.example/shop/x.git", False, id="another host"),
        pytest.param("https://git.example.com@evil.example/shop/x.git", False, id="as a user"),
        pytest.param("git@git.example.com:shop/cart.git", True, id="by ssh"),
        pytest.param("git@git.example.org:shop/cart.git", False, id="another host by ssh"),
        pytest.param("s3://shop-charts/testing", True, id="a bucket's prefix"),
        pytest.param("s3://shop-charts-of-bank", False, id="another bucket"),
        pytest.param("https://elsewhere.example/application.git", True, id="the application itself"),
    ],
)
def test_repositories_are_those_that_an_operator_named(url: str, named: bool) -> None:
    beginnings = ("https://git.example.com/shop/", "git@git.example.com:", "s3://shop-charts")
    application = "https://elsewhere.example/application.git"
    named_repositories.require_named(url, application, ())
    with contextlib.nullcontext() if named else pytest.raises(BadInput, match="no operator has named"):
        named_repositories.require_named(url, application, beginnings)


def test_every_repository_of_an_application_is_asked_about(tmp_path: Path) -> None:
    access = Access("https://git.example.com/shop", cache=tmp_path, named=("s3://shop-charts",))
    systems = Systems(access, lambda _: pytest.fail("no cluster is asked"))
    for opened in (
        lambda: systems.git("https://git.example.com/bank", "main"),
        lambda: systems.chart_repository("s3://bank-charts"),
        lambda: Systems(Access("https://x/a", cache=tmp_path), lambda _: pytest.fail("no cluster")).git(
            "/srv/x", "main"
        ),
    ):
        with pytest.raises(BadInput, match="no operator has named"):
            opened()


def test_no_host_is_lent_the_agent_that_holds_the_workers_keys() -> None:
    assert "-oForwardAgent=no" in git_remote.remote_environment("git@evil.example:x", None)["GIT_SSH_COMMAND"]
