"""The plan of a pull request as Helm renders it: hooks, definitions, what is new each time; and no secret, however sought."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pyrage
import pytest

from headway.clients.helm.command import Helm
from headway.clients.kubernetes.cluster import Cluster
from headway.errors import BadInput
from headway.workspace.pull_request_plans import PullRequestPlans
from headway.workspace.systems import Access
from headway.workspace.workspace import Workspace
from tests.memory_forge import MemoryForge
from tests.small_application import SmallApplication

pytestmark = pytest.mark.sandbox
DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: carts.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: carts, singular: cart, kind: Cart}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
"""
HOOK = """\
apiVersion: v1
kind: Pod
metadata: {name: KIND, annotations: {helm.sh/hook: KIND}}
spec: {restartPolicy: Never, containers: [{name: main, image: "registry.example.com/shop/tests:1"}]}
"""
RANDOM = "apiVersion: v1\nkind: Secret\nmetadata: {name: random}\nstringData: {key: {{ randAlphaNum 20 }}}\n"
CURIOUS = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: curious}
data:
  mixed: {{ .Values.password | replace "u" "_" | upper | quote }}
  file: {{ .Files.Get "secrets/testing.yaml" | quote }}
  outside: {{ .Files.Get "../../../../etc/hostname" | quote }}
  live: {{ lookup "v1" "Secret" "" "" | toJson | quote }}
"""


def connect(name: str) -> Cluster:
    raise BadInput("no cluster is asked", where=name)


@pytest.fixture
def small(tmp_path: Path, helm: Helm, monkeypatch: pytest.MonkeyPatch) -> SmallApplication:
    """With a secret whose key is at hand."""
    monkeypatch.setenv("PATH", f"{Path(helm.binary).parent}:{Path(sys.executable).parent}", prepend=":")
    identity = pyrage.x25519.Identity.generate()
    monkeypatch.setenv("SOPS_AGE_KEY", str(identity))
    clear = tmp_path / "clear.yaml"
    clear.write_text("password: hunter22\n")
    sops = Path(sys.executable).with_name("sops")
    done = subprocess.run(
        [sops, "encrypt", "--age", str(identity.to_public()), clear], check=True, capture_output=True
    )
    small = SmallApplication(tmp_path).begin()
    small.git.push({"secrets/testing.yaml": done.stdout})
    return small


def comment(small: SmallApplication, files: Mapping[str, str | bytes | None]) -> str:
    small.git.push(files, branch="theirs")
    forge = MemoryForge(small.git)
    pull = forge.propose("theirs", "main", "Theirs", "")[0]
    workspace = Workspace(
        Access(small.git.url, cache=small.folder / "cache", local_folders=(str(small.folder),)), connect
    )
    workspace.systems.forge = forge
    return PullRequestPlans(workspace).comment(pull)


def test_what_helm_makes_of_it(small: SmallApplication) -> None:
    said = comment(
        small,
        {
            "crds/carts.yaml": DEFINITION,
            "templates/hook.yaml": HOOK.replace("KIND", "pre-upgrade"),
            "templates/test.yaml": HOOK.replace("KIND", "test"),
            "templates/random.yaml": RANDOM,
            "values.yaml": "text: another\n",
        },
    )
    assert "- `testing`, `staging`: 1 resource added, 1 resource changed, 1 hook added, 1 test added" in said
    assert "**Definitions in crds/:**\n\n```\n- CustomResourceDefinition/carts.example.com\n```" in said
    assert "- Secret/random: stringData.key" in said
    assert "+  key: <new on every render>" in said


def test_a_template_finds_no_secret(small: SmallApplication) -> None:
    said = comment(small, {"templates/curious.yaml": CURIOUS})
    assert "\n+  mixed: PLACEHOLDER\n" in said
    assert "\n+  outside: ''\n" in said
    assert "\n+  live: '{}'\n" in said
    assert "h_nter" not in said.lower()
    assert "hunter" not in said


@pytest.mark.parametrize(
    ("files", "finding"),
    [
        pytest.param(
            {"templates/text.yaml": "{{ .Values.gone.deep }}"}, "nil pointer", id="it does not render"
        ),
        pytest.param(
            {"templates/text.yaml": "kind: Nothing\n"}, "would not be published", id="no schema knows it"
        ),
        pytest.param(
            {"values.schema.json": '{"$ref": "https://evil.example.com/schema.json"}'},
            "leads out of the schema",
            id="its schema leads elsewhere",
        ),
    ],
)
def test_what_would_not_be_published_is_told(
    files: dict[str, str | bytes | None], finding: str, small: SmallApplication
) -> None:
    said = comment(small, files)
    assert said.startswith("## What merging this changes")
    assert finding.lower() in said.lower()
