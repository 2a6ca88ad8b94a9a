"""Git remotes and charts for what is read through a workspace."""

from tests.clients.conftest import bucket, door, git_daemon, made_remote, make_chart, remote, s3

__all__ = ["bucket", "door", "git_daemon", "made_remote", "make_chart", "remote", "s3"]
