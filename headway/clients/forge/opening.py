"""Which forge a repository is on, and where on it: by what an operator says, never by what a repository says."""

import re
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import urlsplit

from headway.clients.forge.gitea import GiteaForge
from headway.clients.forge.github import GithubForge
from headway.clients.forge.gitlab import GitlabForge
from headway.clients.forge.protocol import Forge
from headway.errors import BadInput
from headway.formats.shortened import shortened
from headway.model.credentials import ForgeCredentials

_SCP_LIKE = re.compile(r"[^/@]+@(?P<host>[^/:]+):(?P<path>.+)")


class _Opens(Protocol):
    def __call__(self, url: str, credentials: ForgeCredentials) -> Forge: ...


KINDS: Mapping[str, _Opens] = {"gitea": GiteaForge, "github": GithubForge, "gitlab": GitlabForge}
"""By the name that an operator gives them; Forgejo is a gitea."""


def open_forge(git_url: str, credentials: ForgeCredentials) -> Forge:
    """The forge of a git repository; nobody is asked yet. Raises BadInput for a kind that there is not, and for a repository that
    does not lie on that forge."""
    require_kind(credentials.kind)
    return KINDS[credentials.kind](address_on(git_url, credentials.address), credentials)


def app_token(git_url: str, credentials: ForgeCredentials) -> Callable[[], str] | None:
    """What opens a repository by git over https, where the credentials are an app's: gives a token that is good now. None where
    they are none, git goes another way, or elsewhere."""
    if credentials.app is None or not git_url.startswith(("https://", "http://")):
        return None
    try:
        forge = open_forge(git_url, credentials)
    except BadInput:
        return None
    return forge.app_token if isinstance(forge, GithubForge) else None


def require_kind(kind: str) -> None:
    """Raises BadInput for one that there is not."""
    if kind not in KINDS:
        raise BadInput(
            f"there is no kind of git host {kind!r}",
            where="Headway forge credentials",
            next_step=f"Kinds: {', '.join(KINDS)}.",
        )


def address_on(git_url: str, forge: str) -> str:
    """Of the repository, as people open it on that forge: whatever way git takes, its path is the same."""
    forge = forge.rstrip("/")
    if git_url.startswith(("https://", "http://")):
        scheme, _, rest = git_url.partition("://")
        authority, slash, behind = rest.partition("/")
        git_url = f"{scheme}://{authority.rpartition('@')[2]}{slash}{behind}"
        if not git_url.startswith(f"{forge}/"):
            raise BadInput(
                f"the repository does not lie below {forge}, where the git host's token is good",
                where=git_url,
                next_step="Correct the address of the git host credentials.",
            )
        return git_url
    scp = _SCP_LIKE.fullmatch(git_url)
    try:
        parts = urlsplit("" if scp else git_url)
    except ValueError as error:
        raise BadInput(f"it is no address ({error})", where=shortened(git_url)) from error
    host, path = (scp["host"], scp["path"]) if scp else (parts.hostname, parts.path)
    if not host or not path.strip("/") or parts.scheme not in ("", "ssh", "git"):
        raise BadInput(
            "a repository at this address has no forge",
            where=git_url,
            next_step="Register it by its https or ssh address.",
        )
    return f"{forge}/{path.strip('/')}"
