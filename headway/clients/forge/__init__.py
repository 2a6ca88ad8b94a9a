"""Git hosts with pull requests: what they know of a repository beside its commits.

protocol   what is asked of any of them
gitea      Gitea and Forgejo
github     GitHub, and GitHub Enterprise Server
github_app tokens of an app there
gitlab     GitLab
file_changes  what is written there without a clone
answers    what they answer, field by field
opening    which of them, and where on it
access     how one is asked: bounded, over TLS, with a token that is shown to nobody else
"""

from headway.clients.forge.file_changes import FileChange
from headway.clients.forge.gitea import GiteaForge
from headway.clients.forge.github import GithubForge
from headway.clients.forge.gitlab import GitlabForge
from headway.clients.forge.opening import KINDS, address_on, app_token, open_forge, require_kind
from headway.clients.forge.protocol import Forge, PullRequest
from headway.model.checks import Checks, CommitStatus

__all__ = [
    "KINDS",
    "Checks",
    "CommitStatus",
    "FileChange",
    "Forge",
    "GiteaForge",
    "GithubForge",
    "GitlabForge",
    "PullRequest",
    "address_on",
    "app_token",
    "open_forge",
    "require_kind",
]
