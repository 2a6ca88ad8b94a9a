"""Commits of services are told how far they have come: once, and where an operator wants it."""

from dataclasses import replace

import httpx
import pytest
from prefect import flow

from flows.stages import BEFORE_RELEASES, TELL_COMMITS, run_stages
from headway.errors import HeadwayError
from headway.model.credentials import ForgeCredentials
from headway.model.record import ReleaseRecord
from headway.workspace import commit_statuses
from headway.workspace.workspace import Workspace
from tests.memory_forge import MemoryForge
from tests.supplied_shop import REGISTRY, SuppliedShop

FORGE = ForgeCredentials("a-token", "https://git.example.com", view="https://headway.example.com")


class Telling:
    def __init__(self, shop: SuppliedShop, forge: ForgeCredentials | None = FORGE) -> None:
        self.shop, self.access = shop, replace(shop.access, forge=forge)
        self.forge = MemoryForge(shop.git("cart"))

    def workspace(self) -> Workspace:
        workspace = self.shop.workspace(access=self.access)
        # Catalog lies elsewhere.
        workspace.systems._forges[self.shop.git("cart").url] = self.forge
        for name in ("cart", "catalog"):
            workspace.service_git(name).head()
        return workspace

    def tell(self) -> tuple[int, list[str]]:
        told, troubles = commit_statuses.tell(self.workspace(), "testing")
        return told, [str(each) for each in troubles]


def runs(shop: SuppliedShop, *inputs: str) -> None:
    """A version of those inputs passed its tests."""
    good = {"revision": 1, "chart_digest": "d", "values_digest": "", "version": "0.1.0", "inputs": inputs}
    shop.records["testing"] = ReleaseRecord.model_validate(
        {
            "application": "shop",
            "environment": "testing",
            "release": "shop",
            "good": [{**good, "tested_at": "2026-01-01T00:00:00Z"}],
        },
        strict=False,
    )


@pytest.fixture
def running(shop: SuppliedShop) -> SuppliedShop:
    runs(shop, *(f"image {REGISTRY}/shop/{name} {tag}" for name, tags in shop.tags.items() for tag in tags))
    return shop


def test_what_is_new_is_told_once_on_the_host_whose_token_it_is(running: SuppliedShop) -> None:
    shop, telling = running, Telling(running)
    assert telling.tell() == (1, [])
    ((commit, status),) = telling.forge.statuses
    assert (commit, status.name, status.state) == (shop.head("cart"), "headway/shop/testing", "success")
    assert status.url == "https://headway.example.com/releases/shop/testing"
    assert telling.tell() == (0, [])
    assert len(telling.forge.statuses) == 1, "nobody is asked about what has not changed"

    shop.push("cart", {"main.go": "2"})
    runs(shop, f"image {REGISTRY}/shop/cart {shop.push_image('cart')}")
    assert telling.tell() == (1, [])
    assert telling.forge.statuses[-1][0] == shop.head("cart")


def test_why_a_version_went_back_is_a_comment_on_the_commits_of_its_images(shop: SuppliedShop) -> None:
    telling, commit = Telling(shop), shop.head("cart")
    (tag,) = shop.tags["cart"]
    rejection = {
        "chart_digest": "d",
        "version": "0.1.0",
        "reason": "cart: exited with 1\n" + "because " * 50,
        "at": "2026-01-01T00:00:00Z",
        "inputs": [f"image {REGISTRY}/shop/cart {tag}"],
    }
    of = {"application": "shop", "environment": "testing", "release": "shop"}
    shop.records["testing"] = ReleaseRecord.model_validate({**of, "rejections": [rejection]}, strict=False)
    assert telling.tell() == (1, [])
    ((key, said),) = telling.forge.comments_on_commits.items()
    assert key == (commit, "headway/shop/testing")
    assert ("**0.1.0 went back in testing**" in said, ("because " * 50).strip() in said) == (True, True)
    assert telling.forge.statuses[-1][1].state == "failure"
    assert telling.tell() == (0, [])


def test_what_could_not_be_told_is_told_by_the_next_look(running: SuppliedShop) -> None:
    telling = Telling(running)
    telling.forge.refuses = "the token may not"
    told, (trouble,) = telling.tell()
    assert (told, "the token may not" in trouble) == (0, True)
    telling.forge.refuses = ""
    assert telling.tell() == (1, [])


def test_a_commit_that_the_branch_does_not_hold_is_left_out(shop: SuppliedShop) -> None:
    runs(shop, f"image {REGISTRY}/shop/cart main-abcdef0")
    assert Telling(shop).tell() == (0, [])


def test_a_tag_that_names_no_commit_is_told_by_its_label_and_asked_for_once(shop: SuppliedShop) -> None:
    telling = Telling(shop)
    images = {"1.2.3": shop.head("cart"), "1.2.2": "f" * 40, "1.2.1": "odd"}
    shop.tags["cart"] |= images
    registry = telling.workspace().systems.registry
    inputs = [
        f"image {REGISTRY}/shop/cart {tag}@{registry.digest(f'{REGISTRY}/shop/cart', tag)}" for tag in images
    ]
    runs(shop, *inputs)
    assert telling.tell() == (1, [])
    ((commit, status),) = telling.forge.statuses
    assert (commit, status.state) == (shop.head("cart"), "success")
    shop.requests.clear()
    assert telling.tell() == (0, [])
    assert shop.requests["registry"] == 0, "what has a digest says the same for ever"


def test_a_registry_that_is_away_keeps_no_other_commit_from_being_told(running: SuppliedShop) -> None:
    gone = f"image {REGISTRY}/shop/cart 1.2.3@sha256:{'0' * 64}"
    runs(running, *(running.records["testing"].good[0].inputs), gone)
    telling = Telling(running)
    workspace = telling.workspace()
    workspace.systems.registry._access._client = httpx.Client(
        transport=httpx.MockTransport(lambda _: httpx.Response(503))
    )
    told, (trouble,) = commit_statuses.tell(workspace, "testing")
    assert (told, "answered 503" in str(trouble)) == (1, True)
    assert telling.tell() == (0, []), "the registry has no such image: nobody asks again"


def test_a_commit_is_told_that_it_is_built_when_its_image_is_first_seen(shop: SuppliedShop) -> None:
    telling = Telling(shop)

    def deliver() -> list[tuple[str, str]]:
        workspace = telling.workspace()
        lines = run_stages([*BEFORE_RELEASES, TELL_COMMITS], workspace)
        assert not [str(line) for line in lines if line.failed]
        return [(line.subject, line.outcome) for line in lines if line.stage == TELL_COMMITS.name]

    first, old = shop.tags["cart"], shop.head("cart")
    assert deliver() == [("shop", "1 commit told")]
    assert deliver() == []
    shop.push("cart", {"main.go": "2"})
    tag = shop.push_image("cart")
    assert deliver() == [("shop", "1 commit told")]
    assert deliver() == []
    assert [(commit, status.name, status.description) for commit, status in telling.forge.statuses] == [
        (old, "headway/shop", f"built: cart:{next(iter(first))}"),
        (shop.head("cart"), "headway/shop", f"built: cart:{tag}"),
    ]


def test_nobody_is_told_where_no_operator_wants_it(running: SuppliedShop) -> None:
    for forge in (None, replace(FORGE, view="")):
        telling = Telling(running, forge)
        assert telling.tell() == (0, [])
        assert telling.forge.statuses == []


def test_a_delivery_says_so_and_is_not_stopped_by_it(running: SuppliedShop) -> None:
    telling = Telling(running)
    telling.forge.refuses = "the token may not"
    (line,) = run_stages([TELL_COMMITS], telling.workspace())
    assert (line.outcome, line.failed, "the token may not" in line.why) == (
        "a commit is not told",
        False,
        True,
    )
    telling.forge.refuses = ""
    (line,) = run_stages([TELL_COMMITS], telling.workspace())
    assert (line.subject, line.outcome, line.changed) == ("testing", "1 commit told", True)
    assert run_stages([TELL_COMMITS], telling.workspace()) == []


def test_a_mistake_of_ours_is_the_trouble_of_one_environment(
    running: SuppliedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is red, and the next ones are told."""

    def tell(_: Workspace, name: str) -> tuple[int, list[HeadwayError]]:
        if name == "testing":
            raise KeyError("spec")
        return 1, []

    monkeypatch.setattr(commit_statuses, "tell", tell)
    telling = Telling(running)
    lines = flow(run_stages, validate_parameters=False)([TELL_COMMITS], telling.workspace())
    assert [(line.subject, line.outcome, line.failed) for line in lines] == [
        ("testing", "its commits are not told", True),
        ("staging", "1 commit told", False),
    ]
