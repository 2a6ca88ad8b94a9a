"""A bare git repository in a folder, and people who push to it: one process a commit, no checkout."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

PERSON = "Ada Lovelace <ada@example.com>"


@dataclass(frozen=True)
class GitRemote:
    path: Path

    @classmethod
    def made(cls, path: Path, files: Mapping[str, str | bytes | None], message: str = "Begin") -> "GitRemote":
        subprocess.run(["git", "init", "-q", "--bare", "--template=", "-b", "main", str(path)], check=True)
        remote = cls(path)
        remote.push(files, message)
        return remote

    @property
    def url(self) -> str:
        return f"file://{self.path}"

    @property
    def head(self) -> str:
        return self.ref("main")

    def ref(self, branch: str) -> str:
        """Empty where there is no such branch."""
        file = self.path / "refs" / "heads" / branch
        return file.read_text().strip() if file.is_file() else ""

    def push(
        self,
        files: Mapping[str, str | bytes | None],
        message: str = "Change",
        branch: str = "main",
        by: str = PERSON,
        mode: str = "100644",
    ) -> str:
        """A person's commit on main; None deletes a file. Its SHA."""
        said = f"{message}\n".encode()
        parent = self.head
        lines = [
            f"commit refs/heads/{branch}\ncommitter {by} {int(datetime.now(UTC).timestamp())} +0000\n".encode(),
            b"data %d\n%s" % (len(said), said),
            f"from {parent}\n".encode() if parent else b"",
        ]
        for path, content in files.items():
            if content is None:
                lines.append(f"D {path}\n".encode())
            else:
                data = content if isinstance(content, bytes) else content.encode()
                lines.append(
                    b"M %s inline %s\ndata %d\n%s\n" % (mode.encode(), path.encode(), len(data), data)
                )
        self.git("fast-import", "--quiet", "--force", "--date-format=raw", stdin=b"".join(lines))
        return self.ref(branch)

    def read(self, path: str) -> str:
        """A file at the head. Fails where there is none."""
        return self.git("show", f"main:{path}")

    def move(self, old: str, new: str) -> str:
        """A person's commit."""
        return self.push({old: None, new: self.read(old)}, "Move")

    def replace(self, path: str, old: str, new: str) -> str:
        """A person edits a file; the commit."""
        text = self.read(path)
        assert old in text, f"{path} does not hold {old!r}"
        return self.push({path: text.replace(old, new, 1)})

    def messages(self) -> list[str]:
        """Of all commits of main, the newest first."""
        return [each.strip() for each in self.git("log", "-z", "--format=%B", "main").split("\0")]

    def authors(self) -> list[str]:
        return self.git("log", "--format=%an", "main").split("\n")[:-1]

    def changed(self) -> list[str]:
        """Paths of the newest commit."""
        return self.git("diff-tree", "--no-commit-id", "--name-only", "-r", "main").split()

    def somebody_pushes_first(self, files: Mapping[str, str | bytes | None]) -> str:
        """The next push from outside comes second: this commit lands while the remote looks at it. Its SHA."""
        sha = self.push(files, "First", branch="waiting")
        self._hook(
            f"rm -f hooks/pre-receive\n"
            "env -u GIT_QUARANTINE_PATH -u GIT_OBJECT_DIRECTORY -u GIT_ALTERNATE_OBJECT_DIRECTORIES "
            f"git update-ref refs/heads/main {sha}\n"
        )
        return sha

    def protect(self) -> None:
        """From now on every push is refused."""
        self._hook("echo main is protected >&2\nexit 1\n")

    def unprotect(self) -> None:
        (self.path / "hooks" / "pre-receive").unlink()

    def _hook(self, script: str) -> None:
        hook = self.path / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\n{script}")
        hook.chmod(0o755)

    def git(self, *arguments: str, stdin: bytes | None = None) -> str:
        done = subprocess.run(
            ["git", "--git-dir", str(self.path), *arguments], input=stdin, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()
