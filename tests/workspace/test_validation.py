"""A chart that cannot work is told so before anything is published."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest

from headway.clients.helm.command import Helm
from headway.errors import BadInput
from headway.formats import headway_yaml
from headway.workspace.environment_values import EnvironmentValues, chosen, service_values, umbrella_values
from headway.workspace.validation import validate_chart
from tests.clients.conftest import CONFIG_MAP

pytestmark = pytest.mark.sandbox
Make = Callable[..., Path]
APPLICATION = headway_yaml.read("""\
application: shop
services:
  web: {git: https://git.example.com/web.git, image: registry.example.com/web}
environments:
  testing: {charts: s3://testing}
  staging: {charts: s3://staging, after: testing}
""")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Of an umbrella chart; the secrets are encrypted for a key that this machine does not have."""
    monkeypatch.delenv("SOPS_AGE_KEY_FILE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    clear = tmp_path / "clear.yaml"
    clear.write_text("web:\n  password: hunter22\n")
    recipient = str(pyrage.x25519.Identity.generate().to_public())
    sops = Path(sys.executable).with_name("sops")
    done = subprocess.run([sops, "encrypt", "--age", recipient, clear], check=True, capture_output=True)
    return {
        "values.yaml": b"web: {text: shared}\n",
        "values/staging.yaml": b"web:\n  text: of staging\n",
        "secrets/staging.yaml": done.stdout,
    }


def values(environment: str, *layers: str, secrets: tuple[str, ...] = ()) -> EnvironmentValues:
    return EnvironmentValues(environment, "shop", "shop", tuple(layer.encode() for layer in layers), secrets)


def test_a_sound_chart(make_chart: Make, helm: Helm) -> None:
    report = validate_chart(make_chart(), [values("testing"), values("staging", "text: x\n")], helm=helm)
    assert (report.findings, report.notes) == ((), ())


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        pytest.param(
            {"Chart.yaml": "apiVersion: v2\nname: web\n"}, "version is required", id="does not lint"
        ),
        pytest.param(
            {"templates/web.yaml": "{{ .Values.a.b }}"}, "templates/web.yaml:1", id="does not render"
        ),
        pytest.param({"templates/web.yaml": "{{ fail `no text` }}"}, "no text", id="refuses by itself"),
        pytest.param(
            {"values.schema.json": '{"properties": {"text": {"type": "integer"}}}'},
            "got string, want integer",
            id="does not fit its schema",
        ),
        pytest.param(
            {"templates/web.yaml": CONFIG_MAP.replace("\ndata:", "\ndate:")},
            "web/templates/web.yaml ConfigMap/shop",
            id="Kubernetes would refuse it",
        ),
    ],
)
def test_findings_name_the_file_or_the_object(
    files: dict[str, str], sentence: str, make_chart: Make, helm: Helm
) -> None:
    report = validate_chart(make_chart(**files), [values("testing")], helm=helm)
    assert sentence in "\n".join(map(str, report.findings))


def test_a_finding_of_one_environment_names_it(make_chart: Make, helm: Helm) -> None:
    chart = make_chart(**{"templates/web.yaml": CONFIG_MAP + "  count: {{ .Values.count }}\n"})
    environments = [values("testing", 'count: "\\"1\\""\n'), values("staging", "count: 1\n")]
    report = validate_chart(chart, environments, helm=helm)
    assert [finding.environments for finding in report.findings] == [("staging",)]
    assert "data.count" in report.findings[0].what


def test_secrets_do_not_appear_in_findings(make_chart: Make, helm: Helm) -> None:
    chart = make_chart(**{"templates/web.yaml": CONFIG_MAP + "{{ fail .Values.password }}\n"})
    given = values("testing", "password: hunter22\n", secrets=("hunter22",))
    report = validate_chart(chart, [given], helm=helm)
    assert report.findings
    assert "hunter22" not in str(report)


def test_the_chart_is_rendered_and_checked_for_the_target_version(make_chart: Make, helm: Helm) -> None:
    newer = CONFIG_MAP.replace("v1", '{{ ternary "v1" "v0" (eq .Capabilities.KubeVersion.Minor "30") }}', 1)
    chart = make_chart(**{"templates/web.yaml": newer})
    assert validate_chart(chart, [], helm=helm, kubernetes_version="1.30").findings == ()
    assert "has no v0 ConfigMap" in str(validate_chart(chart, [], helm=helm).findings)


def test_environments_give_their_files_and_placeholders_without_the_key(
    files: dict[str, bytes],
) -> None:
    testing = umbrella_values(APPLICATION, files, "testing")
    staging = umbrella_values(APPLICATION, files, "staging")
    assert (testing.layers, testing.notes) == ((), ())
    assert staging.layers == (files["values/staging.yaml"], b"web:\n  password: placeholder\n")
    assert "secrets/staging.yaml: its key is not on this machine" in staging.notes[0]
    assert (staging.namespace, staging.release) == ("shop-staging", "shop")


def test_a_service_chart_gets_its_part_of_every_layer(
    files: dict[str, bytes], make_chart: Make, helm: Helm
) -> None:
    staging = service_values(APPLICATION, files, "staging", "web")
    assert staging.layers == (b"text: shared\n", b"text: of staging\n", b"password: placeholder\n")
    chart = make_chart(
        **{"templates/web.yaml": CONFIG_MAP + '  image: {{ required "password" .Values.password }}\n'}
    )
    report = validate_chart(chart, [staging], helm=helm)
    assert report.findings == ()
    assert report.notes == staging.notes


def test_a_value_file_that_nobody_wrote_is_bad_input() -> None:
    text = "application: a\nenvironments:\n  t: {charts: s3://b, values: [values/none.yaml]}\n"
    with pytest.raises(BadInput, match=r"values/none\.yaml"):
        umbrella_values(headway_yaml.read(text), {}, "t")


@pytest.mark.parametrize(
    ("declared", "values", "secrets"),
    [
        pytest.param("", ("values/t.yaml",), ("secrets/t.yaml",), id="the usual ones, where they are there"),
        pytest.param(", values: [], secrets: []", (), (), id="an empty list names none"),
        pytest.param(", values: [other.yaml]", ("other.yaml",), ("secrets/t.yaml",), id="named"),
    ],
)
def test_which_files_an_environment_gives(
    declared: str, values: tuple[str, ...], secrets: tuple[str, ...]
) -> None:
    text = f"application: a\nenvironments:\n  t: {{charts: s3://b{declared}}}\n"
    environment = headway_yaml.read(text).environments["t"]
    files = dict.fromkeys(("values/t.yaml", "secrets/t.yaml", "other.yaml"), b"")
    assert chosen(files, environment.value_files("t")) == values
    assert chosen(files, environment.secret_files("t")) == secrets
    assert chosen({}, headway_yaml.read(text.replace(declared, "")).environments["t"].value_files("t")) == ()
