"""Files that a person names on the command line."""

import os
from pathlib import Path

from headway.errors import BadInput
from headway.formats import headway_yaml, policy_yaml, utf8
from headway.model.application import Application

_OF_A_SHELL = (Path("/dev"), Path("/dev/fd"), Path("/proc/self/fd"))
"""Folders of pipes that somebody writes to: /dev/stdin, /dev/fd/63."""


def text(file: Path) -> str:
    """Raises BadInput where it cannot be read, or is not UTF-8; and for a pipe, but for a shell's."""
    if file.is_fifo() and file.parent not in _OF_A_SHELL:
        raise BadInput(
            "it is a pipe, which may never end",
            where=str(file),
            next_step="Name a file, or a folder with one.",
        )
    try:
        return utf8.text(file.read_bytes(), str(file))
    except OSError as error:
        raise BadInput(
            f"it cannot be read: {error.strerror}",
            where=str(file),
            next_step="Correct the path; headway init writes a first headway.yaml.",
        ) from error


def declaration(path: Path) -> Path:
    """The headway.yaml that a person means by it or by its folder."""
    return path / headway_yaml.FILE if path.is_dir() else path


def application(file: Path, policy: Path | None) -> Application:
    """A headway.yaml, or the folder of one, with the file that its policy lives in where that is elsewhere. Raises BadInput with
    all findings."""
    file = declaration(file)
    elsewhere = policy_yaml.read(text(policy), str(policy)) if policy else None
    return headway_yaml.read(text(file), str(file), elsewhere)


def usual_kubeconfig() -> Path:
    """KUBECONFIG (the first that it names), or the usual file."""
    named = os.environ.get("KUBECONFIG", "").split(os.pathsep)[0]
    return Path(named or "~/.kube/config").expanduser()
