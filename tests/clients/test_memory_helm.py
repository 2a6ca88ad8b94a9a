"""The Helm of the fast tests says and makes what the real one does, of the charts that they use."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from headway.clients.helm import chart, packaging
from headway.clients.helm.command import Helm
from headway.formats import chart_package, manifests
from tests.fast.chart_of_random_names import random_names
from tests.fast.charts_of_shop import service_files, umbrella_files
from tests.fast.memory.helm import Clusters, MemoryHelm

pytestmark = pytest.mark.sandbox
MEMORY = MemoryHelm.on(Clusters())


def written(folder: Path, files: Mapping[str, str]) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


@pytest.fixture
def service(tmp_path: Path) -> Path:
    return written(tmp_path / "cart", service_files("cart")) / "chart"


@pytest.fixture
def umbrella(tmp_path: Path, service: Path, helm: Helm) -> Path:
    folder = written(tmp_path / "shop", umbrella_files("shop", ("cart",)))
    made = packaging.package(service, annotations={}, epoch=0, helm=helm)
    packaging.vendor(folder, {"cart": made.data})
    return folder


def test_packages_hold_the_same_files(umbrella: Path, helm: Helm) -> None:
    real, ours = (
        chart_package.files(
            packaging.package(umbrella, annotations={"headway.dev/commit": "x"}, epoch=7, helm=each).data
        )
        for each in (helm, MEMORY)
    )
    assert sorted(ours) == sorted(real)
    # Helm writes metadata anew; everything else stays as it is.
    assert {path for path in real if real[path] != ours[path]} <= {"Chart.yaml", "charts/cart/Chart.yaml"}


def test_the_same_resources_are_rendered(umbrella: Path, helm: Helm) -> None:
    values = [
        written(umbrella, {"values/more.yaml": "greeting: more\ncart: {replicas: 3}\n"}) / "values/more.yaml"
    ]
    real, ours = (
        manifests.split(
            chart.template(
                each, umbrella, release="shop", namespace="shop-testing", values=values
            ).manifests.decode()
        )
        for each in (helm, MEMORY)
    )
    assert {each.key: each.document for each in ours} == {each.key: each.document for each in real}


def test_random_names_are_random_in_the_same_places(service: Path, helm: Helm) -> None:
    written(service.parent, random_names("cart"))

    def named(by: Helm) -> list[tuple[str, str]]:
        said = chart.template(by, service, release="shop", namespace="shop-testing", values=[])
        return [
            (each.key.kind, re.sub(r"-test-[a-z0-9]{5}$", "-test-*", each.key.name))
            for each in manifests.split(said.manifests.decode())
        ]

    assert sorted(named(MEMORY)) == sorted(named(helm))
    assert ("Job", "cart-load-test-*") in named(helm)


def test_lint_says_what_rendering_says_with_all_its_lines(service: Path, helm: Helm) -> None:
    written(service, {"templates/bad.yaml": "a: {{ .Values.no.text }}\n"})
    (linted,) = chart.lint(helm, service)
    rendered = chart.template(helm, service, release="shop", namespace="shop-testing").error
    assert "nil pointer evaluating interface {}.text" in rendered
    assert linted == f"templates/: {rendered}"


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        pytest.param({}, "", id="a sound chart"),
        pytest.param({"Chart.yaml": "apiVersion: v2\nname: cart\n"}, "version is required", id="no version"),
        pytest.param(
            {"Chart.yaml": "apiVersion: v2\nname: cart\nversion: 1.0.0\ntype: thing\n"},
            "type must be application or library",
            id="type",
        ),
        pytest.param(
            {"templates/bad.yaml": "a: {{ .Values.no.text }}\n"},
            "cart/templates/bad.yaml:1",
            id="a value of nothing",
        ),
        pytest.param(
            {"templates/bad.yaml": '{{ fail "no text" }}\n'},
            "",
            id="what fails by itself, which lint passes over",
        ),
    ],
)
def test_lint_finds_the_same(files: dict[str, str], sentence: str, service: Path, helm: Helm) -> None:
    written(service, files)
    for each in (helm, MEMORY):
        said = "\n".join(chart.lint(each, service))
        assert sentence in said
        assert bool(said) == bool(sentence)
