"""GitHub and GitLab as their documentation has them: shapes, codes and sentences of the answers, over one repository in memory.

GitHub: https://docs.github.com/rest (2022-11-28); GitLab: https://docs.gitlab.com/api/ (17). Only what is read or sent is there,
with the fields around it that could be mistaken for it.
"""

import base64
import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import unquote

import httpx
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from headway.clients.forge import Forge, GithubForge, GitlabForge
from headway.formats.git_object import blob_name
from headway.model.credentials import ForgeCredentials, GithubApp

TOKEN = "a-token-of-the-forge"
OURS, THEIRS = 1, 2
"""Repositories, and users."""
Answer = httpx.Response


@dataclass(frozen=True)
class Commit:
    files: Mapping[str, bytes]
    parents: tuple[str, ...] = ()
    message: str = ""
    author: str = ""


@dataclass
class Pull:
    number: int
    title: str
    text: str | None
    head: str
    base: str
    source: int
    state: str = "open"
    merged: bool = False
    head_commit: str = ""
    """Once it is closed."""


@dataclass
class Held:
    """What the host keeps."""

    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    pulls: list[Pull] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    trees: dict[str, Mapping[str, bytes]] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    modes: dict[str, str] = field(default_factory=dict)
    """Of entries of trees, by path."""

    def commit(
        self, branch: str, files: Mapping[str, bytes], message: str = "Take cart 2", author: str = ""
    ) -> str:
        sha, parent = secrets.token_hex(20), self.branches.get(branch)
        self.commits[sha] = Commit(files, (parent,) if parent else (), message, author)
        self.branches[branch] = sha
        return sha

    def tree(self, files: Mapping[str, bytes]) -> str:
        name = blob_name(repr(sorted(files.items())).encode())
        self.trees[name] = files
        return name

    def last_change(self, branch: str, path: str) -> str:
        """The commit that left the file as it is."""
        history = self.history(self.branches[branch])
        now = self.commits[history[0]].files[path]
        return [each for each in history if self.commits[each].files.get(path) == now][-1]

    def files(self, branch: str) -> Mapping[str, bytes]:
        return self.commits[self.branches[branch]].files

    def history(self, sha: str) -> list[str]:
        found, waiting = [], [sha]
        while waiting:
            each = waiting.pop(0)
            if each not in found:
                found.append(each)
                waiting += self.commits[each].parents
        return found

    def head(self, pull: Pull) -> str:
        return pull.head_commit or self.branches[pull.head]

    def merges(self, pull: Pull) -> bool:
        """No path was changed on both sides."""
        base, head = self.branches[pull.base], self.head(pull)
        shared = next(each for each in self.history(head) if each in self.history(base))
        before, ours, theirs = (self.commits[each].files for each in (shared, base, head))
        return not any(
            before.get(path) != ours.get(path) for path in theirs if theirs[path] != before.get(path)
        )

    def merge(self, pull: Pull, message: str) -> None:
        base, head = self.branches[pull.base], self.head(pull)
        sha = secrets.token_hex(20)
        files = {**self.commits[base].files, **self.commits[head].files}
        self.commits[sha] = Commit(files, (base, head), message)
        self.branches[pull.base] = sha
        pull.state, pull.merged, pull.head_commit = "closed", True, head


class Recorded:
    """The contract's repository over such a host."""

    comments_on_commits = True
    kind: type[Forge]
    host: str
    path = "team/shop"
    api: str
    """How the path of each address of its API begins that is about the repository."""
    absent: ClassVar[Mapping[str, str]]
    unknown: ClassVar[Mapping[str, str]]

    def __init__(self) -> None:
        self.held = Held()
        self.held.commit("main", {"values/testing.yaml": b"cart: 1\n"})
        self.url = f"{self.host}/{self.path}"
        self.forge: Forge = self._forge(self.url, TOKEN)

    def _forge(self, url: str, token: str) -> Forge:
        transport = httpx.MockTransport(self._answer)
        return self.kind(url, ForgeCredentials(token, self.host), transport)  # type: ignore[call-arg]

    def new_branch(self, name: str) -> None:
        self.held.branches[name] = self.held.branches["main"]

    def write(self, branch: str, path: str, content: bytes) -> str:
        return self.held.commit(branch, {**self.held.files(branch), path: content})

    def read(self, branch: str, path: str) -> bytes | None:
        return self.held.files(branch).get(path)

    def changed(self, commit: str) -> tuple[str, str, list[str]]:
        found = self.held.commits[commit]
        return found.message, found.author, [*found.parents]

    def head(self, branch: str) -> str:
        return self.held.branches[branch]

    def newest(self) -> tuple[str, int]:
        commit = self.held.commits[self.held.branches["main"]]
        return commit.message, len(commit.parents)

    def statuses(self, commit: str) -> list[tuple[str, str, str]]:
        ours = [each for each in reversed(self.held.statuses) if each["sha"] == commit]
        return [
            (each["name"], each["state"].replace("failed", "failure"), each["url"] or "") for each in ours
        ]

    def comments(self, on: int | str) -> list[str]:
        return [each["body"] for each in self.held.comments if each["on"] == str(on)]

    def somebody_comments(self, on: int | str, text: str) -> None:
        self._comment(str(on), text, THEIRS)

    def somebody_proposes(self, branch: str) -> int:
        return self._pull({"title": "Take cart 2"}, branch, "main", None, THEIRS).number

    def stranger(self) -> Forge:
        return self._forge(self.url, "0" * 40)

    def nowhere(self) -> Forge:
        return self._forge(f"{self.url}-gone", TOKEN)

    def _pull(self, said: Mapping[str, Any], head: str, base: str, text: str | None, source: int) -> Pull:
        made = Pull(len(self.held.pulls) + 1, said["title"], text, head, base, source)
        self.held.pulls.append(made)
        return made

    def _comment(self, on: str, text: str, author: int) -> dict[str, Any]:
        """`on`: the number of a pull request, or a commit."""
        made = {"id": len(self.held.comments) + 1, "on": on, "body": text, "author": author}
        self.held.comments.append(made)
        return made

    def _found(self, number: str) -> Pull | None:
        return self.held.pulls[int(number) - 1] if int(number) <= len(self.held.pulls) else None

    def _answer(self, request: httpx.Request) -> Answer:
        if not self.knows(request.headers):
            return Answer(401, json=self.unknown)
        address = request.url.raw_path.decode().partition("?")[0]
        body = json.loads(request.content) if request.content else {}
        if address == self.user:
            return Answer(200, json=self.said_of_user(OURS))
        if not address.startswith(f"{self.api}/"):
            return Answer(404, json=self.absent)
        for method, pattern, act in self.routes():
            found = re.fullmatch(pattern, address.removeprefix(self.api))
            if found and method == request.method:
                return act([unquote(each) for each in found.groups()], body, request.url.params)
        raise AssertionError(f"not in the recorded API: {request.method} {address}")

    user: str

    def knows(self, headers: httpx.Headers) -> bool:
        raise NotImplementedError

    def said_of_user(self, user: int) -> dict[str, Any]:
        raise NotImplementedError

    def routes(self) -> list[tuple[str, str, Callable[..., Answer]]]:
        raise NotImplementedError


def page(items: list[Any], query: httpx.QueryParams) -> Answer:
    size, at = int(query.get("per_page", 20)), int(query.get("page", 1))
    return Answer(200, json=items[(at - 1) * size : at * size])


class Github(Recorded):
    kind = GithubForge
    host = "https://github.com"
    api, user = "/repos/team/shop", "/user"
    absent: ClassVar[Mapping[str, str]] = {
        "message": "Not Found",
        "documentation_url": "https://docs.github.com/rest",
        "status": "404",
    }
    unknown: ClassVar[Mapping[str, str]] = {"message": "Bad credentials", "status": "401"}

    def knows(self, headers: httpx.Headers) -> bool:
        assert headers["X-GitHub-Api-Version"] == "2022-11-28"
        return headers["Authorization"] == f"Bearer {TOKEN}"

    def said_of_user(self, user: int) -> dict[str, Any]:
        return {"login": "headway-bot" if user == OURS else "somebody", "id": user, "type": "User"}

    def routes(self) -> list[tuple[str, str, Callable[..., Answer]]]:
        return [
            ("GET", r"/pulls", self.list_pulls),
            ("POST", r"/pulls", self.open_pull),
            ("GET", r"/pulls/(\d+)", self.show_pull),
            ("PATCH", r"/pulls/(\d+)", self.change_pull),
            ("PUT", r"/pulls/(\d+)/merge", self.merge_pull),
            ("GET", r"/commits/([^/]+)/status", self.combined_status),
            ("GET", r"/commits/([^/]+)/check-runs", self.check_runs),
            ("GET", r"/commits/([^/]+)/statuses", self.list_statuses),
            ("POST", r"/statuses/([^/]+)", self.create_status),
            ("GET", r"/contents/(.+)", self.show_content),
            ("PUT", r"/contents/(.+)", self.write_content),
            ("GET", r"/git/commits/([^/]+)", self.show_commit),
            ("POST", r"/git/blobs", self.create_blob),
            ("POST", r"/git/trees", self.create_tree),
            ("POST", r"/git/commits", self.create_commit),
            ("GET", r"/git/ref/heads/(.+)", self.show_ref),
            ("PATCH", r"/git/refs/heads/(.+)", self.update_ref),
            ("GET", r"/issues/(\d+)/comments", self.list_comments),
            ("POST", r"/issues/(\d+)/comments", self.create_comment),
            ("PATCH", r"/issues/comments/(\d+)", self.change_comment),
            ("GET", r"/commits/([^/]+)/comments", self.list_comments),
            ("POST", r"/commits/([^/]+)/comments", self.create_comment),
            ("PATCH", r"/comments/(\d+)", self.change_comment),
        ]

    def said(self, pull: Pull, *, whole: bool = True) -> dict[str, Any]:
        owner = "team" if pull.source == OURS else "somebody"
        answer = {
            "id": 1_000 + pull.number,
            "number": pull.number,
            "html_url": f"{self.url}/pull/{pull.number}",
            "title": pull.title,
            "body": pull.text,
            "state": pull.state,
            "draft": False,
            "merged_at": "2026-01-01T00:00:00Z" if pull.merged else None,
            "head": {
                "label": f"{owner}:{pull.head}",
                "ref": pull.head,
                "sha": self.held.head(pull),
                "repo": {"id": pull.source, "full_name": f"{owner}/shop"},
            },
            "base": {"ref": pull.base, "sha": "b" * 40, "repo": {"id": OURS, "full_name": "team/shop"}},
        }
        state = {"merged": pull.merged, "mergeable": self.held.merges(pull), "mergeable_state": "clean"}
        return answer | (state if whole and not pull.merged else {})

    def list_pulls(self, _: Any, __: Any, query: httpx.QueryParams) -> Answer:
        owner, _, head = query.get("head", "team:").partition(":")
        assert owner == "team"
        found = [
            self.said(each, whole=False)
            for each in reversed(self.held.pulls)
            # Also those of a fork: an owner may have one of their own repository.
            if (each.state, each.base) == (query["state"], query["base"]) and head in ("", each.head)
        ]
        return page(found, query)

    def open_pull(self, _: Any, body: Any, __: Any) -> Answer:
        made = self._pull(body, body["head"], body["base"], body["body"] or None, OURS)
        return Answer(201, json=self.said(made))

    def show_pull(self, names: list[str], _: Any, __: Any) -> Answer:
        found = self._found(names[0])
        return Answer(200, json=self.said(found)) if found else Answer(404, json=self.absent)

    def change_pull(self, names: list[str], body: Any, __: Any) -> Answer:
        found = self._found(names[0])
        assert found
        if body.get("state") == "closed":
            found.head_commit = self.held.head(found)
        found.state = body.get("state", found.state)
        found.title, found.text = body.get("title", found.title), body.get("body", found.text)
        return Answer(200, json=self.said(found))

    def merge_pull(self, names: list[str], body: Any, __: Any) -> Answer:
        found = self._found(names[0])
        assert found
        if found.state != "open" or not self.held.merges(found):
            return Answer(405, json={"message": "Pull Request is not mergeable", "status": "405"})
        if body["sha"] != self.held.head(found):
            said = "Head branch was modified. Review and try the merge again."
            return Answer(409, json={"message": said, "status": "409"})
        self.held.merge(found, f"{body['commit_title']}\n\n{body['commit_message']}")
        return Answer(200, json={"sha": self.held.branches[found.base], "merged": True, "message": "merged"})

    def combined_status(self, names: list[str], _: Any, __: Any) -> Answer:
        newest = {each["name"]: each["state"] for each in self.held.statuses if each["sha"] == names[0]}
        states = {*newest.values()}
        failed = "failure" if states & {"failure", "error"} else "pending"
        state = "success" if states == {"success"} else failed
        return Answer(200, json={"state": state, "sha": names[0], "total_count": len(newest), "statuses": []})

    def check_runs(self, *_: Any) -> Answer:
        return Answer(200, json={"total_count": 0, "check_runs": []})

    def list_statuses(self, names: list[str], _: Any, query: httpx.QueryParams) -> Answer:
        found = [
            {
                "id": each["id"],
                "context": each["name"],
                "state": each["state"],
                "description": each["description"],
                "target_url": each["url"],
            }
            for each in reversed(self.held.statuses)
            if each["sha"] == names[0]
        ]
        return page(found, query)

    def create_status(self, names: list[str], body: Any, __: Any) -> Answer:
        assert body["state"] in ("error", "failure", "pending", "success")
        assert len(body["description"]) <= 140
        known = {"description": body["description"], "url": body.get("target_url")}
        made = {"id": len(self.held.statuses) + 1, "sha": names[0], "name": body["context"]}
        self.held.statuses.append({**made, "state": body["state"], **known})
        return Answer(201, json={"id": made["id"], "state": body["state"]})

    def show_content(self, names: list[str], _: Any, query: httpx.QueryParams) -> Answer:
        data = self.held.files(query["ref"]).get(names[0])
        if data is None:
            return Answer(404, json=self.absent)
        said = {"type": "file", "path": names[0], "size": len(data), "sha": blob_name(data)}
        return Answer(200, json={**said, "encoding": "base64", "content": base64.b64encode(data).decode()})

    def write_content(self, names: list[str], body: Any, __: Any) -> Answer:
        files = self.held.files(body["branch"])
        before = files.get(names[0])
        if before is not None and "sha" not in body:
            said = 'Invalid request.\n\n"sha" wasn\'t supplied.'
            return Answer(422, json={"message": said, "status": "422"})
        if "sha" in body and (before is None or body["sha"] != blob_name(before)):
            return Answer(409, json={"message": f"{names[0]} does not match {body['sha']}", "status": "409"})
        data = base64.b64decode(body["content"])
        assert body["author"] == body["committer"]
        sha = self.held.commit(
            body["branch"], {**files, names[0]: data}, body["message"], body["author"]["name"]
        )
        commit = {"sha": sha, "message": body["message"], "author": body["author"]}
        content = {"path": names[0], "sha": blob_name(data)}
        return Answer(200 if before else 201, json={"content": content, "commit": commit})

    def show_commit(self, names: list[str], _: Any, __: Any) -> Answer:
        found = self.held.commits[names[0]]
        said = {"sha": names[0], "message": found.message, "tree": {"sha": self.held.tree(found.files)}}
        return Answer(200, json={**said, "parents": [{"sha": each} for each in found.parents]})

    def create_blob(self, _: Any, body: Any, __: Any) -> Answer:
        assert body["encoding"] == "base64"
        data = base64.b64decode(body["content"])
        self.held.blobs[blob_name(data)] = data
        return Answer(201, json={"url": "https://api.github.com/x", "sha": blob_name(data)})

    def create_tree(self, _: Any, body: Any, __: Any) -> Answer:
        files = dict(self.held.trees[body["base_tree"]])
        for each in body["tree"]:
            assert each["type"] == "blob"
            self.held.modes[each["path"]] = each["mode"]
            if each["sha"] is None:
                del files[each["path"]]
            else:
                files[each["path"]] = self.held.blobs[each["sha"]]
        return Answer(201, json={"sha": self.held.tree(files), "tree": [], "truncated": False})

    def create_commit(self, _: Any, body: Any, __: Any) -> Answer:
        sha, files = secrets.token_hex(20), self.held.trees[body["tree"]]
        author = body["author"]["name"]
        self.held.commits[sha] = Commit(files, tuple(body["parents"]), body["message"], author)
        return Answer(201, json={"sha": sha, "message": body["message"], "tree": {"sha": body["tree"]}})

    def show_ref(self, names: list[str], _: Any, __: Any) -> Answer:
        at = {"type": "commit", "sha": self.held.branches[names[0]]}
        return Answer(200, json={"ref": f"refs/heads/{names[0]}", "object": at})

    def update_ref(self, names: list[str], body: Any, __: Any) -> Answer:
        assert body["force"] is False
        if self.held.branches[names[0]] not in self.held.history(body["sha"]):
            return Answer(422, json={"message": "Update is not a fast forward", "status": "422"})
        self.held.branches[names[0]] = body["sha"]
        return self.show_ref(names, {}, {})

    def said_of_comment(self, each: Mapping[str, Any]) -> dict[str, Any]:
        return {"id": each["id"], "body": each["body"], "user": self.said_of_user(each["author"])}

    def list_comments(self, names: list[str], _: Any, query: httpx.QueryParams) -> Answer:
        ours = [each for each in self.held.comments if each["on"] == names[0]]
        return page([self.said_of_comment(each) for each in ours], query)

    def create_comment(self, names: list[str], body: Any, __: Any) -> Answer:
        return Answer(201, json=self.said_of_comment(self._comment(names[0], body["body"], OURS)))

    def change_comment(self, names: list[str], body: Any, __: Any) -> Answer:
        found = self.held.comments[int(names[0]) - 1]
        found["body"] = body["body"]
        return Answer(200, json=self.said_of_comment(found))


class Enterprise(Github):
    """GitHub Enterprise Server: the API lies below the host's own address."""

    host = "https://github.example.com"
    api, user = "/api/v3/repos/team/shop", "/api/v3/user"


class AsAnApp(Github):
    """GitHub, asked by an app that is installed there: a token of an hour, for the bearer of a JWT that its key has signed."""

    slug, app_id = "headway-of-team", "Iv23liAbCdEfGh"
    key: ClassVar[RSAPrivateKey] = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def __init__(self) -> None:
        self.issued: list[str] = []
        # Tokens are kept by it.
        self.installation = str(secrets.randbelow(10**8))
        self.lasts = timedelta(hours=1)
        super().__init__()

    def app(self, key: RSAPrivateKey | None = None) -> GithubApp:
        pem = (key or self.key).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        return GithubApp(self.app_id, self.installation, pem.decode())

    def _forge(self, url: str, token: str) -> Forge:
        another = None if token == TOKEN else rsa.generate_private_key(public_exponent=65537, key_size=2048)
        credentials = ForgeCredentials("", self.host, "github", app=self.app(another))
        return GithubForge(url, credentials, httpx.MockTransport(self._answer))

    def knows(self, headers: httpx.Headers) -> bool:
        assert headers["X-GitHub-Api-Version"] == "2022-11-28"
        return headers["Authorization"].removeprefix("Bearer ") in self.issued

    def said_of_user(self, user: int) -> dict[str, Any]:
        return super().said_of_user(user) | (
            {"login": f"{self.slug}[bot]", "type": "Bot"} if user == OURS else {}
        )

    def _answer(self, request: httpx.Request) -> Answer:
        path = request.url.path
        if path == "/user":
            said = {"message": "Resource not accessible by integration", "status": "403"}
            return Answer(403, json=said)
        if not path.startswith("/app"):
            return super()._answer(request)
        try:
            bearer = request.headers["Authorization"].removeprefix("Bearer ")
            claims = jwt.decode(bearer, self.key.public_key(), algorithms=["RS256"])
        except jwt.InvalidTokenError:
            return Answer(401, json={"message": "A JSON web token could not be decoded", "status": "401"})
        assert claims["iss"] == self.app_id
        assert claims["exp"] - claims["iat"] <= 600
        if path == "/app":
            return Answer(200, json={"id": 1, "slug": self.slug, "client_id": self.app_id, "name": "Headway"})
        if (request.method, path) != ("POST", f"/app/installations/{self.installation}/access_tokens"):
            return Answer(404, json=self.absent)
        self.issued.append(f"ghs_{secrets.token_hex(18)}")
        ends = f"{datetime.now(UTC) + self.lasts:%Y-%m-%dT%H:%M:%SZ}"
        rights = {"contents": "write", "pull_requests": "write", "statuses": "write", "checks": "read"}
        said = {"token": self.issued[-1], "expires_at": ends, "permissions": rights}
        return Answer(201, json=said | {"repository_selection": "selected"})


class Gitlab(Recorded):
    kind = GitlabForge
    host, path = "https://example.com/gitlab", "group/team/shop"
    api, user = "/gitlab/api/v4/projects/group%2Fteam%2Fshop", "/gitlab/api/v4/user"
    absent: ClassVar[Mapping[str, str]] = {"message": "404 Project Not Found"}
    unknown: ClassVar[Mapping[str, str]] = {"message": "401 Unauthorized"}

    def knows(self, headers: httpx.Headers) -> bool:
        return headers["PRIVATE-TOKEN"] == TOKEN

    def said_of_user(self, user: int) -> dict[str, Any]:
        return {"id": user, "username": "project_1_bot" if user == OURS else "somebody", "state": "active"}

    def routes(self) -> list[tuple[str, str, Callable[..., Answer]]]:
        return [
            ("GET", r"/merge_requests", self.list_requests),
            ("POST", r"/merge_requests", self.open_request),
            ("GET", r"/merge_requests/(\d+)", self.show_request),
            ("PUT", r"/merge_requests/(\d+)", self.change_request),
            ("PUT", r"/merge_requests/(\d+)/merge", self.merge_request),
            ("GET", r"/repository/commits/([^/]+)/statuses", self.list_statuses),
            ("POST", r"/statuses/([^/]+)", self.create_status),
            ("GET", r"/repository/files/(.+)", self.show_file),
            ("POST", r"/repository/commits", self.create_commit),
            ("GET", r"/merge_requests/(\d+)/notes", self.list_notes),
            ("POST", r"/merge_requests/(\d+)/notes", self.create_note),
            ("PUT", r"/merge_requests/(\d+)/notes/(\d+)", self.change_note),
            ("GET", r"/repository/commits/([^/]+)/discussions", self.list_discussions),
            ("POST", r"/repository/commits/([^/]+)/discussions", self.create_discussion),
            ("PUT", r"/repository/commits/([^/]+)/discussions/(\w+)/notes/(\d+)", self.change_discussion),
        ]

    def said(self, pull: Pull) -> dict[str, Any]:
        is_open = pull.state == "open"
        looked = "mergeable" if self.held.merges(pull) else "conflict"
        return {
            "id": 1_000 + pull.number,
            "iid": pull.number,
            "project_id": OURS,
            "source_project_id": pull.source,
            "target_project_id": OURS,
            "web_url": f"{self.url}/-/merge_requests/{pull.number}",
            "title": pull.title,
            "description": pull.text,
            "source_branch": pull.head,
            "target_branch": pull.base,
            "sha": self.held.head(pull),
            "state": "merged" if pull.merged else "opened" if is_open else "closed",
            "detailed_merge_status": looked if is_open else "not_open",
            "merge_status": "can_be_merged",
        }

    def list_requests(self, _: Any, __: Any, query: httpx.QueryParams) -> Answer:
        assert (query["order_by"], query["sort"]) == ("created_at", "desc")
        wanted = {each: query[each] for each in ("state", "source_branch", "target_branch") if each in query}
        found = [self.said(each) for each in reversed(self.held.pulls)]
        return page([each for each in found if wanted.items() <= each.items()], query)

    def open_request(self, _: Any, body: Any, __: Any) -> Answer:
        text = body["description"] or None
        made = self._pull(body, body["source_branch"], body["target_branch"], text, OURS)
        return Answer(201, json=self.said(made))

    def show_request(self, names: list[str], _: Any, __: Any) -> Answer:
        found = self._found(names[0])
        return Answer(200, json=self.said(found)) if found else Answer(404, json={"message": "404 Not found"})

    def change_request(self, names: list[str], body: Any, __: Any) -> Answer:
        found = self._found(names[0])
        assert found
        if body.get("state_event") == "close":
            found.head_commit, found.state = self.held.head(found), "closed"
        found.title, found.text = body.get("title", found.title), body.get("description", found.text)
        return Answer(200, json=self.said(found))

    def merge_request(self, names: list[str], body: Any, __: Any) -> Answer:
        found = self._found(names[0])
        assert found
        if found.state != "open":
            return Answer(405, json={"message": "405 Method Not Allowed"})
        if body["sha"] != self.held.head(found):
            return Answer(409, json={"message": "SHA does not match HEAD of source branch: x"})
        if not self.held.merges(found):
            return Answer(422, json={"message": "Branch cannot be merged"})
        self.held.merge(found, body["merge_commit_message"])
        return Answer(200, json=self.said(found))

    def list_statuses(self, names: list[str], _: Any, query: httpx.QueryParams) -> Answer:
        """The newest of each name, as without `all`."""
        newest = {
            each["name"]: {
                "id": each["id"],
                "sha": names[0],
                "name": each["name"],
                "status": each["state"],
                "description": each["description"],
                "target_url": each["url"],
                "allow_failure": False,
            }
            for each in self.held.statuses
            if each["sha"] == names[0] and query.get("name") in (None, each["name"])
        }
        return page([*newest.values()], query)

    def create_status(self, names: list[str], body: Any, __: Any) -> Answer:
        assert body["state"] in ("pending", "running", "success", "failed", "canceled", "skipped")
        known = {"description": body["description"], "url": body.get("target_url")}
        made = {"id": len(self.held.statuses) + 1, "sha": names[0], "name": body["name"]}
        self.held.statuses.append({**made, "state": body["state"], **known})
        return Answer(201, json={"id": made["id"], "status": body["state"]})

    def show_file(self, names: list[str], _: Any, query: httpx.QueryParams) -> Answer:
        data = self.held.files(query["ref"]).get(names[0])
        if data is None:
            return Answer(404, json={"message": "404 File Not Found"})
        head, last = self.held.branches[query["ref"]], self.held.last_change(query["ref"], names[0])
        said = {"file_path": names[0], "ref": query["ref"], "blob_id": blob_name(data), "commit_id": head}
        return Answer(200, json={**said, "last_commit_id": last, "encoding": "base64"})

    def create_commit(self, _: Any, body: Any, __: Any) -> Answer:
        files = dict(self.held.files(body["branch"]))
        for each in body["actions"]:
            path = each["file_path"]
            if each["action"] == "create" and path in files:
                return Answer(400, json={"message": "A file with this name already exists"})
            last = "" if each["action"] == "create" else self.held.last_change(body["branch"], path)
            if each.get("last_commit_id", "") != last:
                said = "You are attempting to update a file that has changed since you started editing it."
                return Answer(400, json={"message": said})
            if each["action"] == "delete":
                del files[path]
            else:
                assert each["encoding"] == "base64"
                files[path] = base64.b64decode(each["content"])
        sha = self.held.commit(body["branch"], files, body["commit_message"], body["author_name"])
        parents = [*self.held.commits[sha].parents]
        return Answer(201, json={"id": sha, "short_id": sha[:8], "parent_ids": parents})

    def said_of_note(self, each: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "id": each["id"],
            "body": each["body"],
            "author": self.said_of_user(each["author"]),
            "system": False,
        }

    def list_notes(self, names: list[str], _: Any, query: httpx.QueryParams) -> Answer:
        ours = [each for each in self.held.comments if each["on"] == names[0]]
        return page([self.said_of_note(each) for each in ours], query)

    def create_note(self, names: list[str], body: Any, __: Any) -> Answer:
        return Answer(201, json=self.said_of_note(self._comment(names[0], body["body"], OURS)))

    def change_note(self, names: list[str], body: Any, __: Any) -> Answer:
        found = self.held.comments[int(names[1]) - 1]
        found["body"] = body["body"]
        return Answer(200, json=self.said_of_note(found))

    def said_of_discussion(self, each: Mapping[str, Any]) -> dict[str, Any]:
        return {"id": f"{each['id']:040x}", "individual_note": False, "notes": [self.said_of_note(each)]}

    def list_discussions(self, names: list[str], _: Any, query: httpx.QueryParams) -> Answer:
        ours = [each for each in self.held.comments if each["on"] == names[0]]
        return page([self.said_of_discussion(each) for each in ours], query)

    def create_discussion(self, names: list[str], body: Any, __: Any) -> Answer:
        return Answer(201, json=self.said_of_discussion(self._comment(names[0], body["body"], OURS)))

    def change_discussion(self, names: list[str], body: Any, query: httpx.QueryParams) -> Answer:
        assert int(names[1], 16) == int(names[2]), "a note of that thread"
        return self.change_note(names[1:], body, query)
