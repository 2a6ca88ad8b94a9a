"""Git as a store of files with a history: read at a commit, write one commit by an optimistic push.

A warm bare mirror and no worktree: nothing is ever checked out, so two looks at once never disturb each
other, and a look that dies leaves at most objects that nobody refers to.
"""

import contextlib
import fcntl
import hashlib
import os
import posixpath
import re
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from headway.clients import command
from headway.clients.git import change_log
from headway.clients.git.remote import GitCredentials, check_branch, check_url, failure, remote_environment
from headway.errors import BadInput, Conflict, Refused, Unreachable
from headway.model.edits import Commit, CommitChanges, Edit

REMOTE_SECONDS = 60.0
"""A fetch or push that has not ended by then is killed; the first fetch, of the whole branch, has longer."""
FIRST_FETCH_SECONDS = 600.0
LOCK_SECONDS = 120.0
LISTED_BY_NAME = 500
"""More paths than that do not go onto a command line: the whole tree is listed."""
_SHA = re.compile(r"^[0-9a-f]{40}([0-9a-f]{24})?$")
_SHORT_SHA = re.compile(r"^[0-9a-f]{4,64}$")
_LINK, _SUBMODULE = b"120000", b"160000"


class GitRepository:
    """One branch of one remote, mirrored below `cache`.

    Raises BadInput for an address or branch that git could read as an option; no network before `head`.
    """

    def __init__(self, url: str, branch: str, cache: Path, credentials: GitCredentials | None = None) -> None:
        check_url(url)
        check_branch(branch, url)
        self.url = url
        self.branch = branch
        self._credentials = credentials
        self._ref = f"refs/headway/{branch}"
        self._mirror = cache / f"{hashlib.sha256(url.encode()).hexdigest()[:20]}.git"
        self._environment = {**remote_environment(url, credentials), "GIT_DIR": str(self._mirror)}

    def head(self) -> str:
        """The branch's commit on the remote, now. Fetches what the mirror lacks.

        Raises Unreachable when the remote does not answer, BadInput when it has no such repository or branch.
        """
        with self._locked():
            timeout = REMOTE_SECONDS
            if not (self._mirror / "HEAD").exists():
                self._mirror.mkdir(parents=True, exist_ok=True)
                timeout = FIRST_FETCH_SECONDS
                self._git("init", "--bare", "--quiet", "--template=", "--", str(self._mirror))
            status, _, stderr = self._try(
                "fetch",
                "--quiet",
                "--no-tags",
                "--no-write-fetch-head",
                "--",
                self.url,
                f"+refs/heads/{self.branch}:{self._ref}",
                timeout=timeout,
            )
        if status:
            raise failure(self.url, self.branch, stderr, self._credentials)
        return self._git("rev-parse", "--verify", self._ref).decode().strip()

    def read(self, commit: str, path: str) -> bytes | None:
        """A file's bytes at a commit; None where there is no such file."""
        return self.read_all(commit, [path]).get(path)

    def read_all(self, commit: str, paths: Sequence[str]) -> dict[str, bytes]:
        """The bytes of those of `paths` that are files at a commit, by path."""
        entries = self._entries(commit, *(paths if len(paths) <= LISTED_BY_NAME else ["."]))
        names = {
            path: entry[1]
            for path in paths
            if (entry := entries.get(_inside(path))) and entry[0] not in (_LINK, _SUBMODULE)
        }
        return dict(zip(names, self._blobs([*names.values()]), strict=True))

    def tree(self, commit: str, folder: str) -> dict[str, bytes]:
        """All files below `folder` ("." for everything), by path relative to it.

        A symbolic link gives the file it points to; BadInput where that lies outside the folder.
        """
        folder = _inside(folder)
        prefix = "" if folder == "." else f"{folder}/"
        entries = {
            path[len(prefix) :]: entry
            for path, entry in self._entries(commit, folder).items()
            if path.startswith(prefix) and entry[0] != _SUBMODULE
        }
        contents = self._blobs([name for _, name in entries.values()])
        files = dict(zip(entries, contents, strict=True))
        links = {path for path, (mode, _) in entries.items() if mode == _LINK}
        return {path: _follow(files, links, path, f"{self.url} {commit[:12]}") for path in files}

    def log(self, commit: str, limit: int) -> list[Commit]:
        """At most `limit` commits from `commit` back, newest first, never a parent before its child."""
        fields = self._log(commit, limit).decode(errors="replace").split("\0")
        return [
            Commit(sha, tuple(parents.split()), author, int(seconds), message)
            for sha, parents, author, seconds, message in zip(*(fields[n::5] for n in range(5)), strict=False)
        ]

    def changes(self, commit: str, limit: int) -> list[CommitChanges]:
        """The same commits with the paths that each changed, in one process."""
        output = self._log(commit, limit, "-m", "--name-only", "--no-renames", start=change_log.START)
        return change_log.read(output)

    def _log(self, commit: str, limit: int, *options: str, start: str = "") -> bytes:
        return self._git(
            "log",
            "-z",
            f"--max-count={limit}",
            "--topo-order",
            f"--format={start}{'%T%x00' if start else ''}%H%x00%P%x00%an <%ae>%x00%ct%x00%B",
            *options,
            _sha(commit),
            "--",
        )

    def changed_paths(self, a: str, b: str) -> list[str]:
        """Paths whose content differs between two commits, sorted."""
        output = self._git("diff-tree", "-r", "-z", "--name-only", "--no-renames", _sha(a), _sha(b))
        return sorted(output.decode(errors="surrogateescape").split("\0")[:-1])

    def is_ancestor(self, a: str, b: str) -> bool:
        """Whether `a` is `b` or before it. A commit that the mirror does not hold is before nothing."""
        if self.resolve(a) is None:
            return False
        status, _, stderr = self._try("merge-base", "--is-ancestor", _sha(a), _sha(b))
        if status not in (0, 1):
            raise BadInput(stderr, where=self.url)
        return status == 0

    def resolve(self, short_sha: str) -> str | None:
        """The whole SHA of a commit in the mirror; None for an unknown or an ambiguous one."""
        if not _SHORT_SHA.match(short_sha):
            return None
        status, stdout, _ = self._try("rev-parse", "--verify", "--quiet", f"{short_sha}^{{commit}}")
        return stdout.decode().strip() if status == 0 else None

    def commit(self, edit: Edit, *, on: str, author: tuple[str, str], at: datetime | None = None) -> str:
        """Push one commit on top of `on`, never by force; its SHA. An edit that changes nothing gives `on`.

        `author` is (name, email). Raises Conflict when the branch is no longer at `on` (look and decide
        again), Refused when the remote's rules forbid it, Unreachable when it does not answer; each time
        nothing was changed.
        """
        tree = self._write_tree(edit.files, _sha(on))
        if tree == self._git("rev-parse", f"{on}^{{tree}}").decode().strip():
            return on
        date = f"{int((at or datetime.now(UTC)).timestamp())} +0000"
        identity = {
            f"GIT_{role}_{key}": value
            for role in ("AUTHOR", "COMMITTER")
            for key, value in (("NAME", author[0]), ("EMAIL", author[1]), ("DATE", date))
        }
        sha = (
            self._git("commit-tree", tree, "-p", on, "-F", "-", stdin=edit.message.encode(), env=identity)
            .decode()
            .strip()
        )
        self._push(sha)
        return sha

    def _push(self, sha: str) -> None:
        status, stdout, stderr = self._try(
            "push",
            "--porcelain",
            "--no-verify",
            "--",
            self.url,
            f"{sha}:refs/heads/{self.branch}",
            timeout=REMOTE_SECONDS,
        )
        if status == 0:
            return
        where = f"{self.url} {self.branch}"
        answer = next((line for line in stdout.decode().splitlines() if line.startswith("!")), "")
        # The answer may have been lost although the push arrived: the remote knows.
        if self.is_ancestor(sha, self.head()):
            return
        if not answer:
            raise failure(self.url, self.branch, stderr, self._credentials)
        reason = answer.split("\t")[-1]
        moved = ("fetch first", "non-fast-forward", "stale info", "cannot lock ref", "failed to update ref")
        if any(word in reason for word in (*moved, "incorrect old value", "failed to lock")):
            raise Conflict(
                f"somebody else pushed first {reason}", where=where, next_step="It is looked at again."
            )
        raise Refused(
            f"the remote refused the push: {reason}; {' '.join(stderr.split())[-500:]}",
            where=where,
            next_step="Allow Headway's user to push to this branch.",
        )

    def _write_tree(self, files: Mapping[str, bytes | None], on: str) -> str:
        known = self._entries(on, *files) if files else {}
        with tempfile.TemporaryDirectory(prefix="headway-index-") as folder:
            index = {"GIT_INDEX_FILE": f"{folder}/index"}
            self._git("read-tree", on, env=index)
            lines = []
            for path, data in files.items():
                name = _writable(path)
                if data is None:
                    lines.append(f"0 {'0' * 40}\t{name}")
                    continue
                mode = known.get(name, (b"100644", ""))[0].decode()
                blob = self._git("hash-object", "-w", "--stdin", stdin=data).decode().strip()
                lines.append(f"{mode if mode.startswith('100') else '100644'} {blob}\t{name}")
            self._git(
                "update-index",
                "-z",
                "--index-info",
                stdin="".join(f"{line}\0" for line in lines).encode(),
                env=index,
            )
            return self._git("write-tree", env=index).decode().strip()

    def _entries(self, commit: str, *paths: str) -> dict[str, tuple[bytes, str]]:
        """Mode and object name by path, of the blobs at or below `paths`, in git's order."""
        wanted = [_inside(path) for path in paths]
        output = self._git(
            "--literal-pathspecs",
            "ls-tree",
            "-r",
            "-z",
            "--full-tree",
            _sha(commit),
            "--",
            *([] if "." in wanted else wanted),
        )
        found = {}
        for line in filter(None, output.split(b"\0")):
            head, _, path = line.partition(b"\t")
            mode, _, name = head.split()
            found[path.decode(errors="surrogateescape")] = (mode, name.decode())
        return found

    def _blobs(self, names: Sequence[str]) -> list[bytes]:
        if not names:
            return []
        output = self._git("cat-file", "--batch", stdin="".join(f"{name}\n" for name in names).encode())
        contents, position = [], 0
        for _ in names:
            end = output.index(b"\n", position)
            size = int(output[position:end].split()[2])
            contents.append(output[end + 1 : end + 1 + size])
            position = end + size + 2
        return contents

    def _git(
        self, *arguments: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None
    ) -> bytes:
        status, stdout, stderr = self._try(*arguments, stdin=stdin, env=env)
        if status:
            raise BadInput(f"git {arguments[0]} failed: {stderr.strip()}", where=f"{self.url} {self.branch}")
        return stdout

    def _try(
        self,
        *arguments: str,
        stdin: bytes | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> tuple[int, bytes, str]:
        return command.run_git(
            self._mirror, arguments, stdin=stdin, env={**self._environment, **(env or {})}, timeout=timeout
        )

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One process at a time makes or fetches into a mirror. The kernel frees the lock of a dead one."""
        self._mirror.parent.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + LOCK_SECONDS
        with self._mirror.with_suffix(".lock").open("a") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise Unreachable(
                            "another process holds the mirror", where=str(self._mirror)
                        ) from None
                    time.sleep(0.02)
            yield


def _sha(commit: str) -> str:
    if not _SHA.match(commit):
        raise BadInput(f"{commit!r} is not a whole commit SHA", where="git")
    return commit


def _inside(path: str) -> str:
    normal = posixpath.normpath(path or ".")
    if normal.startswith(("-", "/", "../")) or normal == ".." or "\0" in normal:
        raise BadInput("the path begins with '-' or leaves the repository", where=path)
    return normal


def _writable(path: str) -> str:
    normal = _inside(path)
    if normal == "." or "\n" in normal or any(part.lower() == ".git" for part in normal.split("/")):
        raise BadInput("not a path that can be committed", where=path)
    return normal


def _follow(files: Mapping[str, bytes], links: set[str], path: str, where: str) -> bytes:
    seen, name = {path}, path
    while name in links:
        target = os.fsdecode(files[name])
        name = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
        if name not in files or name in seen:
            raise BadInput(
                f"the symbolic link points to {target}, which is no file of this folder",
                where=f"{where} {path}",
                next_step="Put the file itself there.",
            )
        seen.add(name)
    return files[name]
