"""Statuses on the commits that images were built of, where services lie on the application's git host.

What was said is remembered, so that a look at what has not changed asks nobody; where that is lost, the host knows.
"""

import hashlib

from headway.decide.review import commit_statuses
from headway.decide.review.commit_statuses import Told
from headway.errors import HeadwayError
from headway.workspace import remembered
from headway.workspace.workspace import Workspace


def tell(workspace: Workspace, environment: str) -> tuple[int, list[HeadwayError]]:
    """How many commits something new of that environment was to be told about, and what could not be told.

    Nobody is told where no operator has given the address of the release view with the token. Raises Unreachable where the
    cluster cannot be asked what became of them.
    """
    forge = workspace.systems.access.forge
    record = workspace.record(environment) if forge and forge.view else None
    if forge is None or record is None:
        return 0, []
    wanted = commit_statuses.of(record, workspace.application, forge.view)
    file = workspace.cache / "statuses" / f"{record.application}.{record.environment}.json"
    said, now, told, troubles = remembered.read(file), dict[str, str](), 0, list[HeadwayError]()
    fetched: set[str] = set()
    for each in wanted:
        key, value = f"{each.service} {each.commit}", _digest(each)
        if said.get(key) != value:
            try:
                is_told = _tell(workspace, each, fetched)
            except HeadwayError as error:
                troubles.append(error)
                continue
            if is_told is None:
                continue
            told += is_told
        now[key] = value
    if now != said:
        remembered.write(file, now)
    return told, troubles


def _tell(workspace: Workspace, each: Told, fetched: set[str]) -> bool | None:
    """Whether its host was told; None where the branch does not have it, or not yet. `fetched`: services whose branch was."""
    git = workspace.service_git(each.service)
    forge = workspace.systems.forge_of(git.url)
    if forge is None:
        return False
    commit = git.resolve(each.commit)
    if commit is None and each.service not in fetched:
        # What was fetched last may be older than the image.
        fetched.add(each.service)
        git.head()
        commit = git.resolve(each.commit)
    if commit is None:
        return None
    forge.set_status(commit, each.status)
    return True


def _digest(told: Told) -> str:
    return hashlib.sha256(repr(told).encode()).hexdigest()
