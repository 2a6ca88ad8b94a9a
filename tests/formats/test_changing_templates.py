"""Which charts may render otherwise the next time."""

import io
import tarfile
import time

import pytest

from headway.formats.changing_templates import why_changing

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: it}\ndata:\n  it: %s\n"


def chart(template: str, **files: str) -> dict[str, bytes]:
    made = {
        "Chart.yaml": "apiVersion: v2\nname: it\nversion: 0.1.0\n",
        "templates/it.yaml": CONFIG % template,
    }
    return {path: text.encode() for path, text in (made | files).items()}


def packed(name: str, files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for path, content in files.items():
            entry = tarfile.TarInfo(f"{name}/{path}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return data.getvalue()


@pytest.mark.parametrize(
    "template",
    [
        "text",
        "{{ .Values.now }}",
        "{{ .Values.keys | quote }}",
        "{{ $values := dict }}{{ $values | toJson }}",
        "{{/* now, keys and values */}}x",
        "{{- /* lookup */ -}}",
        "now and then, lookup",
        "{{ .Release.Revision }}",
        "{{ range $key, $value := .Values }}{{ $key }}{{ end }}",
        "{{ generic | quote }}",
        "{{ randomly }}",
        '{{ if .Capabilities.APIVersions.Has "batch/v1" }}{{ .Capabilities.KubeVersion.Version }}{{ end }}',
        '{{ "{{" }} $labels.now {{ "}}" }} now',
        "{{/* it's now }} */}}x",
    ],
)
def test_what_renders_the_same(template: str) -> None:
    assert why_changing(chart(template)) == ""


@pytest.mark.parametrize(
    ("template", "called"),
    [
        ("{{ now | quote }}", "now"),
        ("{{ (now) }}", "now"),
        ("{{now}}", "now"),
        ('{{ date "2006" .Values.when }}', "date"),
        ('{{ dateInZone "2006" .Values.when "UTC" }}', "dateInZone"),
        ("{{ randAlphaNum 12 }}", "randAlphaNum"),
        ("{{ randBytes 12 }}", "randBytes"),
        ("{{ uuidv4 }}", "uuidv4"),
        ('{{ genCA "it" 365 }}', "genCA"),
        ('{{ genSignedCert "it" nil nil 365 $ca }}', "genSignedCert"),
        ('{{ htpasswd "me" "it" }}', "htpasswd"),
        ('{{ bcrypt "it" }}', "bcrypt"),
        ('{{ encryptAES "key" "it" }}', "encryptAES"),
        ("{{ shuffle .Values.text }}", "shuffle"),
        ('{{ lookup "v1" "Secret" "it" "it" }}', "lookup"),
        ('{{ getHostByName "it" }}', "getHostByName"),
        ("{{ keys .Values | first }}", "keys"),
        ("{{ .Values | values | first }}", "values"),
        ('{{ printf "%s}}" now }}', "now"),
        ('{{ printf "\\"}}%s" uuidv4 }}', "uuidv4"),
        ("{{ printf `}}%s` uuidv4 }}", "uuidv4"),
        ("{{ list '\"' \"}}\" '\"' now }}", "now"),
        ("{{/* it's */}}{{ now }}{{/* it's */}}", "now"),
        ('{{ if true\n  | and (lookup "v1" "Pod" "" "") }}{{ end }}', "lookup"),
    ],
)
def test_a_function_whose_answer_changes(template: str, called: str) -> None:
    assert why_changing(chart(template)) == f"templates/it.yaml calls {called}"


@pytest.mark.parametrize(
    "template",
    [
        '{{ .Capabilities.APIVersions | join "," }}',
        "{{ range $.Capabilities.APIVersions }}{{ . }}{{ end }}",
        '{{ include "it" (dict "all" .Capabilities) }}',
    ],
)
def test_what_a_cluster_serves_comes_in_an_order_of_chance(template: str) -> None:
    assert why_changing(chart(template)) == "templates/it.yaml lists what the cluster serves"


def test_dependencies_are_read_as_folders_and_as_packages() -> None:
    inner = chart("{{ now }}")
    folder = {f"charts/inner/{path}": data for path, data in inner.items()}
    assert why_changing(chart("x") | folder) == "charts/inner/templates/it.yaml calls now"
    package = {"charts/inner-0.1.0.tgz": packed("inner", inner)}
    assert why_changing(chart("x") | package) == "charts/inner-0.1.0.tgz/templates/it.yaml calls now"


def test_a_package_that_helm_passes_over_and_nobody_can_read_is_no_error() -> None:
    assert why_changing(chart("x") | {"charts/_old.tgz": b"half"}).startswith("not all of it can be read: ")


TPL = "{{ tpl .Values.text . }}"


@pytest.mark.parametrize(
    ("files", "values", "why"),
    [
        pytest.param(chart(TPL), [], "", id="no value is a template"),
        pytest.param(chart(TPL), [b"# now, lookup, keys"], "", id="words of a comment"),
        pytest.param(chart(TPL), [b"text: '{{ .Release.Name }}'"], "", id="a value that stays"),
        pytest.param(chart(TPL), [b"", b"text: '{{ now }}'"], "value file 2 calls now", id="a value"),
        pytest.param(
            chart(TPL, **{"values.yaml": "text: '{{ uuidv4 }}'"}),
            [],
            "values.yaml calls uuidv4",
            id="its own value",
        ),
        pytest.param(
            chart('{{ tpl (.Files.Get "it.txt") . }}', **{"it.txt": "{{ now }}"}),
            [],
            "it.txt calls now",
            id="a file",
        ),
        pytest.param(
            chart('{{ tpl (printf "{{ %s }}" .Values.text) . }}'),
            [b"text: now"],
            "templates/it.yaml puts a template together",
            id="put together",
        ),
        pytest.param(
            chart(TPL), [b'text: "{{ no\\x77 }}"'], "value file 1 may hide a template", id="escaped letters"
        ),
        pytest.param(
            chart(TPL),
            [rb'text: "\x7b\u007B now }}"'],
            "value file 1 may hide a template",
            id="escaped braces",
        ),
        pytest.param(
            chart("{{ tpl (b64dec .Values.text) . }}"),
            [b"text: e3sgbm93IH19"],
            "templates/it.yaml puts a template together",
            id="in base64",
        ),
        pytest.param(chart("x"), [b"text: '{{ now }}'"], "", id="without tpl a value is text"),
    ],
)
def test_with_tpl_values_and_files_are_templates(
    files: dict[str, bytes], values: list[bytes], why: str
) -> None:
    assert why_changing(files, values) == why


@pytest.mark.parametrize("data", [b"{{", b"}}{{", b"\xff{{\xfe}}", b"{{ /* }}", b"{{}}", b"{{{{}}}}"])
def test_text_that_is_no_template(data: bytes) -> None:
    assert why_changing({"templates/it.yaml": data, "Chart.yaml": b""}) == ""


@pytest.mark.parametrize("part", [b"{{ ", b"{{/*", b"{{/*}}", b'{{ "\\"', b"{{ '`", b"{{/**/  "])
def test_a_large_file_that_closes_nothing_is_read_once(part: bytes) -> None:
    begun = time.process_time()
    why_changing(chart(TPL) | {"README.md": part * (500_000 // len(part))})
    assert time.process_time() - begun < 5
