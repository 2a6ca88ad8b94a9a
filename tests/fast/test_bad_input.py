"""Bad input: the error names file and line, or the object, and nothing is changed anywhere.

Each row is a person's mistake, made where a person would make it.
"""

import random
from collections.abc import Callable

import pytest

from blocks import Application
from flows.deliver import deliver
from flows.promote import promote
from flows.publish_charts import publish_charts
from flows.release import release
from flows.update_application import update_application
from headway.errors import BadInput, Terminal
from tests.fast.conftest import register
from tests.fast.shop import Shop

Mistake = Callable[[Shop], object]


def edit(path: str, old: str, new: str) -> Mistake:
    return lambda shop: shop.git.replace(path, old, new)


def add(path: str, text: str) -> Mistake:
    return lambda shop: shop.git.push({path: text})


def in_cart(path: str, old: str, new: str) -> Mistake:
    def act(shop: Shop) -> None:
        shop.service().replace(path, old, new)
        shop.build()

    return act


HEADWAY_YAML = {
    "an unknown key": (
        edit("headway.yaml", "application: shop", "aplication: x\napplication: shop"),
        r"headway\.yaml:1: .*aplication",
    ),
    "no source": (
        edit("headway.yaml", "    after: testing\n", ""),
        r"headway\.yaml:\d+: .*staging: no source",
    ),
    "a key twice": (
        edit("headway.yaml", "tests:\n", "tests: []\ntests:\n"),
        r"headway\.yaml:\d+: .*tests: stands twice",
    ),
    "another name": (
        edit("headway.yaml", "application: shop", "application: store"),
        "declares the application 'store'",
    ),
    "not text": (lambda shop: shop.git.push({"headway.yaml": b"\xff"}), r"headway\.yaml: this is not UTF-8"),
    "no such file": (
        lambda shop: shop.git.push({"headway.yaml": None}),
        r"headway\.yaml: the file is missing",
    ),
}


@pytest.mark.story
@pytest.mark.parametrize(("mistake", "sentence"), HEADWAY_YAML.values(), ids=HEADWAY_YAML.keys())
def test_headway_yaml(mistake: Mistake, sentence: str, delivered: Shop) -> None:
    mistake(delivered)
    before = delivered.everything()
    for act in (lambda: deliver(delivered.name), lambda: release(delivered.name, "testing")):
        with pytest.raises(BadInput, match=sentence):
            act()
    assert delivered.everything() == before


APPLICATION = {
    "an image that is not in the registry": (
        lambda shop: shop.git.replace("values.yaml", f'tag: "{shop.tag()}"', 'tag: "main-0000000"'),
        r"values\.yaml cart\.image\.tag: .*cart:main-0000000 is not in the registry",
    ),
    "a test's image that is not there": (
        edit("headway.yaml", "shop/tests:1", "shop/tests:7"),
        r"headway\.yaml tests\.buy-something: .*tests:7 is not in the registry",
    ),
    "a tag in an environment's values": (
        add("values/staging.yaml", "cart:\n  image:\n    tag: other\n"),
        r"values/staging\.yaml:\d+: cart\.image\.tag",
    ),
    "a secret in the clear": (
        add("secrets/testing.yaml", "cart:\n  password: hunter22\n"),
        r"secrets/testing\.yaml",
    ),
    "values that are no YAML": (add("values/testing.yaml", "greeting: [\n"), r"values/testing\.yaml"),
    "a chart that does not lint": (
        edit("Chart.yaml", "name: shop\n", "name: shop\ntype: thing\n"),
        "type must be application or library",
    ),
    "a template that does not render": (
        add("templates/bad.yaml", '{{ fail "no text" }}\n'),
        r"templates/bad\.yaml:1.*no text",
    ),
    "a schema that Helm would fetch more for": (
        add("values.schema.json", '{"properties": {"cart": {"$ref": "file:///etc/x.json"}}}'),
        r"values\.schema\.json: \$ref: file:///etc/x\.json leads out of the schema",
    ),
    "what Kubernetes would refuse": (
        add("templates/bad.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: bad\ndate: {}\n"),
        r"templates/bad\.yaml ConfigMap/bad",
    ),
    "more than Helm can store": (
        lambda shop: shop.git.push(
            {"templates/noise.yaml": f"# {random.Random(1).randbytes(900_000).hex()}\n"}
        ),
        "testing: Helm would store .* take large files out of the chart",
    ),
    "a lock out of step": (edit("Chart.lock", "version: 0.1.0", "version: 0.7.0"), r"Chart\.lock"),
}


@pytest.mark.parametrize(("mistake", "sentence"), APPLICATION.values(), ids=APPLICATION.keys())
def test_the_application_is_not_published(mistake: Mistake, sentence: str, delivered: Shop) -> None:
    mistake(delivered)
    before = delivered.everything()
    with pytest.raises(Terminal, match=sentence):
        publish_charts(delivered.name)
    assert delivered.everything() == before


SERVICE = {
    "does not lint": (
        in_cart("chart/Chart.yaml", "type: application", "type: thing"),
        "type must be application or library",
    ),
    "no version": (in_cart("chart/Chart.yaml", "version: 0.1.0", "appVersion: x"), r"Chart\.yaml.*version"),
    "plain secret": (
        in_cart("chart/values.yaml", "replicas: 1", "password: hunter22hunter22"),
        r"values\.yaml:1: .*password",
    ),
}


@pytest.mark.story
@pytest.mark.parametrize(("mistake", "sentence"), SERVICE.values(), ids=SERVICE.keys())
def test_a_service_chart_is_not_published(mistake: Mistake, sentence: str, delivered: Shop) -> None:
    mistake(delivered)
    charts = delivered.packages()
    with pytest.raises(Terminal, match=sentence):
        publish_charts(delivered.name)
    assert delivered.packages() == charts


def test_tag_and_label_that_disagree_are_not_chosen(delivered: Shop) -> None:
    delivered.service().push({"main.go": "package main // new\n"})
    delivered.build(revision="f" * 40)
    head = delivered.git.head
    update_application(delivered.name)
    assert delivered.git.head == head
    tag, told = f"main-{delivered.service().head[:7]}", delivered.report("update-application")
    assert f"| update_application | cart | {tag} left out | " in told.partition("<details>")[0]
    assert "tag and label disagree" in told


@pytest.mark.story
def test_an_image_of_an_old_commit_that_was_built_again_is_not_newer(delivered: Shop) -> None:
    old = delivered.service().head
    image = delivered.change_code()
    assert delivered.deliver() == [("testing", "Released")]
    delivered.systems.registry.push("shop/cart", f"main-{old[:8]}", revision=old)
    head = delivered.git.head
    update_application(delivered.name)
    assert delivered.git.head == head
    assert delivered.image() == image


def test_an_unknown_application_and_an_unknown_environment(delivered: Shop) -> None:
    with pytest.raises(BadInput, match=r"no application 'shoe' is registered.*headway add"):
        deliver("shoe")
    with pytest.raises(BadInput, match=r"there is no environment 'tasting'.*testing, staging"):
        release(delivered.name, "tasting")


@pytest.mark.story
def test_an_environment_without_a_cluster_block(delivered: Shop) -> None:
    delivered.git.replace("headway.yaml", "after: testing", "after: testing\n    cluster: nowhere")
    with pytest.raises(Terminal, match="no cluster 'nowhere' is registered"):
        promote(delivered.name)


def test_an_image_that_no_operator_has_named_is_not_delivered(delivered: Shop) -> None:
    image = delivered.change_code()
    before = delivered.everything()
    block = Application(git_url=delivered.git.url, images=["registry.example.com/bank"])
    block.save(delivered.name, overwrite=True)
    try:
        said = r"cart: could not be looked at \(registry\.example\.com/shop/cart: an image repository that no operator"
        with pytest.raises(Terminal, match=said):
            deliver(delivered.name)
    finally:
        register(delivered)
    assert delivered.everything() == before
    assert delivered.deliver() == [("testing", "Released")]
    assert delivered.image() == image


@pytest.mark.story
def test_an_application_whose_repository_is_not_there(delivered: Shop) -> None:
    Application(git_url=f"file://{delivered.folder}/gone.git").save("gone", overwrite=True)
    try:
        with pytest.raises(BadInput, match="there is no such repository"):
            deliver("gone")
    finally:
        Application.delete("gone")
