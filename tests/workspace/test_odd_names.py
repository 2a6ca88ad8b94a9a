"""Files whose names git takes and no commit of Headway's does, where all that people changed is taken back."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from headway.clients.git import GitRepository
from headway.model.edits import Author, Edit
from headway.workspace import take_back
from tests.git_remote import GitRemote

ODD = (b"-rf", b"a\nb", b"\xff.md", b"\x1b[31m")


def pushed(remote: GitRemote, parent: str, content: bytes) -> str:
    """A commit of the odd files and one other, with that content."""
    blob = remote.git("hash-object", "-w", "--stdin", stdin=content).strip().encode()
    lines = b"".join(b"100644 blob %s\t%s\0" % (blob, name) for name in (*ODD, b"plain"))
    tree, who = remote.git("mktree", "-z", stdin=lines).strip(), "Ada <ada@example.com> 1 +0000"
    said = f"tree {tree}\nparent {parent}\nauthor {who}\ncommitter {who}\n\nChange\n"
    commit = remote.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=said.encode()).strip()
    remote.git("update-ref", "refs/heads/main", commit)
    return commit


def test_what_cannot_be_written_stays_and_the_rest_goes_back(tmp_path: Path) -> None:
    remote = GitRemote.made(tmp_path / "shop.git", {"first": ""})
    good = pushed(remote, remote.head, b"good")
    failed = pushed(remote, good, b"failed")
    git = GitRepository(remote.url, "main", tmp_path / "cache")
    head = git.head()
    workspace: Any = SimpleNamespace(
        git=git,
        source=SimpleNamespace(commit=head),
        application=SimpleNamespace(tag_files=()),
        policy_path="",
    )
    found = take_back._peoples_changes(workspace, good, failed)
    assert found.put_back == {"plain": b"good"}
    assert len(found.notes) == 1 + len(ODD)
    edit = Edit(found.put_back, "Take 0.1.1 back", "\n".join(found.notes))
    commit = git.commit(edit, on=head, author=Author("Headway", "headway@example.com"))
    assert remote.head == commit
    assert {*git.changed_paths(good, failed)} - {*git.changed_paths(good, commit)} == {"plain"}
