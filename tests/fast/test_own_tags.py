"""An environment that keeps tags of its own: chosen by its own rule, written to its value file, released without promotion."""

import json

import pytest

from blocks.opening import open_workspace
from headway.cli import explaining
from tests.fast.conftest import MakeShop
from tests.fast.memory import prefect_runs
from tests.fast.shop import REGISTRY, Shop
from tests.fast.test_answers import waiting

TAGS = 'cart:\n  image:\n    tag: ""\n'


def released(shop: Shop, version: str) -> str:
    """CI builds a release of the service; its image."""
    shop.systems.registry.push("shop/cart", version, revision=shop.service().head)
    return f"{REGISTRY}/shop/cart:{version}"


@pytest.fixture
def shop(make_shop: MakeShop) -> Shop:
    """Production follows versions, and nothing else; 1.0.0 runs there."""

    def follow_versions(made: Shop) -> None:
        declared = made.git.read("headway.yaml")
        own = declared.replace("    after: testing\n", '    policy: {kind: semver, range: "^1"}\n')
        made.git.push({"headway.yaml": own, "values/production.yaml": TAGS})
        released(made, "1.0.0")
        made.deliver_all()

    return make_shop(environments=("testing", "production"), then=follow_versions)


def test_each_environment_follows_its_own_rule_and_the_second_look_changes_nothing(shop: Shop) -> None:
    assert (shop.image(), shop.image("production")) == (
        f"{REGISTRY}/shop/cart:{shop.tag()}",
        f"{REGISTRY}/shop/cart:1.0.0",
    )
    assert 'tag: "1.0.0"' in shop.git.read("values/production.yaml")
    before = shop.everything()
    assert shop.deliver() == []
    assert shop.everything() == before

    shop.change_code()
    assert shop.deliver() == [("testing", "Released")], "production's view of the version is as it was"
    assert shop.offered("production") == ["0.1.0"]

    new = released(shop, "1.1.0")
    pushes = len(shop.git.messages())
    assert sorted(shop.deliver()) == [("production", "Released"), ("testing", "Released")]
    assert (shop.image("production"), shop.offered("production")) == (new, ["0.1.2", "0.1.0"])
    assert len(shop.git.messages()) == pushes + 1
    message = shop.git.messages()[0]
    assert message.startswith("Update cart in production to 1.1.0\n")
    assert "- cart in production: image 1.0.0 -> 1.1.0" in message
    assert f"Headway-Image: {new}" in message
    assert shop.packaged("0.1.2", "production") == shop.packaged("0.1.2")


def test_a_version_that_fails_there_is_left_there_alone_and_the_former_tag_comes_back(shop: Shop) -> None:
    bad = released(shop, "1.1.0")
    shop.cluster("production").kubelet.tests[bad] = "says no"
    assert ("production", "Rolled back") in shop.deliver()
    shop.deliver_all()
    assert shop.image("production") == f"{REGISTRY}/shop/cart:1.0.0"
    assert 'tag: "1.0.0"' in shop.git.read("values/production.yaml")
    assert shop.rejected("production") == ["0.1.1"]
    assert shop.rejected() == []
    assert ".headway/quarantine.yaml" not in shop.git.git("ls-tree", "-r", "--name-only", "HEAD")
    before = shop.everything()
    assert shop.deliver() == []
    assert shop.everything() == before
    fixed = released(shop, "1.1.1")
    shop.deliver_all()
    assert (shop.image("production"), shop.good("production")[0]) == (fixed, shop.offered()[0])


def test_the_way_back_to_what_runs_there_asks_nobody(shop: Shop) -> None:
    declared = shop.git.read("headway.yaml")
    shop.git.push({"headway.yaml": declared.replace('"^1"}\n', '"^1"}\n    gate: approval\n')})
    assert ("production", "Suspended") in shop.deliver()
    prefect_runs.answer(waiting(), approved=True)
    shop.work()
    bad = released(shop, "1.1.0")
    shop.cluster("production").kubelet.tests[bad] = "says no"
    shop.deliver_all()
    prefect_runs.answer(waiting(), approved=True)
    assert shop.work() == [("production", "Rolled back")]
    assert shop.offered("production") == ["0.1.2", "0.1.1", "0.1.0"]
    assert shop.deliver() == [("testing", "Released")]
    assert 'tag: "1.0.0"' in shop.git.read("values/production.yaml")
    assert (shop.offered()[0], shop.offered("production")[0]) == ("0.1.3", "0.1.2")
    assert "0.1.3 changes nothing here: 0.1.1 stays" in shop.report()

    released(shop, "1.1.1")
    assert ("production", "Suspended") in shop.deliver(), "what is new is asked for"
    assert shop.offered("production")[0] == "0.1.4"


def test_a_tag_that_a_person_empties_is_chosen_anew(shop: Shop) -> None:
    shop.git.push({"values/production.yaml": TAGS})
    shop.deliver_all()
    assert 'tag: "1.0.0"' in shop.git.read("values/production.yaml")


def test_nothing_comes_past_a_freeze(shop: Shop) -> None:
    text = shop.git.read("headway.yaml")
    shop.git.push({"headway.yaml": text.replace('range: "^1"}\n', 'range: "^1"}\n    frozen: true\n')})
    released(shop, "1.1.0")
    shop.deliver_all()
    assert shop.offered("production") == ["0.1.0"]
    assert "the environment is frozen in headway.yaml" in shop.report()


def test_a_chart_that_changed_comes_without_promotion(shop: Shop) -> None:
    shop.git.push(
        {"templates/more.yaml": shop.git.read("templates/greeting.yaml").replace("greeting", "more", 1)}
    )
    assert sorted(shop.deliver()) == [("production", "Released"), ("testing", "Released")]
    assert shop.offered("production")[0] == shop.offered()[0]


def test_with_after_the_tag_comes_with_a_version_that_was_good_before(make_shop: MakeShop) -> None:
    shop = make_shop(
        environments=("testing", "production"), production={"policy": '{kind: semver, range: "^1"}'}
    )
    shop.git.push({"values/production.yaml": TAGS})
    released(shop, "1.0.0")
    shop.deliver_all()
    assert shop.image("production") == f"{REGISTRY}/shop/cart:1.0.0"
    new = released(shop, "1.1.0")
    assert shop.deliver() == [("testing", "Released")]
    assert 'tag: "1.1.0"' in shop.git.read("values/production.yaml")
    assert shop.image("production") == f"{REGISTRY}/shop/cart:1.0.0"
    assert shop.deliver() == [("production", "Released")]
    assert shop.image("production") == new


def test_explain_names_the_rule_of_each_environment(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    bad = released(shop, "1.1.0")
    shop.cluster("production").kubelet.tests[bad] = "says no"
    shop.deliver_all()
    workspace = open_workspace(shop.name)
    capsys.readouterr()
    assert explaining.image_of(workspace, "cart", "table")
    shared, own = capsys.readouterr().out.split(
        "\n\nproduction keeps its own tag, by semver of branch main\n"
    )
    assert f"in use: {shop.tag()}\nstays: {shop.tag()} is the newest commit with an image" in shared
    said = [line.split(maxsplit=2) for line in own.splitlines()]
    assert own.startswith("in use: 1.0.0\nstays: 1.0.0 is the highest version that '^1' admits\n")
    assert ["1.1.0", "-", "left out: a version with it failed in production"] in said
    assert explaining.image_of(workspace, "cart", "json")
    assert json.loads(capsys.readouterr().out)["environments"]["production"]["current"] == "1.0.0"


@pytest.fixture
def two(make_shop: MakeShop) -> Shop:
    """Production follows versions of two services; 1.0.0 of both runs there."""

    def follow_versions(made: Shop) -> None:
        own = made.git.read("headway.yaml").replace("    after: testing\n", "    policy: {kind: semver}\n")
        made.git.push({"headway.yaml": own, "values/production.yaml": TAGS + TAGS.replace("cart", "catalog")})
        both_released(made, "1.0.0")
        made.deliver_all()

    services = ("cart", "catalog")
    return make_shop(environments=("testing", "production"), services=services, then=follow_versions)


def both_released(shop: Shop, version: str) -> None:
    for name in shop.services:
        shop.systems.registry.push(f"shop/{name}", version)


def running(shop: Shop) -> list[str]:
    return [shop.image("production", name).rpartition(":")[2] for name in shop.services]


def says_no_to(shop: Shop, *images: str) -> None:
    """The Job of headway.yaml, which names no workload, says no in production as long as all of these run."""
    shop.cluster("production").kubelet.fails_with.append(
        frozenset(f"{REGISTRY}/shop/{each}" for each in images)
    )


def test_of_several_that_failed_together_the_innocent_stays(
    two: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    both_released(two, "1.1.0")
    says_no_to(two, "catalog:1.1.0")
    two.deliver_all()
    assert running(two) == ["1.1.0", "1.0.0"]
    assert two.rejected("production") == ["0.1.1"], "what runs beside catalog 1.0.0 is good"
    assert two.rejected() == []
    said = "production: 1 of 2 new inputs, the others wait for the result of this"
    assert two.git.messages()[0].partition("\n\n")[2].startswith(f"{said}.\n")
    assert "rejected together with registry.example.com/shop/cart 1.1.0, in use now" in two.report()
    before = two.everything()
    assert two.deliver() == []
    assert two.everything() == before
    capsys.readouterr()
    assert explaining.image_of(open_workspace(two.name), "catalog", "table")
    own = capsys.readouterr().out.partition("\n\nproduction keeps")[2]
    assert "in use: 1.0.0\n1.1.0 waits: rejected together with registry.example.com/shop/cart 1.1.0" in own

    two.systems.registry.push("shop/catalog", "1.1.1")
    two.deliver_all()
    assert running(two) == ["1.1.0", "1.1.1"]


@pytest.mark.story
def test_of_several_that_failed_together_the_guilty_is_found(two: Shop) -> None:
    both_released(two, "1.1.0")
    says_no_to(two, "cart:1.1.0")
    two.deliver_all()
    assert running(two) == ["1.0.0", "1.1.0"]
    assert two.rejected("production") == ["0.1.2", "0.1.1"], "both, and cart alone"
    before = two.everything()
    assert two.deliver() == []
    assert two.everything() == before


@pytest.mark.story
def test_of_two_that_fail_in_company_alone_one_runs(two: Shop) -> None:
    both_released(two, "1.1.0")
    says_no_to(two, "cart:1.1.0", "catalog:1.1.0")
    two.deliver_all()
    assert running(two) == ["1.1.0", "1.0.0"]


@pytest.mark.story
def test_where_a_person_approves_each_version_a_set_waits_as_a_whole(two: Shop) -> None:
    declared = two.git.read("headway.yaml")
    two.git.push(
        {"headway.yaml": declared.replace("{kind: semver}\n", "{kind: semver}\n    gate: approval\n")}
    )
    two.deliver_all()
    prefect_runs.answer(waiting(), approved=True)
    two.work()
    both_released(two, "1.1.0")
    says_no_to(two, "cart:1.1.0")
    two.deliver_all()
    prefect_runs.answer(waiting(), approved=True)
    two.work()
    two.deliver_all()
    assert running(two) == ["1.0.0", "1.0.0"]
    assert "rejected as a set: registry.example.com/shop/cart 1.1.0" in two.report()


@pytest.fixture
def three(make_shop: MakeShop) -> Shop:
    """Staging and, after it, production follow versions; 1.0.0 runs in both."""
    own = {"policy": '{kind: semver, range: "^1"}'}
    shop = make_shop(environments=("testing", "staging", "production"), staging=own, production=own)
    shop.git.push({"values/staging.yaml": TAGS, "values/production.yaml": TAGS})
    released(shop, "1.0.0")
    shop.deliver_all()
    assert shop.image("production") == f"{REGISTRY}/shop/cart:1.0.0"
    return shop


def test_what_failed_before_an_environment_is_not_chosen_there(three: Shop) -> None:
    bad = released(three, "1.1.0")
    three.cluster("staging").kubelet.tests[bad] = "says no"
    three.deliver_all()
    assert three.image("staging") == three.image("production") == f"{REGISTRY}/shop/cart:1.0.0"
    assert 'tag: "1.0.0"' in three.git.read("values/production.yaml")
    before = three.everything()
    assert three.deliver() == []
    assert three.everything() == before

    new = released(three, "1.1.1")
    three.deliver_all()
    assert three.image("staging") == three.image("production") == new


@pytest.mark.story
def test_what_a_person_wrote_there_is_not_promoted_past_what_failed_before(three: Shop) -> None:
    bad = released(three, "1.1.0")
    three.cluster("staging").kubelet.tests[bad] = "says no"
    three.deliver_all()
    declared = three.git.read("headway.yaml")
    head, _, tail = declared.rpartition('{kind: semver, range: "^1"}')
    three.git.push({"headway.yaml": f'{head}{{kind: exact, tag: "1.1.0"}}{tail}'})
    three.git.replace("values/production.yaml", '"1.0.0"', '"1.1.0"')
    three.deliver_all()
    assert three.image("production") == f"{REGISTRY}/shop/cart:1.0.0"


@pytest.mark.story
def test_what_is_good_in_an_environment_stays_there_though_it_failed_before_it(three: Shop) -> None:
    new = released(three, "1.1.0")
    three.deliver_all()
    assert three.image("production") == new
    three.cluster("staging").kubelet.tests[new] = "says no"
    three.git.replace("values.yaml", "cart:", "# Changed.\ncart:")
    three.deliver_all()
    assert 'tag: "1.1.0"' in three.git.read("values/production.yaml")
    assert three.image("production") == new
