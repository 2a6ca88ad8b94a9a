"""How ssh is started for git, with whose key, and what its refusals mean.

ssh asks nobody anything. A host whose key is not known is never spoken to, whatever the worker's own configuration says.
"""

import contextlib
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from headway.clients.memory import private_file
from headway.errors import BadInput
from headway.formats import ssh_key

CONNECT_SECONDS = 5
_ALWAYS = (
    "-oBatchMode=yes",
    "-oStrictHostKeyChecking=yes",
    "-oUpdateHostKeys=no",
    "-oForwardAgent=no",
    # A connection that somebody else opened may have been opened by another key.
    "-oControlMaster=no",
    "-oControlPath=none",
    f"-oConnectTimeout={CONNECT_SECONDS}",
    "-oServerAliveInterval=5",
)
_THIS_KEY_ALONE = (
    *("-F", "none"),
    "-oIdentitiesOnly=yes",
    "-oIdentityAgent=none",
    "-oPreferredAuthentications=publickey",
)
"""No configuration of the worker's takes part: it could name other keys."""


def command(*options: str) -> str:
    """As GIT_SSH_COMMAND has it."""
    return shlex.join(("ssh", *_ALWAYS, *options))


@contextlib.contextmanager
def told(key: str, known_hosts: str, *, key_is_good: bool) -> Iterator[dict[str, str]]:
    """What git's environment has besides, as long as this lasts: `key` and `known_hosts` lie in files of this user's alone, in
    memory, meanwhile. Empty ones: the worker's own. A key that is not good here is not shown, and no other in its place."""
    options: list[str] = []
    with contextlib.ExitStack() as files:
        if key:
            shown = files.enter_context(_file(key)) if key_is_good else None
            options += [*_THIS_KEY_ALONE, f"-oIdentityFile={_quoted(shown) if shown else 'none'}"]
        if known_hosts:
            known = files.enter_context(_file(f"{known_hosts}\n"))
            options += [f"-oUserKnownHostsFile={_quoted(known)}", f"-oGlobalKnownHostsFile={os.devnull}"]
        yield {"GIT_SSH_COMMAND": command(*options)} if options else {}


@contextlib.contextmanager
def _file(text: str) -> Iterator[Path]:
    file = private_file(text, "ssh-")
    try:
        yield file
    finally:
        file.unlink(missing_ok=True)


def _quoted(file: Path) -> str:
    return f'"{file}"'.replace("%", "%%")


@dataclass(frozen=True, slots=True)
class Asked:
    """Of whom, and with what."""

    host: str
    user: str
    port: int | None
    key: str
    """Of the credentials; empty: the worker's own were tried."""
    is_elsewhere: str
    """Where alone the key is good, if that is elsewhere."""
    opens_https: str
    """The address that the credentials are for alone, where that is none of ssh: their block takes no key, nor known hosts."""
    knows_hosts: bool
    """Whether the credentials say which hosts are known."""


_CHANGED = r"Host key for \S+ has changed|REMOTE HOST IDENTIFICATION HAS CHANGED"
_REVOKED = r"REVOKED HOST KEY DETECTED|marked as revoked"
_UNKNOWN = r"host key is known for|Host key verification failed"
_NO_PROGRAM = r"cannot (run|exec|spawn) .?ssh\b|\bssh: (command )?not found"
_NO_ALGORITHM = r"Unable to negotiate with|no mutual signature"
_READ_ONLY = "|".join(
    (
        r"is not authorized to write",
        r"marked as read.only",
        r"does not have write access",
        r"denied to deploy key",
        r"deployment key is read.only",
        r"not allowed to (push|upload) code to this project",
    )
)
"""Of Gitea, GitHub, GitLab and Bitbucket."""
_NO_KEY_TAKEN = "|".join(
    (
        r"Permission denied|Too many authentication failures|Permission to \S+ denied",
        r"is not authorized to read",
        r"repository access denied",
    )
)
"""Of ssh and GitHub, of Gitea and Bitbucket; the latter of a key that opens another repository."""
_USER_IS_KNOWN = re.compile(
    r"deploy(ment)?\)? key|with Key:|Permission to \S+ denied|repository access denied", re.IGNORECASE
)
"""What hosts say once they have taken the key: the user of the address was right."""


def refused(stderr: str, where: str, asked: Asked) -> BadInput | None:
    """What ssh, or the host over it, has against the connection; None for what has nothing to do with ssh."""
    said = " ".join(of_use(stderr))[-500:].rstrip(".")
    for pattern, row in (
        (_NO_PROGRAM, _no_program),
        (_REVOKED, _changed),
        (_CHANGED, _changed),
        (_UNKNOWN, _unknown),
        (_NO_ALGORITHM, _no_algorithm),
        (_READ_ONLY, _read_only),
        (_NO_KEY_TAKEN, _no_key_taken),
    ):
        if re.search(pattern, stderr, re.IGNORECASE):
            what, next_step = row(asked)
            if row is _no_key_taken and not asked.is_elsewhere:
                more = _another_key(asked) if _USER_IS_KNOWN.search(stderr) else _user(asked)
                next_step = f"{next_step.rstrip('.')}{more}."
            return BadInput(f"{what} ({said})", where=where, next_step=next_step)
    return None


def _no_program(_: Asked) -> tuple[str, str]:
    return "there is no program ssh", "Install OpenSSH's client (openssh-client) where this runs."


def _changed(asked: Asked) -> tuple[str, str]:
    return (
        "the host shows another key than the one that is known for it, and was told nothing",
        (
            "Somebody may stand between, or the host has a new key: ask its owner for the fingerprint. Where it is the new one, "
            f"put {_scanned(asked)} in the place of the old line of {_place(asked)}."
        ),
    )


def _unknown(asked: Asked) -> tuple[str, str]:
    return (
        "the key of the host is not known, and it was told nothing",
        (
            f"Hold the fingerprint of {_scanned(asked)} (ssh-keygen -lf -) against what the host's owner says, and add it "
            f"to {_place(asked)}."
        ),
    )


def _no_algorithm(_: Asked) -> tuple[str, str]:
    return (
        "ssh here and the host agree on no algorithm",
        "Bring the older of both up to date; or give a key of another kind (ssh-keygen -t ed25519).",
    )


def _read_only(asked: Asked) -> tuple[str, str]:
    return (
        f"{_shown(asked)} may read there, and not write",
        "Give it write access at the git host, where deploy keys have a switch for that.",
    )


def _no_key_taken(asked: Asked) -> tuple[str, str]:
    if asked.is_elsewhere:
        return (
            "access was refused",
            (
                f"No key was shown: the git credentials' is for user and host of {asked.is_elsewhere} alone. "
                f"Move the repository there, let it be read without, or {A_KEY_OF_ITS_OWN}."
            ),
        )
    if asked.key:
        give = ""
    elif asked.opens_https:
        give = f", {A_KEY_OF_ITS_OWN}, or {_by_https(asked)}"
    else:
        give = ", or give the application one of its own: headway add URL --git-ssh-key-from FILE"
    return (
        f"access was refused to {_shown(asked)}",
        f"Let the git host know it as a deploy key of this repository{give}.",
    )


A_KEY_OF_ITS_OWN = "give this repository a key of its own: headway add URL --git-ssh-key-of ADDRESS=FILE"


def _another_key(asked: Asked) -> str:
    return f"; or, where it takes that for another one alone, {A_KEY_OF_ITS_OWN}" if asked.key else ""


def _user(asked: Asked) -> str:
    if asked.user == "git":
        return ""
    named = f"the address names {asked.user!r}" if asked.user else "the address names none"
    return f". Most hosts want the user 'git', and {named}"


def _shown(asked: Asked) -> str:
    return f"the key {ssh_key.fingerprint(asked.key)}" if asked.key else "the worker's own ssh keys"


def _scanned(asked: Asked) -> str:
    port = f"-p {asked.port} " if asked.port else ""
    return f"what `ssh-keyscan {port}{asked.host}` prints"


def _place(asked: Asked) -> str:
    if asked.knows_hosts:
        return "known_hosts of the git credentials: headway add URL --git-known-hosts FILE"
    here = "~/.ssh/known_hosts of the user that this runs as"
    if asked.opens_https:
        return f"{here}; or {_by_https(asked)}"
    return f"{here}; or, of an application whose own address is one of ssh, give it by headway add URL --git-known-hosts FILE"


def _by_https(asked: Asked) -> str:
    return f"write the address with scheme and host of {asked.opens_https}, for which the git credentials are good"


_IDLE = re.compile(
    r"@|IT IS POSSIBLE|Someone could|It is also possible|Please contact|Add correct host key|Offending|\s*remove with|"
    r"\s*ssh-keygen -f|Please make sure|and the repository exists|fatal: Could not read from remote|error:\s*$|\s*$"
)
"""How lines begin that say nothing of this host, or advise to change a file that is gone by now."""


def of_use(stderr: str) -> Iterator[str]:
    """What it says of this host and connection."""
    return (line.strip() for line in stderr.splitlines() if not _IDLE.match(line))
