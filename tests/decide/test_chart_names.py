import pytest

from headway.decide.supply.chart_names import clashes, shared_by_services
from headway.formats import chart_yaml, headway_yaml
from headway.formats.chart_lock import ChartLock, Locked

CART = "{name: pod, alias: cart, version: 1.0.0, repository: https://a}"


def chart(*dependencies: str) -> chart_yaml.ChartYaml:
    lines = "".join(f"- {each}\n" for each in dependencies)
    return chart_yaml.read(f"apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n{lines}")


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        pytest.param(
            "{name: pod, alias: catalog, version: 1.1.0, repository: https://a}",
            "the dependencies cart and catalog are the chart pod in two versions, 1.0.0 and 1.1.0",
            id="two versions",
        ),
        pytest.param(
            "{name: pod, alias: catalog, version: 1.0.0, repository: https://b}",
            "the dependencies cart and catalog are charts named pod from 'https://a' and 'https://b'",
            id="two repositories",
        ),
        pytest.param(
            "{name: pod, alias: catalog, version: 1.0.0, repository: https://a/}", "", id="the same"
        ),
        pytest.param(
            "{name: pod, alias: catalog, version: ^1, repository: https://a}", "", id="not known yet"
        ),
        pytest.param("{name: other, alias: catalog, version: 2.0.0, repository: https://a}", "", id="others"),
    ],
)
def test_one_chart_name_is_one_package(other: str, sentence: str) -> None:
    assert clashes(chart(CART, other)) == ((sentence,) if sentence else ())


def test_the_lock_tells_what_ranges_came_to() -> None:
    ranges = chart(
        "{name: pod, alias: a, version: ^1, repository: r}", "{name: pod, version: ~1, repository: r}"
    )

    def locked(*versions: str) -> ChartLock:
        return ChartLock(tuple(Locked("pod", each, "r") for each in versions), "sha256:0")

    assert clashes(ranges, locked("1.0.0", "1.0.0")) == ()
    assert clashes(ranges, locked("1.0.0", "1.2.0")) == (
        "the dependencies a and pod are the chart pod in two versions, 1.0.0 and 1.2.0",
    )


@pytest.mark.parametrize(("folder", "shared"), [("chart", True), ("", False)], ids=["two", "the same chart"])
def test_services_that_publish_under_one_name(folder: str, shared: bool) -> None:
    catalog = "git: https://g/catalog" if folder else "git: https://g/cart"
    application = headway_yaml.read(
        "application: shop\nservices:\n"
        "  cart: {git: https://g/cart, image: r/cart}\n"
        f"  catalog: {{{catalog}, image: r/catalog}}\n"
        "environments: {testing: {charts: s3://t}}\n"
    )
    found = shared_by_services(application, chart(CART, CART.replace("cart", "catalog")))
    assert bool(found) is shared
    assert (
        not shared or "the services cart and catalog publish different charts under one name, pod" in found[0]
    )
