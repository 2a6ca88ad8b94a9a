"""Commits of an application for the release view, whose git is loaded only when a repository is named."""

from headway.clients import private_files
from headway.model.edits import Commit
from headway.view.settings import GitSource

COMMITS_READ = 300


def read(source: GitSource) -> tuple[Commit, ...]:
    """The newest of its branch, fetched without credentials into a mirror that may be deleted. Raises Unreachable, BadInput."""
    from headway.clients.git import GitRepository

    repository = GitRepository(source.url, source.branch, private_files.cache() / "view")
    return tuple(repository.log(repository.head(), COMMITS_READ))
