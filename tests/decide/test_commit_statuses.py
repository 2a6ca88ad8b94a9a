"""What commits are told, by what a release record says now."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headway.decide.review import commit_statuses
from headway.decide.supply.image_policies import Build
from headway.formats import headway_yaml
from headway.model.checks import CommitStatus
from headway.model.record import Attempt, Good, Rejection, ReleaseRecord

AT = datetime(2026, 1, 1, tzinfo=UTC)
SHOP = headway_yaml.read("""\
application: shop
services:
  cart:
    git: https://git.example.com/shop/cart
    image: r.example.com/shop/cart
    images: {worker: {image: r.example.com/shop/worker}}
  catalog: {git: https://git.example.com/shop/catalog, image: r.example.com/shop/catalog}
environments: {testing: {charts: s3://t}}
""")
OLD, NEW = (
    "image r.example.com/shop/cart main-1111111@sha256:ab",
    "image r.example.com/shop/cart main-2222222",
)
WORKER = "image r.example.com/shop/worker main-2222222@sha256:cd"
CATALOG = "image r.example.com/shop/catalog main-3333333"
SEMVER = "image r.example.com/shop/cart 1.2.4@sha256:4d"
LABELLED = {
    ("r.example.com/shop/cart", "sha256:4d"): "5555555",
    ("r.example.com/shop/worker", "sha256:4e"): "5555555",
    ("r.example.com/shop/cart", "sha256:3c"): "",
    ("r.example.com/shop/cart", "sha256:ab"): "6666666",
}
"""The tag counts where both name one."""
OTHERS = (
    "image r.example.com/another/cart main-4444444",
    "image r.example.com/shop/cart 1.2.2",
    "image r.example.com/shop/cart 1.2.3@sha256:3c",
    "chart cart 0.1.0",
    "content shop sha256:ef",
    "odd",
)


def good(*inputs: str, version: str = "1.0.0") -> Good:
    return Good(
        revision=1,
        chart_digest="d",
        values_digest="",
        version=version,
        tested_at=AT,
        inputs=(*inputs, *OTHERS),
    )


def attempt(*inputs: str, **more: Any) -> Attempt:
    known = {"chart_digest": "e", "values_digest": "", "version": "2.0.0", "revision": 2, "started_at": AT}
    return Attempt.model_validate({**known, "inputs": inputs, **more})


def rejection(*inputs: str, version: str = "2.0.0", days: int = 0) -> Rejection:
    at = AT + timedelta(days=days)
    return Rejection(chart_digest="e", version=version, reason="it\nbroke", at=at, inputs=inputs)


PASSED = ("success", "1.0.0 passed its tests in testing")
UNDER_WAY = ("pending", "2.0.0 is released to testing and tested")
BACK = ("failure", "2.0.0 went back in testing: it broke")


@pytest.mark.parametrize(
    ("record", "told"),
    [
        pytest.param({}, {}, id="nothing yet"),
        pytest.param(
            {"good": (good(OLD, CATALOG), good(NEW, version="0.9.0"))},
            {("cart", "1111111"): PASSED, ("catalog", "3333333"): PASSED},
            id="what runs, and nothing of before",
        ),
        pytest.param(
            {"good": (good(OLD),), "attempts": (attempt(NEW, WORKER),)},
            {("cart", "1111111"): PASSED, ("cart", "2222222"): UNDER_WAY},
            id="under way, with two images of one commit",
        ),
        pytest.param(
            {"good": (good(OLD),), "attempts": (attempt(NEW, kind="rollback"), attempt(NEW))},
            {("cart", "1111111"): PASSED},
            id="a way back is nothing new",
        ),
        pytest.param(
            {"good": (good(OLD),), "attempts": (attempt(NEW, outcome="tests-failed"),)},
            {("cart", "1111111"): PASSED},
            id="ended, and not judged yet",
        ),
        pytest.param(
            {"good": (good(OLD),), "rejections": (rejection(NEW),)},
            {("cart", "1111111"): PASSED, ("cart", "2222222"): BACK},
            id="went back",
        ),
        pytest.param(
            {"rejections": (rejection(NEW),), "attempts": (attempt(NEW),)},
            {("cart", "2222222"): UNDER_WAY},
            id="once more",
        ),
        pytest.param(
            {"good": (good(NEW),), "rejections": (rejection(NEW, CATALOG),)},
            {("cart", "2222222"): PASSED, ("catalog", "3333333"): BACK},
            id="another one of the set was guilty",
        ),
        pytest.param(
            {"good": (good(SEMVER),), "rejections": (rejection(NEW),)},
            {("cart", "5555555"): PASSED, ("cart", "2222222"): BACK},
            id="by the label of a tag that names no commit",
        ),
        pytest.param(
            {
                "good": (good(SEMVER),),
                "rejections": (rejection("image r.example.com/shop/worker stable@sha256:4e"),),
            },
            {("cart", "5555555"): PASSED},
            id="two images of one commit, by their labels",
        ),
        pytest.param(
            {"rejections": tuple(rejection(f"{NEW[:-1]}{each}", days=each) for each in range(8))},
            {("cart", f"222222{each}"): BACK for each in (3, 4, 5, 6, 7)},
            id="the newest rejections",
        ),
    ],
)
def test_what_is_told(record: dict[str, Any], told: dict[tuple[str, str], tuple[str, str]]) -> None:
    read = ReleaseRecord(application="shop", environment="testing", release="shop", **record)
    found = commit_statuses.of(read, SHOP, "https://headway.example.com/", LABELLED)
    assert {
        (each.service, each.commit): (each.status.state, each.status.description) for each in found
    } == told
    for each in found:
        assert each.status.name == "headway/shop/testing"
        assert each.status.url == "https://headway.example.com/releases/shop/testing"


def test_a_status_is_too_short_for_the_reason_of_what_went_back() -> None:
    reason = "catalog: exited with 1\n```\n/close @everybody\x1b[2J"
    failed = Rejection(chart_digest="e", version="2.0.0", reason=reason, at=AT, inputs=(NEW,))
    read = ReleaseRecord(
        application="shop", environment="testing", release="shop", good=(good(OLD),), rejections=(failed,)
    )
    went_back, runs = commit_statuses.of(read, SHOP, "https://headway.example.com")
    assert went_back.comment.splitlines() == [
        "**2.0.0 went back in testing**",
        "",
        "````",
        "catalog: exited with 1",
        " ```",
        " /close @everybody\\u001b[2J",
        "````",
        "",
        "[The release](https://headway.example.com/releases/shop/testing)",
    ]
    assert runs.comment == "", "nobody needs more of what is well"


def test_whose_labels_are_worth_asking_for() -> None:
    read = ReleaseRecord(
        application="shop", environment="testing", release="shop", good=(good(OLD, SEMVER, CATALOG),)
    )
    cart = "r.example.com/shop/cart"
    assert commit_statuses.unnamed(read, SHOP) == {(cart, "sha256:3c"), (cart, "sha256:4d")}


def test_commits_that_there_are_images_of() -> None:
    full, other = "2" * 40, "3" * 40
    builds = {
        "cart": (Build("main-2222222", full), Build("1.2.3", other)),
        "cart.worker": (Build("main-2222222", full), Build("1.0.0", "")),
        "gone": (Build("main-4444444", "4" * 40),),
    }
    both, one = commit_statuses.built(builds, SHOP, "https://headway.example.com/")
    page = "https://headway.example.com/applications/shop/deliveries/r.example.com/shop"
    name = "headway/shop"
    assert both.commit == full
    assert both.status == CommitStatus(
        name, "success", "built: cart:main-2222222, worker:main-2222222", f"{page}/cart%3Amain-2222222"
    )
    assert (one.service, one.commit) == ("cart", other)
    assert one.status == CommitStatus(name, "success", "built: cart:1.2.3", f"{page}/cart%3A1.2.3")


SHARED = headway_yaml.read("""\
application: shop
services:
  cart: {git: https://git.example.com/shop/all, image: r.example.com/shop/cart, paths: [cart]}
  catalog: {git: https://git.example.com/shop/all, image: r.example.com/shop/catalog, paths: [catalog]}
environments: {testing: {charts: s3://t}}
""")
OF_BOTH = ("image r.example.com/shop/cart main-2222222", "image r.example.com/shop/catalog main-2222222")


@pytest.mark.parametrize(
    ("record", "told"),
    [
        pytest.param({"good": (good(*OF_BOTH),)}, PASSED, id="the same of both"),
        pytest.param(
            {"good": (good(OF_BOTH[1]),), "rejections": (rejection(OF_BOTH[0]),)},
            ("failure", "cart: 2.0.0 went back in testing: it broke"),
            id="the worst where they differ",
        ),
        pytest.param(
            {"good": (good(OF_BOTH[0]),), "attempts": (attempt(OF_BOTH[1]),)},
            ("pending", "catalog: 2.0.0 is released to testing and tested"),
            id="what is under way before what has passed",
        ),
    ],
)
def test_a_commit_of_several_services_is_told_once(record: dict[str, Any], told: tuple[str, str]) -> None:
    release = ReleaseRecord(application="shop", environment="testing", release="shop", **record)
    (found,) = commit_statuses.of(release, SHARED, "https://headway.example.com")
    assert (found.commit, found.status.state, found.status.description) == ("2222222", *told)
    assert bool(found.comment) == (told[0] == "failure")


def test_a_commit_of_several_services_is_told_once_that_it_is_built() -> None:
    built = {key: (Build("main-2222222", "2222222"),) for key in ("cart", "catalog")}
    (found,) = commit_statuses.built(built, SHARED, "https://headway.example.com")
    assert found.status.description == "built: cart:main-2222222, catalog:main-2222222"
