"""Commits that Headway signs, held against git's and OpenSSH's own verification; and where the key never stands."""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from headway.clients import git_command
from headway.clients.git import GitRepository
from headway.errors import BadInput
from headway.formats import ssh_signature
from headway.model.edits import Author, Edit
from tests.clients.conftest import AUTHOR, git

KINDS = {"ed25519": ("-t", "ed25519"), "rsa": ("-t", "rsa", "-b", "2048")}


@pytest.fixture(scope="module")
def made_key(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[str, str]]:
    """The private key and the public one, by what ssh-keygen is told."""

    def made(*how: str, passphrase: str = "") -> tuple[str, str]:
        file = tmp_path_factory.mktemp("key") / "key"
        subprocess.run(["ssh-keygen", "-q", *how, "-N", passphrase, "-C", "x", "-f", str(file)], check=True)
        return file.read_text(), file.with_suffix(".pub").read_text()

    return made


@pytest.fixture
def repository(remote: Path, tmp_path: Path) -> GitRepository:
    return GitRepository(f"file://{remote}", "main", tmp_path / "cache")


def verified(remote: Path, commit: str, public: str, who: str) -> bool:
    """By git, where `public` is allowed to sign for the address `who`."""
    allowed = remote.parent / "allowed-signers"
    allowed.write_text(f"{who} {public}")
    done = subprocess.run(
        ["git", "-c", f"gpg.ssh.allowedSignersFile={allowed}", "-C", str(remote), "verify-commit", commit],
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


@pytest.mark.parametrize("kind", KINDS)
def test_git_verifies_what_is_signed(
    kind: str, made_key: Callable[..., tuple[str, str]], remote: Path, repository: GitRepository
) -> None:
    private, public = made_key(*KINDS[kind])
    _, of_another = made_key("-t", "ed25519")
    author = Author("Bot", "bot@example.com", private)
    first = repository.commit(Edit({"a": b"1"}, "Ünsigned\n\nNo"), on=repository.head(), author=AUTHOR)
    edit = Edit({"a": b"2"}, "Take cärt 2", "gpgsig of mine\n\n -----BEGIN", {"Headway-Stage": "update"})
    signed = repository.commit(edit, on=first, author=author)
    assert verified(remote, signed, public, "bot@example.com")
    assert not verified(remote, signed, of_another, "bot@example.com")
    assert not verified(remote, first, public, "bot@example.com")
    assert [repository.is_signed(each) for each in (first, signed)] == [False, True]
    (commit,) = repository.log(signed, 1)
    assert (commit.message, commit.author, commit.parents) == (edit.message, str(author), (first,))
    assert git(remote, "fsck", "--strict") == ""
    assert git(remote, "rev-parse", "main") == signed
    proposed = repository.beside("headway/shop").replace(
        Edit({"a": b"3"}, "Propose"), on=signed, over=None, author=author
    )
    assert verified(remote, proposed, public, "bot@example.com")


def test_what_was_changed_afterwards_is_not_verified(
    made_key: Callable[..., tuple[str, str]], remote: Path, repository: GitRepository
) -> None:
    private, public = made_key("-t", "ed25519")
    author = Author("Bot", "bot@example.com", private)
    signed = repository.commit(Edit({"a": b"1"}, "Take cart 2"), on=repository.head(), author=author)
    text = git(remote, "cat-file", "commit", signed).replace("Take cart 2", "Take cart 3")
    forged = subprocess.run(
        ["git", "-C", str(remote), "hash-object", "-t", "commit", "-w", "--stdin"],
        input=f"{text}\n".encode(),
        capture_output=True,
        check=True,
    ).stdout.decode()
    assert verified(remote, signed, public, "bot@example.com")
    assert not verified(remote, forged.strip(), public, "bot@example.com")


def test_no_other_process_and_no_file_sees_the_key(
    made_key: Callable[..., tuple[str, str]],
    repository: GitRepository,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    private, _ = made_key("-t", "ed25519")
    part, seen, run = private.splitlines()[2], list[str](), git_command.run

    def noted(folder: Path, arguments: Sequence[str], *, env: Mapping[str, str], **how: Any) -> object:
        seen.append(f"{arguments} {env} {how}")
        return run(folder, arguments, env=env, **how)

    monkeypatch.setattr(git_command, "run", noted)
    author = Author("Bot", "bot@example.com", private)
    repository.commit(Edit({"a": b"1"}, "Take cart 2"), on=repository.head(), author=author)
    assert any("push" in each for each in seen)
    assert not [each for each in (*seen, repr(author)) if part in each or "PRIVATE KEY" in each]
    files = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert files
    assert not [each for each in files if part.encode() in each.read_bytes()]


@pytest.mark.parametrize(
    ("how", "passphrase", "said"),
    [
        pytest.param(("-t", "ed25519"), "secret", "it has a passphrase", id="passphrase"),
        pytest.param(("-t", "ecdsa"), "", "neither ed25519 nor RSA", id="ecdsa"),
        pytest.param(("-t", "rsa", "-b", "1024"), "", "neither ed25519 nor RSA", id="short RSA"),
    ],
)
def test_a_key_that_cannot_sign_is_refused(
    how: Sequence[str], passphrase: str, said: str, made_key: Callable[..., tuple[str, str]]
) -> None:
    private, _ = made_key(*how, passphrase=passphrase)
    with pytest.raises(BadInput, match=f"signing key: .*{said}"):
        ssh_signature.require_key(private)


def test_what_is_no_private_key_is_refused_and_not_quoted(made_key: Callable[..., tuple[str, str]]) -> None:
    private, public = made_key("-t", "ed25519")
    with pytest.raises(BadInput, match="it is the public half of a key"):
        ssh_signature.require_key(public)
    for text in (private[:200], private.replace("OPENSSH", "RSA"), "secret-words", ""):
        with pytest.raises(BadInput, match=r"no private key as ssh-keygen writes it\. Make one") as refused:
            ssh_signature.require_key(text)
        assert "secret-words" not in str(refused.value)
