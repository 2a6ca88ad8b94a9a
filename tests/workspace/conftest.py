"""Git remotes and charts for what is read through a workspace."""

import pytest

from tests.clients.conftest import bucket, door, git_daemon, made_remote, make_chart, remote, s3
from tests.quick_git import start_git_by_itself

__all__ = ["bucket", "door", "git_daemon", "made_remote", "make_chart", "remote", "s3"]


@pytest.fixture(autouse=True)
def _quick_git(monkeypatch: pytest.MonkeyPatch) -> None:
    start_git_by_itself(monkeypatch)
