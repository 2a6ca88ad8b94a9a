"""Git hosts with pull requests: what they know of a repository beside its commits.

protocol   what is asked of any of them
gitea      Gitea and Forgejo
access     how one is asked: bounded, over TLS, with a token that is shown to nobody else
"""

from headway.clients.forge.gitea import GiteaForge
from headway.clients.forge.protocol import Checks, CommitStatus, File, Forge, PullRequest

__all__ = ["Checks", "CommitStatus", "File", "Forge", "GiteaForge", "PullRequest"]
