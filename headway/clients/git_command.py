"""git, by GitPython, and bounded as every other child is.

Apart from `command`, so that what starts another program does not load GitPython.
"""

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import git

from headway.clients.command import PASSED_ON, Running, dying_with_parent, environment

GIT_PASSED_ON = ("GIT_EXEC_PATH", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "SSH_AUTH_SOCK")
"""What git needs beside that: where it is installed, whom it trusts, and the agent that holds the worker's ssh key."""

KeptOpen = subprocess.Popen[bytes]
"""git, with a pipe for each of what it is told, writes and says."""

GIT_LIMIT = 128 * 2**20
"""Bytes of its output. A few kilobytes of a repository hold a file of gigabytes, or a tree of as many files."""


def run(
    repository: Path,
    arguments: Sequence[str],
    *,
    env: Mapping[str, str],
    stdin: bytes | None = None,
    timeout: float,
) -> tuple[int, bytes, str]:
    """Run git by GitPython, bounded as every child; return code, output, what it said. `timeout` in seconds. Raises Terminal for
    more than GIT_LIMIT bytes.

    GitPython hands on the whole environment: what is on no list is taken out again, by names alone.
    """
    seen = {*PASSED_ON, *GIT_PASSED_ON, *env}
    hidden = [name for name in os.environ if name not in seen]
    # A folder for temporary files that is full keeps nobody from reading.
    with tempfile.TemporaryFile() if stdin else Path(os.devnull).open("rb") as given:
        if stdin:
            given.write(stdin)
            given.seek(0)
        started = git.Git(str(repository)).execute(
            dying_with_parent(["git", *arguments], os.environ, hidden),
            istream=given,
            as_process=True,
            env=dict(env),
            start_new_session=True,
        )
        assert started.proc
        with Running("git", started.proc, (), None, stdout_limit=GIT_LIMIT) as running:
            completed = running.ended_within(timeout)
            if completed is None:
                return running.terminate().returncode or 1, b"", f"it did not end within {timeout:g} s"
    return completed.returncode, completed.stdout, completed.stderr.rstrip("\n")


def kept_open(arguments: Sequence[str], env: Mapping[str, str]) -> KeptOpen:
    """git that reads questions until its input is closed, as it is by the end of this process too: it needs no other bond."""
    return subprocess.Popen(
        ["git", *arguments],
        env=environment(env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
