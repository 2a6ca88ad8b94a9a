"""Git as a store of files with a history: read at a commit, write one commit by an optimistic push.

A warm bare mirror and no worktree: nothing is ever checked out, so two looks at once never disturb each
other, and a look that dies leaves at most objects that nobody refers to.
"""

import copy
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from headway.clients import remembered
from headway.clients.git import change_log, mirror, objects
from headway.clients.git.mirror import Mirror
from headway.clients.git.objects import Blob
from headway.clients.git.remote import GitCredentials
from headway.clients.remembered import IMMUTABLE, Remembered
from headway.errors import BadInput, Conflict, ProtectedBranch, Refused
from headway.formats import protected_branch
from headway.model.edits import Author, Commit, CommitChanges, Edit

_SHORT_SHA = re.compile(r"[0-9a-f]{4,64}")
_FIELDS = "%H%x00%P%x00%an <%ae>%x00%ct%x00%B"
COMMITTERS_LIMIT = 100
"""Commits of a proposed branch that are looked at; a branch with more is not Headway's."""


class GitRepository:
    """One branch of one remote, mirrored below `cache`.

    Raises BadInput for an address or branch that git could read as an option; no network before `head`.
    """

    def __init__(self, url: str, branch: str, cache: Path, credentials: GitCredentials | None = None) -> None:
        self._take(Mirror(url, branch, cache, credentials))

    def _take(self, mirror: Mirror) -> None:
        self.url, self.branch, self._mirror = mirror.url, mirror.branch, mirror

    def head(self) -> str:
        """The branch's commit on the remote, now. Fetches what the mirror lacks.

        Raises Unreachable when the remote does not answer, BadInput when it has no such repository or branch.
        """
        return self._mirror.head()

    def find_head(self) -> str | None:
        """The same; None where the remote has no such branch."""
        return self._mirror.find_head()[0]

    def beside(self, branch: str) -> "GitRepository":
        """Another branch of the same remote, in the same mirror. Raises BadInput for a name that is none."""
        found = copy.copy(self)
        found._take(self._mirror.beside(branch))
        return found

    def last_seen(self) -> str | None:
        """The branch's commit when it was last fetched into this mirror; None where it never was. No network."""
        return self._mirror.last_seen()

    def forget(self) -> None:
        """That the branch was ever seen, where the remote has it no more."""
        self._mirror.run("update-ref", "-d", self._mirror.ref)

    def read(self, commit: str, path: str) -> bytes | None:
        """A file's bytes at a commit; None where there is no such file."""
        return self.read_all(commit, [path]).get(path)

    def read_all(self, commit: str, paths: Sequence[str]) -> dict[str, bytes]:
        """The bytes of those of `paths` that are files at a commit, by path."""
        return objects.files(self._mirror, commit, paths)

    def blobs(self, commit: str, paths: Sequence[str]) -> dict[str, Blob]:
        """Those of `paths` that are files at a commit, by path, without their content."""
        return objects.blobs(self._mirror, commit, paths)

    def tree(self, commit: str, folder: str) -> dict[str, bytes]:
        """All files below `folder` ("." for everything), by path relative to it.

        A symbolic link gives the file it points to; BadInput where that lies outside the folder.
        """
        return objects.tree(self._mirror, commit, folder)

    def submodules(self, commit: str, folder: str) -> list[str]:
        """Where below `folder` another repository is to stand, by path relative to it: `tree` has no file of those."""
        return objects.submodules(self._mirror, commit, folder)

    def log(self, commit: str, limit: int) -> list[Commit]:
        """At most `limit` commits from `commit` back, newest first, never a parent before its child."""
        return _commits(self._log(commit, limit))

    def last_change(self, commit: str, path: str) -> Commit | None:
        """The last commit up to `commit` that changed a file or anything in a folder; None where none ever did."""
        found = _commits(self._log(commit, 1, "--no-renames", path=path))
        return found[0] if found else None

    def changes(self, commit: str, limit: int) -> list[CommitChanges]:
        """The same commits with the paths that each changed, listed once on this machine: a commit never changes."""
        how = ("-m", "--name-only", "--no-renames", change_log.START, _FIELDS)
        name = remembered.key(self.url, f"{objects.checked(commit)} {limit}", how)
        known = self._mirror.answers.of(name)
        if known is None:
            output = self._log(commit, limit, *how[:3], start=change_log.START)
            known = Remembered(IMMUTABLE, output)
            self._mirror.answers.keep(name, known)
        return change_log.read(known.content)

    def file_history(self, commit: str, path: str, limit: int) -> list[tuple[Commit, bytes]]:
        """The last commits that changed a file, newest first, each with the file as it left it; empty where it took it away."""
        commits = _commits(self._log(commit, limit, path=path))
        return [*zip(commits, objects.at_commits(self._mirror, commits, path), strict=True)]

    def _log(self, commit: str, limit: int, *options: str, start: str = "", path: str = "") -> bytes:
        return self._mirror.run(
            "--literal-pathspecs",
            "log",
            "-z",
            f"--max-count={limit}",
            "--topo-order",
            f"--format={start}{'%T%x00' if start else ''}{_FIELDS}",
            *options,
            objects.checked(commit),
            "--",
            *([path] if path else []),
        )

    def changed_paths(self, a: str, b: str) -> list[str]:
        """Paths whose content differs between two commits, sorted."""
        output = self._mirror.run(
            "diff-tree", "-r", "-z", "--name-only", "--no-renames", objects.checked(a), objects.checked(b)
        )
        return sorted(output.decode(errors="surrogateescape").split("\0")[:-1])

    def is_ancestor(self, a: str, b: str) -> bool:
        """Whether `a` is `b` or before it. A commit that the mirror does not hold is before nothing."""
        if self.resolve(a) is None:
            return False
        status, _, stderr = self._mirror.attempt(
            "merge-base", "--is-ancestor", objects.checked(a), objects.checked(b)
        )
        if status not in (0, 1):
            raise BadInput(stderr, where=self.url)
        return status == 0

    def merged(self, a: str, b: str) -> str | None:
        """The tree that merging both commits gives, which is read as a commit is; None where they conflict. Nothing is committed.

        Wants git 2.38 or newer; BadInput with an older one.
        """
        status, stdout, stderr = self._mirror.attempt(
            "merge-tree", "--write-tree", "--no-messages", objects.checked(a), objects.checked(b)
        )
        if status not in (0, 1):
            raise BadInput(f"git merge-tree failed (it wants git 2.38): {stderr.strip()}", where=self.url)
        return None if status else stdout.decode().split()[0]

    def resolve(self, short_sha: str) -> str | None:
        """The whole SHA of a commit in the mirror; None for an unknown or an ambiguous one."""
        if not _SHORT_SHA.fullmatch(short_sha):
            return None
        found = self._mirror.objects([f"{short_sha}^{{commit}}"])[0]
        return found.name if found else None

    def commit(self, edit: Edit, *, on: str, author: Author, at: datetime | None = None) -> str:
        """Push one commit on top of `on`, never by force; its SHA. An edit that changes nothing gives `on`.

        Raises Conflict when the branch is no longer at `on` (look and decide again), Refused when the remote's rules forbid it,
        Unreachable when it does not answer, BadInput for a signing key that is none; each time nothing was changed.
        """
        sha = self._made(edit, on, author, at)
        if sha != on:
            self._push(sha)
        return sha

    def _made(self, edit: Edit, on: str, author: Author, at: datetime | None) -> str:
        tree = objects.write_tree(self._mirror, edit.files, objects.checked(on))
        if tree == objects.tree_name(self._mirror, on):
            return on
        seconds = int((at or datetime.now(UTC)).timestamp())
        return objects.made_commit(self._mirror, tree, on, author, seconds, edit.message)

    def is_signed(self, commit: str) -> bool:
        """Whether it has a signature, by whomever; nobody verifies it here."""
        return objects.is_signed(self._mirror, objects.checked(commit))

    def replace(self, edit: Edit, *, on: str, over: str | None, author: Author) -> str:
        """Make one commit on top of `on` all that the branch holds, in the place of `over` (None: there is none yet); its SHA.

        Raises as `commit`; Conflict where the branch is not at `over` any more.
        """
        sha = self._made(edit, on, author, None)
        self._push(sha, self._only_over(over))
        self._mirror.run("update-ref", self._mirror.ref, sha)
        return sha

    def delete(self, over: str) -> None:
        """Take the branch away, as long as it is at `over`. Raises as `commit`."""
        self._push("", self._only_over(over))

    def _only_over(self, commit: str | None) -> str:
        expected = objects.checked(commit) if commit else ""
        return f"--force-with-lease=refs/heads/{self.branch}:{expected}"

    def committers(self, since: str, until: str) -> list[tuple[Commit, str]]:
        """Commits that `until` holds and `since` does not, newest first, each with name and address of who committed it last."""
        output = self._mirror.run(
            "log",
            "-z",
            f"--max-count={COMMITTERS_LIMIT}",
            "--topo-order",
            f"--format={_FIELDS}%x00%cn <%ce>",
            objects.checked(until),
            f"^{objects.checked(since)}",
            "--",
        )
        fields = output.decode(errors="replace").split("\0")
        found = zip(*(fields[n::6] for n in range(6)), strict=False)
        return [(_commit(*said), committer) for *said, committer in found]

    def check_push(self, commit: str) -> None:
        """Raises what a push of `commit` to the branch would raise, as far as the remote says so without one: who may not
        write is refused, rules for a branch are not asked."""
        status, _, stderr = self._mirror.attempt_remotely(
            "push",
            "--dry-run",
            "--porcelain",
            "--no-verify",
            "--",
            self.url,
            f"{objects.checked(commit)}:refs/heads/{self.branch}",
            timeout=mirror.REMOTE_SECONDS,
        )
        if status:
            raise self._mirror.failure(stderr)

    def _push(self, sha: str, *options: str) -> None:
        status, stdout, stderr = self._mirror.attempt_remotely(
            "push",
            "--porcelain",
            "--no-verify",
            *options,
            "--",
            self.url,
            f"{sha}:refs/heads/{self.branch}",
            timeout=mirror.REMOTE_SECONDS,
        )
        if status == 0:
            return
        answer = next((line for line in stdout.decode().splitlines() if line.startswith("!")), "")
        # The answer may have been lost although the push arrived: the remote knows.
        now = self.find_head()
        if (sha == "" and now is None) or (sha and now and self.is_ancestor(sha, now)):
            return
        if not answer:
            raise self._mirror.failure(stderr)
        reason = answer.split("\t")[-1]
        moved = ("fetch first", "non-fast-forward", "stale info", "cannot lock ref", "failed to update ref")
        if any(word in reason for word in (*moved, "incorrect old value", "failed to lock")):
            raise Conflict(
                f"somebody else pushed first {reason}",
                where=self._mirror.where,
                next_step="It is looked at again.",
            )
        said = " ".join(stderr.split())
        error = ProtectedBranch if protected_branch.is_said(f"{reason} {said}") else Refused
        raise error(
            f"the remote refused the push: {reason}; {said[-500:]}",
            where=self._mirror.where,
            next_step="Allow Headway's user to push to this branch; or, where it is an application's that is protected, give "
            "forge credentials, by which it is proposed (`write: pull-request` in headway.yaml always does).",
        )


def _commits(log: bytes) -> list[Commit]:
    fields = log.decode(errors="replace").split("\0")
    return [_commit(*said) for said in zip(*(fields[n::5] for n in range(5)), strict=False)]


def _commit(sha: str, parents: str, author: str, seconds: str, message: str) -> Commit:
    return Commit(sha, tuple(parents.split()), author, change_log.moment(seconds), message)
