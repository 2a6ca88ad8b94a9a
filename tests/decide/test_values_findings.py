import pytest

from headway.decide.review import values_findings
from tests.decide.shop import APPLICATION, FILES


def test_a_tag_in_an_environments_values_is_a_finding() -> None:
    text = "cart:\n  replicas: 2\n  image:\n    tag: x\n"
    (finding,) = values_findings.tags_by_environment(APPLICATION, text, "values/testing.yaml")
    assert str(finding).startswith("values/testing.yaml:4: cart.image.tag is the image tag of cart")
    assert values_findings.tags_by_environment(APPLICATION, "cart: {replicas: 2}\n", "v") == ()
    assert values_findings.tags_by_environment(APPLICATION, "", "v") == ()


def test_empty_and_absent_tags() -> None:
    assert values_findings.missing_tags(APPLICATION.images, FILES.values, "values.yaml") == ()
    found = values_findings.missing_tags(APPLICATION.images, 'cart:\n  image: {tag: ""}\n', "values.yaml")
    assert [(each.line, each.what) for each in found] == [
        (2, "cart.image.tag holds no image tag of cart yet"),
        (1, "catalog.image.tag holds no image tag of catalog yet"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("db: {password: hunter2}", True),
        ("dbPassword: hunter2", True),
        ("a: [{apiKey: abc}]", True),
        ("auth: {client-secret: abc}", True),
        ("tls: |\n  -----BEGIN RSA PRIVATE KEY-----\n  x\n", True),
        ("TOKEN: abc", True),
        ("password: ''", False),
        ("password:", False),
        ("automountServiceAccountToken: false", False),
        ("existingSecret: db", False),
        ("secretName: db", False),
        ("passwordSecretRef: {name: db, key: password}", False),
        ("token: ENC[AES256_GCM,data:x]", False),
        ("tokenTimeout: 5m", False),
        ("keyboard: x", False),
    ],
)
def test_plain_secrets(text: str, found: bool) -> None:
    assert bool(values_findings.plain_secrets(text, "values.yaml")) is found


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("db: {password: x}\n", [1], id="not by sops"),
        pytest.param("a: ENC[x]\nsops: {mac: y}\n", [], id="encrypted"),
        pytest.param("a: ENC[x]\nb:\n  c: plain\nsops: {mac: y}\n", [3], id="a leaf in the clear"),
        pytest.param("", [], id="empty"),
    ],
)
def test_a_secrets_file_in_the_clear(text: str, lines: list[int]) -> None:
    assert [each.line for each in values_findings.not_encrypted(text, "secrets/testing.yaml")] == lines


def test_requirements_yaml_says_how_to_migrate() -> None:
    (finding,) = values_findings.requirements_file({"requirements.yaml": b""})
    assert "move them into Chart.yaml, set apiVersion: v2" in str(finding)
    assert values_findings.requirements_file({"Chart.yaml": b""}) == ()
