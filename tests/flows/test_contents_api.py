"""`write: contents-api`, over a forge in memory: commits that the git host makes."""

from dataclasses import replace

import pytest
from prefect import flow

from flows.stages import BEFORE_RELEASES, run_stages
from headway.clients import together
from headway.decide.review.checkup import Verdict
from headway.errors import Conflict, HeadwayError, Refused
from headway.model.credentials import ForgeCredentials
from headway.model.edits import Author, Edit
from headway.model.report import StageResult
from headway.workspace import checkup
from headway.workspace.dry_run import DryRunWorkspace
from headway.workspace.git_writer import PushingWriter
from headway.workspace.workspace import Workspace
from tests.flows.declaring import declare
from tests.memory_forge import URL, MemoryForge
from tests.supplied_shop import SuppliedShop


class ByApi:
    def __init__(self, shop: SuppliedShop) -> None:
        self.shop, self.git = shop, shop.git()
        self.forge = MemoryForge(self.git)
        self.author = Author()
        declare(shop, "write: contents-api")
        # Whoever pushes is refused.
        self.git.protect()

    def workspace(self) -> Workspace:
        access = replace(self.shop.access, forge=ForgeCredentials("a-token", "https://git.example.com"))
        workspace = self.shop.workspace(PushingWriter("run-1", self.author), access)
        workspace.systems.forge = self.forge
        return workspace

    def new_image(self, code: str = "2") -> str:
        self.shop.push("cart", {"main.go": code})
        return self.shop.push_image("cart")

    def look(self) -> list[StageResult]:
        return flow(run_stages, validate_parameters=False)(BEFORE_RELEASES, self.workspace())

    def update(self) -> StageResult:
        lines = self.look()
        assert not [str(line) for line in lines if line.failed]
        return next(line for line in lines if (line.stage, line.subject) == ("update_application", "shop"))


@pytest.fixture
def by_api(shop: SuppliedShop) -> ByApi:
    return ByApi(shop)


def test_one_commit_of_the_host_holds_the_whole_edit_and_the_second_look_writes_nothing(
    by_api: ByApi,
) -> None:
    git, before, tag = by_api.git, by_api.git.head, by_api.new_image()
    offered = by_api.shop.offered("shop")
    line = by_api.update()
    assert (line.outcome, line.changed) == (f"committed {git.head[:12]}", True)
    assert git.git("rev-parse", "main^").strip() == before
    assert (tag in git.read("values.yaml"), git.changed()) == (True, ["Chart.yaml", "values.yaml"])
    assert git.authors()[0] == "Headway"
    said = git.git("log", "-1", "--format=%(trailers:unfold)", "main").splitlines()
    assert said[:2] == ["Headway-Stage: update_application", "Headway-Run: run-1"]
    assert len(by_api.shop.offered("shop")) == len(offered) + 1, "published by the same look"

    head, asked = git.head, [*by_api.forge.requests]
    assert by_api.update().outcome == "nothing to commit"
    assert (git.head, by_api.forge.requests) == (head, asked)


def test_the_host_is_told_which_of_its_files_can_be_executed(by_api: ByApi) -> None:
    by_api.git.push({"values.yaml": by_api.git.read("values.yaml")}, mode="100755")
    by_api.new_image()
    by_api.update()
    assert by_api.forge.executables == ["values.yaml"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("README.md", "Somebody else's.\n", id="another file"),
        pytest.param(
            "values.yaml", "cart: {image: {tag: ''}}\ncatalog: {image: {tag: ''}}\nx: 1\n", id="this one"
        ),
    ],
)
def test_what_somebody_pushes_meanwhile_stays_and_is_decided_with(
    by_api: ByApi, path: str, text: str
) -> None:
    git, tag = by_api.git, by_api.new_image()

    def somebody() -> None:
        by_api.forge.before_writing = lambda: None
        git.push({path: text}, "Theirs")

    by_api.forge.before_writing = somebody
    assert not [str(line) for line in by_api.look() if line.failed]
    assert tag in git.read("values.yaml")
    assert path == "README.md" or "x: 1" in git.read("values.yaml")
    assert sum(message.startswith(f"Update cart to {tag}") for message in git.messages()) == 1
    assert [line for line in by_api.look() if line.changed] == []


def test_nothing_is_committed_that_was_decided_by_what_many_looks_read_once(by_api: ByApi) -> None:
    git, workspace, edit = by_api.git, by_api.workspace(), Edit({"values.yaml": b"x: 1\n"}, "Update cart")
    before = git.head
    with together.together(4), together.glancing():
        workspace.systems.head_of(workspace.service_git("cart"))
        with pytest.raises(Conflict, match="read for many at once"):
            workspace.submit(edit, stage="update_application")
        assert git.head == before
        workspace.submit(edit, stage="update_application")
    assert git.changed() == ["values.yaml"]


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(
            Refused("the git host refuses it (403): user cannot commit to repo [user: headway]"), id="Gitea"
        ),
        pytest.param(
            Conflict(
                "the git host says that somebody was first: Changes must be made through a pull request."
            ),
            id="GitHub, whose code is 409",
        ),
        pytest.param(
            Refused("the git host refuses it (403): You are not allowed to push into this branch"),
            id="GitLab",
        ),
    ],
)
def test_what_the_branch_takes_from_nobody_is_proposed(
    error: HeadwayError, by_api: ByApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> str:
        raise error

    monkeypatch.setattr(by_api.forge, "update_files", refused)
    by_api.git.unprotect()
    by_api.new_image()
    assert by_api.update().outcome == f"proposed, waits to be merged: {URL}/pulls/1"


def test_a_commit_that_is_to_be_signed_is_none_of_the_hosts(by_api: ByApi) -> None:
    by_api.author, before = Author(signing_key="a key"), by_api.git.head
    by_api.new_image()
    (failed,) = [line for line in by_api.look() if line.failed]
    assert "not signed by Headway's key" in failed.why
    assert by_api.git.head == before


def test_without_a_token_nothing_is_written(shop: SuppliedShop) -> None:
    declare(shop, "write: contents-api")
    shop.push("cart", {"main.go": "2"})
    shop.push_image("cart")
    before = shop.git().head
    lines = flow(run_stages, validate_parameters=False)(BEFORE_RELEASES, shop.workspace())
    assert "needs a token of the git host" in " ".join(line.why for line in lines if line.failed)
    assert shop.git().head == before


def test_a_dry_run_without_a_token_says_what_doctor_says(shop: SuppliedShop) -> None:
    declare(shop, "write: contents-api")
    shop.push("cart", {"main.go": "2"})
    shop.push_image("cart")
    workspace = shop.workspace(kind=DryRunWorkspace)
    lines = flow(run_stages, validate_parameters=False)(BEFORE_RELEASES, workspace)
    said = " ".join(f"{line.outcome} {line.why}" for line in lines)
    assert ("needs a token of the git host" in said, "would commit" in said) == (True, False), said


def test_doctor_asks_the_hosts_api(by_api: ByApi) -> None:
    (found,) = checkup.examine(checkup.writing(by_api.workspace()))
    assert (found.verdict, found.what) == (Verdict.UNKNOWN, "git host's API")
    assert found.says.startswith(
        "it knows the token (0 pull requests open); whether the token may write, the first write"
    )
