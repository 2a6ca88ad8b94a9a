"""Packages: reproducible, without what is private, and read without trust."""

import gzip
import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from headway.clients.helm import packaging
from headway.clients.helm.chart import template
from headway.clients.helm.command import Helm
from headway.errors import BadInput
from headway.formats import chart_lock, chart_package, chart_yaml
from headway.formats.chart_lock import Locked
from tests.clients.packages import archive, package

Make = Callable[..., Path]
EPOCH = 1_790_000_000
COMMIT = {"headway.dev/commit": "abc"}


def build(folder: Path, helm: Helm, commit: str = "abc") -> chart_package.Package:
    return packaging.package(folder, annotations={"headway.dev/commit": commit}, epoch=EPOCH, helm=helm)


@pytest.mark.sandbox
def test_the_same_chart_gives_the_same_bytes(make_chart: Make, helm: Helm) -> None:
    one = build(make_chart("one"), helm)
    folder = make_chart("two")
    os.utime(folder / "values.yaml", (1, 1))
    two = build(folder, helm)
    assert one.data == two.data
    assert one.digest == f"sha256:{hashlib.sha256(one.data).hexdigest()}"
    assert one.metadata["annotations"] == COMMIT
    assert one.metadata["version"] == "1.2.3"


@pytest.mark.sandbox
def test_provenance_changes_the_package_but_not_the_content(make_chart: Make, helm: Helm) -> None:
    one, two = build(make_chart(), helm, "one"), build(make_chart(), helm, "two")
    assert one.digest != two.digest
    assert one.content_digest == two.content_digest
    changed = build(make_chart("changed", **{"values.yaml": "text: bye\n"}), helm)
    assert changed.content_digest != one.content_digest


@pytest.mark.sandbox
def test_what_is_headways_or_ignored_is_not_packaged(make_chart: Make, helm: Helm) -> None:
    folder = make_chart(
        **{
            ".headway/quarantine.yaml": "[]\n",
            ".helmignore": "private/\n",
            "private/x": "x",
            "values/a.yaml": "{}\n",
        }
    )
    before = sorted(folder.rglob("*"))
    files = chart_package.files(build(folder, helm).data)
    assert {"Chart.yaml", "values.yaml", "values/a.yaml"} <= set(files)
    assert not [path for path in files if path.startswith((".headway", "private"))]
    assert sorted(folder.rglob("*")) == before
    assert "headway.dev" not in (folder / "Chart.yaml").read_text()


@pytest.mark.sandbox
def test_dependencies_are_vendored_and_older_ones_leave(make_chart: Make, helm: Helm) -> None:
    folder = make_chart(
        **{
            "Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n"
            "dependencies:\n- {name: db, version: 2.0.0, repository: ''}\n"
        }
    )
    with pytest.raises(BadInput, match="db"):
        build(folder, helm)
    packaging.vendor(folder, {"db": package("db", "1.0.0").data})
    packaging.vendor(folder, {"db": package("db", "2.0.0").data})
    assert [file.name for file in (folder / "charts").iterdir()] == ["db-2.0.0.tgz"]
    files = chart_package.files(build(folder, helm).data)
    assert yaml.safe_load(files["charts/db/Chart.yaml"])["version"] == "2.0.0"
    with pytest.raises(BadInput, match="holds the chart 'db'"):
        packaging.vendor(folder, {"cache": package("db").data})


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("chart_yaml", "sentence"),
    [("apiVersion: v2\nname: web\nversion: one\n", "cannot be packaged.*one"), ("name: [", "not YAML")],
    ids=["version", "syntax"],
)
def test_a_chart_that_helm_refuses(chart_yaml: str, sentence: str, make_chart: Make, helm: Helm) -> None:
    with pytest.raises(BadInput, match=sentence) as raised:
        build(make_chart(**{"Chart.yaml": chart_yaml}), helm)
    assert "/tmp/" not in str(raised.value)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"not a package", id="no gzip"),
        pytest.param(gzip.compress(b"not a tar" * 100), id="no tar"),
        pytest.param(package().data[:-20], id="cut off"),
        pytest.param(archive({"../evil/Chart.yaml": b"x"}), id="leaves its folder"),
        pytest.param(archive({"web/../../evil": b"x"}), id="leaves its folder below"),
        pytest.param(archive({"/etc/passwd": b"x"}), id="absolute"),
        pytest.param(archive({"Chart.yaml": b"x"}), id="no folder"),
        pytest.param(archive({"web/values.yaml": b"x"}), id="no Chart.yaml"),
        pytest.param(archive({"web/Chart.yaml": b"[]"}), id="Chart.yaml is no mapping"),
        pytest.param(gzip.compress(b"\0" * (chart_package.FILES_LIMIT + 10)), id="a bomb"),
    ],
)
def test_what_is_no_sound_package_is_bad_input(data: bytes) -> None:
    with pytest.raises(BadInput, match="shop"):
        chart_package.read_package(data, "shop-1.0.0.tgz")


@pytest.mark.sandbox
def test_a_chart_that_helm_would_drop_is_refused(make_chart: Make, helm: Helm) -> None:
    """Two versions of one chart helm puts into one folder of the package, where it reads one of them, and says nothing."""
    dependencies = "".join(
        f"- {{name: db, alias: {alias}, version: {version}, repository: ''}}\n"
        for alias, version in (("one", "1.0.0"), ("two", "2.0.0"))
    )
    text = f"apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies:\n{dependencies}"
    required = chart_yaml.read(text).dependencies
    lock = chart_lock.write(required, [Locked("db", each.version) for each in required], datetime.now(UTC))
    folder = make_chart(**{"Chart.yaml": text, "Chart.lock": lock})
    (folder / "charts").mkdir()
    for version in ("1.0.0", "2.0.0"):
        (folder / "charts" / f"db-{version}.tgz").write_bytes(package("db", version).data)
    with pytest.raises(BadInput, match=r"it holds charts/db/Chart\.yaml twice, with other content"):
        build(folder, helm)


REACH = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: reach}
data:
  lookup: {{ lookup "v1" "Secret" "default" "" | toJson | quote }}
  host: {{ getHostByName "localhost" | quote }}
  file: {{ .Files.Get "../../../../etc/passwd" | quote }}
  absolute: {{ .Files.Get "/etc/passwd" | quote }}
"""


@pytest.mark.sandbox
def test_a_template_sees_neither_cluster_nor_network_nor_files_of_the_worker(
    make_chart: Make, helm: Helm
) -> None:
    rendered = template(
        helm, make_chart(**{"templates/reach.yaml": REACH}), release="shop", namespace="default"
    )
    (found,) = [
        each for each in yaml.safe_load_all(rendered.manifests) if each["metadata"]["name"] == "reach"
    ]
    assert found["data"] == {"lookup": "{}", "host": "", "file": "", "absolute": ""}
    for name in ("env", "expandenv"):
        chart = make_chart(name, **{"templates/reach.yaml": f'text: {{{{ {name} "HOME" }}}}\n'})
        assert f'function "{name}" not defined' in template(helm, chart, release="s", namespace="n").error
