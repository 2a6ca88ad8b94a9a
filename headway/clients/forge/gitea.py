"""Gitea and Forgejo, by the API that both have (/api/v1)."""

import base64
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from headway.clients.forge.access import PAGE, ForgeAccess
from headway.clients.forge.answers import Answers, checked_path
from headway.clients.forge.protocol import File, PullRequest
from headway.errors import BadInput, Conflict, Refused
from headway.formats.shortened import shortened
from headway.model.checks import Checks, CommitStatus
from headway.model.credentials import ForgeCredentials

DESCRIPTION_LIMIT = 140
"""Characters of a status, as GitHub has it."""

CLOSED_READ = 500
"""Closed pull requests of the base branch, among which those of one head are found."""


class GiteaForge:
    """One repository (see Forge). `url`: as people open it: https://host/owner/name, where the forge lies below a path with that.

    Raises BadInput for an address that is none, or for which the token is not.
    """

    def __init__(
        self, url: str, credentials: ForgeCredentials, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._url = url.rstrip("/").removesuffix(".git")
        api, owner, name = _placed(self._url)
        header = {"Authorization": f"token {credentials.token}"}
        self._said = Answers(self._url, "Gitea or Forgejo")
        self._access = ForgeAccess(self._url, api, credentials, header, self._said, transport)
        self._at = f"/repos/{quote(owner, safe='')}/{quote(name, safe='')}"

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

    def propose(self, head: str, base: str, title: str, text: str) -> tuple[PullRequest, bool]:
        found = self.proposal(head, base)
        if found is None:
            body = {"head": head, "base": base, "title": title, "body": text}
            return self._pull_request(self._access.ask("POST", f"{self._at}/pulls", body=body)), True
        if (found.title, found.text) == (title, text):
            return found, False
        changed = {"title": title, "body": text}
        said = self._access.ask("PATCH", f"{self._at}/pulls/{found.number}", body=changed)
        return self._pull_request(said), True

    def pull_request(self, number: int) -> PullRequest:
        return self._pull_request(self._access.ask("GET", f"{self._at}/pulls/{number}"))

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
                    "the forge does not see, or not yet, that it merges",
                    where=found.url,
                    next_step="Look again later.",
                ) from error
            raise

    def close(self, number: int) -> None:
        found = self.pull_request(number)
        if found.state == "merged":
            raise Refused("it was merged", where=found.url)
        if found.state == "open":
            self._access.ask("PATCH", f"{self._at}/pulls/{number}", body={"state": "closed"})

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

    def comment(self, number: int, mark: str, text: str) -> bool:
        line = f"<!-- headway: {mark} -->"
        wanted = f"{line}\n{text}"
        for said in self._said.listed(self._access.ask("GET", f"{self._at}/issues/{number}/comments")):
            author = self._said.mapping(said.get("user")).get("login")
            content = str(said.get("body", ""))
            # Anybody may write our mark into a comment of theirs.
            if author != self._name or content.partition("\n")[0].strip() != line:
                continue
            if content == wanted:
                return False
            place = f"{self._at}/issues/comments/{self._said.field(said, 'id', int)}"
            self._access.ask("PATCH", place, body={"body": wanted})
            return True
        self._access.ask("POST", f"{self._at}/issues/{number}/comments", body={"body": wanted})
        return True

    def read_file(self, path: str, branch: str) -> File | None:
        said = self._access.ask(
            "GET", f"{self._at}/contents/{checked_path(path)}", query={"ref": branch}, may_be_absent=True
        )
        if said is None:
            # It says the same of a branch that is not there.
            self._access.ask("GET", f"{self._at}/branches/{quote(branch, safe='')}")
            return None
        if not isinstance(said, dict) or said.get("type") != "file" or said.get("encoding") != "base64":
            raise BadInput("it is no file that the forge hands out", where=f"{self._url}: {path}")
        return File(self._said.content(said), self._said.field(said, "sha", str))

    def write_file(
        self,
        path: str,
        content: bytes,
        *,
        over: File | None,
        branch: str,
        message: str,
        author: tuple[str, str],
    ) -> str:
        who = {"name": author[0], "email": author[1]}
        body: dict[str, object] = {
            "branch": branch,
            "message": message,
            "content": base64.b64encode(content).decode(),
            "author": who,
            "committer": who,
        }
        method, known = ("PUT", {"sha": over.blob}) if over else ("POST", {})
        try:
            said = self._access.ask(method, f"{self._at}/contents/{checked_path(path)}", body=body | known)
        except Refused as error:
            now = self.read_file(path, branch)
            if (now and now.blob) != (over and over.blob):
                raise Conflict(
                    "somebody wrote the file meanwhile", where=f"{self._url}: {path}", next_step="Look again."
                ) from error
            raise
        return self._said.field(self._said.mapping(self._said.mapping(said).get("commit")), "sha", str)

    @cached_property
    def _name(self) -> str:
        """Of whoever the token is."""
        return self._said.field(self._said.mapping(self._access.ask("GET", "/user")), "login", str)

    def _is_of_a_fork(self, said: Mapping[str, Any]) -> bool:
        ends = [self._said.mapping(said.get(end)).get("repo_id") for end in ("head", "base")]
        return not isinstance(ends[0], int) or ends[0] != ends[1]

    def _pull_request(self, answer: Any) -> PullRequest:
        said = self._said.mapping(answer)
        head, base = self._said.mapping(said.get("head")), self._said.mapping(said.get("base"))
        state = self._said.field(said, "state", str)
        if state not in ("open", "closed"):
            raise self._said.unknown(f"a pull request that is {state[:50]!r}")
        return PullRequest(
            self._said.field(said, "number", int),
            self._said.field(said, "html_url", str),
            self._said.field(said, "title", str),
            self._said.field(said, "body", str),
            self._said.field(head, "ref", str),
            self._said.field(head, "sha", str),
            self._said.field(base, "ref", str),
            "merged" if said.get("merged") is True else "open" if state == "open" else "closed",
        )


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
