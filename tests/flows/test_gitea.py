"""`write: pull-request` on a real Gitea whose branch is protected: by git over http, and by its API."""

import base64
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from prefect import flow
from prefect.types import SecretDict
from pydantic import SecretStr

import blocks
from blocks import opening
from flows.stages import BEFORE_RELEASES, PLAN_PULL_REQUESTS, TELL_COMMITS, run_stages
from headway.clients.git import GitCredentials
from headway.errors import BadInput
from headway.model.credentials import ForgeCredentials
from headway.model.edits import Author, Edit
from headway.model.record import ReleaseRecord
from headway.model.report import StageResult
from headway.workspace.systems import Access, Systems
from sandbox.forge import Forge
from tests.flows.declaring import declare, publish
from tests.flows.hosted import Hosted, client
from tests.hosted_git import host_keys, hosted, made_key
from tests.supplied_shop import REGISTRY, SuppliedShop

__all__ = ["client"]

pytestmark = pytest.mark.sandbox


class OnGitea(Hosted):
    """The supplied shop's application there."""

    def __init__(self, shop: SuppliedShop, forge: Forge, client: httpx.Client) -> None:
        super().__init__(shop.git(), forge, client)
        self.shop = shop
        self.access = replace(
            shop.access,
            git_url=f"{self.page}.git",
            git=GitCredentials(forge.admin, forge.password),
            forge=ForgeCredentials(forge.token, forge.url),
        )

    def look(self) -> list[StageResult]:
        return flow(run_stages, validate_parameters=False)(
            BEFORE_RELEASES, self.shop.workspace(access=self.access)
        )

    def update(self) -> tuple[str, bool]:
        lines = self.look()
        assert not [str(line) for line in lines if line.failed]
        line = next(line for line in lines if (line.stage, line.subject) == ("update_application", "shop"))
        return line.outcome, line.changed

    def new_image(self, code: str) -> str:
        self.shop.push("cart", {"main.go": code})
        return self.shop.push_image("cart")


@pytest.fixture
def gitea(shop: SuppliedShop, forge: Forge, client: httpx.Client, request: pytest.FixtureRequest) -> OnGitea:
    """Policy as the test has it."""
    declare(shop, *request.param)
    return OnGitea(shop, forge, client)


@pytest.mark.parametrize("gitea", [("write: pull-request",)], indirect=True)
def test_what_a_protected_branch_lacks_is_proposed_until_somebody_merges_it(gitea: OnGitea) -> None:
    before, offered = gitea.values(), gitea.shop.offered("shop")
    first = gitea.new_image("2")
    waits = f"proposed, waits to be merged: {gitea.page}/pulls/1"
    assert gitea.update() == (waits, True)
    (seen,) = gitea.open
    assert (seen["title"], seen["head"]["ref"]) == (f"Update cart to {first}", "headway/shop")
    assert first in gitea.values("headway/shop")
    assert (gitea.values(), gitea.shop.offered("shop")) == (before, offered), "nothing builds on it"

    assert gitea.update() == (waits, False)
    assert gitea.open == [seen], "the second run changes nothing"

    second = gitea.new_image("3")
    assert gitea.update() == (waits, True)
    (updated,) = gitea.open
    assert (updated["number"], updated["title"]) == (1, f"Update cart to {second}")
    assert first not in gitea.values("headway/shop")

    gitea.merge_by_hand(1)
    lines = gitea.look()
    assert not [str(line) for line in lines if line.failed]
    assert second in gitea.values()
    assert len(gitea.shop.offered("shop")) == len(offered) + 1, "what is merged is published"
    assert [line.outcome.partition(":")[0] for line in lines if line.stage == "propose"] == [
        "branch taken away"
    ]
    assert [line for line in gitea.look() if line.changed] == []


@pytest.mark.parametrize("gitea", [("write: pull-request", "merge: when-checks-pass")], indirect=True)
def test_policy_merges_it_when_its_checks_have_passed(gitea: OnGitea) -> None:
    tag, offered = gitea.new_image("2"), gitea.shop.offered("shop")
    assert gitea.update()[1]
    commit = gitea.open[0]["head"]["sha"]
    for state in ("pending", "failure"):
        gitea.api("POST", f"{gitea.at}/statuses/{commit}", state=state, context="ci")
        assert not gitea.update()[1]
    gitea.api("POST", f"{gitea.at}/statuses/{commit}", state="success", context="ci")
    outcome, changed = gitea.update()
    assert (outcome.startswith("committed "), changed) == (True, True), outcome
    assert tag in gitea.values()
    assert len(gitea.shop.offered("shop")) == len(offered) + 1, "published by the same look"


@pytest.mark.parametrize("gitea", [("write: pull-request",)], indirect=True)
def test_what_a_person_closed_and_what_is_obsolete(gitea: OnGitea) -> None:
    gitea.new_image("2")
    gitea.update()
    gitea.api("PATCH", f"{gitea.at}/pulls/1", state="closed")
    assert gitea.update() == (f"not proposed again, which a person has closed: {gitea.page}/pulls/1", False)
    tag = gitea.new_image("3")
    assert gitea.update() == (f"proposed, waits to be merged: {gitea.page}/pulls/2", True)
    for each in [each for each in gitea.shop.tags["cart"] if each not in gitea.values()]:
        del gitea.shop.tags["cart"][each]
    closed = [line.outcome for line in gitea.look() if line.stage == "propose"]
    assert closed == [f"closed: {gitea.page}/pulls/2"]
    assert gitea.open == []
    assert tag not in gitea.values()


@pytest.mark.parametrize("gitea", [()], indirect=True)
def test_what_a_protected_branch_takes_no_push_of_is_proposed(gitea: OnGitea) -> None:
    """`write: push`, which is asked anew by each look."""
    tag, before = gitea.new_image("2"), gitea.values()
    waits = f"proposed, waits to be merged: {gitea.page}/pulls/1"
    assert gitea.update() == (waits, True)
    (seen,) = gitea.open
    assert (seen["title"], gitea.values()) == (f"Update cart to {tag}", before)
    assert gitea.update() == (waits, False)
    assert gitea.open == [seen]

    gitea.api("DELETE", f"{gitea.at}/branch_protections/main")
    assert gitea.update()[0].startswith("committed ")
    assert tag in gitea.values()
    assert gitea.open == []


@pytest.mark.parametrize("gitea", [("write: contents-api",)], indirect=True)
def test_the_host_commits_where_git_may_not_push(gitea: OnGitea) -> None:
    """Its API: one commit of the whole edit, over the files that were seen; proposed where the branch takes none."""
    gitea.api("DELETE", f"{gitea.at}/branch_protections/main")
    pushing, gitea.access = gitea.access, replace(gitea.access, git=None)
    (before, *_) = gitea.api("GET", f"{gitea.at}/commits?sha=main&limit=1")
    tag = gitea.new_image("2")
    outcome, changed = gitea.update()
    (made, *_) = gitea.api("GET", f"{gitea.at}/commits?sha=main&limit=1")
    assert (outcome, changed) == (f"committed {made['sha'][:12]}", True)
    assert [each["sha"] for each in made["parents"]] == [before["sha"]]
    assert made["commit"]["author"]["name"] == "Headway"
    assert {each["filename"] for each in made["files"]} == {"Chart.yaml", "values.yaml"}
    assert "Headway-Stage: update_application" in made["commit"]["message"]
    assert tag in gitea.values()
    assert gitea.update() == ("nothing to commit", False)

    gitea.access = pushing
    gitea.api("POST", f"{gitea.at}/branch_protections", rule_name="main", enable_push=False)
    second = gitea.new_image("3")
    assert gitea.update() == (f"proposed, waits to be merged: {gitea.page}/pulls/1", True)
    assert second not in gitea.values()


@pytest.mark.parametrize("gitea", [()], indirect=True)
def test_a_push_to_a_protected_branch_names_the_way_on(gitea: OnGitea) -> None:
    gitea.access = replace(gitea.access, forge=None)
    gitea.new_image("2")
    (failed,) = [line for line in gitea.look() if line.failed]
    assert "protected branch main" in failed.why
    assert "`write: pull-request`" in failed.why
    assert gitea.open == []


def test_commits_of_services_are_told_what_became_of_them(
    shop: SuppliedShop, forge: Forge, client: httpx.Client
) -> None:
    """By the label of a tag that names no commit: built, released, tested, gone back; each once."""
    view, address = "https://headway.example.com", shop.git("cart").url
    cart = Hosted(shop.git("cart"), forge, client)
    declared = shop.show("headway.yaml")
    shop.push("application", {"headway.yaml": declared.replace(address, f"{cart.page}.git")})
    publish(shop)
    gitea = OnGitea(shop, forge, client)
    gitea.access = replace(gitea.access, forge=ForgeCredentials(forge.token, forge.url, view=view))
    (tag,), commit = shop.tags["cart"], shop.head("cart")

    def told(**record: Any) -> list[tuple[str, str, str, str]]:
        if record:
            of = {"application": "shop", "environment": "testing", "release": "shop"}
            shop.records["testing"] = ReleaseRecord.model_validate({**of, **record}, strict=False)
        for _ in range(2):
            lines = flow(run_stages, validate_parameters=False)(
                [*BEFORE_RELEASES, TELL_COMMITS], shop.workspace(access=gitea.access)
            )
            assert not [str(line) for line in lines if line.failed]
        assert [line for line in lines if line.stage == TELL_COMMITS.name] == [], "told once"
        said = sorted(gitea.api("GET", f"{cart.at}/statuses/{commit}"), key=lambda each: each["id"])
        return [(each["context"], each["status"], each["description"], each["target_url"]) for each in said]

    image = f"{REGISTRY}/shop/cart"
    built = (
        "headway/shop",
        "success",
        f"built: cart:{tag}",
        f"{view}/applications/shop/deliveries/{image}%3A{tag}",
    )
    assert told() == [built]

    shop.tags["cart"]["1.2.3"] = commit
    digest = shop.workspace().systems.registry.digest(image, "1.2.3")
    tried = {
        "chart_digest": "d",
        "values_digest": "",
        "version": "0.2.0",
        "revision": 2,
        "inputs": [f"image {image} 1.2.3@{digest}"],
    }
    at = "2026-01-01T00:00:00Z"
    page = f"{view}/releases/shop/testing"
    pending = ("headway/shop/testing", "pending", "0.2.0 is released to testing and tested", page)
    assert told(attempts=[{**tried, "started_at": at}]) == [built, pending]
    passed = ("headway/shop/testing", "success", "0.2.0 passed its tests in testing", page)
    assert told(good=[{**tried, "tested_at": at}]) == [built, pending, passed]
    rejection = {key: tried[key] for key in ("chart_digest", "version", "inputs")}
    back = ("headway/shop/testing", "failure", "0.2.0 went back in testing: it broke", page)
    carried = {"propagated_to": ["repository", "git"]}
    assert told(rejections=[{**rejection, "reason": "it broke", "at": at, **carried}]) == [
        built,
        pending,
        passed,
        back,
    ]


@pytest.mark.parametrize("gitea", [()], indirect=True)
def test_what_merging_a_pull_request_changes_is_a_comment_on_it(gitea: OnGitea) -> None:
    def write(path: str, content: str) -> None:
        encoded = base64.b64encode(content.encode()).decode()
        gitea.api("POST", f"{gitea.at}/contents/{path}", branch="theirs", message="Change", content=encoded)

    def comments() -> list[Any]:
        return list(gitea.api("GET", f"{gitea.at}/issues/1/comments"))

    def planned() -> list[str]:
        lines = flow(run_stages, validate_parameters=False)(
            [PLAN_PULL_REQUESTS], gitea.shop.workspace(access=gitea.access)
        )
        return [line.outcome for line in lines if line.changed]

    gitea.api("POST", f"{gitea.at}/branches", new_branch_name="theirs", old_branch_name="main")
    write("templates/more.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\n")
    gitea.api("POST", f"{gitea.at}/pulls", head="theirs", base="main", title="Theirs", body="")
    before = gitea.values()
    assert planned() == [f"planned: {gitea.page}/pulls/1"]
    (first,) = comments()
    assert "`testing`, `staging`: 1 resource added" in first["body"]
    assert "+ ConfigMap/more" in first["body"]
    assert planned() == []

    write("templates/again.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: again}\n")
    assert planned() == [f"planned: {gitea.page}/pulls/1"]
    (second,) = comments()
    assert (second["id"], "2 resources added" in second["body"]) == (first["id"], True), "updated in place"
    assert gitea.values() == before


def test_each_repository_is_opened_by_a_key_of_its_own(forge: Forge, tmp_path: Path) -> None:
    """Of each repository one deploy key, which opens that alone; by the block, as a delivery reads and writes them."""
    with hosted(forge) as shop, hosted(forge) as cart, hosted(forge) as catalog:
        shops, carts, catalogs = (made_key(tmp_path) for _ in range(3))
        for repository, key in ((shop, shops), (cart, carts), (catalog, catalogs)):
            repository.let_in(key, to_write=True)
        block = blocks.GitCredentials(
            ssh_key=SecretStr(shops.private),
            known_hosts=host_keys(forge.ssh),
            ssh_keys=SecretDict({cart.by_ssh: carts.private}),
        )
        access = Access(shop.by_ssh, git=block.credentials(), cache=tmp_path / "cache")
        systems = Systems(access, opening.connect)
        for repository in (shop, cart):
            git = systems.git(repository.by_ssh, "main")
            head = git.head()
            assert head == repository.commit()
            now = datetime.now(UTC)
            made = git.commit(Edit({"more": b"1"}, "Change", "", {}), on=head, author=Author(), at=now)
            assert repository.commit() == made
        with pytest.raises(BadInput, match=r"access was refused to the key .*--git-ssh-key-of ADDRESS=FILE"):
            systems.git(catalog.by_ssh, "main").head()

        swapped = blocks.GitCredentials(
            ssh_key=SecretStr(shops.private),
            known_hosts=host_keys(forge.ssh),
            ssh_keys=SecretDict({cart.by_ssh: catalogs.private}),
        )
        others = replace(access, git=swapped.credentials(), cache=tmp_path / "another")
        with pytest.raises(BadInput, match="access was refused to the key"):
            Systems(others, opening.connect).git(cart.by_ssh, "main").head()
