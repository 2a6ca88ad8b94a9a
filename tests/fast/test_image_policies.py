"""What reaches a cluster by other policies than the order of commits."""

import pytest

from flows.supply import supply
from tests.fast.shop import REGISTRY, Shop


def test_a_tag_that_moves_is_released_by_digest_and_goes_back_to_what_it_named(shop: Shop) -> None:
    declared = shop.git.read("headway.yaml").replace(
        "/shop/cart}", "/shop/cart, policy: {kind: digest, tag: stable}}"
    )
    shop.git.push({"headway.yaml": declared})
    registry = shop.systems.registry

    def moved(built: str) -> str:
        digest = registry.push("shop/cart", "stable", revision=shop.service().head, built=built)
        return f"{REGISTRY}/shop/cart:stable@{digest}"

    good = moved("one")
    shop.deliver_all()
    assert (shop.image(), shop.good()) == (good, ["0.1.0"])
    head = shop.git.head
    assert (shop.deliver(), shop.git.head) == ([], head)
    bad = moved("two")
    shop.cluster().kubelet.tests[bad] = "says no"
    assert shop.deliver() == [("testing", "Rolled back")]
    assert (shop.image(), shop.rejected()) == (good, ["0.1.1"])
    assert good.rpartition("/cart:")[2] in shop.git.read("values.yaml")
    assert f'version: "{bad.rpartition("/cart:")[2]}"' in shop.git.read(".headway/quarantine.yaml")
    moved("three")
    assert shop.deliver()[0] == ("testing", "Released")


def supplied_until_nothing_moves(shop: Shop) -> None:
    """With a CI that builds the head of the service's branch after each push, whoever made it."""
    for _ in range(9):
        before = shop.service().head, shop.git.head
        shop.build()
        supply(shop.name)
        if before == (shop.service().head, shop.git.head):
            return
    pytest.fail("it goes round for ever")


@pytest.mark.parametrize(
    ("chart", "change", "is_code"),
    [
        pytest.param("chart", {"main.go": "package main // 2\n"}, True, id="code"),
        pytest.param("chart", {"chart/more.txt": "2\n"}, False, id="the chart", marks=pytest.mark.story),
        pytest.param("chart", {"main.go": "package main // 2\n", "chart/more.txt": "2\n"}, True, id="both"),
        pytest.param(
            ".",
            {"main.go": "package main // 2\n"},
            True,
            id="a chart that is all of the repository",
            marks=pytest.mark.story,
        ),
    ],
)
def test_one_change_is_one_bump_where_tags_stand_in_the_service_s_own_chart(
    shop: Shop, chart: str, change: dict[str, str], is_code: bool
) -> None:
    declared = shop.git.read("headway.yaml").replace(
        "/shop/cart}", f"/shop/cart, chart: {chart}, tags_in: chart}}"
    )
    shop.git.push({"headway.yaml": declared, "values.yaml": "greeting: hello\n"})
    service = shop.service()
    if chart == ".":
        for path in ("Chart.yaml", "values.yaml", "templates/deployment.yaml", "templates/check.yaml"):
            service.push({path: service.read(f"chart/{path}") + "\n", f"chart/{path}": None}, "Move")
    supplied_until_nothing_moves(shop)
    pushes, bumps, offered = len(service.messages()), len(shop.git.messages()), shop.offered()
    service.push(change)
    tag = shop.tag()
    supplied_until_nothing_moves(shop)
    assert (len(service.messages()), len(shop.git.messages())) == (pushes + 2, bumps + 1)
    assert len(shop.offered()) == len(offered) + 1
    assert service.authors()[:2] == ["Headway", "Ada Lovelace"]
    written = service.read("values.yaml" if chart == "." else "chart/values.yaml")
    assert (f'tag: "{tag}"' in written) is is_code
    assert (f"Headway-Image: {REGISTRY}/shop/cart:{tag}" in service.messages()[0]) is is_code


def test_images_of_one_service_come_in_as_they_are_built(shop: Shop) -> None:
    more = f"images: {{worker: {{image: {REGISTRY}/shop/worker, value_image: cart.worker}}}}"
    declared = shop.git.read("headway.yaml").replace("/shop/cart}", f"/shop/cart, {more}}}")
    values = shop.git.read("values.yaml") + '  worker: ""\n'
    shop.git.push({"headway.yaml": declared, "values.yaml": values})
    service = shop.service()
    template = service.read("chart/templates/deployment.yaml")
    worker = '        - name: worker\n          image: "{{ .Values.worker }}"\n'
    service.push({"chart/templates/deployment.yaml": f"{template}\n{worker}"})

    def build_worker() -> str:
        shop.systems.registry.push("shop/worker", shop.tag(), revision=service.head)
        return f"{REGISTRY}/shop/worker:{shop.tag()}"

    def written() -> list[str]:
        supply(shop.name)
        lines = shop.git.read("values.yaml").splitlines()
        return [line.split(maxsplit=1)[1].strip('"') for line in lines if "tag:" in line or "worker:" in line]

    shop.build()
    build_worker()
    begun = shop.tag()
    assert written() == [begun, f"{REGISTRY}/shop/worker:{begun}"]
    before = len(shop.git.messages())
    shop.change_code()
    assert written() == [shop.tag(), f"{REGISTRY}/shop/worker:{begun}"]
    both = [shop.tag(), build_worker()]
    assert written() == both
    assert len(shop.git.messages()) == before + 2
    assert written() == both
    assert len(shop.git.messages()) == before + 2
    assert shop.offered() == ["0.1.2", "0.1.1", "0.1.0"]


@pytest.mark.parametrize("kind", ["commit-order", "semver"])
def test_the_report_says_by_which_rule_a_tag_was_chosen_and_why_it_may_come_in(kind: str, shop: Shop) -> None:
    """The pairing alone was told, which is the same for whatever tag there is."""
    declared = shop.git.read("headway.yaml").replace("/shop/cart}", f"/shop/cart, policy: {{kind: {kind}}}}}")
    shop.git.push({"headway.yaml": declared})

    def built(tag: str) -> str:
        head = shop.service().head
        named = f"main-{head[:7]}" if kind == "commit-order" else tag
        shop.systems.registry.push("shop/cart", named, revision=head)
        shop.deliver()
        rule = {
            "commit-order": "is the newest commit with an image",
            "semver": "is the highest version that '*' admits",
        }
        return f"image {named} | {named} {rule[kind]}"

    first = built("1.0.0")
    assert first in shop.report()
    shop.service().push({"main.go": "package main // 2\n"})
    assert f"{built('1.1.0')}; the chart in use has all changes that the image has" in shop.report()
