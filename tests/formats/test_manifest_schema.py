"""What Kubernetes would refuse is found without one."""

import pytest

from headway.clients.kubernetes.schemas import manifest_schemas
from headway.errors import BadInput
from headway.formats.service_values import service_part

SOUND = """\
---
# Source: shop/templates/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, annotations: {day: 2026-11-23, time: 12:30}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: "registry.example.com/web:1", ports: [{containerPort: 80}]}]
      initContainers: [{name: init, image: busybox}]
---
# Source: shop/templates/config.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data: {script: "a\\n---\\nb"}
"""


def findings(text: str, version: str = "1.37") -> list[str]:
    return [
        f"{found.where}: {found.what}" for found in manifest_schemas().check(text.encode(), version).findings
    ]


def test_sound_manifests_have_no_findings_and_tell_their_images() -> None:
    checked = manifest_schemas().check(SOUND.encode())
    assert checked.findings == ()
    assert checked.images == {
        "shop/templates/config.yaml": (),
        "shop/templates/web.yaml": ("busybox", "registry.example.com/web:1"),
    }


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("replicas: 2", "replicas: two", "shop/templates/web.yaml Deployment/web: spec.replicas: "),
        ("replicas: 2", "replica: 2", "'replica' was unexpected"),
        ("replicas: 2", 'replicas: "2"', "spec.replicas: "),
        ("  selector: {matchLabels: {app: web}}\n", "", '"selector" is a required property'),
        ("app: web}}\n", "app: 1e3}}\n", "spec.selector.matchLabels.app: "),
        ("containerPort: 80", "containerPort: http", "containers.0.ports.0.containerPort: "),
        ("kind: ConfigMap", "kind: ConfigMapp", "Kubernetes 1.37 has no v1 ConfigMapp"),
        ("apps/v1", "extensions/v1beta1", "has no extensions/v1beta1 Deployment; use apps/v1"),
        ("metadata: {name: web}", "metadata: {}", "`metadata.name` is missing"),
        ("kind: ConfigMap\n", "", "`apiVersion` or `kind` is missing"),
        ("data: {", "data: [", "not YAML"),
        (
            "metadata: {name: web}",
            'metadata: {name: "Bad_Name!"}',
            "metadata.name: 'Bad_Name!' is not a name: at most 253 lower-case letters, digits, '-', '.'",
        ),
        ("metadata: {name: web}", f"metadata: {{name: {'a' * 254}}}", "is not a name"),
        ("metadata: {name: web}", "metadata: {name: web.-1}", "is not a name"),
        ("annotations: {day", "labels: {day", "metadata.labels.time: '12:30' is not the value of a label"),
        (
            "labels: {app: web}",
            "labels: {app: web, version: main-1@sha256}",
            "spec.template.metadata.labels.version: 'main-1@sha256' is not the value of a label",
        ),
        ("labels: {app: web}", f"labels: {{app: web, x: {'a' * 64}}}", "at most 63 letters"),
    ],
)
def test_findings(old: str, new: str, sentence: str) -> None:
    found = findings(SOUND.replace(old, new, 1))
    assert any(sentence in finding for finding in found), found


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        pytest.param("v1\nkind: ConfigMap", "web.v1.example.com", id="with dots"),
        pytest.param("v1\nkind: ConfigMap", "0-web", id="with a digit before"),
        pytest.param("rbac.authorization.k8s.io/v1\nkind: ClusterRole", "'system:Web'", id="of a role"),
        pytest.param(
            "certificates.k8s.io/v1\nkind: ClusterTrustBundle\nspec: {trustBundle: x}",
            "example.com:roots:v1",
            id="of its signer",
        ),
        pytest.param(
            "certificates.k8s.io/v1\nkind: CertificateSigningRequest\nspec: {request: eA==, signerName: a/b}",
            "Web_1",
            id="of a request for a certificate",
        ),
        pytest.param("example.com/v1\nkind: Gauge", "Anything_Else", id="of another API server's kind"),
    ],
)
def test_names_that_an_api_server_takes(kind: str, name: str) -> None:
    assert findings(f"apiVersion: {kind}\nmetadata: {{name: {name}}}\n") == []


@pytest.mark.parametrize(
    ("version", "expected"),
    [("1.25", ""), ("v1.31.2", "was removed after Kubernetes 1.25; use autoscaling/v1 or autoscaling/v2")],
)
def test_removed_apis_by_target_version(version: str, expected: str) -> None:
    manifest = """\
apiVersion: autoscaling/v2beta2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {maxReplicas: 3, scaleTargetRef: {kind: Deployment, name: web}}
"""
    found = findings(manifest, version)
    assert bool(found) is bool(expected)
    assert all(expected in finding for finding in found)


def test_an_object_rendered_twice_is_a_finding() -> None:
    found = findings(SOUND + "---\n" + SOUND.split("---\n")[2])
    assert len(found) == 1
    assert "rendered twice, first by shop/templates/config.yaml" in found[0]


def test_custom_resources_are_named_not_judged() -> None:
    text = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\nspec: {x: 1}\n"
    checked = manifest_schemas().check(text.encode())
    assert checked.findings == ()
    assert checked.unknown == ("example.com/v1 Widget",)


def test_secrets_are_not_told() -> None:
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {password: 1234567}\n"
    found = findings(secret)
    assert len(found) == 1
    assert "stringData.password" in found[0]
    assert "1234567" not in found[0]


def test_target_versions() -> None:
    newest = manifest_schemas().known_versions[-1]
    assert manifest_schemas().schema_version("") == newest
    assert manifest_schemas().schema_version("v1.99.0") == newest
    assert manifest_schemas().schema_version("1.30") == (1, 30)
    with pytest.raises(BadInput, match=r"1\.19"):
        manifest_schemas().schema_version("1.19")


@pytest.mark.parametrize(
    ("values", "part"),
    [
        ("web:\n  tag: 1.10\n  mode: 0777 # kept\nother: 1\n", "tag: 1.10\nmode: 0777\n"),
        ("global: {a: yes}\nweb: {b: on}\n", "global: {a: yes}\nb: on\n"),
        ("other: 1\n", ""),
        ("", ""),
        ("web:\n", ""),
    ],
    ids=["scalars as written", "with global", "no part", "empty", "null"],
)
def test_the_part_of_a_service(values: str, part: str) -> None:
    assert service_part(values.encode(), "web", "values.yaml").decode() == part
