"""git over http, https and ssh, as people have it: on a real Gitea, with its own ssh server, and behind TLS."""

import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from headway.clients.git import GitCredentials, GitRepository
from headway.clients.memory import private_folder
from headway.errors import BadInput, Conflict, Unreachable
from headway.formats import ssh_key
from headway.model.edits import Edit
from sandbox.forge import PORT, SSH_PORT, Forge
from tests.clients.conftest import AUTHOR, free_port
from tests.front import certified, front
from tests.hosted_git import HostedGit, Key, host_keys, hosted, made_key

pytestmark = pytest.mark.sandbox


@pytest.fixture(autouse=True)
def _as_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables of who calls the tests say nothing of whom to trust."""
    for variable in ("GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "SSL_CERT_FILE"):
        monkeypatch.delenv(variable, raising=False)


Made = Callable[[GitCredentials], GitRepository]


@dataclass(frozen=True)
class Keys:
    writer: Key
    reader: Key
    stranger: Key


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    folder = tmp_path_factory.mktemp("keys")
    return Keys(*(made_key(folder) for _ in range(3)))


@pytest.fixture(scope="module")
def repository(forge: Forge, keys: Keys) -> Iterator[HostedGit]:
    with hosted(forge) as made:
        made.let_in(keys.writer, to_write=True)
        made.let_in(keys.reader, to_write=False)
        yield made


@pytest.fixture(scope="module")
def known(forge: Forge) -> str:
    return host_keys(forge.ssh)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certified(tmp_path_factory.mktemp("tls") / "pki")


@pytest.fixture(scope="module")
def https(repository: HostedGit, certificates: Path) -> Iterator[str]:
    with front(PORT, certificates=certificates) as tls:
        yield f"https://127.0.0.1:{tls.port}/{repository.path}"


@pytest.fixture(params=["http", "https", "ssh", "ssh by host:path"])
def opened(
    request: pytest.FixtureRequest,
    repository: HostedGit,
    keys: Keys,
    known: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[GitRepository]:
    forge, cache = repository.forge, tmp_path / "cache"
    token = GitCredentials(forge.admin, forge.password)
    key = GitCredentials(ssh_key=keys.writer.private, known_hosts=known)
    if request.param == "http":
        yield GitRepository(f"{forge.url}/{repository.path}", "main", cache, token)
    elif request.param == "https":
        certificates = request.getfixturevalue("certificates")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "ca.crt"))
        yield GitRepository(request.getfixturevalue("https"), "main", cache, token)
    elif request.param == "ssh":
        yield GitRepository(repository.by_ssh, "main", cache, key)
    else:
        # Such an address can name no port.
        with front(SSH_PORT, at=("127.0.0.22", 22)):
            user = repository.by_ssh.removeprefix("ssh://").partition("@")[0]
            there = replace(key, known_hosts=known.replace("[127.0.0.1]:4422", "127.0.0.22"))
            yield GitRepository(f"{user}@127.0.0.22:{repository.path}", "main", cache, there)


def test_a_branch_is_read_written_proposed_and_taken_away(
    opened: GitRepository, repository: HostedGit
) -> None:
    before = opened.head()
    opened.check_push(before)
    values = f"by: {opened.url}\n".encode()
    made = opened.commit(Edit({"values.yaml": values}, "Take cart 2"), on=before, author=AUTHOR)
    assert (repository.commit(), opened.head(), opened.read(made, "values.yaml")) == (made, made, values)
    with pytest.raises(Conflict):
        opened.commit(Edit({"values.yaml": b"tag: 3\n"}, "Take cart 3"), on=before, author=AUTHOR)
    branch = opened.beside("headway/shop")
    proposed = branch.replace(
        Edit({"values.yaml": b"tag: 3\n"}, "Take cart 3"), on=made, over=None, author=AUTHOR
    )
    assert repository.commit("headway/shop") == proposed
    branch.delete(proposed)
    assert branch.find_head() is None
    assert (repository.commit(), left_of_ssh()) == (made, [])


def left_of_ssh() -> list[str]:
    return [each.name for each in private_folder().iterdir() if each.name.startswith("ssh-")]


@pytest.fixture
def by_ssh(repository: HostedGit, tmp_path: Path) -> Made:
    return lambda credentials: GitRepository(repository.by_ssh, "main", tmp_path / "cache", credentials)


def test_a_key_that_may_only_read_is_told_so_before_and_when_it_writes(
    by_ssh: Made, repository: HostedGit, keys: Keys, known: str
) -> None:
    reading = by_ssh(GitCredentials(ssh_key=keys.reader.private, known_hosts=known))
    head = reading.head()
    says = (
        rf"the key {re.escape(ssh_key.fingerprint(keys.reader.private))} may read there, and not write .*"
        "is not authorized to write.*Give it write access at the git host"
    )
    with pytest.raises(BadInput, match=says):
        reading.check_push(head)
    with pytest.raises(BadInput, match=says):
        reading.commit(Edit({"values.yaml": b"tag: no\n"}, "No"), on=head, author=AUTHOR)
    assert (repository.commit(), left_of_ssh()) == (head, [])


def test_a_key_that_the_host_does_not_know(by_ssh: Made, keys: Keys, known: str) -> None:
    fingerprint = re.escape(ssh_key.fingerprint(keys.stranger.private))
    with pytest.raises(
        BadInput,
        match=rf"access was refused to the key {fingerprint} \(\S+@127\.0\.0\.1: Permission denied \(publickey\)\)\. "
        r"Let the git host know it as a deploy key of this repository\. Most hosts want the user 'git', and the address names",
    ):
        by_ssh(GitCredentials(ssh_key=keys.stranger.private, known_hosts=known)).head()


def test_a_key_of_another_repository(forge: Forge, by_ssh: Made, keys: Keys, known: str) -> None:
    with hosted(forge) as other:
        other.let_in(keys.stranger, to_write=True)
        with pytest.raises(
            BadInput,
            match=r"access was refused to the key .*is not authorized to read.*"
            "Let the git host know it as a deploy key of this repository",
        ):
            by_ssh(GitCredentials(ssh_key=keys.stranger.private, known_hosts=known)).head()


def test_a_host_whose_key_is_not_known_is_not_spoken_to(by_ssh: Made, keys: Keys) -> None:
    elsewhere = f"git.example.com {' '.join(keys.stranger.public.split()[:2])}"
    with pytest.raises(
        BadInput,
        match=r"not known, and it was told nothing \(No RSA host key is known for \[127\.0\.0\.1\]:4422 .*"
        r"`ssh-keyscan -p 4422 127\.0\.0\.1` prints .* to known_hosts of the git credentials",
    ):
        by_ssh(GitCredentials(ssh_key=keys.writer.private, known_hosts=elsewhere)).head()
    with pytest.raises(BadInput, match=r"not known.*~/\.ssh/known_hosts of the user that this runs as"):
        by_ssh(GitCredentials(ssh_key=keys.writer.private)).head()


def test_a_host_that_shows_another_key_is_not_spoken_to(by_ssh: Made, keys: Keys) -> None:
    changed = f"[127.0.0.1]:4422 {' '.join(keys.stranger.public.split()[:2])}"
    with pytest.raises(BadInput, match=r"shows another key than the one that is known") as refused:
        by_ssh(GitCredentials(ssh_key=keys.writer.private, known_hosts=changed)).head()
    said = str(refused.value)
    assert re.search(r"RSA key sent by the remote host is SHA256:\S+\. Host key for \[127", said), said
    assert "ask its owner for the fingerprint" in said
    assert str(private_folder()) not in said, "it advises to change no file that is gone"


def test_an_ssh_server_that_is_away_is_asked_again(keys: Keys, known: str, tmp_path: Path) -> None:
    url = f"ssh://git@127.0.0.1:{free_port()}/shop.git"
    with pytest.raises(
        Unreachable, match=r"does not answer \(ssh: connect to host .* Connection refused\)\."
    ):
        GitRepository(
            url, "main", tmp_path, GitCredentials(ssh_key=keys.writer.private, known_hosts=known)
        ).head()


def test_a_repository_that_there_is_not(
    repository: HostedGit, keys: Keys, known: str, tmp_path: Path
) -> None:
    credentials = GitCredentials(ssh_key=keys.writer.private, known_hosts=known)
    with pytest.raises(BadInput, match="there is no such repository"):
        GitRepository(f"{repository.forge.git_over_ssh}/a/none.git", "main", tmp_path, credentials).head()


@pytest.mark.parametrize("kind", [("-t", "rsa", "-b", "3072"), ("-t", "ecdsa")], ids=["rsa", "ecdsa"])
def test_other_kinds_of_keys_as_a_form_in_a_browser_leaves_them(
    kind: tuple[str, ...], by_ssh: Made, repository: HostedGit, known: str, tmp_path: Path
) -> None:
    """Without any line, with those of Windows: ssh itself reads neither."""
    key = made_key(tmp_path, *kind)
    repository.let_in(key, to_write=False)
    for text in (key.private.replace("\n", " "), key.private.replace("\n", "\r\n")):
        opening = ssh_key.opening(text, "ssh key", "")
        assert by_ssh(GitCredentials(ssh_key=opening, known_hosts=known)).head() == repository.commit()


def test_the_workers_own_keys_open_where_credentials_name_none_and_never_beside_one(
    by_ssh: Made, keys: Keys, known: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with agent(tmp_path, keys.reader) as socket:
        monkeypatch.setenv("SSH_AUTH_SOCK", socket)
        assert by_ssh(GitCredentials(known_hosts=known)).head()
        for credentials in (
            GitCredentials(ssh_key=keys.stranger.private, known_hosts=known),
            GitCredentials(
                ssh_key=keys.writer.private, known_hosts=known, address="git@git.example.com:shop.git"
            ),
        ):
            with pytest.raises(BadInput, match="access was refused"):
                by_ssh(credentials).head()


class agent:  # noqa: N801
    """An ssh-agent that holds a key; its socket."""

    def __init__(self, folder: Path, key: Key) -> None:
        self._socket, self._file = folder / "agent", folder / "held"
        self._file.touch(mode=0o600)
        self._file.write_text(key.private)

    def __enter__(self) -> str:
        self._running = subprocess.Popen(
            ["ssh-agent", "-D", "-a", str(self._socket)], stdout=subprocess.DEVNULL
        )
        while not self._socket.exists():
            assert self._running.poll() is None
        subprocess.run(
            ["ssh-add", "-q", str(self._file)],
            env={**os.environ, "SSH_AUTH_SOCK": str(self._socket)},
            check=True,
        )
        return str(self._socket)

    def __exit__(self, *_: object) -> None:
        self._running.terminate()
        self._running.wait()


def test_a_key_lies_in_a_file_of_this_user_alone_for_as_long_as_it_opens(
    by_ssh: Made, keys: Keys, known: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No command line and no variable has it."""
    seen: list[str] = []
    modes: set[int] = set()
    real = subprocess.Popen.__init__

    def watched(self: object, args: list[str], *rest: object, **options: object) -> None:
        seen.append(str((args, options.get("env"))))
        modes.update(
            file.stat().st_mode & 0o777 for file in private_folder().iterdir() if file.name in left_of_ssh()
        )
        real(self, args, *rest, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess.Popen, "__init__", watched)
    credentials = GitCredentials(ssh_key=keys.writer.private, known_hosts=known)
    by_ssh(credentials).head()
    part = keys.writer.private.splitlines()[3]
    assert any("ssh-" in each for each in seen)
    assert not [each for each in (*seen, repr(credentials)) if part in each]
    assert (modes, left_of_ssh()) == ({0o600}, [])


def test_two_at_once_have_files_of_their_own(
    repository: HostedGit, keys: Keys, known: str, tmp_path: Path
) -> None:
    found: dict[str, str] = {}

    def look(name: str, key: Key) -> None:
        credentials = GitCredentials(ssh_key=key.private, known_hosts=known)
        opened = GitRepository(repository.by_ssh, "main", tmp_path / name, credentials)
        try:
            found[name] = opened.head()
        except BadInput as error:
            found[name] = error.what.partition(" (")[0]

    threads = [
        threading.Thread(target=look, args=each)
        for each in (("in", keys.writer), ("out", keys.stranger), ("also in", keys.reader))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = f"access was refused to the key {ssh_key.fingerprint(keys.stranger.private)}"
    assert found == {"in": repository.commit(), "also in": repository.commit(), "out": refused}


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "GIT_SSL_CAINFO"])
def test_an_authority_of_ones_own_is_named_to_the_worker(
    variable: str,
    https: str,
    repository: HostedGit,
    certificates: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GIT_SSL_NO_VERIFY", "true")

    def look() -> str:
        forge = repository.forge
        return GitRepository(https, "main", tmp_path, GitCredentials(forge.admin, forge.password)).head()

    with pytest.raises(
        BadInput,
        match=r"certificate of the host is not trusted here, and it was told nothing.*by SSL_CERT_FILE",
    ):
        look()
    monkeypatch.setenv(variable, str(certificates / "ca.crt"))
    assert look() == repository.commit()
    monkeypatch.setenv(variable, str(tmp_path / "none.crt"))
    with pytest.raises(BadInput, match=r"cannot be read .*\. Correct SSL_CERT_FILE, or GIT_SSL_CAINFO"):
        look()


def test_a_certificate_of_another_host_is_not_trusted(
    certificates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "ca.crt"))
    with (
        front(PORT, at=("127.0.0.22", 0), certificates=certificates) as other,
        pytest.raises(BadInput, match="certificate of the host is not trusted here"),
    ):
        GitRepository(f"https://127.0.0.22:{other.port}/x.git", "main", tmp_path).head()
