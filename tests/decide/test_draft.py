"""What a first headway.yaml says, by what was found."""

from typing import Any

import pytest

from headway.decide.supply.draft import Released, Seen, draft, image_of, ordered
from headway.decide.supply.draft_places import Place
from headway.model.charts import Dependency
from headway.model.draft import EnvironmentDraft, Open, ServiceDraft

CART = {"cart": {"image": {"repository": "r.example.com/cart", "tag": "main-0a1b2c3"}}}
BUCKET = "a bucket or folder of its own, to write to"


def dependency(name: str, repository: str = "", alias: str = "") -> Dependency:
    return Dependency(name=name, version="0.1.0", repository=repository, alias=alias, raw={})


def seen(values: dict[str, Any] | None = None, **more: Any) -> Seen:
    given: dict[str, Any] = {
        "dependencies": [dependency("cart")],
        "values": CART if values is None else values,
        **more,
    }
    return Seen("shop", **given)


@pytest.mark.parametrize(
    ("names", "order"),
    [
        (["production", "staging", "testing"], ["testing", "staging", "production"]),
        (["live", "eu", "dev", "qa", "preprod"], ["dev", "qa", "eu", "preprod", "live"]),
        (["prod", "test", "int"], ["int", "test", "prod"]),
    ],
    ids=" ".join,
)
def test_environments_are_put_in_order_by_how_they_are_called(names: list[str], order: list[str]) -> None:
    assert ordered(names) == order


@pytest.mark.parametrize(
    ("values", "path", "repository"),
    [
        ({"image": {"repository": "r/x", "tag": ""}}, "cart.image.tag", "r/x"),
        (
            {"image": {"registry": "r.example.com", "repository": "x", "tag": 1}},
            "cart.image.tag",
            "r.example.com/x",
        ),
        ({"web": {"image": {"name": "r/web", "tag": "1"}}}, "cart.web.image.tag", "r/web"),
        (
            {"a": {"b": {"image": "r/deep", "tag": "1"}}, "image": {"repository": "r/x", "tag": ""}},
            "cart.image.tag",
            "r/x",
        ),
        ({"image": {"repository": "r/x"}}, "", ""),
        ({"tag": "1"}, "", ""),
        (None, "", ""),
    ],
)
def test_the_image_nearest_to_the_top_is_the_services(values: Any, path: str, repository: str) -> None:
    found = image_of(values, ("cart",))
    assert (".".join(found.path), found.repository) == (path, repository) if found else path == ""


@pytest.mark.parametrize(
    ("found", "service"),
    [
        pytest.param(
            seen(git="https://git.example.com/shop/application.git"),
            ServiceDraft(
                "cart",
                Open("https://git.example.com/shop/cart.git", "guessed: is this its repository?"),
                "r.example.com/cart",
            ),
            id="its repository is guessed beside the application's",
        ),
        pytest.param(
            seen(places={"cart": Place("https://git.example.com/elsewhere.git")}),
            ServiceDraft("cart", "https://git.example.com/elsewhere.git", "r.example.com/cart"),
            id="a clone tells it",
        ),
        pytest.param(
            seen({"cart": {"web": {"image": "cart", "tag": "build-7"}}}, places={"cart": Place("g")}),
            ServiceDraft(
                "cart",
                "g",
                Open("cart", "with its registry, as registry.example.com/shop/cart"),
                value="cart.web.tag",
                pattern=Open("{branch}-{sha}", "its tag is build-7: how do tags name their commit?"),
            ),
            id="what is not usual is written, what is not known is open",
        ),
        pytest.param(
            seen(
                {"cart": {"image": {"repository": "r:1/x", "tag": "0a1b2c3d"}}}, places={"cart": Place("g")}
            ),
            ServiceDraft("cart", "g", "r:1/x", pattern="{sha}"),
            id="a tag that is a commit",
        ),
    ],
)
def test_a_service(found: Seen, service: ServiceDraft) -> None:
    assert draft(found).services == (service,)


def test_a_dependency_without_an_image_is_left_out() -> None:
    found = draft(seen(dependencies=[dependency("cart"), dependency("redis"), dependency("pod", alias="a")]))
    assert ([each.name for each in found.services], found.others) == (["cart"], ("redis", "a"))


def test_each_environment_comes_after_the_one_before_and_the_last_is_approved() -> None:
    files = [
        "values/testing.yaml",
        "secrets/production.yaml",
        "values-qa.yaml",
        "values.yaml",
        "templates/a.yaml",
    ]
    own = [dependency("cart", "s3://shop-charts-testing/")]
    assert draft(seen(files=files, dependencies=own)).environments == (
        EnvironmentDraft("testing", "s3://shop-charts-testing"),
        EnvironmentDraft(
            "qa", Open("s3://shop-charts-qa", BUCKET), after="testing", values=("values-qa.yaml",)
        ),
        EnvironmentDraft(
            "production", Open("s3://shop-charts-production", BUCKET), after="qa", gate="approval"
        ),
    )


def test_a_folder_that_a_chart_is_taken_from_is_no_chart_repository() -> None:
    (testing,) = draft(seen(dependencies=[dependency("cart", "file://../cart/chart")])).environments
    assert testing.charts == Open("s3://shop-charts-testing", BUCKET)


def test_what_is_read_over_http_is_written_elsewhere() -> None:
    own = [dependency("cart", "https://charts.example.com/shop")]
    (environment,) = draft(seen(dependencies=own)).environments
    assert environment == EnvironmentDraft(
        "testing", Open("s3://shop-charts-testing", BUCKET), "https://charts.example.com/shop"
    )


@pytest.mark.parametrize(
    ("released", "environment"),
    [
        (
            Released("shop-testing", "shop"),
            EnvironmentDraft("testing", Open("s3://shop-charts-testing", BUCKET)),
        ),
        (
            Released("web", "front"),
            EnvironmentDraft("web", Open("s3://shop-charts-web", BUCKET), namespace="web", release="front"),
        ),
    ],
    ids=["as it is called by convention", "as it is called"],
)
def test_a_release_is_an_environment(released: Released, environment: EnvironmentDraft) -> None:
    assert draft(seen(released=released)).environments == (environment,)


def test_a_name_that_helm_takes_and_headway_does_not_is_open() -> None:
    assert draft(Seen("My_Shop", [], {})).application == Open(
        "My_Shop", "a name of lower-case letters, digits and '-'"
    )
