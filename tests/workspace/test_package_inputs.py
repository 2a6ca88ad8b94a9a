"""What of a package is a service's, and what is people's: Helm vendors each chart as a folder."""

from collections.abc import Mapping

import pytest

from headway.model.charts import Package
from headway.workspace import package_inputs

HEADWAY_YAML = """\
application: shop
services:
  cart: {git: https://git.example.com/shop/cart.git, image: r.example.com/cart}
environments:
  testing: {charts: s3://shop-charts-testing}
"""
CHART_YAML = """\
apiVersion: v2
name: shop
version: 0.1.0
dependencies:
  - {name: cart, version: 0.1.0, repository: s3://shop-charts-testing}
  - {name: cart-db, version: 1.0.0, repository: https://charts.example.com}
"""
FILES = {
    "headway.yaml": HEADWAY_YAML,
    "Chart.yaml": CHART_YAML,
    "values.yaml": "cart: {image: {tag: main-aaaaaaa}}\n",
    "charts/cart/templates/a.yaml": "a: 1\n",
    "charts/cart-db/values.yaml": "b: 1\n",
}


def contents(changed: Mapping[str, str]) -> set[str]:
    package = Package("shop", "0.1.0", b"", "sha256:0", "sha256:0", {})
    files = {path: text.encode() for path, text in {**FILES, **changed}.items()}
    return {each for each in package_inputs.of(package, files, "testing") if each.startswith("content ")}


@pytest.mark.parametrize(
    ("changed", "peoples"),
    [
        pytest.param({"charts/cart/templates/a.yaml": "a: 2\n"}, False, id="a service's chart"),
        pytest.param({"charts/cart-db/values.yaml": "b: 2\n"}, True, id="a chart whose name begins like it"),
        pytest.param({"values/testing.yaml": "cart: {colour: red}\n"}, True, id="a value file"),
    ],
)
def test_a_service_s_chart_is_an_input_of_its_own(changed: Mapping[str, str], peoples: bool) -> None:
    before, after = contents({}), contents(changed)
    assert len(before) == len(after) == 1
    assert (before != after) is peoples
