"""charts_url is what Chart.yaml has to say of the services, so that plain Helm finds them."""

import pytest

from headway.decide.review import read_addresses
from headway.formats import headway_yaml

URL = "https://charts.example.com/testing"
WRITE = f"write repository: {URL}, which is environments.testing.charts_url"
DECLARED = """\
application: shop
services:
  cart: {git: https://git.example.com/cart.git, image: r.example.com/cart}
  web: {git: https://git.example.com/web.git, image: r.example.com/web}
environments:
  testing: {charts: s3://testing, charts_url: "https://charts.example.com/testing"}
  staging: {charts: s3://staging, charts_url: "https://charts.example.com/staging", after: testing}
"""
CHART = """\
apiVersion: v2
name: shop
version: 0.1.0
dependencies:
  - name: cart
    version: 0.1.0
    repository: {cart}
  - {{name: front, alias: web, version: 0.1.0, repository: "{web}"}}
  - name: banner
    version: 1.2.0
    repository: https://elsewhere.example.com
"""


@pytest.mark.parametrize(
    ("cart", "web", "says"),
    [
        pytest.param(URL, URL, [], id="all agree, and third parties are elsewhere"),
        pytest.param(f"{URL}/", URL, [], id="a slash at the end is the same address"),
        pytest.param(
            "https://charts.example.com/staging",
            URL,
            [f"Chart.yaml:7: dependency cart names https://charts.example.com/staging; {WRITE}"],
            id="another environment's",
        ),
        pytest.param(
            URL,
            "",
            [f"Chart.yaml:8: dependency front names no repository; {WRITE}"],
            id="none, of a service by its alias",
        ),
        pytest.param(
            "s3://testing", "@testing", ["Chart.yaml:7", "Chart.yaml:8"], id="what plain Helm cannot read"
        ),
    ],
)
def test_a_dependency_that_names_another_repository_is_a_finding(
    cart: str, web: str, says: list[str]
) -> None:
    found = read_addresses.disagreements(headway_yaml.read(DECLARED), CHART.format(cart=cart, web=web), None)
    assert len(found) == len(says)
    assert all(str(each).startswith(wanted) for each, wanted in zip(found, says, strict=True))


def test_without_charts_url_plain_helm_is_not_spoken_of() -> None:
    declared = headway_yaml.read(DECLARED.replace(f', charts_url: "{URL}"', ""))
    assert read_addresses.disagreements(declared, CHART.format(cart="s3://x", web=""), None) == ()


def test_dependencies_in_requirements_yaml_are_named_there() -> None:
    requirements = "dependencies:\n- {name: cart, version: 0.1.0, repository: https://x.example.com}\n"
    chart = "apiVersion: v1\nname: shop\nversion: 0.1.0\n"
    (found,) = read_addresses.disagreements(headway_yaml.read(DECLARED), chart, requirements, "deploy/")
    assert (found.file, found.line) == ("deploy/requirements.yaml", 2)
