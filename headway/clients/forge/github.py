"""GitHub and GitHub Enterprise Server, by REST API version 2022-11-28 (https://docs.github.com/rest)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from headway.clients.forge import file_changes
from headway.clients.forge.access import ForgeAccess
from headway.clients.forge.answers import Answers
from headway.clients.forge.file_changes import FileChange
from headway.clients.forge.github_app import ByToken, Installation
from headway.clients.forge.github_like import GithubLike
from headway.clients.forge.protocol import LISTED, PullRequest
from headway.errors import BadInput, Conflict, Refused
from headway.formats.shortened import shortened
from headway.model.checks import Checks, CommitStatus
from headway.model.credentials import ForgeCredentials
from headway.model.edits import Author

VERSION = "2022-11-28"
HOST, API = "github.com", "https://api.github.com"
"""Its API is another host, which is GitHub's as well."""
DESCRIPTION_LIMIT = 140
"""Characters of a status."""
_PASSED = ("success", "neutral", "skipped")


class GithubForge(GithubLike):
    """One repository (see Forge). `url`: as people open it, https://github.com/owner/name. Raises BadInput as GiteaForge."""

    def __init__(
        self, url: str, credentials: ForgeCredentials, transport: httpx.BaseTransport | None = None
    ) -> None:
        url = url.rstrip("/").removesuffix(".git")
        api, self._owner, name = _placed(url)
        header = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": VERSION}
        said = Answers(url, "GitHub")
        self._installation = (
            Installation(url, api, credentials, credentials.app, header, transport)
            if credentials.app
            else None
        )
        auth = ByToken(self._installation.token if self._installation else lambda: credentials.token)
        at = f"/repos/{quote(self._owner, safe='')}/{quote(name, safe='')}"
        super().__init__(url, at, said, ForgeAccess(url, api, credentials, header, said, transport, auth))

    @property
    def app_token(self) -> Callable[[], str] | None:
        """Gives one that is good now, for git as well; None where it is no app."""
        return self._installation.token if self._installation else None

    @cached_property
    def _name(self) -> str:
        return self._installation.login if self._installation else super()._name

    def proposal(self, head: str, base: str) -> PullRequest | None:
        return next((each for each in self._from(head, base, "open") if each.state == "open"), None)

    def closed(self, head: str, base: str) -> Sequence[PullRequest]:
        return [each for each in self._from(head, base, "closed") if each.state == "closed"]

    def open_to(self, base: str) -> Sequence[PullRequest]:
        found = self._newest(state="open", base=base)
        return [each for each in found if (each.base, each.state) == (base, "open")]

    def _from(self, head: str, base: str, state: str) -> list[PullRequest]:
        found = self._newest(state=state, head=f"{self._owner}:{head}", base=base)
        return [each for each in found if (each.head, each.base) == (head, base)]

    def _newest(self, **query: str) -> list[PullRequest]:
        """The newest ones, first."""
        said = self._said.listed(self._access.ask("GET", f"{self._at}/pulls", query={**query, **_NEWEST}))
        # The owner may have forks of their own repository.
        ours = [each for each in said if self._repository(each, "head") == self._repository(each, "base")]
        return [*map(self._pull_request, ours)]

    def merge(self, number: int, *, at: str, subject: str, text: str = "") -> None:
        body = {"sha": at, "commit_title": subject, "commit_message": text, "merge_method": "merge"}
        try:
            self._access.ask("PUT", f"{self._at}/pulls/{number}/merge", body=body)
        except Refused as error:
            said = self._said.mapping(self._access.ask("GET", f"{self._at}/pulls/{number}"))
            found = self._pull_request(said)
            # Null as long as it has not looked; 405 says the same of rules that forbid it.
            if found.state == "open" and said.get("mergeable") is not True:
                raise Conflict(
                    "the git host does not see, or not yet, that it merges",
                    where=found.url,
                    next_step="Look again later.",
                ) from error
            raise

    def checks(self, commit: str) -> Checks:
        """By statuses, which tell of all of them, and by check runs, as Actions have them."""
        at = f"{self._at}/commits/{quote(commit, safe='')}"
        said = self._said.mapping(self._access.ask("GET", f"{at}/status"))
        found: set[Checks] = set()
        if said.get("total_count"):
            known = {"success": Checks.PASSED, "pending": Checks.PENDING}
            found.add(known.get(self._said.field(said, "state", str), Checks.FAILED))
        runs = self._said.mapping(self._access.ask("GET", f"{at}/check-runs", query={"per_page": 100}))
        listed = self._said.listed(runs.get("check_runs"))
        found |= {_of_run(each.get("status"), each.get("conclusion")) for each in listed}
        if self._said.field(runs, "total_count", int) > len(listed):
            # Of more than it lists at once nobody says that all have passed.
            found.add(Checks.PENDING)
        order = (Checks.FAILED, Checks.PENDING, Checks.PASSED)
        return next((each for each in order if each in found), Checks.NONE)

    def set_status(self, commit: str, status: CommitStatus) -> None:
        description, sha = status.description[:DESCRIPTION_LIMIT], quote(commit, safe="")
        said = self._access.ask("GET", f"{self._at}/commits/{sha}/statuses", query={"per_page": 100})
        # Newest first.
        ours = [each for each in self._said.listed(said) if each.get("context") == status.name]
        known = [
            (each.get("state"), each.get("description") or "", each.get("target_url") or "")
            for each in ours[:1]
        ]
        if known == [(status.state, description, status.url)]:
            return
        body = {"context": status.name, "state": status.state, "description": description}
        link = {"target_url": status.url} if status.url else {}
        self._access.ask("POST", f"{self._at}/statuses/{sha}", body={**body, **link})

    def update_files(
        self, branch: str, changes: Sequence[FileChange], message: str, author: Author, *, on: str
    ) -> str:
        """One file by the contents API; several, or what goes away, as objects of git, and then the branch, where it is at `on`.

        https://docs.github.com/en/rest/repos/contents, https://docs.github.com/en/rest/git
        """
        found, who = file_changes.wanted(changes), {"name": author.name, "email": author.email}
        if not found:
            return on
        said_by: dict[str, object] = {"message": message, "author": who, "committer": who}
        (one, *more) = found
        if not more and one.content is not None:
            over = {"sha": one.over} if one.over else {}
            body = {**said_by, **over, "branch": branch, "content": one.encoded}
            try:
                said = self._ask("PUT", f"contents/{quote(one.path)}", body)
            except (Refused, BadInput) as error:
                self._require_as_seen(branch, changes, error)
                raise
            return self._said.field(self._said.mapping(said.get("commit")), "sha", str)
        commit = self._ask("POST", "git/commits", {**said_by, "tree": self._tree(found, on), "parents": [on]})
        sha = self._said.field(commit, "sha", str)
        try:
            self._ask("PATCH", f"git/refs/heads/{quote(branch)}", {"sha": sha, "force": False})
        except (Refused, BadInput) as error:
            now = self._said.mapping(self._ask("GET", f"git/ref/heads/{quote(branch)}").get("object"))
            if self._said.field(now, "sha", str) != on:
                raise Conflict(
                    "the branch was pushed to meanwhile", where=self._url, next_step="Look again."
                ) from error
            raise
        return sha

    def _tree(self, changes: Sequence[FileChange], on: str) -> str:
        """That of commit `on` with these files."""
        before = self._said.mapping(self._ask("GET", f"git/commits/{quote(on, safe='')}").get("tree"))
        base = self._said.field(before, "sha", str)
        entries = []
        for each in changes:
            sha = None
            if each.content is not None:
                blob = self._ask("POST", "git/blobs", {"content": each.encoded, "encoding": "base64"})
                sha = self._said.field(blob, "sha", str)
            mode = "100755" if each.is_executable else "100644"
            entries.append({"path": each.path, "mode": mode, "type": "blob", "sha": sha})
        made = self._ask("POST", "git/trees", {"base_tree": base, "tree": entries})
        return self._said.field(made, "sha", str)

    def _ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Mapping[str, Any]:
        return self._said.mapping(self._access.ask(method, f"{self._at}/{path}", body=body))

    def comment_commit(self, commit: str, mark: str, text: str) -> bool:
        """https://docs.github.com/en/rest/commits/comments"""
        place = f"{self._at}/commits/{quote(commit, safe='')}/comments"
        return self._comment(place, f"{self._at}/comments", mark, text)

    def _comments(self, place: str) -> Iterator[tuple[Mapping[str, Any], object, str]]:
        for said in self._access.pages(place):
            yield said, self._said.mapping(said.get("user") or {}).get("login"), self._said.text(said, "body")

    def _repository(self, said: Any, end: str) -> int | None:
        """Null for a fork that was deleted."""
        repository = self._said.mapping(said.get(end)).get("repo")
        return None if repository is None else self._said.field(self._said.mapping(repository), "id", int)


_NEWEST: dict[str, str | int] = {"sort": "created", "direction": "desc", "per_page": LISTED}


def _of_run(status: object, conclusion: object) -> Checks:
    if status != "completed":
        return Checks.PENDING
    return Checks.PASSED if conclusion in _PASSED else Checks.FAILED


def _placed(url: str) -> tuple[str, str, str]:
    """The address of the API, the owner's name and the repository's."""
    try:
        parts = urlsplit(url)
        owner, name = parts.path.strip("/").split("/")
    except ValueError as error:
        raise BadInput(
            "it is no address such as https://github.com/team/shop", where=shortened(url)
        ) from error
    if not owner or not name or {owner, name} & {".", ".."}:
        raise BadInput("it is no address such as https://github.com/team/shop", where=shortened(url))
    is_public = (parts.scheme, parts.netloc.lower()) == ("https", HOST)
    return API if is_public else f"{parts.scheme}://{parts.netloc}/api/v3", owner, name
