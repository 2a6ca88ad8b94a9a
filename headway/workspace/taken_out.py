"""Who took something out of an application: git is asked about the dependency, or the template, that made what goes away.

Only what git says for sure counts. A dependency that is disabled by a value, a third party's template that is gone in its new
version, and what git cannot tell now, were asked for by nobody.
"""

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import PurePosixPath

from headway.clients.git import GitRepository
from headway.decide.review import removal
from headway.decide.review.removal import Removal
from headway.errors import BadInput, HeadwayError
from headway.formats import chart_package, chart_yaml, manifests, utf8
from headway.formats.content_digest import CHART_YAML
from headway.model.charts import commit_of
from headway.model.edits import Commit
from headway.workspace.application_source import COMMITS_CONSIDERED
from headway.workspace.release_content import ReleaseContent
from headway.workspace.workspace import Workspace


def attributed(
    workspace: Workspace, content: ReleaseContent, manifest: str, removals: Sequence[Removal]
) -> tuple[Removal, ...]:
    """`removals` with who took each out. `manifest` is what runs, `content` what takes its place."""
    if not removals:
        return ()
    sources, look = manifests.sources(manifest), _TakenOut(workspace, content)
    return tuple(
        replace(each, by=look.in_words(sources[each.key])) if each.key in sources else each
        for each in removals
    )


class _TakenOut:
    def __init__(self, workspace: Workspace, content: ReleaseContent) -> None:
        self._workspace = workspace
        self._content = content
        self._commit = content.package.commit

    def in_words(self, source: str) -> str:
        """`source`: template as Helm names it, below the name of the umbrella chart."""
        try:
            return removal.in_words(self._by(PurePosixPath(*PurePosixPath(source).parts[1:])))
        except HeadwayError:
            return ""

    def _by(self, path: PurePosixPath) -> Commit | None:
        if not self._commit:
            return None
        git, folder = self._workspace.git, self._workspace.application.chart
        if path.parts[:1] == ("charts",):
            name = path.parts[1]
            by = self._of_dependency(name) or self._of_service(name, PurePosixPath(*path.parts[2:]))
            if by:
                return by
        return _file_removed(git, self._commit, posixpath.normpath(f"{folder}/{path}"))

    def _of_dependency(self, name: str) -> Commit | None:
        return removal.who_took_out(self._declared, name)

    @cached_property
    def _declared(self) -> list[tuple[Commit, frozenset[str]]]:
        path = posixpath.normpath(f"{self._workspace.application.chart}/{CHART_YAML}")
        history = self._workspace.git.file_history(self._commit, path, COMMITS_CONSIDERED)
        return [(commit, _names(data, path)) for commit, data in history]

    def _of_service(self, name: str, path: PurePosixPath) -> Commit | None:
        """A template of a service's own chart, in the service's repository."""
        service = self._workspace.application.services.get(name)
        commit = self._commits.get(name, "")
        if service is None or not commit:
            return None
        git = self._workspace.service_git(name)
        git.head()
        return _file_removed(git, commit, posixpath.normpath(f"{service.chart}/{path}"))

    @cached_property
    def _commits(self) -> Mapping[str, str]:
        """That each dependency was packaged from, by its name in the values."""
        package = self._content.package
        found = chart_package.subchart_metadata(self._content.packaged, package.file_name)
        names = {
            str(each.get("alias") or each.get("name")): str(each.get("name"))
            for each in package.metadata.get("dependencies") or ()
        }
        return {key: commit_of(found[name]) for key, name in names.items() if name in found}


def _file_removed(git: GitRepository, commit: str, path: str) -> Commit | None:
    """The commit that took a file away; None where it is there."""
    return None if git.read(commit, path) is not None else git.last_change(commit, path)


def _names(data: bytes, path: str) -> frozenset[str]:
    """Of what it declares; of a file that cannot be read, nothing was taken out."""
    try:
        return frozenset(each.key for each in chart_yaml.read(utf8.text(data, path), path).dependencies)
    except BadInput:
        return frozenset()
