"""Policy where it lives apart from headway.yaml: read once a look, and what could be read last for whoever has to repair."""

from collections.abc import Callable
from dataclasses import dataclass

from headway.clients.git import GitRepository
from headway.errors import BadInput, HeadwayError
from headway.formats import policy_yaml, utf8
from headway.model.policy import Policy

COMMITS_CONSIDERED = 50
"""Of those that changed the file, to find one that can be read."""


@dataclass(frozen=True, slots=True)
class SeenPolicy:
    policy: Policy
    unread: HeadwayError | None = None
    """Why the present one cannot be read; `policy` is the last that could then."""


def look(git: GitRepository, path: str, head: Callable[[], str], *, or_last_read: bool) -> SeenPolicy:
    """The file at `head()`. Raises BadInput where it is missing or wrong, or access is refused, Unreachable where git does
    not answer; with `or_last_read` only where this worker has never read one."""
    try:
        return SeenPolicy(_at(git, head(), path))
    except HeadwayError as error:
        last = _last_read(git, path) if or_last_read else None
        if last is None:
            raise
        return SeenPolicy(last, error)


def _at(git: GitRepository, commit: str, path: str) -> Policy:
    data, file = git.read(commit, path), _file(git, path)
    if data is None:
        raise BadInput(
            "the policy of the application is missing",
            where=file,
            next_step="Write it, or correct the policy fields of the application's block.",
        )
    return policy_yaml.read(utf8.text(data, file), file)


def _last_read(git: GitRepository, path: str) -> Policy | None:
    """Of what is in the mirror: it may be that the remote does not answer."""
    commit, file = git.last_seen(), _file(git, path)
    for _, data in git.file_history(commit, path, COMMITS_CONSIDERED) if commit else ():
        try:
            return policy_yaml.read(utf8.text(data, file), file)
        except BadInput:
            continue
    return None


def _file(git: GitRepository, path: str) -> str:
    return f"{git.url} {path}"
