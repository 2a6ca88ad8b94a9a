"""Gitea and Forgejo, by the API that both have (/api/v1)."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from headway.clients.forge import file_changes
from headway.clients.forge.access import PAGE, ForgeAccess
from headway.clients.forge.answers import Answers
from headway.clients.forge.file_changes import FileChange
from headway.clients.forge.github_like import GithubLike
from headway.clients.forge.protocol import LISTED, PullRequest
from headway.errors import BadInput, Conflict, Refused, UnsupportedHere
from headway.formats.shortened import shortened
from headway.model.checks import Checks, CommitStatus
from headway.model.credentials import ForgeCredentials
from headway.model.edits import Author

DESCRIPTION_LIMIT = 140
"""Characters of a status, as GitHub has it."""

CLOSED_READ = 500
"""Closed pull requests of the base branch, among which those of one head are found."""


class GiteaForge(GithubLike):
    """One repository (see Forge). `url`: as people open it: https://host/owner/name, where the forge lies below a path with that.

    Raises BadInput for an address that is none, or for which the token is not.
    """

    def __init__(
        self, url: str, credentials: ForgeCredentials, transport: httpx.BaseTransport | None = None
    ) -> None:
        url = url.rstrip("/").removesuffix(".git")
        api, owner, name = _placed(url)
        header = {"Authorization": f"token {credentials.token}"}
        said = Answers(url, "Gitea or Forgejo")
        at = f"/repos/{quote(owner, safe='')}/{quote(name, safe='')}"
        super().__init__(url, at, said, ForgeAccess(url, api, credentials, header, said, transport))

    def proposal(self, head: str, base: str) -> PullRequest | None:
        for said in self._access.pages(f"{self._at}/pulls", "limit", state="open", base_branch=base):
            if not self._is_of_a_fork(said):
                found = self._pull_request(said)
                if (found.head, found.base) == (head, base):
                    return found
        return None

    def closed(self, head: str, base: str) -> Sequence[PullRequest]:
        # It lists by base alone: the newest of everybody's.
        listed = self._access.pages(
            f"{self._at}/pulls", "limit", state="closed", base_branch=base, sort="recentclose"
        )
        said = islice(listed, CLOSED_READ)
        found = [self._pull_request(each) for each in said if not self._is_of_a_fork(each)]
        ours = [each for each in found if (each.head, each.base, each.state) == (head, base, "closed")]
        return sorted(ours, key=lambda each: each.number, reverse=True)

    def open_to(self, base: str) -> Sequence[PullRequest]:
        query: dict[str, str | int] = {"state": "open", "base_branch": base, "limit": LISTED}
        said = self._said.listed(self._access.ask("GET", f"{self._at}/pulls", query=query))
        found = [self._pull_request(each) for each in said if not self._is_of_a_fork(each)]
        # An old one lists those to other branches as well.
        return [each for each in found if (each.base, each.state) == (base, "open")]

    def merge(self, number: int, *, at: str, subject: str, text: str = "") -> None:
        body = {
            "do": "merge",
            "head_commit_id": at,
            "merge_title_field": subject,
            "merge_message_field": text,
        }
        try:
            self._access.ask("POST", f"{self._at}/pulls/{number}/merge", body=body)
        except Refused as error:
            found = self.pull_request(number)
            if found.state == "open" and found.head_commit != at:
                raise Conflict("its branch has another commit by now", where=found.url) from error
            # It says the same of what conflicts, and while it has not looked yet.
            if "try again later" in error.what.lower():
                raise Conflict(
                    "the git host does not see, or not yet, that it merges",
                    where=found.url,
                    next_step="Look again later.",
                ) from error
            raise

    def checks(self, commit: str) -> Checks:
        said = self._said.mapping(
            self._access.ask("GET", f"{self._at}/commits/{quote(commit, safe='')}/status")
        )
        if not said.get("total_count"):
            return Checks.NONE
        state = self._said.field(said, "state", str)
        if state in ("success", "skipped"):
            return Checks.PASSED
        return Checks.PENDING if state == "pending" else Checks.FAILED

    def set_status(self, commit: str, status: CommitStatus) -> None:
        description = status.description[:DESCRIPTION_LIMIT]
        path = f"{self._at}/statuses/{quote(commit, safe='')}"
        # Newest first, to a second; which of one second is the newest its number says.
        said = self._said.listed(self._access.ask("GET", path, query={"sort": "recentupdate", "limit": PAGE}))
        ours = [each for each in said if each.get("context") == status.name]
        newest = max(ours, key=lambda each: self._said.field(each, "id", int), default={})
        known = (newest.get("status"), newest.get("description"), newest.get("target_url"))
        if known == (status.state, description, status.url):
            return
        body = {
            "context": status.name,
            "state": status.state,
            "description": description,
            "target_url": status.url,
        }
        self._access.ask("POST", path, body=body)

    def update_files(
        self, branch: str, changes: Sequence[FileChange], message: str, author: Author, *, on: str
    ) -> str:
        files = [_operation(each) for each in file_changes.wanted(changes)]
        if not files:
            return on
        who = {"name": author.name, "email": author.email}
        body = {"branch": branch, "message": message, "author": who, "committer": who, "files": files}
        try:
            said = self._access.ask("POST", f"{self._at}/contents", body=body)
        except (Refused, BadInput) as error:
            self._require_as_seen(branch, changes, error)
            raise
        commit = self._said.mapping(self._said.mapping(said).get("commit"))
        return self._said.field(commit, "sha", str)

    def comment_commit(self, commit: str, mark: str, text: str) -> bool:  # noqa: ARG002
        raise UnsupportedHere("the API of Gitea and Forgejo has no comments on commits", where=self._url)

    def _comments(self, place: str) -> Iterator[tuple[Mapping[str, Any], object, str]]:
        for said in self._said.listed(self._access.ask("GET", place)):
            yield said, self._said.mapping(said.get("user")).get("login"), str(said.get("body", ""))

    def _is_of_a_fork(self, said: Mapping[str, Any]) -> bool:
        ends = [self._said.mapping(said.get(end)).get("repo_id") for end in ("head", "base")]
        return not isinstance(ends[0], int) or ends[0] != ends[1]


def _operation(change: FileChange) -> dict[str, str]:
    known = {"path": change.path} | ({"sha": change.over} if change.over else {})
    if change.content is None:
        return {**known, "operation": "delete"}
    return {**known, "operation": "update" if change.over else "create", "content": change.encoded}


def _placed(url: str) -> tuple[str, str, str]:
    """The address of the API, the owner's name and the repository's."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise BadInput(f"it is no address ({error})", where=shortened(url)) from error
    *before, owner, name = ["", "", *parts.path.strip("/").split("/")]
    if not owner or not name or {owner, name} & {".", ".."}:
        raise BadInput("it is no address such as https://git.example.com/team/shop", where=shortened(url))
    below = "/".join(each for each in before if each)
    return f"{parts.scheme}://{parts.netloc}/{below}{'/' if below else ''}api/v1", owner, name
