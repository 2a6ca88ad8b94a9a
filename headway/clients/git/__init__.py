"""Git as a store of files with a history, and how its remotes are reached."""

from headway.clients.git.objects import Blob
from headway.clients.git.remote import GitCredentials
from headway.clients.git.repository import GitRepository

__all__ = ["Blob", "GitCredentials", "GitRepository"]
