"""A chart that brings a definition in crds/ and an object of its kind: real Helm and a real API server."""

import hashlib
import uuid
from collections.abc import Iterator

import pytest

from headway.clients.helm.value_files import ValueFiles
from headway.clients.kubernetes import definitions
from headway.clients.kubernetes.cluster import Cluster
from headway.decide.review.definition_owner import Place
from headway.decide.review.definitions import FoundDefinition, change, to_bring
from headway.errors import BadInput
from headway.formats import chart_definitions, chart_package
from headway.formats.chart_definitions import Definition
from headway.model.charts import Package
from tests.clients.packages import archive
from tests.release_clients.conftest import TIMEOUT
from tests.release_clients.probe_release import ProbeRelease, always_held

pytestmark = pytest.mark.cluster
DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.GROUP}
spec:
  group: GROUP
  scope: Namespaced
  names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties: {spec: {type: object, properties: {FIELDS}}}
"""
WIDGET = "apiVersion: GROUP/v1\nkind: Widget\nmetadata: {name: one}\nspec: {SPEC}\n"
NOTE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: upgrade}\ndata: {is: '{{ .Release.IsUpgrade }}'}\n"
SIZE = "size: {type: integer}"


@pytest.fixture(scope="module")
def cluster(admin: Cluster) -> Cluster:
    """Whoever brings resources of their own kinds has rights to them."""
    return admin


@pytest.fixture
def group(cluster: Cluster) -> Iterator[str]:
    """Of this test alone; its definition is removed."""
    name = f"g{uuid.uuid4().hex[:10]}.example.com"
    yield name
    cluster.api.delete(f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.{name}")


def packaged(group: str, fields: str = SIZE, widget: str = "", definition: bool = True) -> Package:
    files = {
        "Chart.yaml": b"apiVersion: v2\nname: probe\nversion: 0.1.0\n",
        "templates/note.yaml": NOTE.encode(),
    }
    if definition:
        files["crds/w.yaml"] = DEFINITION.replace("FIELDS", fields).replace("GROUP", group).encode()
    if widget:
        files["templates/w.yaml"] = WIDGET.replace("SPEC", widget).replace("GROUP", group).encode()
    data = archive({f"probe/{path}": content for path, content in files.items()})
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    return Package("probe", "0.1.0", data, digest, digest, {"name": "probe", "version": "0.1.0"})


def defined_by(package: Package) -> tuple[Definition, ...]:
    return chart_definitions.of_files(chart_package.files(package.data))


def place(release: ProbeRelease) -> Place:
    return Place(release.namespace, release.release)


def looked_up(release: ProbeRelease, package: Package) -> FoundDefinition:
    """Its one definition, beside what the cluster has."""
    defined = defined_by(package)
    (found,) = definitions.find(
        release.cluster, defined, place(release), installed=bool(release.helm.storage.all())
    )
    return found


def brought(release: ProbeRelease, package: Package) -> str:
    """As a release brings it: planned, definitions first, then Helm. What the plan says of the definition."""
    defined = defined_by(package)
    found = looked_up(release, package)
    rendered = release.helm.render(package, ValueFiles(), release.history(), defined)
    assert "kind: Widget" in rendered.manifest
    definitions.apply(release.cluster, to_bring([found]), place(release), always_held)
    outcome = release.upgrade(package, ValueFiles(), TIMEOUT)
    assert outcome.succeeded, outcome.failure
    return change(found).state


def test_a_chart_comes_with_its_definition_and_changes_it(release: ProbeRelease, group: str) -> None:
    assert brought(release, packaged(group, widget="size: 1")) == "new"
    assert brought(release, packaged(group, widget="size: 2")) == "unchanged"
    more = packaged(group, f"{SIZE}, colour: {{type: string}}", "colour: red")
    assert brought(release, more) == "changed", "Helm alone never upgrades one"
    live = release.cluster.api.get(f"/apis/{group}/v1/namespaces/{release.namespace}/widgets/one")
    assert live["spec"] == {"colour": "red"}


def test_an_upgrade_that_brings_a_definition_is_rendered_before_the_cluster_serves_it(
    release: ProbeRelease, group: str
) -> None:
    assert release.upgrade(packaged(group, definition=False), ValueFiles(), TIMEOUT).succeeded
    package = packaged(group, widget="size: 1")
    rendered = release.helm.render(package, ValueFiles(), release.history(), defined_by(package))
    assert rendered.unserved == (f"Widget ({group}/v1)",)
    assert "is: 'true'" in rendered.manifest
    with pytest.raises(BadInput, match='no matches for kind "Widget"'):
        release.render(package, ValueFiles())
    assert brought(release, package) == "new"


def test_a_definition_that_the_cluster_will_not_take_is_refused_before(
    release: ProbeRelease, group: str
) -> None:
    found = looked_up(release, packaged(group, "size: {type: number-of-things}"))
    assert change(found).state == "new"
    refused = release.helm.dry_run((), (), [found]).of_version
    assert len(refused) == 1
    assert "number-of-things" in refused[0]


def test_a_definition_that_somebody_else_keeps_is_left_to_them_unless_it_is_the_same(
    release: ProbeRelease, group: str
) -> None:
    package = packaged(group)
    (definition,) = defined_by(package)
    path = release.cluster.path(definition.document, release.namespace)
    release.cluster.api.apply(path, dict(definition.document), "kustomize-controller")
    same = looked_up(release, package)
    assert (change(same).state, same.owner) == ("unchanged", "")
    other = looked_up(release, packaged(group, f"{SIZE}, colour: {{type: string}}"))
    assert (change(other).state, other.owner) == ("changed", "kustomize-controller")
    assert to_bring([other]) == ()
    refusals = release.helm.dry_run((), (), [other])
    assert refusals.of_version == (), "it is nothing of the version's"
    assert "that one is kept by kustomize-controller. With `crds: skip`" in refusals.of_surroundings[0]


def test_a_definition_of_another_release_is_left_to_it(release: ProbeRelease, group: str) -> None:
    package = packaged(group)
    other = Place("elsewhere", "other")
    definitions.apply(release.cluster, defined_by(package), other, always_held)
    assert looked_up(release, package).owner == ""
    changed = packaged(group, f"{SIZE}, colour: {{type: string}}")
    assert looked_up(release, changed).owner == "the release elsewhere/other"
    assert brought(release, packaged(group, widget="size: 1")) == "unchanged"
