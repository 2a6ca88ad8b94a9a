"""What GitHub's API and Gitea's have alike, who took it over: pull requests as they are changed, and comments."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import quote

from headway.clients.forge.access import ForgeAccess
from headway.clients.forge.answers import Answers
from headway.clients.forge.file_changes import FileChange
from headway.clients.forge.protocol import PullRequest
from headway.errors import Conflict, HeadwayError, Refused


class GithubLike(ABC):
    """One repository, `at` its place in the API (see Forge)."""

    def __init__(self, url: str, at: str, said: Answers, access: ForgeAccess) -> None:
        self._url, self._at, self._said, self._access = url, at, said, access

    @abstractmethod
    def proposal(self, head: str, base: str) -> PullRequest | None: ...

    @abstractmethod
    def _comments(self, place: str) -> Iterator[tuple[Mapping[str, Any], object, str]]:
        """That are listed there, each with the name of its author, and its text."""

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

    def _require_as_seen(self, branch: str, changes: Sequence[FileChange], error: HeadwayError) -> None:
        """Raises Conflict where a file is other than it was seen: hosts say so by several codes, and of others by the same."""
        for each in changes:
            path, query = f"{self._at}/contents/{quote(each.path)}", {"ref": branch}
            said = self._access.ask("GET", path, query=query, may_be_absent=True)
            now = "" if said is None else self._said.field(self._said.mapping(said), "sha", str)
            if now != each.over:
                raise Conflict(
                    f"{each.path} was changed meanwhile", where=self._url, next_step="Look again."
                ) from error

    def pull_request(self, number: int) -> PullRequest:
        return self._pull_request(self._access.ask("GET", f"{self._at}/pulls/{number}"))

    def close(self, number: int) -> None:
        found = self.pull_request(number)
        if found.state == "merged":
            raise Refused("it was merged", where=found.url)
        if found.state == "open":
            self._access.ask("PATCH", f"{self._at}/pulls/{number}", body={"state": "closed"})

    def comment(self, number: int, mark: str, text: str) -> bool:
        return self._comment(
            f"{self._at}/issues/{number}/comments", f"{self._at}/issues/comments", mark, text
        )

    def _comment(self, place: str, each: str, mark: str, text: str) -> bool:
        """`place`: where they are listed and made; `each`: below which one is changed."""
        line = f"<!-- headway: {mark} -->"
        wanted = f"{line}\n{text}"
        for said, author, content in self._comments(place):
            # Anybody may write our mark into a comment of theirs.
            if author != self._name or content.partition("\n")[0].strip() != line:
                continue
            if content == wanted:
                return False
            number = self._said.field(said, "id", int)
            self._access.ask("PATCH", f"{each}/{number}", body={"body": wanted})
            return True
        self._access.ask("POST", place, body={"body": wanted})
        return True

    @cached_property
    def _name(self) -> str:
        """Of whoever the token is."""
        return self._said.field(self._said.mapping(self._access.ask("GET", "/user")), "login", str)

    def _pull_request(self, answer: Any) -> PullRequest:
        """GitHub says in lists only when it was merged, and null for an empty text."""
        said = self._said.mapping(answer)
        head, base = self._said.mapping(said.get("head")), self._said.mapping(said.get("base"))
        state = self._said.field(said, "state", str)
        if state not in ("open", "closed"):
            raise self._said.unknown(f"a pull request that is {state[:50]!r}")
        return PullRequest(
            self._said.field(said, "number", int),
            self._said.field(said, "html_url", str),
            self._said.field(said, "title", str),
            self._said.text(said, "body"),
            self._said.field(head, "ref", str),
            self._said.field(head, "sha", str),
            self._said.field(base, "ref", str),
            "merged" if said.get("merged_at") else "open" if state == "open" else "closed",
        )
