"""A delivery: from what is in git and registry to tested releases, and nothing where nothing is new."""

from typing import Any

import pytest
from prefect.tasks import Task

from flows.deliver import deliver
from flows.promote import promote
from flows.publish_charts import publish_charts
from flows.supply import supply
from flows.update_application import update_application
from headway.clients.chart_repository.publishing import StoredRepository
from headway.errors import Terminal
from headway.model.charts import ChartEntry
from headway.workspace import release_context
from tests.fast.charts_of_shop import service_files, umbrella_files
from tests.fast.conftest import MakeShop
from tests.fast.memory import prefect_runs
from tests.fast.shop import REGISTRY, Shop


def test_the_first_delivery_goes_to_testing_and_on_to_staging(shop: Shop) -> None:
    assert shop.deliver() == [("testing", "Released")]
    assert shop.offered() == shop.good() == ["0.1.0"]
    assert shop.image() == f"registry.example.com/shop/cart:{shop.tag()}"
    assert _passed() == {("headway.release.tested", "testing"), ("headway.release.offered", "testing")}
    assert shop.deliver() == [("staging", "Released")]
    assert _passed() == {("headway.release.tested", "staging")}, "nothing comes after it"
    assert shop.packages("staging") == ["shop-0.1.0.tgz"]
    assert shop.packaged("0.1.0", "staging") == shop.packaged("0.1.0")
    assert shop.history("staging") == [(1, "deployed", "0.1.0")]
    assert "buy-something" in shop.report("staging-tests")


def _passed() -> set[tuple[str, str]]:
    """What was said since the last call of what passed, and where."""
    told = ("headway.release.tested", "headway.release.offered")
    return {(name, payload["environment"]) for name, payload in prefect_runs.events() if name in told}


@pytest.mark.story
def test_a_second_delivery_writes_nothing(delivered: Shop) -> None:
    before = delivered.everything()
    assert delivered.deliver() == []
    assert delivered.everything() == before


def test_what_finds_nothing_to_do_is_no_task(delivered: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes Prefect's server as much as a dozen requests take the API server."""
    begun: list[str] = []
    call = Task.__call__

    def called(self: Any, name: str, *given: Any) -> Any:
        begun.append(name)
        return call(self, name, *given)

    monkeypatch.setattr(Task, "__call__", called)
    deliver(delivered.name)
    assert begun == []
    delivered.change_code()
    deliver(delivered.name)
    assert begun == ["Publish the application's chart"]


@pytest.mark.story
def test_a_new_image_is_one_commit_and_one_upgrade(delivered: Shop) -> None:
    image = delivered.change_code()
    assert delivered.deliver() == [("testing", "Released")]
    assert delivered.git.authors() == ["Headway", "Headway", "Ada Lovelace"]
    assert delivered.git.changed() == ["Chart.yaml", "values.yaml"]
    assert "Headway-Stage: update_application" in delivered.git.messages()[0]
    assert delivered.image() == image
    assert delivered.history() == [(1, "superseded", "0.1.0"), (2, "deployed", "0.1.1")]


def test_code_and_chart_of_a_service_travel_together(delivered: Shop) -> None:
    cart = delivered.service()
    cart.push(
        {
            "main.go": "package main // needs more\n",
            "chart/values.yaml": cart.read("chart/values.yaml") + "more: 1\n",
        }
    )
    before = delivered.git.head
    assert delivered.deliver() == []
    assert "| publish_charts | cart | AwaitingImage |" in delivered.report(), "it is not folded away"
    assert delivered.git.head == before
    image = delivered.build()
    assert delivered.deliver() == [("testing", "Released")]
    assert delivered.offered(chart="cart") == ["0.1.1", "0.1.0"]
    assert delivered.git.authors()[:2] == ["Headway", "Headway"]
    assert 'version: "0.1.1"' in delivered.git.read("Chart.yaml")
    assert delivered.image() == image


@pytest.mark.story
def test_each_stage_by_itself_ends_where_a_delivery_does(shop: Shop) -> None:
    publish_charts(shop.name)
    assert (shop.offered(chart="cart"), shop.offered()) == (["0.1.0"], [])
    update_application(shop.name)
    publish_charts(shop.name)
    assert shop.release().name == "Released"
    promote(shop.name)
    assert shop.release("staging").name == "Released"
    before = shop.everything()
    assert shop.deliver() == []
    assert shop.everything() == before


@pytest.mark.story
def test_supply_promotes_and_releases_nothing(shop: Shop) -> None:
    supply(shop.name)
    assert (shop.offered(), shop.offered("staging")) == (["0.1.0"], [])
    assert prefect_runs.release_runs() == []
    assert shop.cluster().writes == []


@pytest.mark.story
def test_a_person_s_change_of_values_is_published_and_released(delivered: Shop) -> None:
    delivered.git.replace("values/testing.yaml", "hello testing", "good morning")
    assert delivered.deliver() == [("testing", "Released")]
    found = delivered.live("configmaps/greeting")
    assert found
    assert found["data"]["text"] == "good morning"
    assert "Raise the chart's version to 0.1.1" in delivered.git.messages()[0]


@pytest.mark.story
def test_somebody_who_pushes_between_look_and_commit_is_not_overwritten(delivered: Shop) -> None:
    image = delivered.change_code()
    delivered.git.somebody_pushes_first({"NOTES.md": "theirs\n"})
    assert delivered.deliver() == [("testing", "Released")]
    assert delivered.git.read("NOTES.md") == "theirs\n"
    assert delivered.image() == image


@pytest.mark.story
def test_version_manual_refuses_to_raise_a_version(make_shop: MakeShop) -> None:
    shop = make_shop(delivered=True, more="version: manual\n")
    shop.git.replace("values.yaml", "greeting: hello", "greeting: hi")
    with pytest.raises(Terminal, match=r"0\.1\.0 exists with other content.*Raise version: in Chart\.yaml"):
        deliver(shop.name)
    shop.git.replace("Chart.yaml", "version: 0.1.0\n", "version: 0.2.0\n")
    assert shop.deliver() == [("testing", "Released")]
    assert shop.good() == ["0.2.0", "0.1.0"]


def test_two_services_reach_the_application_in_one_commit(make_shop: MakeShop) -> None:
    shop = make_shop(delivered=True, services=("cart", "catalog"))
    head = shop.git.head
    images = [shop.change_code("cart"), shop.change_code("catalog")]
    assert shop.deliver() == [("testing", "Released")]
    assert len(shop.git.authors()) == 3
    assert shop.git.head != head
    assert [shop.image(service=name) for name in ("cart", "catalog")] == images


def test_a_version_without_tests_leaves_no_report_of_tests(delivered: Shop) -> None:
    before = prefect_runs.artifact("shop-testing-tests")
    delivered.service().push({"chart/templates/check.yaml": None})
    declared = delivered.git.read("headway.yaml").partition("tests:")[0]
    delivered.git.push({"headway.yaml": declared})
    delivered.build()
    delivered.deliver()
    assert delivered.good("testing")[0] == "0.1.1"
    assert prefect_runs.artifact("shop-testing-tests") == before


@pytest.mark.parametrize(("just_now", "times"), [(60.0, 1), (0.0, 3)])
def test_a_release_that_takes_but_a_moment_reads_what_is_offered_once(
    delivered: Shop, monkeypatch: pytest.MonkeyPatch, just_now: float, times: int
) -> None:
    """Three looks: what its own record and history are taken from, the index is."""
    delivered.change_code()
    deliver(delivered.name)
    monkeypatch.setattr(release_context, "JUST_NOW", just_now)
    read: list[str] = []
    entries = StoredRepository.entries

    def noted(self: StoredRepository, chart: str) -> list[ChartEntry]:
        read.append(self.url)
        return entries(self, chart)

    monkeypatch.setattr(StoredRepository, "entries", noted)
    assert prefect_runs.work() == [("testing", "Released")]
    assert len(read) == times


@pytest.mark.story
def test_a_service_in_a_folder_of_the_applications_own_repository(make_shop: MakeShop) -> None:
    """As headway init writes it: each commit there is of one of them, and none of Headway's own is news of either."""
    shop = make_shop(environments=("testing",))
    apart = f"cart: {{git: '{shop.service().url}', image: {REGISTRY}/shop/cart}}"
    within = apart.replace(shop.service().url, shop.git.url).replace(
        "}", ", chart: services/cart/chart, paths: [services/cart]}"
    )
    umbrella = umbrella_files("shop", ("cart",))
    text = shop.git.read("headway.yaml").replace(apart, within)

    def built() -> str:
        head = shop.git.head
        shop.systems.registry.push("shop/cart", f"main-{head[:7]}", revision=head)
        return f"{REGISTRY}/shop/cart:main-{head[:7]}"

    shop.git.push(
        {
            **dict.fromkeys(umbrella),
            **{f"deploy/{path}": data for path, data in umbrella.items()},
            **{f"services/cart/{path}": data for path, data in service_files("cart").items()},
            "headway.yaml": text.replace("application: shop", "application: shop\nchart: deploy"),
        },
        "Move all into one repository",
    )
    first = built()
    shop.deliver_all()
    assert (shop.offered(), shop.image()) == (["0.1.0"], first)
    shop.git.push({"services/cart/main.go": "package main // changed\n"}, "Change the code")
    second = built()
    shop.deliver_all()
    assert (shop.offered(), shop.image(), shop.offered(chart="cart")) == (
        ["0.1.1", "0.1.0"],
        second,
        ["0.1.0"],
    )
    values = shop.git.read("services/cart/chart/values.yaml")
    shop.git.push({"services/cart/chart/values.yaml": f"{values}more: 1\n"}, "Change the chart")
    built()
    shop.deliver_all()
    head = shop.git.head
    assert (shop.offered()[0], shop.offered(chart="cart")) == ("0.1.2", ["0.1.1", "0.1.0"])
    assert (shop.deliver(), shop.git.head) == ([], head)
