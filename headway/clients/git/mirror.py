"""A warm bare mirror of one branch of one remote, and the git processes that run in it."""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from headway.clients import git_command, hosts
from headway.clients.command import NO_ROOM, killed
from headway.clients.git import leftovers, loose
from headway.clients.git.reader import Found, Reader, TooLargeError
from headway.clients.git.remote import (
    GitCredentials,
    check_branch,
    check_url,
    failure,
    is_no_branch,
    refuse_in_the_clear,
    remote_environment,
    told_of_ssh,
)
from headway.clients.private_files import made_private
from headway.clients.remembered import Memory, kept_in
from headway.clients.turns import Turns
from headway.errors import BadInput, HeadwayError, Terminal, Unreachable

REMOTE_SECONDS = 60.0
"""A fetch or push that has not ended by then is killed; the first fetch, of the whole branch, has longer."""
FIRST_FETCH_SECONDS = 600.0
LOCAL_SECONDS = 120.0
"""For what needs no network: a pathological history ends a look, not the worker."""
LOCK_SECONDS = 120.0
AT_ONCE = 8
"""Fetches and pushes that one process has under way at one host. OpenSSH takes no more than ten that it does not know yet
(MaxStartups)."""
_TURNS = Turns(AT_ONCE)
TENDED = "0"
"""So begins the commit, one of sixteen, after whose fetch git may pack the mirror: asking costs a process."""
_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


class Mirror:
    """Below `cache`. Raises BadInput for an address or branch that git could read as an option; no network before `head`."""

    def __init__(self, url: str, branch: str, cache: Path, credentials: GitCredentials | None) -> None:
        check_url(url)
        check_branch(branch, url)
        refuse_in_the_clear(url, credentials)
        self.url = url
        self.branch = branch
        self._cache = cache
        self._credentials = credentials
        self._listed: dict[tuple[str, ...], bytes] = {}
        # Of a digest: branches `release` and `release/2`, one after the other on the remote, would be file and folder here.
        self.ref = f"refs/headway/{hashlib.sha256(branch.encode()).hexdigest()[:20]}"
        self._folder = cache / f"{hashlib.sha256(url.encode()).hexdigest()[:20]}.git"
        self._locally = {**remote_environment(url, None), "GIT_DIR": str(self._folder)}
        self.anew = (
            f"Where it stays so, take the mirror away, which is fetched anew then: rm -r {self._folder}"
        )
        """What to do about one that a disk has spoilt."""
        self._reader = Reader(_reading(self._locally), LOCAL_SECONDS, self.where, self.anew)

    @property
    def answers(self) -> Memory:
        """What git said of commits, for the processes that come after."""
        return kept_in(self._cache / "answers")

    def beside(self, branch: str) -> "Mirror":
        """Of another branch of the same remote."""
        return Mirror(self.url, branch, self._cache, self._credentials)

    @property
    def where(self) -> str:
        return f"{self.url} {self.branch}"

    def head(self) -> str:
        """The branch's commit on the remote, now, fetched. See GitRepository."""
        head, error = self.find_head()
        if head is None:
            raise error
        return head

    def find_head(self) -> tuple[str | None, HeadwayError]:
        """The same; None where the remote has no such branch, with what that is as an error. Raises every other one."""
        # A slow host keeps waiting who wants to ask it, and not with the lock, whose own limit is shorter.
        with self._turn() as host, self._locked():
            if not (self._folder / "HEAD").exists():
                self._begin()
            before = self._ref_in_a_file()
            timeout = REMOTE_SECONDS if self._has_fetched() else FIRST_FETCH_SECONDS
            status, _, stderr = self._attempt_remotely(
                host,
                "fetch",
                "--quiet",
                "--no-tags",
                "--no-write-fetch-head",
                "--",
                self.url,
                f"+refs/heads/{self.branch}:{self.ref}",
                timeout=timeout,
            )
            if not status and before not in ("", now := self._ref_in_a_file()) and now.startswith(TENDED):
                self.attempt("maintenance", "run", "--auto", "--quiet")
            if status:
                leftovers.take_away(self._folder, self.ref)
        error = self.failure(stderr)
        if status and not is_no_branch(stderr):
            raise error
        return None if status else self._fetched(), error

    def _fetched(self) -> str:
        """The commit that the branch was just fetched at: in a file of its own, unless git has packed it."""
        return self._ref_in_a_file() or self.run("rev-parse", "--verify", self.ref).decode().strip()

    def _ref_in_a_file(self) -> str:
        """Empty where it is not there, or elsewhere."""
        try:
            found = (self._folder / self.ref).read_text().strip()
        except OSError:
            return ""
        return found if _SHA.fullmatch(found) else ""

    def last_seen(self) -> str | None:
        """The branch's commit when it was last fetched, by whomever; None where it never was, or by another user, for himself."""
        if not os.access(self._folder / "HEAD", os.R_OK, effective_ids=True):
            return None
        status, stdout, _ = self.attempt("rev-parse", "--verify", "--quiet", self.ref)
        return None if status else stdout.decode().strip()

    def failure(self, stderr: str) -> HeadwayError:
        """What a failed fetch or push means."""
        own = " ".join(line for line in stderr.splitlines() if not line.startswith("remote:"))
        if (is_full := bool(NO_ROOM.search(own))) or str(self._folder.with_suffix("")) in own:
            return self._unwritable(own, is_full=is_full)
        return failure(self.url, self.branch, stderr, self._credentials)

    def run(self, *arguments: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None) -> bytes:
        """What git writes. BadInput with what it says where it fails, Retryable where it was killed."""
        status, stdout, stderr = self.attempt(*arguments, stdin=stdin, env=env)
        if status < 0:
            raise killed(status, f"{self.where}: git {arguments[0]}", stderr.strip()[-500:])
        if status:
            raise BadInput(f"git {arguments[0]} failed: {stderr.strip()}", where=self.where)
        return stdout

    def objects(self, names: Sequence[str], limit: int | None = None) -> list[Found | None]:
        """Of whole object names, `<name>^{tree}` and `<name>^{commit}`; None for what is not there. BadInput for more than can be
        read; with `limit`, bytes, TooLargeError for more than that."""
        try:
            return self._reader.read(names, git_command.GIT_LIMIT if limit is None else limit)
        except TooLargeError:
            if limit is not None:
                raise
            raise self._too_much(f"it has more than {git_command.GIT_LIMIT} bytes") from None

    def stored(self, kind: str, data: bytes) -> str:
        """The name of an object that is there now."""
        try:
            return loose.stored(self._folder, kind, data)
        except OSError as error:
            raise self._unwritable(str(error.strerror), is_full=True) from error

    def listed(self, commit: str, paths: Sequence[str]) -> bytes:
        """`git ls-tree -r -z` of a commit, whole or at and below `paths`; asked once, since a commit never changes."""
        asked = (commit, *paths)
        if asked not in self._listed:
            self._listed[asked] = self.run(
                "--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", commit, "--", *paths
            )
        return self._listed[asked]

    def attempt_remotely(self, *arguments: str, timeout: float) -> tuple[int, bytes, str]:
        """The same for what asks the remote: it alone is shown credentials. Raises what giving them does, and LeftAlone where
        its host is not to be asked now."""
        with self._turn() as host:
            return self._attempt_remotely(host, *arguments, timeout=timeout)

    @contextlib.contextmanager
    def _turn(self) -> Iterator[str]:
        """To ask the host, whose name it gives."""
        host = hosts.of_address(self.url)
        with _TURNS.turn(host, time.monotonic() + FIRST_FETCH_SECONDS):
            yield host

    def _attempt_remotely(self, host: str, *arguments: str, timeout: float) -> tuple[int, bytes, str]:
        # Those before have told by now whether the host answers.
        began = hosts.OF_THIS_MACHINE.require(host)
        environment = remote_environment(self.url, self._credentials)
        with told_of_ssh(self.url, self._credentials) as besides:
            told = {**environment, **besides}
            status, stdout, stderr = self.attempt(*arguments, env=told, timeout=timeout)
        error = self.failure(stderr) if status else None
        hosts.OF_THIS_MACHINE.heard(host, error, began=began)
        return status, stdout, stderr

    def attempt(
        self,
        *arguments: str,
        stdin: bytes | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = LOCAL_SECONDS,
    ) -> tuple[int, bytes, str]:
        """Return code, what git writes, what it says. `timeout` in seconds. BadInput for more than can be read."""
        try:
            return git_command.run(
                self._folder,
                arguments,
                stdin=stdin,
                env={**self._locally, **(env or {})},
                timeout=timeout,
            )
        except Terminal as error:
            raise self._too_much(error.what) from error

    def _begin(self) -> None:
        """An empty mirror, whole or not at all: half of one is no repository to git, and nothing mends it."""
        begun = self._folder.with_suffix(".new")
        for folder in (begun, self._folder):
            shutil.rmtree(folder, ignore_errors=True)
        self._make(begun)
        where = {**self._locally, "GIT_DIR": str(begun)}
        arguments = ("init", "--bare", "--quiet", "--template=", "--", str(begun))
        status, _, stderr = git_command.run(begun, arguments, env=where, timeout=LOCAL_SECONDS)
        if status:
            raise self.failure(stderr)
        begun.rename(self._folder)

    def _has_fetched(self) -> bool:
        """Whether it holds a branch, and not just a first fetch that was cut off."""
        return (self._folder / "refs" / "headway").exists() or (self._folder / "packed-refs").exists()

    def _unwritable(self, said: str, *, is_full: bool) -> Unreachable:
        return Unreachable(
            f"the mirror on this machine cannot be written ({said.strip()[-500:]})",
            where=self.where,
            next_step=f"Make room on the disk of {self._folder}. {self.anew}" if is_full else self.anew,
        )

    def _make(self, folder: Path) -> None:
        try:
            made_private(folder)
        except OSError as error:
            raise _no_folder(folder, error) from error

    def _too_much(self, what: str) -> BadInput:
        return BadInput(
            f"there is more in it than is read: {what}",
            where=self.where,
            next_step="Take large files out of the folders that Headway reads, or whole folders that repeat.",
        )

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One process at a time makes or fetches into a mirror. The kernel frees the lock of a dead one."""
        self._make(self._folder.parent)
        deadline = time.monotonic() + LOCK_SECONDS
        try:
            opened = self._folder.with_suffix(".lock").open("a")
        except OSError as error:
            raise _no_folder(self._folder.parent, error) from error
        with opened as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise Unreachable(
                            "another process holds the mirror", where=str(self._folder)
                        ) from None
                    time.sleep(0.02)
            yield


def _no_folder(folder: Path, error: OSError) -> Unreachable:
    """As a remote that does not answer: a release goes back by what was fetched before, where that can be read still."""
    return Unreachable(
        f"there is no folder for what is fetched: {error.strerror}",
        where=str(folder),
        next_step="Let the worker's user write there, or set XDG_CACHE_HOME to a folder where it can.",
    )


def _reading(env: Mapping[str, str]) -> Callable[[], git_command.KeptOpen]:
    return lambda: git_command.kept_open(["cat-file", "--batch"], env)
