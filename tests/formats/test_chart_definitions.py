"""What Helm would find in crds/ of a chart and of its enabled dependencies."""

import pytest

from headway.errors import BadInput
from headway.formats import chart_definitions
from tests.clients.packages import archive

DEFINITION = b"""\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget}
  versions: [{name: v1, served: true}, {name: v1alpha1, served: false}]
"""
CHART = b"name: shop\nversion: 0.1.0\n"
QUEUE = {"Chart.yaml": b"name: queue\nversion: 0.1.0\n", "crds/jobs.yaml": DEFINITION}


def umbrella(
    dependency: str = "", values: bytes = b"", more: dict[str, bytes] | None = None
) -> dict[str, bytes]:
    declared = f"dependencies: [{{name: queue, {dependency}}}]\n".encode() if dependency else b""
    folder = {f"charts/queue/{path}": data for path, data in QUEUE.items()}
    return {"Chart.yaml": CHART + declared, "values.yaml": values, **folder, **(more or {})}


def sources(files: dict[str, bytes], *given: bytes) -> list[str]:
    return [each.source for each in chart_definitions.of_files(files, given)]


ITS_OWN = "charts/queue/crds/jobs.yaml"


@pytest.mark.parametrize(
    ("dependency", "values", "given", "found"),
    [
        pytest.param("", b"", b"", True, id="undeclared in charts/"),
        pytest.param("version: 0.1.0", b"", b"", True, id="declared"),
        pytest.param("condition: queue.enabled", b"", b"", True, id="a condition that no value decides"),
        pytest.param("condition: queue.enabled", b"queue: {enabled: false}", b"", False, id="disabled"),
        pytest.param(
            "condition: queue.enabled",
            b"queue: {enabled: false}",
            b"queue: {enabled: true}",
            True,
            id="enabled by a value file above",
        ),
        pytest.param(
            "condition: 'queue.none,queue.enabled'", b"queue: {enabled: false}", b"", False, id="second path"
        ),
        pytest.param("tags: [back]", b"tags: {back: false}", b"", False, id="by a tag"),
        pytest.param(
            "tags: [back, all]", b"tags: {back: false, all: true}", b"", True, id="one tag is enough"
        ),
        pytest.param(
            "tags: [back], condition: queue.enabled",
            b"tags: {back: true}\nqueue: {enabled: false}",
            b"",
            False,
            id="a condition counts more than a tag",
        ),
        pytest.param("alias: q, condition: q.enabled", b"q: {enabled: false}", b"", False, id="an alias"),
    ],
)
def test_disabled_dependencies_bring_none(dependency: str, values: bytes, given: bytes, found: bool) -> None:
    assert sources(umbrella(dependency, values), given) == ([ITS_OWN] if found else [])


def test_its_own_come_first_and_packages_are_opened() -> None:
    packed = archive({f"queue/{path}": data for path, data in QUEUE.items()})
    files = {
        "Chart.yaml": CHART,
        "charts/queue-0.1.0.tgz": packed,
        "crds/own.yml": DEFINITION.replace(b"widgets.", b"gadgets."),
        "crds/README.md": b"[",
        "templates/crds/x.yaml": b"{{",
    }
    assert sources(files) == ["crds/own.yml", "charts/queue-0.1.0.tgz/crds/jobs.yaml"]


def test_what_a_definition_brings() -> None:
    (found,) = chart_definitions.of_files({"Chart.yaml": CHART, "crds/a.yaml": DEFINITION})
    assert found.name == "CustomResourceDefinition/widgets.example.com"
    assert found.kinds == {("example.com/v1", "Widget")}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"a: [", r"crds/a\.yaml: is not YAML"),
        (b"a: 1", r"crds/a\.yaml, document 1: is not a Kubernetes resource: it has no kind"),
        (
            b"kind: CustomResourceDefinition\nmetadata: it",
            r"crds/a\.yaml, document 1: is not .*: its metadata",
        ),
        (b"kind: ConfigMap\nmetadata: {}", r"crds/a\.yaml: holds what is not .*: metadata"),
        (
            DEFINITION.replace(b"metadata: {", b"metadata: {annotations: [a], "),
            r"crds/a\.yaml: holds what is not .*: metadata",
        ),
        (
            DEFINITION.replace(b"{name: v1, ", b"{name: v1, schema: {openAPIV3Schema: [a]}, "),
            r"crds/a\.yaml: holds what is not .*: metadata",
        ),
        (DEFINITION.replace(b"spec:", b"spec: [1]\nother:"), r"crds/a\.yaml: holds what is not .*: metadata"),
        (DEFINITION.replace(b"versions:", b"versions: [v1]\nother:"), r"crds/a\.yaml"),
    ],
)
def test_a_file_that_is_none_is_named(data: bytes, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        chart_definitions.of_files({"Chart.yaml": CHART, "crds/a.yaml": data})


def test_a_chart_without_any_has_its_values_not_read() -> None:
    assert sources({"Chart.yaml": CHART, "values.yaml": b"a: ["}) == []


def test_where_two_charts_have_the_same_one_the_first_counts() -> None:
    other = DEFINITION.replace(b"Widget", b"Other")
    files = {"Chart.yaml": CHART, "charts/a/crds/w.yaml": DEFINITION, "charts/b/crds/w.yaml": other}
    files |= {f"charts/{name}/Chart.yaml": f"{{name: {name}, version: 0.1.0}}".encode() for name in "ab"}
    assert sources(files) == ["charts/a/crds/w.yaml"]


def test_a_list_is_taken_apart() -> None:
    data = (
        b"kind: List\nitems: [{kind: ConfigMap, metadata: {name: a}}, {kind: ConfigMap, metadata: {name: b}}]"
    )
    found = chart_definitions.of_files({"Chart.yaml": CHART, "crds/a.yaml": data})
    assert [each.name for each in found] == ["ConfigMap/a", "ConfigMap/b"]
