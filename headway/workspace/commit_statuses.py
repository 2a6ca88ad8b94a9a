"""Statuses on the commits that images were built of, where services lie on the application's git host.

What was said is remembered, so that a look at what has not changed asks nobody; where that is lost, the host knows.
"""

import hashlib
from collections.abc import Iterable
from contextlib import suppress

from headway.decide.review import commit_statuses
from headway.decide.review.commit_statuses import Told
from headway.errors import HeadwayError, UnsupportedHere
from headway.formats.tag_commit import commit_in_label
from headway.workspace import remembered
from headway.workspace.workspace import Workspace


def tell(workspace: Workspace, environment: str) -> tuple[int, list[HeadwayError]]:
    """Tell the commits whose images run, or ran, in an environment what became of them there: how many were told something
    new, and what could not be told. Nothing is told where the operator has not given the address of the release view with the
    token. Raises Unreachable where the cluster does not answer."""
    forge = workspace.systems.access.forge
    # Others tell as well: what many looks read once may be older than what was told.
    record = workspace.record_store(environment).read()[0] if forge and forge.view else None
    if forge is None or record is None:
        return 0, []
    said = _Said(workspace, f"{record.application}.{record.environment}")
    labelled = said.labelled(commit_statuses.unnamed(record, workspace.application))
    return said.tell(commit_statuses.of(record, workspace.application, forge.view, labelled))


def tell_built(workspace: Workspace) -> tuple[int, list[HeadwayError]]:
    """The same of commits that this look saw images of, which the application holds or is to hold."""
    forge = workspace.systems.access.forge
    builds = workspace.services.builds if forge and forge.view else {}
    if forge is None or not builds:
        return 0, []
    said = _Said(workspace, workspace.application.application)
    return said.tell(commit_statuses.built(builds, workspace.application, forge.view))


_NOT_THERE = "not on the branch"


class _Said:
    """What was told before, and what labels said: neither changes."""

    def __init__(self, workspace: Workspace, name: str) -> None:
        self._workspace, self._file = workspace, workspace.cache / "statuses" / f"{name}.json"
        self._before = remembered.read(self._file)
        self._now: dict[str, str] = {}
        self._troubles: list[HeadwayError] = []

    def labelled(self, images: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """Commits that labels name, by repository and digest; a registry is asked once for each."""
        found: dict[tuple[str, str], str] = {}
        for repository, digest in sorted(images):
            key = f"{repository}@{digest}"
            commit = self._before.get(key)
            if commit is None:
                try:
                    image = self._workspace.systems.registry_of_declared(repository).found(repository, digest)
                except HeadwayError as error:
                    self._troubles.append(error)
                    continue
                commit = commit_in_label(image.revision) if image else ""
            self._now[key] = commit
            found[repository, digest] = commit
        return found

    def tell(self, wanted: Iterable[Told]) -> tuple[int, list[HeadwayError]]:
        told, fetched = 0, set[str]()
        for each in wanted:
            key, value = f"{each.service} {each.commit}", _digest(each)
            if self._before.get(key) != value:
                try:
                    # What is not there was fetched for once: labels are also those of a base image, elsewhere.
                    is_told = _tell(self._workspace, each, fetched, may_fetch=key not in self._before)
                except HeadwayError as error:
                    self._troubles.append(error)
                    continue
                if is_told is None:
                    self._now[key] = _NOT_THERE
                    continue
                told += is_told
            self._now[key] = value
        if self._now != self._before:
            remembered.write(self._file, self._now)
        return told, self._troubles


def _tell(workspace: Workspace, each: Told, fetched: set[str], *, may_fetch: bool) -> bool | None:
    """Whether its host was told; None where the branch does not have it, or not yet. `fetched`: services whose branch was."""
    git = workspace.service_git(each.service)
    forge = workspace.systems.forge_of(git.url)
    if forge is None:
        return False
    commit = git.resolve(each.commit)
    if commit is None and may_fetch and each.service not in fetched:
        # What was fetched last may be older than the image.
        fetched.add(each.service)
        git.head()
        commit = git.resolve(each.commit)
    if commit is None:
        return None
    forge.set_status(commit, each.status)
    if each.comment:
        # Where a host has none, the link of the status leads to the whole reason.
        with suppress(UnsupportedHere):
            forge.comment_commit(commit, each.status.name, each.comment)
    return True


def _digest(told: Told) -> str:
    return hashlib.sha256(repr(told).encode()).hexdigest()
