"""Commits of an application for the release view, whose git is loaded only when a repository is named."""

import os
from pathlib import Path

from headway.model.edits import Commit
from headway.view.settings import GitSource

COMMITS_READ = 300


def read(source: GitSource) -> tuple[Commit, ...]:
    """The newest of its branch, fetched without credentials into a mirror that may be deleted. Raises Unreachable, BadInput."""
    from headway.clients.git import GitRepository

    repository = GitRepository(source.url, source.branch, _cache())
    return tuple(repository.log(repository.head(), COMMITS_READ))


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "headway" / "view"
